package io.ilion.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import io.ilion.model.Consistency;
import io.ilion.protocol.Response;
import io.ilion.protocol.Result;
import io.ilion.server.config.Settings;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What was agreed on, and was deleted since, stays deleted when the deletion is purged too. */
class PurgedConditionsTest {
  private static final long SECOND = 1_000_000_000L;
  private static final Duration MARGIN = Duration.ofSeconds(20);

  private final SimulatedCluster cluster =
      new SimulatedCluster(
          11,
          3,
          Defect.NONE,
          usual ->
              usual
                  .with(Settings.AUTO_REPAIR_ENABLED, false)
                  .with(Settings.REPAIR_PURGE_MARGIN, MARGIN));
  private final SimulatedClient client = new SimulatedClient(cluster, 0);

  @BeforeEach
  void start() {
    cluster.startAll();
    cluster.world().until(cluster::isServing);
    ok(
        0,
        "CREATE KEYSPACE k WITH replication ="
            + " {'class': 'SimpleStrategy', 'replication_factor': 3}",
        Consistency.ONE);
    ok(0, "CREATE TABLE k.t (a int PRIMARY KEY, b int) WITH gc_grace_seconds = 1", Consistency.ONE);
    cluster.world().run(10 * SECOND);
  }

  private <T> T await(CompletionStage<T> stage) {
    return cluster.world().await(stage);
  }

  private Response ok(int server, String cql, Consistency level) {
    Response response = await(client.execute(cluster.servers().get(server), cql, level));
    assertThat(response).as(cql).isInstanceOf(Result.class);
    return response;
  }

  private List<byte[][]> rows(int server, String cql, Consistency level) {
    return ((Result.Rows) ok(server, cql, level)).rows();
  }

  /** A server decides with one other, and the third one gets the row alone, by a hint. */
  private void insertWithout(int missing, int key) {
    SimulatedServer without = cluster.servers().get(missing);
    without.kill();
    cluster.world().run(30 * SECOND);
    ok(
        (missing + 1) % 3,
        "INSERT INTO k.t (a, b) VALUES (" + key + ", 1) IF NOT EXISTS",
        Consistency.QUORUM);
    without.start();
    cluster.world().until(cluster::isServing);
    cluster.world().run(60 * SECOND);
  }

  private void repairAndPurge() {
    cluster.world().run(3 * MARGIN.toNanos());
    assertThat(await(new ReplicaComparison(cluster, "k").repair())).isZero();
    cluster.world().run(5 * SECOND);
    for (SimulatedServer server : cluster.servers()) {
      await(server.core().operations().run("compact", Map.of("keyspace", "k.t")));
    }
  }

  @Test
  void aReplicaThatMissedACommitIsNotGivenItWhenTheDeletionIsPurged() {
    insertWithout(2, 1);
    assertThat(rows(2, "SELECT b FROM k.t WHERE a = 1", Consistency.ALL)).hasSize(1);
    ok(0, "DELETE FROM k.t WHERE a = 1", Consistency.ALL);
    repairAndPurge();
    for (int other = 0; other < 2; other++) {
      // Two of three, of whom one knows of the commit and the other does not.
      cluster
          .world()
          .network()
          .partition(
              Set.of(cluster.servers().get(other).machine().address()),
              Set.of(
                  cluster.servers().get(1 - other).machine().address(),
                  cluster.servers().get(2).machine().address()));
      cluster.world().run(30 * SECOND);
      assertThat(rows(2, "SELECT b FROM k.t WHERE a = 1", Consistency.SERIAL)).isEmpty();
      cluster.world().network().heal();
      cluster.world().run(30 * SECOND);
    }
    assertThat(rows(0, "SELECT b FROM k.t WHERE a = 1", Consistency.ALL)).isEmpty();
    ok(1, "INSERT INTO k.t (a, b) VALUES (1, 2) IF NOT EXISTS", Consistency.QUORUM);
    assertThat(rows(0, "SELECT b FROM k.t WHERE a = 1", Consistency.SERIAL)).hasSize(1);
  }

  private void compactStates() {
    for (SimulatedServer server : cluster.servers()) {
      await(server.core().operations().run("compact", Map.of("keyspace", "system.paxos")));
    }
  }

  private void expectStates(int count) {
    for (int server = 0; server < cluster.servers().size(); server++) {
      assertThat(rows(server, "SELECT cf_id FROM system.paxos", Consistency.ONE)).hasSize(count);
    }
  }

  @Test
  void whatAgreementsLeaveBehindIsForgottenWhenItIsFinished() {
    for (int key = 0; key < 40; key++) {
      ok(key % 3, "INSERT INTO k.t (a, b) VALUES (" + key + ", 1) IF NOT EXISTS", Consistency.ALL);
    }
    compactStates();
    expectStates(40);
    repairAndPurge();
    ok(1, "UPDATE k.t SET b = 2 WHERE a = 0 IF b = 1", Consistency.ALL);
    compactStates();
    expectStates(1);
    for (int key = 0; key < 40; key++) {
      int value = key == 0 ? 2 : 1;
      List<byte[][]> found = rows(2, "SELECT b FROM k.t WHERE a = " + key, Consistency.SERIAL);
      assertThat(found.get(0)[0][3]).as("key %d", key).isEqualTo((byte) value);
      String update = "UPDATE k.t SET b = 3 WHERE a = " + key + " IF b = ";
      assertThat(rows(1, update + (3 - value), Consistency.ALL).get(0)[0][0]).isZero();
      assertThat(rows(0, update + value, Consistency.ALL).get(0)[0][0]).isEqualTo((byte) 1);
    }
    ok(0, "DROP TABLE k.t", Consistency.ONE);
    cluster.world().run(10 * SECOND);
    compactStates();
    expectStates(0);
  }

  @Test
  void whoJoinsWhenTheDeletionIsPurgedDoesNotApplyWhatWasCommitted() {
    for (int key = 0; key < 40; key++) {
      ok(key % 3, "INSERT INTO k.t (a, b) VALUES (" + key + ", 1) IF NOT EXISTS", Consistency.ALL);
    }
    cluster.world().run(SECOND);
    for (int key = 0; key < 40; key++) {
      ok(key % 3, "DELETE FROM k.t WHERE a = " + key, Consistency.ALL);
    }
    repairAndPurge();
    SimulatedServer newcomer = cluster.add();
    newcomer.start();
    cluster.world().until(cluster::isServing);
    cluster.world().run(10 * SECOND);
    for (int key = 0; key < 40; key++) {
      assertThat(rows(3, "SELECT b FROM k.t WHERE a = " + key, Consistency.ALL))
          .as("key %d", key)
          .isEmpty();
      assertThat(rows(3, "SELECT b FROM k.t WHERE a = " + key, Consistency.SERIAL))
          .as("key %d", key)
          .isEmpty();
    }
  }
}
