package io.ilion.model.data;

import static io.ilion.model.data.Bytes.MAX_VINT_BYTES;
import static io.ilion.model.data.Bytes.putLong;
import static io.ilion.model.data.Bytes.putVint;

import java.util.Arrays;
import java.util.UUID;

/**
 * Writes one update (the layout stands at {@link UpdateReader}): begin, then the partition's
 * deletion, then the static row, then rows and range deletions in any order, then {@link
 * #toByteArray}. Reusable; its buffers grow and stay.
 */
public final class UpdateWriter {
  private final RowWriter row = new RowWriter();
  private byte[] buffer = new byte[512];
  private int size;
  private int flagsAt;
  private int entriesAt;
  private int entries;

  /** The same update of another table, whose columns are the same. */
  public static byte[] ofTable(UUID tableId, byte[] update) {
    byte[] copy = update.clone();
    putLong(copy, 1, tableId.getMostSignificantBits());
    putLong(copy, 9, tableId.getLeastSignificantBits());
    return copy;
  }

  /** Begins an update of the partition of a key. */
  public UpdateWriter begin(UUID tableId, byte[] partitionKey) {
    return begin(
        tableId.getMostSignificantBits(),
        tableId.getLeastSignificantBits(),
        partitionKey,
        0,
        partitionKey.length);
  }

  /** Begins an update of the partition whose key is a part of an array. */
  public UpdateWriter begin(long tableHigh, long tableLow, byte[] key, int offset, int length) {
    size = 0;
    reserve(1 + 16 + MAX_VINT_BYTES + length + 1);
    buffer[0] = UpdateReader.VERSION;
    putLong(buffer, 1, tableHigh);
    putLong(buffer, 9, tableLow);
    size = 17;
    bytes(key, offset, length);
    flagsAt = size;
    buffer[size++] = 0;
    entriesAt = -1;
    entries = 0;
    return this;
  }

  /** Deletes the partition's older content. */
  public UpdateWriter partitionDeletion(long timestamp, long localSeconds) {
    if (buffer[flagsAt] != 0 || entriesAt >= 0) {
      throw new IllegalStateException("the partition's deletion comes first");
    }
    buffer[flagsAt] |= UpdateReader.PARTITION_DELETION;
    deletion(timestamp, localSeconds);
    return this;
  }

  /** The writer of the next row, reset; give it back by {@link #staticRow} or {@link #row}. */
  public RowWriter rowWriter() {
    return row.reset();
  }

  /** Adds what was written to {@link #rowWriter} as the static row. */
  public UpdateWriter staticRow() {
    return staticRow(row.array(), 0, row.size());
  }

  /** Adds what was written to {@link #rowWriter} as the row of a clustering key. */
  public UpdateWriter row(byte[] clusteringKey) {
    return row(clusteringKey, 0, clusteringKey.length);
  }

  /** Adds what was written to {@link #rowWriter} as the row of a key that is a part of an array. */
  public UpdateWriter row(byte[] clusteringKey, int offset, int length) {
    return row(clusteringKey, offset, length, row.array(), 0, row.size());
  }

  /** Adds an image that is a part of an array as the static row. */
  public UpdateWriter staticRow(byte[] image, int offset, int length) {
    if ((buffer[flagsAt] & UpdateReader.STATIC_ROW) != 0 || entriesAt >= 0) {
      throw new IllegalStateException("one static row, before the others");
    }
    buffer[flagsAt] |= UpdateReader.STATIC_ROW;
    bytes(image, offset, length);
    return this;
  }

  /** Adds an image that is a part of an array as the row of a key that is a part of another. */
  public UpdateWriter row(
      byte[] clusteringKey, int keyOffset, int keyLength, byte[] image, int offset, int length) {
    entry(UpdateReader.ROW);
    bytes(clusteringKey, keyOffset, keyLength);
    bytes(image, offset, length);
    return this;
  }

  /** Deletes the older rows whose clustering keys lie in {@code [start, end)}. */
  public UpdateWriter rangeDeletion(byte[] start, byte[] end, long timestamp, long localSeconds) {
    if (Arrays.compareUnsigned(start, end) >= 0) {
      throw new IllegalArgumentException("the range of a deletion is empty");
    }
    entry(UpdateReader.RANGE_DELETION);
    bytes(start, 0, start.length);
    bytes(end, 0, end.length);
    deletion(timestamp, localSeconds);
    return this;
  }

  private void entry(int kind) {
    reserve(MAX_VINT_BYTES + 1);
    if (entriesAt < 0) {
      // Nearly every update has one entry: leave one byte for the count, and move if it needs more.
      entriesAt = size;
      size += 1;
    }
    entries++;
    buffer[size++] = (byte) kind;
  }

  private void bytes(byte[] source, int offset, int length) {
    reserve(MAX_VINT_BYTES + length);
    size = putVint(buffer, size, length);
    System.arraycopy(source, offset, buffer, size, length);
    size += length;
  }

  private void deletion(long timestamp, long localSeconds) {
    reserve(16);
    putLong(buffer, size, timestamp);
    putLong(buffer, size + 8, localSeconds);
    size += 16;
  }

  private void reserve(int bytes) {
    if (buffer.length - size < bytes) {
      buffer = Arrays.copyOf(buffer, Math.max(buffer.length * 2, Math.addExact(size, bytes)));
    }
  }

  /** The size of its buffers, in bytes. */
  public int capacity() {
    return buffer.length + row.array().length;
  }

  /** The number of its bytes so far. */
  public int size() {
    return size;
  }

  /** Whether the update changes nothing. */
  public boolean isEmpty() {
    return entries == 0 && buffer[flagsAt] == 0;
  }

  /** Ends the update and returns a copy of its bytes. */
  public byte[] toByteArray() {
    byte[] update = new byte[end()];
    copyTo(update, 0);
    return update;
  }

  /** Ends the update and returns the number of bytes that {@link #copyTo} copies. */
  public int end() {
    if (entriesAt < 0) {
      reserve(1);
      entriesAt = size++;
    }
    return size - 1 + Bytes.vintLength(entries);
  }

  /** Copies the bytes of an update that has been ended. */
  public void copyTo(byte[] target, int at) {
    System.arraycopy(buffer, 0, target, at, entriesAt);
    int behind = putVint(target, at + entriesAt, entries);
    System.arraycopy(buffer, entriesAt + 1, target, behind, size - entriesAt - 1);
  }
}
