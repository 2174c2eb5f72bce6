package io.ilion.storage.memtable;

import io.ilion.model.data.Deletion;
import io.ilion.model.data.UpdateReader;
import java.util.Arrays;

/**
 * What a partition has that is more than one row. A partition that is just one row, the usual case,
 * does without: the content of its {@link Node} is the address of that row. Otherwise the content
 * is {@code ~n}, and this is the n-th of its memtable.
 */
final class MemPartition {
  /** What it takes of the heap, with its entry in the memtable's table. */
  static final int HEAP_BYTES = 48;

  /** What one boundary of range deletions takes beside its bytes. */
  private static final int BOUNDARY_HEAP_BYTES = 32;

  private static final int RANGES_HEAP_BYTES = 96;

  private Deletion deletion = Deletion.NONE;
  private long staticRow;
  private long onlyRow;
  private SortedIndex rows;
  private RangeDeletions ranges;

  /** Of a partition that had one row so far, or none. */
  MemPartition(long onlyRow) {
    this.onlyRow = onlyRow;
  }

  Deletion deletion() {
    return deletion;
  }

  /** The address of the static row, or 0. */
  long staticRow() {
    return staticRow;
  }

  /** The address of the row if there is exactly one, else 0. */
  long onlyRow() {
    return onlyRow;
  }

  /** The rows if there are several, else null. */
  SortedIndex rows() {
    return rows;
  }

  /** The range deletions, or null. */
  RangeDeletions ranges() {
    return ranges;
  }

  void delete(Deletion newDeletion) {
    deletion = Deletion.max(deletion, newDeletion);
  }

  void applyStaticRow(UpdateReader update, Arena arena, MemRow.Scratch scratch) {
    byte[] array = update.array();
    int offset = update.staticRowOffset();
    int length = update.staticRowLength();
    if (staticRow == 0) {
      staticRow = MemRow.create(arena, array, 0, 0, offset, length);
    } else {
      MemRow.add(arena, staticRow, array, offset, length, scratch);
    }
  }

  /** Applies the row that the update is on. */
  void applyRow(UpdateReader update, Arena arena, MemRow.Scratch scratch) {
    byte[] array = update.array();
    int offset = update.keyOffset();
    int length = update.keyLength();
    if (rows == null) {
      if (onlyRow == 0) {
        onlyRow = row(update, arena);
        return;
      }
      if (Node.compareKey(arena, onlyRow, array, offset, length) == 0) {
        MemRow.add(arena, onlyRow, array, update.imageOffset(), update.imageLength(), scratch);
        return;
      }
      rows = new SortedIndex(arena);
      int only = Node.keyOffset(onlyRow);
      int onlyLength = Node.keyLength(arena, onlyRow);
      rows.insert(0, SortedIndex.prefix(arena.array(onlyRow), only, onlyLength), onlyRow);
      onlyRow = 0;
    }
    long order = SortedIndex.prefix(array, offset, length);
    long place = rows.seek(order, array, offset, length);
    long present = rows.match(place, order, array, offset, length);
    if (present == 0) {
      rows.insert(place, order, row(update, arena));
    } else {
      MemRow.add(arena, present, array, update.imageOffset(), update.imageLength(), scratch);
    }
  }

  /** A row of a copy of the one that the update is on. */
  static long row(UpdateReader update, Arena arena) {
    return MemRow.create(
        arena,
        update.array(),
        update.keyOffset(),
        update.keyLength(),
        update.imageOffset(),
        update.imageLength());
  }

  /** Applies the range deletion that the update is on. */
  void applyRange(UpdateReader update, Arena arena) {
    byte[] array = update.array();
    byte[] start = copy(array, update.keyOffset(), update.keyLength());
    byte[] end = copy(array, update.rangeEndOffset(), update.rangeEndLength());
    if (Arrays.compareUnsigned(start, end) >= 0) {
      return;
    }
    if (ranges == null) {
      ranges = new RangeDeletions();
      arena.account(RANGES_HEAP_BYTES);
    }
    int boundaries = ranges.add(start, end, update.rangeDeletion());
    long positions = (Arena.heapBytes(start.length) + Arena.heapBytes(end.length)) / 2;
    arena.account(boundaries * (BOUNDARY_HEAP_BYTES + positions));
  }

  private static byte[] copy(byte[] array, int offset, int length) {
    return Arrays.copyOfRange(array, offset, offset + length);
  }
}
