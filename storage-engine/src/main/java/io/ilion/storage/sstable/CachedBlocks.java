package io.ilion.storage.sstable;

/** The blocks that are in memory, and the choice which of them stay. Any thread may call it. */
interface CachedBlocks {

  /** A block, which is used by that; null if it is not here. */
  Block get(Block.Key key);

  /** Whether a block is here. */
  boolean contains(Block.Key key);

  /** Takes a block, and maybe lets others go; false if one with its key is here, which stays. */
  boolean add(Block block);

  /** Lets a block go. */
  void remove(Block.Key key);

  /** Lets all blocks go. */
  void clear();

  /** Keeps no more bytes than this from now on. */
  void setCapacity(long bytes);

  /** The bytes of all blocks, with what it takes to keep them. */
  long bytes();

  /** The number of blocks. */
  long count();

  /** The uses of all blocks that were not reported yet. */
  long unreportedUses();
}
