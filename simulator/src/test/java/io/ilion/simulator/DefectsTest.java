package io.ilion.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import io.ilion.model.Consistency;
import io.ilion.runtime.simulated.SimulatedNode;
import io.ilion.simulator.Faults.Kind;
import io.ilion.simulator.Simulate.Plan;
import io.ilion.simulator.Simulation.FailedException;
import java.util.EnumSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** The simulator can fail: what is made wrong on purpose is found within a few seeds. */
class DefectsTest {
  @Test
  void aQuorumOfTooFew() {
    Set<Kind> faults = EnumSet.of(Kind.PARTITION, Kind.BAD_LINKS, Kind.KILL);
    assertFound(
        5, new Plan(3, 20, faults, Set.of("rows", "sets"), Consistency.ONE, () -> Defect.NONE));
  }

  @Test
  void acknowledgementsBeforeTheSync() {
    assertFound(
        5,
        new Plan(
            3,
            20,
            EnumSet.of(Kind.BLACKOUT),
            Set.of("rows", "sets"),
            Consistency.QUORUM,
            () -> lyingSyncs("/commitlog/")));
  }

  @Test
  void aSchemaThatIsNotDurable() {
    assertFound(
        5,
        new Plan(
            3,
            20,
            EnumSet.of(Kind.BLACKOUT),
            Set.of("rows"),
            Consistency.QUORUM,
            () -> lyingSyncs("/metadata/")));
  }

  /** Syncs of some files do nothing. */
  private static Defect lyingSyncs(String directory) {
    return new Defect() {
      @Override
      public void machine(SimulatedNode machine) {
        machine.files().setLyingSyncs(path -> path.contains(directory));
      }
    };
  }

  private static void assertFound(int withinSeeds, Plan plan) {
    int found = 0;
    for (long seed = 1; seed <= withinSeeds && found == 0; seed++) {
      try {
        Simulate.run(seed, plan);
      } catch (FailedException e) {
        found++;
      }
    }
    assertThat(found).as("found within %d seeds", withinSeeds).isPositive();
  }
}
