package io.ilion.storage.sstable;

import io.ilion.storage.StorageEngine.CacheStatistics;
import java.util.Arrays;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * The blocks and index pages in memory, within a budget; shared by all files of a node. Those that
 * are used often stay. Its look-ups are spared: an index page points to the blocks below it that
 * are here, and only some of the uses of a block are reported. The buffers of what leaves are kept
 * for what comes, so that the collector has nothing to do with either.
 */
public final class BlockCache {
  /** The size of a buffer that is used again; most blocks and index pages fit into one. */
  static final int BUFFER_BYTES = 8 << 10;

  static final int OVERHEAD_BYTES = 192;
  private static final int FREE_BUFFERS = 256;

  /** So many reports of uses without a block that came: what is used fits, nothing is chosen. */
  static final int CALM = 1 << 14;

  /** So many uses of a block are reported together, in general and while the cache is calm. */
  static final int USES_AT_ONCE = 8;

  static final int USES_AT_ONCE_CALM = 128;

  /** How many cursors may read ahead at a time, in a cache that is large enough. */
  private static final int MOST_AHEAD = 64;

  private volatile long capacity;
  private final CachedBlocks blocks;

  /** Uses of blocks that were reported, or whose block is gone. */
  private final LongAdder hits = new LongAdder();

  private final LongAdder misses = new LongAdder();
  private final ArrayBlockingQueue<byte[]> free = new ArrayBlockingQueue<>(FREE_BUFFERS);
  private final ConcurrentLinkedQueue<byte[]> freeAhead = new ConcurrentLinkedQueue<>();
  private final int mostAhead;
  private final AtomicInteger aheadLeft;

  /** How many uses were reported since a block came. Races lose some counts, to no harm. */
  private int reportsSinceLast;

  /** A cache of a number of bytes. */
  public BlockCache(long bytes) {
    this(bytes, removed -> new FrequentBlocks(bytes, removed));
  }

  /** A cache of a number of bytes for one thread, which does the same again in the same run. */
  public static BlockCache replayable(long bytes) {
    return new BlockCache(bytes, removed -> new LatestBlocks(bytes, removed));
  }

  /** A cache in which others decide which blocks stay; they are given what to tell of each gone. */
  BlockCache(long bytes, Function<Consumer<Block>, CachedBlocks> choice) {
    capacity = bytes;
    mostAhead = (int) Math.min(MOST_AHEAD, bytes / 8 / ReadAhead.MOST_BYTES);
    aheadLeft = new AtomicInteger(mostAhead);
    blocks =
        choice.apply(
            block -> {
              block.leaveSlot();
              hits.add(block.unreportedUses());
              block.release();
            });
  }

  /** What it holds, and how often it was asked. */
  public CacheStatistics statistics() {
    long found = hits.sum() + blocks.unreportedUses();
    return new CacheStatistics(
        capacity, blocks.bytes(), blocks.count(), found + misses.sum(), found);
  }

  /** Keeps no more bytes than this from now on; what is too much leaves at once. */
  public void setCapacity(long bytes) {
    capacity = bytes;
    blocks.setCapacity(bytes);
  }

  /** Lets all blocks go; those that are being read stay until they were. */
  public void clear() {
    blocks.clear();
  }

  /** A block of a length, to be filled; the reference is the caller's. */
  Block take(Block.Key key, int length) {
    return new Block(key, buffer(length), length, this);
  }

  /** A buffer of at least a length. */
  byte[] buffer(int length) {
    if (length > BUFFER_BYTES) {
      return new byte[length];
    }
    byte[] buffer = free.poll();
    return buffer != null ? buffer : new byte[BUFFER_BYTES];
  }

  /** Takes a buffer back that nobody will read again. */
  void recycle(byte[] buffer) {
    assert poison(buffer);
    if (buffer.length == BUFFER_BYTES) {
      // If enough wait already, the collector has it.
      boolean unused = free.offer(buffer);
    }
  }

  /**
   * A buffer for what is read ahead, or null if enough cursors do that already; those of background
   * work leave half of the buffers to others.
   */
  byte[] takeAhead(boolean background) {
    if (aheadLeft.getAndDecrement() <= (background ? mostAhead / 2 : 0)) {
      aheadLeft.getAndIncrement();
      return null;
    }
    byte[] buffer = freeAhead.poll();
    return buffer != null ? buffer : new byte[ReadAhead.MOST_BYTES];
  }

  /** Takes back a buffer for what is read ahead. */
  void recycleAhead(byte[] buffer) {
    freeAhead.add(buffer);
    aheadLeft.getAndIncrement();
  }

  /** So that a test which reads on in a block that it let go of sees it. */
  private static boolean poison(byte[] buffer) {
    Arrays.fill(buffer, (byte) 0xdd);
    return true;
  }

  /** The block in a slot, with a reference for the caller; null if it is not there. */
  Block get(AtomicReferenceArray<Block> slots, int slot) {
    Block block = slots.get(slot);
    if (block != null && block.retain()) {
      boolean calm = reportsSinceLast >= CALM;
      int uses = block.use(calm ? USES_AT_ONCE_CALM : USES_AT_ONCE);
      if (uses > 0) {
        report(block, uses, calm);
      }
      return block;
    }
    return null;
  }

  private void report(Block block, int uses, boolean calm) {
    hits.add(uses);
    if (!calm) {
      // Not while it is: all lanes read this at each block, and would miss it when one writes.
      reportsSinceLast++;
    }
    Block unused = blocks.get(block.key);
  }

  /** The block under a key that has lost its slot, with a reference for the caller; or null. */
  Block find(AtomicReferenceArray<Block> slots, int slot, Block.Key key) {
    Block block = blocks.get(key);
    if (block != null && block.retain()) {
      hits.increment();
      block.standIn(slots, slot);
      if (!blocks.contains(key)) {
        // It left meanwhile, maybe before it stood here.
        block.leaveSlot();
      }
      return block;
    }
    return null;
  }

  /** Keeps a block, as long as the budget allows; the caller's reference stays the caller's. */
  void put(AtomicReferenceArray<Block> slots, int slot, Block block) {
    misses.increment();
    reportsSinceLast = 0;
    if (!block.retain()) {
      throw new IllegalStateException("a block that was let go of cannot be kept");
    }
    block.standIn(slots, slot);
    if (!blocks.add(block)) {
      // Another thread was faster; its block stays.
      block.leaveSlot();
      block.release();
    }
  }

  /** Drops a block of a file that is no more. */
  void drop(Block block) {
    blocks.remove(block.key);
  }
}
