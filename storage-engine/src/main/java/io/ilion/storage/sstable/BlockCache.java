package io.ilion.storage.sstable;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.stats.CacheStats;
import io.ilion.storage.StorageEngine.CacheStatistics;

/**
 * The blocks in memory, decompressed and checked, within a budget; shared by all files of a node.
 */
public final class BlockCache {
  private static final int OVERHEAD_BYTES = 128;
  private final long capacity;
  private final Cache<Key, byte[]> blocks;

  private record Key(long generation, int block) {
    @Override
    public int hashCode() {
      return Long.hashCode(generation * 0x9e37_79b9L + block) * 31 + block;
    }
  }

  /** A cache of a number of bytes. */
  public BlockCache(long bytes) {
    capacity = bytes;
    blocks =
        Caffeine.newBuilder()
            .maximumWeight(bytes)
            .weigher((Key key, byte[] block) -> block.length + OVERHEAD_BYTES)
            .executor(Runnable::run)
            .recordStats()
            .build();
  }

  /** What it holds, and how often it was asked. */
  public CacheStatistics statistics() {
    CacheStats asked = blocks.stats();
    long bytes = blocks.policy().eviction().orElseThrow().weightedSize().orElse(0);
    return new CacheStatistics(
        capacity, bytes, blocks.estimatedSize(), asked.requestCount(), asked.hitCount());
  }

  byte[] get(long generation, int block) {
    return blocks.getIfPresent(new Key(generation, block));
  }

  void put(long generation, int block, byte[] bytes) {
    blocks.put(new Key(generation, block), bytes);
  }

  /** Drops the blocks of a file that is no more. */
  void drop(long generation, int blockCount) {
    for (int i = 0; i < blockCount; i++) {
      blocks.invalidate(new Key(generation, i));
    }
  }
}
