package io.ilion.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.ilion.model.Consistency;
import io.ilion.model.ErrorCode;
import io.ilion.protocol.Request;
import io.ilion.protocol.Response;
import io.ilion.protocol.Result;
import io.ilion.runtime.NodeAddress;
import io.ilion.runtime.simulated.SimulatedNode;
import io.ilion.runtime.simulated.SimulatedWorld;
import io.ilion.server.config.Config;
import io.ilion.server.config.Settings;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What one node was told of the schema, every other one knows when it is asked. */
class SchemaNewsTest {
  private static final long SECOND = 1_000_000_000L;
  private static final int NODES = 4;
  private static final int ROUNDS = 20;

  /** More than the changes that the metadata log lets wait. */
  private static final int MANY = 11_000;

  private final SimulatedWorld world = new SimulatedWorld(20261121);
  private final List<SimulatedNode> machines = new ArrayList<>();
  private final List<SimulatedCore> cores = new ArrayList<>();

  @BeforeEach
  void start() throws IOException {
    for (int i = 0; i < NODES; i++) {
      String host = "127.0.0." + (i + 1);
      SimulatedNode machine = world.addNode(new NodeAddress(host, 7000));
      Config config =
          SimulatedCore.config()
              .with(Settings.ADDRESS, host)
              .with(Settings.BROADCAST_ADDRESS, host)
              .with(Settings.SEEDS, List.of("127.0.0.1"))
              .with(Settings.TRUNCATE_REQUEST_TIMEOUT, Duration.ofSeconds(1))
              .with(Settings.REQUEST_TIMEOUT, Duration.ofSeconds(15));
      SimulatedCore core = new SimulatedCore(machine, config);
      machines.add(machine);
      cores.add(core);
      world.await(core.started());
    }
    world.run(10 * SECOND);
  }

  private Response ask(int node, String cql) {
    return world.await(cores.get(node).ask(cql, Consistency.ONE));
  }

  @Test
  void whatOneNodeAcknowledgedIsKnownToAll() {
    int changing = 0;
    for (int round = 0; round < ROUNDS; round++) {
      changing = (changing + 1) % NODES;
      int other = (changing + 1 + round % (NODES - 1)) % NODES;
      String keyspace = "k" + round;
      String table = keyspace + ".t";
      assertThat(
              ask(
                  changing,
                  "CREATE KEYSPACE "
                      + keyspace
                      + " WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}"))
          .isInstanceOf(Result.SchemaChanged.class);
      assertThat(ask(other, "USE " + keyspace)).isInstanceOf(Result.SetKeyspace.class);
      assertThat(ask(changing, "CREATE TABLE " + table + " (k int PRIMARY KEY, v int)"))
          .isInstanceOf(Result.SchemaChanged.class);
      assertThat(ask(other, "INSERT INTO " + table + " (k, v) VALUES (1, 2)"))
          .isInstanceOf(Result.Void.class);
      assertThat(ask(changing, "ALTER TABLE " + table + " ADD w int"))
          .isInstanceOf(Result.SchemaChanged.class);
      Request prepare = new Request.Prepare("SELECT w FROM " + table, null);
      assertThat(world.await(cores.get(other).ask(prepare))).isInstanceOf(Result.Prepared.class);
    }
  }

  @Test
  void manyWhoAskLeaveRoomForAChange() {
    ask(
        0,
        "CREATE KEYSPACE k WITH replication = {'class': 'SimpleStrategy', 'replication_factor':"
            + " 1}");
    world.run(SECOND);
    for (int i = 0; i < NODES - 1; i++) {
      world.network().cut(machines.get(i).address(), machines.get(NODES - 1).address());
    }
    SimulatedCore alone = cores.get(NODES - 1);
    List<CompletionStage<Response>> refused = new ArrayList<>();
    for (int i = 0; i < MANY; i++) {
      refused.add(alone.ask("SELECT * FROM k.t" + i, Consistency.ONE));
    }
    for (int i = 0; i < MANY; i++) {
      assertThat(world.await(refused.get(i)).toString())
          .contains("table t" + i + " does not exist");
    }
    // Nobody has answered those questions yet, and nobody waits for them any more.
    CompletionStage<Response> change =
        alone.ask("CREATE TABLE k.t (k int PRIMARY KEY)", Consistency.ONE);
    world.run(SECOND);
    world.network().heal();
    assertThat(world.await(change)).isInstanceOf(Result.SchemaChanged.class);
  }

  @Test
  void whoReachesNobodyRefusesByWhatItKnows() {
    for (int i = 0; i < NODES - 1; i++) {
      world.network().cut(machines.get(i).address(), machines.get(NODES - 1).address());
    }
    long before = world.nanos();
    assertThat(ask(NODES - 1, "SELECT * FROM k.t").toString())
        .contains("keyspace k does not exist");
    assertThat(world.nanos() - before).isLessThan(2 * SECOND);
  }

  @Test
  void aChangeThatCannotBeDecidedEndsWithItsTime() {
    for (int i = 0; i < NODES - 1; i++) {
      world.network().cut(machines.get(i).address(), machines.get(NODES - 1).address());
    }
    assertIsNotDecidedIn(15);
    world.await(
        cores
            .get(NODES - 1)
            .core()
            .operations()
            .run("settimeout", Map.of("type", "misc", "timeout", "3s")));
    assertIsNotDecidedIn(3);
  }

  private void assertIsNotDecidedIn(long seconds) {
    long before = world.nanos();
    assertThat(
            ask(
                NODES - 1,
                "CREATE KEYSPACE k WITH replication ="
                    + " {'class': 'SimpleStrategy', 'replication_factor': 1}"))
        .isInstanceOfSatisfying(
            Response.Error.class,
            error ->
                assertThat(error.message())
                    .isEqualTo("The schema was not changed: the metadata log has no majority"));
    assertThat(world.nanos() - before).isBetween(seconds * SECOND, (seconds + 1) * SECOND);
  }

  @Test
  void aTruncationThatCannotBeDecidedTimesOut() {
    ask(
        0,
        "CREATE KEYSPACE k WITH replication = {'class': 'SimpleStrategy', 'replication_factor':"
            + " 1}");
    ask(0, "CREATE TABLE k.t (k int PRIMARY KEY)");
    for (int i = 1; i < NODES; i++) {
      world.network().cut(machines.get(0).address(), machines.get(i).address());
    }
    assertThat(ask(0, "TRUNCATE k.t"))
        .isInstanceOfSatisfying(
            Response.Error.class,
            error -> {
              assertThat(error.code()).isEqualTo(ErrorCode.TRUNCATE_ERROR);
              assertThat(error.message())
                  .isEqualTo(
                      "Error during truncate: Truncate timed out - received only 0 responses");
            });
  }
}
