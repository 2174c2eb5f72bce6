package io.ilion.storage.memtable;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.ToLongFunction;
import org.junit.jupiter.api.Test;

class PartitionTableTest {
  private static final int KEYS = 30_000;

  @Test
  void findsEvenlySpreadTokens() {
    check(SplittableRandom::nextLong);
  }

  /** As those of a node that owns a small part of the ring. */
  @Test
  void findsTokensOfOneShard() {
    check(random -> random.nextLong() >>> 20);
  }

  @Test
  void findsKeysWithTheSameTokens() {
    check(random -> random.nextInt(3000) * 0x1234_5678_9abc_defL);
  }

  @Test
  void findsTheTokensAtTheEnds() {
    check(random -> random.nextBoolean() ? Long.MAX_VALUE - random.nextInt(9) : Long.MIN_VALUE + 1);
  }

  /** The table answers as a map does, while it grows. */
  private static void check(ToLongFunction<SplittableRandom> tokens) {
    SplittableRandom random = new SplittableRandom(5);
    Arena arena = new Arena();
    SortedIndex index = new SortedIndex(arena);
    PartitionTable table = new PartitionTable(arena, index);
    Map<ByteBuffer, Long> map = new HashMap<>();
    for (int i = 0; i < KEYS; i++) {
      long token = tokens.applyAsLong(random);
      byte[] key = key(token, random);
      ByteBuffer wrapped = ByteBuffer.wrap(key);
      assertThat(table.find(token, key, 0, key.length))
          .as("key %d", i)
          .isEqualTo(map.getOrDefault(wrapped, 0L));
      if (!map.containsKey(wrapped)) {
        long node = Node.create(arena, key, 0, key.length);
        index.insert(index.seek(token, key, 0, key.length), token, node);
        table.add(token, node);
        map.put(wrapped, node);
      }
    }
    map.forEach(
        (wrapped, node) -> {
          byte[] key = new byte[wrapped.capacity()];
          wrapped.get(0, key);
          assertThat(table.find(wrapped.getLong(0), key, 0, key.length)).isEqualTo(node);
        });
  }

  /** Keys that begin with their token, so that the test knows it. */
  private static byte[] key(long token, SplittableRandom random) {
    return ByteBuffer.allocate(9).putLong(token).put((byte) random.nextInt(8)).array();
  }
}
