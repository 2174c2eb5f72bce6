package io.ilion.coordinator.write;

import io.ilion.coordinator.LaneAccess;
import io.ilion.coordinator.WriteCallback;
import io.ilion.coordinator.batch.BatchHolders;
import io.ilion.coordinator.batch.BatchStore;
import io.ilion.coordinator.replica.ReplicaWrite;
import io.ilion.coordinator.replica.ReplicaWriter;
import io.ilion.coordinator.replica.UnavailableException;
import io.ilion.coordinator.replica.WritePlan;
import io.ilion.coordinator.replica.WriteTimeoutException;
import io.ilion.coordinator.replica.read.ReadContext;
import io.ilion.coordinator.replica.read.ReadProgress;
import io.ilion.coordinator.replica.read.ReplicaReads;
import io.ilion.cql.modify.UpdateBuffer.PartitionUpdate;
import io.ilion.gossip.ClusterView;
import io.ilion.gossip.NodeInfo;
import io.ilion.gossip.messaging.Messenger;
import io.ilion.model.Consistency;
import io.ilion.model.CqlException;
import io.ilion.model.WriteType;
import io.ilion.model.data.UpdateReader;
import io.ilion.model.ring.Murmur3;
import io.ilion.model.schema.KeyspaceDefinition;
import io.ilion.model.schema.Schema;
import io.ilion.model.schema.TableDefinition;
import io.ilion.runtime.Clock;
import io.ilion.storage.ReadCommand;
import io.ilion.storage.UnknownTableException;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/** Writes to keyspaces that have other replicas than this node. Safe to call from any lane. */
public final class ReplicatedWrites {
  private final ReplicaWriter writer;
  private final LaneAccess lanes;
  private final Messenger messenger;
  private final ClusterView view;
  private final Supplier<Schema> schema;
  private final BatchHolders holders;
  private final ReplicaReads reads;
  private final Clock clock;
  private final Supplier<UUID> ids;
  private final LongSupplier timeoutNanos;
  private final LongSupplier counterTimeoutNanos;

  /**
   * Creates it.
   *
   * @param holders keep logged batches until they are written
   * @param reads what writes need to know of rows as they are
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
      ReplicaReads reads,
      Clock clock,
      Supplier<UUID> ids,
      LongSupplier timeoutNanos,
      LongSupplier counterTimeoutNanos) {
    this.writer = writer;
    this.lanes = lanes;
    this.messenger = messenger;
    this.view = writer.view();
    this.schema = schema;
    this.holders = holders;
    this.reads = reads;
    this.clock = clock;
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
    return writer.plan(update.table().keyspace(), update.token(), level);
  }

  private List<ReplicaWrite> write(
      List<PartitionUpdate> updates,
      List<WritePlan> plans,
      WriteType type,
      WriteCallback callback) {
    if (updates.size() == 1) {
      return List.of(
          writer.write(
              plans.get(0), updates.get(0).update(), type, timeoutNanos.getAsLong(), callback));
    }
    WriteCallback each = WriteCallback.all(updates.size(), callback);
    List<ReplicaWrite> writes = new ArrayList<>(updates.size());
    for (int i = 0; i < updates.size(); i++) {
      writes.add(
          writer.write(
              plans.get(i), updates.get(i).update(), type, timeoutNanos.getAsLong(), each));
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
    BatchStore.Entry entry =
        new BatchStore.Entry(ids.get(), updates.stream().map(PartitionUpdate::update).toList());
    List<NodeInfo> chosen = holders.choose(entry.id(), level == Consistency.ANY);
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

  /**
   * Writes a part of a batch that this node keeps itself: here, or to the replicas if there are
   * others by now.
   *
   * @throws io.ilion.coordinator.replica.UnavailableException if too few of these are alive
   */
  void writeKept(byte[] update, Consistency level, WriteCallback callback) {
    UpdateReader reader = new UpdateReader().wrap(update);
    TableDefinition table = schema.get().table(reader.tableId());
    if (table == null || !concerns(table)) {
      lanes.apply(update, callback);
      return;
    }
    WritePlan plan = writer.plan(table.keyspace(), Murmur3.token(reader.partitionKey()), level);
    writer.write(plan, update, WriteType.BATCH, timeoutNanos.getAsLong(), callback);
  }

  /**
   * Gives what this node has on disk as the only replica to those that have become some while it
   * was made, if there are any.
   */
  void writtenHere(
      TableDefinition table,
      long token,
      List<byte[]> updates,
      Consistency level,
      WriteType type,
      WriteCallback callback) {
    if (!concerns(table)) {
      callback.done(null);
      return;
    }
    WritePlan plan;
    try {
      plan = writer.plan(table.keyspace(), token, level);
    } catch (UnavailableException e) {
      // That would say that nothing is written.
      callback.done(new WriteTimeoutException(level, e.alive(), e.required(), type));
      return;
    }
    WriteCallback each = WriteCallback.all(updates.size(), callback);
    for (byte[] update : updates) {
      writer.writeToOthers(plan, update, type, timeoutNanos.getAsLong(), each);
    }
  }

  /**
   * Reads the rows of a partition that a write needs, at its level.
   *
   * @param then told of them, on the lane that owns the partition
   * @param failure told instead
   */
  void read(
      LockedReads.Partition partition,
      Consistency level,
      long nowSeconds,
      Consumer<RowsRead> then,
      WriteCallback failure) {
    if (level == Consistency.ANY) {
      throw CqlException.invalid(
          "Write operation require a read but consistency %s is not supported on reads", level);
    }
    TableDefinition table = schema.get().table(partition.id().table());
    if (table == null) {
      failure.done(new UnknownTableException(partition.id().table()));
      return;
    }
    RowsRead[] rows = new RowsRead[1];
    rows[0] =
        new RowsRead(
            partition.columns(),
            nowSeconds,
            false,
            cause -> {
              if (cause != null) {
                failure.done(cause);
                return;
              }
              try {
                then.accept(rows[0]);
              } catch (RuntimeException e) {
                failure.done(e);
              }
            });
    reads.partition(
        new ReadContext(
            table,
            level,
            nowSeconds,
            clock.nanoTime() + timeoutNanos.getAsLong(),
            () -> false,
            new ReadProgress(),
            reads.newShare()),
        ReadCommand.partition(
            table.id(),
            partition.key(),
            partition.token(),
            LockedReads.slices(partition.clusteringKeys()),
            false),
        partition.clusteringKeys().size() + 1,
        rows[0]);
  }
}
