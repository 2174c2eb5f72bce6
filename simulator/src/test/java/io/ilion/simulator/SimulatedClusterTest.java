package io.ilion.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import io.ilion.model.Consistency;
import io.ilion.protocol.Response;
import io.ilion.protocol.Result;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.Test;

class SimulatedClusterTest {
  @Test
  void aNodeKeepsWhatItAcknowledgedThroughACrash() {
    assertThat(run(7)).isEqualTo(run(7)).isNotEqualTo(run(8));
  }

  private static long run(long seed) {
    SimulatedCluster cluster = new SimulatedCluster(seed, 1);
    SimulatedServer server = cluster.servers().get(0);
    SimulatedClient client = new SimulatedClient(cluster, 0);
    cluster.startAll();
    cluster.world().until(cluster::isServing);
    ok(
        cluster,
        client.execute(
            server,
            "CREATE KEYSPACE k WITH replication = "
                + "{'class': 'SimpleStrategy', 'replication_factor': 1}",
            Consistency.ONE));
    ok(
        cluster,
        client.execute(server, "CREATE TABLE k.t (a int PRIMARY KEY, b int)", Consistency.ONE));
    for (int i = 0; i < 100; i++) {
      ok(
          cluster,
          client.execute(
              server, "INSERT INTO k.t (a, b) VALUES (" + i + ", 1)", Consistency.QUORUM));
    }
    server.crash();
    server.start();
    cluster.world().until(cluster::isServing);
    Result.Rows rows =
        (Result.Rows) ok(cluster, client.execute(server, "SELECT * FROM k.t", Consistency.ONE));
    assertThat(rows.rows()).hasSize(100);
    return cluster.world().hash();
  }

  private static Response ok(SimulatedCluster cluster, CompletionStage<Response> stage) {
    Response response = cluster.world().await(stage);
    assertThat(response).isInstanceOf(Result.class);
    return response;
  }
}
