package io.ilion.conformance.chaos;

import static org.assertj.core.api.Assumptions.assumeThat;

import org.junit.jupiter.api.Test;

/** Runs only when named, as by the profile chaos; {@link ChaosSeeds} has the properties. */
class IlionDriverChaos {
  @Test
  void threeNodesLoseNothing() throws Exception {
    ChaosSeeds.run(ChaosSeeds.Fixed.ILION_DRIVER_THREE_NODES, IlionClient::patient);
  }

  @Test
  void disksAreFilled() throws Exception {
    assumeThat(ChaosSeeds.hasSmallDisks())
        .as("small disks, without which no disk of any run is filled")
        .isTrue();
  }

  @Test
  void aNodeThatReturnsIsWholeWithinAMinute() throws Exception {
    ChaosSeeds.runOutage("ilion-driver", IlionClient::patient);
  }

  @Test
  void aRollingRestartIsNotSeen() throws Exception {
    ChaosSeeds.runRollingRestart("ilion-driver", 3, IlionClient::standard);
  }
}
