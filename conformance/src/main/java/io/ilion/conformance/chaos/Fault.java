package io.ilion.conformance.chaos;

import io.ilion.runtime.simulated.SimulatedRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * One fault of a schedule.
 *
 * @param kind what happens
 * @param atNanos when it begins, from the beginning of the run
 * @param lastsNanos until it is mended
 * @param nodes to which it happens; of a link those that send, and then those that should receive
 * @param delayNanos of a slow link
 */
record Fault(Kind kind, long atNanos, long lastsNanos, List<Integer> nodes, long delayNanos) {
  private static final long SECOND = 1_000_000_000L;

  /** What can happen. */
  public enum Kind {
    /** {@code kill -9} of one node. */
    KILL,
    /** The same of two nodes at once. */
    KILL_TWO,
    /** The same of all nodes at once. */
    KILL_ALL,
    /** {@code kill -9}, and again some time after the node was started, which may still begin. */
    KILL_TWICE,
    /** A node is stopped, and continues as if nothing had been. */
    PAUSE,
    /** An orderly end. */
    RESTART,
    /** A node cannot reach the others, nor they it. */
    ISOLATE,
    /** What one node sends does not arrive at another. */
    CUT,
    /** What one node sends to another waits, and arrives when the link is mended. */
    STALL,
    /** What one node sends to others is late. */
    SLOW,
    /** The disk of a node has no byte left. */
    FULL_DISK;

    /** Whether a process ends or stops, so that nothing else can be done to it meanwhile. */
    boolean isOfProcess() {
      return switch (this) {
        case KILL, KILL_TWO, KILL_ALL, KILL_TWICE, PAUSE, RESTART -> true;
        case ISOLATE, CUT, STALL, SLOW, FULL_DISK -> false;
      };
    }
  }

  /**
   * The faults that a seed means for a cluster, in the order in which they begin: one of each kind
   * first, in an order that the seed says, and then any. All kinds together take a minute and more.
   */
  static List<Fault> schedule(long seed, int nodes, int seconds, Set<Kind> kinds) {
    List<Fault> faults = new ArrayList<>();
    if (kinds.isEmpty()) {
      return faults;
    }
    SimulatedRandom random = new SimulatedRandom(seed);
    List<Kind> among = kinds.stream().sorted().toList();
    List<Kind> deck = shuffled(among, random);
    long now = SECOND + random.between(0, SECOND);
    long end = seconds * SECOND;
    while (now < end) {
      List<Kind> next =
          deck.isEmpty() ? List.of(among.get(random.below(among.size()))) : List.copyOf(deck);
      long most = 0;
      for (Kind kind : next) {
        Fault fault = draw(kind, now, nodes, random);
        most = fault.lastsNanos;
        if (faults.stream().noneMatch(other -> other.excludes(fault))) {
          faults.add(fault);
          deck.remove(kind);
          break;
        }
      }
      // Mostly one behind the other, sometimes together.
      now += random.oneIn(3) ? SECOND : most + random.between(SECOND / 2, 3 * SECOND);
    }
    return List.copyOf(faults);
  }

  private static List<Kind> shuffled(List<Kind> kinds, SimulatedRandom random) {
    List<Kind> left = new ArrayList<>(kinds);
    List<Kind> deck = new ArrayList<>();
    while (!left.isEmpty()) {
      deck.add(left.remove(random.below(left.size())));
    }
    return deck;
  }

  private static Fault draw(Kind kind, long at, int nodes, SimulatedRandom random) {
    int one = random.below(nodes);
    int other = (one + 1 + random.below(nodes - 1)) % nodes;
    long few = random.between(SECOND, 6 * SECOND);
    // Some silences are too short to be seen, some end with the node being taken for dead.
    long silence = random.between(SECOND, 15 * SECOND);
    long delay = random.between(SECOND / 1_000, SECOND / 10);
    List<Integer> all = new ArrayList<>();
    for (int i = 0; i < nodes; i++) {
      all.add(i);
    }
    return switch (kind) {
      case KILL, KILL_TWICE -> new Fault(kind, at, few, List.of(one), 0);
      case KILL_TWO -> new Fault(kind, at, few, List.of(one, other), 0);
      case KILL_ALL -> new Fault(kind, at, few, all, 0);
      case PAUSE, ISOLATE -> new Fault(kind, at, silence, List.of(one), 0);
      case RESTART -> new Fault(kind, at, few / 4, List.of(one), 0);
      case CUT, STALL -> new Fault(kind, at, silence, List.of(one, other), 0);
      case SLOW -> new Fault(kind, at, silence, List.of(one), delay);
      case FULL_DISK -> new Fault(kind, at, few, List.of(one), 0);
    };
  }

  /** Whether two faults of processes would meet: one has to be over, and the node to serve. */
  private boolean excludes(Fault later) {
    boolean meet = later.atNanos < atNanos + lastsNanos + 4 * SECOND;
    boolean share = nodes.stream().anyMatch(later.nodes::contains);
    boolean same = kind == later.kind || kind.isOfProcess() && later.kind.isOfProcess();
    boolean links = !kind.isOfProcess() && !later.kind.isOfProcess();
    return meet && (share && same || links);
  }

  @Override
  public String toString() {
    return String.format(
        Locale.ROOT,
        "%.1f s: %s of node %s for %.1f s%s",
        atNanos / 1e9,
        kind,
        nodes,
        lastsNanos / 1e9,
        delayNanos == 0 ? "" : " by " + delayNanos / 1_000_000 + " ms");
  }
}
