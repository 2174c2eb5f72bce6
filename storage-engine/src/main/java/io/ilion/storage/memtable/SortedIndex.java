package io.ilion.storage.memtable;

import java.util.Arrays;

/**
 * A sorted set of entries that only grows: chunks of at most {@value #CAPACITY} entries, and an
 * array of the chunks. A search is two binary searches over flat arrays of longs; bytes are
 * compared only where the longs tie. A position is (chunk, index) in one long and is valid until
 * the next insertion, which {@link #changes} tells.
 *
 * @param <E> the entries, ordered by (order, key bytes)
 */
final class SortedIndex<E extends SortedIndex.Entry> {
  private static final int CAPACITY = 128;

  /** How far from the guessed place an entry is looked for at first. */
  private static final int NEAR = 4;

  /** The position before the first or behind the last entry. */
  static final long NONE = -1;

  /** What the set holds: a key that orders entries of equal order number. */
  abstract static class Entry {
    /** The array of the key. */
    abstract byte[] keyArray();

    /** Where the key begins. */
    abstract int keyOffset();

    /** The length of the key. */
    abstract int keyLength();

    /** Compares this entry's key with another by unsigned bytes. */
    final int compareKey(byte[] array, int offset, int length) {
      int start = keyOffset();
      return Arrays.compareUnsigned(
          keyArray(), start, start + keyLength(), array, offset, offset + length);
    }
  }

  private static final class Chunk {
    long[] orders = new long[4];
    Entry[] entries = new Entry[4];
    int size;

    void insert(int at, long order, Entry entry) {
      if (size == orders.length) {
        orders = Arrays.copyOf(orders, size * 2);
        entries = Arrays.copyOf(entries, size * 2);
      }
      System.arraycopy(orders, at, orders, at + 1, size - at);
      System.arraycopy(entries, at, entries, at + 1, size - at);
      orders[at] = order;
      entries[at] = entry;
      size++;
    }

    Chunk split(int at) {
      Chunk right = new Chunk();
      right.orders = new long[CAPACITY];
      right.entries = new Entry[CAPACITY];
      right.size = size - at;
      System.arraycopy(orders, at, right.orders, 0, right.size);
      System.arraycopy(entries, at, right.entries, 0, right.size);
      Arrays.fill(entries, at, size, null);
      size = at;
      return right;
    }
  }

  private Chunk[] chunks = new Chunk[1];
  private long[] firstOrders = new long[1];
  private int chunkCount;
  private int size;

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
      prefix = io.ilion.model.data.Bytes.getLong(array, offset);
    } else {
      for (int i = 0; i < length; i++) {
        prefix |= (array[offset + i] & 0xffL) << (56 - 8 * i);
      }
    }
    return prefix ^ Long.MIN_VALUE;
  }

  /** The entry of exactly this key, or null. */
  E find(long order, byte[] key, int offset, int length) {
    return match(seek(order, key, offset, length), order, key, offset, length);
  }

  /** The entry of exactly this key, or null, from the place that {@link #seek} gave for it. */
  E match(long position, long order, byte[] key, int offset, int length) {
    Chunk chunk = chunkCount == 0 ? null : chunks[(int) (position >>> 32)];
    int index = (int) position;
    if (chunk == null || index >= chunk.size || chunk.orders[index] != order) {
      return null;
    }
    E entry = cast(chunk.entries[index]);
    return entry.compareKey(key, offset, length) == 0 ? entry : null;
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
      if (isLess(order, key, offset, length, firstOrders[middle], chunks[middle].entries[0])) {
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
          || (other == order && chunk.entries[middle].compareKey(key, offset, length) < 0)) {
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

  private static boolean isLess(
      long order, byte[] key, int offset, int length, long otherOrder, Entry other) {
    return order != otherOrder ? order < otherOrder : other.compareKey(key, offset, length) > 0;
  }

  /** Inserts at the place that {@link #seek} gave for the entry's key, which is not present yet. */
  void insert(long position, long order, E entry) {
    if (chunkCount == 0) {
      chunks[0] = new Chunk();
      chunkCount = 1;
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
    chunk.insert(index, order, entry);
    if (index == 0) {
      firstOrders[at] = order;
    }
    size++;
  }

  private void addChunk(int at, Chunk chunk) {
    if (chunkCount == chunks.length) {
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

  /** The entry at a position. */
  E at(long position) {
    return cast(chunks[(int) (position >>> 32)].entries[(int) position]);
  }

  /** The order number at a position. */
  long orderAt(long position) {
    return chunks[(int) (position >>> 32)].orders[(int) position];
  }

  @SuppressWarnings("unchecked") // insert is the only way in
  private E cast(Entry entry) {
    return (E) entry;
  }
}
