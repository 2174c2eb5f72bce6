package io.ilion.gossip;

import io.ilion.model.ring.TokenRange;
import java.util.List;

/** The replicas of a keyspace in one epoch. Immutable. */
public interface KeyspaceReplicas {

  /** The replicas of a token. */
  ReplicaSet of(long token);

  /** Whether this node is the only replica of everything, and nobody is about to become one. */
  boolean isLocalOnly();

  /** The ranges of the ring in the order of their tokens, each of which has one replica set. */
  List<TokenRange> ranges();
}
