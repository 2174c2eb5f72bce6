package io.ilion.coordinator.read;

import io.ilion.coordinator.replica.read.ReplicaReads;
import io.ilion.cql.restrict.Interval;
import io.ilion.cql.restrict.RowFilter;
import io.ilion.model.ring.Murmur3;
import io.ilion.model.schema.TableDefinition;
import io.ilion.runtime.Lane;
import io.ilion.runtime.Scheduler;
import io.ilion.storage.ReadCommand;
import io.ilion.storage.ReadCommand.PartitionRange;
import io.ilion.storage.Slices;
import io.ilion.storage.StorageEngine;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiConsumer;

/** Row sources over the lanes of a storage engine. */
final class LaneReads {
  /** So many partitions are read at once when other nodes are asked for them. */
  private static final int MOST_AHEAD = 16;

  /** So many partitions are read in one turn of a lane if memory answers. */
  private static final int TURN_PARTITIONS = 64;

  private final StorageEngine engine;
  private final Scheduler scheduler;
  private final ReplicatedReads replicated;

  /** Reads of what this node keeps, and through {@code replicated} (may be null) of the rest. */
  LaneReads(StorageEngine engine, Scheduler scheduler, ReplicatedReads replicated) {
    this.engine = engine;
    this.scheduler = scheduler;
    this.replicated = replicated;
  }

  /**
   * What every read of a statement has in common.
   *
   * @param filtered whether the filter may leave out rows
   */
  record Shape(
      TableDefinition table,
      ColumnLayout layout,
      RowFilter filter,
      List<Interval> intervals,
      boolean reversed,
      RowCollector.Demand demand,
      ReadOptions options,
      boolean filtered,
      ReadReport report,
      ResultBudget.Account account) {

    /** Whether rows of named partitions are given only when they are durable. */
    boolean durable() {
      return options.consistency().isSerial();
    }

    /** The slices, cut off at the row that was given last. */
    Slices slices(byte[] after) {
      List<Slices.Interval> result = new ArrayList<>();
      for (Interval interval : intervals) {
        byte[] start = interval.start();
        byte[] end = interval.end();
        if (after != null && reversed && Arrays.compareUnsigned(after, end) < 0) {
          end = after;
        } else if (after != null && !reversed) {
          byte[] behind = Slices.behind(after);
          start = Arrays.compareUnsigned(behind, start) > 0 ? behind : start;
        }
        if (Arrays.compareUnsigned(start, end) < 0) {
          result.add(new Slices.Interval(start, end));
        }
      }
      return new Slices(result);
    }

    /** How many rows of a partition replicas are asked for. */
    int rows(int wanted, int givenOfPartition) {
      int ofPartition = demand.distinct() ? 1 : demand.perPartition() - givenOfPartition;
      return ReplicatedReads.rows(
          filtered ? wanted : Math.min(wanted, Math.max(1, ofPartition)), filtered);
    }

    RowCollector.Demand demand(int wanted, int alreadyInFirst, boolean resumed) {
      return new RowCollector.Demand(
          wanted,
          demand.perPartition(),
          alreadyInFirst,
          demand.staticOnly() && !resumed,
          demand.distinct(),
          demand.countStatic() && !resumed,
          demand.keepImages(),
          demand.nowSeconds());
    }
  }

  /** The rows of some partitions, one partition after another. */
  RowSource partitions(Shape shape, List<byte[]> keys, PagingState from) {
    return new Partitions(shape, keys, from, null);
  }

  /** The rows of a range of tokens. */
  RowSource range(Shape shape, long startToken, long endToken, PagingState from) {
    return new Range(shape, startToken, endToken, from);
  }

  /**
   * Partitions one after another. Where other nodes are asked for them, some are read ahead of
   * their turn: each waits for a way to another node and back.
   */
  private final class Partitions implements RowSource {
    private final Shape shape;
    private final List<byte[]> keys;
    private final Tombstones ofAll;
    private Tombstones met;
    private int limit;
    private int at;
    private byte[] after;
    private int given;
    private int sinceTurn;

