package io.ilion.conformance.chaos;

import io.ilion.model.Consistency;
import io.ilion.runtime.simulated.SimulatedRandom;
import io.ilion.simulator.workload.Session;
import io.ilion.simulator.workload.Workload.Outcome;
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
  private final Consistency level;
  private final BiConsumer<Kind, Throwable> failures;

  /** What a statement of the workloads does, as far as that says what may become of it. */
  enum Kind {
    /** Does the same when it is executed twice. */
    PLAIN,
    /** Adds to a counter. */
    COUNTER,
    /** Is done on a condition. */
    CONDITIONAL,
    /** Changes the schema. */
    SCHEMA,
    /** Truncates a table, or adds a row to it, which must not come a second time later. */
    TRUNCATED;

    private static Kind of(String cql) {
      if (cql.startsWith("SELECT ")) {
        return PLAIN;
      } else if (cql.contains(".emptied")) {
        return TRUNCATED;
      } else if (cql.startsWith("CREATE ") || cql.startsWith("ALTER ") || cql.startsWith("DROP ")) {
        return SCHEMA;
      } else if (cql.contains(" SET n = n + ")) {
        return COUNTER;
      }
      return cql.contains(" IF ") ? CONDITIONAL : PLAIN;
    }
  }

  /**
   * A session.
   *
   * @param thread on which all sessions do all that they do
   * @param level at which it reads and writes
   * @param failures told of each statement that failed, and why
   */
  ClientSession(
      Client client,
      Executor thread,
      SimulatedRandom random,
      int number,
      String keyspace,
      Consistency level,
      BiConsumer<Kind, Throwable> failures) {
    this.client = client;
    this.thread = thread;
    this.random = random;
    this.number = number;
    this.keyspace = keyspace;
    this.level = level;
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
    return level;
  }

  @Override
  public String keyspace() {
    return keyspace;
  }

  @Override
  public CompletionStage<Answer> execute(String cql, Consistency consistency) {
    return execute(cql, consistency, Client.Paging.NONE);
  }

  @Override
  public CompletionStage<Answer> page(
      String cql, Consistency consistency, int rows, byte[] pagingState) {
    return execute(cql, consistency, new Client.Paging(rows, pagingState));
  }

  private CompletionStage<Answer> execute(
      String cql, Consistency consistency, Client.Paging paging) {
    Kind kind = Kind.of(cql);
    return client
        .execute(cql, consistency, kind == Kind.PLAIN, paging)
        .handleAsync(
            (page, failure) ->
                failure == null
                    ? new Answer(Outcome.DONE, page.rows(), page.pagingState())
                    : failed(kind, cql, failure),
            thread);
  }

  private Answer failed(Kind kind, String cql, Throwable failure) {
    Throwable cause = failure instanceof CompletionException ? failure.getCause() : failure;
    failures.accept(kind, cause);
    // A node may not have heard yet of what another one has made; of what is new it has to.
    boolean isUnheardOf =
        kind == Kind.SCHEMA && !cql.startsWith("CREATE ") && client.isInvalid(cause);
    Outcome outcome = isUnheardOf ? Outcome.REFUSED : client.outcome(cause);
    if (outcome == null) {
      throw Session.violation("%s: %s", cql, cause);
    }
    // The driver may have tried it twice, and then only the last refusal is known.
    boolean isRefused = outcome == Outcome.REFUSED && kind != Kind.PLAIN;
    return new Answer(isRefused ? Outcome.REFUSED : Outcome.UNKNOWN, null);
  }
}
