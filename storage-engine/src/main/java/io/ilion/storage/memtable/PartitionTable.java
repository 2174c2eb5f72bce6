package io.ilion.storage.memtable;

/**
 * Finds a partition of a memtable by its whole key: a hash table beside the {@link SortedIndex}. A
 * search among 100,000 sorted tokens misses the processor's cache about six times even if it
 * guesses well, a look here once.
 *
 * <p>The table is in {@value #SHARDS} parts, each for a range of tokens, open addressing in each
 * (Knuth, The Art of Computer Programming, volume 3, section 6.4, algorithm L). A part that is full
 * is made anew from the entries of the index in its range, since an entry here does not know its
 * token; so the longest pause is that of one part. An entry is a node's address with eight bits of
 * the hash in place of the highest of the array's number, so that others are mostly told apart
 * without a look at their keys.
 */
final class PartitionTable {
  private static final int SHARD_BITS = 9;
  private static final int SHARDS = 1 << SHARD_BITS;
  private static final int RANGE_BITS = Long.SIZE - SHARD_BITS;
  private static final int FIRST_CAPACITY = 16;
  private static final byte[] NO_KEY = {};

  /** Below this many partitions a table is not worth its memory. */
  static final int LEAST_PARTITIONS = 8 * SHARDS;

  private static final int TAG_SHIFT = 56;
  private static final long ADDRESS = (1L << TAG_SHIFT) - 1;

  private final Arena arena;
  private final SortedIndex index;
  private final long[][] shards = new long[SHARDS][];
  private final int[] counts = new int[SHARDS];

  /** A table of what is in an index now. */
  PartitionTable(Arena arena, SortedIndex index) {
    this.arena = arena;
    this.index = index;
    arena.account(Arena.heapBytes((long) SHARDS * Integer.BYTES) * 2);
    for (int shard = 0; shard < SHARDS; shard++) {
      fill(shard, FIRST_CAPACITY);
    }
  }

  /** The order of signed tokens is that of the shards. */
  private static int shard(long token) {
    return (int) ((token ^ Long.MIN_VALUE) >>> RANGE_BITS);
  }

  /** Tokens are hashes, but those of one shard have their highest bits in common. */
  private static long hash(long token) {
    return token * 0x9e37_79b9_7f4a_7c15L;
  }

  /** The node of exactly this key, or 0. */
  long find(long token, byte[] key, int offset, int length) {
    long[] slots = shards[shard(token)];
    long hash = hash(token);
    int mask = slots.length - 1;
    for (int at = (int) (hash >>> 32) & mask; slots[at] != 0; at = (at + 1) & mask) {
      if ((slots[at] ^ hash << TAG_SHIFT) >>> TAG_SHIFT == 0) {
        long node = slots[at] & ADDRESS;
        if (Node.compareKey(arena, node, key, offset, length) == 0) {
          return node;
        }
      }
    }
    return 0;
  }

  /** Adds a node that was inserted into the index. */
  void add(long token, long node) {
    if (node >>> TAG_SHIFT != 0) {
      throw new IllegalStateException("a memtable has more than 16,777,216 arrays");
    }
    int shard = shard(token);
    int capacity = shards[shard].length;
    if (4 * (counts[shard] + 1) > 3 * capacity) {
      arena.account(-Arena.heapBytes((long) capacity * Long.BYTES));
      fill(shard, 2 * capacity);
    } else {
      put(shard, token, node);
    }
  }

  private void put(int shard, long token, long node) {
    long[] slots = shards[shard];
    long hash = hash(token);
    int mask = slots.length - 1;
    int at = (int) (hash >>> 32) & mask;
    while (slots[at] != 0) {
      at = (at + 1) & mask;
    }
    slots[at] = node | hash << TAG_SHIFT;
    counts[shard]++;
  }

  /** Makes a shard from the entries of the index, with room for as many as there are at least. */
  private void fill(int shard, int leastCapacity) {
    long from = (long) shard << RANGE_BITS ^ Long.MIN_VALUE;
    long start = index.ceiling(from, NO_KEY, 0, 0);
    int count = 0;
    for (long at = start; isIn(shard, at); at = index.next(at)) {
      count++;
    }
    int capacity = leastCapacity;
    while (4 * count > 3 * capacity) {
      capacity *= 2;
    }
    shards[shard] = new long[capacity];
    counts[shard] = 0;
    arena.account(Arena.heapBytes((long) capacity * Long.BYTES));
    for (long at = start; isIn(shard, at); at = index.next(at)) {
      put(shard, index.orderAt(at), index.at(at));
    }
  }

  private boolean isIn(int shard, long position) {
    return position != SortedIndex.NONE && shard(index.orderAt(position)) == shard;
  }
}
