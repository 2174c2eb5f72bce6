package io.ilion.gossip.topology;

import io.ilion.gossip.NodeInfo;
import io.ilion.gossip.NodeInfo.State;
import io.ilion.gossip.metadata.Change;
import io.ilion.gossip.metadata.ClusterMetadata;
import io.ilion.model.ring.ReplicationStrategy;
import io.ilion.model.schema.KeyspaceDefinition;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.random.RandomGenerator;

/**
 * The steps by which nodes come and go, each as the changes of one entry of the metadata log. A
 * node comes or goes in two: by the first it is JOINING or LEAVING, and those who will own ranges
 * take their writes and stream what they hold; by the second it has joined or left. Between the two
 * no other node may begin, so the ring that there will be is always known.
 *
 * <p>All are functions of the metadata alone, for {@code MetadataService.change}: they are
 * evaluated again when something else was decided first, and refuse with a {@link
 * TopologyException}.
 */
public final class Topology {
  /**
   * How many nodes that have left are kept in the metadata, so that these stay bounded. A node that
   * was away for longer, until it is among those no more, knows what it was itself.
   */
  static final int MAX_LEFT = 1_000;

  private static final int USUAL_REPLICAS = 3;

  private Topology() {}

  /** The node that is coming or going now, or null. */
  public static NodeInfo moving(ClusterMetadata metadata) {
    return metadata.nodes().values().stream()
        .filter(node -> node.state() == State.JOINING || node.state() == State.LEAVING)
        .findFirst()
        .orElse(null);
  }

  private static void refuseWhileMoving(ClusterMetadata metadata, UUID but) {
    NodeInfo moving = moving(metadata);
    if (moving != null && !moving.hostId().equals(but)) {
      throw new TopologyException(
          true,
          moving.address()
              + (moving.state() == State.JOINING ? " is joining" : " is leaving")
              + ": wait until it has, or remove it");
    }
  }

  /** The node of an id, which must be in one of some states. */
  private static NodeInfo known(ClusterMetadata metadata, UUID hostId, State... states) {
    NodeInfo node = metadata.node(hostId);
    if (node == null || !List.of(states).contains(node.state())) {
      throw new TopologyException(
          false,
          node == null
              ? "no node has the host id " + hostId
              : node.address() + " is " + node.state());
    }
    return node;
  }

  private static boolean isIn(NodeInfo node, State... states) {
    return node != null && List.of(states).contains(node.state());
  }

  private static List<Change> put(NodeInfo node) {
    return List.of(new Change.PutNode(node));
  }

  /**
   * A node begins to join.
   *
   * @param newcomer its tokens and state do not count
   * @param tokenCount how many tokens it gets
   * @return nothing if it has begun or joined already
   */
  public static List<Change> beginJoin(
      ClusterMetadata metadata, NodeInfo newcomer, int tokenCount, RandomGenerator random) {
    if (isIn(metadata.node(newcomer.hostId()), State.JOINING, State.NORMAL)) {
      return List.of();
    }
    refuseReturn(metadata, newcomer);
    refuseWhileMoving(metadata, newcomer.hostId());
    List<NodeInfo> ring =
        metadata.nodes().values().stream()
            .filter(node -> node.state() == State.NORMAL)
            .filter(node -> node.datacenter().equals(newcomer.datacenter()))
            .toList();
    List<Long> tokens =
        TokenAllocator.allocate(ring, newcomer.rack(), tokenCount, USUAL_REPLICAS, random);
    while (isTaken(metadata, tokens)) {
      // In another data centre somebody has one of these: the next ones will do.
      tokens = tokens.stream().map(token -> token + 1).toList();
    }
    return put(newcomer.in(State.JOINING, tokens));
  }

  private static boolean isTaken(ClusterMetadata metadata, List<Long> tokens) {
    return tokens.contains(Long.MIN_VALUE)
        || metadata.nodes().values().stream()
            .anyMatch(node -> node.tokens().stream().anyMatch(tokens::contains));
  }

  private static void refuseReturn(ClusterMetadata metadata, NodeInfo newcomer) {
    if (isIn(metadata.node(newcomer.hostId()), State.LEAVING, State.LEFT)) {
      throw new TopologyException(false, "a node that left cannot come back with its data");
    }
  }

  /**
   * A node begins to take the place of another, which is dead for ever: it gets its tokens.
   *
   * @param newcomer its tokens and state do not count
   * @param dead the one that it replaces
   */
  public static List<Change> beginReplace(ClusterMetadata metadata, NodeInfo newcomer, UUID dead) {
    NodeInfo known = metadata.node(newcomer.hostId());
    if (isIn(known, State.JOINING, State.NORMAL)) {
      return List.of();
    }
    refuseReturn(metadata, newcomer);
    refuseWhileMoving(metadata, newcomer.hostId());
    NodeInfo replaced = known(metadata, dead, State.NORMAL);
    if (!replaced.datacenter().equals(newcomer.datacenter())
        || !replaced.rack().equals(newcomer.rack())) {
      throw new TopologyException(
          false,
          "only a node of rack "
              + replaced.rack()
              + " in data centre "
              + replaced.datacenter()
              + " can replace "
              + replaced.address());
    }
    return put(newcomer.in(State.JOINING, replaced.tokens()));
  }

