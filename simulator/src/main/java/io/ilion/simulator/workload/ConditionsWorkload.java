package io.ilion.simulator.workload;

import io.ilion.runtime.simulated.check.ClientHistory;
import io.ilion.runtime.simulated.check.ConditionalRegister;
import io.ilion.runtime.simulated.check.LinearizabilityChecker;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * Registers that are set on conditions and read at SERIAL. The history of each must be
 * linearizable, which is looked at in the end. They may take turns, so that each rests for a while,
 * and is deleted now and then.
 */
public final class ConditionsWorkload implements Workload {
  private static final int MAX_CONFIGURATIONS = 200_000;

  /** So many registers are in use at a time if they take turns, each for so many operations. */
  private static final int AWAKE = 4;

  private static final int TURN = 25;

  private final String name;
  private final String options;
  private final boolean resting;
  private final int registers;
  private final ClientHistory<Integer, ConditionalRegister.Request, ConditionalRegister.Answer>
      history = new ClientHistory<>();
  private final Map<Integer, Long> lastSeen = new HashMap<>();
  private long next = 1;
  private int operations;

  /** A workload over a number of registers. */
  public ConditionsWorkload(int registers) {
    this("conditions", "", false, registers);
  }

  /**
   * A workload over a number of registers, which is the name of its table too.
   *
   * @param options of the table
   * @param resting whether they take turns and are deleted
   */
  public ConditionsWorkload(String name, String options, boolean resting, int registers) {
    this.name = name;
    this.options = options;
    this.resting = resting;
    this.registers = registers;
  }

  @Override
  public String name() {
    return name;
  }

  private String table(Session session) {
    return session.keyspace() + "." + name;
  }

  @Override
  public List<String> tables(String keyspace) {
    return List.of(
        "CREATE TABLE " + keyspace + "." + name + " (k int PRIMARY KEY, v bigint)" + options);
  }

  @Override
  public CompletionStage<Outcome> operate(Session session) {
    int key = session.random().below(resting ? AWAKE : registers);
    if (resting) {
      key = (operations++ / TURN + key) % registers;
    }
    return session.random().oneIn(4) ? read(session, key) : set(session, key);
  }

  private CompletionStage<Outcome> read(Session session, int key) {
    var operation = history.call(key, ConditionalRegister.Request.READ);
    return session
        .execute(
            "SELECT v FROM %s WHERE k = %d".formatted(table(session), key), session.serialLevel())
        .thenApply(
            answer -> {
              if (answer.isDone()) {
                Long found = answer.rows().isEmpty() ? null : answer.bigint(0, 0);
                history.answered(operation, new ConditionalRegister.Answer(false, found));
                lastSeen.put(key, found);
              } else if (answer.outcome() == Outcome.REFUSED) {
                history.refused(operation);
              }
              return answer.outcome();
            });
  }

  private CompletionStage<Outcome> set(Session session, int key) {
    Long expected = lastSeen.get(key);
    Long value = next++;
    boolean deletes = resting && expected != null && session.random().oneIn(3);
    var operation =
        history.call(
            key,
            deletes
                ? ConditionalRegister.Request.clear(expected)
                : new ConditionalRegister.Request(expected, value));
    String cql;
    if (deletes) {
      cql = "DELETE FROM %s WHERE k = %d IF v = %d".formatted(table(session), key, expected);
    } else if (expected == null) {
      cql =
          "INSERT INTO %s (k, v) VALUES (%d, %d) IF NOT EXISTS"
              .formatted(table(session), key, value);
    } else {
      cql =
          "UPDATE %s SET v = %d WHERE k = %d IF v = %d"
              .formatted(table(session), value, key, expected);
    }
    return session
        .execute(cql, session.writeLevel())
        .thenApply(
            answer -> {
              if (answer.isDone()) {
                boolean applied = answer.rows().get(0)[0][0] != 0;
                byte[][] row = answer.rows().get(0);
                Long found = applied || row.length < 2 ? null : answer.bigint(0, row.length - 1);
                history.answered(
                    operation,
                    applied
                        ? ConditionalRegister.Answer.APPLIED
                        : new ConditionalRegister.Answer(false, found));
                lastSeen.put(key, !applied ? found : deletes ? null : value);
              } else if (answer.outcome() == Outcome.REFUSED) {
                history.refused(operation);
              }
              return answer.outcome();
            });
  }

  @Override
  public CompletionStage<Void> verify(Session session) {
    CompletionStage<Void> done = CompletableFuture.completedFuture(null);
    for (int key = 0; key < registers; key++) {
      int read = key;
      done =
          done.thenCompose(before -> read(session, read))
              .thenAccept(
                  outcome -> {
                    if (outcome != Outcome.DONE) {
                      throw Session.violation("register %d cannot be read: %s", read, outcome);
                    }
                  });
    }
    return done.thenRun(
        () -> {
          var result =
              new LinearizabilityChecker<>(new ConditionalRegister(), MAX_CONFIGURATIONS)
                  .check(history);
          if (!result.isLinearizable()) {
            throw Session.violation("%s: %s", result.verdict(), result.explanation());
          }
        });
  }
}
