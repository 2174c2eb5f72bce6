package io.ilion.conformance.chaos;

import org.junit.jupiter.api.Test;

/** Runs only when named, as by the profile chaos; {@link ChaosSeeds} has the properties. */
class IlionDriverChaos {
  @Test
  void threeNodesLoseNothing() throws Exception {
    ChaosSeeds.run("ilion-driver", 3, IlionClient::patient);
  }

  @Test
  void aNodeThatReturnsIsWholeWithinAMinute() throws Exception {
    ChaosSeeds.runOutage("ilion-driver", IlionClient::patient);
  }

  @Test
  void aRollingRestartIsNotSeen() throws Exception {
    ChaosSeeds.runRollingRestart("ilion-driver", IlionClient::standard);
  }
}
