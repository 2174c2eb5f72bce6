package io.ilion.coordinator.replica.read;

import io.ilion.gossip.messaging.Payload;
import io.ilion.model.data.CorruptDataException;
import io.ilion.model.ring.Murmur3;
import io.ilion.model.type.ByteSink;
import io.ilion.storage.ReadCommand;
import io.ilion.storage.ReadCommand.PartitionRange;
import io.ilion.storage.Slices;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;

/**
 * What a replica is asked to read. The same command over the same data gives the same answer on
 * every replica, byte for byte, however many lanes it has and whatever it has flushed, compacted or
 * purged.
 *
 * <pre>
 * command (big-endian):
 *   u8   version: 2
 *   u8   flags: 1 range of partitions, 2 reversed, 4 range begins at a key, 8 that key included,
 *               16 durable, 32 settled
 *   16   table id
 *   i32 length, partition key                                       unless 1
 *   i64 start token;  i64 end token;  if 4: i32 length, start key   if 1
 *   i32 number of slices, each: i32 length, start;  i32 length, end
 *   i32  rows;  i32 rows of each partition;  i32 bytes
 *   i64  now, s;  i64 purge before, s
 *   i32 number of columns, each: i32 id                             if 32
 * </pre>
 *
 * @param command what to read; if it names columns, no more is given of a row that is settled
 *     ({@link io.ilion.storage.LaneStore#readSettled})
 * @param rows the answer ends behind so many live rows; a partition without live rows counts as one
 *     if its static row is live
 * @param perPartition the rest of a partition is left out behind so many live rows of it
 * @param bytes the answer ends behind the entry that makes it as large as this, live or not
 * @param nowSeconds decides what is live
 * @param durable whether the answer waits until no crash can take back what it says
 */
