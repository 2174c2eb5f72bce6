package io.ilion.coordinator.batch;

import io.ilion.coordinator.LaneAccess;
import io.ilion.coordinator.WriteCallback;
import io.ilion.coordinator.replica.Acknowledgements;
import io.ilion.coordinator.replica.ReplicaWriter;
import io.ilion.coordinator.replica.UnavailableException;
import io.ilion.coordinator.replica.WriteFailureException;
import io.ilion.coordinator.replica.WriteTimeoutException;
import io.ilion.gossip.ClusterView;
import io.ilion.gossip.NodeInfo;
import io.ilion.gossip.messaging.FailureReason;
import io.ilion.gossip.messaging.Messenger;
import io.ilion.gossip.messaging.Verb;
import io.ilion.model.Consistency;
import io.ilion.model.CqlException;
import io.ilion.model.WriteType;
import io.ilion.model.data.CorruptDataException;
import io.ilion.model.ring.Murmur3;
import io.ilion.model.type.NativeType;
import io.ilion.runtime.Network;
import io.ilion.runtime.NodeAddress;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has two other nodes keep a logged batch until it is written: if this one dies before, they
 * complete it. And keeps those of others. Safe to call from any lane.
 */
public final class BatchHolders {
  private static final Logger LOGGER = LoggerFactory.getLogger(BatchHolders.class);
  private static final int WANTED = 2;
  private static final int OVERHEAD = 1024;
  private static final byte[] DONE = {};

  private final LaneAccess lanes;
  private final Messenger messenger;
  private final ClusterView view;
  private final BatchStore store;
  private final Runnable held;
  private final LongSupplier timeoutNanos;
  private final AtomicInteger turn = new AtomicInteger();

  /**
   * Creates it, and takes the batches of other nodes.
   *
   * @param store where they are kept
   * @param held run when one was kept that may have to be completed
   */
  public BatchHolders(
      LaneAccess lanes,
      Messenger messenger,
      ClusterView view,
      BatchStore store,
      Runnable held,
      LongSupplier timeoutNanos) {
    this.lanes = lanes;
    this.messenger = messenger;
    this.view = view;
    this.store = store;
    this.held = held;
    this.timeoutNanos = timeoutNanos;
    messenger.handle(Verb.BATCH_STORE, this::store);
    messenger.handle(Verb.BATCH_REMOVE, this::remove);
  }

  /**
   * Chooses who keeps a batch: two others of this data centre that are alive, of different racks
   * and other ones than this node's if there are such; this node if the data centre has too few.
   *
   * @param any whether this node will do if nobody else is alive
   * @throws UnavailableException if there is nobody
   */
  public List<NodeInfo> choose(boolean any) {
    NodeInfo self = view.self();
    List<NodeInfo> others = new ArrayList<>();
    int members = 1;
    for (NodeInfo node : view.nodes()) {
      if (node.datacenter().equals(self.datacenter()) && !node.hostId().equals(self.hostId())) {
        members++;
        if (view.isAlive(node.hostId()) && node.state() == NodeInfo.State.NORMAL) {
          others.add(node);
        }
      }
    }
    List<NodeInfo> chosen = new ArrayList<>(WANTED);
    int first = others.isEmpty() ? 0 : Math.floorMod(turn.getAndIncrement(), others.size());
    while (chosen.size() < Math.min(WANTED, others.size())) {
      NodeInfo best = null;
      int bestRank = -1;
      for (int i = 0; i < others.size(); i++) {
        NodeInfo node = others.get((first + i) % others.size());
        int rank = rank(node, chosen, self);
        if (!chosen.contains(node) && rank > bestRank) {
          best = node;
          bestRank = rank;
        }
      }
      chosen.add(best);
    }
    if (chosen.size() < WANTED && members <= WANTED || chosen.isEmpty() && any) {
      chosen.add(self);
    }
    if (chosen.isEmpty()) {
      throw new UnavailableException(
          Consistency.TWO, " for batchlog in local DC, required:2, available:0", WANTED, 0);
    }
    return chosen;
  }

  private static int rank(NodeInfo node, List<NodeInfo> chosen, NodeInfo self) {
    int rank = node.rack().equals(self.rack()) ? 0 : 1;
    for (NodeInfo other : chosen) {
      rank -= other.rack().equals(node.rack()) ? 2 : 0;
    }
    return rank + 2;
  }

  /**
   * Has a batch kept.
   *
   * @param callback told when all holders have it on disk, or that one has not: it may still be
   *     completed then
   */
  public Acknowledgements keep(
      List<NodeInfo> holders, BatchStore.Entry entry, WriteCallback callback) {
    long bytes = entry.updates().stream().mapToLong(update -> update.length + 4L).sum();
    if (bytes > Network.MAX_MESSAGE_BYTES - OVERHEAD) {
      throw CqlException.invalid("Batch too large");
    }
    long token = token(entry.id());
    byte[] payload = BatchMessage.store(entry);
    Keeping keeping = new Keeping(holders.size(), callback);
    lanes.run(
        lanes.laneOf(token),
        () -> {
          for (NodeInfo holder : holders) {
            messenger.request(
                holder.address(),
                Verb.BATCH_STORE,
                token,
                payload,
                timeoutNanos.getAsLong(),
                keeping);
          }
        },
        callback);
    return keeping;
  }

  /** Tells the holders that a batch is written. If one does not hear of it, it writes it again. */
  public void forget(List<NodeInfo> holders, UUID id) {
    byte[] payload = BatchMessage.remove(id);
    for (NodeInfo holder : holders) {
      messenger.send(holder.address(), Verb.BATCH_REMOVE, token(id), payload);
    }
  }

  private static long token(UUID id) {
    return Murmur3.token(NativeType.TIMEUUID.encode(id));
  }

  /** Waits for all holders; on one lane, but for those who watch. */
  private static final class Keeping implements Messenger.Answer, Acknowledgements {
    private final int count;
    private final WriteCallback callback;
    private final Map<NodeAddress, FailureReason> reasons = new LinkedHashMap<>();
    private int acks;
    private volatile int received;
    private volatile boolean over;

    Keeping(int count, WriteCallback callback) {
      this.count = count;
      this.callback = callback;
    }

    @Override
    public void answered(NodeAddress from, ByteBuffer payload) {
      received = ++acks;
      ended();
    }

    @Override
    public void failed(NodeAddress from, FailureReason reason) {
      reasons.put(from, reason);
      ended();
    }

    private void ended() {
      if (acks + reasons.size() < count) {
        return;
      }
      over = true;
      if (acks == count) {
        callback.done(null);
        return;
      }
      Consistency level = count == 1 ? Consistency.ONE : Consistency.TWO;
      boolean refused =
          reasons.values().stream()
              .anyMatch(r -> r != FailureReason.TIMEOUT && r != FailureReason.NODE_DOWN);
      callback.done(
          refused
              ? new WriteFailureException(level, acks, count, WriteType.BATCH_LOG, reasons)
              : new WriteTimeoutException(level, acks, count, WriteType.BATCH_LOG));
    }

    @Override
    public int received() {
      return received;
    }

    @Override
    public int blockFor() {
      return count;
    }

    @Override
    public boolean isOver() {
      return over;
    }
  }

  private void store(NodeAddress from, ByteBuffer payload, Messenger.Reply reply) {
    try {
      BatchStore.Entry entry = BatchMessage.readStore(payload);
      held.run();
      store.put(
          entry,
          failure -> {
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
