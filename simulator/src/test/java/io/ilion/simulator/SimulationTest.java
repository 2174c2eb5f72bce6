package io.ilion.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import io.ilion.simulator.Simulate.Plan;
import io.ilion.simulator.Simulation.Report;
import org.junit.jupiter.api.Test;

/** Fixed seeds; {@code ilion simulate} runs fresh ones. */
class SimulationTest {
  private static final Plan ONE_NODE = Plan.all(1, 15);
  private static final Plan THREE_NODES = Plan.all(3, 5);

  @Test
  void oneNodeLosesNothing() {
    for (long seed = 1; seed <= 8; seed++) {
      Report report = Simulate.run(seed, ONE_NODE);
      assertThat(report.done()).as("operations done of seed %d", seed).isGreaterThan(100);
    }
  }

  @Test
  void threeNodesLoseNothing() {
    for (long seed = 1; seed <= 10; seed++) {
      Report report = Simulate.run(seed, THREE_NODES);
      assertThat(report.done()).as("operations done of seed %d", seed).isGreaterThan(100);
    }
  }

  @Test
  void aSeedReplaysARun() {
    assertThat(Simulate.run(3, THREE_NODES).hash())
        .isEqualTo(Simulate.run(3, THREE_NODES).hash())
        .isNotEqualTo(Simulate.run(4, THREE_NODES).hash());
  }
}
