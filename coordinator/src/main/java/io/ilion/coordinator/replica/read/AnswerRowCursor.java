package io.ilion.coordinator.replica.read;

import io.ilion.coordinator.replica.read.AnswerPartition.Range;
import io.ilion.model.data.Deletion;
import io.ilion.storage.RowCursor;
import java.util.Arrays;

/** Moves over the rows of a partition that a replica sent, and over markers of its deletions. */
final class AnswerRowCursor implements RowCursor {
  private final AnswerPartition partition;
  private final boolean reversed;
  private int nextRow;

  /** The range that is open, or the next one. */
  private int range;

  private boolean open;
  private boolean atMarker;
  private byte[] position;
  private Deletion before = Deletion.NONE;
  private Deletion after = Deletion.NONE;
  private int row;

  AnswerRowCursor(AnswerPartition partition) {
    this.partition = partition;
    this.reversed = partition.reversed;
    nextRow = reversed ? partition.endRow() - 1 : partition.firstRow();
    range = reversed ? partition.ranges.size() - 1 : 0;
  }

  private boolean hasRow() {
    return reversed ? nextRow >= partition.firstRow() : nextRow < partition.endRow();
  }

  private boolean hasRange() {
    return range >= 0 && range < partition.ranges.size();
  }

  @Override
  public Step next() {
    if (!hasRange()) {
      return hasRow() ? nextRow() : Step.END;
    }
    Range current = partition.ranges.get(range);
    byte[] marker = open != reversed ? current.end() : current.start();
    if (hasRow()) {
      int order =
          Arrays.compareUnsigned(
              partition.array,
              partition.keyOffset(nextRow),
              partition.keyOffset(nextRow) + partition.keyLength(nextRow),
              marker,
              0,
              marker.length);
      // A marker stands before a row of its position, and so behind it for who walks back.
      if (reversed ? order >= 0 : order < 0) {
        return nextRow();
      }
    }
    return marker(current, marker);
  }

  private Step nextRow() {
    atMarker = false;
    row = nextRow;
    nextRow += reversed ? -1 : 1;
    return Step.ROW;
  }

  private Step marker(Range current, byte[] at) {
    atMarker = true;
    position = at;
    Deletion left = open ? current.deletion() : Deletion.NONE;
    Deletion entered = Deletion.NONE;
    if (open) {
      range += reversed ? -1 : 1;
      open = false;
      if (hasRange()) {
        Range next = partition.ranges.get(range);
        if (Arrays.equals(reversed ? next.end() : next.start(), at)) {
          open = true;
          entered = next.deletion();
        }
      }
    } else {
      open = true;
      entered = current.deletion();
    }
    before = reversed ? entered : left;
    after = reversed ? left : entered;
    return Step.MARKER;
  }

  @Override
  public void awaitBlock(Runnable resume) {
    throw new IllegalStateException("never blocked");
  }

  @Override
  public byte[] keyArray() {
    return atMarker ? position : partition.array;
  }

  @Override
  public int keyOffset() {
    return atMarker ? 0 : partition.keyOffset(row);
  }

  @Override
  public int keyLength() {
    return atMarker ? position.length : partition.keyLength(row);
  }

  @Override
  public byte[] imageArray() {
    return partition.array;
  }

  @Override
  public int imageOffset() {
    return partition.imageOffset(row);
  }

  @Override
  public int imageLength() {
    return partition.imageLength(row);
  }

  @Override
  public Deletion before() {
    return before;
  }

  @Override
  public Deletion after() {
    return after;
  }
}
