package io.ilion.coordinator.replica.read;

import io.ilion.coordinator.replica.ReplicaArithmetic;
import io.ilion.gossip.ClusterView;
import io.ilion.gossip.NodeInfo;
import io.ilion.gossip.ReplicaSet;
import io.ilion.model.Consistency;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Whom a read asks.
 *
 * @param candidates those that may be asked, whom first standing first
 * @param contacts how many of them are asked at once; the rest is for when these are slow or fail
 * @param blockFor how many have to answer
 * @param replicas all of what is read
 */
record ReadTargets(
    List<NodeInfo> candidates,
    int contacts,
    int blockFor,
    ReplicaSet replicas,
    ReplicaArithmetic arithmetic) {

  /**
   * Chooses among some replicas. Those who make room for others come last: what the rest shows is
   * on a quorum of those to come as well.
   *
   * @param replicas of what is read
   * @param order who is asked rather than whom
   * @throws io.ilion.coordinator.replica.UnavailableException if too few are alive
   */
  static ReadTargets of(
      ReplicaArithmetic arithmetic,
      Consistency level,
      ReplicaSet replicas,
      ClusterView view,
      Comparator<NodeInfo> order) {
    List<NodeInfo> live = new ArrayList<>(replicas.natural().size());
    for (NodeInfo node : replicas.natural()) {
      if (view.isAlive(node.hostId())) {
        live.add(node);
      }
    }
    arithmetic.requireLiveForRead(level, live);
    List<NodeInfo> candidates = new ArrayList<>(live.size());
    for (NodeInfo node : live) {
      if (arithmetic.counts(level, node)) {
        candidates.add(node);
      }
    }
    int blockFor = arithmetic.blockFor(level);
    if (candidates.size() > 1) {
      candidates.sort(order);
      if (blockFor > 1 && !replicas.leaving().isEmpty()) {
        candidates.sort(Comparator.comparing(replicas.leaving()::contains));
      }
    }
    if (arithmetic.countsEachDatacenter(level)) {
      candidates = ofEachDatacenter(arithmetic, candidates);
      blockFor = candidates.size();
    }
    return new ReadTargets(
        candidates, Math.min(blockFor, candidates.size()), blockFor, replicas, arithmetic);
  }

  /** As many of each data centre as it owes; others could not stand in for them. */
  private static List<NodeInfo> ofEachDatacenter(
      ReplicaArithmetic arithmetic, List<NodeInfo> candidates) {
    Map<String, Integer> taken = new HashMap<>();
    List<NodeInfo> chosen = new ArrayList<>();
    for (NodeInfo node : candidates) {
      if (taken.merge(node.datacenter(), 1, Integer::sum)
          <= arithmetic.quorumOf(node.datacenter())) {
        chosen.add(node);
      }
    }
    return chosen;
  }
}
