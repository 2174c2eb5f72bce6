package io.ilion.coordinator.replica;

import io.ilion.coordinator.replica.read.Repairer;
import io.ilion.gossip.ClusterView;
import io.ilion.gossip.NodeInfo;
import io.ilion.gossip.ReplicaSet;
import io.ilion.gossip.messaging.FailureReason;
import io.ilion.gossip.messaging.Messenger;
import io.ilion.gossip.messaging.Verb;
import io.ilion.model.schema.KeyspaceDefinition;
import io.ilion.model.schema.Schema;
import io.ilion.model.schema.TableDefinition;
import java.util.function.Supplier;

/** Sends replicas what they lack as they get any write. Safe to call from any lane. */
public final class RepairWrites implements Repairer {
  private final Messenger messenger;
  private final ClusterView view;
  private final Supplier<Schema> schema;

  /**
   * Creates it.
   *
   * @param schema that belongs to the view's epoch or a later one
   */
  public RepairWrites(Messenger messenger, ClusterView view, Supplier<Schema> schema) {
    this.messenger = messenger;
    this.view = view;
    this.schema = schema;
  }

  @Override
  public void repair(
      NodeInfo replica,
      TableDefinition table,
      long token,
      byte[] update,
      long timeoutNanos,
      Messenger.Answer answer) {
    long epoch = view.epoch();
    KeyspaceDefinition keyspace = schema.get().keyspace(table.keyspace());
    if (keyspace == null) {
      answer.failed(replica.address(), FailureReason.INCOMPATIBLE_SCHEMA);
      return;
    }
    ReplicaSet set = view.replicas(keyspace).of(token);
    messenger.request(
        replica.address(),
        Verb.MUTATE,
        token,
        MutationMessage.encode(epoch, WritePlan.fingerprint(set), update),
        timeoutNanos,
        answer);
  }
}