record ReplicaRead(
    ReadCommand command, int rows, int perPartition, int bytes, long nowSeconds, boolean durable) {
  private static final int VERSION = 2;
  private static final int RANGE = 1;
  private static final int REVERSED = 2;
  private static final int START_KEY = 4;
  private static final int INCLUSIVE = 8;
  private static final int DURABLE = 16;
  private static final int SETTLED = 32;

  /** Checks the limits. */
  ReplicaRead {
    if (rows < 1 || perPartition < 1 || bytes < 1) {
      throw new IllegalArgumentException("a read of nothing");
    }
    Slices joined = joined(command.slices());
    if (joined != null) {
      command =
          new ReadCommand(
              command.tableId(),
              command.partitionKey(),
              command.token(),
              command.range(),
              joined,
              command.reversed(),
              command.columns(),
              command.purgeBeforeSeconds());
    }
  }

  /** Whether no more than what settles a row is given of it. */
  boolean isSettled() {
    return command.columns() != null;
  }

  /** The same read with nothing left out, as it has to be where answers differ. */
  ReplicaRead whole() {
    return new ReplicaRead(command.whole(), rows, perPartition, bytes, nowSeconds, durable);
  }

  /** Slices of which none begins where another ends: a deletion would be cut there; or null. */
  private static Slices joined(Slices slices) {
    List<Slices.Interval> parts = slices.intervals();
    if (parts.size() < 2) {
      return null;
    }
    List<Slices.Interval> joined = new ArrayList<>(parts.size());
    for (Slices.Interval part : parts) {
      Slices.Interval last = joined.isEmpty() ? null : joined.getLast();
      if (last != null && Arrays.equals(last.end(), part.start())) {
        joined.set(joined.size() - 1, new Slices.Interval(last.start(), part.end()));
      } else {
        joined.add(part);
      }
    }
    return joined.size() == parts.size() ? null : new Slices(joined);
  }

  /** Whether partitions of a range are read; else it is one partition. */
  boolean isRange() {
    return command.partitionKey() == null;
  }

  /** The token by which it finds its way: of the partition, or the first of the range. */
  long token() {
    return isRange() ? command.range().startToken() : command.token();
  }

  byte[] encode() {
    ByteSink out = new ByteSink();
    encode(out);
    return out.toByteArray();
  }

  /** About how many bytes it takes in a message, and no less if it is of one partition. */
  int encodedSize() {
    int size = 128 + (isRange() ? 0 : command.partitionKey().length);
    size += isSettled() ? Integer.BYTES * command.columns().length : 0;
    for (Slices.Interval slice : command.slices().intervals()) {
      size += 2 * Integer.BYTES + slice.start().length + slice.end().length;
    }
    return size;
  }

  /** Appends the command to a message. */
  void encode(ByteSink out) {
    out.writeByte(VERSION);
    PartitionRange range = command.range();
    int flags =
        (command.reversed() ? REVERSED : 0) | (durable ? DURABLE : 0) | (isSettled() ? SETTLED : 0);
    if (range != null) {
      flags |= RANGE;
      flags |= range.startKey() != null ? START_KEY : 0;
      flags |= range.startInclusive() ? INCLUSIVE : 0;
    }
    out.writeByte(flags);
    Payload.writeUuid(out, command.tableId());
    if (range == null) {
      Payload.writeBytes(out, command.partitionKey());
    } else {
      out.writeLong(range.startToken());
      out.writeLong(range.endToken());
      if (range.startKey() != null) {
        Payload.writeBytes(out, range.startKey());
      }
    }
    List<Slices.Interval> slices = command.slices().intervals();
    out.writeInt(slices.size());
    for (Slices.Interval slice : slices) {
      Payload.writeBytes(out, slice.start());
      Payload.writeBytes(out, slice.end());
    }
    out.writeInt(rows);
    out.writeInt(perPartition);
    out.writeInt(bytes);
    out.writeLong(nowSeconds);
    out.writeLong(command.purgeBeforeSeconds());
    if (isSettled()) {
      out.writeInt(command.columns().length);
      for (int column : command.columns()) {
        out.writeInt(column);
      }
    }
  }

  /**
   * Reads a command from a message of another node.
   *
   * @throws CorruptDataException if it is none
   */
  static ReplicaRead decode(ByteBuffer in) {
    try {
      return read(in);
    } catch (BufferUnderflowException | IllegalArgumentException e) {
      throw new CorruptDataException("malformed read command", e);
    }
  }

  private static ReplicaRead read(ByteBuffer in) {
    Payload.expectVersion(in, VERSION);
    int flags = in.get();
    UUID table = Payload.readUuid(in);
    byte[] key = null;
    PartitionRange range = null;
    if ((flags & RANGE) == 0) {
      key = Payload.readBytes(in);
    } else {
      long start = in.getLong();
      long end = in.getLong();
      byte[] startKey = (flags & START_KEY) == 0 ? null : Payload.readBytes(in);
      range = new PartitionRange(start, startKey, (flags & INCLUSIVE) != 0, end);
    }
    int count = Payload.readCount(in, 2 * Integer.BYTES);
    List<Slices.Interval> slices = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      slices.add(new Slices.Interval(Payload.readBytes(in), Payload.readBytes(in)));
    }
    int rows = in.getInt();
    int perPartition = in.getInt();
    int bytes = in.getInt();
    long now = in.getLong();
    long purgeBefore = in.getLong();
    int[] columns = (flags & SETTLED) == 0 ? null : columns(in);
    if (columns != null && key == null) {
      throw new CorruptDataException("a range has no settled row");
    }
    ReadCommand command =
        new ReadCommand(
            table,
            key,
            key == null ? 0 : Murmur3.token(key),
            range,
            new Slices(slices),
            (flags & REVERSED) != 0,
            columns,
            purgeBefore);
    Payload.expectEnd(in);
    return new ReplicaRead(command, rows, perPartition, bytes, now, (flags & DURABLE) != 0);
  }

  private static int[] columns(ByteBuffer in) {
    int[] columns = new int[Payload.readCount(in, Integer.BYTES)];
    for (int i = 0; i < columns.length; i++) {
      columns[i] = in.getInt();
      if (i > 0 && columns[i] <= columns[i - 1]) {
        throw new CorruptDataException("columns that do not ascend");
      }
    }
    return columns;
  }
}
