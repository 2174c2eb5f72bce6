package io.ilion.coordinator.write;

import io.ilion.cql.modify.BoundModification;
import io.ilion.cql.modify.CurrentRow;
import io.ilion.cql.modify.CurrentRows;
import io.ilion.cql.modify.UpdateBuffer;
import io.ilion.cql.modify.UpdateBuffer.CounterIncrement;
import io.ilion.cql.modify.UpdateBuffer.PartitionUpdate;
import io.ilion.cql.restrict.Restrictions;
import io.ilion.model.data.CounterShards;
import io.ilion.model.data.RowReader;
import io.ilion.model.data.UpdateWriter;
import io.ilion.model.ring.Murmur3;
import io.ilion.model.schema.ColumnDefinition;
import io.ilion.model.schema.TableDefinition;
import io.ilion.model.type.PartitionKeyCodec;
import io.ilion.runtime.Clock;
import io.ilion.runtime.Lane;
import io.ilion.runtime.Scheduler;
import io.ilion.storage.ReadCommand;
import io.ilion.storage.Slices;
import io.ilion.storage.StorageEngine;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;

/** Executes modifications over a storage engine. Safe to call from any lane. */
public final class Writer {
  private final StorageEngine engine;
  private final Scheduler scheduler;
  private final Clock clock;
  private final TimestampGenerator timestamps;
  private final UUID nodeId;
  private final PartitionLocks[] locks;

  /**
   * A writer over an engine whose lanes are the scheduler's.
   *
   * @param nodeId whose counts of counters these are
   */
  public Writer(
      StorageEngine engine,
      Scheduler scheduler,
      Clock clock,
      TimestampGenerator timestamps,
      UUID nodeId) {
    this.engine = engine;
    this.scheduler = scheduler;
    this.clock = clock;
    this.timestamps = timestamps;
    this.nodeId = nodeId;
    this.locks = new PartitionLocks[scheduler.laneCount()];
    for (int i = 0; i < locks.length; i++) {
      locks[i] = new PartitionLocks();
    }
  }

  /** Told that a write ended. */
  @FunctionalInterface
  public interface Callback {
    /** Null for success: everything is durable. */
    void done(Throwable failure);
  }

  /**
   * Writes without conditions. All partitions are written, each atomically; the callback is told
   * the first failure.
   *
   * @param modifications of one statement or one batch
   */
  public void write(List<BoundModification> modifications, long nowSeconds, Callback callback) {
    try {
      boolean reads = false;
      for (BoundModification m : modifications) {
        reads |= m.needsRows();
      }
      if (reads) {
        writeReadingFirst(modifications, nowSeconds, callback);
        return;
      }
      UpdateBuffer buffer = new UpdateBuffer();
      for (BoundModification m : modifications) {
        m.addTo(buffer, CurrentRows.NONE);
      }
      apply(buffer.build(), nowSeconds, callback);
    } catch (RuntimeException e) {
      callback.done(e);
    }
  }

  private void apply(List<PartitionUpdate> updates, long nowSeconds, Callback callback) {
    if (updates.isEmpty()) {
      callback.done(null);
      return;
    }
    Callback each = updates.size() == 1 ? callback : new All(updates.size(), callback);
    for (PartitionUpdate update : updates) {
      apply(update, nowSeconds, each);
    }
  }

  private void apply(PartitionUpdate update, long nowSeconds, Callback callback) {
    long token = Murmur3.token(update.partitionKey());
    int lane = engine.laneOf(token);
    onLane(
        lane,
        () -> {
          if (!update.increments().isEmpty()) {
            count(lane, token, update, nowSeconds, callback);
          } else if (update.update() == null) {
            callback.done(null);
          } else {
            engine.lane(lane).apply(token, update.update(), callback::done);
          }
        },
        callback);
  }

  private void onLane(int index, Runnable task, Callback callback) {
    Runnable guarded =
        () -> {
          try {
            task.run();
          } catch (RuntimeException e) {
            callback.done(e);
          }
        };
    Lane lane = scheduler.lane(index);
    if (lane.isCurrent()) {
      guarded.run();
    } else {
      lane.execute(guarded);
    }
  }

  /** Told once when the last of several writes ended, with the first failure. */
  private static final class All implements Callback {
    private final AtomicInteger left;
    private final AtomicReference<Throwable> first = new AtomicReference<>();
    private final Callback callback;

    All(int count, Callback callback) {
      this.left = new AtomicInteger(count);
      this.callback = callback;
    }

    @Override
    public void done(Throwable failure) {
      if (failure != null) {
        first.compareAndSet(null, failure);
      }
      if (left.decrementAndGet() == 0) {
        callback.done(first.get());
      }
    }
  }

