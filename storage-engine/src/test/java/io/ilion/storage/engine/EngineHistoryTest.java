package io.ilion.storage.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import org.junit.jupiter.api.Test;

/** Random histories with every kind of trouble, against the naive twin; see {@link History}. */
class EngineHistoryTest {
  private static final int STEPS = 500;

  @Test
  void agreesWithTheNaiveTwin() throws IOException {
    runAll(0, 30, false);
  }

  @Test
  void purgedDeletionsNeverBringAnythingBack() throws IOException {
    runAll(1000, 1030, true);
  }

  @Test
  void theSameSeedGivesTheSameHistory() throws IOException {
    for (int seed = 0; seed < 3; seed++) {
      long first = new History(seed, seed % 2 == 0, Defects.NONE).run(STEPS).hash();
      long second = new History(seed, seed % 2 == 0, Defects.NONE).run(STEPS).hash();
      assertThat(second).describedAs("seed %d", seed).isEqualTo(first);
    }
  }

  private static void runAll(int from, int to, boolean purging) throws IOException {
    for (int seed = from; seed < to; seed++) {
      new History(seed, purging, Defects.NONE).run(STEPS);
    }
  }
}
