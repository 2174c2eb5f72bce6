package io.ilion.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ilion.model.Consistency;
import io.ilion.protocol.Event;
import io.ilion.protocol.Response;
import io.ilion.protocol.Result;
import io.ilion.runtime.NodeAddress;
import io.ilion.runtime.simulated.SimulatedNode;
import io.ilion.runtime.simulated.SimulatedWorld;
import io.ilion.server.config.Config;
import io.ilion.server.config.Settings;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.Test;

class NodeCoreTest {
  private final SimulatedWorld world = new SimulatedWorld(1);

  private Response ask(SimulatedCore core, String cql) {
    return world.await(core.ask(cql, Consistency.ONE));
  }

  @Test
  void aNodeNeedsNothingButItsRuntimeAndSurvivesThePower() throws IOException {
    SimulatedNode machine = world.addNode();
    SimulatedCore core = new SimulatedCore(machine, SimulatedCore.config());
    world.await(core.started());
    assertThat(
            ask(
                core,
                "CREATE KEYSPACE k WITH replication ="
                    + " {'class': 'SimpleStrategy', 'replication_factor': 1}"))
        .isInstanceOf(Result.SchemaChanged.class);
    assertThat(ask(core, "CREATE TABLE k.t (k int PRIMARY KEY, v text)"))
        .isInstanceOf(Result.SchemaChanged.class);
    assertThat(core.events()).hasSize(2);
    for (int i = 0; i < 50; i++) {
      assertThat(ask(core, "INSERT INTO k.t (k, v) VALUES (" + i + ", 'v" + i + "')"))
          .isInstanceOf(Result.Void.class);
    }
    machine.crash();

    core = new SimulatedCore(machine, SimulatedCore.config());
    world.await(core.started());
    for (int i = 0; i < 50; i++) {
      assertThat(SimulatedCore.rows(ask(core, "SELECT v FROM k.t WHERE k = " + i)))
          .containsExactly(new byte[][] {("v" + i).getBytes(StandardCharsets.UTF_8)});
    }
    assertThat(ask(core, "DROP KEYSPACE k")).isInstanceOf(Result.SchemaChanged.class);
    assertThat(ask(core, "SELECT * FROM k.t")).isInstanceOf(Response.Error.class);
  }

  @Test
  void aTableIsFlushedOnRequest() throws IOException {
    SimulatedCore core = new SimulatedCore(world.addNode(), SimulatedCore.config());
    world.await(core.started());
    ask(
        core,
        "CREATE KEYSPACE k WITH replication ="
            + " {'class': 'SimpleStrategy', 'replication_factor': 1}");
    ask(core, "CREATE TABLE k.t (k int PRIMARY KEY, v text)");
    ask(core, "INSERT INTO k.t (k, v) VALUES (1, 'v')");
    assertThat(world.await(core.core().operations().run("flush", Map.of("keyspace", "k"))))
        .isEqualTo(Map.of("tables", 1));
    assertThatThrownBy(
            () ->
                world.await(
                    core.core()
                        .operations()
                        .run("flush", Map.of("keyspace", "k", "tables", List.of("u")))))
        .hasStackTraceContaining("there is no table named 'k.u'");
  }