  /** Lists that change by index: each partition's modifications read it first. */
  private void writeReadingFirst(
      List<BoundModification> modifications, long nowSeconds, Callback callback) {
    TreeMap<byte[], TableDefinition> partitions = new TreeMap<>(Arrays::compareUnsigned);
    for (BoundModification m : modifications) {
      m.partitionKeys().forEach(key -> partitions.put(key, m.plan().table()));
    }
    if (partitions.size() != 1) {
      // Several partitions: one after the other, the whole statement for each of its partitions.
      for (BoundModification m : modifications) {
        if (m.partitionKeys().size() != 1) {
          throw io.ilion.model.CqlException.invalid(
              "Lists of several partitions cannot be changed by index in one statement");
        }
      }
      Callback all = new All(modifications.size(), callback);
      modifications.forEach(m -> write(List.of(m), nowSeconds, all));
      return;
    }
    byte[] key = partitions.firstKey();
    lockAndRead(
        modifications,
        key,
        nowSeconds,
        callback,
        (rows, then) -> {
          UpdateBuffer buffer = new UpdateBuffer();
          modifications.forEach(m -> m.addTo(buffer, rows));
          applyHere(buffer.build(), then);
        });
  }

  /** What happens between reading a locked partition and letting go of it. */
  private interface Locked {
    void run(RowsRead rows, Callback then);
  }

  private void lockAndRead(
      List<BoundModification> modifications,
      byte[] key,
      long nowSeconds,
      Callback callback,
      Locked locked) {
    long token = Murmur3.token(key);
    int lane = engine.laneOf(token);
    UUID table = modifications.get(0).plan().table().id();
    onLane(
        lane,
        () ->
            locks[lane].acquire(
                table,
                key,
                () -> {
                  RowsRead[] rows = new RowsRead[1];
                  rows[0] =
                      new RowsRead(
                          nowSeconds,
                          failure -> {
                            try {
                              if (failure != null) {
                                callback.done(failure);
                              } else {
                                locked.run(rows[0], callback);
                              }
                            } catch (RuntimeException e) {
                              callback.done(e);
                            } finally {
                              // What was written is visible already: the next may read.
                              locks[lane].release(table, key);
                            }
                          });
                  engine
                      .lane(lane)
                      .read(
                          ReadCommand.partition(table, key, token, slices(modifications), false),
                          rows[0]);
                }),
        callback);
  }

  private static Slices slices(List<BoundModification> modifications) {
    List<byte[]> keys = new ArrayList<>();
    modifications.forEach(m -> keys.addAll(m.clusteringKeys()));
    return slicesOf(keys);
  }

