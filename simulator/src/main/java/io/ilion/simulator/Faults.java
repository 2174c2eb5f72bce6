package io.ilion.simulator;

import io.ilion.runtime.NodeAddress;
import io.ilion.runtime.simulated.LinkFaults;
import io.ilion.runtime.simulated.SimulatedFiles;
import io.ilion.runtime.simulated.SimulatedRandom;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;

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

  /** In a short time at least so many happen. */
  private static final int USUAL_COUNT = 10;

  private final SimulatedCluster cluster;
  private final Set<Kind> kinds;
  private final long mostGapNanos;
  private final SimulatedRandom random;
  private final Map<Kind, Integer> counts = new EnumMap<>(Kind.class);
  private final SimulatedServer rotting;
  private final List<Runnable> healing = new ArrayList<>();
  private final TopologyChanges topology;
  private boolean active;

  /** A kind of fault. */
  public enum Kind {
    /** A process ends; what it has written stays. */
    KILL,
    /** The power of one machine fails; what was not synced may be lost, or torn. */
    POWER,
    /** The power of all machines fails at once. */
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
    /** A node joins. */
    JOIN,
    /** A node leaves. */
    LEAVE,
    /** A machine is lost for ever, and a new one takes its place. */
    REPLACE,
    /** A machine is lost for ever, and the others take over what it had. */
    REMOVE;

    /** Those by which messages are lost, and nothing else. */
    public static final Set<Kind> LINKS = Set.of(PARTITION, ONE_WAY, BAD_LINKS);
  }

  /**
   * Faults of some kinds.
   *
   * @param seconds for how long they will happen; within a short time they follow more closely
   */
  public Faults(SimulatedCluster cluster, Set<Kind> kinds, int seconds) {
    this.cluster = cluster;
    this.kinds = Set.copyOf(kinds);
    random = cluster.splitRandom();
    mostGapNanos = Math.min(MOST_GAP_NANOS, seconds * 2 * SECOND / USUAL_COUNT);
    rotting = one();
    topology = new TopologyChanges(cluster);
  }

  /** How many faults of each kind there were. */
  public Map<Kind, Integer> counts() {
    return counts;
  }

  /** Whether nobody comes or goes any more, and all who stay serve. */
  public boolean isSettled() {
    return topology.isSettled();
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
    eachLink(() -> null);
    for (SimulatedServer server : cluster.servers()) {
      server.machine().clock().setDrift(0);
      server.machine().files().setLatency(0, 0);
      server.machine().files().setFull(false);
      server.machine().files().failNoSync();
      server.machine().resume();
    }
    healing.forEach(Runnable::run);
    cluster.startAll();
    startAgain(cluster.world().nanos() + AFTERMATH_NANOS, new HashSet<>());
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
                  server.start();
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
                harm();
                next();
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

  /** Changes a bit of some SSTable, until all is mended. */
  private void rot() {
    SimulatedFiles files = rotting.machine().files();
    // One that was made just now may have nothing yet.
    List<String> tables =
        files.paths().stream()
            .filter(path -> isTable(path) && files.bytes(path).length > 0)
            .toList();
    if (tables.isEmpty()) {
      return;
    }
    String path = tables.get(random.below(tables.size()));
    int offset = random.below(files.bytes(path).length);
    int bit = 1 << random.below(8);
    Runnable mended = files.rot(path, offset, bit);
    rotting.setDamaged(true);
    // The last one first: a byte may have rotted twice.
    healing.addFirst(
        () -> {
          mended.run();
          rotting.setDamaged(false);
        });
  }

  private static boolean isTable(String path) {
    return path.contains("/data/") && path.endsWith(".v1");
  }

  private void harm() {
    restart();
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
    boolean happened = true;
    SimulatedServer server = one();
    switch (kind) {
      case KILL -> {
        server.kill();
        startLater(server);
      }
      case POWER -> {
        server.crash();
        startLater(server);
      }
      case BLACKOUT -> {
        cluster.servers().forEach(SimulatedServer::crash);
        cluster.servers().forEach(this::startLater);
      }
      case PARTITION -> partition();
      case ONE_WAY -> {
        NodeAddress from = server.machine().address();
        NodeAddress to = one().machine().address();
        if (!from.equals(to)) {
          cluster.world().network().cut(from, to);
          mend(10 * SECOND, () -> cluster.world().network().heal());
        }
      }
      case BAD_LINKS -> {
        eachLink(this::badLink);
        mend(10 * SECOND, () -> eachLink(() -> null));
      }
      case CLOCK_JUMP -> server.machine().clock().jump(random.between(-60_000_000, 60_000_000));
      case CLOCK_DRIFT ->
          server.machine().clock().setDrift((int) random.between(-100_000, 100_000));
      case SLOW_DISK -> {
        server.machine().files().setLatency(0, SECOND / 5);
        mend(10 * SECOND, () -> server.machine().files().setLatency(0, 0));
      }
      case FULL_DISK -> {
        server.machine().files().setFull(true);
        mend(10 * SECOND, () -> server.machine().files().setFull(false));
      }
      case FAILED_SYNC -> server.machine().files().failOneSync(random.below(100));
      case ROT -> rot();
      case STOP -> server.machine().stop(random.between(SECOND / 10, 20 * SECOND));
      case JOIN -> happened = topology.join();
      case LEAVE -> happened = topology.leave();
      case REPLACE -> happened = topology.replace();
      case REMOVE -> happened = topology.remove();
    }
    counts.merge(kind, happened ? 1 : 0, Integer::sum);
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

  /** Gives each direction of each link faults of its own, or none. */
  private void eachLink(Supplier<LinkFaults> own) {
    for (SimulatedServer from : cluster.servers()) {
      for (SimulatedServer to : cluster.servers()) {
        cluster
            .world()
            .network()
            .setFaults(from.machine().address(), to.machine().address(), own.get());
      }
    }
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

  private void partition() {
    Set<NodeAddress> some = new HashSet<>();
    Set<NodeAddress> others = new HashSet<>();
    for (SimulatedServer server : cluster.servers()) {
      (random.oneIn(2) ? some : others).add(server.machine().address());
    }
    cluster.world().network().partition(some, others);
    mend(15 * SECOND, () -> cluster.world().network().heal());
  }
}
