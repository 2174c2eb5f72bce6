package io.ilion.gossip;

import io.ilion.model.schema.KeyspaceDefinition;
import java.util.Collection;
import java.util.UUID;

/**
 * What a node knows of its cluster now. Any thread may ask; an answer is of one moment, and two
 * answers may be of different ones.
 */
public interface ClusterView {

  /** The epoch of the metadata that this node works by; grows with each change. */
  long epoch();

  /**
   * The epoch of the last change by which a node began or ended to come or go: the same for as long
   * as one does, and never the same again.
   */
  long ringEpoch();

  /** This node. */
  NodeInfo self();

  /**
   * Whether this node has ranges of its own, as one that has joined: else no read that arrives here
   * can be meant for it, but for another that was at its address before, perhaps the one that it is
   * about to replace.
   */
  boolean ownsRanges();

  /** All nodes that belong to the cluster, this one among them, without those that left. */
  Collection<NodeInfo> nodes();

  /** The node of a host id, also one that left; null if there is none. */
  NodeInfo node(UUID hostId);

  /** Whether a node is believed to be alive; this one always is. */
  boolean isAlive(UUID hostId);

  /** Whether a node is believed to take requests of clients; then it is believed to be alive. */
  boolean isServing(UUID hostId);

  /** Who replicates a keyspace. */
  KeyspaceReplicas replicas(KeyspaceDefinition keyspace);

  /** Has a listener told of all that happens from now on. */
  void listen(Listener listener);

  /** Told of changes, on lane 0. */
  interface Listener {
    /** A node is believed to be alive, and was not. */
    default void up(NodeInfo node) {}

    /** A node is believed to be down, and was alive. */
    default void down(NodeInfo node) {}

    /** A node is believed to take requests of clients, and did not; or the other way round. */
    default void serving(NodeInfo node, boolean isServing) {}

    /** Nodes, tokens or the schema changed; asks the view for what is new. */
    default void changed(long epoch) {}
  }
}
