package io.ilion.cql.modify;

import io.ilion.model.CqlException;
import io.ilion.model.data.RowMerger;
import io.ilion.model.data.RowReader;
import io.ilion.model.data.RowWriter;
import io.ilion.model.data.UpdateWriter;
import io.ilion.model.schema.TableDefinition;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/**
 * Gathers the changes of a statement, or of all statements of a batch, by partition: each partition
 * gets one update, each of its rows one image.
 */
public final class UpdateBuffer {
  /** The most rows that a batch may change, and ranges that may be deleted at once. */
  static final int MAX_CHANGES = 500_000;

  private int ranges;

  /** The first partition, which mostly is the only one. */
  private Partition first;

  /** All partitions, once there are several. */
  private Map<PartitionId, Partition> partitions;

  /**
   * The changes of one partition.
   *
   * @param update the encoded update, or null if only counters change
   * @param increments what is added to counters
   */
  public record PartitionUpdate(
      TableDefinition table,
      byte[] partitionKey,
      byte[] update,
      List<CounterIncrement> increments) {}

  /**
   * An addition to one counter.
   *
   * @param clusteringKey of its row, or null for the static row
   * @param timestamp in microseconds
   */
  public record CounterIncrement(byte[] clusteringKey, int column, long amount, long timestamp) {}

  private record PartitionId(UUID table, Key key) {}

  private record Key(byte[] bytes) {
    @Override
    public boolean equals(Object other) {
      return other instanceof Key that && Arrays.equals(bytes, that.bytes);
    }

    @Override
    public int hashCode() {
      return Arrays.hashCode(bytes);
    }
  }

  private record RangeDeletion(byte[] start, byte[] end, long timestamp, long seconds) {}

  private static final class Partition {
    private final TableDefinition table;
    private final byte[] key;
    private byte[] firstKey;
    private RowChange firstChange;

    /** The changes of all rows, once there are several. */
    private Map<Key, List<RowChange>> rows;

    private final List<RowChange> statics = new ArrayList<>(0);
    private final List<RangeDeletion> ranges = new ArrayList<>(0);
    private final List<CounterIncrement> increments = new ArrayList<>(0);
    private WriteContext deletion;

    Partition(TableDefinition table, byte[] key) {
      this.table = table;
      this.key = key;
    }

    PartitionId id() {
      return new PartitionId(table.id(), new Key(key));
    }

    void add(byte[] clusteringKey, RowChange change) {
      if (firstChange == null) {
        firstKey = clusteringKey;
        firstChange = change;
        return;
      }
      if (rows == null) {
        rows = new LinkedHashMap<>();
        addToAll(firstKey, firstChange);
      }
      addToAll(clusteringKey, change);
    }

    private void addToAll(byte[] clusteringKey, RowChange change) {
      rows.computeIfAbsent(new Key(clusteringKey), k -> new ArrayList<>(1)).add(change);
    }
  }

  private Partition partition(TableDefinition table, byte[] key) {
    if (first == null) {
      first = new Partition(table, key);
      return first;
    }
    if (partitions == null) {
      if (first.table.id().equals(table.id()) && Arrays.equals(first.key, key)) {
        return first;
      }
      partitions = new LinkedHashMap<>();
      partitions.put(first.id(), first);
    }
    return partitions.computeIfAbsent(
        new PartitionId(table.id(), new Key(key)), id -> new Partition(table, key));
  }

  /** Adds changes of a row; a null clustering key means the static row. */
  void row(TableDefinition table, byte[] partitionKey, byte[] clusteringKey, RowChange change) {
    Partition partition = partition(table, partitionKey);
    for (RowChange.Increment increment : change.increments()) {
      partition.increments.add(
          new CounterIncrement(
              clusteringKey, increment.column(), increment.amount(), change.context().timestamp()));
    }
    if (change.isEmpty()) {
      return;
    }
    if (clusteringKey == null) {
      partition.statics.add(change);
    } else {
      partition.add(clusteringKey, change);
    }
  }

  void deletePartition(TableDefinition table, byte[] partitionKey, WriteContext context) {
    Partition partition = partition(table, partitionKey);
    if (partition.deletion == null || partition.deletion.timestamp() < context.timestamp()) {
      partition.deletion = context;
    }
  }

  void deleteRange(
      TableDefinition table, byte[] partitionKey, byte[] start, byte[] end, WriteContext context) {
    if (++ranges > MAX_CHANGES) {
      throw CqlException.invalid("Batch too large");
    }
    partition(table, partitionKey)
        .ranges
        .add(new RangeDeletion(start, end, context.timestamp(), context.nowSeconds()));
  }

  /** Encodes the updates, in the order in which the partitions were first changed. */
  public List<PartitionUpdate> build() {
    return build(new UpdateWriter());
  }

  /** As {@link #build()}, with a writer that is used again and again. */
  public List<PartitionUpdate> build(UpdateWriter writer) {
    if (partitions == null) {
      return first == null ? List.of() : List.of(build(first, writer));
    }
    List<PartitionUpdate> updates = new ArrayList<>(partitions.size());
    for (Partition partition : partitions.values()) {
      updates.add(build(partition, writer));
    }
    return updates;
  }

  private static PartitionUpdate build(Partition partition, UpdateWriter writer) {
    return new PartitionUpdate(
        partition.table,
        partition.key,
        encode(partition, writer),
        List.copyOf(partition.increments));
  }

  private static byte[] encode(Partition partition, UpdateWriter writer) {
    writer.begin(partition.table.id(), partition.key);
    if (partition.deletion != null) {
      writer.partitionDeletion(partition.deletion.timestamp(), partition.deletion.nowSeconds());
    }
    if (!partition.statics.isEmpty()) {
      write(partition.statics, writer.rowWriter());
      writer.staticRow();
    }
    if (partition.rows != null) {
      partition.rows.forEach(
          (key, changes) -> {
            write(changes, writer.rowWriter());
            writer.row(key.bytes);
          });
    } else if (partition.firstChange != null) {
      partition.firstChange.write(writer.rowWriter());
      writer.row(partition.firstKey);
    }
    for (RangeDeletion range : partition.ranges) {
      writer.rangeDeletion(range.start, range.end, range.timestamp, range.seconds);
    }
    return writer.isEmpty() ? null : writer.toByteArray();
  }

  private static void write(List<RowChange> changes, RowWriter row) {
    if (changes.size() == 1) {
      changes.get(0).write(row);
      return;
    }
    RowReader[] images = new RowReader[changes.size()];
    for (int i = 0; i < images.length; i++) {
      RowWriter image = new RowWriter().reset();
      changes.get(i).write(image);
      images[i] = new RowReader().wrap(image.toByteArray());
    }
    new RowMerger().merge(images, images.length, Long.MIN_VALUE, row);
  }
}
