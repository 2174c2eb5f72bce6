package io.ilion.coordinator.repair;

import io.ilion.coordinator.LaneAccess;
import io.ilion.coordinator.WriteCallback;
import io.ilion.model.data.Deletion;
import io.ilion.model.data.RowReader;
import io.ilion.model.data.RowWriter;
import io.ilion.model.data.UpdateReader;
import io.ilion.model.data.UpdateWriter;
import io.ilion.model.ring.Murmur3;
import io.ilion.model.schema.TableDefinition;
import io.ilion.model.type.ByteSink;
import io.ilion.model.type.CellPath;
import io.ilion.model.type.NativeType;
import io.ilion.runtime.Clock;
import io.ilion.storage.ReadCommand;
import io.ilion.storage.ReadCommand.PartitionRange;
import io.ilion.storage.RowSink;
import io.ilion.storage.Slices;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Collection;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.BiConsumer;

/**
 * Keeps repaired ranges in {@code system.repairs}, a table of this node alone: a row for each table
 * under its id as {@code parent_id}, and each {@link RepairedRange}, as it is written in messages,
 * an element of {@code ranges}. Cassandra, which has the table too, keeps other repairs there.
 * Written on one lane.
 */
public final class RepairedRangeStore {
  private static final byte[] NO_VALUE = {};
  private static final byte[] NO_CLUSTERING = {};

  private final LaneAccess lanes;
  private final TableDefinition table;
  private final Clock clock;
  private final int ranges;
  private long lastTimestamp;

  /** Ranges in a table of the definition of {@code system.repairs}. */
  public RepairedRangeStore(LaneAccess lanes, TableDefinition table, Clock clock) {
    this.lanes = lanes;
    this.table = table;
    this.clock = clock;
    ranges = table.column("ranges").id();
  }

  private static byte[] path(RepairedRange range) {
    ByteSink element = new ByteSink();
    range.writeTo(element);
    return CellPath.ofKey(NativeType.BLOB, element.toByteArray());
  }

  private static byte[] key(UUID of) {
    return ByteBuffer.allocate(2 * Long.BYTES)
        .putLong(of.getMostSignificantBits())
        .putLong(of.getLeastSignificantBits())
        .array();
  }

  /**
   * Keeps some ranges of a table and forgets others, both or none.
   *
   * @param done told when that is durable
   */
  void write(
      UUID of,
      Collection<RepairedRange> put,
      Collection<RepairedRange> removed,
      WriteCallback done) {
    if (put.isEmpty() && removed.isEmpty()) {
      done.done(null);
      return;
    }
    lastTimestamp = Math.max(lastTimestamp + 1, clock.wallMicros());
    TreeMap<byte[], Boolean> elements = new TreeMap<>(Arrays::compareUnsigned);
    removed.forEach(range -> elements.put(path(range), false));
    put.forEach(range -> elements.put(path(range), true));
    byte[] key = key(of);
    UpdateWriter update = new UpdateWriter().begin(table.id(), key);
    RowWriter row = update.rowWriter().liveness(lastTimestamp);
    elements.forEach(
        (path, stays) -> {
          if (stays) {
            row.cell(ranges, path, lastTimestamp, 0, 0, NO_VALUE);
          } else {
            row.tombstone(ranges, path, lastTimestamp, clock.wallSeconds());
          }
        });
    update.row(NO_CLUSTERING);
    lanes.apply(Murmur3.token(key), update.toByteArray(), done);
  }

  /**
   * Reads all.
   *
   * @param found told of each, table and range
   * @param done told at the end, or why it cannot be read
   */
  void read(BiConsumer<UUID, RepairedRange> found, WriteCallback done) {
    WriteCallback each = WriteCallback.all(lanes.laneCount(), done);
    for (int i = 0; i < lanes.laneCount(); i++) {
      int lane = i;
      lanes.run(
          lane,
          () ->
              lanes
                  .store(lane)
                  .read(
                      ReadCommand.range(table.id(), PartitionRange.ALL, Slices.ALL),
                      new Sink(found, each)),
          each);
    }
  }

  /** Reads what another node has of a table, as an update of its row. */
  void read(byte[] update, BiConsumer<UUID, RepairedRange> found) {
    UpdateReader reader = new UpdateReader().wrap(update);
    Sink sink = new Sink(found, failure -> {});
    boolean unused = sink.partition(0, reader.partitionKey(), Deletion.NONE);
    RowReader row = new RowReader();
    while (reader.nextEntry()) {
      if (reader.isRow()) {
        row.wrap(reader.array(), reader.imageOffset(), reader.imageLength());
        unused &= sink.row(reader.array(), reader.keyOffset(), reader.keyLength(), row);
      }
    }
  }

  /** Takes what one lane has. */
  private final class Sink implements RowSink {
    private final BiConsumer<UUID, RepairedRange> found;
    private final WriteCallback ended;
    private UUID of;

    Sink(BiConsumer<UUID, RepairedRange> found, WriteCallback ended) {
      this.found = found;
      this.ended = ended;
    }

    @Override
    public boolean partition(long token, byte[] partitionKey, Deletion deletion) {
      ByteBuffer id = ByteBuffer.wrap(partitionKey);
      of = new UUID(id.getLong(), id.getLong());
      return true;
    }

    @Override
    public boolean row(byte[] keyArray, int keyOffset, int keyLength, RowReader row) {
      while (row.nextCell()) {
        if (row.column() == ranges && row.hasPath() && !row.isTombstone()) {
          byte[] element =
              CellPath.key(NativeType.BLOB, row.array(), row.pathOffset(), row.pathLength());
          found.accept(of, RepairedRange.read(ByteBuffer.wrap(element)));
        }
      }
      return true;
    }

    @Override
    public void finished() {
      ended.done(null);
    }

    @Override
    public void failed(Throwable cause) {
      ended.done(cause);
    }
  }
}
