package io.ilion.coordinator.write;

import io.ilion.coordinator.LaneAccess;
import io.ilion.coordinator.WriteCallback;
import io.ilion.coordinator.batch.Batchlog;
import io.ilion.cql.ast.Batch;
import io.ilion.cql.modify.BoundModification;
import io.ilion.cql.modify.CurrentRow;
import io.ilion.cql.modify.CurrentRows;
import io.ilion.cql.modify.UpdateBuffer;
import io.ilion.cql.modify.UpdateBuffer.PartitionUpdate;
import io.ilion.model.Consistency;
import io.ilion.model.WriteType;
import io.ilion.model.data.UpdateWriter;
import io.ilion.model.schema.TableDefinition;
import io.ilion.runtime.Clock;
import io.ilion.runtime.Scheduler;
import io.ilion.storage.StorageEngine;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;

/** Executes modifications over a storage engine. Safe to call from any lane. */
public final class Writer {
  /** An encoder whose buffers are larger is not used again. */
  private static final int MAX_KEPT_BYTES = 256 << 10;

  /** One for each thread that writes. */
  private final ThreadLocal<UpdateWriter> encoders = ThreadLocal.withInitial(UpdateWriter::new);

  private final LaneAccess lanes;
  private final WriteChecks checks;
  private final Batchlog batchlog;
  private final LockedReads reads;
  private final Counters counters;
  private final Conditions conditions;
  private final ReplicatedWrites replicated;
  private final CounterLeaders leaders;

  /**
   * A writer over an engine whose lanes are the scheduler's.
   *
   * @param nodeId gives the id under which this node counts, as of now
   * @param batchlog makes logged batches atomic
   * @param replicated takes what other nodes keep too; null for a node without others
   * @param agreed decides conditions on what other nodes keep too; null for a node without others
   */
  public Writer(
      StorageEngine engine,
      Scheduler scheduler,
      Clock clock,
      TimestampGenerator timestamps,
      Supplier<UUID> nodeId,
      WriteLimits limits,
      Batchlog batchlog,
      ReplicatedWrites replicated,
      ReplicatedConditions agreed) {
    lanes = new LaneAccess(engine, scheduler);
    checks = new WriteChecks(limits);
    reads = new LockedReads(lanes);
    counters = new Counters(reads, clock, nodeId);
    conditions = new Conditions(reads, lanes, timestamps, checks, agreed);
    this.batchlog = batchlog;
    this.replicated = replicated;
    this.leaders = replicated == null ? null : replicated.leaders(counters);
  }

  /** Whether a table has replicas on other nodes, or is about to have. */
  public boolean isReplicated(TableDefinition table) {
    return replicated != null && replicated.concerns(table);
  }

  /**
   * Writes one statement without conditions. Of several partitions each is written atomically, but
   * not all together; the callback is told the first failure.
   *
   * @param warnings takes what the client is to be warned of, before this method returns or the
   *     callback is called
   * @param progress is told how far it is
   */
  public void write(
      BoundModification modification,
      Consistency level,
      long nowSeconds,
      Consumer<String> warnings,
      WriteProgress progress,
      WriteCallback callback) {
    write(List.of(modification), null, level, nowSeconds, warnings, progress, callback);
  }

  /**
   * Writes the statements of a batch without conditions. A logged batch is written wholly or not at
   * all, also when the node dies while it writes; when it fails it may still be completed later. Of
   * the others each partition is written atomically.
   */
  public void writeBatch(
      List<BoundModification> modifications,
      Batch.Kind kind,
      Consistency level,
      long nowSeconds,
      Consumer<String> warnings,
      WriteProgress progress,
      WriteCallback callback) {
    write(modifications, kind, level, nowSeconds, warnings, progress, callback);
  }

  private void write(
      List<BoundModification> modifications,
      Batch.Kind kind,
      Consistency level,
      long nowSeconds,
      Consumer<String> warnings,
      WriteProgress progress,
      WriteCallback callback) {
    try {
      checks.checkGcGrace(modifications, kind, warnings);
      for (BoundModification m : modifications) {
        if (m.needsRows()) {
          new ReadingFirst(modifications, kind, level, nowSeconds, warnings, progress, callback)
              .start();
          return;
        }
      }
      UpdateBuffer buffer = new UpdateBuffer();
      for (BoundModification m : modifications) {
        m.addTo(buffer, CurrentRows.NONE);
      }
      apply(checked(buffer, kind, warnings), kind, level, nowSeconds, progress, callback);
    } catch (RuntimeException e) {
      callback.done(e);
    }
  }

