package io.ilion.coordinator.replica.read;

import io.ilion.gossip.NodeInfo;
import io.ilion.gossip.messaging.Messenger;
import io.ilion.model.schema.TableDefinition;

/** Gives a replica what it lacks. */
public interface Repairer {

  /**
   * Sends an update to one replica, from a lane.
   *
   * @param timeoutNanos after which it counts as failed
   * @param answer told on the same lane when the replica has it on disk, or that it has not
   */
  void repair(
      NodeInfo replica,
      TableDefinition table,
      long token,
      byte[] update,
      long timeoutNanos,
      Messenger.Answer answer);
}
