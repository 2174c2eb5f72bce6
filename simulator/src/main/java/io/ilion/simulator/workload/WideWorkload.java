package io.ilion.simulator.workload;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * Partitions of many rows, of which many are deleted, that are read page by page or with a limit.
 * Each page may come from another server than the one before: still every row that was there
 * throughout is shown once. A limit is reached with as many rows as there are, however many deleted
 * ones some replica has in front of them.
 */
public final class WideWorkload implements Workload {
  private static final int ROWS = 40;
  private static final int LARGEST_PAGE = 9;
  private static final int LARGEST_LIMIT = 6;

  /** A page is asked for so often, each time of another server. */
  private static final int ATTEMPTS = 3;

  private final boolean paged;
  private final List<Partition> partitions = new ArrayList<>();
  private int failures;

  /**
   * A workload over a number of partitions.
   *
   * @param paged whether they are read by pages; with a limit else
   */
  public WideWorkload(boolean paged, int count) {
    this.paged = paged;
    for (int i = 0; i < count; i++) {
      partitions.add(new Partition());
    }
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
  }

  @Override
  public String name() {
    return paged ? "pages" : "limits";
  }

  @Override
  public List<String> tables(String keyspace) {
    return List.of(
        "CREATE TABLE %s.%s (p int, c int, v bigint, PRIMARY KEY (p, c))"
            .formatted(keyspace, name()));
  }

  @Override
  public void nodeFailed() {
    failures++;
    partitions.forEach(partition -> List.of(partition.rows).forEach(RowVersions::nodeFailed));
  }

  @Override
  public CompletionStage<Outcome> operate(Session session) {
    int p = session.random().below(partitions.size());
    if (!partitions.get(p).busy && session.random().chance(0.6)) {
      return write(session, p);
    }
    boolean all = session.random().oneIn(2);
    if (paged) {
      return all ? walk(session, 0, partitions.size()) : walk(session, p, p + 1);
    }
    return all ? fewOfEach(session) : few(session, p);
  }

  // Writes.

