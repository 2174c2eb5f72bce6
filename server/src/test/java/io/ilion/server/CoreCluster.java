package io.ilion.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.ilion.gossip.NodeInfo;
import io.ilion.gossip.ReplicaSet;
import io.ilion.model.Consistency;
import io.ilion.model.ring.Murmur3;
import io.ilion.model.type.NativeType;
import io.ilion.model.type.SetType;
import io.ilion.protocol.Event;
import io.ilion.protocol.Response;
import io.ilion.protocol.Result;
import io.ilion.runtime.NodeAddress;
import io.ilion.runtime.simulated.SimulatedNode;
import io.ilion.runtime.simulated.SimulatedRandom;
import io.ilion.runtime.simulated.SimulatedWorld;
import io.ilion.server.config.Config;
import io.ilion.server.config.Settings;
import java.io.IOException;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.CompletionStage;
import java.util.function.UnaryOperator;

/** Nodes in one world, what clients have written into them, and what clients know of them. */
final class CoreCluster {
  static final long SECOND = 1_000_000_000L;
  private static final long PAUSE_NANOS = 50_000_000L;

  /** So many writes are acknowledged before anything else happens. */
  static final int BEFORE = 60;

  /** What a client of a node has found there, and how much it had been told by then. */
  private record Found(Set<String> peers, int events) {}

  final SimulatedWorld world;
  final SimulatedRandom random;
  final List<SimulatedNode> machines = new ArrayList<>();
  final Map<Integer, SimulatedCore> cores = new LinkedHashMap<>();
  final List<Integer> acknowledged = new ArrayList<>();
  int written;
  boolean writing;

  /** At which clients write. */
  Consistency writeLevel = Consistency.QUORUM;

  private final UnaryOperator<Config> settings;
  private final Map<SimulatedCore, Found> clients = new HashMap<>();

  /** A cluster of so many nodes, whose keyspace k has so many replicas of a table t. */
  CoreCluster(long seed, int nodes, int replicas) throws IOException {
    this(seed, nodes, replicas, usual -> usual);
  }

  /** As above, of nodes with some other settings. */
  CoreCluster(long seed, int nodes, int replicas, UnaryOperator<Config> settings)
      throws IOException {
    this.settings = settings;
    world = new SimulatedWorld(seed);
    random = new SimulatedRandom(seed);
    for (int i = 0; i < nodes; i++) {
      addMachine();
      begin(i);
      world.await(cores.get(i).started());
    }
    // Three of them vote then.
    world.run(10 * SECOND);
    ask(
        0,
        "CREATE KEYSPACE k WITH replication = {'class': 'SimpleStrategy', 'replication_factor': "
            + replicas
            + "}",
        Consistency.ONE);
    ask(0, "CREATE TABLE k.t (k int PRIMARY KEY, v int)", Consistency.ONE);
    for (int i = 0; i < BEFORE; i++) {
      assertThat(world.await(write(0))).isInstanceOf(Result.Void.class);
    }
  }

  /** Settings of nodes the first three of which are in dc1, and all others in dc2. */
  static Config inTwoDatacenters(Config usual) {
    boolean first = usual.get(Settings.ADDRESS).compareTo("127.0.0.4") < 0;
    return usual.with(Settings.DC, first ? "dc1" : "dc2");
  }

  int addMachine() {
    int index = machines.size();
    machines.add(world.addNode(new NodeAddress("127.0.0." + (index + 1), 7000)));
    return index;
  }

  SimulatedCore begin(int index, String... replaced) throws IOException {
    return beginIn("node", index, replaced);
  }

  SimulatedCore beginIn(String directory, int index, String... replaced) throws IOException {
    String host = machines.get(index).address().host();
    Config config =
        SimulatedCore.config()
            .with(Settings.DATA_DIRECTORY, directory)
            .with(Settings.ADDRESS, host)
            .with(Settings.BROADCAST_ADDRESS, host)
            .with(Settings.BROADCAST_RPC_ADDRESS, host)
            .with(Settings.REPLACE_ADDRESS_FIRST_BOOT, List.of(replaced))
            .with(Settings.SEEDS, List.of("127.0.0.1", "127.0.0.2"));
    SimulatedCore core = new SimulatedCore(machines.get(index), settings.apply(config));
    cores.put(index, core);
    core.started().thenRun(() -> clients.put(core, new Found(peers(core), core.events().size())));
    return core;
  }

