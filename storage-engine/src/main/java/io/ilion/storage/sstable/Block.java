package io.ilion.storage.sstable;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.atomic.AtomicReferenceArray;

/**
 * A block or an index page in memory, decompressed and checked. It is counted by reference: the
 * cache holds one, every cursor that reads it one more. Its buffer is used again when nobody holds
 * it, so that reading a file larger than the cache makes no garbage.
 */
final class Block {
  private static final VarHandle REFERENCES;

  static {
    try {
      REFERENCES = MethodHandles.lookup().findVarHandle(Block.class, "references", int.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  /** Which file, by its generation, and where in it. */
  record Key(long generation, long offset) {
    @Override
    public int hashCode() {
      long mixed = (generation * 0x9e37_79b9_7f4a_7c15L + offset) * 0xbf58_476d_1ce4_e5b9L;
      return (int) (mixed >>> 32);
    }
  }

  final Key key;

  /** The content, maybe followed by bytes that do not belong to it. */
  final byte[] bytes;

  final int length;
  private final BlockCache cache;
  private volatile int references = 1;

  /** Of an index page: the blocks that it leads to, as far as they are in memory. */
  private AtomicReferenceArray<Block> children;

  /** Where a cursor finds this one without asking the cache. */
  private AtomicReferenceArray<Block> slots;

  private int slot;

  /** The uses that were not reported yet. Races lose some, which does no harm. */
  private int uses;

  /** A block whose first reference is its maker's. */
  Block(Key key, byte[] bytes, int length, BlockCache cache) {
    this.key = key;
    this.bytes = bytes;
    this.length = length;
    this.cache = cache;
  }

  /** Adds a reference, unless the block is already let go of. */
  boolean retain() {
    while (true) {
      int count = references;
      if (count == 0) {
        return false;
      }
      if (REFERENCES.compareAndSet(this, count, count + 1)) {
        return true;
      }
    }
  }

  /** Lets a reference go. */
  void release() {
    int before = (int) REFERENCES.getAndAdd(this, -1);
    if (before == 1) {
      cache.recycle(bytes);
    } else if (before < 1) {
      throw new IllegalStateException("a block was let go of twice");
    }
  }

  /** Makes room for the blocks that this index page leads to. */
  void becomePage(int count) {
    children = new AtomicReferenceArray<>(count);
  }

  AtomicReferenceArray<Block> children() {
    return children;
  }

  /** Has cursors find this block in a slot, until it leaves the cache. */
  void standIn(AtomicReferenceArray<Block> newSlots, int newSlot) {
    slots = newSlots;
    slot = newSlot;
    newSlots.set(newSlot, this);
  }

  /** Takes this block out of its slot. */
  void leaveSlot() {
    if (slots != null) {
      slots.compareAndSet(slot, this, null);
    }
  }

  /**
   * Counts a use. The cache is told of some at a time, so that it learns cheaply what is popular.
   *
   * @param atOnce how many
   * @return how many there were, if it is to be told of them now, else 0
   */
  int use(int atOnce) {
    int now = uses + 1;
    uses = now >= atOnce ? 0 : now;
    return now >= atOnce ? now : 0;
  }

  /** The uses that the cache was not told of. */
  int unreportedUses() {
    return uses;
  }
}
