package io.ilion.conformance.chaos;

import org.junit.jupiter.api.Test;

/** Runs only when named, as by the profile chaos; {@link ChaosSeeds} has the properties. */
class ApacheDriverChaos {
  @Test
  void threeNodesLoseNothing() throws Exception {
    ChaosSeeds.run(ChaosSeeds.Fixed.APACHE_DRIVER_THREE_NODES, ApacheClient::patient);
  }

  @Test
  void fiveNodesLoseNothing() throws Exception {
    ChaosSeeds.run(ChaosSeeds.Fixed.APACHE_DRIVER_FIVE_NODES, ApacheClient::patient);
  }

  @Test
  void aRollingRestartIsNotSeen() throws Exception {
    ChaosSeeds.runRollingRestart("apache-driver", 3, ApacheClient::standard);
  }

  @Test
  void aRollingRestartOfFiveNodesIsNotSeen() throws Exception {
    ChaosSeeds.runRollingRestart("apache-driver", 5, ApacheClient::standard);
  }
}
