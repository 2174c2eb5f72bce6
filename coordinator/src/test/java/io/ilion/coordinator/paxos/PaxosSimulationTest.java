package io.ilion.coordinator.paxos;

import static org.assertj.core.api.Assertions.assertThat;

import io.ilion.runtime.simulated.check.LinearizabilityChecker;
import org.junit.jupiter.api.Test;

/** Histories of conditional updates are linearizable, whatever happens. */
class PaxosSimulationTest {
  private static final long FIRST = Long.getLong("ilion.seed", 1);
  private static final int SEEDS = Integer.getInteger("ilion.seeds", 40);
  private static final long MILLIS = 6_000;

  @Test
  void historiesAreLinearizable() {
    int known = 0;
    int applied = 0;
    for (long seed = FIRST; seed < FIRST + SEEDS; seed++) {
      PaxosHistory history = new PaxosHistory(seed, PaxosCluster.Defects.NONE);
      LinearizabilityChecker.Result result = history.run(MILLIS);
      assertThat(result.isLinearizable()).as("%s: %s", history, result.explanation()).isTrue();
      known += history.known();
      applied += history.applied();
    }
    assertThat(known).isGreaterThan(SEEDS * 20);
    assertThat(applied).isGreaterThan(SEEDS * 5);
  }

  @Test
  void aSeedReplaysARun() {
    long[] hashes = new long[2];
    for (int i = 0; i < 2; i++) {
      PaxosHistory history = new PaxosHistory(FIRST + 1, PaxosCluster.Defects.NONE);
      history.run(MILLIS);
      hashes[i] = history.hash();
    }
    assertThat(hashes[0]).isEqualTo(hashes[1]);
  }
}
