package io.ilion.driver.metadata;

import io.ilion.model.ring.Murmur3;
import io.ilion.model.ring.Placement;
import io.ilion.model.ring.ReplicationStrategy;
import io.ilion.model.ring.Ring;
import java.util.Collections;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;

/**
 * The cluster as the driver knows it: nodes, keyspaces, and which node has which partition.
 * Immutable; {@code Session.metadata()} gives the newest.
 */
public final class Metadata {
  /** Nothing is known yet. */
  public static final Metadata EMPTY = new Metadata("", List.of(), Map.of());

  private final String clusterName;
  private final List<Node> nodes;
  private final Map<String, List<Node>> byDatacenter;
  private final List<String> datacenters;
  private final Map<String, KeyspaceMetadata> keyspaces;
  private final Ring ring;
  private final Map<String, Replicas[]> replicas = new HashMap<>();

  /** What was found last: most requests are of the keyspace of the one before, by its very name. */
  private volatile Placed lastPlaced;

  private record Placed(String keyspace, Replicas[] replicas) {
    @SuppressWarnings("ReferenceEquality") // Other equal names are found otherwise.
    boolean isOf(String wanted) {
      return keyspace == wanted;
    }
  }

  /** The state of a cluster; computes the replicas of all keyspaces. */
  public Metadata(
      String clusterName, List<? extends Node> nodes, Map<String, KeyspaceMetadata> keyspaces) {
    this.clusterName = clusterName;
    this.nodes = List.copyOf(nodes);
    this.byDatacenter = Replicas.byDatacenter(this.nodes);
    this.datacenters = byDatacenter.keySet().stream().sorted().toList();
    this.keyspaces = Collections.unmodifiableMap(new TreeMap<>(keyspaces));
    Map<Ring.Member, List<Long>> tokens = new HashMap<>();
    Map<Ring.Member, Node> members = new HashMap<>();
    for (Node node : this.nodes) {
      Ring.Member member =
          new Ring.Member(node.hostId().toString(), node.datacenter(), node.rack());
      members.put(member, node);
      tokens.put(member, node.tokens());
    }
    this.ring = ring(tokens);
    Map<ReplicationStrategy, Replicas[]> placed = new HashMap<>();
    for (KeyspaceMetadata keyspace : keyspaces.values()) {
      ReplicationStrategy strategy = keyspace.strategy();
      if (strategy != null && !(strategy instanceof ReplicationStrategy.Local)) {
        replicas.put(keyspace.name(), placed.computeIfAbsent(strategy, key -> place(key, members)));
      }
    }
  }

  /** While a node takes the place of another, both may claim the same tokens: then none are. */
  private static Ring ring(Map<Ring.Member, List<Long>> tokens) {
    try {
      return Ring.of(tokens);
    } catch (IllegalArgumentException e) {
      return Ring.of(Map.of());
    }
  }

  private Replicas[] place(ReplicationStrategy strategy, Map<Ring.Member, Node> members) {
    Placement placement = new Placement(ring, strategy);
    Map<List<Ring.Member>, Replicas> shared = new IdentityHashMap<>();
    Replicas[] all = new Replicas[ring.size()];
    for (int i = 0; i < all.length; i++) {
      all[i] =
          shared.computeIfAbsent(
              placement.replicasOfRange(i),
              range -> new Replicas(range.stream().map(members::get).toList()));
    }
    return all;
  }

  /** The name of the cluster. */
  public String clusterName() {
    return clusterName;
  }

  /** All nodes. */
  public List<Node> nodes() {
    return nodes;
  }

  /** The nodes of a data centre, or all for null. */
  public List<Node> nodes(String datacenter) {
    return datacenter == null ? nodes : byDatacenter.getOrDefault(datacenter, List.of());
  }

  /** The node with this id. */
  public Optional<Node> node(UUID hostId) {
    return nodes.stream().filter(node -> node.hostId().equals(hostId)).findFirst();
  }

  /** The data centres, in alphabetical order. */
  public List<String> datacenters() {
    return datacenters;
  }

  /** The keyspaces by name. */
  public Map<String, KeyspaceMetadata> keyspaces() {
    return keyspaces;
  }

  /** A keyspace by its name as it is. */
  public Optional<KeyspaceMetadata> keyspace(String name) {
    return Optional.ofNullable(keyspaces.get(name));
  }

  /** A table by its names as they are. */
  public Optional<TableMetadata> table(String keyspace, String name) {
    return keyspace(keyspace).flatMap(found -> Optional.ofNullable(found.tables().get(name)));
  }

  /** The token of a serialised partition key. */
  public static long token(byte[] partitionKey) {
    return Murmur3.token(partitionKey);
  }

  /** The nodes that have the partitions of a token in a keyspace. */
  public Replicas replicas(String keyspace, long token) {
    Placed last = lastPlaced;
    Replicas[] all;
    if (last != null && last.isOf(keyspace)) {
      all = last.replicas();
    } else {
      all = keyspace == null ? null : replicas.get(keyspace);
      lastPlaced = new Placed(keyspace, all);
    }
    return all == null || all.length == 0 ? Replicas.NONE : all[ring.indexOf(token)];
  }
}