  void end(int index) {
    cores.remove(index);
    if (random.oneIn(2)) {
      machines.get(index).kill();
    } else {
      machines.get(index).crash();
    }
  }

  Response ask(int index, String cql, Consistency level) {
    return world.await(cores.get(index).ask(cql, level));
  }

  CompletionStage<Response> write(int index) {
    int key = written++;
    CompletionStage<Response> answer =
        cores
            .get(index)
            .ask("INSERT INTO k.t (k, v) VALUES (" + key + ", " + key + ")", writeLevel);
    answer.thenAccept(
        response -> {
          if (response instanceof Result.Void) {
            acknowledged.add(key);
          }
        });
    return answer;
  }

  /** Writes on and on through one node, until {@link #writing} is false. */
  void keepWriting(int index) {
    writing = true;
    next(index);
  }

  private void next(int index) {
    if (writing && cores.containsKey(index)) {
      SimulatedCore core = cores.get(index);
      write(index).thenAccept(answered -> core.later(PAUSE_NANOS, () -> next(index)));
    }
  }

  UUID hostId(int index) {
    return cores.get(index).core().view().self().hostId();
  }

  void awaitDown(UUID dead, int by) {
    world.until(() -> !cores.get(by).core().view().isAlive(dead));
  }

  boolean isMember(UUID hostId, int by) {
    return cores.get(by).core().view().node(hostId).state() != NodeInfo.State.LEFT;
  }

  /** Every write that was acknowledged is read at a level through each node. */
  void expectAll(Consistency level) {
    for (int index : cores.keySet()) {
      for (int key : acknowledged) {
        Response answer = ask(index, "SELECT v FROM k.t WHERE k = " + key, level);
        assertThat(answer)
            .as("row %d at %s by %d", key, level, index)
            .isInstanceOf(Result.Rows.class);
        assertThat(SimulatedCore.rows(answer)).as("row %d at %s", key, level).hasSize(1);
      }
    }
  }

  void expectWritten() {
    writing = false;
    world.run(5 * SECOND);
    assertThat(acknowledged).hasSizeGreaterThan(BEFORE);
    expectAll(Consistency.QUORUM);
    expectAll(Consistency.ALL);
    expectClientsKnow();
  }

  /** Where clients reach those whom a node has for members of the ring. */
  private static Set<String> peers(SimulatedCore core) {
    Set<String> peers = new TreeSet<>();
    for (NodeInfo node : core.core().view().nodes()) {
      if (ClusterEvents.isInRing(node) && !node.equals(core.core().view().self())) {
        peers.add(node.nativeAddress().host());
      }
    }
    return peers;
  }

  /**
   * Clients of each node have been told who is there, and find all others in its tables with their
   * tokens; what the nodes estimate covers the ring once.
   */
  void expectClientsKnow() {
    for (int index : cores.keySet()) {
      List<String> others = new ArrayList<>();
      List<String> self = new ArrayList<>();
      Set<String> addresses = new TreeSet<>();
      cores.forEach(
          (number, core) -> {
            NodeInfo node = core.core().view().self();
            (number == index ? self : others)
                .add(line(node.nativeAddress().host(), node.hostId(), node.tokens()));
            if (number != index) {
              addresses.add(node.nativeAddress().host());
            }
          });
      others.sort(null);
      assertThat(nodes(index, "native_address", "peers_v2")).as("at %d", index).isEqualTo(others);
      assertThat(nodes(index, "rpc_address", "peers")).as("at %d", index).isEqualTo(others);
      assertThat(nodes(index, "rpc_address", "local")).isEqualTo(self);
      expectTold(index, addresses);
    }
    expectEstimatesCoverTheRing();
  }

