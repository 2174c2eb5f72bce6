package io.ilion.coordinator.replica;

import io.ilion.coordinator.LaneAccess;
import io.ilion.gossip.ClusterView;
import io.ilion.gossip.NodeInfo;
import io.ilion.gossip.ReplicaSet;
import io.ilion.gossip.messaging.FailureReason;
import io.ilion.gossip.messaging.Messenger;
import io.ilion.gossip.messaging.Verb;
import io.ilion.model.data.CorruptDataException;
import io.ilion.model.data.UpdateReader;
import io.ilion.model.ring.Murmur3;
import io.ilion.model.schema.KeyspaceDefinition;
import io.ilion.model.schema.Schema;
import io.ilion.model.schema.TableDefinition;
import io.ilion.runtime.NodeAddress;
import io.ilion.storage.OverloadedException;
import io.ilion.storage.UnknownTableException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.UUID;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a replica does with the updates that other nodes send it: it applies them, and answers when
 * they are on disk. One whose sender knows other replicas of the partition than this node does is
 * refused, since the sender would count the acknowledgements of the wrong ones: the metadata log
 * says which set is the newer one, and it is not the sender's, or the messenger had waited. So is
 * one of a table that was truncated since, as the sender does not know yet.
 */
public final class ReplicaMutations {
  private static final Logger LOGGER = LoggerFactory.getLogger(ReplicaMutations.class);
  private static final byte[] DONE = {};

  private final LaneAccess lanes;
  private final ClusterView view;
  private final Supplier<Schema> schema;

  /** Takes updates for the lanes of this node. */
  public ReplicaMutations(LaneAccess lanes, ClusterView view, Supplier<Schema> schema) {
    this.lanes = lanes;
    this.view = view;
    this.schema = schema;
  }

  /** Has a messenger bring the updates here. */
  public void register(Messenger messenger) {
    messenger.handle(Verb.MUTATE, this::mutate);
  }

  private void mutate(NodeAddress from, ByteBuffer payload, Messenger.Reply reply) {
    MutationMessage message;
    try {
      message = MutationMessage.decode(payload);
    } catch (CorruptDataException e) {
      LOGGER.error("{} sent an update that cannot be read: {}", from, e.toString());
      reply.fail(FailureReason.UNKNOWN);
      return;
    }
    UpdateReader update = new UpdateReader().wrap(message.update());
    byte[] key = update.partitionKey();
    long token = Murmur3.token(key);
    if (message.epoch() != view.epoch() || !view.ownsRanges()) {
      Schema now = schema.get();
      TableDefinition table = now.table(update.tableId());
      KeyspaceDefinition keyspace = table == null ? null : now.keyspace(table.keyspace());
      if (keyspace == null) {
        boolean truncated = now.truncated(update.tableId()) != null;
        reply.fail(truncated ? FailureReason.STALE_EPOCH : FailureReason.INCOMPATIBLE_SCHEMA);
        return;
      }
      ReplicaSet set = view.replicas(keyspace).of(token);
      if (WritePlan.fingerprint(set) != message.fingerprint()) {
        reply.fail(FailureReason.STALE_EPOCH);
        return;
      }
      if (!has(set.natural()) && !has(set.pending())) {
        // It is meant for another that was at this node's address before.
        reply.fail(FailureReason.UNKNOWN);
        return;
      }
    }
    apply(lanes, from, token, message.update(), reply);
  }

  private boolean has(List<NodeInfo> nodes) {
    UUID self = view.self().hostId();
    return nodes.stream().anyMatch(node -> node.hostId().equals(self));
  }

  /** Applies an update of another node, and answers when it is on disk. */
  public static void apply(
      LaneAccess lanes, NodeAddress from, long token, byte[] update, Messenger.Reply reply) {
    lanes.apply(
        token,
        update,
        failure -> {
          if (failure == null) {
            reply.answer(DONE);
            return;
          }
          if (!(failure instanceof OverloadedException)
              && !(failure instanceof UnknownTableException)) {
            LOGGER.warn("an update of {} was not applied: {}", from, failure.toString());
          }
          reply.fail(ReplicaWrite.reason(failure));
        });
  }
}
