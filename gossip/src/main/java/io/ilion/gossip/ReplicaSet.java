package io.ilion.gossip;

import java.util.List;

/**
 * Who keeps the rows of one token range of a keyspace.
 *
 * @param natural the replicas, in the order of the ring; reads ask them
 * @param pending those who will be replicas when the ring has changed: they take every write beside
 *     the natural ones, and as many acknowledgements more are waited for
 * @param leaving those of the natural ones who will be none any more then
 */
public record ReplicaSet(List<NodeInfo> natural, List<NodeInfo> pending, List<NodeInfo> leaving) {
  /** Copies the lists. */
  public ReplicaSet {
    natural = List.copyOf(natural);
    pending = List.copyOf(pending);
    leaving = List.copyOf(leaving);
  }

  /** Replicas that stay. */
  public ReplicaSet(List<NodeInfo> natural) {
    this(natural, List.of(), List.of());
  }
}