  private static String line(String host, Object hostId, Collection<?> tokens) {
    return host + " " + hostId + " " + tokens.stream().map(String::valueOf).sorted().toList();
  }

  private List<String> nodes(int index, String address, String table) {
    List<String> lines = new ArrayList<>();
    for (byte[][] row :
        SimulatedCore.rows(
            ask(
                index,
                "SELECT " + address + ", host_id, tokens FROM system." + table,
                Consistency.ONE))) {
      InetAddress host = (InetAddress) NativeType.INET.decode(row[0]);
      Set<?> tokens = (Set<?>) new SetType(NativeType.TEXT, false).decode(row[2]);
      lines.add(line(host.getHostAddress(), NativeType.UUID.decode(row[1]), tokens));
    }
    lines.sort(null);
    return lines;
  }

  /** Whom a client knows that follows all that it is told. */
  private void expectTold(int index, Set<String> expected) {
    SimulatedCore core = cores.get(index);
    Found found = clients.get(core);
    Set<String> known = new TreeSet<>(found.peers);
    Set<String> down = new TreeSet<>();
    List<Event> told = core.events().subList(found.events, core.events().size());
    for (Event event : told) {
      if (event instanceof Event.TopologyChange change) {
        String host = change.node().getHostString();
        if (change.change() == Event.TopologyChange.Change.NEW_NODE) {
          known.add(host);
        } else {
          known.remove(host);
          down.remove(host);
        }
      } else if (event instanceof Event.StatusChange change) {
        String host = change.node().getHostString();
        if (change.status() == Event.StatusChange.Status.DOWN) {
          down.add(host);
        } else {
          down.remove(host);
        }
      }
    }
    assertThat(known).as("told at %d: %s", index, told).isEqualTo(expected);
    assertThat(down).as("told at %d: %s", index, told).isEmpty();
  }

  /** What all nodes estimate of a table covers the ring once; returns how many rows that makes. */
  long expectEstimatesCoverTheRing() {
    long rows = estimates("size_estimates", "");
    assertThat(estimates("table_estimates", " AND range_type = 'primary'")).isEqualTo(rows);
    return rows;
  }

  private long estimates(String table, String type) {
    String select =
        "SELECT range_start, range_end, partitions_count FROM system."
            + table
            + " WHERE keyspace_name = 'k' AND table_name = 't'"
            + type;
    TreeMap<Long, Long> ends = new TreeMap<>();
    long partitions = 0;
    for (int index : cores.keySet()) {
      for (byte[][] row : SimulatedCore.rows(ask(index, select, Consistency.ONE))) {
        Long start = Long.valueOf((String) NativeType.TEXT.decode(row[0]));
        Long end = Long.valueOf((String) NativeType.TEXT.decode(row[1]));
        assertThat(ends.put(start, end)).as("%s: two ranges begin at %d", table, start).isNull();
        partitions += (Long) NativeType.BIGINT.decode(row[2]);
      }
    }
    long at = Long.MIN_VALUE;
    for (Map.Entry<Long, Long> range : ends.entrySet()) {
      assertThat(range.getKey()).as("%s: the ring is covered once", table).isEqualTo(at);
      at = range.getValue();
    }
    assertThat(at).as("%s: the ring is covered up to its end", table).isEqualTo(Long.MIN_VALUE);
    return partitions;
  }

  /** Has a node do what an operator asks for. */
  Object run(int index, String operation, Map<String, ?> arguments) {
    return world.await(cores.get(index).core().operations().run(operation, arguments));
  }

  /** Whether a node replicates a key, or is about to. */
  boolean has(int index, int key) {
    NodeCore core = cores.get(index).core();
    ReplicaSet replicas = core.view().replicas(core.schema().keyspace("k")).of(token(key));
    return replicas.natural().contains(core.view().self())
        || replicas.pending().contains(core.view().self());
  }

  static long token(int key) {
    return Murmur3.token(NativeType.INT.encode(key));
  }
}