  private List<PartitionUpdate> checked(
      UpdateBuffer buffer, Batch.Kind kind, Consumer<String> warnings) {
    UpdateWriter encoder = encoders.get();
    List<PartitionUpdate> updates = buffer.build(encoder);
    if (encoder.capacity() > MAX_KEPT_BYTES) {
      encoders.remove();
    }
    checks.checkValues(updates, warnings);
    if (kind != null) {
      checks.checkBatch(updates, kind, warnings);
    }
    checks.requireFitting(updates);
    return updates;
  }

  private void apply(
      List<PartitionUpdate> built,
      Batch.Kind kind,
      Consistency level,
      long nowSeconds,
      WriteProgress progress,
      WriteCallback callback) {
    List<PartitionUpdate> updates = changing(built);
    if (updates.isEmpty()) {
      callback.done(null);
      return;
    }
    progress.touches(updates.size());
    if (replicated != null && replicated.concerns(updates)) {
      applyToReplicas(updates, kind, level, nowSeconds, progress, callback);
      return;
    }
    if (kind == Batch.Kind.LOGGED && updates.size() > 1) {
      List<byte[]> all = new ArrayList<>(updates.size());
      for (PartitionUpdate update : updates) {
        all.add(update.update());
      }
      progress.isNow(WriteType.BATCH_LOG);
      batchlog.write(
          all,
          () -> progress.isNow(WriteType.BATCH),
          (update, each) -> applyKept(update, level, each),
          callback);
      return;
    }
    if (!updates.get(0).increments().isEmpty()) {
      progress.isNow(WriteType.COUNTER);
    } else if (updates.size() > 1) {
      progress.isNow(WriteType.UNLOGGED_BATCH);
    }
    if (updates.size() == 1) {
      apply(updates.get(0), level, nowSeconds, callback);
      return;
    }
    WriteCallback each = WriteCallback.all(updates.size(), callback);
    if (updates.get(0).table().isCounter()) {
      for (PartitionUpdate update : updates) {
        apply(update, level, nowSeconds, each);
      }
    } else {
      long[] tokens = new long[updates.size()];
      byte[][] all = new byte[tokens.length][];
      for (int i = 0; i < tokens.length; i++) {
        tokens[i] = updates.get(i).token();
        all[i] = updates.get(i).update();
      }
      lanes.applyAll(tokens, all, each);
    }
  }

  /** Neither the log of batches nor other nodes hear of what changes nothing. */
  private static List<PartitionUpdate> changing(List<PartitionUpdate> updates) {
    for (PartitionUpdate update : updates) {
      if (!changes(update)) {
        return updates.stream().filter(Writer::changes).toList();
      }
    }
    return updates;
  }

  private static boolean changes(PartitionUpdate update) {
    return update.update() != null || !update.increments().isEmpty();
  }

  private void applyToReplicas(
      List<PartitionUpdate> updates,
      Batch.Kind kind,
      Consistency level,
      long nowSeconds,
      WriteProgress progress,
      WriteCallback callback) {
    if (updates.stream().anyMatch(update -> !update.increments().isEmpty())) {
      progress.isNow(WriteType.COUNTER);
      progress.watches(leaders.count(updates, level, nowSeconds, callback));
    } else if (kind == Batch.Kind.LOGGED && updates.size() > 1) {
      replicated.writeLogged(updates, level, progress, callback);
    } else {
      progress.isNow(updates.size() > 1 ? WriteType.UNLOGGED_BATCH : WriteType.SIMPLE);
      replicated.write(updates, level, progress.type(), progress, callback);
    }
  }

  /** While rows were read another node may have become a replica, and fetched what it owns. */
  private void writtenHere(
      TableDefinition table,
      long token,
      List<byte[]> updates,
      Consistency level,
      WriteType type,
      WriteCallback callback) {
    if (replicated == null || updates.isEmpty()) {
      callback.done(null);
    } else {
      replicated.writtenHere(table, token, updates, level, type, callback);
    }
  }

  /** While a batch was kept another node may have become a replica, and fetched what it owns. */
  private void applyKept(byte[] update, Consistency level, WriteCallback callback) {
    if (replicated == null) {
      lanes.apply(update, callback);
    } else {
      replicated.writeKept(update, level, callback);
    }
  }

  private void apply(
      PartitionUpdate update, Consistency level, long nowSeconds, WriteCallback callback) {
    if (!update.increments().isEmpty()) {
      counters.count(
          update,
          nowSeconds,
          counted ->
              writtenHere(
                  update.table(), update.token(), counted, level, WriteType.COUNTER, callback),
          callback);
    } else {
      lanes.apply(update.token(), update.update(), callback);
    }
  }

