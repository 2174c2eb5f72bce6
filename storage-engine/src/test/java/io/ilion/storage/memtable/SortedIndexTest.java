package io.ilion.storage.memtable;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

class SortedIndexTest {
  private static final int KEYS = 3000;

  @Test
  void findsEvenlySpreadKeys() {
    check(random -> bytes(random, 8, 256));
  }

  @Test
  void findsKeysWithFewOrderNumbers() {
    check(
        random -> {
          byte[] key = bytes(random, 12, 256);
          Arrays.fill(key, 0, 8, (byte) random.nextInt(3));
          return key;
        });
  }

  @Test
  void findsKeysInHeaps() {
    check(
        random -> {
          byte[] key = bytes(random, 10, 4);
          Arrays.fill(key, 0, random.nextInt(8), (byte) 0xff);
          return key;
        });
  }

  @Test
  void findsShortKeys() {
    check(random -> bytes(random, random.nextInt(4), 256));
  }

  private static byte[] bytes(SplittableRandom random, int length, int bound) {
    byte[] bytes = new byte[length];
    for (int i = 0; i < length; i++) {
      bytes[i] = (byte) random.nextInt(bound);
    }
    return bytes;
  }

  /** The index answers as a tree does, while it grows. */
  private static void check(Function<SplittableRandom, byte[]> keys) {
    for (long seed : List.of(1L, 2L, 3L)) {
      SplittableRandom random = new SplittableRandom(seed);
      Comparator<byte[]> order = Arrays::compareUnsigned;
      TreeMap<byte[], Long> tree = new TreeMap<>(order);
      Arena arena = new Arena();
      SortedIndex index = new SortedIndex(arena);
      for (int i = 0; i < KEYS; i++) {
        byte[] key = keys.apply(random);
        long prefix = SortedIndex.prefix(key, 0, key.length);
        long place = index.seek(prefix, key, 0, key.length);
        long present = index.match(place, prefix, key, 0, key.length);
        assertThat(present).as("seed %d, key %d", seed, i).isEqualTo(tree.getOrDefault(key, 0L));
        if (present == 0) {
          long added = Node.create(arena, key, 0, key.length);
          tree.put(key, added);
          index.insert(place, prefix, added);
        }
        byte[] other = keys.apply(random);
        long otherPrefix = SortedIndex.prefix(other, 0, other.length);
        long ceiling = index.ceiling(otherPrefix, other, 0, other.length);
        var expected = tree.ceilingEntry(other);
        assertThat(ceiling == SortedIndex.NONE ? 0 : index.at(ceiling))
            .as("seed %d, key %d", seed, i)
            .isEqualTo(expected == null ? 0L : expected.getValue());
      }
      int count = 0;
      var all = tree.values().iterator();
      for (long at = index.first(); at != SortedIndex.NONE; at = index.next(at)) {
        assertThat(index.at(at)).as("seed %d, entry %d", seed, count).isEqualTo(all.next());
        count++;
      }
      assertThat(count).isEqualTo(tree.size());
    }
  }
}
