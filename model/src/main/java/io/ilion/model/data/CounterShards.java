package io.ilion.model.data;

import static io.ilion.model.data.Bytes.getLong;
import static io.ilion.model.data.Bytes.putLong;

import java.util.Arrays;

/**
 * The value of a counter cell: for every node that ever counted, its count so far and a logical
 * clock that grows with each change of it. A node's entry with the greater clock is the newer one,
 * so merging is idempotent, unlike adding increments (Cassandra's design since 2.1).
 *
 * <pre>
 * shard*, ordered by node id (unsigned):  16 bytes node id, i64 clock, i64 count
 * </pre>
 */
public final class CounterShards {
  /** The bytes of one shard. */
  public static final int SHARD_BYTES = 32;

  private CounterShards() {}

  /** The counter's value: the sum of the counts. Overflow wraps, as in Cassandra. */
  public static long total(byte[] array, int offset, int length) {
    check(length);
    long sum = 0;
    for (int at = offset; at < offset + length; at += SHARD_BYTES) {
      sum += getLong(array, at + 24);
    }
    return sum;
  }

  /**
   * The shards after a node adds to its own count.
   *
   * @param shards the current shards, empty for none
   * @param nodeHigh the upper half of the node's id
   * @param nodeLow the lower half of the node's id
   * @param clock the new clock; greater than any that the node used for this cell
   */
  public static byte[] add(byte[] shards, long nodeHigh, long nodeLow, long clock, long delta) {
    check(shards.length);
    byte[] shard = new byte[SHARD_BYTES];
    putLong(shard, 0, nodeHigh);
    putLong(shard, 8, nodeLow);
    putLong(shard, 16, clock);
    putLong(shard, 24, delta);
    for (int at = 0; at < shards.length; at += SHARD_BYTES) {
      if (compareIds(shards, at, shard, 0) == 0) {
        putLong(shard, 24, delta + getLong(shards, at + 24));
        putLong(shard, 16, Math.max(clock, getLong(shards, at + 16) + 1));
      }
    }
    return merge(shards, 0, shards.length, shard, 0, shard.length);
  }

  /** The union of both, for each node the shard with the greater clock (then the greater count). */
  public static byte[] merge(
      byte[] a, int aOffset, int aLength, byte[] b, int bOffset, int bLength) {
    check(aLength);
    check(bLength);
    byte[] out = new byte[aLength + bLength];
    int size = 0;
    int i = aOffset;
    int j = bOffset;
    int aEnd = aOffset + aLength;
    int bEnd = bOffset + bLength;
    while (i < aEnd || j < bEnd) {
      int order = i == aEnd ? 1 : j == bEnd ? -1 : compareIds(a, i, b, j);
      boolean takeA = order < 0 || (order == 0 && isNewer(a, i, b, j));
      System.arraycopy(takeA ? a : b, takeA ? i : j, out, size, SHARD_BYTES);
      size += SHARD_BYTES;
      i += order <= 0 ? SHARD_BYTES : 0;
      j += order >= 0 ? SHARD_BYTES : 0;
    }
    return size == out.length ? out : Arrays.copyOf(out, size);
  }

  private static boolean isNewer(byte[] a, int i, byte[] b, int j) {
    long clockA = getLong(a, i + 16);
    long clockB = getLong(b, j + 16);
    return clockA != clockB ? clockA > clockB : getLong(a, i + 24) >= getLong(b, j + 24);
  }

  private static int compareIds(byte[] a, int i, byte[] b, int j) {
    return Arrays.compareUnsigned(a, i, i + 16, b, j, j + 16);
  }

  private static void check(int length) {
    if (length % SHARD_BYTES != 0) {
      throw new CorruptDataException("counter of " + length + " bytes is not a list of shards");
    }
  }
}
