package io.ilion.storage.sstable;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.RemovalCause;
import java.util.function.Consumer;

/** Keeps the blocks that were used often and lately, as Caffeine sees it. */
final class FrequentBlocks implements CachedBlocks {
  private final Cache<Block.Key, Block> blocks;

  FrequentBlocks(long bytes, Consumer<Block> removed) {
    blocks =
        Caffeine.newBuilder()
            .maximumWeight(bytes)
            .weigher((Block.Key key, Block block) -> block.bytes.length + BlockCache.OVERHEAD_BYTES)
            .removalListener(
                (Block.Key key, Block block, RemovalCause cause) -> removed.accept(block))
            .executor(Runnable::run)
            .build();
  }

  @Override
  public Block get(Block.Key key) {
    return blocks.getIfPresent(key);
  }

  @Override
  public boolean contains(Block.Key key) {
    return blocks.asMap().containsKey(key);
  }

  @Override
  public boolean add(Block block) {
    return blocks.asMap().putIfAbsent(block.key, block) == null;
  }

  @Override
  public void remove(Block.Key key) {
    blocks.invalidate(key);
  }

  @Override
  public void clear() {
    blocks.invalidateAll();
  }

  @Override
  public void setCapacity(long bytes) {
    blocks.policy().eviction().orElseThrow().setMaximum(bytes);
    blocks.cleanUp();
  }

  @Override
  public long bytes() {
    return blocks.policy().eviction().orElseThrow().weightedSize().orElse(0);
  }

  @Override
  public long count() {
    return blocks.estimatedSize();
  }

  @Override
  public long unreportedUses() {
    long uses = 0;
    for (Block block : blocks.asMap().values()) {
      uses += block.unreportedUses();
    }
    return uses;
  }
}
