package io.ilion.storage.memtable;

import io.ilion.model.data.Deletion;
import io.ilion.model.data.RowWriter;
import io.ilion.storage.EntryCursor;
import io.ilion.storage.Slices;
import java.util.Arrays;
import java.util.List;

/**
 * Walks over the rows and range deletions of a partition in memory. Deletions are cut to the
 * slices: one that is in force where a slice begins gets a marker there, and one where it ends. The
 * partition may grow between two steps.
 */
final class MemRowCursor extends EntryCursor {

  private final MemtableCursor cursor;
  private final Memtable memtable;
  private final Arena arena;

  /** The partition, and what it has beside one row; looked up before each step. */
  private long node;

  private MemPartition wide;
  private List<Slices.Interval> intervals;
  private boolean reversed;
  private RowWriter merged;

  /** The index of the current slice, and whether it was entered. */
  private int interval;

  private boolean inside;

  /** The next row, or 0; voided by changes of the index. */
  private long nextRow;

  private long rowPosition;
  private int seenRows;

  /** The next boundary of the range deletions in walking direction, if any remains. */
  private int boundary;

  private int seenRanges;

  /** Where the walk is: everything before it in walking direction is done. */
  private byte[] placeArray;

  private int placeOffset;
  private int placeLength;

  /** Whether the row, or the boundary, at the place itself is done. */
  private boolean rowDone;

  private boolean boundaryDone;

  /** The deletion in force at the place, as the markers so far told. */
  private Deletion open = Deletion.NONE;

  MemRowCursor(MemtableCursor cursor, Memtable memtable) {
    this.cursor = cursor;
    this.memtable = memtable;
    this.arena = memtable.arena();
  }

  /** Goes before the rows of a partition. */
  MemRowCursor begin(long newNode, Slices slices, boolean isReversed) {
    node = newNode;
    intervals = slices.intervals();
    reversed = isReversed;
    interval = isReversed ? intervals.size() - 1 : 0;
    inside = false;
    open = Deletion.NONE;
    return this;
  }

  @Override
  public Step next() {
    wide = memtable.wide(node);
    while (interval >= 0 && interval < intervals.size()) {
      Slices.Interval slice = intervals.get(interval);
      if (!inside) {
        enter(slice);
        if (!open.isNone()) {
          return marker(
              reversed ? slice.end() : slice.start(),
              reversed ? open : Deletion.NONE,
              reversed ? Deletion.NONE : open);
        }
      }
      Step step = stepInside(slice);
      if (step != Step.END) {
        return step;
      }
      inside = false;
      interval += reversed ? -1 : 1;
      if (!open.isNone()) {
        Deletion last = open;
        open = Deletion.NONE;
        return marker(
            reversed ? slice.start() : slice.end(),
            reversed ? Deletion.NONE : last,
            reversed ? last : Deletion.NONE);
      }
    }
    return Step.END;
  }

  private void enter(Slices.Interval slice) {
    inside = true;
    byte[] edge = reversed ? slice.end() : slice.start();
    place(edge, 0, edge.length);
    // Forwards a row at the start belongs to the slice; the boundary there is told by its marker.
    // Backwards neither a row nor a boundary at the end belongs to it.
    rowDone = reversed;
    boundaryDone = true;
    seenRows = -1;
    seenRanges = -1;
    RangeDeletions ranges = wide == null ? null : wide.ranges();
    open =
        ranges == null
            ? Deletion.NONE
            : ranges.from((reversed ? ranges.ceiling(edge) : ranges.higher(edge)) - 1);
  }

  private void place(byte[] array, int offset, int length) {
    placeArray = array;
    placeOffset = offset;
    placeLength = length;
  }

  private Step stepInside(Slices.Interval slice) {
    RangeDeletions ranges = wide == null ? null : wide.ranges();
    findRow();
    boolean hasRow = nextRow != 0 && isInside(slice, nextRow);
    if (ranges == null) {
      return hasRow ? row() : Step.END;
    }
    findBoundary(ranges);
    boolean hasBoundary =
        boundary >= 0 && boundary < ranges.size() && isInside(slice, ranges.position(boundary));
    if (hasRow && hasBoundary) {
      byte[] position = ranges.position(boundary);
      int order = Node.compareKey(arena, nextRow, position, 0, position.length);
      // At the same position the marker comes first, backwards the row.
      hasBoundary = reversed ? order < 0 : order >= 0;
    }
    if (hasBoundary) {
      byte[] position = ranges.position(boundary);
      Deletion lower = ranges.before(boundary);
      Deletion upper = ranges.from(boundary);
      rowDone = reversed && isAtPlace(position) && rowDone;
      boundaryDone = true;
      place(position, 0, position.length);
      boundary += reversed ? -1 : 1;
      open = reversed ? lower : upper;
      return marker(position, lower, upper);
    }
    return hasRow ? row() : Step.END;
  }

