package io.ilion.coordinator.replica;

import io.ilion.coordinator.WriteCallback;
import io.ilion.gossip.NodeInfo;
import io.ilion.gossip.messaging.FailureReason;
import io.ilion.gossip.messaging.Messenger;
import io.ilion.gossip.messaging.Verb;
import io.ilion.model.Consistency;
import io.ilion.model.CqlException;
import io.ilion.model.WriteType;
import io.ilion.model.data.UpdateWriter;
import io.ilion.model.schema.TableDefinition;
import io.ilion.runtime.NodeAddress;
import io.ilion.storage.OverloadedException;
import io.ilion.storage.UnknownTableException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * One update on its way to the replicas of its partition. Owned by the lane of its token; what it
 * tells of its progress any thread may ask.
 *
 * <p>It has succeeded when as many replicas have the update on disk as its level asks for, and
 * failed when so many have failed that this cannot be any more, or when the last one has answered
 * or had its time. Whoever is down, or failed, is left a hint. A replica that knows newer replicas
 * of the partition refuses it; then it begins again when this node knows them too.
 *
 * <p>When its table is truncated meanwhile it becomes a write into the table as it is then: whoever
 * has seen the table empty may have asked for it. One that cannot begin again as a whole (a part of
 * a logged batch, a count) has timed out then; what comes of it goes with the old data.
 */
public final class ReplicaWrite implements Acknowledgements {
  private static final long LOOK_AGAIN_NANOS = 10_000_000;

  private final ReplicaWriter writer;
  private byte[] update;
  private final long writtenMillis;
  private final WriteType type;
  private final long deadlineNanos;
  private final long timeoutNanos;
  private final Kind kind;
  private final WriteCallback callback;
  private WritePlan plan;
  private int attempt;
  private int acks;
  private int failed;
  private int outstanding;
  private Map<NodeAddress, FailureReason> reasons;
  private Map<String, Integer> owed;
  private volatile int received;
  private volatile int blockFor;
  private volatile boolean over;

  ReplicaWrite(
      ReplicaWriter writer,
      WritePlan plan,
      byte[] update,
      long writtenMillis,
      WriteType type,
      long deadlineNanos,
      long timeoutNanos,
      Kind kind,
      WriteCallback callback) {
    this.writer = writer;
    this.kind = kind;
    this.plan = plan;
    this.update = update;
    this.writtenMillis = writtenMillis;
    this.type = type;
    this.deadlineNanos = deadlineNanos;
    this.timeoutNanos = timeoutNanos;
    this.callback = callback;
    this.blockFor = plan.blockFor();
  }

  /** What may be done with a write. */
  enum Kind {
    /** It may be begun again, in another table too. */
    WHOLE,
    /** It is a part of something that others may complete. */
    PART,
    /** It is a part, and this node has it on disk already if it is a replica. */
    PART_THAT_IS_HERE
  }

  @Override
  public int received() {
    return received;
  }

  @Override
  public int blockFor() {
    return blockFor;
  }

  @Override
  public boolean isOver() {
    return over;
  }

  /** Sends it; on its lane. */
  void begin() {
    if (writer.view.epoch() != plan.epoch()) {
      plan = writer.planOfAny(plan.keyspace(), plan.token(), plan.level());
    }
    sendIfThereIsTheTable(timeoutNanos);
  }

  private void sendIfThereIsTheTable(long remainingNanos) {
    TableDefinition truncated = writer.truncated(update);
    if (truncated != null && kind != Kind.WHOLE) {
      over = true;
      callback.done(timeout());
      return;
    }
    if (truncated != null) {
      update = UpdateWriter.ofTable(truncated.id(), update);
    }
    send(remainingNanos);
  }

  private void send(long remainingNanos) {
    int now = attempt;
    boolean mayHint = plan.level() == Consistency.ANY;
    boolean isReplica = false;
    acks = 0;
    received = 0;
    failed = 0;
    blockFor = plan.blockFor();
    owed = plan.owedByDatacenter();
    List<NodeInfo> hinted = hinted();
    outstanding = plan.live().size() + (mayHint ? hinted.size() : 0);
    byte[] payload = null;
    for (NodeInfo node : plan.replicas()) {
      if (node.hostId().equals(writer.view.self().hostId())) {
        isReplica = true;
      } else if (plan.live().contains(node)) {
        if (payload == null) {
          payload = MutationMessage.encode(plan.epoch(), WritePlan.fingerprint(plan.set()), update);
        }
        writer.messenger.request(
            node.address(),
            Verb.MUTATE,
            plan.token(),
            payload,
            remainingNanos,
            new Remote(now, node));
      }
    }
    for (NodeInfo node : hinted) {
      hint(now, node, mayHint);
    }
    if (isReplica) {
      applyHere(now);
    }
    if (outstanding == 0) {
      // Nobody is alive, which only ANY allows, or became so while this came here.
      end();
    }
  }

