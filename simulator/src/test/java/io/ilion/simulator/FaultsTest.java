package io.ilion.simulator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ilion.model.Consistency;
import io.ilion.runtime.simulated.SimulatedFiles;
import io.ilion.simulator.Faults.Kind;
import io.ilion.simulator.workload.Workload.ViolationException;
import java.util.List;
import java.util.Map;
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

  /** What has rotten of a node's own tables is mended, whatever happens to those of clients. */
  @Test
  void nothingExcusesWhoDoesNotStartWhenNothingIsRotten() {
    SimulatedCluster cluster = new SimulatedCluster(1, 1);
    SimulatedServer server = cluster.servers().get(0);
    cluster.startAll();
    cluster.world().until(cluster::isServing);
    SimulatedClient client = new SimulatedClient(cluster, 0);
    for (String cql :
        List.of(
            "CREATE KEYSPACE own WITH replication ="
                + " {'class': 'SimpleStrategy', 'replication_factor': 1}",
            "CREATE TABLE own.t (a int PRIMARY KEY)",
            "INSERT INTO own.t (a) VALUES (1)")) {
      cluster.world().await(client.execute(server, cql, Consistency.ONE));
    }
    cluster.world().await(server.core().operations().run("flush", Map.of("keyspace", "own")));
    Faults faults = new Faults(cluster, Set.of(Kind.ROT), 5, true);
    faults.begin();
    cluster.world().until(() -> faults.counts().containsKey(Kind.ROT));
    faults.end();
    assertThat(faults.rotten()).isNull();
    server.kill();
    SimulatedFiles files = server.machine().files();
    for (String path : files.paths()) {
      if (path.contains("/data/manifest")) {
        files.setBytes(path, new byte[1]);
      }
    }
    assertThatThrownBy(server::start).isInstanceOf(ViolationException.class);
  }
}
