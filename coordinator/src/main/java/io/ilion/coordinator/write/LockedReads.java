package io.ilion.coordinator.write;

import io.ilion.coordinator.KeyedLocks;
import io.ilion.coordinator.LaneAccess;
import io.ilion.coordinator.WriteCallback;
import io.ilion.cql.modify.BoundModification;
import io.ilion.model.ring.Murmur3;
import io.ilion.model.schema.TableDefinition;
import io.ilion.storage.ReadCommand;
import io.ilion.storage.Slices;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.IntConsumer;
import java.util.function.IntPredicate;

/** Reads what is about to be changed, alone with it. Safe to call from any lane. */
final class LockedReads {
  private final LaneAccess lanes;
  private final List<KeyedLocks<Id>> locks = new ArrayList<>();

  LockedReads(LaneAccess lanes) {
    this.lanes = lanes;
    for (int i = 0; i < lanes.laneCount(); i++) {
      locks.add(new KeyedLocks<>());
    }
  }

  /**
   * The rows of a partition that has to be read.
   *
   * @param columns those by which rows exist, by their ids
   * @param clusteringKeys of the rows; the static row comes along
   */
  record Partition(
      Id id, IntPredicate columns, byte[] key, long token, List<byte[]> clusteringKeys) {

    Partition(
        TableDefinition table, IntPredicate columns, byte[] key, List<byte[]> clusteringKeys) {
      this(Id.of(table.id(), key), columns, key, Murmur3.token(key), clusteringKeys);
    }

    /** What some modifications have to read: each partition once, in one order for all callers. */
    static List<Partition> of(List<BoundModification> modifications) {
      Map<Id, Partition> partitions = new TreeMap<>();
      for (BoundModification m : modifications) {
        TableDefinition table = m.plan().table();
        IntPredicate all = column -> table.column(column) != null;
        for (byte[] key : m.partitionKeys()) {
          partitions
              .computeIfAbsent(
                  Id.of(table.id(), key),
                  id -> new Partition(id, all, key, Murmur3.token(key), new ArrayList<>()))
              .clusteringKeys
              .addAll(m.clusteringKeys());
        }
      }
      return List.copyOf(partitions.values());
    }
  }

  /** A partition of a table. */
  record Id(UUID table, ByteBuffer key) implements Comparable<Id> {
    static Id of(UUID table, byte[] key) {
      return new Id(table, ByteBuffer.wrap(key));
    }

    @Override
    public int compareTo(Id other) {
      int order = table.compareTo(other.table);
      return order != 0 ? order : key.compareTo(other.key);
    }
  }

  /** Takes what was read, on the lane that owns the partition. */
  interface Then {
    /** Goes on with the rows; the hold is to be released in the end. */
    void run(RowsRead rows, Hold hold);
  }

  /** A partition that is locked. Owned by its lane. */
  final class Hold {
    private final int lane;
    private final Partition partition;
    private boolean released;

    private Hold(int lane, Partition partition) {
      this.lane = lane;
      this.partition = partition;
    }

    int lane() {
      return lane;
    }

    /** Lets go of the partition. Idempotent. */
    void release() {
      if (!released) {
        released = true;
        locks.get(lane).release(partition.id);
      }
    }

    /** Lets go of the partition, from any lane. */
    void releaseFromAnywhere() {
      lanes.run(lane, this::release, failure -> {});
    }

    /**
     * Applies updates of the partition and lets go of it as soon as others see them: they need not
     * wait until the updates are durable, since what they write stands behind them in the log.
     */
    void apply(List<byte[]> updates, WriteCallback callback) {
      if (updates.isEmpty()) {
        release();
        callback.done(null);
        return;
      }
      WriteCallback all =
          WriteCallback.all(
              updates.size(),
              failure -> {
                release();
                callback.done(failure);
              });
      boolean visible = true;
      for (byte[] update : updates) {
        try {
          visible &= lanes.store(lane).apply(partition.token, update, all::done);
        } catch (RuntimeException e) {
          all.done(e);
        }
      }
      if (visible) {
        release();
      }
    }
  }

  /**
   * Locks a partition and reads it.
   *
   * @param waits told of the number of those it has to wait for, if any
   * @param entered asked when the partition is locked; false gives it back at once
   * @param then told of the rows
   * @param failure told instead, the lock being released, if the read failed
   */
  void read(
      Partition partition,
      long nowSeconds,
      IntConsumer waits,
      BooleanSupplier entered,
      Then then,
      WriteCallback failure) {
    int lane = lanes.laneOf(partition.token);
    lanes.run(
        lane,
        () -> {
          int others =
              locks
                  .get(lane)
                  .acquire(
                      partition.id,
                      () -> {
                        Hold hold = new Hold(lane, partition);
                        try {
                          if (entered.getAsBoolean()) {
                            readLocked(hold, nowSeconds, then, failure);
                          } else {
                            hold.release();
                          }
                        } catch (RuntimeException e) {
                          hold.release();
                          failure.done(e);
                        }
                      });
          if (others > 0) {
            waits.accept(others);
          }
        },
        failure);
  }

  private void readLocked(Hold hold, long nowSeconds, Then then, WriteCallback failure) {
    read(
        hold,
        slices(hold.partition.clusteringKeys),
        false,
        nowSeconds,
        rows -> then.run(rows, hold),
        failure);
  }

  /**
   * Reads the first live row of a partition that is locked, with its static row. The lock is
   * released if the read fails.
   */
  void readFirstRow(Hold hold, long nowSeconds, Consumer<RowsRead> then, WriteCallback failure) {
    read(hold, Slices.ALL, true, nowSeconds, then, failure);
  }

  private void read(
      Hold hold,
      Slices slices,
      boolean first,
      long nowSeconds,
      Consumer<RowsRead> then,
      WriteCallback failure) {
    Partition partition = hold.partition;
    RowsRead[] rows = new RowsRead[1];
    rows[0] =
        new RowsRead(
            partition.columns,
            nowSeconds,
            first,
            cause -> {
              if (cause != null) {
                hold.release();
                failure.done(cause);
                return;
              }
              try {
                then.accept(rows[0]);
              } catch (RuntimeException e) {
                hold.release();
                failure.done(e);
              }
            });
    lanes
        .store(hold.lane)
        .read(
            ReadCommand.partition(
                partition.id.table, partition.key, partition.token, slices, false),
            rows[0]);
  }

  /** The rows of some clustering keys. */
  static Slices slices(List<byte[]> keys) {
    List<byte[]> sorted = new ArrayList<>(keys);
    sorted.sort(Arrays::compareUnsigned);
    List<Slices.Interval> intervals = new ArrayList<>();
    for (int i = 0; i < sorted.size(); i++) {
      if (i == 0 || !Arrays.equals(sorted.get(i - 1), sorted.get(i))) {
        intervals.add(Slices.Interval.row(sorted.get(i)));
      }
    }
    return new Slices(intervals);
  }
}
