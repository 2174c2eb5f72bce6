package io.ilion.model.data;

import static io.ilion.model.data.Bytes.getInt;
import static io.ilion.model.data.Bytes.getLong;
import static io.ilion.model.data.Bytes.getVint;
import static io.ilion.model.data.Bytes.vintLength;

import java.util.Arrays;
import java.util.function.IntPredicate;

/**
 * Reads a row image in place. One reader serves many rows: {@link #wrap} resets it.
 *
 * <pre>
 * row image (big-endian; vint = LEB128):
 *   u8   flags: 1 liveness, 2 liveness expires, 4 row deletion
 *   i64  liveness timestamp, us           if 1
 *   i32  ttl, s;  i64 expires at, s       if 2
 *   i64  deletion timestamp, us;  i64 local deletion time, s     if 4
 *   cell*, ordered by (column id, path), to the end of the image
 * cell:
 *   vint column id
 *   u8   flags: 1 tombstone, 2 expiring, 4 path, 8 column deletion, 16 counter, 32 timestamp of the liveness
 *   i64  timestamp, us                    unless 32
 *   i64  local deletion time, s           if 1 or 8
 *   i32  ttl, s;  i64 expires at, s       if 2
 *   vint length, path                     if 4
 *   vint length, value                    unless 1 or 8
 * </pre>
 *
 * A column deletion (the whole of a multi-cell column) stands before the cells of its column and
 * has no path. The value of a counter cell is a list of shards, see {@link CounterShards}. The
 * image has no length of its own: whatever holds it says it.
 */
public final class RowReader {
  static final int LIVENESS = 1;
  static final int LIVENESS_EXPIRES = 2;
  static final int ROW_DELETION = 4;

  static final int TOMBSTONE = 1;
  static final int EXPIRING = 2;
  static final int PATH = 4;
  static final int COLUMN_DELETION = 8;
  static final int COUNTER = 16;
  static final int LIVENESS_TIME = 32;

  private byte[] array;
  private int start;
  private int end;
  private int cellsStart;
  private int rowFlags;
  private long livenessTimestamp;
  private int livenessTtl;
  private long livenessExpiresAt;
  private long deletionTimestamp;
  private long deletionLocalSeconds;

  private int position;
  private int column;
  private int cellFlags;
  private long timestamp;
  private int ttl;
  private long secondsField;
  private int pathOffset;
  private int pathLength;
  private int valueOffset;
  private int valueLength;

  /** Places this reader on an image, before its first cell. */
  public RowReader wrap(byte[] image, int offset, int length) {
    if (length < 1) {
      throw new CorruptDataException("empty row image");
    }
    array = image;
    start = offset;
    end = offset + length;
    int at = offset;
    rowFlags = array[at++];
    if ((rowFlags & LIVENESS) != 0) {
      livenessTimestamp = getLong(array, at);
      at += 8;
      if ((rowFlags & LIVENESS_EXPIRES) != 0) {
        livenessTtl = getInt(array, at);
        livenessExpiresAt = getLong(array, at + 4);
        at += 12;
      } else {
        livenessTtl = 0;
        livenessExpiresAt = Long.MAX_VALUE;
      }
    } else {
      livenessTimestamp = Long.MIN_VALUE;
      livenessTtl = 0;
      livenessExpiresAt = Long.MAX_VALUE;
    }
    if ((rowFlags & ROW_DELETION) != 0) {
      deletionTimestamp = getLong(array, at);
      deletionLocalSeconds = getLong(array, at + 8);
      at += 16;
    } else {
      deletionTimestamp = Long.MIN_VALUE;
      deletionLocalSeconds = Long.MAX_VALUE;
    }
    cellsStart = at;
    if (at > end) {
      throw new CorruptDataException("row image ends within its header");
    }
    return rewind();
  }

  /** Places this reader on a whole array. */
  public RowReader wrap(byte[] image) {
    return wrap(image, 0, image.length);
  }

  /** Goes back before the first cell. */
  public RowReader rewind() {
    position = cellsStart;
    column = 0;
    return this;
  }

  /** Whether the row was inserted (and not merely updated): it then exists without any cell. */
  public boolean hasLiveness() {
    return (rowFlags & LIVENESS) != 0;
  }

  /** Microseconds; Long.MIN_VALUE without liveness. */
  public long livenessTimestamp() {
    return livenessTimestamp;
  }

  /** Seconds; 0 if it does not expire. */
  public int livenessTtl() {
    return livenessTtl;
  }

  /** Seconds since 1970; Long.MAX_VALUE if it does not expire. */
  public long livenessExpiresAt() {
    return livenessExpiresAt;
  }

  /** Whether the image that begins at an offset has a row deletion. */
  public static boolean hasDeletion(byte[] image, int offset) {
    return (image[offset] & ROW_DELETION) != 0;
  }

  /** Whether the row deletes what is older. */
  public boolean hasDeletion() {
    return (rowFlags & ROW_DELETION) != 0;
  }

  /** Microseconds; Long.MIN_VALUE without a row deletion. */
  public long deletionTimestamp() {
    return deletionTimestamp;
  }

  /** Seconds since 1970. */
  public long deletionLocalSeconds() {
    return deletionLocalSeconds;
  }

  /** Whether the row exists at a time by its liveness alone. */
  public boolean livenessIsLive(long nowSeconds) {
    return hasLiveness() && livenessExpiresAt > nowSeconds;
  }

  /** Whether the row exists at a time: by its liveness or by any live cell. Rewinds the reader. */
  public boolean isLive(long nowSeconds) {
    boolean live = livenessIsLive(nowSeconds);
    if (!live) {
      rewind();
      while (!live && nextCell()) {
        live = cellIsLive(nowSeconds);
      }
    }
    rewind();
    return live;
  }

