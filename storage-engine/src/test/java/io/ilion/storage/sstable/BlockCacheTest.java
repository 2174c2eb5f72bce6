package io.ilion.storage.sstable;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

class BlockCacheTest {
  private static final int LENGTH = 100;

  private final AtomicReferenceArray<Block> slots = new AtomicReferenceArray<>(4);
  private Reports reports;
  private final BlockCache cache =
      new BlockCache(1 << 20, removed -> reports = new Reports(removed));

  @Test
  void tellsOfSomeUsesAtATime() {
    put(0);
    use(0, BlockCache.USES_AT_ONCE - 1);
    assertThat(reports.count).isZero();
    use(0, 1);
    assertThat(reports.count).isEqualTo(1);
    use(0, 10 * BlockCache.USES_AT_ONCE);
    assertThat(reports.count).isEqualTo(11);
  }

  @Test
  void tellsOfFewUsesWhileNoBlockComes() {
    put(0);
    becomeCalm();
    use(0, BlockCache.USES_AT_ONCE_CALM - 1);
    assertThat(reports.count).isZero();
    use(0, 1);
    assertThat(reports.count).isEqualTo(1);
    use(0, 10 * BlockCache.USES_AT_ONCE_CALM);
    assertThat(reports.count).isEqualTo(11);
  }

  @Test
  void isCalmNoMoreWhenABlockComes() {
    put(0);
    becomeCalm();
    put(1);
    use(1, 10 * BlockCache.USES_AT_ONCE);
    assertThat(reports.count).isEqualTo(10);
  }

  @Test
  void countsEveryUse() {
    put(0);
    put(1);
    use(0, 5);
    use(1, 13);
    assertThat(cache.statistics().hits()).isEqualTo(18);
    assertThat(cache.statistics().requests()).isEqualTo(20);
    cache.drop(slots.get(1));
    assertThat(cache.statistics().hits()).isEqualTo(18);
    assertThat(slots.get(1)).isNull();
    becomeCalm();
    long before = cache.statistics().hits();
    use(0, 1_000);
    assertThat(cache.statistics().hits()).isEqualTo(before + 1_000);
  }

  @Test
  void shrinksAndForgetsWhileItIsUsed() {
    for (BlockCache each : List.of(new BlockCache(1 << 20), BlockCache.replayable(1 << 20))) {
      AtomicReferenceArray<Block> places = new AtomicReferenceArray<>(32);
      for (int i = 0; i < places.length(); i++) {
        Block block = each.take(new Block.Key(1, i), LENGTH);
        each.put(places, i, block);
        block.release();
      }
      long all = each.statistics().bytes();
      each.setCapacity(all / 4);
      assertThat(each.statistics().capacityBytes()).isEqualTo(all / 4);
      assertThat(each.statistics().bytes()).isPositive().isLessThanOrEqualTo(all / 4);
      each.setCapacity(all);
      Block kept = each.take(new Block.Key(2, 0), LENGTH);
      each.put(places, 0, kept);
      each.clear();
      assertThat(each.statistics().bytes()).isZero();
      for (int i = 0; i < places.length(); i++) {
        assertThat(places.get(i)).isNull();
      }
      kept.release();
    }
  }

  private void put(int slot) {
    Block block = cache.take(new Block.Key(1, slot), LENGTH);
    cache.put(slots, slot, block);
    block.release();
  }

  private void use(int slot, int times) {
    for (int i = 0; i < times; i++) {
      Block block = cache.get(slots, slot);
      assertThat(block).isNotNull();
      block.release();
    }
  }

  /** Uses the first block until the cache is calm, and forgets the reports. */
  private void becomeCalm() {
    for (int i = 0; i < BlockCache.CALM * BlockCache.USES_AT_ONCE; i++) {
      cache.get(slots, 0).release();
    }
    reports.count = 0;
  }

  /** Keeps all blocks, and counts the uses that it is told of. */
  private static final class Reports implements CachedBlocks {
    private final Consumer<Block> removed;
    private final Map<Block.Key, Block> blocks = new HashMap<>();
    private int count;

    Reports(Consumer<Block> removed) {
      this.removed = removed;
    }

    @Override
    public Block get(Block.Key key) {
      count++;
      return blocks.get(key);
    }

    @Override
    public boolean contains(Block.Key key) {
      return blocks.containsKey(key);
    }

    @Override
    public boolean add(Block block) {
      return blocks.putIfAbsent(block.key, block) == null;
    }

    @Override
    public void remove(Block.Key key) {
      removed.accept(blocks.remove(key));
    }

    @Override
    public void clear() {
      blocks.values().forEach(removed);
      blocks.clear();
    }

    @Override
    public void setCapacity(long bytes) {
      throw new UnsupportedOperationException();
    }

    @Override
    public long bytes() {
      return 0;
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
