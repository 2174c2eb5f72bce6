package io.ilion.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ilion.gossip.ClusterView;
import io.ilion.gossip.CopyRunsException;
import io.ilion.model.Consistency;
import io.ilion.protocol.Result;
import io.ilion.runtime.AppendFile;
import io.ilion.runtime.Files;
import io.ilion.runtime.NodeAddress;
import io.ilion.runtime.simulated.SimulatedNode;
import io.ilion.runtime.simulated.SimulatedWorld;
import io.ilion.server.config.Config;
import io.ilion.server.config.Settings;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** Processes with copies of one data directory, and others that only look like that. */
class CopiesTest {
  private static final long SECOND = 1_000_000_000L;

  private final SimulatedWorld world = new SimulatedWorld(1);
  private final List<SimulatedNode> machines = new ArrayList<>();
  private final List<SimulatedCore> cores = new ArrayList<>();
  private final List<Integer> acknowledged = new ArrayList<>();

  private SimulatedNode machine(int number) {
    return world.addNode(new NodeAddress("127.0.0." + number, 7000));
  }

  private static SimulatedCore start(SimulatedNode machine) throws IOException {
    Config config =
        SimulatedCore.config()
            .with(Settings.ADDRESS, machine.address().host())
            .with(Settings.BROADCAST_ADDRESS, machine.address().host())
            .with(Settings.BROADCAST_RPC_ADDRESS, machine.address().host())
            .with(Settings.SEEDS, List.of("127.0.0.1", "127.0.0.2"));
    return new SimulatedCore(machine, config);
  }

  private void cluster(int count) throws IOException {
    for (int i = 0; i < count; i++) {
      machines.add(machine(i + 1));
      cores.add(start(machines.get(i)));
      world.await(cores.get(i).started());
    }
    world.run(10 * SECOND);
  }

  private static void copy(SimulatedNode from, SimulatedNode to) throws IOException {
    replace(to, contents(from));
  }

  private UUID hostId(int index) {
    return cores.get(index).core().view().self().hostId();
  }

  /** The node of a host id is up, and agreed to be at an address, for all of some nodes. */
  private boolean isAt(UUID hostId, SimulatedNode machine, int... by) {
    for (int index : by) {
      ClusterView view = cores.get(index).core().view();
      if (!view.isAlive(hostId) || !view.node(hostId).address().equals(machine.address())) {
        return false;
      }
    }
    return true;
  }

  private void refuses(SimulatedCore copy, String at, String other) {
    assertThatThrownBy(() -> world.await(copy.started()))
        .hasRootCauseInstanceOf(CopyRunsException.class)
        .hasRootCauseMessage(
            "This node cannot run at "
                + at
                + ":7000: a copy of its data directory runs at "
                + other
                + ":7000. Remove one of the two, or give this node an empty data directory");
  }

  @Test
  void aCopyDoesNotStartAndNobodyTakesItForTheNode() throws IOException {
    cluster(3);
    UUID hostId = hostId(2);
    cores.forEach(core -> core.events().clear());
    SimulatedNode other = machine(4);
    copy(machines.get(2), other);
    SimulatedCore copy = start(other);
    refuses(copy, "127.0.0.4", "127.0.0.3");
    world.run(5 * SECOND);
    other.kill();
    world.run(30 * SECOND);
    assertThat(cores.get(2).stopped()).isNull();
    for (SimulatedCore core : cores) {
      assertThat(core.events()).isEmpty();
      assertThat(core.core().view().isAlive(hostId)).isTrue();
      assertThat(core.core().view().node(hostId).address()).isEqualTo(machines.get(2).address());
    }
  }

  @Test
  void aCopyOfANodeThatHasJustDiedIsThatNode() throws IOException {
    cluster(3);
    UUID hostId = hostId(2);
    SimulatedNode other = machine(4);
    machines.get(2).kill();
    copy(machines.get(2), other);
    // The others believe the first one to be alive.
    assertThat(isAt(hostId, machines.get(2), 0, 1)).isTrue();
    SimulatedCore again = start(other);
    world.await(again.started());
    world.until(() -> isAt(hostId, other, 0, 1));
    refuses(start(machines.get(2)), "127.0.0.3", "127.0.0.4");
    machines.get(2).kill();
    world.run(30 * SECOND);
    assertThat(isAt(hostId, other, 0, 1)).isTrue();
    assertThat(again.stopped()).isNull();
  }

  @Test
  void ofTwoThatStartTogetherOneDoes() throws IOException {
    cluster(3);
    SimulatedNode other = machine(4);
    machines.get(2).kill();
    copy(machines.get(2), other);
    world.run(20 * SECOND);
    SimulatedCore first = start(machines.get(2));
    SimulatedCore second = start(other);
    world.await(first.started());
    refuses(second, "127.0.0.4", "127.0.0.3");
  }

  @Test
  void ofTwoThatServeTheYoungerEndsAsSoonAsTheyMeet() throws IOException {
    cluster(3);
    UUID hostId = hostId(2);
    SimulatedNode other = machine(4);
    copy(machines.get(2), other);
    Set<NodeAddress> rest =
        Set.of(machines.get(0).address(), machines.get(1).address(), other.address());
    world.network().partition(Set.of(machines.get(2).address()), rest);
    world.run(30 * SECOND);
    SimulatedCore copy = start(other);
    world.await(copy.started());
    world.until(() -> isAt(hostId, other, 0, 1));
    world.network().heal();
    world.until(() -> copy.stopped() != null);
    assertThat(copy.stopped())
        .hasMessageStartingWith("This node cannot run at 127.0.0.4:7000")
        .hasMessageContaining("runs at 127.0.0.3:7000");
    world.run(30 * SECOND);
    assertThat(isAt(hostId, machines.get(2), 0, 1, 2)).isTrue();
    cores.forEach(core -> core.events().clear());
    world.run(120 * SECOND);
    cores.forEach(core -> assertThat(core.events()).isEmpty());
    assertThat(cores.get(2).stopped()).isNull();
  }