  /** The replicas that are down and get a hint. */
  private List<NodeInfo> hinted() {
    if (plan.live().size() == plan.replicas().size()) {
      return List.of();
    }
    List<NodeInfo> hinted = new ArrayList<>();
    for (NodeInfo node : plan.replicas()) {
      if (!plan.live().contains(node) && writer.hints.wants(node)) {
        hinted.add(node);
      }
    }
    return hinted;
  }

  private void applyHere(int of) {
    NodeInfo self = writer.view.self();
    if (kind == Kind.PART_THAT_IS_HERE) {
      acknowledged(self);
      return;
    }
    WriteCallback done =
        failure -> {
          if (of != attempt) {
            return;
          }
          if (failure == null) {
            acknowledged(self);
          } else {
            failed(self, reason(failure));
          }
        };
    try {
      int lane = writer.lanes.laneOf(plan.token());
      writer.lanes.store(lane).apply(plan.token(), update, done::done);
    } catch (RuntimeException e) {
      done.done(e);
    }
  }

  /** Why an update was refused by a replica. */
  static FailureReason reason(Throwable failure) {
    return switch (failure) {
      case UnknownTableException e -> FailureReason.INCOMPATIBLE_SCHEMA;
      case OverloadedException e -> FailureReason.OVERLOADED;
      default -> FailureReason.UNKNOWN;
    };
  }

  /** A replica that was asked. */
  private final class Remote implements Messenger.Answer {
    private final int of;
    private final NodeInfo node;

    Remote(int of, NodeInfo node) {
      this.of = of;
      this.node = node;
    }

    @Override
    public void answered(NodeAddress from, ByteBuffer payload) {
      if (of == attempt) {
        acknowledged(node);
      }
    }

    @Override
    public void failed(NodeAddress from, FailureReason reason) {
      if (of != attempt) {
        return;
      }
      if (reason == FailureReason.STALE_EPOCH && !over) {
        attempt++;
        beginAgain();
        return;
      }
      if (writer.hints.wants(node)) {
        hint(of, node, false);
      }
      ReplicaWrite.this.failed(node, reason);
    }
  }

  private void hint(int of, NodeInfo node, boolean counts) {
    writer.hints.keep(
        node,
        plan.token(),
        update,
        writtenMillis,
        failure -> {
          if (counts) {
            writer.lanes.run(
                writer.lanes.laneOf(plan.token()),
                () -> {
                  if (of == attempt && failure == null) {
                    acknowledged(node);
                  } else if (of == attempt) {
                    failed(node, reason(failure));
                  }
                },
                callback);
          }
        });
  }

  private void acknowledged(NodeInfo node) {
    outstanding--;
    if (over) {
      return;
    }
    if (plan.counts(node)) {
      received = ++acks;
      if (owed != null) {
        owed.merge(node.datacenter(), -1, Integer::sum);
      }
      if (isSatisfied()) {
        over = true;
        callback.done(null);
        return;
      }
    }
    if (outstanding == 0) {
      end();
    }
  }

  private boolean isSatisfied() {
    if (owed == null) {
      return received >= blockFor;
    }
    for (int left : owed.values()) {
      if (left > 0) {
        return false;
      }
    }
    return true;
  }

  private void failed(NodeInfo node, FailureReason reason) {
    outstanding--;
    if (over) {
      return;
    }
    if (reasons == null) {
      reasons = new LinkedHashMap<>();
    }
    reasons.put(node.address(), reason);
    failed += plan.counts(node) ? 1 : 0;
    if (blockFor + failed > plan.candidates() || outstanding == 0) {
      end();
    }
  }

  /** Tells that it failed. Whoever only did not answer may have made the write. */
  private void end() {
    over = true;
    boolean refused = false;
    if (reasons != null && blockFor + failed > plan.candidates()) {
      for (NodeInfo node : plan.replicas()) {
        FailureReason reason = plan.counts(node) ? reasons.get(node.address()) : null;
        refused |=
            reason != null && reason != FailureReason.TIMEOUT && reason != FailureReason.NODE_DOWN;
      }
    }
    callback.done(
        refused
            ? new WriteFailureException(plan.level(), received, blockFor, type, reasons)
            : timeout());
  }

  private WriteTimeoutException timeout() {
    return new WriteTimeoutException(
        plan.level(), Math.min(received, blockFor - 1), blockFor, type);
  }

  /** Waits until this node knows of the change that a replica knows of. */
  private void beginAgain() {
    long remaining = deadlineNanos - writer.clock.nanoTime();
    if (remaining <= 0) {
      over = true;
      callback.done(timeout());
    } else if (writer.view.epoch() == plan.epoch()) {
      int lane = writer.lanes.laneOf(plan.token());
      writer.lanes.schedule(lane, Math.min(LOOK_AGAIN_NANOS, remaining), this::beginAgain);
    } else {
      try {
        plan = writer.planOfAny(plan.keyspace(), plan.token(), plan.level());
        reasons = null;
        sendIfThereIsTheTable(remaining);
      } catch (CqlException e) {
        over = true;
        callback.done(e);
      }
    }
  }
}
