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
 * the others at once, since of two voters none can be lost. One that leaves the ring votes on while
 * those who stay would have no majority without it, as more of them are down. Used by the leader,
 * on one lane.
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

  /** Whether {@link #next} would change something; at most once in an interval. */
  boolean isDue(ClusterMetadata metadata, long nowNanos) {
    if (metadata.nodes().size() < 2
        || lookedNanos != Long.MIN_VALUE && nowNanos - lookedNanos < INTERVAL_NANOS) {
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
    return !next(metadata, nowNanos).isEmpty();
  }

  /** The next step towards better voters, or nothing. */
  List<Change> next(ClusterMetadata metadata, long nowNanos) {
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
      return without(metadata, able, unfit);
    }
    if (voters.size() > wanted) {
      return set(without(voters, voters.getLast()));
    }
    List<UUID> more = voters;
    while (more.size() < wanted && (more.size() == voters.size() || voters.size() == 1)) {
      UUID next = best(metadata, more, able);
      if (next == null) {
        break;
      }
      List<UUID> longer = new ArrayList<>(more);
      longer.add(next);
      more = longer;
    }
    return more.size() > voters.size() ? set(more) : List.of();
  }

  /** A step without one of the voters that should not vote, or nothing. */
  private List<Change> without(ClusterMetadata metadata, List<NodeInfo> able, List<UUID> unfit) {
    List<UUID> voters = metadata.voters();
    boolean leaves = unfit.stream().anyMatch(voter -> isGone(metadata, voter));
    if (voters.size() == 1) {
      return leaves ? add(metadata, able) : List.of();
    }
    // A voter that is only down is worth more than none, unless somebody takes its place, or one
    // that leaves has to vote as long as it is there.
    boolean replaceable = able.size() > voters.size() - 1;
    for (UUID voter : unfit) {
      List<UUID> rest = without(voters, voter);
      long alive = rest.stream().filter(isAlive).count();
      if ((replaceable || leaves) && alive > rest.size() / 2) {
        return set(rest);
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

  private static List<Change> add(ClusterMetadata metadata, List<NodeInfo> able) {
    UUID next = best(metadata, metadata.voters(), able);
    if (next == null) {
      return List.of();
    }
    List<UUID> more = new ArrayList<>(metadata.voters());
    more.add(next);
    return set(more);
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

  private static List<UUID> without(List<UUID> voters, UUID one) {
    return voters.stream().filter(voter -> !voter.equals(one)).toList();
  }

  private static List<Change> set(List<UUID> voters) {
    return List.of(new Change.SetVoters(voters));
  }
}
