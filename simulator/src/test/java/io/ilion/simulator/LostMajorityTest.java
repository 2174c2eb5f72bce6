package io.ilion.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import io.ilion.model.Consistency;
import io.ilion.protocol.ErrorDetails;
import io.ilion.protocol.Response;
import io.ilion.protocol.Result;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** Two nodes, of which the one that decides alone on the metadata is lost. */
class LostMajorityTest {
  private static final long SECOND = 1_000_000_000L;

  private static Response execute(
      SimulatedCluster cluster, SimulatedServer server, String cql, Consistency level) {
    return cluster.world().await(new SimulatedClient(cluster, 9).execute(server, cql, level));
  }

  private static void ok(SimulatedCluster cluster, SimulatedServer server, String cql) {
    assertThat(execute(cluster, server, cql, Consistency.ONE)).as(cql).isInstanceOf(Result.class);
  }

  private static UUID voter(SimulatedCluster cluster, SimulatedServer asked) {
    Map<?, ?> state =
        (Map<?, ?>) cluster.world().await(asked.core().operations().run("metadatalog", Map.of()));
    List<?> voters = (List<?>) state.get("voters");
    assertThat(voters).hasSize(1);
    return UUID.fromString((String) ((Map<?, ?>) voters.get(0)).get("host_id"));
  }

  @Test
  void theSurvivorServesAndAnOperatorHasItGoOn() {
    for (long seed = 1; seed <= 3; seed++) {
      SimulatedCluster cluster = new SimulatedCluster(seed, 2);
      SimulatedServer lost = cluster.servers().get(0);
      SimulatedServer survivor = cluster.servers().get(1);
      cluster.startAll();
      cluster.world().until(cluster::isServing);
      ok(
          cluster,
          lost,
          "CREATE KEYSPACE k WITH replication ="
              + " {'class': 'SimpleStrategy', 'replication_factor': 2}");
      ok(cluster, lost, "CREATE TABLE k.t (a int PRIMARY KEY, b int)");
      ok(cluster, survivor, "INSERT INTO k.t (a, b) VALUES (1, 1)");
      UUID voter = voter(cluster, survivor);
      CompletableFuture<Object> early = recover(survivor, voter);
      cluster.world().until(early::isDone);
      assertThat(early).as("seed %d: it is alive", seed).isCompletedExceptionally();

      lost.crash();
      cluster.world().run(30 * SECOND);
      ok(cluster, survivor, "INSERT INTO k.t (a, b) VALUES (2, 2)");
      assertThat(rows(cluster, survivor)).isEqualTo(2);
      assertThat(
              execute(cluster, survivor, "CREATE TABLE k.u (a int PRIMARY KEY)", Consistency.ONE))
          .isInstanceOf(Response.Error.class);
      assertThat(
              execute(
                  cluster, survivor, "INSERT INTO k.t (a, b) VALUES (3, 3)", Consistency.QUORUM))
          .isInstanceOfSatisfying(
              Response.Error.class,
              e -> assertThat(e.details()).isInstanceOf(ErrorDetails.Unavailable.class));

      cluster.world().await(recover(survivor, voter));
      assertThat(voter(cluster, survivor)).as("seed %d", seed).isNotEqualTo(voter);
      ok(cluster, survivor, "CREATE TABLE k.v (a int PRIMARY KEY)");
      ok(cluster, survivor, "INSERT INTO k.v (a) VALUES (1)");

      // It comes back all the same: it takes over what was agreed on, and does not vote.
      lost.start();
      cluster.world().until(cluster::isServing);
      cluster.world().run(10 * SECOND);
      assertThat(voter(cluster, lost)).isEqualTo(voter(cluster, survivor)).isNotEqualTo(voter);
      ok(cluster, lost, "INSERT INTO k.v (a) VALUES (2)");
      ok(cluster, lost, "CREATE TABLE k.w (a int PRIMARY KEY)");
      ok(cluster, survivor, "INSERT INTO k.w (a) VALUES (1)");
      assertThat(rows(cluster, lost)).isEqualTo(2);
    }
  }

  private static CompletableFuture<Object> recover(SimulatedServer survivor, UUID lost) {
    return survivor
        .core()
        .operations()
        .run("recover-metadatalog", Map.of("lost", lost.toString()))
        .toCompletableFuture();
  }

  private static int rows(SimulatedCluster cluster, SimulatedServer server) {
    Result.Rows rows = (Result.Rows) execute(cluster, server, "SELECT * FROM k.t", Consistency.ONE);
    return rows.rows().size();
  }
}