  /**
   * Decides a conditional statement or batch on one partition, and makes its changes if all
   * conditions hold.
   *
   * @param bind gives the modifications for a timestamp; called on the owning lane, when the
   *     partition is locked, so that later decisions have later timestamps
   * @param serial the level at which replicas agree: SERIAL or LOCAL_SERIAL
   * @param commit the level at which the outcome counts as written
   * @param inBatch whether several statements stand together
   * @param attempt may be given up while it waits for others; then the callback is never called
   */
  public void decide(
      Function<Long, List<BoundModification>> bind,
      Consistency serial,
      Consistency commit,
      boolean inBatch,
      long nowSeconds,
      Consumer<String> warnings,
      Attempt attempt,
      ConditionalResult.Callback callback) {
    try {
      conditions.decide(bind, serial, commit, inBatch, nowSeconds, warnings, attempt, callback);
    } catch (RuntimeException e) {
      callback.done(null, e);
    }
  }

  /**
   * Completes what conditional statements have begun on a partition, so that a read of a quorum
   * that follows sees all that was decided before.
   *
   * @param serial SERIAL or LOCAL_SERIAL
   * @param callback told when it is done, or that it did not come about, as a failed read; on any
   *     lane, maybe before this method returns
   */
  public void settle(
      TableDefinition table, byte[] partitionKey, Consistency serial, WriteCallback callback) {
    conditions.settle(table, partitionKey, serial, callback);
  }

  /**
   * A write that needs rows as they are now, such as those of lists that it changes by index: locks
   * its partitions one after the other, in one order for all, and reads them. Where other nodes
   * keep them too there is no lock: as in Cassandra they are read at the level of the write, and
   * what others write meanwhile is not seen.
   */
  private final class ReadingFirst {
    private final List<BoundModification> modifications;
    private final Batch.Kind kind;
    private final Consistency level;
    private final long nowSeconds;
    private final Consumer<String> warnings;
    private final WriteProgress progress;
    private final WriteCallback callback;
    private final List<LockedReads.Partition> partitions;
    private final Map<LockedReads.Id, RowsRead> rows = new HashMap<>();
    private final List<LockedReads.Hold> holds = new ArrayList<>();
    private final boolean atLevel;

    ReadingFirst(
        List<BoundModification> modifications,
        Batch.Kind kind,
        Consistency level,
        long nowSeconds,
        Consumer<String> warnings,
        WriteProgress progress,
        WriteCallback callback) {
      this.modifications = modifications;
      this.kind = kind;
      this.level = level;
      this.nowSeconds = nowSeconds;
      this.warnings = warnings;
      this.progress = progress;
      this.callback = callback;
      partitions = LockedReads.Partition.of(modifications);
      atLevel = modifications.stream().anyMatch(m -> isReplicated(m.plan().table()));
    }

    void start() {
      if (partitions.isEmpty()) {
        callback.done(null);
      } else {
        readNext();
      }
    }

    private void readNext() {
      LockedReads.Partition next = partitions.get(rows.size());
      if (atLevel) {
        replicated.read(next, level, nowSeconds, this::took, this::ended);
        return;
      }
      reads.read(
          next,
          nowSeconds,
          others -> {},
          () -> true,
          (found, hold) -> {
            holds.add(hold);
            took(found);
          },
          this::ended);
    }

    private void took(RowsRead found) {
      rows.put(partitions.get(rows.size()).id(), found);
      if (rows.size() < partitions.size()) {
        readNext();
      } else {
        write();
      }
    }

    private void write() {
      try {
        UpdateBuffer buffer = new UpdateBuffer();
        for (BoundModification m : modifications) {
          UUID table = m.plan().table().id();
          m.addTo(buffer, (key, clusteringKey) -> row(table, key, clusteringKey));
        }
        List<PartitionUpdate> updates = checked(buffer, kind, warnings);
        if (holds.size() == 1) {
          List<byte[]> all =
              updates.stream().map(PartitionUpdate::update).filter(Objects::nonNull).toList();
          holds.get(0).apply(all, failure -> wrote(all, failure));
        } else {
          Writer.this.apply(updates, kind, level, nowSeconds, progress, this::ended);
        }
      } catch (RuntimeException e) {
        ended(e);
      }
    }

    private void wrote(List<byte[]> updates, Throwable failure) {
      if (failure == null) {
        TableDefinition table = modifications.get(0).plan().table();
        long token = partitions.get(0).token();
        writtenHere(table, token, updates, level, progress.type(), callback);
      } else {
        callback.done(failure);
      }
    }

    private CurrentRow row(UUID table, byte[] key, byte[] clusteringKey) {
      return rows.get(LockedReads.Id.of(table, key)).row(key, clusteringKey);
    }

    private void ended(Throwable failure) {
      holds.forEach(LockedReads.Hold::releaseFromAnywhere);
      callback.done(failure);
    }
  }
}
