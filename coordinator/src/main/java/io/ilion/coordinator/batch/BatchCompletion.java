package io.ilion.coordinator.batch;

import io.ilion.coordinator.LaneAccess;
import io.ilion.coordinator.WriteCallback;
import io.ilion.coordinator.replica.ReplicaWriter;
import io.ilion.coordinator.write.TimeUuids;
import io.ilion.model.Consistency;
import io.ilion.model.WriteType;
import io.ilion.model.data.UpdateReader;
import io.ilion.model.ring.Murmur3;
import io.ilion.model.schema.KeyspaceDefinition;
import io.ilion.model.schema.Schema;
import io.ilion.model.schema.TableDefinition;
import io.ilion.runtime.Clock;
import java.util.UUID;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * How batches are completed that another node, or an earlier run of this one, has begun. Those of
 * tables with other replicas are left alone while whoever began them may still be at work, and are
 * over when a quorum of each partition's replicas has them in each data centre: who reads in one
 * must not see a half of a batch, and a hint may be lost. Updates that are older than their table's
 * gc_grace_seconds are dropped: they could bring deleted rows back.
 */
public final class BatchCompletion implements Batchlog.Completion {
  private static final long UUID_EPOCH = 0x01b2_1dd2_1381_4000L;

  private final LaneAccess lanes;
  private final ReplicaWriter writer;
  private final BatchHolders holders;
  private final Supplier<Schema> schema;
  private final Clock clock;
  private final LongSupplier timeoutNanos;
  private volatile boolean begun;

  /**
   * Creates it.
   *
   * @param holders keep what this node is about to complete
   * @param timeoutNanos of a write, as of now; twice that after a batch began it counts as left
   *     behind
   */
  public BatchCompletion(
      LaneAccess lanes,
      ReplicaWriter writer,
      BatchHolders holders,
      Supplier<Schema> schema,
      Clock clock,
      LongSupplier timeoutNanos) {
    this.lanes = lanes;
    this.writer = writer;
    this.holders = holders;
    this.schema = schema;
    this.clock = clock;
    this.timeoutNanos = timeoutNanos;
  }

  /** From now on other nodes may be asked to complete batches. */
  public void begin() {
    begun = true;
  }

  private long ageMicros(UUID id) {
    return clock.wallMicros() - (id.timestamp() - UUID_EPOCH) / 10;
  }

  private TableDefinition table(byte[] update) {
    return schema.get().table(new UpdateReader().wrap(update).tableId());
  }

  private boolean isReplicated(TableDefinition table) {
    KeyspaceDefinition keyspace = schema.get().keyspace(table.keyspace());
    return keyspace != null && !writer.view().replicas(keyspace).isLocalOnly();
  }

  /** Whether any of its tables has other replicas. */
  private boolean isReplicated(BatchStore.Entry entry) {
    for (byte[] update : entry.updates()) {
      TableDefinition table = table(update);
      if (table != null && isReplicated(table)) {
        return true;
      }
    }
    return false;
  }

  @Override
  public boolean isDue(BatchStore.Entry entry) {
    return !isReplicated(entry)
        || begun && Math.abs(ageMicros(entry.id())) > 2 * timeoutNanos.getAsLong() / 1000;
  }

  @Override
  public void share(BatchStore.Entry entry, Shared callback) {
    try {
      if (isReplicated(entry)) {
        holders.share(entry, callback);
      } else {
        callback.shared(() -> {}, null);
      }
    } catch (RuntimeException e) {
      callback.shared(() -> {}, e);
    }
  }

  @Override
  public void apply(BatchStore.Entry entry, byte[] update, WriteCallback callback) {
    try {
      TableDefinition table = table(update);
      if (table == null || !isReplicated(table)) {
        lanes.apply(update, callback);
      } else if (ageMicros(entry.id()) > table.properties().gcGraceSeconds() * 1_000_000L) {
        callback.done(null);
      } else {
        long token = Murmur3.token(new UpdateReader().wrap(update).partitionKey());
        writer.write(
            table.keyspace(),
            token,
            update,
            TimeUuids.millis(entry.id()),
            Consistency.EACH_QUORUM,
            WriteType.BATCH,
            timeoutNanos.getAsLong(),
            callback);
      }
    } catch (RuntimeException e) {
      callback.done(e);
    }
  }
}
