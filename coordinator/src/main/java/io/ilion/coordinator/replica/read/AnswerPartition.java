package io.ilion.coordinator.replica.read;

import io.ilion.model.data.CorruptDataException;
import io.ilion.model.data.Deletion;
import io.ilion.model.data.UpdateReader;
import io.ilion.model.ring.Murmur3;
import io.ilion.storage.ReadCommand;
import io.ilion.storage.RowCursor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** What one replica has of one partition, up to a bound. Immutable; it points into the answer. */
final class AnswerPartition implements Comparable<AnswerPartition> {
  /** Offset and length of the key, then of the image. */
  private static final int INTS = 4;

  final long token;
  final byte[] key;
  final Deletion deletion;

  /** The image of the static row, or null. */
  final byte[] staticRow;

  /** Where it was cut off, or null. */
  final byte[] bound;

  final boolean reversed;

  /** What the rows point into. */
  final byte[] array;

  /** The range deletions, ascending and disjoint. */
  final List<Range> ranges;

  private final int[] rows;
  private final int firstRow;
  private final int endRow;

  /** A deletion of the rows in {@code [start, end)}. */
  record Range(byte[] start, byte[] end, Deletion deletion) {}

  private AnswerPartition(
      long token,
      byte[] key,
      Deletion deletion,
      byte[] staticRow,
      byte[] bound,
      boolean reversed,
      byte[] array,
      int[] rows,
      int firstRow,
      int endRow,
      List<Range> ranges) {
    this.token = token;
    this.key = key;
    this.deletion = deletion;
    this.staticRow = staticRow;
    this.bound = bound;
    this.reversed = reversed;
    this.array = array;
    this.rows = rows;
    this.firstRow = firstRow;
    this.endRow = endRow;
    this.ranges = ranges;
  }

  /**
   * Reads an update as the part of an answer.
   *
   * @throws CorruptDataException if it is none to such a command
   */
  static AnswerPartition decode(
      byte[] array, int offset, int length, byte[] bound, ReadCommand command) {
    UpdateReader in = new UpdateReader().wrap(array, offset, length);
    byte[] key = in.partitionKey();
    if (!in.tableId().equals(command.tableId())
        || (command.partitionKey() != null && !Arrays.equals(key, command.partitionKey()))) {
      throw new CorruptDataException("the answer to another read");
    }
    byte[] staticRow = null;
    if (in.hasStaticRow()) {
      int at = in.staticRowOffset();
      staticRow = Arrays.copyOfRange(array, at, at + in.staticRowLength());
    }
    int[] rows = new int[INTS * Math.min(in.entryCount(), length)];
    List<Range> ranges = List.of();
    int count = 0;
    while (in.nextEntry()) {
      int at = in.keyOffset();
      if (in.isRow()) {
        rows[count] = at;
        rows[count + 1] = in.keyLength();
        rows[count + 2] = in.imageOffset();
        rows[count + 3] = in.imageLength();
        count += INTS;
      } else {
        ranges = ranges.isEmpty() ? new ArrayList<>() : ranges;
        ranges.add(
            new Range(
                Arrays.copyOfRange(array, at, at + in.keyLength()),
                Arrays.copyOfRange(
                    array, in.rangeEndOffset(), in.rangeEndOffset() + in.rangeEndLength()),
                in.rangeDeletion()));
      }
    }
    if (command.reversed()) {
      reverse(rows, count);
      ranges = ranges.reversed();
    }
    AnswerPartition partition =
        new AnswerPartition(
            command.partitionKey() == null ? Murmur3.token(key) : command.token(),
            key,
            in.partitionDeletion(),
            staticRow,
            bound,
            command.reversed(),
            array,
            rows,
            0,
            count / INTS,
            ranges);
    partition.checkOrder();
    return partition;
  }

  private static void reverse(int[] rows, int count) {
    for (int i = 0, j = count - INTS; i < j; i += INTS, j -= INTS) {
      for (int k = 0; k < INTS; k++) {
        int other = rows[i + k];
        rows[i + k] = rows[j + k];
        rows[j + k] = other;
      }
    }
  }

