package io.ilion.storage.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.ilion.storage.TableFile;
import java.lang.reflect.Proxy;
import org.junit.jupiter.api.Test;

class ReadCostTest {
  private static final long RAW_BYTES = 1_000;

  private ReadCost cost = new ReadCost(RAW_BYTES / 2);
  private long missedBytes;
  private final TableFile[] files = {file()};

  private TableFile file() {
    return (TableFile)
        Proxy.newProxyInstance(
            TableFile.class.getClassLoader(),
            new Class<?>[] {TableFile.class},
            (proxy, method, arguments) ->
                switch (method.getName()) {
                  case "rawBytes" -> RAW_BYTES;
                  case "missedBytes" -> missedBytes;
                  default -> throw new UnsupportedOperationException(method.getName());
                });
  }

  /**
   * Whether some reads of partitions that two files have, and that miss the cache, ask for a look.
   */
  private boolean readAndMiss(long bytes) {
    boolean looks = false;
    for (int i = 0; i < 32; i++) {
      missedBytes += bytes / 32;
      looks |= cost.sampled(2, files);
    }
    return looks;
  }

  @Test
  void halfOfWhatIsMissedCounts() {
    // What was missed before is nobody's cost.
    missedBytes = 1_000_000;
    assertThat(readAndMiss(RAW_BYTES)).isFalse();
    assertThat(cost.isWorthMerging(files)).isFalse();
    assertThat(readAndMiss(2 * RAW_BYTES)).isTrue();
    assertThat(cost.isWorthMerging(files)).isTrue();
  }

  /** Three reads of four miss a cache of 250, and two of four would still, so a third is spared. */
  @Test
  void whatWouldMissAllTheSameDoesNotCount() {
    cost = new ReadCost(RAW_BYTES / 4);
    assertThat(readAndMiss(5 * RAW_BYTES)).isFalse();
    assertThat(cost.isWorthMerging(files)).isFalse();
    assertThat(readAndMiss(2 * RAW_BYTES)).isTrue();
    assertThat(cost.isWorthMerging(files)).isTrue();
  }

  @Test
  void noMergeHelpsWhatIsManyTimesTheCache() {
    cost = new ReadCost(RAW_BYTES / 8 - 1);
    assertThat(readAndMiss(1_000_000 * RAW_BYTES)).isFalse();
    assertThat(cost.isWorthMerging(files)).isFalse();
  }

  @Test
  void afterALookReadsPayAgain() {
    assertThat(readAndMiss(4 * RAW_BYTES)).isTrue();
    assertThat(cost.isWorthMerging(files)).isTrue();
    assertThat(readAndMiss(RAW_BYTES)).isFalse();
    assertThat(cost.isWorthMerging(files)).isFalse();
    assertThat(readAndMiss(4 * RAW_BYTES)).isTrue();
  }
}