  private static Slices slicesOf(List<byte[]> keys) {
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

  /** Applies updates of one partition on the current lane. */
  private void applyHere(List<PartitionUpdate> updates, Callback callback) {
    List<PartitionUpdate> changes = updates.stream().filter(u -> u.update() != null).toList();
    if (changes.isEmpty()) {
      callback.done(null);
      return;
    }
    Callback each = changes.size() == 1 ? callback : new All(changes.size(), callback);
    for (PartitionUpdate change : changes) {
      long token = Murmur3.token(change.partitionKey());
      engine.lane(engine.laneOf(token)).apply(token, change.update(), each::done);
    }
  }

  /** Adds to counters: reads this node's counts, writes the new ones. */
  private void count(
      int lane, long token, PartitionUpdate update, long nowSeconds, Callback callback) {
    TableDefinition table = update.table();
    byte[] key = update.partitionKey();
    locks[lane].acquire(
        table.id(),
        key,
        () -> {
          RowsRead[] rows = new RowsRead[1];
          rows[0] =
              new RowsRead(
                  nowSeconds,
                  failure -> {
                    try {
                      if (failure != null) {
                        callback.done(failure);
                        return;
                      }
                      byte[] counts = counts(update, rows[0]);
                      int parts = update.update() == null ? 1 : 2;
                      Callback each = parts == 1 ? callback : new All(parts, callback);
                      if (update.update() != null) {
                        engine.lane(lane).apply(token, update.update(), each::done);
                      }
                      engine.lane(lane).apply(token, counts, each::done);
                    } catch (RuntimeException e) {
                      callback.done(e);
                    } finally {
                      locks[lane].release(table.id(), key);
                    }
                  });
          List<byte[]> wanted =
              update.increments().stream()
                  .map(CounterIncrement::clusteringKey)
                  .filter(k -> k != null)
                  .toList();
          engine
              .lane(lane)
              .read(
                  ReadCommand.partition(table.id(), key, token, slicesOf(wanted), false), rows[0]);
        });
  }

  private byte[] counts(PartitionUpdate update, RowsRead rows) {
    UpdateWriter writer = new UpdateWriter();
    writer.begin(update.table().id(), update.partitionKey());
    writeCounts(update, rows, null, writer);
    update.increments().stream()
        .map(CounterIncrement::clusteringKey)
        .filter(k -> k != null)
        .collect(
            () -> new TreeMap<byte[], Boolean>(Arrays::compareUnsigned),
            (map, k) -> map.put(k, true),
            TreeMap::putAll)
        .keySet()
        .forEach(k -> writeCounts(update, rows, k, writer));
    return writer.toByteArray();
  }

  private void writeCounts(
      PartitionUpdate update, RowsRead rows, byte[] clusteringKey, UpdateWriter writer) {
    TreeMap<Integer, Long> deltas = new TreeMap<>();
    long timestamp = 0;
    for (CounterIncrement increment : update.increments()) {
      if (Arrays.equals(increment.clusteringKey(), clusteringKey)) {
        deltas.merge(increment.column(), increment.amount(), Long::sum);
        timestamp = increment.timestamp();
      }
    }
    if (deltas.isEmpty()) {
      return;
    }
    var row = writer.rowWriter();
    byte[] image = rows.image(clusteringKey);
    for (var delta : deltas.entrySet()) {
      byte[] shards =
          CounterShards.add(
              shards(image, delta.getKey()),
              nodeId.getMostSignificantBits(),
              nodeId.getLeastSignificantBits(),
              clock.wallMicros(),
              delta.getValue());
      row.counterCell(delta.getKey(), timestamp, shards);
    }
    if (clusteringKey == null) {
      writer.staticRow();
    } else {
      writer.row(clusteringKey);
    }
  }

  private static byte[] shards(byte[] image, int column) {
    if (image != null) {
      RowReader reader = new RowReader().wrap(image);
      while (reader.nextCell()) {
        if (reader.column() == column && reader.isCounter()) {
          return reader.value();
        }
      }
    }
    return new byte[0];
  }

  /**
   * Decides a conditional statement or batch on one partition, and makes its changes if all
   * conditions hold.
   *
   * @param bind gives the modifications for a timestamp; called on the owning lane, when the
   *     partition is locked, so that later decisions have later timestamps
   * @param inBatch whether several statements stand together
   */
  public void decide(
      Function<Long, List<BoundModification>> bind,
      boolean inBatch,
      long nowSeconds,
      ConditionalResult.Callback callback) {
    try {
      List<BoundModification> first = bind.apply(timestamps.next());
      byte[] key = first.get(0).partitionKeys().get(0);
      ConditionalResult[] result = new ConditionalResult[1];
      lockAndRead(
          first,
          key,
          nowSeconds,
          failure -> callback.done(failure == null ? result[0] : null, failure),
          (rows, then) -> {
            List<BoundModification> now = bind.apply(timestamps.next());
            boolean holds = true;
            for (BoundModification m : now) {
              holds &= !m.plan().isConditional() || m.applies(rows);
            }
            if (!holds) {
              result[0] = refused(now, rows, key, inBatch);
              then.done(null);
              return;
            }
            result[0] = new ConditionalResult(true, List.of(), List.of());
            UpdateBuffer buffer = new UpdateBuffer();
            now.forEach(m -> m.addTo(buffer, rows));
            applyHere(buffer.build(), then);
          });
    } catch (RuntimeException e) {
      callback.done(null, e);
    }
  }

  private static ConditionalResult refused(
      List<BoundModification> modifications, RowsRead rows, byte[] key, boolean inBatch) {
    List<ColumnDefinition> columns = new ArrayList<>();
    List<byte[][]> found = new ArrayList<>();
    List<byte[]> seen = new ArrayList<>();
    for (BoundModification m : modifications) {
      if (m.plan().isConditional()) {
        for (ColumnDefinition column : m.plan().resultColumns(inBatch)) {
          if (!columns.contains(column)) {
            columns.add(column);
          }
        }
      }
    }
    TableDefinition table = modifications.get(0).plan().table();
    for (BoundModification m : modifications) {
      byte[] clustering = m.conditionRow();
      if (!m.plan().isConditional() || seen.stream().anyMatch(s -> Arrays.equals(s, clustering))) {
        continue;
      }
      seen.add(clustering);
      CurrentRow row = rows.row(key, clustering);
      CurrentRow staticRow = rows.row(key, null);
      if (row != null || staticRow != null) {
        found.add(values(table, columns, key, row == null ? null : clustering, row, staticRow));
      }
    }
    return new ConditionalResult(false, found.isEmpty() ? List.of() : columns, found);
  }

  private static byte[][] values(
      TableDefinition table,
      List<ColumnDefinition> columns,
      byte[] key,
      byte[] clustering,
      CurrentRow row,
      CurrentRow staticRow) {
    byte[][] partition = PartitionKeyCodec.split(key, table.partitionKey().size());
    byte[][] position =
        clustering == null
            ? new byte[table.clustering().size()][]
            : Restrictions.codecOf(table).decode(clustering, 0, clustering.length);
    byte[][] values = new byte[columns.size()][];
    for (int i = 0; i < values.length; i++) {
      ColumnDefinition column = columns.get(i);
      values[i] =
          switch (column.kind()) {
            case PARTITION_KEY -> partition[column.position()];
            case CLUSTERING -> position[column.position()];
            case STATIC -> staticRow == null ? null : staticRow.value(column);
            case REGULAR -> row == null ? null : row.value(column);
          };
    }
    return values;
  }

  /** The value of [applied]. */
  public static byte[] applied(boolean applied) {
    byte[] value = new byte[1];
    value[0] = (byte) (applied ? 1 : 0);
    return value;
  }
}
