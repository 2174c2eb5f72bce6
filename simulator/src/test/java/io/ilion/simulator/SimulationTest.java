package io.ilion.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import io.ilion.simulator.Simulation.Options;
import io.ilion.simulator.Simulation.Report;
import io.ilion.simulator.workload.BatchesWorkload;
import io.ilion.simulator.workload.ConditionsWorkload;
import io.ilion.simulator.workload.CountersWorkload;
import io.ilion.simulator.workload.RowsWorkload;
import io.ilion.simulator.workload.SetsWorkload;
import io.ilion.simulator.workload.Workload;
import java.util.EnumSet;
import java.util.List;
import org.junit.jupiter.api.Test;

class SimulationTest {
  @Test
  void oneNodeLosesNothing() {
    for (long seed = 1; seed <= 10; seed++) {
      Report report = run(seed, 1);
      assertThat(report.done()).as("operations done of seed %d", seed).isGreaterThan(300);
    }
  }

  @Test
  void aSeedReplaysARun() {
    assertThat(run(3, 1).hash()).isEqualTo(run(3, 1).hash()).isNotEqualTo(run(4, 1).hash());
  }

  private static Report run(long seed, int nodes) {
    return new Simulation(
            new Options(seed, nodes, nodes, 4, 30, EnumSet.allOf(Faults.Kind.class)), workloads())
        .run();
  }

  private static List<Workload> workloads() {
    return List.of(
        new RowsWorkload(20),
        new SetsWorkload(10),
        new CountersWorkload(10),
        new ConditionsWorkload(5),
        new BatchesWorkload(10));
  }
}
