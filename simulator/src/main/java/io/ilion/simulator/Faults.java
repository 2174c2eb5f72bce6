package io.ilion.simulator;

import io.ilion.model.Consistency;
import io.ilion.runtime.NodeAddress;
import io.ilion.runtime.simulated.LinkFaults;
import io.ilion.runtime.simulated.SimulatedFiles;
import io.ilion.runtime.simulated.SimulatedRandom;
import io.ilion.server.operations.Operations;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What goes wrong, and when: one fault after another at random times, several at once, each mended
 * after a while or when all are.
 */
public final class Faults {
  private static final long SECOND = 1_000_000_000L;
  private static final long LEAST_GAP_NANOS = SECOND / 10;
  private static final long MOST_GAP_NANOS = 4 * SECOND;

  /** For so long after the last fault it may be the reason why a process ends. */
  private static final long AFTERMATH_NANOS = 30 * SECOND;

  private static final int MOST_LANES = 3;

  /** Tables that are neither truncated nor purged, so that nothing comes back with a snapshot. */
  private static final List<String> TO_RESTORE =
      List.of("rows", "sets", "counters", "conditions", "pairs", "inserts", "pages", "limits");

  /** In a short time at least so many happen. */
  private static final int USUAL_COUNT = 10;

  private static final List<String> STRATEGIES =
      List.of("Unified", "SizeTiered", "Leveled", "TimeWindow");
  private static final int OPERATOR = 1_000;

  private final SimulatedCluster cluster;
  private final Set<Kind> kinds;
  private final long mostGapNanos;
  private final SimulatedRandom random;
  private final Map<Kind, Integer> counts = new EnumMap<>(Kind.class);
  private final SimulatedServer rotting;

  /** What mends what has rotten of the node's own tables, and of those of the clients. */
  private final List<Runnable> healing = new ArrayList<>();

  private final List<Runnable> healingClients = new ArrayList<>();
  private final boolean rotStays;
  private final TopologyChanges topology;

  /**
   * Faults of disks that nobody may have felt yet, and how many of the kind had been felt there.
   */
  private final Map<DiskFault, Long> unfelt = new HashMap<>();

  private boolean active;

  /** Null until there is one: what else a seed draws stays the same. */
  private SimulatedClient operator;

  private record DiskFault(Kind kind, SimulatedServer server) {
    /** How often calls have felt what it does. */
    long felt() {
      SimulatedFiles files = server.machine().files();
      return switch (kind) {
        case SLOW_DISK -> files.slowCalls();
        case FULL_DISK -> files.refusedAppends();
        case FAILED_SYNC -> files.failedSyncs();
        default -> throw new IllegalArgumentException(kind + " is no fault of a disk");
      };
    }
  }

  /** A kind of fault. */
  public enum Kind {
    /** A process ends; what it has written stays. */
    KILL,
    /** A process ends, and has another number of lanes when it is started again. */
    LANES,
    /** The power of one machine fails; what was not synced may be lost, or torn. */
    POWER,
    /** The power of all machines fails at once, or of those that stand together. */
    BLACKOUT,
    /** Two groups of nodes do not reach each other. */
    PARTITION,
    /** Messages from one node to another vanish, those back do not. */
    ONE_WAY,
    /** Messages are lost, late, repeated and reordered. */
    BAD_LINKS,
    /** A wall clock jumps, by up to a minute. */
    CLOCK_JUMP,
    /** A clock runs too fast or too slow. */
    CLOCK_DRIFT,
    /** A disk takes long for everything. */
    SLOW_DISK,
    /** A disk takes no more writes for a while. */
    FULL_DISK,
    /** A sync fails: the node stops, and what was not synced before may be lost. */
    FAILED_SYNC,
    /** A bit of an SSTable changes on the disk of the one machine whose disk does that. */
    ROT,
    /** A process stops for a while, and goes on as if nothing had been. */
    STOP,
    /**
     * An operator has a node flush, compact, clean up, or keep snapshots and restore them, or
     * changes how a table is compacted.
     */
    UPKEEP,
    /** A node joins. */
    JOIN,
    /** A node leaves. */
    LEAVE,
    /** A machine is lost for ever, and a new one takes its place. */
    REPLACE,
    /** A machine is lost for ever, and the others take over what it had. */
    REMOVE,
    /** An operator lowers the factor of replication, and raises it again, with repairs. */
    FACTOR;

    /** Those by which messages are lost, and nothing else. */
    public static final Set<Kind> LINKS = Set.of(PARTITION, ONE_WAY, BAD_LINKS);
  }

