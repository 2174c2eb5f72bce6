package io.ilion.simulator;

import io.ilion.gossip.NodeInfo;
import io.ilion.runtime.simulated.SimulatedRandom;
import io.ilion.server.NodeCore;
import io.ilion.server.config.Settings;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.function.Consumer;

/**
 * Nodes that come and go, as operators have them do: several may join at once, one leaves at a
 * time, and a machine is lost for ever only when no other is and at least three are left. The first
 * two, which are the seeds, stay.
 */
final class TopologyChanges {
  private static final long SECOND = 1_000_000_000L;
  private static final int MOST_NEWCOMERS = 3;
  private static final int LEAST_LEFT = 3;
  private static final int SEEDS = 2;

  private final SimulatedCluster cluster;
  private final SimulatedRandom random;
  private final Consumer<Faults.Kind> happened;
  private int newcomers;

  /** How many of them do not serve yet. */
  private int joining;

  /** Who is leaving, or null. */
  private SimulatedServer leaving;

  /** The host id of a machine that was lost and is to be removed, or null. */
  private UUID lost;

  /** The epoch that it worked by: who has not come so far may not know it yet. */
  private long lostEpoch;

  /** Who takes the place of a machine that was lost, or null. */
  private SimulatedServer replacing;

  /** What an operator does to the replication of the clients' keyspace, or null. */
  private FactorChange factor;

  private NodeCore askedToLeave;
  private boolean asked;

  /**
   * Changes of a cluster.
   *
   * @param happened told of each change when it is over; a node may refuse it, or be lost before
   */
  TopologyChanges(SimulatedCluster cluster, Consumer<Faults.Kind> happened) {
    this.cluster = cluster;
    this.happened = happened;
    random = cluster.splitRandom();
  }

  /** Whether all that has begun is over, and every node serves that is to stay. */
  boolean isSettled() {
    retire();
    return leaving == null && lost == null && replacing == null && cluster.isServing();
  }

  /** Whether nobody is on the way in or out, whoever does not run just now. */
  boolean isQuiet() {
    retire();
    return joining == 0 && leaving == null && lost == null && replacing == null && factor == null;
  }

  /** Whether the keyspace of the clients is replicated as it was at first, and repaired. */
  boolean isReplicated() {
    return factor == null;
  }

  /** What of it is not over, to be said of a cluster that does not settle; empty if all is. */
  String unsettled() {
    StringBuilder text = new StringBuilder();
    if (leaving != null) {
      text.append("; server ").append(leaving.index()).append(" is leaving");
      text.append(leaving.isServing() ? ": " + leaving.core().mode() : "");
    }
    if (lost != null) {
      text.append("; node ").append(lost).append(" is to be removed");
    }
    if (replacing != null) {
      text.append("; server ").append(replacing.index()).append(" is replacing another");
    }
    if (factor != null) {
      text.append("; ").append(factor);
    }
    return text.toString();
  }

  /** A machine is added, and its node joins. */
  void join() {
    if (newcomers == MOST_NEWCOMERS || cluster.servers().size() < SEEDS || factor != null) {
      return;
    }
    newcomers++;
    joining++;
    SimulatedServer newcomer = cluster.add();
    slow(newcomer);
    newcomer.start();
    watch(
        () -> {
          boolean over = newcomer.isServing() || !cluster.servers().contains(newcomer);
          joining -= over ? 1 : 0;
          if (newcomer.isServing()) {
            happened.accept(Faults.Kind.JOIN);
          }
          return over;
        });
  }

  /** So that more happens while a node joins. */
  private void slow(SimulatedServer server) {
    if (random.oneIn(2)) {
      long nanos = random.between(SECOND, 10 * SECOND);
      server.machine().files().setLatency(0, SECOND / 20, nanos);
    }
  }

  /** A node leaves. */
  void leave() {
    SimulatedServer server = dispensable();
    if (server == null) {
      return;
    }
    leaving = server;
    // It may have been asked before, and have refused.
    askedToLeave = null;
    watch(this::leaves);
  }

  /** Asks a node to leave, and once more when it has been started again. */
  private boolean leaves() {
    retire();
    if (leaving != null && leaving.isServing() && leaving.core() != askedToLeave) {
      askedToLeave = leaving.core();
      SimulatedServer asked = leaving;
      askedToLeave
          .decommission(false)
          .whenComplete(
              (gone, refused) -> {
                if (refused != null && leaving == asked && !asked.hasLeft()) {
                  leaving = null;
                }
              });
    }
    return leaving == null;
  }

