package io.ilion.storage.memtable;

import io.ilion.model.data.Bytes;
import java.util.Arrays;

/**
 * A set of nodes, sorted by an order number and their keys, that only grows: chunks of at most
 * {@value #CAPACITY} entries, and an array of the chunks. A search is two binary searches over flat
 * arrays of longs; bytes are compared only where the longs tie. A position is (chunk, index) in one
 * long and is valid until the next insertion, which {@link #changes} tells. What it takes of the
 * heap is accounted for in the arena of the nodes.
 */
final class SortedIndex {
  private static final int CAPACITY = 128;

  /** How far from the guessed place an entry is looked for at first. */
  private static final int NEAR = 4;

  /** The position before the first or behind the last entry. */
  static final long NONE = -1;

  private static final int HEAP_BYTES = 32 + 2 * 24;
  private static final int CHUNK_HEAP_BYTES = 24;
  private static final int FIRST_CAPACITY = 4;

  private static final class Chunk {
    long[] orders;
    long[] nodes;
    int size;

    Chunk(int capacity) {
      orders = new long[capacity];
      nodes = new long[capacity];
    }

    static long heapBytes(int capacity) {
      return CHUNK_HEAP_BYTES + 2 * Arena.heapBytes((long) capacity * Long.BYTES);
    }

    void insert(int at, long order, long node) {
      System.arraycopy(orders, at, orders, at + 1, size - at);
      System.arraycopy(nodes, at, nodes, at + 1, size - at);
      orders[at] = order;
      nodes[at] = node;
      size++;
    }

    void grow() {
      orders = Arrays.copyOf(orders, size * 2);
      nodes = Arrays.copyOf(nodes, size * 2);
    }

    Chunk split(int at) {
      Chunk right = new Chunk(CAPACITY);
      right.size = size - at;
      System.arraycopy(orders, at, right.orders, 0, right.size);
      System.arraycopy(nodes, at, right.nodes, 0, right.size);
      size = at;
      return right;
    }
  }

  private final Arena arena;
  private Chunk[] chunks = new Chunk[1];
  private long[] firstOrders = new long[1];
  private int chunkCount;
  private int size;

  /** An empty set of nodes of an arena. */
  SortedIndex(Arena arena) {
    this.arena = arena;
    arena.account(HEAP_BYTES);
  }

  /** The number of entries; also counts the insertions, after which positions are void. */
  int changes() {
    return size;
  }

  int size() {
    return size;
  }

  /**
   * The order number of a byte string: its first eight bytes such that signed comparison of the
   * numbers never contradicts the unsigned comparison of the strings.
   */
  static long prefix(byte[] array, int offset, int length) {
    long prefix = 0;
    if (length >= 8) {
      prefix = Bytes.getLong(array, offset);
    } else {
      for (int i = 0; i < length; i++) {
        prefix |= (array[offset + i] & 0xffL) << (56 - 8 * i);
      }
    }
    return prefix ^ Long.MIN_VALUE;
  }

  /** The node of exactly this key, or 0. */
  long find(long order, byte[] key, int offset, int length) {
    return match(seek(order, key, offset, length), order, key, offset, length);
  }

  /** The node of exactly this key, or 0, from the place that {@link #seek} gave for it. */
  long match(long position, long order, byte[] key, int offset, int length) {
    Chunk chunk = chunkCount == 0 ? null : chunks[(int) (position >>> 32)];
    int index = (int) position;
    if (chunk == null || index >= chunk.size || chunk.orders[index] != order) {
      return 0;
    }
    long node = chunk.nodes[index];
    return Node.compareKey(arena, node, key, offset, length) == 0 ? node : 0;
  }

  /** The place of the first entry that is not less than the key; it may be a chunk's end. */
  long seek(long order, byte[] key, int offset, int length) {
    if (chunkCount == 0) {
      return 0;
    }
    // The last chunk whose first entry is not greater, or the first chunk.
    long near = bracket(firstOrders, chunkCount, order);
    int low = Math.max(0, (int) (near >>> 32) - 1);
    int high = Math.max(low, (int) near - 1);
    while (low < high) {
      int middle = (low + high + 1) >>> 1;
      if (isLess(order, key, offset, length, middle)) {
        high = middle - 1;
      } else {
        low = middle;
      }
    }
    Chunk chunk = chunks[low];
    near = bracket(chunk.orders, chunk.size, order);
    int from = (int) (near >>> 32);
    int to = (int) near;
    while (from < to) {
      int middle = (from + to) >>> 1;
      long other = chunk.orders[middle];
      if (other < order
          || (other == order
              && Node.compareKey(arena, chunk.nodes[middle], key, offset, length) < 0)) {
        from = middle + 1;
      } else {
        to = middle;
      }
    }
    return ((long) low << 32) | from;
  }