  /**
   * Faults of some kinds.
   *
   * @param seconds for how long they will happen; within a short time they follow more closely
   * @param rotStays whether what has rotten of the clients' tables stays so in the end
   */
  public Faults(SimulatedCluster cluster, Set<Kind> kinds, int seconds, boolean rotStays) {
    this.rotStays = rotStays;
    this.cluster = cluster;
    this.kinds = Set.copyOf(kinds);
    random = cluster.splitRandom();
    mostGapNanos = Math.min(MOST_GAP_NANOS, seconds * 2 * SECOND / USUAL_COUNT);
    rotting = one();
    topology = new TopologyChanges(cluster, this::count);
  }

  /** How many faults of each kind took effect. */
  public Map<Kind, Integer> counts() {
    countFelt();
    return counts;
  }

  private void count(Kind kind) {
    counts.merge(kind, 1, Integer::sum);
  }

  /** From now on looks whether a disk's fault is felt. */
  private void watch(Kind kind, SimulatedServer server) {
    countFelt();
    DiskFault fault = new DiskFault(kind, server);
    unfelt.put(fault, fault.felt());
  }

  /** The fault is over. */
  private void unwatch(Kind kind, SimulatedServer server) {
    countFelt();
    unfelt.remove(new DiskFault(kind, server));
  }

  private void countFelt() {
    unfelt
        .entrySet()
        .removeIf(
            entry -> {
              boolean felt = entry.getKey().felt() > entry.getValue();
              if (felt) {
                count(entry.getKey().kind);
              }
              return felt;
            });
  }

  /** Whether nobody comes or goes any more, and all who stay serve. */
  public boolean isSettled() {
    return topology.isSettled();
  }

  /** Whether no operator has anything left to do about the replication. */
  public boolean isReplicated() {
    return topology.isReplicated();
  }

  /** What keeps it from being settled, or nothing. */
  public String unsettled() {
    return topology.unsettled();
  }

  /** Begins to do harm. */
  public void begin() {
    active = true;
    next();
  }

  /** Ends all faults, and starts what is down. */
  public void end() {
    active = false;
    cluster.world().network().heal();
    cluster.setLinks(() -> null);
    countFelt();
    for (SimulatedServer server : cluster.servers()) {
      server.machine().clock().setDrift(0);
      server.machine().files().setLatency(0, 0);
      server.machine().files().setFull(false);
      server.machine().files().failNoSync();
      server.machine().resume();
    }
    healing.forEach(Runnable::run);
    if (!rotStays || !topology.isQuiet() || healingClients.isEmpty()) {
      healClients();
    }
    for (SimulatedServer server : cluster.servers()) {
      if (!server.isRunning()) {
        start(server);
      }
    }
    startAgain(cluster.world().nanos() + AFTERMATH_NANOS, new HashSet<>());
  }

  private void start(SimulatedServer server) {
    server.start();
    if (!server.isRunning() && server.equals(rotting)) {
      // With what has rotten it cannot be.
      healClients();
      server.start();
    }
  }

  private void healClients() {
    healingClients.forEach(Runnable::run);
    healingClients.clear();
    rotting.setDamaged(false);
  }

  /** Who has rotten tables of clients that nobody has mended, or null. */
  public SimulatedServer rotten() {
    return healingClients.isEmpty() || !cluster.servers().contains(rotting) ? null : rotting;
  }

  /**
   * Starts those again, as whoever watches them would, that end by themselves of what happened
   * before: a sync may have failed, or a disk been full, and the process not have come to its end
   * yet. Who ends twice, or later, has another reason.
   */
  private void startAgain(long untilNanos, Set<SimulatedServer> started) {
    cluster
        .world()
        .after(
            SECOND / 2,
            () -> {
              for (SimulatedServer server : List.copyOf(cluster.servers())) {
                if (!server.isRunning() && !server.hasLeft() && started.add(server)) {
                  start(server);
                }
              }
              if (cluster.world().nanos() < untilNanos) {
                startAgain(untilNanos, started);
              }
            });
  }

  private void next() {
    cluster
        .world()
        .after(
            random.between(LEAST_GAP_NANOS, mostGapNanos),
            () -> {
              if (active) {
                // Before a server is started that its disk holds up, which holds up no fault.
                next();
                harm();
              }
            });
  }

  private void mend(long most, Runnable task) {
    cluster
        .world()
        .after(
            random.between(SECOND / 10, most),
            () -> {
              if (active) {
                task.run();
              }
            });
  }

  private SimulatedServer one() {
    return cluster.servers().get(random.below(cluster.servers().size()));
  }

