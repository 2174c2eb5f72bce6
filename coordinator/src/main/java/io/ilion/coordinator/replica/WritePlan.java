package io.ilion.coordinator.replica;

import io.ilion.gossip.ClusterView;
import io.ilion.gossip.NodeInfo;
import io.ilion.gossip.ReplicaSet;
import io.ilion.model.Consistency;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Who is to take one write, and how many of them have to acknowledge it. Immutable. */
public final class WritePlan {
  private final long epoch;
  private final String keyspace;
  private final long token;
  private final Consistency level;
  private final ReplicaArithmetic arithmetic;
  private final ReplicaSet set;
  private final List<NodeInfo> replicas;
  private final List<NodeInfo> live;
  private final int blockFor;
  private final int candidates;

  private WritePlan(
      long epoch,
      String keyspace,
      long token,
      Consistency level,
      ReplicaArithmetic arithmetic,
      ReplicaSet set,
      ClusterView view) {
    this.epoch = epoch;
    this.keyspace = keyspace;
    this.token = token;
    this.level = level;
    this.arithmetic = arithmetic;
    this.set = set;
    replicas = all(set);
    live = live(replicas, view);
    blockFor = arithmetic.blockForWrite(level, set.pending());
    candidates = arithmetic.candidates(level, replicas);
  }

  /**
   * Plans a write.
   *
   * @param epoch which the replicas are at least as new as
   */
  static WritePlan of(
      long epoch,
      String keyspace,
      long token,
      Consistency level,
      ReplicaArithmetic arithmetic,
      ReplicaSet set,
      ClusterView view) {
    return new WritePlan(epoch, keyspace, token, level, arithmetic, set, view);
  }

  private static List<NodeInfo> all(ReplicaSet set) {
    if (set.pending().isEmpty()) {
      return set.natural();
    }
    List<NodeInfo> all = new ArrayList<>(set.natural());
    all.addAll(set.pending());
    return all;
  }

  private static List<NodeInfo> live(List<NodeInfo> replicas, ClusterView view) {
    List<NodeInfo> live = new ArrayList<>(replicas.size());
    for (NodeInfo node : replicas) {
      if (view.isAlive(node.hostId())) {
        live.add(node);
      }
    }
    return live;
  }

  /**
   * Tells sets of replicas apart: equal for equal sets, whatever their order, and different for
   * others but for one in 2^64.
   */
  public static long fingerprint(ReplicaSet set) {
    long sum = 1;
    for (NodeInfo node : set.natural()) {
      sum += mixed(node, 0x9E37_79B9_7F4A_7C15L);
    }
    for (NodeInfo node : set.pending()) {
      sum += mixed(node, 0xC2B2_AE3D_27D4_EB4FL);
    }
    for (NodeInfo node : set.leaving()) {
      sum += mixed(node, 0x1656_67B1_9E37_79F9L);
    }
    return sum;
  }

  private static long mixed(NodeInfo node, long factor) {
    long bits =
        node.hostId().getMostSignificantBits() * 31 + node.hostId().getLeastSignificantBits();
    bits = (bits ^ bits >>> 32) * factor;
    return (bits ^ bits >>> 29) * factor;
  }

  void requireLive() {
    arithmetic.requireLiveForWrite(level, live, set.pending());
  }

  /** The epoch of the metadata that this was planned by, or an older one. */
  long epoch() {
    return epoch;
  }

  String keyspace() {
    return keyspace;
  }

  /** The token of the partition. */
  public long token() {
    return token;
  }

  /** The level that was asked for. */
  public Consistency level() {
    return level;
  }

  ReplicaSet set() {
    return set;
  }

  /** The replicas of now, without those that are about to be some. */
  public List<NodeInfo> natural() {
    return set.natural();
  }

  /** All that are to take the write: the natural replicas, then the pending ones. */
  public List<NodeInfo> replicas() {
    return replicas;
  }

  /** Those of them that are believed to be alive. */
  public List<NodeInfo> live() {
    return live;
  }

  /** How many have to acknowledge it. */
  public int blockFor() {
    return blockFor;
  }

  /** How many could. */
  int candidates() {
    return candidates;
  }

  boolean counts(NodeInfo node) {
    return arithmetic.counts(level, node);
  }

  /** What each data centre owes if each is counted by itself, else null. */
  Map<String, Integer> owedByDatacenter() {
    return arithmetic.countsEachDatacenter(level)
        ? arithmetic.owedByDatacenter(set.pending())
        : null;
  }
}
