package io.ilion.storage.memtable;

import io.ilion.model.data.Deletion;
import java.util.Arrays;

/**
 * The range deletions of one partition as boundaries: a position and the deletion in force from it
 * to the next; nothing is in force before the first boundary, nor from the last on. Neighbours
 * differ, so overlapping deletions take no more room than what they say together.
 */
final class RangeDeletions {
  private byte[][] positions = new byte[4][];
  private Deletion[] from = new Deletion[4];
  private int size;
  private int changes;

  int size() {
    return size;
  }

  /** Changes with every change; indexes are void after one. */
  int changes() {
    return changes;
  }

  byte[] position(int index) {
    return positions[index];
  }

  /** The deletion just before a boundary. */
  Deletion before(int index) {
    return index == 0 ? Deletion.NONE : from[index - 1];
  }

  /** The deletion from a boundary on; NONE before the first, at index -1. */
  Deletion from(int index) {
    return index < 0 ? Deletion.NONE : from[index];
  }

  /** The index of the first boundary not less than the position; the size if there is none. */
  int ceiling(byte[] array, int offset, int length) {
    int low = 0;
    int high = size;
    while (low < high) {
      int middle = (low + high) >>> 1;
      byte[] other = positions[middle];
      if (Arrays.compareUnsigned(other, 0, other.length, array, offset, offset + length) < 0) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  int ceiling(byte[] position) {
    return ceiling(position, 0, position.length);
  }

  /** The index of the first boundary greater than the position; the size if there is none. */
  int higher(byte[] position) {
    int index = ceiling(position);
    return index < size && Arrays.equals(positions[index], position) ? index + 1 : index;
  }

  /** Deletes {@code [start, end)}; returns by how many boundaries the set grew. */
  int add(byte[] start, byte[] end, Deletion deletion) {
    int oldSize = size;
    int first = boundary(start);
    int last = boundary(end);
    for (int i = first; i < last; i++) {
      from[i] = Deletion.max(from[i], deletion);
    }
    // Take out the boundaries that no longer separate anything.
    int kept = first;
    int stop = Math.min(last + 1, size);
    for (int i = first; i < stop; i++) {
      if (!from[i].equals(kept == 0 ? Deletion.NONE : from[kept - 1])) {
        positions[kept] = positions[i];
        from[kept] = from[i];
        kept++;
      }
    }
    if (kept < stop) {
      System.arraycopy(positions, stop, positions, kept, size - stop);
      System.arraycopy(from, stop, from, kept, size - stop);
      int newSize = size - (stop - kept);
      Arrays.fill(positions, newSize, size, null);
      Arrays.fill(from, newSize, size, null);
      size = newSize;
    }
    changes++;
    return size - oldSize;
  }

  /** The index of the boundary at a position, which is made if it is missing. */
  private int boundary(byte[] position) {
    int index = ceiling(position);
    if (index < size && Arrays.equals(positions[index], position)) {
      return index;
    }
    if (size == positions.length) {
      positions = Arrays.copyOf(positions, size * 2);
      from = Arrays.copyOf(from, size * 2);
    }
    System.arraycopy(positions, index, positions, index + 1, size - index);
    System.arraycopy(from, index, from, index + 1, size - index);
    positions[index] = position;
    from[index] = index == 0 ? Deletion.NONE : from[index - 1];
    size++;
    return index;
  }
}