  /**
   * A short range around the place of an order number among ascending ones: all before its start
   * (the high 32 bits) are less, all from its end (the low ones) on are greater. Tokens, and most
   * clustering keys, are spread evenly, so a guess by proportion is near; each look elsewhere in a
   * large array would be a miss of the processor's cache.
   */
  private static long bracket(long[] orders, int count, long order) {
    int from = 0;
    int to = count;
    double first = orders[0];
    double span = orders[count - 1] - first;
    if (count > 2 * NEAR && order > first && order - first < span) {
      int guess = (int) ((order - first) / span * (count - 1));
      int at = guess;
      for (int step = NEAR; at < to && orders[at] <= order; step *= 2) {
        if (orders[at] < order) {
          from = at + 1;
        }
        at = Math.min(to, at + step);
      }
      to = at;
      at = guess - 1;
      for (int step = NEAR; from <= at && orders[at] >= order; step *= 2) {
        if (orders[at] > order) {
          to = at;
        }
        at = Math.max(from - 1, at - step);
      }
      from = Math.max(from, at + 1);
    }
    return ((long) from << 32) | to;
  }

  /** Whether a key comes before the first node of a chunk. */
  private boolean isLess(long order, byte[] key, int offset, int length, int chunk) {
    long first = firstOrders[chunk];
    return order != first
        ? order < first
        : Node.compareKey(arena, chunks[chunk].nodes[0], key, offset, length) > 0;
  }

  /** Inserts at the place that {@link #seek} gave for the node's key, which is not present yet. */
  void insert(long position, long order, long node) {
    if (chunkCount == 0) {
      chunks[0] = new Chunk(FIRST_CAPACITY);
      chunkCount = 1;
      arena.account(Chunk.heapBytes(FIRST_CAPACITY));
    }
    int at = (int) (position >>> 32);
    int index = (int) position;
    Chunk chunk = chunks[at];
    if (chunk.size == CAPACITY) {
      // Ascending keys, the usual case, leave full chunks behind.
      int half = index == CAPACITY && at == chunkCount - 1 ? CAPACITY - 1 : CAPACITY / 2;
      addChunk(at + 1, chunk.split(half));
      if (index > half) {
        at++;
        index -= half;
        chunk = chunks[at];
      }
    }
    if (chunk.size == chunk.orders.length) {
      arena.account(2L * chunk.size * Long.BYTES);
      chunk.grow();
    }
    chunk.insert(index, order, node);
    if (index == 0) {
      firstOrders[at] = order;
    }
    size++;
  }

  private void addChunk(int at, Chunk chunk) {
    arena.account(Chunk.heapBytes(CAPACITY));
    if (chunkCount == chunks.length) {
      arena.account((long) chunkCount * (Integer.BYTES + Long.BYTES));
      chunks = Arrays.copyOf(chunks, chunkCount * 2);
      firstOrders = Arrays.copyOf(firstOrders, chunkCount * 2);
    }
    System.arraycopy(chunks, at, chunks, at + 1, chunkCount - at);
    System.arraycopy(firstOrders, at, firstOrders, at + 1, chunkCount - at);
    chunks[at] = chunk;
    firstOrders[at] = chunk.orders[0];
    chunkCount++;
  }

  /** The position of the first entry not less than the key, or NONE. */
  long ceiling(long order, byte[] key, int offset, int length) {
    long position = seek(order, key, offset, length);
    int chunk = (int) (position >>> 32);
    if (chunkCount == 0) {
      return NONE;
    }
    return (int) position < chunks[chunk].size ? position : start(chunk + 1);
  }

  /** The position of the last entry less than the key, or NONE. */
  long lower(long order, byte[] key, int offset, int length) {
    return chunkCount == 0 ? NONE : previous(seek(order, key, offset, length));
  }

  /** The position of the first entry, or NONE. */
  long first() {
    return start(0);
  }

  private long start(int chunk) {
    return chunk < chunkCount ? (long) chunk << 32 : NONE;
  }

  /** The position behind another, or NONE. */
  long next(long position) {
    int chunk = (int) (position >>> 32);
    return (int) position + 1 < chunks[chunk].size ? position + 1 : start(chunk + 1);
  }

  /** The position before another, or NONE. */
  long previous(long position) {
    if ((int) position > 0) {
      return position - 1;
    }
    int chunk = (int) (position >>> 32) - 1;
    return chunk < 0 ? NONE : ((long) chunk << 32) | (chunks[chunk].size - 1);
  }

  /** The node at a position. */
  long at(long position) {
    return chunks[(int) (position >>> 32)].nodes[(int) position];
  }

  /** The order number at a position. */
  long orderAt(long position) {
    return chunks[(int) (position >>> 32)].orders[(int) position];
  }
}
