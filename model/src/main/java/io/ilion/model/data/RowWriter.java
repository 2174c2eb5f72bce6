package io.ilion.model.data;

import static io.ilion.model.data.Bytes.MAX_VINT_BYTES;
import static io.ilion.model.data.Bytes.putInt;
import static io.ilion.model.data.Bytes.putLong;
import static io.ilion.model.data.Bytes.putVint;

import java.util.Arrays;

/**
 * Writes one row image (the layout stands at {@link RowReader}) into a buffer of its own that grows
 * and is used again: {@link #reset}, then liveness, then deletion, then cells in ascending order of
 * (column id, path), each column deletion before the cells of its column.
 */
public final class RowWriter {
  private static final byte[] NO_PATH = new byte[0];

  private byte[] buffer = new byte[256];
  private int size = 1;
  private long livenessTimestamp = Long.MIN_VALUE;
  private int lastColumn;
  private boolean lastIsColumnDeletion;
  private int lastPathOffset;
  private int lastPathLength;

  /** Begins a new image. */
  public RowWriter reset() {
    buffer[0] = 0;
    size = 1;
    livenessTimestamp = Long.MIN_VALUE;
    lastColumn = 0;
    lastIsColumnDeletion = false;
    lastPathLength = -1;
    return this;
  }

  /** Whether nothing was written since the reset. */
  public boolean isEmpty() {
    return size == 1 && buffer[0] == 0;
  }

  /** Marks the row as inserted at a timestamp, never to expire. */
  public RowWriter liveness(long timestamp) {
    expectHeader(0);
    reserve(8);
    buffer[0] |= RowReader.LIVENESS;
    putLong(buffer, size, timestamp);
    size += 8;
    livenessTimestamp = timestamp;
    return this;
  }

  /** Marks the row as inserted at a timestamp, to expire. */
  public RowWriter liveness(long timestamp, int ttl, long expiresAt) {
    if (ttl == 0) {
      return liveness(timestamp);
    }
    liveness(timestamp);
    reserve(12);
    buffer[0] |= RowReader.LIVENESS_EXPIRES;
    putInt(buffer, size, ttl);
    putLong(buffer, size + 4, expiresAt);
    size += 12;
    return this;
  }

  /** Deletes the row's older content. */
  public RowWriter deletion(long timestamp, long localSeconds) {
    expectHeader(RowReader.LIVENESS | RowReader.LIVENESS_EXPIRES);
    reserve(16);
    buffer[0] |= RowReader.ROW_DELETION;
    putLong(buffer, size, timestamp);
    putLong(buffer, size + 8, localSeconds);
    size += 16;
    return this;
  }

  /** Adds a cell with a value; ttl 0 means that it does not expire. A null path means none. */
  public RowWriter cell(
      int column, byte[] path, long timestamp, int ttl, long expiresAt, byte[] value) {
    return cell(column, path, timestamp, ttl, expiresAt, value, 0, value.length);
  }

  /** Adds a cell whose value is a part of an array. */
  public RowWriter cell(
      int column,
      byte[] path,
      long timestamp,
      int ttl,
      long expiresAt,
      byte[] value,
      int offset,
      int length) {
    int flags = ttl != 0 ? RowReader.EXPIRING : 0;
    byte[] pathBytes = path == null ? NO_PATH : path;
    if (path != null) {
      flags |= RowReader.PATH;
    }
    return write(
        column,
        flags,
        timestamp,
        ttl,
        expiresAt,
        pathBytes,
        0,
        pathBytes.length,
        value,
        offset,
        length);
  }

  /** Adds a counter cell; the value is as {@link CounterShards} lays it out. */
  public RowWriter counterCell(int column, long timestamp, byte[] shards) {
    return write(
        column, RowReader.COUNTER, timestamp, 0, 0, NO_PATH, 0, 0, shards, 0, shards.length);
  }

  /** Deletes one cell. A null path means none. */
  public RowWriter tombstone(int column, byte[] path, long timestamp, long localSeconds) {
    byte[] pathBytes = path == null ? NO_PATH : path;
    int flags = RowReader.TOMBSTONE | (path == null ? 0 : RowReader.PATH);
    return write(
        column, flags, timestamp, 0, localSeconds, pathBytes, 0, pathBytes.length, NO_PATH, 0, 0);
  }