  /**
   * Whether the row exists at a time if only some columns count: by its liveness or by any live
   * cell of theirs. Rewinds the reader.
   *
   * @param counts by the column's id
   */
  public boolean isLive(long nowSeconds, IntPredicate counts) {
    boolean live = livenessIsLive(nowSeconds);
    rewind();
    while (!live && nextCell()) {
      live = cellIsLive(nowSeconds) && counts.test(column);
    }
    rewind();
    return live;
  }

  /** Moves to the next cell or column deletion; false at the end. */
  public boolean nextCell() {
    int at = position;
    if (at >= end) {
      if (at > end) {
        throw new CorruptDataException("row image ends within a cell");
      }
      return false;
    }
    byte[] a = array;
    column = getVint(a, at);
    at += vintLength(column);
    int flags = a[at++];
    cellFlags = flags;
    if ((flags & LIVENESS_TIME) != 0) {
      timestamp = livenessTimestamp;
    } else {
      timestamp = getLong(a, at);
      at += 8;
    }
    ttl = 0;
    secondsField = Long.MAX_VALUE;
    if ((flags & (TOMBSTONE | COLUMN_DELETION)) != 0) {
      secondsField = getLong(a, at);
      at += 8;
    } else if ((flags & EXPIRING) != 0) {
      ttl = getInt(a, at);
      secondsField = getLong(a, at + 4);
      at += 12;
    }
    pathLength = 0;
    if ((flags & PATH) != 0) {
      pathLength = getVint(a, at);
      at += vintLength(pathLength);
      pathOffset = at;
      at += pathLength;
    } else {
      pathOffset = at;
    }
    valueLength = 0;
    valueOffset = at;
    if ((flags & (TOMBSTONE | COLUMN_DELETION)) == 0) {
      valueLength = getVint(a, at);
      at += vintLength(valueLength);
      valueOffset = at;
      at += valueLength;
    }
    if (at > end || at < position) {
      throw new CorruptDataException("row image ends within a cell");
    }
    position = at;
    return true;
  }

  /** The column of the current cell. */
  public int column() {
    return column;
  }

  /** Microseconds. */
  public long timestamp() {
    return timestamp;
  }

  /** Whether the current cell is a tombstone. */
  public boolean isTombstone() {
    return (cellFlags & TOMBSTONE) != 0;
  }

  /** Whether the current entry deletes a whole multi-cell column. */
  public boolean isColumnDeletion() {
    return (cellFlags & COLUMN_DELETION) != 0;
  }

  /** Whether the current cell has a TTL. */
  public boolean isExpiring() {
    return (cellFlags & EXPIRING) != 0;
  }

  /** Whether the value of the current cell is a list of counter shards. */
  public boolean isCounter() {
    return (cellFlags & COUNTER) != 0;
  }

  /** Whether the current cell is a part of a multi-cell column. */
  public boolean hasPath() {
    return (cellFlags & PATH) != 0;
  }

  /** The TTL of the current cell in seconds, or 0. */
  public int ttl() {
    return ttl;
  }

  /** When the current cell expires, seconds since 1970; Long.MAX_VALUE if never. */
  public long expiresAt() {
    return isExpiring() ? secondsField : Long.MAX_VALUE;
  }

  /** When the tombstone or column deletion was made, seconds since 1970. */
  public long localDeletionSeconds() {
    return secondsField;
  }

  /** Whether the current cell has a value at a time. */
  public boolean cellIsLive(long nowSeconds) {
    return (cellFlags & (TOMBSTONE | COLUMN_DELETION)) == 0
        && ((cellFlags & EXPIRING) == 0 || secondsField > nowSeconds);
  }

  /** The array that {@link #pathOffset} and {@link #valueOffset} point into. */
  public byte[] array() {
    return array;
  }

  /** Where the path of the current cell begins. */
  public int pathOffset() {
    return pathOffset;
  }

  /** The length of the path of the current cell. */
  public int pathLength() {
    return pathLength;
  }

  /** Where the value of the current cell begins. */
  public int valueOffset() {
    return valueOffset;
  }

  /** The length of the value of the current cell. */
  public int valueLength() {
    return valueLength;
  }

  /** A copy of the value of the current cell. */
  public byte[] value() {
    return Arrays.copyOfRange(array, valueOffset, valueOffset + valueLength);
  }

  /** A copy of the path of the current cell. */
  public byte[] path() {
    return Arrays.copyOfRange(array, pathOffset, pathOffset + pathLength);
  }

  /** Where the image begins in {@link #array}. */
  public int imageOffset() {
    return start;
  }

  /** The length of the image. */
  public int imageLength() {
    return end - start;
  }

  /** A copy of the whole image. */
  public byte[] image() {
    return Arrays.copyOfRange(array, start, end);
  }

  int flags() {
    return cellFlags;
  }

  long secondsField() {
    return secondsField;
  }

  /** Orders the current entries of two readers by column, column deletions first, then by path. */
  static int compareCells(RowReader a, RowReader b) {
    if (a.column != b.column) {
      return Integer.compare(a.column, b.column);
    }
    if (a.isColumnDeletion() || b.isColumnDeletion()) {
      return Boolean.compare(b.isColumnDeletion(), a.isColumnDeletion());
    }
    return Arrays.compareUnsigned(
        a.array,
        a.pathOffset,
        a.pathOffset + a.pathLength,
        b.array,
        b.pathOffset,
        b.pathOffset + b.pathLength);
  }
}
