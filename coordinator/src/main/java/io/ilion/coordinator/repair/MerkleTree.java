package io.ilion.coordinator.repair;

import com.dynatrace.hash4j.hashing.Hashing;
import io.ilion.gossip.messaging.Payload;
import io.ilion.model.data.CorruptDataException;
import io.ilion.model.ring.TokenRange;
import io.ilion.model.type.ByteSink;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * The hashes of what a replica has of a range that does not wrap, by its parts: so many leaves of
 * equal width. They all fit into one message, so the levels above them are not sent; a leaf that
 * holds much is compared again as a range of its own.
 *
 * <p>A leaf is the sum of the hashes of its rows, as pieces of any size: replicas that have the
 * same and cut it at the same places have the same sum. If they differ in one place they may cut
 * differently behind it in the same leaf, which differs anyway.
 */
final class MerkleTree {
  /** The most leaves of a tree. */
  static final int MAX_LEAVES = 1 << 12;

  private final TokenRange range;
  private final long[] leaves;

  /**
   * A tree over nothing.
   *
   * @param leafCount a power of two
   */
  MerkleTree(TokenRange range, int leafCount) {
    if (range.wraps() || leafCount < 1 || leafCount > MAX_LEAVES) {
      throw new IllegalArgumentException("no tree of " + leafCount + " leaves over " + range);
    }
    this.range = range;
    leaves = new long[leafCount];
  }

  /** The first token of a leaf. */
  private long start(int leaf) {
    return range.start() + (long) leaf * width() + Math.min(leaf, rest());
  }

  /** How many tokens a leaf has at least, unsigned. */
  private long width() {
    return Long.divideUnsigned(range.end() - range.start(), leaves.length);
  }

  /** So many leaves, the first ones, have one token more. */
  private long rest() {
    return Long.remainderUnsigned(range.end() - range.start(), leaves.length);
  }

  /** The range of a leaf; null if it has no token. */
  TokenRange range(int leaf) {
    long start = start(leaf);
    long end = leaf + 1 == leaves.length ? range.end() : start(leaf + 1);
    return start == end ? null : new TokenRange(start, end);
  }

  private int leafOf(long token) {
    int low = 0;
    int high = leaves.length - 1;
    while (low < high) {
      int middle = (low + high + 1) >>> 1;
      if (token > start(middle)) {
        low = middle;
      } else {
        high = middle - 1;
      }
    }
    return low;
  }

  /** Adds rows of a partition. */
  void add(long token, byte[] update) {
    leaves[leafOf(token)] += Hashing.xxh3_64().hashBytesToLong(update) * 0x9E37_79B9_7F4A_7C15L;
  }

  /** The leaves in which another tree of the same shape differs; those side by side as one. */
  List<TokenRange> differences(MerkleTree other) {
    List<TokenRange> found = new ArrayList<>();
    for (int i = 0; i < leaves.length; i++) {
      TokenRange leaf = range(i);
      if (leaf == null || leaves[i] == other.leaves[i]) {
        continue;
      }
      TokenRange last = found.isEmpty() ? null : found.getLast();
      if (last != null && last.end() == leaf.start()) {
        found.set(found.size() - 1, new TokenRange(last.start(), leaf.end()));
      } else {
        found.add(leaf);
      }
    }
    return found;
  }

  /** Writes the leaves: u32 count, i64 each. */
  void writeTo(ByteSink out) {
    out.writeInt(leaves.length);
    for (long leaf : leaves) {
      out.writeLong(leaf);
    }
  }

  /** Reads the leaves of a tree of a shape. */
  static MerkleTree read(ByteBuffer in, TokenRange range, int leafCount) {
    int count = Payload.readCount(in, Long.BYTES);
    if (count != leafCount) {
      throw new CorruptDataException("a tree of " + count + " leaves, not " + leafCount);
    }
    MerkleTree tree = new MerkleTree(range, count);
    for (int i = 0; i < count; i++) {
      tree.leaves[i] = in.getLong();
    }
    return tree;
  }
}
