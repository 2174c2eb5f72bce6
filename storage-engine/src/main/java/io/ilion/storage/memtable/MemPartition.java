package io.ilion.storage.memtable;

import io.ilion.model.data.Deletion;
import io.ilion.model.data.UpdateReader;

/** A partition in memory. One row, the usual case, needs no index. */
final class MemPartition extends SortedIndex.Entry {
  /** What a partition takes beside the bytes of its key and its rows, its index entry included. */
  static final int OVERHEAD = 64;

  /** What one boundary of range deletions takes beside its bytes. */
  private static final int BOUNDARY_OVERHEAD = 64;

  private final byte[] keyArray;
  private final int keyOffset;
  private final int keyLength;
  private Deletion deletion = Deletion.NONE;
  private MemRow staticRow;
  private MemRow onlyRow;
  private SortedIndex<MemRow> rows;
  private RangeDeletions ranges;

  MemPartition(byte[] array, int keyOffset, int keyLength) {
    this.keyArray = array;
    this.keyOffset = keyOffset;
    this.keyLength = keyLength;
  }

  @Override
  byte[] keyArray() {
    return keyArray;
  }

  @Override
  int keyOffset() {
    return keyOffset;
  }

  @Override
  int keyLength() {
    return keyLength;
  }

  Deletion deletion() {
    return deletion;
  }

  MemRow staticRow() {
    return staticRow;
  }

  /** The row if there is exactly one, else null. */
  MemRow onlyRow() {
    return onlyRow;
  }

  /** The rows if there are several, else null. */
  SortedIndex<MemRow> rows() {
    return rows;
  }

  /** The range deletions, or null. */
  RangeDeletions ranges() {
    return ranges;
  }

  /** Applies an update that is placed before its first entry; returns the growth in bytes. */
  long apply(UpdateReader update, MemRow.Scratch scratch, Arena arena) {
    long grown = 0;
    deletion = Deletion.max(deletion, update.partitionDeletion());
    byte[] array = update.array();
    if (update.hasStaticRow()) {
      int offset = update.staticRowOffset();
      int length = update.staticRowLength();
      scratch.see(array, offset, length);
      if (staticRow == null) {
        staticRow = MemRow.copy(arena, array, 0, 0, offset, length);
        grown += MemRow.OVERHEAD;
      } else {
        grown += staticRow.add(array, offset, length, scratch, arena);
      }
    }
    while (update.nextEntry()) {
      if (update.isRow()) {
        scratch.see(array, update.imageOffset(), update.imageLength());
        grown += applyRow(update, array, scratch, arena);
      } else {
        grown += applyRange(update, array);
      }
    }
    return grown;
  }

  private int applyRow(UpdateReader update, byte[] array, MemRow.Scratch scratch, Arena arena) {
    int offset = update.keyOffset();
    int length = update.keyLength();
    if (rows == null) {
      if (onlyRow == null) {
        onlyRow = row(update, array, arena);
        return MemRow.OVERHEAD;
      }
      if (onlyRow.compareKey(array, offset, length) == 0) {
        return onlyRow.add(array, update.imageOffset(), update.imageLength(), scratch, arena);
      }
      rows = new SortedIndex<>();
      rows.insert(0, prefix(onlyRow), onlyRow);
      onlyRow = null;
    }
    long order = SortedIndex.prefix(array, offset, length);
    long place = rows.seek(order, array, offset, length);
    MemRow present = rows.match(place, order, array, offset, length);
    if (present != null) {
      return present.add(array, update.imageOffset(), update.imageLength(), scratch, arena);
    }
    rows.insert(place, order, row(update, array, arena));
    return MemRow.OVERHEAD + MemRow.INDEX_OVERHEAD;
  }

  private static long prefix(MemRow row) {
    return SortedIndex.prefix(row.keyArray(), row.keyOffset(), row.keyLength());
  }

  private static MemRow row(UpdateReader update, byte[] array, Arena arena) {
    return MemRow.copy(
        arena,
        array,
        update.keyOffset(),
        update.keyLength(),
        update.imageOffset(),
        update.imageLength());
  }

  private int applyRange(UpdateReader update, byte[] array) {
    if (ranges == null) {
      ranges = new RangeDeletions();
    }
    byte[] start = copy(array, update.keyOffset(), update.keyLength());
    byte[] end = copy(array, update.rangeEndOffset(), update.rangeEndLength());
    if (java.util.Arrays.compareUnsigned(start, end) >= 0) {
      return 0;
    }
    int boundaries = ranges.add(start, end, update.rangeDeletion());
    return boundaries
        * (BOUNDARY_OVERHEAD + (Arena.heapBytes(start.length) + Arena.heapBytes(end.length)) / 2);
  }

  private static byte[] copy(byte[] array, int offset, int length) {
    return java.util.Arrays.copyOfRange(array, offset, offset + length);
  }
}
