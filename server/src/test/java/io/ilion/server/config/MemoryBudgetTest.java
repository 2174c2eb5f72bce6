package io.ilion.server.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MemoryBudgetTest {
  private static final long MIB = 1L << 20;

  private static MemoryBudget of(long mebibytes) {
    return MemoryBudget.of(config(mebibytes));
  }

  private static Config config(long mebibytes) {
    return config(mebibytes, Map.of());
  }

  private static Config config(long mebibytes, Map<String, String> settings) {
    Map<String, String> flags = new HashMap<>(settings);
    flags.put("--memory", mebibytes + "MiB");
    return ConfigLoader.load(4, null, Map.of(), flags);
  }

  @ParameterizedTest
  @ValueSource(longs = {256, 300, 400, 512, 700, 1000, 1024, 1100, 1350, 2048, 8192, 262_144})
  void whenEverythingIsFullItFitsIntoTheHeap(long mebibytes) {
    MemoryBudget budget = of(mebibytes);
    assertThat(budget.heap()).isEqualTo(Settings.heap(config(mebibytes)));
    assertThat(budget.sum()).isLessThanOrEqualTo(budget.heap());
  }

  /** The cache has what is left: whoever gives memtables more has a smaller one. */
  @Test
  void theCacheMakesRoomForWhatIsSet() {
    Config config = config(256, Map.of("--memtable-heap-space", "20MiB"));
    assertThat(MemoryBudget.of(config).fileCache()).isLessThan(of(256).fileCache());
    assertThat(MemoryBudget.of(config).sum()).isLessThanOrEqualTo(Settings.heap(config));
    Config most = config(256, Map.of("--memtable-heap-space", "60MiB"));
    assertThat(most.get(Settings.FILE_CACHE_SIZE)).isEqualTo(MIB);
  }

  @Test
  void whatAGigabyteIsFor() {
    MemoryBudget budget = of(1024);
    assertThat(budget.heap() / MIB).isEqualTo(768);
    assertThat(budget.memtables() / MIB).isEqualTo(204);
    assertThat(budget.fileCache() / MIB).isEqualTo(283);
    assertThat(budget.prepared() / MIB).isEqualTo(10);
    assertThat(budget.requests() / MIB).isEqualTo(102);
    assertThat(budget.results() / MIB).isEqualTo(64);
    assertThat(budget.answers() / MIB).isEqualTo(19);
    assertThat(budget.work() / MIB).isEqualTo(16);
    assertThat(budget.outgoing() / MIB).isEqualTo(32);
    assertThat(budget.held() / MIB).isEqualTo(6);
    assertThat(budget.incoming() / MIB).isEqualTo(6);
    assertThat(budget.hints() / MIB).isEqualTo(6);
    assertThat(budget.promises() / MIB).isEqualTo(6);
  }

  /** With the least memory there is room for everything, if for little of it. */
  @Test
  void theLeastMemoryHasRoomForEverything() {
    MemoryBudget budget = of(256);
    assertThat(budget.memtables()).isGreaterThan(12 * MIB);
    assertThat(budget.fileCache()).isGreaterThan(8 * MIB);
    assertThat(budget.results()).isGreaterThan(6 * MIB);
    assertThat(budget.outgoing()).isGreaterThan(3 * MIB);
    assertThat(budget.answers()).isGreaterThan(2 * MIB);
    assertThat(budget.work()).isGreaterThan(MIB);
    assertThat(budget.hints()).isGreaterThan(MIB / 2);
  }
}
