package io.ilion.coordinator.batch;

import io.ilion.coordinator.LaneAccess;
import io.ilion.coordinator.WriteCallback;
import io.ilion.coordinator.replica.Acknowledgements;
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
import io.ilion.model.ring.Murmur3;
import io.ilion.model.type.NativeType;
import io.ilion.runtime.Network;
import io.ilion.runtime.NodeAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;

/**
 * Has two other nodes keep a logged batch until it is written: if this one dies before, they
 * complete it. Safe to call from any lane.
 *
 * <p>Nothing of a batch is written before two nodes have it on disk, whoever writes it, as long as
 * a second one of the data centre is alive. So one that was kept by one only, because the other
 * refused it, is given to another one before the first completes it: else a half of it would stay
 * if the only node that has it were lost in between.
 */
public final class BatchHolders {
  private static final int WANTED = 2;
  private static final int MOST_ASKED = 3;
  private static final int OVERHEAD = 1024;

  private final LaneAccess lanes;
  private final Messenger messenger;
  private final ClusterView view;
  private final LongSupplier timeoutNanos;

  /**
   * Creates it.
   *
   * @param timeoutNanos after which a node that has not answered counts as failed
   */
  public BatchHolders(
      LaneAccess lanes, Messenger messenger, ClusterView view, LongSupplier timeoutNanos) {
    this.lanes = lanes;
    this.messenger = messenger;
    this.view = view;
    this.timeoutNanos = timeoutNanos;
  }

  /**
   * Chooses who keeps a batch: two others of this data centre that are alive, of different racks
   * and other ones than this node's if there are such. If only one other is alive, this node is the
   * second: the other may be a replica as well, and what it alone kept and wrote would be lost with
   * it.
   *
   * @param any whether this node will do if nobody else is alive, as it does where the data centre
   *     has no two others
   * @throws UnavailableException if there is nobody
   */
  public List<NodeInfo> choose(UUID id, boolean any) {
    List<NodeInfo> others = new ArrayList<>();
    int members = membersAnd(others);
    List<NodeInfo> chosen = best(id, others, WANTED);
    if (chosen.isEmpty() && members > WANTED && !any) {
      throw unavailable(WANTED);
    }
    if (chosen.size() < WANTED) {
      chosen.add(view.self());
    }
    return chosen;
  }

  /**
   * Has another node keep a batch that this one keeps and is about to complete: one after another
   * is asked, until one has it.
   *
   * @param callback told that it is on the disk of another node, or that this one is alone in its
   *     data centre; or that nobody has it, and so nothing of it may be written yet
   */
  public void share(BatchStore.Entry entry, Batchlog.Completion.Shared callback) {
    List<NodeInfo> others = new ArrayList<>();
    int members = membersAnd(others);
    if (others.isEmpty()) {
      callback.shared(() -> {}, members == 1 ? null : unavailable(1));
    } else {
      share(entry, best(entry.id(), others, MOST_ASKED), 0, callback);
    }
  }

  private void share(
      BatchStore.Entry entry,
      List<NodeInfo> others,
      int next,
      Batchlog.Completion.Shared callback) {
    keep(
        List.of(others.get(next)),
        false,
        entry,
        failure -> {
          if (failure != null && next + 1 < others.size()) {
            share(entry, others, next + 1, callback);
          } else {
            // Who did not answer may have it as well.
            callback.shared(() -> forget(others.subList(0, next + 1), entry.id()), failure);
          }
        });
  }

  private static UnavailableException unavailable(int required) {
    return new UnavailableException(
        Consistency.TWO,
        " for batchlog in local DC, required:" + required + ", available:0",
        required,
        0);
  }

  /** How many nodes this data centre has; to those that can keep a batch of this node's a list. */
  private int membersAnd(List<NodeInfo> others) {
    NodeInfo self = view.self();
    int members = 1;
    for (NodeInfo node : view.nodes()) {
      if (node.datacenter().equals(self.datacenter()) && !node.hostId().equals(self.hostId())) {
        members++;
        if (view.isAlive(node.hostId()) && node.state() == NodeInfo.State.NORMAL) {
          others.add(node);
        }
      }
    }
    return members;
  }

