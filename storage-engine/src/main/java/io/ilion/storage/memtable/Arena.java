package io.ilion.storage.memtable;

/**
 * The bytes that a memtable keeps, in a few large arrays. The garbage collector has no objects to
 * copy or to mark then, but one for each array: a MiB is a region of G1 of its own (a humongous
 * object, which never moves) as long as the heap has regions of one MiB, and is given back whole
 * when the memtable is let go.
 *
 * <p>The first arrays are small, so that a table with little in it takes little; what is large gets
 * an array of its own. What was taken is written once by whoever took it, and never moves.
 */
final class Arena {
  private static final int ARRAY_HEADER = 16;
  private static final int FIRST_CHUNK = 2 << 10;

  /** With its header exactly one MiB. */
  private static final int LAST_CHUNK = (1 << 20) - ARRAY_HEADER;

  private static final int LARGE = 32 << 10;

  private byte[] chunk = {};
  private int used;
  private byte[] array = chunk;
  private long bytes;

  /** Takes some bytes of {@link #array}; returns the offset of the first. */
  int take(int length) {
    if (length > chunk.length - used) {
      if (length > LARGE) {
        array = new byte[length];
        bytes += heapBytes(length);
        return 0;
      }
      // As much again as there is keeps what is not used yet below the half.
      int size = (int) Math.min(LAST_CHUNK, Math.max(FIRST_CHUNK, bytes));
      chunk = new byte[Math.max(size, length)];
      used = 0;
      bytes += heapBytes(chunk.length);
    }
    array = chunk;
    int offset = used;
    used += length;
    return offset;
  }

  /** The array of what was taken last. */
  byte[] array() {
    return array;
  }

  /** What all arrays take of the heap. */
  long bytes() {
    return bytes;
  }

  /** What an array of bytes takes of the heap. */
  static int heapBytes(int length) {
    return (int) Math.min(Integer.MAX_VALUE & ~7, (ARRAY_HEADER + 7L + length) & ~7L);
  }
}
