package io.ilion.coordinator.paxos;

import io.ilion.coordinator.replica.ReplicaArithmetic;
import io.ilion.gossip.NodeInfo;
import io.ilion.gossip.ReplicaSet;
import io.ilion.model.Consistency;
import java.util.List;

/**
 * When an update counts as committed.
 *
 * @param arithmetic of its keyspace
 * @param level of its statement
 */
public record CommitLevel(ReplicaArithmetic arithmetic, Consistency level) {

  /** How many replicas have to apply it, as clients are told. */
  int required(ReplicaSet replicas) {
    return arithmetic.blockForWrite(level, replicas.pending());
  }

  /**
   * How many replicas have applied it that count, as clients are told if it is not reached: less
   * than were required, also where data centres are counted by themselves.
   */
  int received(ReplicaSet replicas, List<NodeInfo> applied) {
    long counted = applied.stream().filter(node -> arithmetic.counts(level, node)).count();
    return (int) Math.min(counted, required(replicas) - 1);
  }

  /** Whether enough replicas have applied it. */
  boolean isReached(ReplicaSet replicas, List<NodeInfo> applied) {
    if (!arithmetic.countsEachDatacenter(level)) {
      return applied.stream().filter(n -> arithmetic.counts(level, n)).count()
          >= required(replicas);
    }
    return arithmetic.isEachDatacenterServed(applied, replicas.pending());
  }
}
