package io.ilion.storage.sstable;

import java.util.Arrays;

/**
 * Where the blocks of a file begin, in the order of (token, partition key, position in the
 * partition): one entry for each block, held in memory while the file is open. A block that begins
 * within a partition has the position of its first entry, one that begins with a partition's head
 * has none.
 */
final class BlockIndex {
  final int count;
  final long[] tokens;
  final byte[][] keys;
  final byte[][] positions;
  final long[] offsets;
  final int[] storedLengths;
  final int[] rawLengths;
  final int[] crcs;

  BlockIndex(int count) {
    this.count = count;
    tokens = new long[count];
    keys = new byte[count][];
    positions = new byte[count][];
    offsets = new long[count];
    storedLengths = new int[count];
    rawLengths = new int[count];
    crcs = new int[count];
  }

  /** The last block that begins at or before the head of a partition; 0 if all begin behind. */
  int blockOfHead(long token, byte[] key) {
    int low = 0;
    int high = count - 1;
    while (low < high) {
      int middle = (low + high + 1) >>> 1;
      int order = Long.compare(tokens[middle], token);
      if (order == 0) {
        order = Arrays.compareUnsigned(keys[middle], key);
      }
      if (order < 0 || (order == 0 && positions[middle] == null)) {
        low = middle;
      } else {
        high = middle - 1;
      }
    }
    return low;
  }

  /** Whether a block begins within the partition of a key. */
  boolean continues(int block, byte[] key) {
    return block < count && positions[block] != null && Arrays.equals(keys[block], key);
  }

  /** The last block with entries of the partition whose head is in a block. */
  int lastBlock(int headBlock, byte[] key) {
    if (!continues(headBlock + 1, key)) {
      return headBlock;
    }
    int low = headBlock + 1;
    int step = 1;
    while (continues(low + step, key)) {
      low += step;
      step *= 2;
    }
    int high = Math.min(low + step, count);
    while (high - low > 1) {
      int middle = (low + high) >>> 1;
      if (continues(middle, key)) {
        low = middle;
      } else {
        high = middle;
      }
    }
    return low;
  }

  /**
   * Among the blocks of a partition the last that begins before a position, or at it if inclusive;
   * the head's block if none does.
   */
  int blockOf(int headBlock, int lastBlock, byte[] position, boolean inclusive) {
    int low = headBlock;
    int high = lastBlock;
    while (low < high) {
      int middle = (low + high + 1) >>> 1;
      int order = Arrays.compareUnsigned(positions[middle], position);
      if (order < 0 || (inclusive && order == 0)) {
        low = middle;
      } else {
        high = middle - 1;
      }
    }
    return low;
  }
}
