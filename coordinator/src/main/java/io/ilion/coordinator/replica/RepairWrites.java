package io.ilion.coordinator.replica;

import io.ilion.coordinator.replica.read.Repairer;
import io.ilion.gossip.NodeInfo;
import io.ilion.gossip.ReplicaSet;
import io.ilion.gossip.messaging.Messenger;
import io.ilion.gossip.messaging.Verb;

/** Sends replicas what they lack as they get any write. Safe to call from any lane. */
public final class RepairWrites implements Repairer {
  private final Messenger messenger;

  /** Creates it. */
  public RepairWrites(Messenger messenger) {
    this.messenger = messenger;
  }

  @Override
  public void repair(
      NodeInfo replica,
      long epoch,
      ReplicaSet replicas,
      long token,
      byte[] update,
      long timeoutNanos,
      Messenger.Answer answer) {
    messenger.request(
        replica.address(),
        Verb.MUTATE,
        token,
        MutationMessage.encode(epoch, WritePlan.fingerprint(replicas), update),
        timeoutNanos,
        answer);
  }
}