  @Test
  void nodesFindEachOtherAndHaveOneSchema() throws IOException {
    List<SimulatedNode> machines = new ArrayList<>();
    for (int i = 1; i <= 3; i++) {
      machines.add(world.addNode(new NodeAddress("127.0.0." + i, 7000)));
    }
    List<SimulatedCore> cores = new ArrayList<>();
    for (SimulatedNode machine : machines) {
      cores.add(new SimulatedCore(machine, member(machine)));
    }
    for (SimulatedCore core : cores) {
      world.await(core.started());
    }
    assertThat(
            ask(
                cores.get(1),
                "CREATE KEYSPACE k WITH replication ="
                    + " {'class': 'SimpleStrategy', 'replication_factor': 3}"))
        .isInstanceOf(Result.SchemaChanged.class);
    CompletionStage<Response> one =
        cores.get(0).ask("CREATE TABLE k.one (k int PRIMARY KEY)", Consistency.ONE);
    CompletionStage<Response> two =
        cores.get(2).ask("CREATE TABLE k.two (k int PRIMARY KEY)", Consistency.ONE);
    assertThat(world.await(one)).isInstanceOf(Result.SchemaChanged.class);
    assertThat(world.await(two)).isInstanceOf(Result.SchemaChanged.class);
    world.run(5_000_000_000L);
    for (SimulatedCore core : cores) {
      assertThat(SimulatedCore.rows(ask(core, "SELECT peer FROM system.peers_v2"))).hasSize(2);
      List<byte[]> tables = new ArrayList<>();
      SimulatedCore.rows(
              ask(core, "SELECT table_name FROM system_schema.tables WHERE keyspace_name = 'k'"))
          .forEach(row -> tables.add(row[0]));
      assertThat(tables).containsExactly(text("one"), text("two"));
      assertThat(core.events())
          .contains(
              new Event.SchemaChange(
                  Event.SchemaChange.Change.CREATED, Event.SchemaChange.Target.TABLE, "k", "two"));
    }
    machines.get(2).kill();
    world.run(40_000_000_000L);
    assertThat(cores.get(0).events())
        .contains(
            new Event.StatusChange(
                Event.StatusChange.Status.DOWN, new InetSocketAddress("127.0.0.3", 9042)));
    assertThat(ask(cores.get(1), "DROP TABLE k.one")).isInstanceOf(Result.SchemaChanged.class);
    SimulatedCore again = new SimulatedCore(machines.get(2), member(machines.get(2)));
    world.await(again.started());
    world.run(10_000_000_000L);
    assertThat(ask(again, "SELECT * FROM k.one")).isInstanceOf(Response.Error.class);
  }

  @Test
  void aTraceTellsWhatIsAskedOfOtherNodes() throws IOException {
    List<SimulatedCore> cores = cluster();
    SimulatedCore core = cores.get(0);
    ask(
        core,
        "CREATE KEYSPACE k WITH replication ="
            + " {'class': 'SimpleStrategy', 'replication_factor': 3}");
    ask(core, "CREATE TABLE k.t (k int PRIMARY KEY)");
    world.await(core.core().operations().run("settraceprobability", Map.of("probability", 1)));
    world.await(core.ask("INSERT INTO k.t (k) VALUES (1)", Consistency.ALL));
    world.await(core.ask("SELECT * FROM k.t WHERE k = 1", Consistency.ALL));
    world.await(core.core().operations().run("settraceprobability", Map.of("probability", 0)));
    world.run(5_000_000_000L);
    List<String> activities = values(core, "SELECT activity FROM system_traces.events");
    assertThat(activities).anyMatch(text -> text.startsWith("Sending READ_DIGEST message to /127"));
    assertThat(activities).anyMatch(text -> text.startsWith("Sending MUTATE message to /127."));
    assertThat(activities)
        .anyMatch(text -> text.matches("READ_DIGEST is answered by /127\\.0\\.0\\.[123]:7000"));
  }

  @Test
  void aKeyspaceIsReplicatedToTheDatacentersThatThereAre() throws IOException {
    List<SimulatedCore> cores = new ArrayList<>();
    for (int i = 1; i <= 3; i++) {
      SimulatedNode machine = world.addNode(new NodeAddress("127.0.0." + i, 7000));
      Config config = member(machine).with(Settings.DC, i == 3 ? "south" : "north");
      cores.add(new SimulatedCore(machine, config));
    }
    for (SimulatedCore core : cores) {
      world.await(core.started());
    }
    world.run(5_000_000_000L);
    String make = "CREATE KEYSPACE %s WITH replication = {'class': 'NetworkTopologyStrategy', %s}";
    assertThat(ask(cores.get(0), make.formatted("a", "'north': 2, 'south': 1")))
        .isInstanceOf(Result.SchemaChanged.class);
    assertThat(ask(cores.get(2), make.formatted("b", "'replication_factor': 1")))
        .isInstanceOf(Result.SchemaChanged.class);
    assertThat(cores.get(0).core().schema().keyspace("b").replication())
        .containsEntry("north", "1")
        .containsEntry("south", "1");
    assertThat(ask(cores.get(0), make.formatted("c", "'west': 1")))
        .isInstanceOf(Response.Error.class);
  }

