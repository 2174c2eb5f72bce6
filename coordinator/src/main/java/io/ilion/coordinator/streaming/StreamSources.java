package io.ilion.coordinator.streaming;

import io.ilion.gossip.ClusterView;
import io.ilion.gossip.NodeInfo;
import io.ilion.model.ring.ReplicationStrategy;
import io.ilion.model.ring.TokenRange;
import io.ilion.model.schema.KeyspaceDefinition;
import io.ilion.runtime.NodeAddress;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * Which replicas of a range are asked for it. Of n replicas so many are asked that every quorum has
 * one among them, n - n/2; the same holds for those of some data centres by themselves, for what
 * only a quorum of one of them has acknowledged.
 */
final class StreamSources {
  private final ClusterView view;
  private final Set<NodeAddress> damaged;

  StreamSources(ClusterView view) {
    this(view, Set.of());
  }

  /**
   * As above, without some.
   *
   * @param damaged who cannot read what is wanted
   */
  StreamSources(ClusterView view, Set<NodeAddress> damaged) {
    this.view = view;
    this.damaged = damaged;
  }

  /**
   * The data centres of some nodes of which a quorum counts by itself. None of a keyspace whose
   * strategy does not tell them apart: a quorum within one of them is then one of all replicas.
   */
  static Set<String> datacenters(KeyspaceDefinition keyspace, Collection<NodeInfo> nodes) {
    Set<String> datacenters = new LinkedHashSet<>();
    if (ReplicationStrategy.of(keyspace.replication())
        instanceof ReplicationStrategy.NetworkTopology) {
      nodes.forEach(node -> datacenters.add(node.datacenter()));
    }
    return datacenters;
  }

  /**
   * Who is asked for a range, in the order of their host ids; all that are alive if those are too
   * few. Which of those who could be it depends on the range, so that all have a part of the work.
   * Those who are about to leave come first: perhaps nobody else has what was acknowledged at ONE.
   *
   * @param replicas this node may be one of them, and is not asked
   * @param datacenters of which a quorum counts by itself
   */
  List<NodeInfo> of(List<NodeInfo> replicas, Collection<String> datacenters, TokenRange range) {
    List<NodeInfo> alive = new ArrayList<>(replicas);
    alive.removeIf(
        node -> isSelf(node) || !view.isAlive(node.hostId()) || damaged.contains(node.address()));
    alive.sort(Comparator.comparing(NodeInfo::hostId));
    Collections.rotate(alive, Long.hashCode(range.end() * 0x9E37_79B9_7F4A_7C15L) >>> 8);
    alive.sort(Comparator.comparing(node -> node.state() != NodeInfo.State.LEAVING));
    Set<NodeInfo> sources = new LinkedHashSet<>();
    for (String datacenter : datacenters) {
      within(alive, datacenter).stream()
          .limit(enough(within(replicas, datacenter).size()))
          .forEach(sources::add);
    }
    for (NodeInfo node : alive) {
      if (sources.size() < enough(replicas.size())) {
        sources.add(node);
      }
    }
    return sources.stream().sorted(Comparator.comparing(NodeInfo::hostId)).toList();
  }

  /**
   * Whether every quorum has one among those who would be asked.
   *
   * @throws StreamException if not
   */
  void expectEnough(
      List<NodeInfo> sources,
      List<NodeInfo> replicas,
      Collection<String> datacenters,
      TokenRange range,
      String keyspace) {
    boolean are = sources.size() >= needed(replicas);
    for (String datacenter : datacenters) {
      are &= within(sources, datacenter).size() >= needed(within(replicas, datacenter));
    }
    if (!are) {
      throw new StreamException(
          "of the replicas "
              + replicas.stream().map(NodeInfo::address).toList()
              + " of "
              + range
              + " in "
              + keyspace
              + " only "
              + replicas.stream()
                  .filter(n -> view.isAlive(n.hostId()) && !damaged.contains(n.address()))
                  .count()
              + (damaged.isEmpty() ? " are alive" : " are alive and can read what they have"));
    }
  }

  private boolean isSelf(NodeInfo node) {
    return node.hostId().equals(view.self().hostId());
  }

  /** How many have to be asked; of a node that is the only replica nobody else can be. */
  private int needed(List<NodeInfo> replicas) {
    long others = replicas.stream().filter(node -> !isSelf(node)).count();
    return (int) Math.min(others, enough(replicas.size()));
  }

  private static List<NodeInfo> within(List<NodeInfo> nodes, String datacenter) {
    return nodes.stream().filter(node -> node.datacenter().equals(datacenter)).toList();
  }

  /** Of so many replicas, how many have one in common with each quorum. */
  private static int enough(int replicas) {
    return replicas - replicas / 2;
  }
}
