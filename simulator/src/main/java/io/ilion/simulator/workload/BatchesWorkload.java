package io.ilion.simulator.workload;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * Logged batches that write the same value into two partitions: in the end both have it, or
 * neither, and an acknowledged one has been written.
 */
public final class BatchesWorkload implements Workload {
  private final int pairs;
  private final int[] generations;
  private final Map<Integer, Pair> known = new TreeMap<>();

  /** A workload over a number of pairs. */
  public BatchesWorkload(int pairs) {
    this.pairs = pairs;
    generations = new int[pairs];
  }

  private static final class Pair {
    long lastTimestamp = 1_000;
    boolean busy;
    long acknowledged;
  }

  @Override
  public String name() {
    return "batches";
  }

  @Override
  public List<String> tables(String keyspace) {
    return List.of("CREATE TABLE " + keyspace + ".pairs (k int PRIMARY KEY, v bigint)");
  }

  @Override
  public CompletionStage<Outcome> operate(Session session) {
    int number = session.random().below(pairs);
    int key = number + pairs * generations[number];
    Pair pair = known.computeIfAbsent(key, k -> new Pair());
    if (pair.busy) {
      return CompletableFuture.completedFuture(Outcome.REFUSED);
    }
    pair.busy = true;
    long timestamp = ++pair.lastTimestamp;
    String table = session.keyspace() + ".pairs";
    return session
        .execute(
            ("BEGIN BATCH USING TIMESTAMP %d INSERT INTO %s (k, v) VALUES (%d, %d);"
                    + " INSERT INTO %s (k, v) VALUES (%d, %d); APPLY BATCH")
                .formatted(timestamp, table, 2 * key, timestamp, table, 2 * key + 1, timestamp),
            session.writeLevel())
        .thenApply(
            answer -> {
              pair.busy = false;
              if (answer.isDone()) {
                pair.acknowledged = timestamp;
              } else if (answer.outcome() == Outcome.UNKNOWN) {
                // The next batch would hide that only a half of this one was written.
                generations[number]++;
              }
              return answer.outcome();
            });
  }

  @Override
  public CompletionStage<Void> verify(Session session) {
    CompletionStage<Void> done = CompletableFuture.completedFuture(null);
    for (int key : known.keySet()) {
      done =
          done.thenCompose(before -> value(session, 2 * key))
              .thenCompose(
                  first ->
                      value(session, 2 * key + 1).thenAccept(second -> check(key, first, second)));
    }
    return done;
  }

  private void check(int key, Long first, Long second) {
    long least = known.get(key).acknowledged;
    if (!Objects.equals(first, second) || (least > 0 && (first == null || first < least))) {
      throw Session.violation(
          "pair %d shows %s and %s, and %d was acknowledged", key, first, second, least);
    }
  }

  private static CompletionStage<Long> value(Session session, int k) {
    return session
        .execute(
            "SELECT v FROM %s.pairs WHERE k = %d".formatted(session.keyspace(), k), session.level())
        .thenApply(
            answer -> {
              if (!answer.isDone()) {
                throw Session.violation("pair row %d cannot be read: %s", k, answer.outcome());
              }
              return answer.rows().isEmpty() ? null : answer.bigint(0, 0);
            });
  }
}
