package io.ilion.coordinator.write;

import io.ilion.coordinator.LaneAccess;
import io.ilion.coordinator.WriteCallback;
import io.ilion.coordinator.batch.BatchHolders;
import io.ilion.coordinator.batch.BatchStore;
import io.ilion.coordinator.replica.ReplicaWrite;
import io.ilion.coordinator.replica.ReplicaWriter;
import io.ilion.coordinator.replica.WritePlan;
import io.ilion.cql.modify.UpdateBuffer.PartitionUpdate;
import io.ilion.gossip.ClusterView;
import io.ilion.gossip.NodeInfo;
import io.ilion.gossip.messaging.Messenger;
import io.ilion.model.Consistency;
import io.ilion.model.WriteType;
import io.ilion.model.ring.Murmur3;
import io.ilion.model.schema.KeyspaceDefinition;
import io.ilion.model.schema.Schema;
import io.ilion.model.schema.TableDefinition;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.function.Supplier;

/** Writes to keyspaces that have other replicas than this node. Safe to call from any lane. */
public final class ReplicatedWrites {
  private final ReplicaWriter writer;
  private final LaneAccess lanes;
  private final Messenger messenger;
  private final ClusterView view;
  private final Supplier<Schema> schema;
  private final BatchHolders holders;
  private final Supplier<UUID> ids;
  private final long timeoutNanos;
  private final long counterTimeoutNanos;

  /**
   * Creates it.
   *
   * @param holders keep logged batches until they are written
   * @param ids gives timeuuids of the present that were never used
   * @param timeoutNanos after which a replica that has not answered a write counts as failed
   * @param counterTimeoutNanos the same for counters
   */
  public ReplicatedWrites(
      ReplicaWriter writer,
      LaneAccess lanes,
      Messenger messenger,
      Supplier<Schema> schema,
      BatchHolders holders,
      Supplier<UUID> ids,
      long timeoutNanos,
      long counterTimeoutNanos) {
    this.writer = writer;
    this.lanes = lanes;
    this.messenger = messenger;
    this.view = writer.view();
    this.schema = schema;
    this.holders = holders;
    this.ids = ids;
    this.timeoutNanos = timeoutNanos;
    this.counterTimeoutNanos = counterTimeoutNanos;
  }

  /** Leads additions to counters, with those that this node counts itself. */
  CounterLeaders leaders(Counters counters) {
    return new CounterLeaders(writer, lanes, messenger, schema, counters, ids, counterTimeoutNanos);
  }

  /** Whether a table has replicas on other nodes, or is about to have. */
  boolean concerns(TableDefinition table) {
    KeyspaceDefinition keyspace = schema.get().keyspace(table.keyspace());
    return keyspace != null && !view.replicas(keyspace).isLocalOnly();
  }

  /** Whether any of some updates is of a table that has replicas on other nodes. */
  boolean concerns(List<PartitionUpdate> updates) {
    TableDefinition last = null;
    for (PartitionUpdate update : updates) {
      if (!update.table().equals(last)) {
        last = update.table();
        if (concerns(last)) {
          return true;
        }
      }
    }
    return false;
  }

  /**
   * Writes each update to the replicas of its partition.
   *
   * @throws io.ilion.coordinator.replica.UnavailableException before anything is written, if too
   *     few replicas of one of the partitions are alive
   */
  void write(
      List<PartitionUpdate> updates,
      Consistency level,
      WriteType type,
      WriteProgress progress,
      WriteCallback callback) {
    List<WritePlan> plans = plans(updates, level);
    progress.watches(write(updates, plans, type, callback));
  }

  private List<WritePlan> plans(List<PartitionUpdate> updates, Consistency level) {
    if (updates.size() == 1) {
      return List.of(plan(updates.get(0), level));
    }
    List<WritePlan> plans = new ArrayList<>(updates.size());
    for (PartitionUpdate update : updates) {
      plans.add(plan(update, level));
    }
    return plans;
  }

  private WritePlan plan(PartitionUpdate update, Consistency level) {
    return writer.plan(update.table().keyspace(), Murmur3.token(update.partitionKey()), level);
  }

  private List<ReplicaWrite> write(
      List<PartitionUpdate> updates,
      List<WritePlan> plans,
      WriteType type,
      WriteCallback callback) {
    if (updates.size() == 1) {
      return List.of(
          writer.write(plans.get(0), updates.get(0).update(), type, timeoutNanos, callback));
    }
    WriteCallback each = WriteCallback.all(updates.size(), callback);
    List<ReplicaWrite> writes = new ArrayList<>(updates.size());
    for (int i = 0; i < updates.size(); i++) {
      writes.add(writer.write(plans.get(i), updates.get(i).update(), type, timeoutNanos, each));
    }
    return writes;
  }

  /**
   * Writes updates wholly or not at all: two other nodes keep them until each is at its level.
   *
   * @throws io.ilion.coordinator.replica.UnavailableException before anything is written, if too
   *     few replicas of one of the partitions are alive, or nobody could keep the batch
   */
  void writeLogged(
      List<PartitionUpdate> updates,
      Consistency level,
      WriteProgress progress,
      WriteCallback callback) {
    List<WritePlan> plans = plans(updates, level);
    List<NodeInfo> chosen = holders.choose(level == Consistency.ANY);
    BatchStore.Entry entry =
        new BatchStore.Entry(ids.get(), updates.stream().map(PartitionUpdate::update).toList());
    progress.isNow(WriteType.BATCH_LOG);
    progress.watches(
        List.of(
            holders.keep(
                chosen,
                entry,
                unkept -> {
                  if (unkept != null) {
                    callback.done(unkept);
                    return;
                  }
                  progress.isNow(WriteType.BATCH);
                  progress.watches(
                      write(
                          updates,
                          plans,
                          WriteType.BATCH,
                          failure -> {
                            if (failure == null) {
                              holders.forget(chosen, entry.id());
                            }
                            callback.done(failure);
                          }));
                })));
  }
}
