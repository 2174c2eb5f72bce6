package io.ilion.simulator.workload;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * Sets that all clients add to: an element that was added stays, whatever the clocks of the nodes,
 * and none appears that nobody added. A set that has many is left alone for a new one.
 */
public final class SetsWorkload implements Workload {
  private static final int MOST_ELEMENTS = 250;

  private final int sets;
  private final int[] generations;
  private final Map<Integer, Elements> known = new TreeMap<>();
  private int next;

  /** A workload over a number of sets. */
  public SetsWorkload(int sets) {
    this.sets = sets;
    generations = new int[sets];
  }

  private static final class Elements {
    final Set<Integer> attempted = new HashSet<>();
    final Set<Integer> added = new HashSet<>();
    final Set<Integer> seen = new HashSet<>();
    int failures;
  }

  @Override
  public String name() {
    return "sets";
  }

  @Override
  public List<String> tables(String keyspace) {
    return List.of("CREATE TABLE " + keyspace + ".sets (k int PRIMARY KEY, s set<int>)");
  }

  @Override
  public void nodeFailed() {
    for (Elements elements : known.values()) {
      elements.seen.clear();
      elements.failures++;
    }
  }

  @Override
  public CompletionStage<Outcome> operate(Session session) {
    int set = session.random().below(sets);
    int key = set + sets * generations[set];
    Elements elements = known.computeIfAbsent(key, k -> new Elements());
    if (elements.attempted.size() == MOST_ELEMENTS) {
      generations[set]++;
    }
    if (session.random().oneIn(4)) {
      return read(session, key, elements);
    }
    int element = next++;
    elements.attempted.add(element);
    return session
        .execute(
            "UPDATE %s.sets SET s = s + {%d} WHERE k = %d"
                .formatted(session.keyspace(), element, key),
            session.writeLevel())
        .thenApply(
            answer -> {
              if (answer.isDone()) {
                elements.added.add(element);
              }
              return answer.outcome();
            });
  }

  private static CompletionStage<Outcome> read(Session session, int key, Elements elements) {
    Set<Integer> expected = new HashSet<>(elements.added);
    Set<Integer> seen = new HashSet<>(elements.seen);
    int failures = elements.failures;
    return session
        .execute(
            "SELECT s FROM %s.sets WHERE k = %d".formatted(session.keyspace(), key),
            session.level())
        .thenApply(
            answer -> {
              if (answer.isDone()) {
                Set<Integer> shown = answer.rows().isEmpty() ? Set.of() : set(answer.rows());
                Set<Integer> lost = new HashSet<>(expected);
                if (failures == elements.failures) {
                  // What a quorum was seen to have stays.
                  lost.addAll(seen);
                  elements.seen.addAll(shown);
                }
                lost.removeAll(shown);
                if (!lost.isEmpty() || !elements.attempted.containsAll(shown)) {
                  throw Session.violation("set %d lost %s and shows %s", key, lost, shown);
                }
              }
              return answer.outcome();
            });
  }

  private static Set<Integer> set(List<byte[][]> rows) {
    Set<Integer> elements = new HashSet<>();
    if (rows.get(0)[0] != null) {
      ByteBuffer in = ByteBuffer.wrap(rows.get(0)[0]);
      for (int left = in.getInt(); left > 0; left--) {
        in.getInt();
        elements.add(in.getInt());
      }
    }
    return elements;
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
                              throw Session.violation("set %d cannot be read: %s", key, outcome);
                            }
                          }));
    }
    return done;
  }
}