    /** The reads of the partitions behind the present one that have begun, in order. */
    private final ArrayDeque<EarlyRead> ahead = new ArrayDeque<>();

    /** There was no room to read ahead. */
    private boolean oneByOne;

    /** Reads partitions; what they meet is told of each, or counted with what others met. */
    Partitions(Shape shape, List<byte[]> keys, PagingState from, Tombstones ofAll) {
      this.shape = shape;
      this.keys = keys;
      this.ofAll = ofAll;
      if (from != null) {
        while (at < keys.size() && !Arrays.equals(keys.get(at), from.partitionKey())) {
          at++;
        }
        if (from.clusteringKey() == null) {
          at++;
        } else {
          after = from.clusteringKey();
          given = from.givenInPartition();
        }
      }
    }

    @Override
    public void next(int wanted, Callback callback) {
      if (at >= keys.size()) {
        callback.rows(List.of(), true);
        return;
      }
      byte[] key = keys.get(at);
      long token = Murmur3.token(key);
      int index = engine.laneOf(token);
      boolean elsewhere =
          replicated != null
              && replicated.concerns(shape.table, shape.options.consistency(), token);
      EarlyRead early = after == null && given == 0 ? ahead.poll() : null;
      if (ofAll != null) {
        met = ofAll;
      } else if (met == null) {
        met = early == null ? shape.report.count() : early.tombstones();
        limit = shape.report.limit();
      }
      BiConsumer<RowCollector, Throwable> done =
          (found, failure) -> {
            if (elsewhere && !oneByOne && ReplicaReads.isOfRoom(failure)) {
              goOnOneByOne(wanted, callback);
              return;
            }
            if (failure != null) {
              callback.failed(failure);
              return;
            }
            if (found.isTruncated()) {
              SourceRow last = found.rows().get(found.rows().size() - 1);
              after = last.clusteringKey;
              given += found.rows().size();
            }
            if (!found.isTruncated() || after == null) {
              ended();
              at++;
              after = null;
              given = 0;
            }
            boolean exhausted = at >= keys.size();
            if (shape.durable() && !elsewhere) {
              give(index, found.rows(), exhausted, callback);
            } else {
              callback.rows(found.rows(), exhausted);
            }
          };
      if (elsewhere) {
        readAhead(wanted);
      }
      if (early != null) {
        shape.options.progress().follow(early.progress());
        early.take(
            (found, failure) -> {
              if (failure == null) {
                early.account().moveTo(shape.account);
              } else {
                early.account().close();
              }
              done.accept(found, failure);
            });
        return;
      }
      RowCollector collector =
          new RowCollector(
              shape.layout,
              shape.filter,
              shape.demand(wanted, given, after != null),
              met,
              shape.account,
              shape.options.abandoned(),
              done);
      ReadCommand command =
          ReadCommand.partition(shape.table.id(), key, token, shape.slices(after), shape.reversed);
      if (elsewhere) {
        replicated.partition(
            replicated.context(shape.table, shape.options, false, shape.account),
            command,
            shape.rows(wanted, given),
            ReadProfile.watched(shape.options.profile(), collector));
        return;
      }
      Lane lane = scheduler.lane(index);
      Runnable read =
          () -> ReadProfile.read(shape.options.profile(), engine.lane(index), command, collector);
      if (!lane.isCurrent()) {
        lane.execute(read);
      } else if (++sinceTurn < TURN_PARTITIONS) {
        read.run();
      } else {
        sinceTurn = 0;
        lane.continueLater(read);
      }
    }