  /** Starts those that ended by themselves, or could not start. */
  private void restart() {
    for (SimulatedServer server : cluster.servers()) {
      if (!server.isRunning() && server.fatal() != null && random.oneIn(3)) {
        server.start();
      }
    }
  }

  /** Changes a bit of some SSTable, until all is mended. Says whether there is one. */
  private boolean rot() {
    SimulatedFiles files = rotting.machine().files();
    // One that was made just now may have nothing yet.
    List<String> tables =
        files.paths().stream()
            .filter(path -> isTable(path) && files.bytes(path).length > 0)
            .toList();
    if (tables.isEmpty()) {
      return false;
    }
    List<String> ofClients = tables.stream().filter(Faults::isOfClients).toList();
    List<String> among = ofClients.isEmpty() || random.oneIn(3) ? tables : ofClients;
    String path = among.get(random.below(among.size()));
    int offset = random.below(files.bytes(path).length);
    int bit = 1 << random.below(8);
    Runnable mended = files.rot(path, offset, bit);
    rotting.setDamaged(true);
    // The last one first: a byte may have rotted twice.
    (isOfClients(path) ? healingClients : healing).addFirst(mended);
    return true;
  }

  private static boolean isOfClients(String path) {
    return path.contains("/data/" + Simulation.KEYSPACE + "-");
  }

  private static boolean isTable(String path) {
    return path.contains("/data/") && path.endsWith(".v1");
  }

  private void harm() {
    List<Kind> possible = new ArrayList<>();
    for (Kind kind : Kind.values()) {
      if (kinds.contains(kind)) {
        possible.add(kind);
      }
    }
    if (possible.isEmpty()) {
      return;
    }
    Kind kind = possible.get(random.below(possible.size()));
    if (happens(kind)) {
      count(kind);
    }
    restart();
  }

  /** Does harm of a kind. Says whether that is so already: the rest is counted when it is felt. */
  private boolean happens(Kind kind) {
    SimulatedServer server = one();
    SimulatedFiles files = server.machine().files();
    return switch (kind) {
      case KILL -> {
        boolean ran = server.isRunning();
        server.kill();
        startLater(server);
        yield ran;
      }
      case LANES -> {
        boolean ran = server.isRunning();
        server.kill();
        server.setLanes(1 + random.below(MOST_LANES));
        startLater(server);
        yield ran;
      }
      case POWER -> {
        boolean ran = server.isRunning();
        server.crash();
        startLater(server);
        yield ran;
      }
      case BLACKOUT -> {
        List<SimulatedServer> dark = together();
        boolean ran = dark.stream().anyMatch(SimulatedServer::isRunning);
        dark.forEach(SimulatedServer::crash);
        dark.forEach(this::startLater);
        yield ran;
      }
      case PARTITION -> partition();
      case ONE_WAY -> oneWay(server);
      case BAD_LINKS -> {
        boolean bad = cluster.setLinks(this::badLink);
        mend(10 * SECOND, () -> cluster.setLinks(() -> null));
        yield bad;
      }
      case CLOCK_JUMP -> {
        server.machine().clock().jump(random.between(-60_000_000, 60_000_000));
        yield true;
      }
      case CLOCK_DRIFT -> {
        server.machine().clock().setDrift((int) random.between(-100_000, 100_000));
        yield true;
      }
      case SLOW_DISK -> {
        watch(kind, server);
        files.setLatency(0, SECOND / 5, random.between(SECOND / 10, 10 * SECOND));
        yield false;
      }
      case FULL_DISK -> {
        watch(kind, server);
        files.setFull(true);
        mend(
            10 * SECOND,
            () -> {
              unwatch(kind, server);
              files.setFull(false);
            });
        yield false;
      }
      case FAILED_SYNC -> {
        watch(kind, server);
        files.failOneSync(random.below(100));
        yield false;
      }
      case ROT -> rot();
      case STOP -> {
        server.machine().stop(random.between(SECOND / 10, 20 * SECOND));
        yield server.isRunning();
      }
      case UPKEEP -> upkeep(server);
      case JOIN -> {
        topology.join();
        yield false;
      }
      case LEAVE -> {
        topology.leave();
        yield false;
      }
      case REPLACE -> {
        topology.replace();
        yield false;
      }
      case REMOVE -> {
        topology.remove();
        yield false;
      }
      case FACTOR -> {
        topology.lowerFactor();
        yield false;
      }
    };
  }

