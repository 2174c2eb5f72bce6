package io.ilion.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import io.ilion.simulator.Simulation.Report;
import org.junit.jupiter.api.Test;

class SimulationTest {
  private static final int SECONDS = 30;

  @Test
  void oneNodeLosesNothing() {
    for (long seed = 1; seed <= 10; seed++) {
      Report report = Simulate.run(seed, Simulate.Plan.all(1, SECONDS));
      assertThat(report.done()).as("operations done of seed %d", seed).isGreaterThan(300);
    }
  }

  @Test
  void aSeedReplaysARun() {
    assertThat(Simulate.run(3, Simulate.Plan.all(1, SECONDS)).hash())
        .isEqualTo(Simulate.run(3, Simulate.Plan.all(1, SECONDS)).hash())
        .isNotEqualTo(Simulate.run(4, Simulate.Plan.all(1, SECONDS)).hash());
  }
}