    /**
     * Begins to read the partitions behind the present one, but no more of them than rows are
     * wanted: each has one, most likely. Each is read from its beginning, for as many rows as are
     * wanted now.
     */
    private void readAhead(int wanted) {
      int most = oneByOne ? 0 : Math.min(MOST_AHEAD, wanted) - 1;
      while (ahead.size() < most && at + ahead.size() + 1 < keys.size()) {
        byte[] key = keys.get(at + ahead.size() + 1);
        long token = Murmur3.token(key);
        if (!replicated.concerns(shape.table, shape.options.consistency(), token)) {
          return;
        }
        EarlyRead early =
            new EarlyRead(shape.report.count(), shape.account.another(), shape.options.profile());
        ahead.add(early);
        ReadOptions options = early.options(shape.options);
        replicated.partition(
            replicated.context(shape.table, options, false, shape.account),
            ReadCommand.partition(shape.table.id(), key, token, shape.slices(null), shape.reversed),
            shape.rows(wanted, 0),
            ReadProfile.watched(
                shape.options.profile(),
                new RowCollector(
                    shape.layout,
                    shape.filter,
                    shape.demand(wanted, 0, false),
                    early.tombstones(),
                    early.account(),
                    options.abandoned(),
                    early)));
      }
    }

    /** Gives rows that no crash may contradict. */
    private void give(int index, List<SourceRow> rows, boolean exhausted, Callback callback) {
      engine
          .lane(index)
          .awaitDurable(
              failure -> {
                if (failure == null) {
                  callback.rows(rows, exhausted);
                } else {
                  callback.failed(failure);
                }
              });
    }

    @Override
    public void end() {
      ahead.forEach(EarlyRead::drop);
      ahead.clear();
      ended();
    }

    /** Those that are read at once may have taken each other's room: waits until all have ended. */
    private void goOnOneByOne(int wanted, Callback callback) {
      oneByOne = true;
      met = ofAll;
      // What the present one had collected is read again.
      shape.account.release();
      List<EarlyRead> others = List.copyOf(ahead);
      ahead.clear();
      AtomicInteger left = new AtomicInteger(others.size() + 1);
      Runnable ended =
          () -> {
            if (left.decrementAndGet() == 0) {
              next(wanted, callback);
            }
          };
      for (EarlyRead other : others) {
        other.take(
            (found, failure) -> {
              other.account().close();
              ended.run();
            });
      }
      ended.run();
    }

    /** The present partition is read. */
    private void ended() {
      if (met != null && ofAll == null) {
        shape.report.partition(keys.get(at), limit, met);
        met = null;
      }
    }
  }

  /**
   * Lanes own interleaved slices of the ring, so each is asked for its next rows and the answers
   * are merged by token; rows behind the end of any lane's answer are dropped and asked for again.
   */
  private final class Range implements RowSource {
    private final Shape shape;
    private final long endToken;
    private final Tombstones met;
    private final byte[] begunBehind;
    private int limit = -1;
    private long startToken;
    private byte[] startKey;
    private boolean startInclusive = true;
    private byte[] after;
    private int given;

    Range(Shape shape, long startToken, long endToken, PagingState from) {
      this.shape = shape;
      this.startToken = startToken;
      this.endToken = endToken;
      this.met = shape.report.count();
      this.begunBehind = from == null ? null : from.partitionKey();
      if (from != null) {
        resume(from.partitionKey(), from.clusteringKey(), from.givenInPartition());
      }
    }

    private void resume(byte[] key, byte[] clusteringKey, int givenInPartition) {
      startToken = Murmur3.token(key);
      startKey = key;
      startInclusive = false;
      after = clusteringKey;
      given = givenInPartition;
    }

