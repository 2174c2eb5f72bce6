package io.ilion.coordinator.batch;

import io.ilion.coordinator.replica.ReplicaWriter;
import io.ilion.gossip.messaging.FailureReason;
import io.ilion.gossip.messaging.Messenger;
import io.ilion.gossip.messaging.Verb;
import io.ilion.model.data.CorruptDataException;
import io.ilion.runtime.NodeAddress;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Keeps the logged batches of other nodes, until those say that they are written. */
public final class HeldBatches {
  private static final Logger LOGGER = LoggerFactory.getLogger(HeldBatches.class);
  private static final byte[] DONE = {};

  private final BatchStore store;
  private final Runnable held;

  /**
   * Creates it.
   *
   * @param store where they are kept
   * @param held run when one is kept that may have to be completed
   */
  public HeldBatches(BatchStore store, Runnable held) {
    this.store = store;
    this.held = held;
  }

  /** Takes the batches of other nodes. */
  public void register(Messenger messenger) {
    messenger.handle(Verb.BATCH_STORE, this::store);
    messenger.handle(Verb.BATCH_REMOVE, this::remove);
  }

  private void store(NodeAddress from, ByteBuffer payload, Messenger.Reply reply) {
    try {
      BatchStore.Entry entry = BatchMessage.readStore(payload);
      held.run();
      store.put(
          entry,
          failure -> {
            // If it had to wait for memory, a replay has not seen it, and counts it no more.
            held.run();
            if (failure == null) {
              reply.answer(DONE);
            } else {
              LOGGER.warn("a batch of {} was not kept: {}", from, failure.toString());
              reply.fail(ReplicaWriter.reason(failure));
            }
          });
    } catch (CorruptDataException | BufferUnderflowException e) {
      LOGGER.error("{} sent a batch that cannot be read: {}", from, e.toString());
      reply.fail(FailureReason.UNKNOWN);
    }
  }

  private void remove(NodeAddress from, ByteBuffer payload, Messenger.Reply reply) {
    try {
      UUID id = BatchMessage.readRemove(payload);
      store.remove(
          id,
          failure -> {
            if (failure != null) {
              LOGGER.debug("batch {} stays until it is replayed: {}", id, failure.toString());
            }
          });
    } catch (CorruptDataException | BufferUnderflowException e) {
      LOGGER.error("{} sent what cannot be read: {}", from, e.toString());
    }
  }
}
