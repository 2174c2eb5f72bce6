package io.ilion.coordinator.replica.read;

import io.ilion.gossip.NodeInfo;
import io.ilion.gossip.ReplicaSet;
import io.ilion.gossip.messaging.Messenger;

/** Gives a replica what it lacks. */
public interface Repairer {

  /**
   * Sends an update to one replica, from a lane. One that knows other replicas than the read had
   * refuses it with STALE_EPOCH.
   *
   * @param epoch of the metadata by which the replicas were chosen, or an older one
   * @param replicas of the partition by these metadata
   * @param timeoutNanos after which it counts as failed
   * @param answer told on the same lane when the replica has it on disk, or that it has not
   */
  void repair(
      NodeInfo replica,
      long epoch,
      ReplicaSet replicas,
      long token,
      byte[] update,
      long timeoutNanos,
      Messenger.Answer answer);
}
