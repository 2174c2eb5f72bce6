package io.ilion.storage.sstable;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;

/** A cache that keeps what was used last, and nothing else: so that a seed replays a run. */
public final class PlainBlockCache {
  private PlainBlockCache() {}

  /** A cache of a number of bytes, for one thread. */
  public static BlockCache of(long bytes) {
    return new BlockCache(bytes, removed -> new LastUsed(bytes, removed));
  }

  private static final class LastUsed implements CachedBlocks {
    private final long capacity;
    private final Consumer<Block> removed;
    private final Map<Block.Key, Block> blocks = new LinkedHashMap<>(16, 0.75f, true);
    private long bytes;

    LastUsed(long capacity, Consumer<Block> removed) {
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
      while (bytes > capacity) {
        remove(blocks.keySet().iterator().next());
      }
      return true;
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
}