  private void retire() {
    if (leaving != null && leaving.hasLeft()) {
      cluster.remove(leaving);
      leaving = null;
      happened.accept(Faults.Kind.LEAVE);
    }
  }

  /** A machine is lost, and a new one takes its place. */
  void replace() {
    SimulatedServer dead = dispensable();
    if (dead == null || !canBeLost(dead)) {
      return;
    }
    String address = dead.machine().address().host();
    cluster.remove(dead);
    SimulatedServer successor =
        cluster.add(
            config ->
                config
                    .with(Settings.REPLACE_ADDRESS_FIRST_BOOT, List.of(address))
                    .with(Settings.DC, dead.datacenter())
                    .with(Settings.RACK, dead.rack()));
    replacing = successor;
    slow(successor);
    successor.start();
    watch(
        () -> {
          if (successor.isServing()) {
            replacing = null;
            happened.accept(Faults.Kind.REPLACE);
          } else if (!successor.isRunning()) {
            successor.start();
          }
          return replacing == null;
        });
  }

  /** A machine is lost, and the others are told to do without. */
  void remove() {
    SimulatedServer dead = cluster.servers().size() > LEAST_LEFT ? dispensable() : null;
    if (dead == null || !canBeLost(dead) || !canBeSpared(dead)) {
      return;
    }
    lost = dead.core().view().self().hostId();
    lostEpoch = dead.core().metadata().epoch();
    cluster.remove(dead);
    asked = false;
    watch(this::isRemoved);
  }

  private boolean isRemoved() {
    List<SimulatedServer> serving =
        cluster.servers().stream().filter(SimulatedServer::isServing).toList();
    UUID hostId = lost;
    boolean gone = !serving.isEmpty();
    for (SimulatedServer server : serving) {
      NodeInfo known = server.core().view().node(hostId);
      boolean caughtUp = server.core().metadata().epoch() >= lostEpoch;
      gone &= caughtUp && (known == null || known.state() == NodeInfo.State.LEFT);
    }
    if (gone) {
      lost = null;
      happened.accept(Faults.Kind.REMOVE);
    } else if (!serving.isEmpty() && !asked) {
      asked = true;
      SimulatedServer server = serving.get(random.below(serving.size()));
      server.core().removeNode(hostId, false).whenComplete((done, refused) -> asked = false);
      // Its end may never be told of: who was asked may end.
      cluster.world().after(30 * SECOND, () -> asked = false);
    }
    return lost == null;
  }

  /** The replicas become fewer for a while. */
  void lowerFactor() {
    FactorChange change = isQuiet() ? FactorChange.draw(cluster, random) : null;
    if (change != null) {
      factor = change;
      change
          .run()
          .thenAccept(
              done -> {
                factor = null;
                happened.accept(Faults.Kind.FACTOR);
              });
    }
  }

  /** A server without which the others can do, if nobody else is on the way out; or null. */
  private SimulatedServer dispensable() {
    if (leaving != null || lost != null || replacing != null || factor != null) {
      return null;
    }
    List<SimulatedServer> possible = new ArrayList<>();
    int serving = 0;
    for (SimulatedServer server : cluster.servers()) {
      if (server.isServing()) {
        serving++;
        if (server.index() >= SEEDS) {
          possible.add(server);
        }
      }
    }
    return possible.isEmpty() || serving < LEAST_LEFT
        ? null
        : possible.get(random.below(possible.size()));
  }

  /** Whether those who vote on the metadata can do without: of two they cannot. */
  private static boolean canBeLost(SimulatedServer server) {
    return server.core().metadata().voters().size() >= LEAST_LEFT;
  }

  /** Whether its data centre has as many others as rows have replicas there. */
  private boolean canBeSpared(SimulatedServer server) {
    String datacenter = server.datacenter();
    long there = cluster.servers().stream().filter(s -> s.datacenter().equals(datacenter)).count();
    return there > cluster.shape().factors().get(datacenter);
  }

  private interface Step {
    /** Whether there is nothing to watch any more. */
    boolean isOver();
  }

  private void watch(Step step) {
    cluster
        .world()
        .after(
            random.between(SECOND / 2, 2 * SECOND),
            () -> {
              if (!step.isOver()) {
                watch(step);
              }
            });
  }
}