    @Override
    public void next(int wanted, Callback callback) {
      if (limit < 0) {
        limit = shape.report.limit();
      }
      if (after != null) {
        finishPartition(wanted, callback);
        return;
      }
      boolean elsewhere =
          replicated != null && replicated.concernsRange(shape.table, shape.options.consistency());
      int lanes = elsewhere ? 1 : scheduler.laneCount();
      RowCollector[] answers = new RowCollector[lanes];
      AtomicInteger left = new AtomicInteger(lanes);
      Throwable[] failures = new Throwable[lanes];
      ReadCommand command =
          ReadCommand.range(
              shape.table.id(),
              new PartitionRange(startToken, startKey, startInclusive, endToken),
              shape.slices(null));
      for (int i = 0; i < lanes; i++) {
        int lane = i;
        RowCollector collector =
            new RowCollector(
                shape.layout,
                shape.filter,
                shape.demand(wanted, 0, false),
                shape.report.count(),
                shape.account,
                shape.options.abandoned(),
                (found, failure) -> {
                  answers[lane] = found;
                  failures[lane] = failure;
                  if (left.decrementAndGet() == 0) {
                    merge(answers, failures, callback);
                  }
                });
        if (elsewhere) {
          replicated.range(
              replicated.context(shape.table, shape.options, true, shape.account),
              command,
              ReplicatedReads.rows(wanted, shape.filtered),
              shape.filtered ? Integer.MAX_VALUE : shape.rows(Integer.MAX_VALUE, 0),
              ReadProfile.watched(shape.options.profile(), collector));
        } else {
          scheduler
              .lane(i)
              .execute(
                  () ->
                      ReadProfile.read(
                          shape.options.profile(), engine.lane(lane), command, collector));
        }
      }
    }

    /** The rest of the partition that the last page ended in. */
    private void finishPartition(int wanted, Callback callback) {
      byte[] key = startKey;
      PagingState from = new PagingState(key, after, Integer.MAX_VALUE, given);
      new Partitions(shape, List.of(key), from, met)
          .next(
              wanted,
              new Callback() {
                @Override
                public void rows(List<SourceRow> rows, boolean exhausted) {
                  if (exhausted) {
                    resume(key, null, 0);
                  } else {
                    resume(key, rows.get(rows.size() - 1).clusteringKey, given + rows.size());
                  }
                  callback.rows(rows, false);
                }

                @Override
                public void failed(Throwable cause) {
                  callback.failed(cause);
                }
              });
    }

    private void merge(RowCollector[] answers, Throwable[] failures, Callback callback) {
      for (Throwable failure : failures) {
        if (failure != null) {
          callback.failed(failure);
          return;
        }
      }
      List<SourceRow> merged = new ArrayList<>();
      SourceRow horizon = null;
      for (RowCollector answer : answers) {
        merged.addAll(answer.rows());
        if (answer.isTruncated()) {
          SourceRow last = answer.rows().get(answer.rows().size() - 1);
          horizon = horizon == null || comparePartitions(last, horizon) < 0 ? last : horizon;
        }
      }
      merged.sort(Range::comparePartitions);
      try {
        for (RowCollector answer : answers) {
          count(answer, horizon);
        }
      } catch (TooManyTombstonesException e) {
        callback.failed(e);
        return;
      }
      if (horizon != null) {
        SourceRow end = horizon;
        merged.removeIf(row -> comparePartitions(row, end) > 0);
        int inLast = 0;
        for (SourceRow row : merged) {
          inLast += comparePartitions(row, end) == 0 ? 1 : 0;
        }
        resume(end.partitionKey, end.clusteringKey, inLast);
      }
      callback.rows(merged, horizon == null);
    }

    private void count(RowCollector answer, SourceRow horizon) {
      if (horizon == null) {
        met.addUpTo(answer.tombstones(), 0, null, 0);
        return;
      }
      long behind =
          answer.rows().stream().filter(row -> comparePartitions(row, horizon) > 0).count();
      met.addUpTo(answer.tombstones(), horizon.token, horizon.partitionKey, behind);
    }

    @Override
    public void end() {
      shape.report.range(begunBehind, limit, met);
    }

    private static int comparePartitions(SourceRow a, SourceRow b) {
      int order = Long.compare(a.token, b.token);
      return order != 0 ? order : Arrays.compareUnsigned(a.partitionKey, b.partitionKey);
    }
  }
}
