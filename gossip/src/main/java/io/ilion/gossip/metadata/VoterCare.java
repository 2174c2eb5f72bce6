package io.ilion.gossip.metadata;

import io.ilion.gossip.NodeInfo;
import io.ilion.gossip.NodeInfo.State;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Predicate;

/**
 * Keeps the voters what they should be: an odd number, at most five, of nodes that are a part of
 * the ring, in different data centres and racks if possible. A voter that is down for a minute
 * gives its place to a node that is alive. Each step adds or removes one; but a lone voter gets all
 * the others at once, since of two voters none can be lost, and where three vote another comes
 * before one goes. Used by the leader, on one lane.
 *
 * <p>A change of the voters counts as soon as the leader has it, and must then be decided by those
 * who vote by it. So a step is taken when most of them, without one that comes with it, have just
 * answered the leader: who has died is believed to be alive for many seconds. Until then one that
 * leaves the ring votes on.
 */
public final class VoterCare {
  /** Between two looks. */
  static final long INTERVAL_NANOS = 1_000_000_000L;

  private static final long PATIENCE_NANOS = 60_000_000_000L;

  private final Predicate<UUID> isAlive;
  private final Map<UUID, Long> downSince = new HashMap<>();
  private long lookedNanos = Long.MIN_VALUE;

  /** Care by who is alive. */
  public VoterCare(Predicate<UUID> isAlive) {
    this.isAlive = isAlive;
  }

  /**
   * Whether {@link #next} would change something; at most once in an interval, but at once while
   * two vote.
   */
  boolean isDue(ClusterMetadata metadata, Predicate<UUID> answers, long nowNanos) {
    if (metadata.nodes().size() < 2
        || metadata.voters().size() != 2
            && lookedNanos != Long.MIN_VALUE
            && nowNanos - lookedNanos < INTERVAL_NANOS) {
      return false;
    }
    lookedNanos = nowNanos;
    downSince.keySet().retainAll(metadata.voters());
    for (UUID voter : metadata.voters()) {
      if (isAlive.test(voter)) {
        downSince.remove(voter);
      } else {
        downSince.putIfAbsent(voter, nowNanos);
      }
    }
    return !next(metadata, answers, nowNanos).isEmpty();
  }

  /**
   * In how many nanoseconds the next look is due, perhaps less than 0. It is due then however often
   * this is asked: who leaves may try each moment whether it votes on.
   */
  long waitNanos(long nowNanos) {
    return lookedNanos == Long.MIN_VALUE ? 0 : lookedNanos + INTERVAL_NANOS - nowNanos;
  }

  /**
   * The next step towards better voters, or nothing.
   *
   * @param answers whether a voter has just answered the leader; also true of the leader
   */
  List<Change> next(ClusterMetadata metadata, Predicate<UUID> answers, long nowNanos) {
    List<UUID> voters = metadata.voters();
    List<NodeInfo> able = new ArrayList<>();
    for (NodeInfo node : metadata.nodes().values()) {
      boolean inRing = node.state() == State.NORMAL;
      boolean usable =
          voters.contains(node.hostId())
              ? !isLost(node.hostId(), nowNanos)
              : isAlive.test(node.hostId());
      if (inRing && usable) {
        able.add(node);
      }
    }
    int wanted = able.size() >= 5 ? 5 : able.size() >= 3 ? 3 : 1;
    List<UUID> unfit =
        voters.stream()
            .filter(voter -> able.stream().noneMatch(node -> node.hostId().equals(voter)))
            // Those that are down first: without them the others can spare one more.
            .sorted(Comparator.comparing(isAlive::test))
            .toList();
    if (!unfit.isEmpty()) {
      return without(metadata, able, unfit, answers);
    }
    if (voters.size() > wanted) {
      UUID silent = voters.stream().filter(answers.negate()).findFirst().orElse(voters.getLast());
      return step(voters, without(voters, silent), answers);
    }
    List<UUID> more = voters;
    while (more.size() < wanted && (more.size() == voters.size() || voters.size() == 1)) {
      UUID next = best(metadata, more, able);
      if (next == null) {
        break;
      }
      more = with(more, next);
    }
    // Of those who come at once to a lone one it can know nothing but that they seem to be alive.
    return more.size() == voters.size()
        ? List.of()
        : voters.size() == 1 ? set(more) : step(voters, more, answers);
  }

  /** A step, if whatever becomes of whoever comes those who are sure to be there can decide. */
  private static List<Change> step(List<UUID> from, List<UUID> to, Predicate<UUID> answers) {
    long sure = to.stream().filter(from::contains).filter(answers).count();
    return sure > to.size() / 2 ? set(to) : List.of();
  }

  /** A step without one of the voters that should not vote, or nothing. */
  private static List<Change> without(
      ClusterMetadata metadata, List<NodeInfo> able, List<UUID> unfit, Predicate<UUID> answers) {
    List<UUID> voters = metadata.voters();
    boolean leaves = unfit.stream().anyMatch(voter -> isGone(metadata, voter));
    UUID next = best(metadata, voters, able);
    if (voters.size() == 1) {
      return leaves && next != null ? set(with(voters, next)) : List.of();
    }
    if (voters.size() == 3 && next != null) {
      List<Change> step = step(voters, with(voters, next), answers);
      if (!step.isEmpty()) {
        return step;
      }
    }
    // A voter that is only down is worth more than none, unless somebody takes its place, or one
    // that leaves has to vote as long as it is there. Of an even number no more can be lost than
    // without it.
    boolean dispensable = able.size() > voters.size() - 1 || leaves || voters.size() % 2 == 0;
    for (UUID voter : unfit) {
      List<Change> step = step(voters, without(voters, voter), answers);
      if (dispensable && !step.isEmpty()) {
        return step;
      }
    }
    return List.of();
  }

  private static boolean isGone(ClusterMetadata metadata, UUID voter) {
    NodeInfo node = metadata.node(voter);
    return node == null || node.state() != State.NORMAL;
  }

  private boolean isLost(UUID voter, long nowNanos) {
    Long since = downSince.get(voter);
    return since != null && nowNanos - since > PATIENCE_NANOS;
  }

  /** The node that should vote beside some others, or null. */
  private static UUID best(ClusterMetadata metadata, List<UUID> voters, List<NodeInfo> able) {
    Map<String, Integer> datacenters = new HashMap<>();
    Map<String, Integer> racks = new HashMap<>();
    for (UUID voter : voters) {
      NodeInfo node = metadata.node(voter);
      if (node != null) {
        datacenters.merge(node.datacenter(), 1, Integer::sum);
        racks.merge(node.datacenter() + '/' + node.rack(), 1, Integer::sum);
      }
    }
    return able.stream()
        .filter(node -> !voters.contains(node.hostId()))
        .min(
            Comparator.<NodeInfo>comparingInt(
                    node -> datacenters.getOrDefault(node.datacenter(), 0))
                .thenComparingInt(
                    node -> racks.getOrDefault(node.datacenter() + '/' + node.rack(), 0))
                .thenComparing(NodeInfo::hostId))
        .map(NodeInfo::hostId)
        .orElse(null);
  }

  private static List<UUID> with(List<UUID> voters, UUID one) {
    List<UUID> more = new ArrayList<>(voters);
    more.add(one);
    return more;
  }

  private static List<UUID> without(List<UUID> voters, UUID one) {
    return voters.stream().filter(voter -> !voter.equals(one)).toList();
  }

  private static List<Change> set(List<UUID> voters) {
    return List.of(new Change.SetVoters(voters));
  }
}