  /** Its own clock went back: what others have heard of it is later, and elsewhere. */
  @Test
  void whoseClockWentBackIsItselfAtANewAddress() throws IOException {
    cluster(3);
    UUID hostId = hostId(2);
    SimulatedNode other = machine(4);
    machines.get(2).kill();
    copy(machines.get(2), other);
    other.clock().jump(-3_600_000_000L);
    SimulatedCore again = start(other);
    world.await(again.started());
    world.until(() -> isAt(hostId, other, 0, 1));
    world.run(30 * SECOND);
    assertThat(isAt(hostId, other, 0, 1)).isTrue();
  }

  @Test
  void nodesThatSwapTheirAddressesAreTheSameNodes() throws IOException {
    cluster(4);
    UUID a = hostId(2);
    UUID b = hostId(3);
    ask(
        0,
        "CREATE KEYSPACE k WITH replication ="
            + " {'class': 'SimpleStrategy', 'replication_factor': 2}");
    ask(0, "CREATE TABLE k.t (k int PRIMARY KEY, v int)");
    write(0, 100);
    machines.get(2).kill();
    machines.get(3).kill();
    swap(machines.get(2), machines.get(3));
    // What is written meanwhile is for nodes that are believed to be alive where others start.
    cores.set(2, start(machines.get(2)));
    cores.set(3, start(machines.get(3)));
    write(100, 200);
    world.await(cores.get(2).started());
    world.await(cores.get(3).started());
    write(200, 300);
    assertThat(hostId(2)).isEqualTo(b);
    assertThat(hostId(3)).isEqualTo(a);
    world.until(() -> isAt(b, machines.get(2), 0, 1, 3) && isAt(a, machines.get(3), 0, 1, 2));
    // Every hint is delivered by then.
    world.run(60 * SECOND);
    write(300, 400);
    for (SimulatedCore core : cores) {
      List<String> peers = new ArrayList<>();
      SimulatedCore.rows(
              world.await(
                  core.ask("SELECT host_id, native_address FROM system.peers_v2", Consistency.ONE)))
          .forEach(row -> peers.add(row(row)));
      List<String> wanted = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        if (!cores.get(i).equals(core)) {
          wanted.add(row(new byte[][] {id(hostId(i)), {127, 0, 0, (byte) (i + 1)}}));
        }
      }
      assertThat(peers).containsExactlyInAnyOrderElementsOf(wanted);
    }
    for (int key : acknowledged) {
      for (SimulatedCore core : cores) {
        String select = "SELECT v FROM k.t WHERE k = " + key;
        assertThat(SimulatedCore.rows(world.await(core.ask(select, Consistency.ONE))))
            .describedAs("key %d", key)
            .hasSize(1);
      }
    }
  }

  private void ask(int index, String cql) {
    assertThat(world.await(cores.get(index).ask(cql, Consistency.ONE)))
        .isInstanceOf(Result.SchemaChanged.class);
  }

  /** Writes rows at ONE, as many as are acknowledged. */
  private void write(int from, int to) {
    for (int key = from; key < to; key++) {
      String insert = "INSERT INTO k.t (k, v) VALUES (" + key + ", " + key + ")";
      if (world.await(cores.get(key % 2).ask(insert, Consistency.ONE)) instanceof Result.Void) {
        acknowledged.add(key);
      }
    }
  }

  private static String row(byte[][] row) {
    return HexFormat.of().formatHex(row[0]) + " " + HexFormat.of().formatHex(row[1]);
  }

  private static byte[] id(UUID id) {
    return ByteBuffer.allocate(16)
        .putLong(id.getMostSignificantBits())
        .putLong(id.getLeastSignificantBits())
        .array();
  }

  /** As somebody does who copies each directory to the other machine. */
  private static void swap(SimulatedNode one, SimulatedNode other) throws IOException {
    Map<String, byte[]> ones = contents(one);
    Map<String, byte[]> others = contents(other);
    replace(one, others);
    replace(other, ones);
  }

  private static Map<String, byte[]> contents(SimulatedNode machine) {
    Map<String, byte[]> contents = new LinkedHashMap<>();
    machine.files().paths().forEach(path -> contents.put(path, machine.files().bytes(path)));
    return contents;
  }

  private static void replace(SimulatedNode machine, Map<String, byte[]> contents)
      throws IOException {
    Files files = machine.start(1).files();
    for (String path : machine.files().paths()) {
      files.delete(path);
    }
    for (Map.Entry<String, byte[]> entry : contents.entrySet()) {
      String path = entry.getKey();
      String directory = path.substring(0, path.lastIndexOf('/'));
      files.createDirectories(directory);
      try (AppendFile file = files.create(path)) {
        file.append(ByteBuffer.wrap(entry.getValue()));
        file.sync();
      }
      files.syncDirectory(directory);
    }
    machine.kill();
  }
}
