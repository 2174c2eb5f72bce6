package io.ilion.coordinator.replica;

import io.ilion.coordinator.LaneAccess;
import io.ilion.coordinator.WriteCallback;
import io.ilion.coordinator.replica.ReplicaWrite.Kind;
import io.ilion.gossip.ClusterView;
import io.ilion.gossip.messaging.FailureReason;
import io.ilion.gossip.messaging.Messenger;
import io.ilion.model.Consistency;
import io.ilion.model.CqlException;
import io.ilion.model.WriteType;
import io.ilion.model.data.UpdateReader;
import io.ilion.model.schema.KeyspaceDefinition;
import io.ilion.model.schema.Schema;
import io.ilion.model.schema.TableDefinition;
import io.ilion.runtime.Clock;
import java.util.UUID;
import java.util.function.Supplier;

/**
 * Sends updates to all replicas of their partitions. A write is owned by the lane of its token:
 * this node's own replica, if it is one, is written there, and answers come back to it. Safe to
 * call from any lane.
 */
public final class ReplicaWriter {
  final LaneAccess lanes;
  final Messenger messenger;
  final ClusterView view;
  final Clock clock;
  final HintKeeper hints;
  private final Supplier<Schema> schema;
  private final KeyspaceArithmetic arithmetic;

  /**
   * Creates it.
   *
   * @param schema that belongs to the view's epoch or a later one
   */
  public ReplicaWriter(
      LaneAccess lanes,
      Messenger messenger,
      ClusterView view,
      Supplier<Schema> schema,
      Clock clock,
      HintKeeper hints) {
    this.lanes = lanes;
    this.messenger = messenger;
    this.view = view;
    this.schema = schema;
    this.clock = clock;
    this.hints = hints;
    this.arithmetic = new KeyspaceArithmetic(view.self().datacenter());
  }

  /**
   * Plans a write by what this node knows of the cluster now.
   *
   * @throws UnavailableException if too few replicas are alive
   */
  public WritePlan plan(String keyspace, long token, Consistency level) {
    WritePlan plan = planOfAny(keyspace, token, level);
    plan.requireLive();
    return plan;
  }

  /** Why a replica refused an update, by what it failed with. */
  public static FailureReason reason(Throwable failure) {
    return ReplicaWrite.reason(failure);
  }

  /** This node's view of the cluster. */
  public ClusterView view() {
    return view;
  }

  /** The table of an update as it is since it was truncated; null if it was not. */
  TableDefinition truncated(byte[] update) {
    Schema now = schema.get();
    UUID id = new UpdateReader().wrap(update).tableId();
    return now.table(id) == null ? now.truncated(id) : null;
  }

  /** Plans a write, also one that cannot reach its level now. */
  WritePlan planOfAny(String keyspace, long token, Consistency level) {
    // The epoch first: replicas that are newer than it says do no harm.
    long epoch = view.epoch();
    KeyspaceDefinition definition = schema.get().keyspace(keyspace);
    if (definition == null) {
      throw CqlException.invalid("Keyspace '%s' does not exist", keyspace);
    }
    return WritePlan.of(
        epoch,
        keyspace,
        token,
        level,
        arithmetic.of(definition),
        view.replicas(definition).of(token),
        view);
  }

  /**
   * Sends an update to the replicas.
   *
   * @param update of the plan's partition; kept, must not change
   * @param timeoutNanos after which replicas that have not answered count as failed
   * @param callback told when enough of them have it on disk, or that they have not: then of a
   *     {@link WriteTimeoutException} or a {@link WriteFailureException}; on any lane
   * @return the write, for those who watch it
   */
  public ReplicaWrite write(
      WritePlan plan, byte[] update, WriteType type, long timeoutNanos, WriteCallback callback) {
    Kind kind = type == WriteType.BATCH ? Kind.PART : Kind.WHOLE;
    return write(plan, update, Long.MAX_VALUE, type, timeoutNanos, kind, callback);
  }

  /** As {@link #write}, of an update that this node has on disk already if it is a replica. */
  public ReplicaWrite writeToOthers(
      WritePlan plan, byte[] update, WriteType type, long timeoutNanos, WriteCallback callback) {
    return write(
        plan, update, Long.MAX_VALUE, type, timeoutNanos, Kind.PART_THAT_IS_HERE, callback);
  }

  private ReplicaWrite write(
      WritePlan plan,
      byte[] update,
      long writtenMillis,
      WriteType type,
      long timeoutNanos,
      Kind kind,
      WriteCallback callback) {
    ReplicaWrite write =
        new ReplicaWrite(
            this,
            plan,
            update,
            writtenMillis,
            type,
            clock.nanoTime() + timeoutNanos,
            timeoutNanos,
            kind,
            callback);
    lanes.run(lanes.laneOf(plan.token()), write::begin, callback);
    return write;
  }

  /**
   * Plans a write of what was begun before, by a client or another node, and makes it: if its table
   * was truncated meanwhile it fails.
   *
   * @param writtenMillis when it was begun, since 1970
   * @throws UnavailableException if too few replicas are alive
   */
  public ReplicaWrite write(
      String keyspace,
      long token,
      byte[] update,
      long writtenMillis,
      Consistency level,
      WriteType type,
      long timeoutNanos,
      WriteCallback callback) {
    WritePlan plan = plan(keyspace, token, level);
    return write(plan, update, writtenMillis, type, timeoutNanos, Kind.PART, callback);
  }
}
