package io.ilion.tools.load.run;

import io.ilion.model.ring.Murmur3;
import io.ilion.model.type.Values;
import io.ilion.tools.load.codec.WireBuffer;
import java.util.Arrays;
import java.util.BitSet;

/**
 * The rows of a chunk one behind the other: the values of their markers as they go over the wire.
 */
final class RowBuffer {
  /** A power of two; chunks have fewer rows than that. */
  private static final int MOST_SORTED = 1 << 20;

  private static final BitSet NO_ROWS = new BitSet();

  private final WireBuffer wire;
  private final WireBuffer key = new WireBuffer(64);
  private int[] starts = new int[1024];
  private int[] recordStarts = new int[1024];
  private int[] recordEnds = new int[1024];
  private long[] tokens = new long[1024];

  /** What tells rows of one partition apart, or nothing. */
  private long[] rowHashes = new long[1024];

  private final int[] rowMarkers;
  private BitSet statics = NO_ROWS;
  private int count;

  /**
   * An empty buffer.
   *
   * @param rowMarkers the markers of the clustering columns; null if it is not known which they are
   */
  RowBuffer(int bytes, int[] rowMarkers) {
    wire = new WireBuffer(bytes);
    this.rowMarkers = rowMarkers;
  }

  /** Where values are appended to. */
  WireBuffer wire() {
    return wire;
  }

  /**
   * What was appended since the last row is one.
   *
   * @param start where it begins
   * @param valueStarts where its values begin
   * @param keyMarkers which of them are the partition key; none if that is not known
   * @param isStatic whether it has only the values of the partition
   */
  void add(
      int start,
      int[] valueStarts,
      int[] keyMarkers,
      int recordStart,
      int recordEnd,
      boolean isStatic) {
    if (count == starts.length) {
      starts = Arrays.copyOf(starts, 2 * count);
      recordStarts = Arrays.copyOf(recordStarts, 2 * count);
      recordEnds = Arrays.copyOf(recordEnds, 2 * count);
      tokens = Arrays.copyOf(tokens, 2 * count);
      rowHashes = Arrays.copyOf(rowHashes, 2 * count);
    }
    starts[count] = start;
    recordStarts[count] = recordStart;
    recordEnds[count] = recordEnd;
    if (isStatic) {
      statics = statics.isEmpty() ? new BitSet() : statics;
      statics.set(count);
      rowHashes[count] = 0;
    } else if (rowMarkers != null) {
      rowHashes[count] = hash(valueStarts);
    }
    tokens[count++] = token(valueStarts, keyMarkers);
  }

  private long hash(int[] valueStarts) {
    long hash = 0;
    for (int marker : rowMarkers) {
      int at = valueStarts[marker];
      hash = hash * 31 + Murmur3.token(wire.array(), at, 4 + Math.max(0, wire.intAt(at)));
    }
    return hash;
  }

  /**
   * Whether two rows of one token surely or probably are one and the same; false if that cannot be
   * known.
   */
  boolean isSameRow(int one, int other) {
    return rowMarkers != null && rowHashes[one] == rowHashes[other];
  }

  /** The rows in the order of their tokens, those of one token as they were added. */
  int[] byToken() {
    int[] order = new int[count];
    if (count > MOST_SORTED) {
      Arrays.setAll(order, i -> i);
      return order;
    }
    long[] packed = new long[count];
    for (int i = 0; i < count; i++) {
      packed[i] = (tokens[i] & -MOST_SORTED) | i;
    }
    Arrays.sort(packed);
    for (int i = 0; i < count; i++) {
      order[i] = (int) packed[i] & (MOST_SORTED - 1);
    }
    return order;
  }

  private long token(int[] valueStarts, int[] keyMarkers) {
    if (keyMarkers.length == 0) {
      return 0;
    }
    if (keyMarkers.length == 1) {
      int at = valueStarts[keyMarkers[0]];
      return Murmur3.token(wire.array(), at + 4, Math.max(0, wire.intAt(at)));
    }
    key.truncate(0);
    for (int marker : keyMarkers) {
      int at = valueStarts[marker];
      int length = Math.max(0, wire.intAt(at));
      key.putShort(length);
      key.put(wire.array(), at + 4, length);
      key.putByte(0);
    }
    return Murmur3.token(key.array(), 0, key.size());
  }

  /** The values of a row: null for null, {@code Values.UNSET} for unset. */
  byte[][] values(int row, int markers) {
    byte[][] values = new byte[markers][];
    int at = starts[row];
    for (int i = 0; i < markers; i++) {
      int length = wire.intAt(at);
      at += 4;
      if (length >= 0) {
        values[i] = Arrays.copyOfRange(wire.array(), at, at + length);
        at += length;
      } else if (length < -1) {
        values[i] = Values.UNSET;
      }
    }
    return values;
  }

  int count() {
    return count;
  }

  /** Whether a row has only the values of its partition. */
  boolean isStatic(int row) {
    return statics.get(row);
  }

  int start(int row) {
    return starts[row];
  }

  int length(int row) {
    return (row + 1 < count ? starts[row + 1] : wire.size()) - starts[row];
  }

  long token(int row) {
    return tokens[row];
  }

  int recordStart(int row) {
    return recordStarts[row];
  }

  int recordEnd(int row) {
    return recordEnds[row];
  }
}