  @Test
  void thePartitionsOfAnInAreAskedForAtOnceAndGivenInOrder() throws IOException {
    List<SimulatedCore> cores = cluster();
    SimulatedCore core = cores.get(1);
    ask(
        core,
        "CREATE KEYSPACE k WITH replication ="
            + " {'class': 'SimpleStrategy', 'replication_factor': 3}");
    ask(core, "CREATE TABLE k.t (k int, c int, v text, PRIMARY KEY (k, c))");
    StringBuilder keys = new StringBuilder("0");
    for (int i = 0; i < 60; i++) {
      keys.append(", ").append(i + 1);
      for (int c = 0; c < i % 4; c++) {
        String row = "(" + i + ", " + c + ", '" + i + "." + c + "')";
        assertThat(
                world.await(
                    core.ask("INSERT INTO k.t (k, c, v) VALUES " + row, Consistency.QUORUM)))
            .isInstanceOf(Result.Void.class);
      }
    }
    List<String> all = new ArrayList<>();
    long longest = 0;
    for (int i = 0; i < 60; i++) {
      long before = world.nanos();
      values(core, "SELECT v FROM k.t WHERE k = " + i).forEach(all::add);
      longest = Math.max(longest, world.nanos() - before);
    }
    String in = "SELECT v FROM k.t WHERE k IN (" + keys + ")";
    long before = world.nanos();
    List<String> found = values(core, in);
    assertThat(world.nanos() - before)
        .as("the longest read of one partition took %d ns", longest)
        .isLessThan(20 * longest);
    assertThat(found).isEqualTo(all);
    assertThat(found).hasSize(90);
    for (int limit : new int[] {1, 2, 17, 89, 90, 91}) {
      assertThat(values(core, in + " LIMIT " + limit))
          .isEqualTo(all.subList(0, Math.min(limit, all.size())));
    }
    assertThat(values(core, "SELECT count(*) FROM k.t WHERE k IN (" + keys + ")")).hasSize(1);
    assertThat(values(core, in + " PER PARTITION LIMIT 1")).hasSize(45);
  }

  /** Which is looked through beside the lanes. */
  @Test
  void aStatementWithManyValuesIsAnswered() throws IOException {
    SimulatedCore core = new SimulatedCore(world.addNode(), SimulatedCore.config());
    world.await(core.started());
    ask(
        core,
        "CREATE KEYSPACE k WITH replication ="
            + " {'class': 'SimpleStrategy', 'replication_factor': 1}");
    ask(core, "CREATE TABLE k.t (k int PRIMARY KEY, v text)");
    for (int i = 0; i < 10; i++) {
      ask(core, "INSERT INTO k.t (k, v) VALUES (" + i + ", 'v" + i + "')");
    }
    StringBuilder many = new StringBuilder("'v3', 'v7'");
    for (int i = 0; i < 20_000; i++) {
      many.append(", 'w").append(i).append('\'');
    }
    assertThat(values(core, "SELECT v FROM k.t WHERE v IN (" + many + ") ALLOW FILTERING"))
        .containsExactlyInAnyOrder("v3", "v7");
    assertThat(ask(core, "SELECT v FROM k.t WHERE v IN (" + many + ") LIMIT -1 ALLOW FILTERING"))
        .isInstanceOf(Response.Error.class);
  }

  private List<String> values(SimulatedCore core, String cql) {
    List<String> values = new ArrayList<>();
    SimulatedCore.rows(world.await(core.ask(cql, Consistency.QUORUM)))
        .forEach(row -> values.add(new String(row[0], StandardCharsets.UTF_8)));
    return values;
  }

  /** Three nodes that know each other. */
  private List<SimulatedCore> cluster() throws IOException {
    List<SimulatedNode> machines = new ArrayList<>();
    for (int i = 1; i <= 3; i++) {
      machines.add(world.addNode(new NodeAddress("127.0.0." + i, 7000)));
    }
    List<SimulatedCore> cores = new ArrayList<>();
    for (SimulatedNode machine : machines) {
      cores.add(new SimulatedCore(machine, member(machine)));
    }
    for (SimulatedCore core : cores) {
      world.await(core.started());
    }
    world.run(5_000_000_000L);
    return cores;
  }