  private void checkOrder() {
    boolean ascends = true;
    for (int i = firstRow + 1; i < endRow; i++) {
      ascends &= compareKeys(i - 1, this, i) < 0;
    }
    byte[] last = null;
    for (Range range : ranges) {
      ascends &= last == null || Arrays.compareUnsigned(last, range.start) <= 0;
      ascends &= Arrays.compareUnsigned(range.start, range.end) < 0;
      last = range.end;
    }
    if (!ascends) {
      throw new CorruptDataException("the entries of an answer are not in order");
    }
  }

  @Override
  public int compareTo(AnswerPartition other) {
    int order = Long.compare(token, other.token);
    return order != 0 ? order : Arrays.compareUnsigned(key, other.key);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof AnswerPartition p && compareTo(p) == 0;
  }

  @Override
  public int hashCode() {
    return Long.hashCode(token);
  }

  int firstRow() {
    return firstRow;
  }

  int endRow() {
    return endRow;
  }

  int keyOffset(int row) {
    return rows[INTS * row];
  }

  int keyLength(int row) {
    return rows[INTS * row + 1];
  }

  int imageOffset(int row) {
    return rows[INTS * row + 2];
  }

  int imageLength(int row) {
    return rows[INTS * row + 3];
  }

  /** Compares the keys of a row of this and one of another. */
  int compareKeys(int row, AnswerPartition other, int itsRow) {
    return Arrays.compareUnsigned(
        array,
        keyOffset(row),
        keyOffset(row) + keyLength(row),
        other.array,
        other.keyOffset(itsRow),
        other.keyOffset(itsRow) + other.keyLength(itsRow));
  }

  /** Whether a row of this and one of another have the same image. */
  boolean isSameImage(int row, AnswerPartition other, int itsRow) {
    return Arrays.equals(
        array,
        imageOffset(row),
        imageOffset(row) + imageLength(row),
        other.array,
        other.imageOffset(itsRow),
        other.imageOffset(itsRow) + other.imageLength(itsRow));
  }

  private int compareKey(int row, byte[] position) {
    return Arrays.compareUnsigned(
        array, keyOffset(row), keyOffset(row) + keyLength(row), position, 0, position.length);
  }

  /** Of two bounds, null being none, the one that leaves less. */
  static byte[] nearer(byte[] a, byte[] b, boolean reversed) {
    if (a == null || b == null) {
      return a == null ? b : a;
    }
    return Arrays.compareUnsigned(a, b) < 0 == reversed ? b : a;
  }

  /** The same without what lies behind a bound that is no further than its own; null for all. */
  AnswerPartition upTo(byte[] nearerBound) {
    if (nearerBound == null || (bound != null && Arrays.equals(bound, nearerBound))) {
      return this;
    }
    int first = firstRow;
    int end = endRow;
    List<Range> left = new ArrayList<>();
    if (reversed) {
      while (first < end && compareKey(first, nearerBound) < 0) {
        first++;
      }
    } else {
      while (first < end && compareKey(end - 1, nearerBound) >= 0) {
        end--;
      }
    }
    for (Range range : ranges) {
      byte[] start = range.start;
      byte[] behind = range.end;
      if (reversed) {
        start = Arrays.compareUnsigned(start, nearerBound) < 0 ? nearerBound : start;
      } else {
        behind = Arrays.compareUnsigned(behind, nearerBound) > 0 ? nearerBound : behind;
      }
      if (Arrays.compareUnsigned(start, behind) < 0) {
        left.add(new Range(start, behind, range.deletion));
      }
    }
    return new AnswerPartition(
        token, key, deletion, staticRow, nearerBound, reversed, array, rows, first, end, left);
  }

  /** Its rows and markers in the order of the read. */
  RowCursor cursor() {
    return new AnswerRowCursor(this);
  }
}
