package io.ilion.simulator.workload;

import io.ilion.model.Consistency;
import io.ilion.simulator.workload.Session.Answer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * Rows that are written in every way, each once, into a table that is truncated again and again.
 * What was acknowledged before a truncation began is not seen after it is answered, ever; what was
 * acknowledged and met no truncation since is seen by every read.
 */
public final class TruncationsWorkload implements Workload {
  private static final int ONE_TRUNCATION_IN = 60;

  private final int partitions;

  /** The rows by their number. */
  private final TreeMap<Integer, Row> rows = new TreeMap<>();

  private final List<Truncation> truncations = new ArrayList<>();
  private int next = 1;
  private long moment;

  /** A row; the times are those of its write. */
  private static final class Row {
    private final int partition;
    private final long began;
    private long acknowledged = Long.MAX_VALUE;

    Row(int partition, long began) {
      this.partition = partition;
      this.began = began;
    }
  }

  /** A truncation; one that failed may have its effect until a later one has succeeded. */
  private static final class Truncation {
    private final long began;
    private long acknowledged = Long.MAX_VALUE;
    private long answered = Long.MAX_VALUE;
    private long over = Long.MAX_VALUE;

    Truncation(long began) {
      this.began = began;
    }
  }

  /** A workload over a number of partitions. */
  public TruncationsWorkload(int partitions) {
    this.partitions = partitions;
  }

  @Override
  public String name() {
    return "truncations";
  }

  @Override
  public List<String> tables(String keyspace) {
    return List.of(
        "CREATE TABLE "
            + keyspace
            + ".emptied (k int, c int, v bigint, PRIMARY KEY (k, c)) "
            + "WITH allow_auto_snapshot = false");
  }

  @Override
  public CompletionStage<Outcome> operate(Session session) {
    if (session.random().oneIn(ONE_TRUNCATION_IN)) {
      return truncate(session);
    }
    int partition = session.random().below(partitions);
    return session.random().oneIn(3) ? read(session, partition) : write(session, partition);
  }

  private CompletionStage<Outcome> truncate(Session session) {
    Truncation truncation = new Truncation(moment++);
    truncations.add(truncation);
    return session
        .execute("TRUNCATE " + session.keyspace() + ".emptied", session.writeLevel())
        .thenApply(
            answer -> {
              truncation.answered = moment++;
              if (answer.isDone()) {
                truncation.acknowledged = truncation.answered;
                for (Truncation earlier : truncations) {
                  if (earlier.answered < truncation.began) {
                    earlier.over = Math.min(earlier.over, truncation.answered);
                  }
                }
                truncation.over = truncation.answered;
              }
              return answer.outcome();
            });
  }

  private CompletionStage<Outcome> write(Session session, int partition) {
    int number = next++;
    Row row = new Row(partition, moment++);
    rows.put(number, row);
    String insert =
        "INSERT INTO %s.emptied (k, c, v) VALUES (%d, %d, 1)"
            .formatted(session.keyspace(), partition, number);
    int other = (partition + 1) % partitions;
    Row second = null;
    String cql = insert;
    switch (session.random().below(4)) {
      case 0 -> cql = insert + " IF NOT EXISTS";
      case 1 -> {
        int both = next++;
        second = new Row(other, row.began);
        rows.put(both, second);
        cql =
            "BEGIN BATCH %s; INSERT INTO %s.emptied (k, c, v) VALUES (%d, %d, 1); APPLY BATCH"
                .formatted(insert, session.keyspace(), other, both);
      }
      default -> {
        // As it is.
      }
    }
    Row also = second;
    return session
        .execute(cql, session.writeLevel())
        .thenApply(
            answer -> {
              if (answer.isDone()) {
                row.acknowledged = moment++;
                if (also != null) {
                  also.acknowledged = row.acknowledged;
                }
              }
              return answer.outcome();
            });
  }

  private CompletionStage<Outcome> read(Session session, int partition) {
    return read(session, partition, session.level());
  }

  private CompletionStage<Outcome> read(Session session, int partition, Consistency level) {
    long began = moment++;
    return session
        .execute(
            "SELECT c FROM %s.emptied WHERE k = %d".formatted(session.keyspace(), partition), level)
        .thenApply(
            answer -> {
              if (answer.isDone()) {
                check(partition, began, answer);
              }
              return answer.outcome();
            });
  }

  private void check(int partition, long began, Answer answer) {
    Set<Integer> seen = new HashSet<>();
    for (int i = 0; i < answer.rows().size(); i++) {
      int number = answer.integer(i, 0);
      Row row = rows.get(number);
      if (row == null || row.partition != partition) {
        throw Session.violation("row %d of partition %d was never written", number, partition);
      }
      for (Truncation truncation : truncations) {
        if (row.acknowledged < truncation.began && truncation.acknowledged < began) {
          throw Session.violation(
              "row %d of partition %d came back after a truncation", number, partition);
        }
      }
      seen.add(number);
    }
    for (Map.Entry<Integer, Row> entry : rows.entrySet()) {
      Row row = entry.getValue();
      if (row.partition == partition
          && row.acknowledged < began
          && !seen.contains(entry.getKey())
          && truncations.stream().noneMatch(t -> t.over > row.began)) {
        throw Session.violation("row %d of partition %d is lost", entry.getKey(), partition);
      }
    }
  }

  @Override
  public CompletionStage<Void> verify(Session session) {
    CompletionStage<Void> done = CompletableFuture.completedFuture(null);
    for (int i = 0; i < partitions; i++) {
      int partition = i;
      done =
          done.thenCompose(before -> read(session, partition, Consistency.ALL))
              .thenAccept(
                  outcome -> {
                    if (outcome != Outcome.DONE) {
                      throw Session.violation(
                          "partition %d cannot be read: %s", partition, outcome);
                    }
                  });
    }
    return done;
  }
}