  /** Deletes the older content of a multi-cell column. */
  public RowWriter columnDeletion(int column, long timestamp, long localSeconds) {
    return write(
        column,
        RowReader.COLUMN_DELETION,
        timestamp,
        0,
        localSeconds,
        NO_PATH,
        0,
        0,
        NO_PATH,
        0,
        0);
  }

  /** Adds the current entry of a reader. */
  public RowWriter copy(RowReader cell) {
    return write(
        cell.column(),
        cell.flags() & ~RowReader.LIVENESS_TIME,
        cell.timestamp(),
        cell.ttl(),
        cell.secondsField(),
        cell.array(),
        cell.pathOffset(),
        cell.pathLength(),
        cell.array(),
        cell.valueOffset(),
        cell.valueLength());
  }

  private RowWriter write(
      int column,
      int kind,
      long timestamp,
      int ttl,
      long seconds,
      byte[] path,
      int pathOffset,
      int pathLength,
      byte[] value,
      int valueOffset,
      int valueLength) {
    checkOrder(column, kind, path, pathOffset, pathLength);
    reserve(MAX_VINT_BYTES * 3 + 1 + 8 + 12 + pathLength + valueLength);
    byte[] b = buffer;
    int flags = kind;
    if (timestamp == livenessTimestamp && (b[0] & RowReader.LIVENESS) != 0) {
      flags |= RowReader.LIVENESS_TIME;
    }
    int at = putVint(b, size, column);
    b[at++] = (byte) flags;
    if ((flags & RowReader.LIVENESS_TIME) == 0) {
      putLong(b, at, timestamp);
      at += 8;
    }
    boolean hasValue = (flags & (RowReader.TOMBSTONE | RowReader.COLUMN_DELETION)) == 0;
    if (!hasValue) {
      putLong(b, at, seconds);
      at += 8;
    } else if ((flags & RowReader.EXPIRING) != 0) {
      putInt(b, at, ttl);
      putLong(b, at + 4, seconds);
      at += 12;
    }
    if ((flags & RowReader.PATH) != 0) {
      at = putVint(b, at, pathLength);
      System.arraycopy(path, pathOffset, b, at, pathLength);
      lastPathOffset = at;
      lastPathLength = pathLength;
      at += pathLength;
    } else {
      lastPathLength = -1;
    }
    if (hasValue) {
      at = putVint(b, at, valueLength);
      System.arraycopy(value, valueOffset, b, at, valueLength);
      at += valueLength;
    }
    lastColumn = column;
    lastIsColumnDeletion = (flags & RowReader.COLUMN_DELETION) != 0;
    size = at;
    return this;
  }

  private void checkOrder(int column, int kind, byte[] path, int pathOffset, int pathLength) {
    if (column <= 0) {
      throw new IllegalArgumentException("column id " + column + " is not positive");
    }
    boolean ascending = column > lastColumn;
    if (!ascending && column == lastColumn && (kind & RowReader.COLUMN_DELETION) == 0) {
      boolean hasPath = (kind & RowReader.PATH) != 0;
      ascending =
          lastIsColumnDeletion
              || (hasPath
                  && lastPathLength >= 0
                  && Arrays.compareUnsigned(
                          buffer,
                          lastPathOffset,
                          lastPathOffset + lastPathLength,
                          path,
                          pathOffset,
                          pathOffset + pathLength)
                      < 0);
    }
    if (!ascending) {
      throw new IllegalArgumentException(
          "cells out of order: column " + column + " after column " + lastColumn);
    }
  }

  private void expectHeader(int allowed) {
    if ((buffer[0] & ~allowed) != 0 || (lastColumn != 0)) {
      throw new IllegalStateException("liveness, then deletion, then cells");
    }
  }

  private void reserve(int bytes) {
    if (buffer.length - size < bytes) {
      buffer = Arrays.copyOf(buffer, Math.max(buffer.length * 2, Math.addExact(size, bytes)));
    }
  }

  /**
   * The buffer of the image, which begins at 0 and has {@link #size} bytes; valid until the reset.
   */
  public byte[] array() {
    return buffer;
  }

  /** The length of the image in bytes. */
  public int size() {
    return size;
  }

  /** A copy of the image. */
  public byte[] toByteArray() {
    return Arrays.copyOf(buffer, size);
  }
}
