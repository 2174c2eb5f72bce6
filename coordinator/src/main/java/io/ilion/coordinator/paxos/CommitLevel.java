package io.ilion.coordinator.paxos;

import io.ilion.gossip.NodeInfo;
import io.ilion.gossip.ReplicaSet;
import java.util.Collection;

/** When an update counts as committed, by the consistency level of its statement. */
public interface CommitLevel {

  /** Whether enough replicas have applied it. */
  boolean isReached(ReplicaSet replicas, Collection<NodeInfo> acknowledged);

  /** How many replicas have to apply it, as clients are told. */
  int required(ReplicaSet replicas);

  /** The quorum of all replicas. */
  CommitLevel QUORUM =
      new CommitLevel() {
        @Override
        public boolean isReached(ReplicaSet replicas, Collection<NodeInfo> acknowledged) {
          return acknowledged.size() >= required(replicas);
        }

        @Override
        public int required(ReplicaSet replicas) {
          return replicas.natural().size() / 2 + 1 + replicas.pending().size();
        }
      };
}
