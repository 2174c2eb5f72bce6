package io.ilion.simulator.workload;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * Rows of partitions that are written, deleted one by one, by range and all together, written again
 * and read. Each partition has one writer, which gives each of its writes a timestamp greater than
 * the last, so that it is known which of them a read at QUORUM must show: an acknowledged write
 * stays, what was deleted stays deleted, and reads do not go back in time.
 */
public final class RowsWorkload implements Workload {
  private static final int ROWS = 8;

  private final String table;
  private final String options;
  private final int partitions;
  private final Map<Integer, Partition> known = new TreeMap<>();
  private int failures;

  /** A workload over a number of partitions. */
  public RowsWorkload(int partitions) {
    this("rows", "", partitions);
  }

  /**
   * A workload over a number of partitions of a table.
   *
   * @param options what follows in the statement that creates the table
   */
  public RowsWorkload(String table, String options, int partitions) {
    this.table = table;
    this.options = options;
    this.partitions = partitions;
  }

  /** What is known of one partition. */
  private static final class Partition {
    final RowVersions[] rows = new RowVersions[ROWS];
    long lastTimestamp = 1_000;
    boolean busy;

    Partition() {
      for (int i = 0; i < ROWS; i++) {
        rows[i] = new RowVersions();
      }
    }

    long[] floors() {
      long[] floors = new long[ROWS];
      for (int i = 0; i < ROWS; i++) {
        floors[i] = rows[i].floor();
      }
      return floors;
    }
  }

  @Override
  public String name() {
    return table;
  }

  @Override
  public List<String> tables(String keyspace) {
    return List.of(
        "CREATE TABLE %s.%s (p int, c int, v bigint, PRIMARY KEY (p, c))%s"
            .formatted(keyspace, table, options));
  }

  @Override
  public void nodeFailed() {
    failures++;
    for (Partition partition : known.values()) {
      for (RowVersions row : partition.rows) {
        row.nodeFailed();
      }
    }
  }

  @Override
  public CompletionStage<Outcome> operate(Session session) {
    int p = session.random().below(partitions);
    Partition partition = known.computeIfAbsent(p, key -> new Partition());
    if (!partition.busy && session.random().chance(0.6)) {
      return write(session, p, partition);
    }
    // What is read must still be there when it is read again at once, wherever that is.
    return read(session, p, partition).thenCompose(first -> read(session, p, partition));
  }

  private CompletionStage<Outcome> write(Session session, int p, Partition partition) {
    final long timestamp = ++partition.lastTimestamp;
    int from = session.random().below(ROWS);
    int to = from + 1;
    Long value = null;
    String table = session.keyspace() + "." + this.table;
    String cql;
    switch (session.random().below(10)) {
      case 0 -> {
        from = 0;
        to = ROWS;
        cql = "DELETE FROM " + table + " USING TIMESTAMP " + timestamp + " WHERE p = " + p;
      }
      case 1, 2 -> {
        to = from + 1 + session.random().below(ROWS - from);
        cql =
            "DELETE FROM %s USING TIMESTAMP %d WHERE p = %d AND c >= %d AND c < %d"
                .formatted(table, timestamp, p, from, to);
      }
      case 3 ->
          cql =
              "DELETE FROM %s USING TIMESTAMP %d WHERE p = %d AND c = %d"
                  .formatted(table, timestamp, p, from);
      default -> {
        value = timestamp;
        cql =
            "INSERT INTO %s (p, c, v) VALUES (%d, %d, %d) USING TIMESTAMP %d"
                .formatted(table, p, from, value, timestamp);
      }
    }
    partition.busy = true;
    for (int c = from; c < to; c++) {
      partition.rows[c].begun(timestamp, value);
    }
    int first = from;
    int end = to;
    return session
        .execute(cql, session.writeLevel())
        .thenCompose(
            answer -> {
              partition.busy = false;
              for (int c = first; c < end; c++) {
                if (answer.isDone()) {
                  partition.rows[c].acknowledged(timestamp);
                } else if (answer.outcome() == Outcome.REFUSED) {
                  partition.rows[c].refused(timestamp);
                }
              }
              return answer.outcome() == Outcome.UNKNOWN
                  ? look(session, p, partition)
                  : CompletableFuture.completedFuture(answer.outcome());
            });
  }

  /** Who does not know what became of a write looks, and looks again: it must not vanish. */
  private CompletionStage<Outcome> look(Session session, int p, Partition partition) {
    return read(session, p, partition)
        .thenCompose(first -> read(session, p, partition))
        .thenApply(second -> Outcome.UNKNOWN);
  }

  private CompletionStage<Outcome> read(Session session, int p, Partition partition) {
    boolean reversed = session.random().oneIn(3);
    long[] floors = partition.floors();
    int failuresBefore = failures;
    String cql =
        "SELECT c, v FROM %s.%s WHERE p = %d%s"
            .formatted(session.keyspace(), table, p, reversed ? " ORDER BY c DESC" : "");
    return session
        .execute(cql, session.level())
        .thenApply(
            answer -> {
              if (answer.isDone()) {
                Long[] shown = new Long[ROWS];
                for (int i = 0; i < answer.rows().size(); i++) {
                  shown[answer.integer(i, 0)] = answer.bigint(i, 1);
                }
                for (int c = 0; c < ROWS; c++) {
                  if (!partition.rows[c].mayShow(floors[c], shown[c], failures == failuresBefore)) {
                    throw Session.violation(
                        "row %d of partition %d shows %s at %s, but must show what it has %s",
                        c, p, shown[c], session.level(), partition.rows[c]);
                  }
                }
              }
              return answer.outcome();
            });
  }

  @Override
  public CompletionStage<Void> verify(Session session) {
    CompletionStage<Void> done = CompletableFuture.completedFuture(null);
    for (int p : new ArrayList<>(known.keySet())) {
      done =
          done.thenCompose(
              before ->
                  read(session, p, known.get(p))
                      .thenAccept(
                          outcome -> {
                            if (outcome != Outcome.DONE) {
                              throw Session.violation(
                                  "partition %d cannot be read at %s: %s",
                                  p, session.level(), outcome);
                            }
                          }));
    }
    return done;
  }
}