  /** A node has all that it will own; who it replaces has left. */
  public static List<Change> finishJoin(ClusterMetadata metadata, UUID hostId) {
    if (isIn(metadata.node(hostId), State.NORMAL)) {
      return List.of();
    }
    NodeInfo node = known(metadata, hostId, State.JOINING);
    NodeInfo replaced = replaced(metadata, node);
    Change joined = new Change.PutNode(node.in(State.NORMAL));
    return replaced == null ? List.of(joined) : left(metadata, replaced, joined);
  }

  /** Whom a joining node replaces: the one with the same tokens; null if nobody. */
  public static NodeInfo replaced(ClusterMetadata metadata, NodeInfo joining) {
    return metadata.nodes().values().stream()
        .filter(node -> node.state() == State.NORMAL && node.tokens().equals(joining.tokens()))
        .findFirst()
        .orElse(null);
  }

  /**
   * A node that joins gives up, or is given up. It cannot come back with what it has fetched: that
   * would miss the deletions of the time between.
   */
  public static List<Change> abortJoin(ClusterMetadata metadata, UUID hostId) {
    NodeInfo node = metadata.node(hostId);
    return isIn(node, State.JOINING) ? left(metadata, node) : List.of();
  }

  /**
   * A node begins to leave: by itself, or since it is dead and others have its data.
   *
   * @param force also if fewer nodes would be left than the cluster has had replicas
   */
  public static List<Change> beginLeave(ClusterMetadata metadata, UUID hostId, boolean force) {
    if (isIn(metadata.node(hostId), State.LEAVING, State.LEFT)) {
      return List.of();
    }
    refuseWhileMoving(metadata, hostId);
    NodeInfo node = known(metadata, hostId, State.NORMAL);
    List<NodeInfo> ring =
        metadata.nodes().values().stream().filter(other -> other.state() == State.NORMAL).toList();
    long left = ring.stream().filter(other -> other.datacenter().equals(node.datacenter())).count();
    if (left < 2) {
      throw new TopologyException(
          false, node.address() + " is the last node of data centre " + node.datacenter());
    }
    if (!force) {
      for (KeyspaceDefinition keyspace : metadata.schema().keyspaces().values()) {
        int factor = replicas(keyspace, node.datacenter());
        // Simple replicas are anywhere in the ring.
        long nodes = isSimple(keyspace) ? ring.size() : left;
        if (nodes - 1 < factor) {
          throw new TopologyException(
              false,
              "Not enough live nodes to maintain replication factor in keyspace "
                  + keyspace.name()
                  + " (RF = "
                  + factor
                  + ", N = "
                  + nodes
                  + "). Perform a forceful decommission to ignore.");
        }
      }
    }
    return put(node.in(State.LEAVING));
  }

  private static boolean isSimple(KeyspaceDefinition keyspace) {
    return ReplicationStrategy.of(keyspace.replication()) instanceof ReplicationStrategy.Simple;
  }

  private static int replicas(KeyspaceDefinition keyspace, String datacenter) {
    return switch (ReplicationStrategy.of(keyspace.replication())) {
      case ReplicationStrategy.Local local -> 0;
      case ReplicationStrategy.Simple simple -> simple.factor();
      case ReplicationStrategy.NetworkTopology network ->
          network.factors().getOrDefault(datacenter, 0);
    };
  }

  /** A node changed its mind, or those who should have had its data did not get it. */
  public static List<Change> abortLeave(ClusterMetadata metadata, UUID hostId) {
    NodeInfo node = metadata.node(hostId);
    return isIn(node, State.LEAVING) ? put(node.in(State.NORMAL)) : List.of();
  }

  /**
   * Others have all that a node owned, so it has left. It must not vote any more: its place is
   * taken by the next ones as soon as it is LEAVING.
   */
  public static List<Change> finishLeave(ClusterMetadata metadata, UUID hostId) {
    if (isIn(metadata.node(hostId), State.LEFT)) {
      return List.of();
    }
    NodeInfo node = known(metadata, hostId, State.LEAVING);
    if (metadata.voters().contains(hostId)) {
      throw new TopologyException(true, node.address() + " still votes on the metadata");
    }
    return left(metadata, node);
  }

  /** A node has left, and who did so long before it is forgotten. */
  private static List<Change> left(ClusterMetadata metadata, NodeInfo node, Change... others) {
    List<Change> changes = new ArrayList<>(List.of(others));
    changes.add(new Change.PutNode(node.in(State.LEFT, List.of())));
    List<UUID> before =
        metadata.nodes().values().stream()
            .filter(other -> other.state() == State.LEFT)
            .map(NodeInfo::hostId)
            .filter(hostId -> !metadata.voters().contains(hostId))
            .toList();
    before.stream()
        .limit(Math.max(0, before.size() + 1 - MAX_LEFT))
        .map(Change.RemoveNode::new)
        .forEach(changes::add);
    return changes;
  }
}
