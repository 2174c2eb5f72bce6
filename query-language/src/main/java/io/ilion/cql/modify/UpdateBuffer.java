package io.ilion.cql.modify;

import io.ilion.model.CqlException;
import io.ilion.model.data.RowMerger;
import io.ilion.model.data.RowReader;
import io.ilion.model.data.RowWriter;
import io.ilion.model.data.UpdateWriter;
import io.ilion.model.ring.Murmur3;
import io.ilion.model.schema.TableDefinition;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Gathers the changes of a statement, or of all statements of a batch, by partition: each partition
 * gets one update, each of its rows one image.
 */
public final class UpdateBuffer {
  /** The most rows that a batch may change, and ranges that may be deleted at once. */
  static final int MAX_CHANGES = 500_000;

  /** A power of two. */
  private static final int FIRST_PLACES = 64;

  /** Merging asks all sources for each cell, so very many are merged in steps. */
  private static final int MERGED_AT_ONCE = 8;

  private int ranges;

  /** The first partition, which mostly is the only one. */
  private Partition first;

  /** All partitions, once there are several, in the order in which they were first changed. */
  private List<Partition> partitions;

  /** Their places in the list plus one, by token; 0 where there is none. */
  private int[] places;

  /** By so much deletions of ranges and partitions are older than what is written with them. */
  private final int lag;

  /** Of statements whose changes are equally old: of equals a deletion stands. */
  public UpdateBuffer() {
    this(0);
  }

  private UpdateBuffer(int lag) {
    this.lag = lag;
  }

  /**
   * Of a conditional batch or statement. As in Cassandra, its deletions of ranges and partitions
   * are a microsecond older than the rest, so they leave the rows alone that it writes itself.
   */
  public static UpdateBuffer ofDecision() {
    return new UpdateBuffer(1);
  }

  /**
   * The changes of one partition.
   *
   * @param token of the partition key
   * @param update the encoded update, or null if only counters change
   * @param increments what is added to counters
   */
  public record PartitionUpdate(
      TableDefinition table,
      byte[] partitionKey,
      long token,
      byte[] update,
      List<CounterIncrement> increments) {}

  /**
   * An addition to one counter.
   *
   * @param clusteringKey of its row, or null for the static row
   * @param timestamp in microseconds
   */
  public record CounterIncrement(byte[] clusteringKey, int column, long amount, long timestamp) {}

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

    private final long token;
    private List<RowChange> statics = List.of();
    private List<RangeDeletion> ranges = List.of();
    private List<CounterIncrement> increments = List.of();
    private WriteContext deletion;

    Partition(TableDefinition table, byte[] key, long token) {
      this.table = table;
      this.key = key;
      this.token = token;
    }

    boolean is(TableDefinition otherTable, byte[] otherKey, long otherToken) {
      return token == otherToken
          && Arrays.equals(key, otherKey)
          && table.id().equals(otherTable.id());
    }

    private static <T> List<T> with(List<T> list, T element) {
      List<T> grown = list.isEmpty() ? new ArrayList<>(4) : list;
      grown.add(element);
      return grown;
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
    long token = Murmur3.token(key);
    if (first == null) {
      first = new Partition(table, key, token);
      return first;
    }
    if (partitions == null) {
      if (first.is(table, key, token)) {
        return first;
      }
      partitions = new ArrayList<>();
      partitions.add(first);
      places = new int[FIRST_PLACES];
      places[(int) first.token & (places.length - 1)] = 1;
    }
    int mask = places.length - 1;
    int at = (int) token & mask;
    while (places[at] != 0) {
      Partition known = partitions.get(places[at] - 1);
      if (known.is(table, key, token)) {
        return known;
      }
      at = (at + 1) & mask;
    }
    Partition added = new Partition(table, key, token);
    partitions.add(added);
    places[at] = partitions.size();
    if (2 * partitions.size() > places.length) {
      growPlaces();
    }
    return added;
  }

  private void growPlaces() {
    places = new int[2 * places.length];
    int mask = places.length - 1;
    for (int i = 0; i < partitions.size(); i++) {
      int at = (int) partitions.get(i).token & mask;
      while (places[at] != 0) {
        at = (at + 1) & mask;
      }
      places[at] = i + 1;
    }
  }

  /** Adds changes of a row; a null clustering key means the static row. */
  void row(TableDefinition table, byte[] partitionKey, byte[] clusteringKey, RowChange change) {
    Partition partition = partition(table, partitionKey);
    for (RowChange.Increment increment : change.increments()) {
      partition.increments =
          Partition.with(
              partition.increments,
              new CounterIncrement(
                  clusteringKey,
                  increment.column(),
                  increment.amount(),
                  change.context().timestamp()));
    }
    if (change.isEmpty()) {
      return;
    }
    if (clusteringKey == null) {
      partition.statics = Partition.with(partition.statics, change);
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
    Partition partition = partition(table, partitionKey);
    partition.ranges =
        Partition.with(
            partition.ranges,
            new RangeDeletion(start, end, context.timestamp() - lag, context.nowSeconds()));
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
    for (Partition partition : partitions) {
      updates.add(build(partition, writer));
    }
    return updates;
  }

  private PartitionUpdate build(Partition partition, UpdateWriter writer) {
    return new PartitionUpdate(
        partition.table,
        partition.key,
        partition.token,
        encode(partition, writer),
        List.copyOf(partition.increments));
  }

  private byte[] encode(Partition partition, UpdateWriter writer) {
    writer.begin(partition.table.id(), partition.key);
    if (partition.deletion != null) {
      writer.partitionDeletion(
          partition.deletion.timestamp() - lag, partition.deletion.nowSeconds());
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
    List<byte[]> images = new ArrayList<>(changes.size());
    for (RowChange change : changes) {
      RowWriter image = new RowWriter().reset();
      change.write(image);
      images.add(image.toByteArray());
    }
    RowMerger merger = new RowMerger();
    while (images.size() > MERGED_AT_ONCE) {
      List<byte[]> merged = new ArrayList<>(images.size() / MERGED_AT_ONCE + 1);
      for (int i = 0; i < images.size(); i += MERGED_AT_ONCE) {
        merge(merger, images.subList(i, Math.min(i + MERGED_AT_ONCE, images.size())), row);
        merged.add(row.toByteArray());
      }
      images = merged;
    }
    merge(merger, images, row);
  }

  private static void merge(RowMerger merger, List<byte[]> images, RowWriter row) {
    RowReader[] sources = new RowReader[images.size()];
    for (int i = 0; i < sources.length; i++) {
      sources[i] = new RowReader().wrap(images.get(i));
    }
    merger.merge(sources, sources.length, Long.MIN_VALUE, row);
  }
}
