package io.ilion.coordinator.write;

import io.ilion.coordinator.WriteCallback;
import io.ilion.coordinator.replica.ReplicaWrite;
import io.ilion.coordinator.replica.ReplicaWriter;
import io.ilion.coordinator.replica.WritePlan;
import io.ilion.cql.modify.UpdateBuffer.PartitionUpdate;
import io.ilion.gossip.ClusterView;
import io.ilion.model.Consistency;
import io.ilion.model.WriteType;
import io.ilion.model.ring.Murmur3;
import io.ilion.model.schema.KeyspaceDefinition;
import io.ilion.model.schema.Schema;
import io.ilion.model.schema.TableDefinition;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/** Writes to keyspaces that have other replicas than this node. Safe to call from any lane. */
public final class ReplicatedWrites {
  private final ReplicaWriter writer;
  private final ClusterView view;
  private final Supplier<Schema> schema;
  private final long timeoutNanos;

  /**
   * Creates it.
   *
   * @param timeoutNanos after which a replica that has not answered a write counts as failed
   */
  public ReplicatedWrites(
      ReplicaWriter writer, ClusterView view, Supplier<Schema> schema, long timeoutNanos) {
    this.writer = writer;
    this.view = view;
    this.schema = schema;
    this.timeoutNanos = timeoutNanos;
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
    if (updates.size() == 1) {
      PartitionUpdate update = updates.get(0);
      WritePlan plan = plan(update, level);
      progress.watches(List.of(writer.write(plan, update.update(), type, timeoutNanos, callback)));
      return;
    }
    List<WritePlan> plans = new ArrayList<>(updates.size());
    for (PartitionUpdate update : updates) {
      plans.add(plan(update, level));
    }
    WriteCallback each = WriteCallback.all(updates.size(), callback);
    List<ReplicaWrite> writes = new ArrayList<>(updates.size());
    for (int i = 0; i < updates.size(); i++) {
      writes.add(writer.write(plans.get(i), updates.get(i).update(), type, timeoutNanos, each));
    }
    progress.watches(writes);
  }

  private WritePlan plan(PartitionUpdate update, Consistency level) {
    return writer.plan(update.table().keyspace(), Murmur3.token(update.partitionKey()), level);
  }
}