  /** Always the same for a batch, as far as they are alive: so few nodes have it in the end. */
  private List<NodeInfo> best(UUID id, List<NodeInfo> others, int count) {
    NodeInfo self = view.self();
    List<NodeInfo> left = new ArrayList<>(others);
    left.sort(
        Comparator.comparingLong((NodeInfo node) -> place(id, node.hostId()))
            .thenComparing(NodeInfo::hostId));
    List<NodeInfo> chosen = new ArrayList<>(count);
    while (chosen.size() < count && !left.isEmpty()) {
      NodeInfo best = left.get(0);
      for (NodeInfo node : left) {
        best = rank(node, chosen, self) > rank(best, chosen, self) ? node : best;
      }
      left.remove(best);
      chosen.add(best);
    }
    return chosen;
  }

  /** The order of the nodes for a batch, which is another for each batch. */
  private static long place(UUID id, UUID hostId) {
    return Murmur3.token(
        NativeType.UUID.encode(
            new UUID(
                id.getMostSignificantBits() ^ hostId.getMostSignificantBits(),
                id.getLeastSignificantBits() ^ hostId.getLeastSignificantBits())));
  }

  private static int rank(NodeInfo node, List<NodeInfo> chosen, NodeInfo self) {
    int rank = node.rack().equals(self.rack()) ? 0 : 1;
    for (NodeInfo other : chosen) {
      rank -= other.rack().equals(node.rack()) ? 2 : 0;
    }
    return rank + 2;
  }

  /**
   * Has a batch kept. If one of those who were chosen turns out to be down, another is asked in its
   * place, once.
   *
   * @param holders what {@link #choose} gave; who is asked in the place of another is added
   * @param callback told when two have it on disk, or that they have not: it may still be completed
   *     then
   */
  public Acknowledgements keep(
      List<NodeInfo> holders, BatchStore.Entry entry, WriteCallback callback) {
    return keep(holders, true, entry, callback);
  }

  private Acknowledgements keep(
      List<NodeInfo> holders, boolean replaces, BatchStore.Entry entry, WriteCallback callback) {
    long bytes = entry.updates().stream().mapToLong(update -> update.length + 4L).sum();
    if (bytes > Network.MAX_MESSAGE_BYTES - OVERHEAD) {
      throw CqlException.invalid("Batch too large");
    }
    long token = token(entry.id());
    byte[] payload = BatchMessage.store(entry);
    Keeping[] keeping = new Keeping[1];
    keeping[0] =
        new Keeping(
            holders.size(),
            () -> {
              NodeInfo other = replaces ? another(entry.id(), holders) : null;
              if (other != null) {
                holders.add(other);
                ask(other, token, payload, keeping[0]);
              }
              return other != null;
            },
            callback);
    lanes.run(
        lanes.laneOf(token),
        () -> List.copyOf(holders).forEach(holder -> ask(holder, token, payload, keeping[0])),
        callback);
    return keeping[0];
  }

  private void ask(NodeInfo holder, long token, byte[] payload, Keeping keeping) {
    messenger.request(
        holder.address(), Verb.BATCH_STORE, token, payload, timeoutNanos.getAsLong(), keeping);
  }

  private NodeInfo another(UUID id, List<NodeInfo> asked) {
    List<NodeInfo> others = new ArrayList<>();
    membersAnd(others);
    others.removeAll(asked);
    List<NodeInfo> best = best(id, others, 1);
    return best.isEmpty() ? null : best.getFirst();
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
    private final BooleanSupplier asksAnother;
    private final WriteCallback callback;
    private final Map<NodeAddress, FailureReason> reasons = new LinkedHashMap<>();
    private boolean replaced;
    private int acks;
    private volatile int received;
    private volatile boolean over;

    Keeping(int count, BooleanSupplier asksAnother, WriteCallback callback) {
      this.count = count;
      this.asksAnother = asksAnother;
      this.callback = callback;
    }

    @Override
    public void answered(NodeAddress from, ByteBuffer payload) {
      received = ++acks;
      ended();
    }

    @Override
    public void failed(NodeAddress from, FailureReason reason) {
      if (reason == FailureReason.NODE_DOWN && !replaced) {
        replaced = true;
        if (asksAnother.getAsBoolean()) {
          return;
        }
      }
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
}
