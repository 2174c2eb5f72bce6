package io.ilion.server.operations;

import static org.assertj.core.api.Assertions.assertThat;

import io.ilion.server.operations.PartitionCounts.Count;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class PartitionCountsTest {
  private static final UUID TABLE = new UUID(1, 1);
  private static final UUID OTHER = new UUID(2, 2);

  private static byte[] key(int number) {
    return new byte[] {(byte) (number >> 8), (byte) number};
  }

  private static int number(Count count) {
    byte[] key = count.partition().key();
    return (key[0] & 0xff) << 8 | key[1] & 0xff;
  }

  @Test
  void fewPartitionsAreCountedExactly() {
    PartitionCounts counts = new PartitionCounts(Set.of(TABLE), 4, 2);
    for (int i = 0; i < 3; i++) {
      counts.wrote(0, TABLE, key(1), 100);
    }
    counts.wrote(1, TABLE, key(2), 1000);
    counts.wrote(1, OTHER, key(3), 1000);
    counts.read(1, TABLE, key(2));
    assertThat(counts.writes()).isEqualTo(4);
    assertThat(counts.reads()).isEqualTo(1);
    List<Count> written = counts.mostWritten(10);
    assertThat(written).extracting(Count::count).containsExactly(3L, 1L);
    assertThat(written).extracting(Count::error).containsExactly(0L, 0L);
    assertThat(written).extracting(Count::bytes).containsExactly(300L, 1000L);
    assertThat(counts.mostRead(10)).hasSize(1);
    assertThat(counts.mostWritten(1)).hasSize(1);
  }

  @Test
  void aKeyWhoseArrayIsUsedAgainStaysWhatItWas() {
    PartitionCounts counts = new PartitionCounts(Set.of(TABLE), 4, 1);
    byte[] reused = key(1);
    counts.read(0, TABLE, reused);
    reused[1] = 9;
    counts.read(0, TABLE, key(1));
    assertThat(counts.mostRead(10)).extracting(Count::count).containsExactly(2L);
  }

  @Test
  void theBusiestOfManyAreFoundAndTheErrorIsKnown() {
    long seed = 4711;
    SplittableRandom random = new SplittableRandom(seed);
    PartitionCounts counts = new PartitionCounts(Set.of(TABLE), 64, 1);
    Map<Integer, Integer> exact = new HashMap<>();
    for (int i = 0; i < 20_000; i++) {
      int number = random.nextInt(3) == 0 ? random.nextInt(5) : random.nextInt(2000);
      exact.merge(number, 1, Integer::sum);
      counts.read(0, TABLE, key(number));
    }
    List<Count> most = counts.mostRead(5);
    assertThat(most)
        .as("seed %d", seed)
        .extracting(PartitionCountsTest::number)
        .containsExactlyInAnyOrder(0, 1, 2, 3, 4);
    for (Count count : counts.mostRead(64)) {
      long real = exact.get(number(count));
      assertThat(count.count()).as("seed %d", seed).isBetween(real, real + count.error());
    }
  }
}
