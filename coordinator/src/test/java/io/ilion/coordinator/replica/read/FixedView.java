package io.ilion.coordinator.replica.read;

import io.ilion.gossip.ClusterView;
import io.ilion.gossip.KeyspaceReplicas;
import io.ilion.gossip.NodeInfo;
import io.ilion.gossip.ReplicaSet;
import io.ilion.model.ring.ReplicationStrategy;
import io.ilion.model.ring.TokenRange;
import io.ilion.model.schema.KeyspaceDefinition;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;

/** A cluster as a test says that it is. */
final class FixedView implements ClusterView {
  final Set<UUID> down = new HashSet<>();

  /** Who is about to be a replica of everything. */
  List<NodeInfo> coming = List.of();

  /** Who is about to be none any more, of whatever it is one now. */
  List<NodeInfo> leaving = List.of();

  /** What happens behind the next look at the epoch; null for nothing. */
  Runnable afterLook;

  private long epoch;
  private NodeInfo self;
  private List<NodeInfo> nodes;
  private final TreeMap<Long, NodeInfo> ring = new TreeMap<>();

  FixedView(NodeInfo alone) {
    become(1, alone, List.of(alone));
  }

  /** Has other nodes from now on. */
  void become(long newEpoch, NodeInfo newSelf, List<NodeInfo> newNodes) {
    epoch = newEpoch;
    self = newSelf;
    nodes = List.copyOf(newNodes);
    ring.clear();
    nodes.forEach(node -> node.tokens().forEach(token -> ring.put(token, node)));
  }

  @Override
  public long epoch() {
    long now = epoch;
    Runnable next = afterLook;
    if (next != null) {
      afterLook = null;
      next.run();
    }
    return now;
  }

  @Override
  public long ringEpoch() {
    return epoch();
  }

  @Override
  public NodeInfo self() {
    return self;
  }

  @Override
  public boolean ownsRanges() {
    return true;
  }

  @Override
  public Collection<NodeInfo> nodes() {
    return nodes;
  }

  @Override
  public NodeInfo node(UUID hostId) {
    return nodes.stream().filter(n -> n.hostId().equals(hostId)).findFirst().orElse(null);
  }

  @Override
  public boolean isAlive(UUID hostId) {
    return !down.contains(hostId);
  }

  @Override
  public void listen(Listener listener) {}

  @Override
  public boolean isServing(UUID hostId) {
    return isAlive(hostId);
  }

  @Override
  public KeyspaceReplicas replicas(KeyspaceDefinition keyspace) {
    int factor = ReplicationStrategy.of(keyspace.replication()).replicas();
    return new KeyspaceReplicas() {
      @Override
      public ReplicaSet of(long token) {
        Set<NodeInfo> found = new LinkedHashSet<>();
        List<NodeInfo> clockwise = new ArrayList<>(ring.tailMap(token, true).values());
        clockwise.addAll(ring.values());
        for (NodeInfo node : clockwise) {
          if (found.size() < factor) {
            found.add(node);
          }
        }
        return new ReplicaSet(
            List.copyOf(found), coming, leaving.stream().filter(found::contains).toList());
      }

      @Override
      public boolean isLocalOnly() {
        return false;
      }

      @Override
      public List<TokenRange> ranges() {
        List<TokenRange> ranges = new ArrayList<>();
        for (Map.Entry<Long, NodeInfo> entry : ring.entrySet()) {
          Long before = ring.lowerKey(entry.getKey());
          ranges.add(new TokenRange(before == null ? ring.lastKey() : before, entry.getKey()));
        }
        return ranges;
      }
    };
  }
}