  private static Config member(SimulatedNode machine) {
    return SimulatedCore.config()
        .with(Settings.ADDRESS, machine.address().host())
        .with(Settings.BROADCAST_ADDRESS, machine.address().host())
        .with(Settings.BROADCAST_RPC_ADDRESS, machine.address().host())
        .with(Settings.SEEDS, List.of("127.0.0.1"));
  }

  private static byte[] text(String value) {
    return value.getBytes(StandardCharsets.UTF_8);
  }

  @Test
  void aChangeOfTheSchemaIsAnsweredThoughTheDiskIsFull() throws IOException {
    SimulatedNode machine = world.addNode();
    SimulatedCore core = new SimulatedCore(machine, SimulatedCore.config());
    world.await(core.started());
    machine.files().setFull(true);
    String create =
        "CREATE KEYSPACE k WITH replication ="
            + " {'class': 'SimpleStrategy', 'replication_factor': 1}";
    assertThat(ask(core, create)).isInstanceOf(Response.Error.class);
    assertThat(ask(core, create)).isInstanceOf(Response.Error.class);
    assertThat(SimulatedCore.rows(ask(core, "SELECT key FROM system.local"))).hasSize(1);
    machine.files().setFull(false);
    world.run(20_000_000_000L);
    Response made = ask(core, "CREATE TABLE IF NOT EXISTS k.t (k int PRIMARY KEY)");
    if (made instanceof Response.Error) {
      assertThat(ask(core, create)).isInstanceOf(Result.SchemaChanged.class);
      made = ask(core, "CREATE TABLE k.t (k int PRIMARY KEY)");
    }
    assertThat(made).isInstanceOf(Result.SchemaChanged.class);
  }

  @Test
  void aNodeThatWasKilledOnADiskWithoutAFreeByteServesReadsAndThenWrites() throws IOException {
    SimulatedNode machine = world.addNode();
    Config config = SimulatedCore.config().with(Settings.DISK_FREE_RESERVE, 16L << 20);
    SimulatedCore core = new SimulatedCore(machine, config);
    world.await(core.started());
    ask(
        core,
        "CREATE KEYSPACE k WITH replication ="
            + " {'class': 'SimpleStrategy', 'replication_factor': 1}");
    ask(core, "CREATE TABLE k.t (k int PRIMARY KEY, v text)");
    String value = "x".repeat(20_000);
    for (int i = 0; i < 20; i++) {
      assertThat(ask(core, "INSERT INTO k.t (k, v) VALUES (" + i + ", '" + i + value + "')"))
          .isInstanceOf(Result.Void.class);
    }
    world.run(3_000_000_000L);
    for (int start = 0; start < 3; start++) {
      machine.kill();
      if (start == 0) {
        machine.files().setCapacity(used(machine));
      }
      core = new SimulatedCore(machine, config);
      world.await(core.started());
      for (int i = 0; i < 20; i++) {
        assertThat(SimulatedCore.rows(ask(core, "SELECT v FROM k.t WHERE k = " + i))).hasSize(1);
      }
      assertThat(ask(core, "INSERT INTO k.t (k, v) VALUES (100, 'a')"))
          .isInstanceOf(Response.Error.class);
    }
    machine.files().setCapacity(Long.MAX_VALUE);
    world.run(5_000_000_000L);
    assertThat(ask(core, "INSERT INTO k.t (k, v) VALUES (100, 'a')"))
        .isInstanceOf(Result.Void.class);
    machine.crash();
    core = new SimulatedCore(machine, config);
    world.await(core.started());
    assertThat(SimulatedCore.rows(ask(core, "SELECT v FROM k.t WHERE k = 100"))).hasSize(1);
  }

  private static long used(SimulatedNode machine) {
    return machine.files().paths().stream()
        .mapToLong(path -> machine.files().bytes(path).length)
        .sum();
  }
}
