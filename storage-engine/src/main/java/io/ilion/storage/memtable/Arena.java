package io.ilion.storage.memtable;

/**
 * The bytes that a memtable keeps, in a few large arrays, each place of which has an address. The
 * garbage collector has nothing to copy or to mark then but an object for each array: a MiB is a
 * region of G1 of its own (a humongous object, which never moves) as long as the heap has regions
 * of one MiB, and is given back whole when the memtable is let go.
 *
 * <p>The first arrays are small, so that a table with little in it takes little. What is large, and
 * what will be replaced, gets an array of its own, which can be given back.
 *
 * <p>An address is the number of an array and an offset in it; none is 0.
 */
final class Arena {
  private static final int ARRAY_HEADER = 16;
  private static final int FIRST_CHUNK = 2 << 10;

  /** With its header exactly one MiB. */
  private static final int LAST_CHUNK = (1 << 20) - ARRAY_HEADER;

  private static final int LARGE = 32 << 10;

  /** Where a shared array is used from: offset 0 tells an array of its own. */
  private static final int SHARED_FROM = 8;

  private byte[][] arrays = new byte[4][];

  /** The numbers that were used so far; 0 is none, so that no address is 0. */
  private int numbers = 1;

  private int[] freeNumbers = new int[4];
  private int freeCount;
  private int chunk;
  private int used;
  private int chunkLength;
  private long bytes = heapBytes(4 * Integer.BYTES) * 2;

  /** Takes some bytes, which stay taken; returns their address. */
  long take(int length) {
    if (length > chunkLength - used) {
      if (length > LARGE) {
        return takeOwn(length);
      }
      // As much again as there is keeps what is not used yet below the half.
      chunkLength = (int) Math.min(LAST_CHUNK, Math.max(FIRST_CHUNK, bytes));
      chunkLength = Math.max(chunkLength, length + SHARED_FROM);
      chunk = number(new byte[chunkLength]);
      used = SHARED_FROM;
    }
    long address = (long) chunk << 32 | used;
    used += length;
    return address;
  }

  /** Takes an array of its own; returns its address. */
  long takeOwn(int length) {
    return (long) number(new byte[length]) << 32;
  }

  private int number(byte[] array) {
    bytes += heapBytes(array.length);
    int number;
    if (freeCount > 0) {
      number = freeNumbers[--freeCount];
    } else {
      if (numbers == arrays.length) {
        bytes += (long) numbers * Integer.BYTES;
        arrays = java.util.Arrays.copyOf(arrays, numbers * 2);
      }
      number = numbers++;
    }
    arrays[number] = array;
    return number;
  }

  /** Lets go of what was taken, if it has an array of its own; who reads it may read on. */
  void giveBack(long address) {
    if ((int) address != 0) {
      return;
    }
    int number = (int) (address >>> 32);
    bytes -= heapBytes(arrays[number].length);
    arrays[number] = null;
    if (freeCount == freeNumbers.length) {
      bytes += (long) freeCount * Integer.BYTES;
      freeNumbers = java.util.Arrays.copyOf(freeNumbers, freeCount * 2);
    }
    freeNumbers[freeCount++] = number;
  }

  /** The array of an address. */
  byte[] array(long address) {
    return arrays[(int) (address >>> 32)];
  }

  /** The offset of an address in its array. */
  static int offset(long address) {
    return (int) address;
  }

  /** What all arrays take of the heap, and what else was accounted for here. */
  long bytes() {
    return bytes;
  }

  /** Accounts for what belongs to the arena's memtable and is outside the arena. */
  void account(long grownBytes) {
    bytes += grownBytes;
  }

  /** What an array of bytes takes of the heap. */
  static long heapBytes(long length) {
    return (ARRAY_HEADER + 7L + length) & ~7L;
  }
}