  private CompletionStage<Outcome> write(Session session, int p) {
    Partition partition = partitions.get(p);
    final long timestamp = ++partition.lastTimestamp;
    int from = session.random().below(ROWS);
    int to = Math.min(ROWS, from + 1 + session.random().below(10));
    Long value = null;
    String table = session.keyspace() + "." + name();
    String cql;
    switch (session.random().below(16)) {
      case 0 -> {
        from = 0;
        to = ROWS;
        cql = "DELETE FROM " + table + " USING TIMESTAMP " + timestamp + " WHERE p = " + p;
      }
      case 1, 2, 3 ->
          cql =
              "DELETE FROM %s USING TIMESTAMP %d WHERE p = %d AND c >= %d AND c < %d"
                  .formatted(table, timestamp, p, from, to);
      case 4, 5, 6 ->
          cql =
              batch(
                  from, to, timestamp, "DELETE FROM " + table + " WHERE p = " + p + " AND c = %d");
      default -> {
        value = timestamp;
        String insert = "INSERT INTO " + table + " (p, c, v) VALUES (" + p + ", %d, " + value + ")";
        cql = batch(from, to, timestamp, insert);
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
        .thenApply(
            answer -> {
              partition.busy = false;
              for (int c = first; c < end; c++) {
                if (answer.isDone()) {
                  partition.rows[c].acknowledged(timestamp);
                } else if (answer.outcome() == Outcome.REFUSED) {
                  partition.rows[c].refused(timestamp);
                }
              }
              return answer.outcome();
            });
  }

  /** One statement for each of some rows, in one batch of their partition. */
  private static String batch(int from, int to, long timestamp, String each) {
    StringBuilder cql = new StringBuilder("BEGIN UNLOGGED BATCH USING TIMESTAMP " + timestamp);
    for (int c = from; c < to; c++) {
      cql.append(' ').append(each.formatted(c)).append(';');
    }
    return cql.append(" APPLY BATCH").toString();
  }

  // Reads.

  /** What a read has shown of some partitions, and what it must show at least. */
  private final class Shown {
    private final int failuresBefore = failures;
    private final List<long[]> floors = new ArrayList<>();
    private final List<TreeMap<Integer, Long>> rows = new ArrayList<>();
    private final boolean reversed;
    private final int first;
    private final int end;
    private int current = -1;

    /** Of the partitions from a first one up to, and without, another. */
    Shown(int first, int end, boolean reversed) {
      this.first = first;
      this.end = end;
      this.reversed = reversed;
      for (int p = first; p < end; p++) {
        long[] floor = new long[ROWS];
        for (int c = 0; c < ROWS; c++) {
          floor[c] = partitions.get(p).rows[c].floor();
        }
        floors.add(floor);
        rows.add(new TreeMap<>());
      }
    }

    /** Adds rows of p, c and v, which must go on behind those that are there. */
    void add(Session.Answer answer) {
      for (int i = 0; i < answer.rows().size(); i++) {
        int p = answer.integer(i, 0);
        int c = answer.integer(i, 1);
        TreeMap<Integer, Long> before = p < first || p >= end ? null : rows.get(p - first);
        boolean goesOn =
            before != null
                && (before.isEmpty()
                    || p == current && (reversed ? c < before.firstKey() : c > before.lastKey()));
        if (!goesOn) {
          throw Session.violation(
              "row %d of partition %d is shown behind partition %d %s", c, p, current, before);
        }
        current = p;
        before.put(c, answer.bigint(i, 2));
      }
    }

    /** What is shown of some rows of a partition must be what they have, or may have. */
    void check(int p, int from, int to, String read) {
      for (int c = from; c < to; c++) {
        Long value = rows.get(p - first).get(c);
        RowVersions row = partitions.get(p).rows[c];
        if (!row.mayShow(floors.get(p - first)[c], value, failures == failuresBefore)) {
          throw Session.violation(
              "row %d of partition %d shows %s in %s, but must show what it has %s",
              c, p, value, read, row);
        }
      }
    }

    /** The same of a read that ends with so many rows of a partition, if it has as many. */
    void checkLimited(int p, int limit, String read) {
      TreeMap<Integer, Long> found = rows.get(p - first);
      if (found.size() > limit) {
        throw Session.violation("%d rows of partition %d in %s", found.size(), p, read);
      }
      boolean cut = found.size() == limit;
      check(
          p,
          cut && reversed ? found.firstKey() : 0,
          cut && !reversed ? found.lastKey() + 1 : ROWS,
          read);
    }
  }

  /** Reads one partition, or all, by pages. */
  private CompletionStage<Outcome> walk(Session session, int first, int end) {
    boolean one = end == first + 1;
    boolean reversed = one && session.random().oneIn(3);
    String cql =
        "SELECT p, c, v FROM %s.%s%s%s"
            .formatted(
                session.keyspace(),
                name(),
                one ? " WHERE p = " + first : "",
                reversed ? " ORDER BY c DESC" : "");
    Shown shown = new Shown(first, end, reversed);
    return page(session, cql, shown, null, ATTEMPTS)
        .thenApply(
            outcome -> {
              if (outcome == Outcome.DONE) {
                for (int p = first; p < end; p++) {
                  shown.check(p, 0, ROWS, "pages of " + cql);
                }
              }
              return outcome;
            });
  }

  private CompletionStage<Outcome> page(
      Session session, String cql, Shown shown, byte[] state, int attempts) {
    int size = 1 + session.random().below(LARGEST_PAGE);
    return session
        .page(cql, session.level(), size, state)
        .thenCompose(
            answer -> {
              if (!answer.isDone()) {
                return attempts == 1
                    ? CompletableFuture.completedFuture(answer.outcome())
                    : page(session, cql, shown, state, attempts - 1);
              }
              if (answer.rows().size() > size) {
                throw Session.violation("%d rows in a page of %d", answer.rows().size(), size);
              }
              shown.add(answer);
              return answer.pagingState() == null
                  ? CompletableFuture.completedFuture(Outcome.DONE)
                  : page(session, cql, shown, answer.pagingState(), ATTEMPTS);
            });
  }

  /** The first or the last rows of a partition. */
  private CompletionStage<Outcome> few(Session session, int p) {
    int limit = 1 + session.random().below(LARGEST_LIMIT);
    boolean reversed = session.random().oneIn(3);
    String cql =
        "SELECT p, c, v FROM %s.%s WHERE p = %d%s LIMIT %d"
            .formatted(session.keyspace(), name(), p, reversed ? " ORDER BY c DESC" : "", limit);
    Shown shown = new Shown(p, p + 1, reversed);
    return session
        .execute(cql, session.level())
        .thenApply(
            answer -> {
              if (answer.isDone()) {
                shown.add(answer);
                shown.checkLimited(p, limit, cql);
              }
              return answer.outcome();
            });
  }

  /** The first rows of each partition. */
  private CompletionStage<Outcome> fewOfEach(Session session) {
    int limit = 1 + session.random().below(LARGEST_LIMIT);
    String cql =
        "SELECT p, c, v FROM %s.%s PER PARTITION LIMIT %d"
            .formatted(session.keyspace(), name(), limit);
    Shown shown = new Shown(0, partitions.size(), false);
    return session
        .execute(cql, session.level())
        .thenApply(
            answer -> {
              if (answer.isDone()) {
                shown.add(answer);
                for (int p = 0; p < partitions.size(); p++) {
                  shown.checkLimited(p, limit, cql);
                }
              }
              return answer.outcome();
            });
  }

  @Override
  public CompletionStage<Void> verify(Session session) {
    CompletionStage<Outcome> done = CompletableFuture.completedFuture(Outcome.DONE);
    for (int p = 0; p < partitions.size(); p++) {
      int one = p;
      done =
          done.thenCompose(
              before ->
                  before != Outcome.DONE
                      ? CompletableFuture.completedFuture(before)
                      : paged ? walk(session, one, one + 1) : few(session, one));
    }
    return done.thenAccept(
        outcome -> {
          if (outcome != Outcome.DONE) {
            throw Session.violation("wide partitions cannot be read: %s", outcome);
          }
        });
  }
}
