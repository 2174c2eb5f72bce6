package io.ilion.conformance.chaos;

import org.junit.jupiter.api.Test;

/** Runs only when named, as by the profile chaos; {@link ChaosSeeds} has the properties. */
class ApacheDriverChaos {
  @Test
  void threeNodesLoseNothing() throws Exception {
    ChaosSeeds.run("apache-driver", 3, ApacheClient::patient);
  }

  @Test
  void fiveNodesLoseNothing() throws Exception {
    ChaosSeeds.run("apache-driver", 5, ApacheClient::patient);
  }

  @Test
  void aRollingRestartIsNotSeen() throws Exception {
    ChaosSeeds.runRollingRestart("apache-driver", ApacheClient::standard);
  }
}
