package io.ilion.coordinator.paxos;

import io.ilion.gossip.NodeInfo;
import io.ilion.gossip.ReplicaSet;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/**
 * The replicas of a partition that agree. A round counts promises and acceptances of replicas only
 * that know the very same electorate. While the ring changes those who are about to become replicas
 * take part, and so many more are needed: then any quorum has a member in common with any of the
 * electorate before and of the one after.
 *
 * @param replicas of the partition, of all data centres
 * @param participants replicas, and those who are about to become some
 * @param required how many of them make a quorum
 * @param local whether only the data centre of the coordinator agrees (LOCAL_SERIAL)
 */
record Electorate(ReplicaSet replicas, List<NodeInfo> participants, int required, boolean local) {

  /** Copies the list. */
  Electorate {
    participants = List.copyOf(participants);
  }

  /**
   * The electorate of a partition.
   *
   * @param datacenter that agrees alone; null for all together
   */
  static Electorate of(ReplicaSet replicas, String datacenter) {
    if (datacenter == null && replicas.pending().isEmpty()) {
      int size = replicas.natural().size();
      return new Electorate(replicas, replicas.natural(), size / 2 + 1, false);
    }
    List<NodeInfo> all = new ArrayList<>();
    addThose(replicas.natural(), datacenter, all);
    int natural = all.size();
    addThose(replicas.pending(), datacenter, all);
    return new Electorate(
        replicas, all, natural / 2 + 1 + all.size() - natural, datacenter != null);
  }

  private static void addThose(List<NodeInfo> nodes, String datacenter, List<NodeInfo> all) {
    for (NodeInfo node : nodes) {
      if (datacenter == null || node.datacenter().equals(datacenter)) {
        all.add(node);
      }
    }
  }

  /** All who take what was decided. */
  List<NodeInfo> learners() {
    if (replicas.pending().isEmpty()) {
      return replicas.natural();
    }
    List<NodeInfo> all = new ArrayList<>(replicas.natural());
    all.addAll(replicas.pending());
    return all;
  }

  /** The ids of the participants in ascending order. */
  List<UUID> ids() {
    List<UUID> ids = new ArrayList<>(participants.size());
    for (NodeInfo node : participants) {
      ids.add(node.hostId());
    }
    ids.sort(null);
    return ids;
  }
}
