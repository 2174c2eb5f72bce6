package io.ilion.gossip.metadata;

import io.ilion.gossip.NodeInfo;
import io.ilion.gossip.NodeInfo.State;
import io.ilion.model.schema.KeyspaceDefinition;
import io.ilion.model.schema.Schema;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;

/**
 * All that the nodes of a cluster have agreed on, as of one epoch. Immutable.
 *
 * @param cluster tells clusters apart; chosen when the first node makes one
 * @param epoch how many entries of the log led here
 * @param ringEpoch the epoch of the last entry that changed the state or the tokens of a node: the
 *     same for as long as a node is coming or going, and never the same again
 * @param schema whose epoch is that of its last change
 * @param nodes by host id and in the order of the ids; behind them those that have left, in the
 *     order in which they did
 * @param voters host ids of those who agree on the next entries; at most {@link #MAX_VOTERS}
 */
public record ClusterMetadata(
    UUID cluster,
    long epoch,
    long ringEpoch,
    Schema schema,
    Map<UUID, NodeInfo> nodes,
    List<UUID> voters) {
  /** The most nodes that vote. */
  public static final int MAX_VOTERS = 5;

  /** Of a node that knows no cluster yet. */
  public static final ClusterMetadata NONE =
      new ClusterMetadata(new UUID(0, 0), 0, Schema.EMPTY, Map.of(), List.of());

  /** Copies the collections. */
  public ClusterMetadata {
    nodes = Collections.unmodifiableMap(ordered(nodes));
    voters = List.copyOf(voters);
  }

  private static Map<UUID, NodeInfo> ordered(Map<UUID, NodeInfo> nodes) {
    Map<UUID, NodeInfo> ordered = LinkedHashMap.newLinkedHashMap(nodes.size());
    nodes.values().stream()
        .filter(node -> node.state() != State.LEFT)
        .sorted(Comparator.comparing(NodeInfo::hostId))
        .forEach(node -> ordered.put(node.hostId(), node));
    nodes.values().forEach(node -> ordered.putIfAbsent(node.hostId(), node));
    return ordered;
  }

  /** Metadata whose ring was changed by the last entry. */
  public ClusterMetadata(
      UUID cluster, long epoch, Schema schema, Map<UUID, NodeInfo> nodes, List<UUID> voters) {
    this(cluster, epoch, epoch, schema, nodes, voters);
  }

  /** Whether this is of a cluster, and not of a node that knows none. */
  public boolean isCluster() {
    return !cluster.equals(NONE.cluster);
  }

  /** The node of an id, or null. */
  public NodeInfo node(UUID hostId) {
    return nodes.get(hostId);
  }

  /**
   * The next epoch.
   *
   * @throws IllegalArgumentException if the changes cannot be made together or on this
   */
  public ClusterMetadata with(List<Change> changes) {
    long next = epoch + 1;
    Map<String, KeyspaceDefinition> keyspaces = null;
    Map<UUID, NodeInfo> changedNodes = new LinkedHashMap<>(nodes);
    List<UUID> changedVoters = voters;
    for (Change change : changes) {
      switch (change) {
        case Change.PutKeyspace put -> {
          keyspaces = keyspaces == null ? new TreeMap<>(schema.keyspaces()) : keyspaces;
          keyspaces.put(put.keyspace().name(), put.keyspace());
        }
        case Change.DropKeyspace drop -> {
          keyspaces = keyspaces == null ? new TreeMap<>(schema.keyspaces()) : keyspaces;
          keyspaces.remove(drop.name());
        }
        case Change.PutNode put -> put(changedNodes, put.node());
        case Change.RemoveNode remove -> changedNodes.remove(remove.hostId());
        case Change.SetVoters set -> changedVoters = checked(set.voters());
      }
    }
    return new ClusterMetadata(
        cluster,
        next,
        isSameRing(changedNodes) ? ringEpoch : next,
        keyspaces == null ? schema : new Schema(next, keyspaces),
        changedNodes.equals(nodes) ? nodes : changedNodes,
        changedVoters);
  }

  /** Who leaves comes behind those who have left before. */
  private static void put(Map<UUID, NodeInfo> nodes, NodeInfo node) {
    NodeInfo before = nodes.get(node.hostId());
    if (before != null && before.state() != State.LEFT) {
      nodes.remove(node.hostId());
    }
    nodes.put(node.hostId(), node);
  }

  /**
   * The same with a node that these do not know any more, as one that has left; if they know it, or
   * there is none, the same.
   *
   * @param known what was known of it, or null
   */
  ClusterMetadata remembering(NodeInfo known) {
    if (known == null || nodes.containsKey(known.hostId())) {
      return this;
    }
    Map<UUID, NodeInfo> all = new LinkedHashMap<>(nodes);
    put(all, known.in(State.LEFT, List.of()));
    return new ClusterMetadata(cluster, epoch, ringEpoch, schema, all, voters);
  }

  /**
   * What a single node goes on with when the majority of the voters is lost for ever.
   *
   * @param jump so many epochs are left out, in which the lost ones may have decided something
   */
  ClusterMetadata recovered(UUID voter, long jump) {
    return new ClusterMetadata(cluster, epoch + jump, ringEpoch, schema, nodes, List.of(voter));
  }

  private boolean isSameRing(Map<UUID, NodeInfo> changed) {
    if (!changed.keySet().equals(nodes.keySet())) {
      return false;
    }
    for (NodeInfo node : changed.values()) {
      NodeInfo before = nodes.get(node.hostId());
      if (node.state() != before.state() || !node.tokens().equals(before.tokens())) {
        return false;
      }
    }
    return true;
  }

  private List<UUID> checked(List<UUID> next) {
    long kept = voters.stream().filter(next::contains).count();
    // Whoever votes alone knows by itself from when on others vote too, however many.
    boolean first = voters.size() == 1 && kept == 1;
    boolean valid =
        !next.isEmpty()
            && next.size() <= MAX_VOTERS
            && next.stream().distinct().count() == next.size()
            && (first || voters.size() - kept + next.size() - kept <= 1);
    if (!valid) {
      throw new IllegalArgumentException("voters " + next + " cannot follow " + voters);
    }
    return next;
  }
}
