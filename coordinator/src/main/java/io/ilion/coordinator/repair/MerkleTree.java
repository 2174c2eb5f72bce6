package io.ilion.coordinator.repair;

import com.dynatrace.hash4j.hashing.Hashing;
import io.ilion.gossip.messaging.Payload;
import io.ilion.model.data.CorruptDataException;
import io.ilion.model.data.Deletion;
import io.ilion.model.data.UpdateReader;
import io.ilion.model.ring.TokenRange;
import io.ilion.model.type.ByteSink;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * The hashes of what a replica has of a range that does not wrap, by its parts: so many leaves of
 * equal width, and how much each holds. They all fit into one message, so the levels above them are
 * not sent; a leaf that differs and holds much is a tree of its own in the next step.
 *
 * <p>A leaf is the sum of the hashes of its rows and deletions. Rows come in pieces, and where a
 * partition is cut depends on all that was read before, so the sum must not: what a partition has
 * once is counted in its first piece, and a range deletion counts as its start less its end, so
 * that two halves are as much as the whole.
 */
final class MerkleTree {
  /** The most leaves of a tree. */
  static final int MAX_LEAVES = 1 << 12;

  private final TokenRange range;
  private final long[] leaves;
  private final long[] bytes;
  private final UpdateReader reader = new UpdateReader();

  /** The key of what was added last. */
  private byte[] lastKey;

  /**
   * A tree over nothing.
   *
   * @param leafCount from 1 to {@link #MAX_LEAVES}
   */
  MerkleTree(TokenRange range, int leafCount) {
    if (range.wraps() || leafCount < 1 || leafCount > MAX_LEAVES) {
      throw new IllegalArgumentException("no tree of " + leafCount + " leaves over " + range);
    }
    this.range = range;
    leaves = new long[leafCount];
    bytes = new long[leafCount];
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

  /** The number of leaves. */
  int leafCount() {
    return leaves.length;
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

  /** Adds rows of a partition: whole, or one piece behind the other, each as an update. */
  void add(long token, byte[] update) {
    int leaf = leafOf(token);
    reader.wrap(update);
    byte[] array = reader.array();
    byte[] key = reader.partitionKey();
    boolean first = !Arrays.equals(key, lastKey);
    lastKey = key;
    long partition = Hashing.xxh3_64().hashBytesToLong(key);
    long sum = 0;
    if (first) {
      Deletion deletion = reader.partitionDeletion();
      sum += deletion.isNone() ? 0 : hash(partition, deletion, key, 0, 0);
      if (reader.hasStaticRow()) {
        long image =
            Hashing.xxh3_64()
                .hashBytesToLong(array, reader.staticRowOffset(), reader.staticRowLength());
        sum += mix(mix(partition + 1) + image);
      }
    }
    while (reader.nextEntry()) {
      if (reader.isRow()) {
        long row = Hashing.xxh3_64().hashBytesToLong(array, reader.keyOffset(), reader.keyLength());
        long image =
            Hashing.xxh3_64().hashBytesToLong(array, reader.imageOffset(), reader.imageLength());
        sum += mix(mix(mix(partition + 2) + row) + image);
      } else {
        Deletion deletion = reader.rangeDeletion();
        long seed = mix(partition + 3);
        sum += hash(seed, deletion, array, reader.keyOffset(), reader.keyLength());
        sum -= hash(seed, deletion, array, reader.rangeEndOffset(), reader.rangeEndLength());
      }
    }
    leaves[leaf] += sum;
    bytes[leaf] += update.length;
  }

  private static long hash(long seed, Deletion deletion, byte[] array, int offset, int length) {
    long position = Hashing.xxh3_64().hashBytesToLong(array, offset, length);
    return mix(mix(mix(seed + position) + deletion.timestamp()) + deletion.localSeconds());
  }

  /** Spreads each bit over all (David Stafford's variant 13 of MurmurHash3's finalizer). */
  private static long mix(long value) {
    long x = (value ^ (value >>> 30)) * 0xBF58_476D_1CE4_E5B9L;
    x = (x ^ (x >>> 27)) * 0x94D0_49BB_1331_11EBL;
    return (x ^ (x >>> 31)) + 0x9E37_79B9_7F4A_7C15L;
  }

  /** How many bytes were added to a leaf. */
  long bytes(int leaf) {
    return bytes[leaf];
  }

  /** How many bytes were added to all leaves. */
  long bytes() {
    long sum = 0;
    for (long leaf : bytes) {
      sum += leaf;
    }
    return sum;
  }

  /** Whether another tree of the same shape has other rows in a leaf. */
  boolean differs(MerkleTree other, int leaf) {
    return leaves[leaf] != other.leaves[leaf];
  }

  /** Writes the leaves: u32 count, each i64 hash, i64 bytes. */
  void writeTo(ByteSink out) {
    out.writeInt(leaves.length);
    for (int i = 0; i < leaves.length; i++) {
      out.writeLong(leaves[i]);
      out.writeLong(bytes[i]);
    }
  }

  /** Reads the leaves of a tree of a shape. */
  static MerkleTree read(ByteBuffer in, TokenRange range, int leafCount) {
    int count = Payload.readCount(in, 2 * Long.BYTES);
    if (count != leafCount) {
      throw new CorruptDataException("a tree of " + count + " leaves, not " + leafCount);
    }
    MerkleTree tree = new MerkleTree(range, count);
    for (int i = 0; i < count; i++) {
      tree.leaves[i] = in.getLong();
      tree.bytes[i] = in.getLong();
    }
    return tree;
  }
}
