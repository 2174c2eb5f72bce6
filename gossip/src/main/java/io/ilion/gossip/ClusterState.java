package io.ilion.gossip;

import io.ilion.gossip.NodeInfo.State;
import io.ilion.gossip.metadata.ClusterMetadata;
import io.ilion.model.ring.ReplicationStrategy;
import io.ilion.model.schema.KeyspaceDefinition;
import io.ilion.runtime.NodeAddress;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;

/**
 * The view of a cluster that somebody else keeps up to date: metadata that were agreed on, and who
 * is alive. A node feeds it from the metadata log and from gossip; a test with what it likes. What
 * changes it is called on lane 0 only; any thread may ask.
 */
public final class ClusterState implements ClusterView {

  /** All that belongs to one epoch. */
  private record Snapshot(
      ClusterMetadata metadata,
      NodeInfo self,
      boolean ownsRanges,
      List<NodeInfo> members,
      Set<UUID> displaced,
      Map<String, Placed> replicas) {}

  /** The replicas of a keyspace, and by which definition. */
  private record Placed(KeyspaceDefinition keyspace, RingReplicas replicas) {}

  private final List<Listener> listeners = new CopyOnWriteArrayList<>();
  private final Set<UUID> alive = ConcurrentHashMap.newKeySet();
  private final Set<UUID> serving = ConcurrentHashMap.newKeySet();
  private volatile Snapshot current;

  /**
   * A view of the node itself.
   *
   * @param self as long as the metadata do not have it
   */
  public ClusterState(NodeInfo self, ClusterMetadata metadata) {
    current = snapshot(self, metadata, null);
  }

  private static Snapshot snapshot(NodeInfo known, ClusterMetadata metadata, Snapshot before) {
    NodeInfo self = metadata.nodes().getOrDefault(known.hostId(), known);
    List<NodeInfo> members =
        metadata.nodes().values().stream().filter(node -> node.state() != State.LEFT).toList();
    if (!members.contains(self)) {
      List<NodeInfo> all = new ArrayList<>(members);
      all.add(self);
      members = List.copyOf(all);
    }
    boolean sameRing =
        before != null
            && before.members.equals(members)
            && before.replicas.size() <= 16 + 2 * metadata.schema().keyspaces().size();
    NodeInfo agreed = metadata.node(self.hostId());
    boolean ownsRanges =
        agreed != null && (agreed.state() == State.NORMAL || agreed.state() == State.LEAVING);
    return new Snapshot(
        metadata,
        self,
        ownsRanges,
        members,
        displaced(members),
        sameRing ? before.replicas : new ConcurrentHashMap<>());
  }

  /**
   * Those at whose address another one joins: they run there no more, whatever was heard. An answer
   * from there would count as one of both.
   */
  private static Set<UUID> displaced(List<NodeInfo> members) {
    Set<NodeAddress> taken = new HashSet<>();
    for (NodeInfo node : members) {
      if (node.state() == State.JOINING) {
        taken.add(node.address());
      }
    }
    if (taken.isEmpty()) {
      return Set.of();
    }
    Set<UUID> displaced = new HashSet<>();
    for (NodeInfo node : members) {
      if (node.state() != State.JOINING && taken.contains(node.address())) {
        displaced.add(node.hostId());
      }
    }
    return Set.copyOf(displaced);
  }

  /** Goes on to newer metadata; tells the listeners. Older ones are ignored. */
  public void apply(ClusterMetadata metadata) {
    Snapshot before = current;
    if (metadata.epoch() <= before.metadata.epoch()) {
      return;
    }
    current = snapshot(before.self, metadata, before);
    News news = new News();
    news.tell(listener -> listener.changed(metadata.epoch()));
    for (NodeInfo node : current.members) {
      boolean isNew = before.metadata.node(node.hostId()) == null;
      if (isNew && alive.contains(node.hostId()) && !node.hostId().equals(current.self.hostId())) {
        news.tell(listener -> listener.up(node));
      }
    }
    news.end();
  }

  /** Says whether a node is believed to be alive; tells the listeners if that is new. */
  public void setAlive(UUID hostId, boolean isAlive) {
    boolean served = isServing(hostId);
    boolean changed = isAlive ? alive.add(hostId) : alive.remove(hostId);
    NodeInfo node = node(hostId);
    News news = new News();
    if (changed && node != null && !hostId.equals(self().hostId())) {
      news.tell(
          listener -> {
            if (isAlive) {
              listener.up(node);
            } else {
              listener.down(node);
            }
          });
    }
    tellServing(hostId, served, news);
    news.end();
  }

  /**
   * Says whether a node takes requests of clients as long as it is alive; tells the listeners if
   * that is new.
   */
  public void setServing(UUID hostId, boolean isServing) {
    boolean served = isServing(hostId);
    if (isServing) {
      serving.add(hostId);
    } else {
      serving.remove(hostId);
    }
    News news = new News();
    tellServing(hostId, served, news);
    news.end();
  }

  private void tellServing(UUID hostId, boolean before, News news) {
    boolean now = isServing(hostId);
    NodeInfo node = node(hostId);
    if (now != before && node != null && !hostId.equals(self().hostId())) {
      news.tell(listener -> listener.serving(node, now));
    }
  }

  /** What is told comes once: a listener that throws keeps it from no other. */
  private final class News {
    private RuntimeException failure;

    void tell(Consumer<Listener> one) {
      for (Listener listener : listeners) {
        try {
          one.accept(listener);
        } catch (RuntimeException e) {
          failure = failure == null ? e : failure;
        }
      }
    }

    /** Throws what a listener has thrown. */
    void end() {
      if (failure != null) {
        throw failure;
      }
    }
  }

  /** The metadata that this view is of. */
  public ClusterMetadata metadata() {
    return current.metadata;
  }

  @Override
  public long epoch() {
    return current.metadata.epoch();
  }

  @Override
  public long ringEpoch() {
    return current.metadata.ringEpoch();
  }

  @Override
  public NodeInfo self() {
    return current.self;
  }

  @Override
  public boolean ownsRanges() {
    return current.ownsRanges;
  }

  @Override
  public Collection<NodeInfo> nodes() {
    return current.members;
  }

  @Override
  public NodeInfo node(UUID hostId) {
    Snapshot now = current;
    return hostId.equals(now.self.hostId()) ? now.self : now.metadata.node(hostId);
  }

  @Override
  public boolean isAlive(UUID hostId) {
    Snapshot now = current;
    return alive.contains(hostId) && !now.displaced.contains(hostId)
        || hostId.equals(now.self.hostId());
  }

  @Override
  public boolean isServing(UUID hostId) {
    return isAlive(hostId) && serving.contains(hostId) || hostId.equals(current.self.hostId());
  }

  @Override
  @SuppressWarnings("ReferenceEquality") // A quick way past the comparison of whole definitions.
  public KeyspaceReplicas replicas(KeyspaceDefinition keyspace) {
    Snapshot now = current;
    Placed placed = now.replicas.get(keyspace.name());
    if (placed == null || placed.keyspace != keyspace) {
      RingReplicas replicas =
          placed != null && placed.keyspace.replication().equals(keyspace.replication())
              ? placed.replicas
              : RingReplicas.of(
                  ReplicationStrategy.of(keyspace.replication()), now.members, now.self);
      placed = new Placed(keyspace, replicas);
      now.replicas.put(keyspace.name(), placed);
    }
    return placed.replicas;
  }

  @Override
  public void listen(Listener listener) {
    listeners.add(listener);
  }
}
