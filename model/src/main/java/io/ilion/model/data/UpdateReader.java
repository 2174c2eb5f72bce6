package io.ilion.model.data;

import static io.ilion.model.data.Bytes.getLong;
import static io.ilion.model.data.Bytes.getVint;
import static io.ilion.model.data.Bytes.vintLength;

import java.util.Arrays;
import java.util.UUID;

/**
 * Reads an update, the change of one partition of one table, in place. The same bytes go to the
 * commit log, to other replicas and into hints; each of these adds its own length and checksum.
 *
 * <pre>
 * update (big-endian; vint = LEB128):
 *   u8   version: 1
 *   16   table id
 *   vint length, partition key
 *   u8   flags: 1 partition deletion, 2 static row
 *   i64  timestamp, us;  i64 local deletion time, s      if 1
 *   vint length, static row image                        if 2
 *   vint number of entries, then each, in any order:
 *     u8 0 row:             vint length, clustering key;  vint length, row image
 *     u8 1 range deletion:  vint length, start;  vint length, end (exclusive);
 *                           i64 timestamp, us;  i64 local deletion time, s
 * </pre>
 */
public final class UpdateReader {
  static final int VERSION = 1;
  static final int PARTITION_DELETION = 1;
  static final int STATIC_ROW = 2;
  static final int ROW = 0;
  static final int RANGE_DELETION = 1;

  private byte[] array;
  private int end;
  private int keyOffset;
  private int keyLength;
  private int flags;
  private long deletionTimestamp;
  private long deletionLocalSeconds;
  private int staticOffset;
  private int staticLength;
  private int entries;
  private int entriesStart;
  private long tableHigh;
  private long tableLow;

  private int position;
  private int entriesLeft;
  private boolean isRow;
  private int keyStart;
  private int keySize;
  private int secondStart;
  private int secondSize;
  private long rangeTimestamp;
  private long rangeLocalSeconds;

  /**
   * Places this reader on an update, before its first entry.
   *
   * @throws CorruptDataException if the bytes are no update of version 1
   */
  public UpdateReader wrap(byte[] update, int offset, int length) {
    array = update;
    end = offset + length;
    try {
      readHeader(offset);
    } catch (IndexOutOfBoundsException e) {
      throw new CorruptDataException("update ends within its header", e);
    }
    return this;
  }

  /** Places this reader on a whole array. */
  public UpdateReader wrap(byte[] update) {
    return wrap(update, 0, update.length);
  }

  private void readHeader(int offset) {
    int at = offset;
    if (end - offset < 19 || array[at++] != VERSION) {
      throw new CorruptDataException("not an update of version " + VERSION);
    }
    tableHigh = getLong(array, at);
    tableLow = getLong(array, at + 8);
    at += 16;
    keyLength = getVint(array, at);
    keyOffset = at + vintLength(keyLength);
    at = skip(keyOffset, keyLength);
    flags = array[at++];
    if ((flags & PARTITION_DELETION) != 0) {
      deletionTimestamp = getLong(array, at);
      deletionLocalSeconds = getLong(array, at + 8);
      at += 16;
    } else {
      deletionTimestamp = Long.MIN_VALUE;
      deletionLocalSeconds = Long.MAX_VALUE;
    }
    staticLength = 0;
    if ((flags & STATIC_ROW) != 0) {
      staticLength = getVint(array, at);
      staticOffset = at + vintLength(staticLength);
      at = skip(staticOffset, staticLength);
    }
    entries = getVint(array, at);
    entriesStart = at + vintLength(entries);
    rewind();
  }

  private int skip(int offset, int length) {
    if (length > end - offset) {
      throw new CorruptDataException("update ends within a field at offset " + offset);
    }
    return offset + length;
  }

  /** Goes back before the first entry. */
  public UpdateReader rewind() {
    position = entriesStart;
    entriesLeft = entries;
    return this;
  }

  /** The table's id. */
  public UUID tableId() {
    return new UUID(tableHigh, tableLow);
  }

  /** The upper half of the table's id. */
  public long tableIdHigh() {
    return tableHigh;
  }

  /** The lower half of the table's id. */
  public long tableIdLow() {
    return tableLow;
  }

  /** The array that all offsets point into. */
  public byte[] array() {
    return array;
  }

  /** Where the partition key begins. */
  public int partitionKeyOffset() {
    return keyOffset;
  }

  /** The length of the partition key. */
  public int partitionKeyLength() {
    return keyLength;
  }

  /** A copy of the partition key. */
  public byte[] partitionKey() {
    return Arrays.copyOfRange(array, keyOffset, keyOffset + keyLength);
  }

  /** The deletion of the whole partition, or NONE. */
  public Deletion partitionDeletion() {
    return (flags & PARTITION_DELETION) == 0
        ? Deletion.NONE
        : new Deletion(deletionTimestamp, deletionLocalSeconds);
  }

  /** Whether there is a static row. */
  public boolean hasStaticRow() {
    return (flags & STATIC_ROW) != 0;
  }

  /** Where the image of the static row begins. */
  public int staticRowOffset() {
    return staticOffset;
  }

  /** The length of the image of the static row. */
  public int staticRowLength() {
    return staticLength;
  }

  /** The number of rows and range deletions. */
  public int entryCount() {
    return entries;
  }

  /** Moves to the next row or range deletion; false at the end. */
  public boolean nextEntry() {
    if (entriesLeft == 0) {
      if (position != end) {
        throw new CorruptDataException("update has bytes behind its last entry");
      }
      return false;
    }
    try {
      int at = position;
      int kind = array[at++];
      if (kind != ROW && kind != RANGE_DELETION) {
        throw new CorruptDataException("update has an entry of unknown kind " + kind);
      }
      isRow = kind == ROW;
      keySize = getVint(array, at);
      keyStart = at + vintLength(keySize);
      at = skip(keyStart, keySize);
      secondSize = getVint(array, at);
      secondStart = at + vintLength(secondSize);
      at = skip(secondStart, secondSize);
      if (!isRow) {
        rangeTimestamp = getLong(array, at);
        rangeLocalSeconds = getLong(array, at + 8);
        at += 16;
      }
      if (at > end) {
        throw new CorruptDataException("update ends within an entry");
      }
      position = at;
      entriesLeft--;
      return true;
    } catch (IndexOutOfBoundsException e) {
      throw new CorruptDataException("update ends within an entry", e);
    }
  }

  /** Whether the current entry is a row; else it is a range deletion. */
  public boolean isRow() {
    return isRow;
  }

  /** Where the clustering key of the row, or the start of the range, begins. */
  public int keyOffset() {
    return keyStart;
  }

  /** The length of the clustering key of the row, or of the start of the range. */
  public int keyLength() {
    return keySize;
  }

  /** Where the image of the row begins. */
  public int imageOffset() {
    return secondStart;
  }

  /** The length of the image of the row. */
  public int imageLength() {
    return secondSize;
  }

  /** Where the (exclusive) end of the range begins. */
  public int rangeEndOffset() {
    return secondStart;
  }

  /** The length of the (exclusive) end of the range. */
  public int rangeEndLength() {
    return secondSize;
  }

  /** The deletion of the current range. */
  public Deletion rangeDeletion() {
    return new Deletion(rangeTimestamp, rangeLocalSeconds);
  }
}
