package io.ilion.simulator.workload;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * Counters that all clients add to: an addition that was acknowledged counts once, one of which
 * nothing is known at most once.
 */
public final class CountersWorkload implements Workload {
  private final int counters;
  private final Map<Integer, Bounds> known = new TreeMap<>();

  /** A workload over a number of counters. */
  public CountersWorkload(int counters) {
    this.counters = counters;
  }

  private static final class Bounds {
    long acknowledged;
    long attempted;
  }

  @Override
  public String name() {
    return "counters";
  }

  @Override
  public List<String> tables(String keyspace) {
    return List.of("CREATE TABLE " + keyspace + ".counters (k int PRIMARY KEY, n counter)");
  }

  @Override
  public CompletionStage<Outcome> operate(Session session) {
    int key = session.random().below(counters);
    Bounds bounds = known.computeIfAbsent(key, k -> new Bounds());
    if (session.random().oneIn(4)) {
      return read(session, key, bounds);
    }
    int amount = 1 + session.random().below(3);
    bounds.attempted += amount;
    return session
        .execute(
            "UPDATE %s.counters SET n = n + %d WHERE k = %d"
                .formatted(session.keyspace(), amount, key),
            session.writeLevel())
        .thenApply(
            answer -> {
              if (answer.isDone()) {
                bounds.acknowledged += amount;
              } else if (answer.outcome() == Outcome.REFUSED) {
                bounds.attempted -= amount;
              }
              return answer.outcome();
            });
  }

  private static CompletionStage<Outcome> read(Session session, int key, Bounds bounds) {
    long least = bounds.acknowledged;
    return session
        .execute(
            "SELECT n FROM %s.counters WHERE k = %d".formatted(session.keyspace(), key),
            session.level())
        .thenApply(
            answer -> {
              if (answer.isDone()) {
                Long shown = answer.rows().isEmpty() ? null : answer.bigint(0, 0);
                long count = shown == null ? 0 : shown;
                if (count < least || count > bounds.attempted) {
                  throw Session.violation(
                      "counter %d shows %d and must show %d to %d",
                      key, count, least, bounds.attempted);
                }
              }
              return answer.outcome();
            });
  }

  @Override
  public CompletionStage<Void> verify(Session session) {
    CompletionStage<Void> done = CompletableFuture.completedFuture(null);
    for (int key : new ArrayList<>(known.keySet())) {
      done =
          done.thenCompose(
              before ->
                  read(session, key, known.get(key))
                      .thenAccept(
                          outcome -> {
                            if (outcome != Outcome.DONE) {
                              throw Session.violation(
                                  "counter %d cannot be read: %s", key, outcome);
                            }
                          }));
    }
    return done;
  }
}
