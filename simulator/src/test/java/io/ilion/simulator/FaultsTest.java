package io.ilion.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Set;
import org.junit.jupiter.api.Test;

class FaultsTest {
  private static final long SECOND = 1_000_000_000L;

  /** A sync has failed, say, and the process has not come to its end yet when the faults do. */
  @Test
  void whoEndsJustAfterTheFaultsIsStartedAgainOnce() {
    SimulatedCluster cluster = new SimulatedCluster(1, 1);
    SimulatedServer server = cluster.servers().get(0);
    cluster.startAll();
    cluster.world().until(cluster::isServing);
    new Faults(cluster, Set.of(), 5, false).end();
    server.kill();
    cluster.world().run(10 * SECOND);
    assertThat(server.isServing()).isTrue();
    // That it ends once more has another reason.
    server.kill();
    cluster.world().run(10 * SECOND);
    assertThat(server.isRunning()).isFalse();
  }

  @Test
  void whoEndsLaterIsNotStartedAgain() {
    SimulatedCluster cluster = new SimulatedCluster(1, 1);
    SimulatedServer server = cluster.servers().get(0);
    cluster.startAll();
    cluster.world().until(cluster::isServing);
    new Faults(cluster, Set.of(), 5, false).end();
    cluster.world().run(40 * SECOND);
    server.kill();
    cluster.world().run(10 * SECOND);
    assertThat(server.isRunning()).isFalse();
  }
}
