package io.ilion.coordinator.replica;

import io.ilion.gossip.NodeInfo;
import io.ilion.gossip.ReplicaSet;
import io.ilion.model.Consistency;
import io.ilion.model.ring.ReplicationStrategy;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * How many replicas of a keyspace each consistency level asks for, as Cassandra counts them.
 * Immutable.
 *
 * <p>A write also waits for an acknowledgement more for each pending replica: whatever quorum is
 * asked after the ring has changed then has a replica that took the write, whichever they are. What
 * a read shows has to be on such a quorum as well ({@link #isOnQuorumToCome}).
 */
public final class ReplicaArithmetic {
  private final String localDatacenter;
  private final Map<String, Integer> factors;
  private final int replicas;

  /** The arithmetic of a strategy, seen from a node of a data centre. */
  public ReplicaArithmetic(ReplicationStrategy strategy, String localDatacenter) {
    this.localDatacenter = localDatacenter;
    this.replicas = strategy.replicas();
    this.factors =
        strategy instanceof ReplicationStrategy.NetworkTopology topology
            ? new TreeMap<>(topology.factors())
            : null;
  }

  /** Whether replicas of the local data centre alone count at a level. */
  public static boolean isLocal(Consistency level) {
    return level == Consistency.LOCAL_ONE
        || level == Consistency.LOCAL_QUORUM
        || level == Consistency.LOCAL_SERIAL;
  }

  /** Whether each data centre is counted by itself at a level. */
  public boolean countsEachDatacenter(Consistency level) {
    return level == Consistency.EACH_QUORUM && factors != null;
  }

  /** Whether an answer of a node counts at a level. */
  public boolean counts(Consistency level, NodeInfo node) {
    return !isLocal(level) || isLocal(node);
  }

  private boolean isLocal(NodeInfo node) {
    return node.datacenter().equals(localDatacenter);
  }

  /** A majority of the replicas in a data centre; of all where data centres are not told apart. */
  public int quorumOf(String datacenter) {
    return (factors == null ? replicas : factors.getOrDefault(datacenter, 0)) / 2 + 1;
  }

  /** How many replicas a read at a level waits for. */
  public int blockFor(Consistency level) {
    return switch (level) {
      case ANY, ONE, LOCAL_ONE -> 1;
      case TWO -> 2;
      case THREE -> 3;
      case QUORUM, SERIAL -> replicas / 2 + 1;
      case LOCAL_QUORUM, LOCAL_SERIAL -> quorumOf(localDatacenter);
      case ALL -> replicas;
      case EACH_QUORUM ->
          factors == null
              ? replicas / 2 + 1
              : factors.keySet().stream().mapToInt(this::quorumOf).sum();
    };
  }

  /** How many replicas a write at a level waits for. */
  public int blockForWrite(Consistency level, List<NodeInfo> pending) {
    int natural = blockFor(level);
    if (pending.isEmpty() || level == Consistency.ANY) {
      return natural;
    }
    return natural + (isLocal(level) ? countLocal(pending) : pending.size());
  }

  /**
   * How many acknowledgements each data centre owes, where each is counted by itself.
   *
   * @return by name; a map of the caller's own
   */
  Map<String, Integer> owedByDatacenter(List<NodeInfo> pending) {
    Map<String, Integer> owed = new TreeMap<>();
    factors.keySet().forEach(datacenter -> owed.put(datacenter, quorumOf(datacenter)));
    pending.forEach(node -> owed.merge(node.datacenter(), 1, Integer::sum));
    return owed;
  }

  /** Whether each data centre has acknowledged a write, where each is counted by itself. */
  public boolean isEachDatacenterServed(List<NodeInfo> acknowledged, List<NodeInfo> pending) {
    Map<String, Integer> owed = owedByDatacenter(pending);
    acknowledged.forEach(node -> owed.merge(node.datacenter(), -1, Integer::sum));
    return owed.values().stream().allMatch(left -> left <= 0);
  }

  /**
   * Whether what some nodes have is on a quorum of those who will be the replicas when the ring has
   * changed, if the level asks for a quorum of those of now. Where a quorum is all of them, all but
   * one will do: else every read would have to wait for who is pending.
   */
  public boolean isOnQuorumToCome(Consistency level, ReplicaSet set, Collection<NodeInfo> haveIt) {
    if (set.pending().isEmpty()) {
      return true;
    }
    if (countsEachDatacenter(level)) {
      return factors.keySet().stream()
          .allMatch(name -> isOnQuorumToCome(factors.get(name), name, set, haveIt));
    }
    if (!isLocal(level)) {
      return blockFor(level) <= replicas / 2 || isOnQuorumToCome(replicas, null, set, haveIt);
    }
    int local = factors == null ? replicas : factors.getOrDefault(localDatacenter, 0);
    return blockFor(level) <= local / 2 || isOnQuorumToCome(local, localDatacenter, set, haveIt);
  }

  private static boolean isOnQuorumToCome(
      int replicas, String datacenter, ReplicaSet set, Collection<NodeInfo> haveIt) {
    int left = Math.min(replicas / 2 + 1, replicas - 1);
    for (NodeInfo node : haveIt) {
      left -= isWithin(datacenter, node) && !set.leaving().contains(node) ? 1 : 0;
    }
    return left <= 0 || set.pending().stream().noneMatch(node -> isWithin(datacenter, node));
  }

  private static boolean isWithin(String datacenter, NodeInfo node) {
    return datacenter == null || node.datacenter().equals(datacenter);
  }

  /** How many of some replicas could answer at a level. */
  public int candidates(Consistency level, List<NodeInfo> nodes) {
    return isLocal(level) ? countLocal(nodes) : nodes.size();
  }

  private int countLocal(List<NodeInfo> nodes) {
    int count = 0;
    for (NodeInfo node : nodes) {
      count += isLocal(node) ? 1 : 0;
    }
    return count;
  }

  /**
   * Refuses a read that cannot reach its level.
   *
   * @param live the natural replicas that are alive
   * @throws UnavailableException with the numbers that Cassandra gives
   */
  public void requireLiveForRead(Consistency level, List<NodeInfo> live) {
    requireLive(level, live, blockFor(level));
  }

  /**
   * Refuses a write that cannot reach its level.
   *
   * @param live the replicas that are alive, natural and pending
   * @param pending the pending ones, alive or not
   * @throws UnavailableException with the numbers that Cassandra gives
   */
  public void requireLiveForWrite(Consistency level, List<NodeInfo> live, List<NodeInfo> pending) {
    requireLive(level, live, blockForWrite(level, pending));
  }

  private void requireLive(Consistency level, List<NodeInfo> live, int blockFor) {
    if (level == Consistency.ANY) {
      // A hint of this node would do.
      return;
    }
    if (countsEachDatacenter(level)) {
      for (String datacenter : factors.keySet()) {
        long alive = live.stream().filter(n -> n.datacenter().equals(datacenter)).count();
        if (alive < quorumOf(datacenter)) {
          // Cassandra says that none is alive, whatever their number.
          throw new UnavailableException(level, " in DC " + datacenter, quorumOf(datacenter), 0);
        }
      }
      return;
    }
    boolean local = level == Consistency.LOCAL_ONE || level == Consistency.LOCAL_QUORUM;
    int alive = local ? countLocal(live) : live.size();
    if (alive < blockFor) {
      throw new UnavailableException(
          level, "", level == Consistency.LOCAL_ONE ? 1 : blockFor, alive);
    }
  }
}
