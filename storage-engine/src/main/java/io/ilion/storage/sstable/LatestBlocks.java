package io.ilion.storage.sstable;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Keeps the blocks that were used last. For one thread, and worse than {@link FrequentBlocks} in
 * all but this: that draws at random what it keeps, from a source of its own, and this does not.
 */
final class LatestBlocks implements CachedBlocks {
  private final Consumer<Block> removed;
  private final Map<Block.Key, Block> blocks = new LinkedHashMap<>(16, 0.75f, true);
  private long capacity;
  private long bytes;

  LatestBlocks(long capacity, Consumer<Block> removed) {
    this.capacity = capacity;
    this.removed = removed;
  }

  private static long weight(Block block) {
    return (long) block.bytes.length + BlockCache.OVERHEAD_BYTES;
  }

  @Override
  public Block get(Block.Key key) {
    return blocks.get(key);
  }

  @Override
  public boolean contains(Block.Key key) {
    return blocks.containsKey(key);
  }

  @Override
  public boolean add(Block block) {
    if (blocks.containsKey(block.key)) {
      return false;
    }
    blocks.put(block.key, block);
    bytes += weight(block);
    shrinkTo(capacity);
    return true;
  }

  private void shrinkTo(long most) {
    while (bytes > most) {
      remove(blocks.keySet().iterator().next());
    }
  }

  @Override
  public void clear() {
    shrinkTo(0);
  }

  @Override
  public void setCapacity(long newCapacity) {
    capacity = newCapacity;
    shrinkTo(newCapacity);
  }

  @Override
  public void remove(Block.Key key) {
    Block block = blocks.remove(key);
    if (block != null) {
      bytes -= weight(block);
      removed.accept(block);
    }
  }

  @Override
  public long bytes() {
    return bytes;
  }

  @Override
  public long count() {
    return blocks.size();
  }

  @Override
  public long unreportedUses() {
    return blocks.values().stream().mapToLong(Block::unreportedUses).sum();
  }
}