  private boolean isAtPlace(byte[] position) {
    return Arrays.equals(
        position, 0, position.length, placeArray, placeOffset, placeOffset + placeLength);
  }

  private boolean isInside(Slices.Interval slice, long row) {
    return reversed
        ? Node.compareKey(arena, row, slice.start(), 0, slice.start().length) >= 0
        : Node.compareKey(arena, row, slice.end(), 0, slice.end().length) < 0;
  }

  private boolean isInside(Slices.Interval slice, byte[] position) {
    return reversed
        ? Arrays.compareUnsigned(position, slice.start()) > 0
        : Arrays.compareUnsigned(position, slice.end()) < 0;
  }

  /** Makes nextRow the next row in walking direction, wherever it is. */
  private void findRow() {
    SortedIndex rows = wide == null ? null : wide.rows();
    if (rows == null) {
      long only = wide == null ? Node.content(arena, node) : wide.onlyRow();
      nextRow = only != 0 && isAhead(only) ? only : 0;
      return;
    }
    if (seenRows != rows.changes()) {
      seenRows = rows.changes();
      long order = SortedIndex.prefix(placeArray, placeOffset, placeLength);
      if (reversed) {
        rowPosition = rows.lower(order, placeArray, placeOffset, placeLength);
        if (!rowDone) {
          long same = rows.ceiling(order, placeArray, placeOffset, placeLength);
          if (same != SortedIndex.NONE && isAtPlace(rows.at(same))) {
            rowPosition = same;
          }
        }
      } else {
        rowPosition = rows.ceiling(order, placeArray, placeOffset, placeLength);
        if (rowDone && rowPosition != SortedIndex.NONE && isAtPlace(rows.at(rowPosition))) {
          rowPosition = rows.next(rowPosition);
        }
      }
    }
    nextRow = rowPosition == SortedIndex.NONE ? 0 : rows.at(rowPosition);
  }

  private boolean isAtPlace(long row) {
    return Node.compareKey(arena, row, placeArray, placeOffset, placeLength) == 0;
  }

  private boolean isAhead(long row) {
    int order = Node.compareKey(arena, row, placeArray, placeOffset, placeLength);
    return order == 0 ? !rowDone : reversed ? order < 0 : order > 0;
  }

  /** Makes boundary the index of the next one in walking direction, wherever it is. */
  private void findBoundary(RangeDeletions ranges) {
    if (seenRanges == ranges.changes()) {
      return;
    }
    seenRanges = ranges.changes();
    boundary = ranges.ceiling(placeArray, placeOffset, placeLength);
    boolean same = boundary < ranges.size() && isAtPlace(ranges.position(boundary));
    if (reversed) {
      boundary -= same && !boundaryDone ? 0 : 1;
    } else {
      boundary += same && boundaryDone ? 1 : 0;
    }
  }

  private Step row() {
    long row = nextRow;
    keyArray = arena.array(row);
    keyOffset = Node.keyOffset(row);
    keyLength = Node.keyLength(arena, row);
    long image = MemRow.onlyImage(arena, row);
    if (image != 0) {
      imageArray = arena.array(image);
      imageOffset = MemRow.imageOffset(image);
      imageLength = MemRow.imageLength(arena, image);
    } else {
      if (merged == null) {
        merged = new RowWriter();
      }
      MemRow.mergeTo(arena, row, cursor.scratch(), merged);
      imageArray = merged.array();
      imageOffset = 0;
      imageLength = merged.size();
    }
    place(keyArray, keyOffset, keyLength);
    rowDone = true;
    // Forwards the boundary of this place went before the row; backwards it is still to come.
    boundaryDone = !reversed;
    SortedIndex rows = wide == null ? null : wide.rows();
    if (rows != null && seenRows == rows.changes()) {
      rowPosition = reversed ? rows.previous(rowPosition) : rows.next(rowPosition);
    }
    return Step.ROW;
  }

  @Override
  public void awaitBlock(Runnable resume) {
    throw new IllegalStateException("a memtable is never blocked");
  }
}
