package io.ilion.conformance.chaos;

import io.ilion.model.Consistency;
import io.ilion.runtime.simulated.SimulatedRandom;
import io.ilion.simulator.workload.Session;
import io.ilion.simulator.workload.Workload.Outcome;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.function.BiConsumer;

/** A client of a real cluster; what it hears it hears on the one thread of all clients. */
final class ClientSession implements Session {
  private final Client client;
  private final Executor thread;
  private final SimulatedRandom random;
  private final int number;
  private final String keyspace;
  private final BiConsumer<String, Throwable> failures;

  /**
   * A session.
   *
   * @param thread on which all sessions do all that they do
   * @param failures told of each statement that failed, and why
   */
  ClientSession(
      Client client,
      Executor thread,
      SimulatedRandom random,
      int number,
      String keyspace,
      BiConsumer<String, Throwable> failures) {
    this.client = client;
    this.thread = thread;
    this.random = random;
    this.number = number;
    this.keyspace = keyspace;
    this.failures = failures;
  }

  @Override
  public SimulatedRandom random() {
    return random;
  }

  @Override
  public int number() {
    return number;
  }

  @Override
  public Consistency level() {
    return Consistency.QUORUM;
  }

  @Override
  public String keyspace() {
    return keyspace;
  }

  @Override
  public CompletionStage<Answer> execute(String cql, Consistency consistency) {
    return client
        .execute(cql, consistency, isIdempotent(cql))
        .handleAsync((rows, failure) -> answer(cql, rows, failure), thread);
  }

  /** Of what the workloads send: additions to counters and conditional updates count each time. */
  static boolean isIdempotent(String cql) {
    return !cql.contains(" SET n = n + ") && !cql.contains(" IF ");
  }

  private Answer answer(String cql, List<byte[][]> rows, Throwable failure) {
    if (failure == null) {
      return new Answer(Outcome.DONE, rows);
    }
    Throwable cause = failure instanceof CompletionException ? failure.getCause() : failure;
    failures.accept(cql, cause);
    Outcome outcome = client.outcome(cause);
    if (outcome == null) {
      throw Session.violation("%s: %s", cql, cause);
    }
    // The driver may have tried it twice, and then only the last refusal is known.
    boolean isRefused = outcome == Outcome.REFUSED && !isIdempotent(cql);
    return new Answer(isRefused ? Outcome.REFUSED : Outcome.UNKNOWN, null);
  }
}