  private void startLater(SimulatedServer server) {
    mend(
        15 * SECOND,
        () -> {
          if (!server.isRunning()) {
            server.start();
          }
        });
  }

  /** Every link is bad in another way, so that not always the same replicas are the fastest. */
  private LinkFaults badLink() {
    return random.oneIn(3)
        ? null
        : new LinkFaults(
            50_000,
            SECOND / 1_000 * random.between(1, 50),
            random.between(0, 10) / 100.0,
            random.between(0, 10) / 100.0,
            random.between(0, 10) / 100.0,
            random.oneIn(3));
  }

  /** Those of one data centre or rack, half of the time if there are several; or all. */
  private List<SimulatedServer> together() {
    if (cluster.shape().isPlain() || random.oneIn(2)) {
      return List.copyOf(cluster.servers());
    }
    SimulatedServer one = one();
    boolean wide = cluster.shape().factors().size() > 1 && random.oneIn(2);
    return cluster.servers().stream()
        .filter(server -> server.datacenter().equals(one.datacenter()))
        .filter(server -> wide || server.rack().equals(one.rack()))
        .toList();
  }

  /** Has a node do something that changes its files and not what it has. Says whether it runs. */
  private boolean upkeep(SimulatedServer server) {
    if (!server.isServing()) {
      return false;
    }
    Operations operations = server.core().operations();
    Map<String, ?> tables = Map.of("keyspace", Simulation.KEYSPACE);
    switch (random.below(6)) {
      case 0 -> operations.run("flush", tables);
      case 1 -> operations.run("compact", tables);
      case 2 -> operations.run("cleanup", tables);
      case 3 -> changeCompaction(server);
      default -> keepSnapshot(server);
    }
    return true;
  }

  private void changeCompaction(SimulatedServer server) {
    List<String> tables = new ArrayList<>(clientTables(server));
    String table = tables.get(random.below(tables.size()));
    String strategy = STRATEGIES.get(random.below(STRATEGIES.size()));
    if (operator == null) {
      operator = new SimulatedClient(cluster, OPERATOR);
    }
    operator.execute(
        server,
        "ALTER TABLE %s.%s WITH compaction = {'class': '%sCompactionStrategy'}"
            .formatted(Simulation.KEYSPACE, table, strategy),
        Consistency.QUORUM);
  }

  private static Set<String> clientTables(SimulatedServer server) {
    return server.core().metadata().schema().keyspace(Simulation.KEYSPACE).tables().keySet();
  }

  /** Has a node keep snapshots in the place of earlier ones, and restore them after a while. */
  private void keepSnapshot(SimulatedServer server) {
    Set<String> there = clientTables(server);
    for (String table : TO_RESTORE) {
      if (there.contains(table)) {
        Map<String, ?> snapshot =
            Map.of("keyspace", Simulation.KEYSPACE, "tables", List.of(table), "tag", "kept");
        Operations operations = server.core().operations();
        operations
            .run("clearsnapshot", snapshot)
            .whenComplete((done, none) -> operations.run("snapshot", snapshot));
        mend(
            15 * SECOND,
            () -> {
              if (server.isServing()) {
                server.core().operations().run("restore", snapshot);
              }
            });
      }
    }
  }

  private boolean partition() {
    if (cluster.servers().size() < 2) {
      return false;
    }
    Set<NodeAddress> some = new HashSet<>();
    Set<NodeAddress> others = new HashSet<>();
    List<SimulatedServer> together = together();
    boolean apart = together.size() < cluster.servers().size();
    for (SimulatedServer server : cluster.servers()) {
      boolean isHere = apart ? together.contains(server) : random.oneIn(2);
      (isHere ? some : others).add(server.machine().address());
    }
    if (some.isEmpty() || others.isEmpty()) {
      // One of them alone, instead of all together.
      Set<NodeAddress> none = some.isEmpty() ? some : others;
      NodeAddress alone = one().machine().address();
      (some.isEmpty() ? others : some).remove(alone);
      none.add(alone);
    }
    cluster.world().network().partition(some, others);
    mend(15 * SECOND, () -> cluster.world().network().heal());
    return true;
  }

  /** Cuts one direction between a server and another one. Says whether there is another. */
  private boolean oneWay(SimulatedServer from) {
    List<SimulatedServer> others = new ArrayList<>(cluster.servers());
    others.remove(from);
    if (others.isEmpty()) {
      return false;
    }
    SimulatedServer to = others.get(random.below(others.size()));
    cluster.world().network().cut(from.machine().address(), to.machine().address());
    mend(10 * SECOND, () -> cluster.world().network().heal());
    return true;
  }
}
