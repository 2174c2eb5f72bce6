package io.ilion.coordinator.write;

import io.ilion.coordinator.LaneAccess;
import io.ilion.coordinator.WriteCallback;
import io.ilion.cql.modify.BoundModification;
import io.ilion.cql.modify.UpdateBuffer;
import io.ilion.cql.modify.UpdateBuffer.PartitionUpdate;
import io.ilion.model.Consistency;
import io.ilion.model.schema.TableDefinition;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * Decides conditional statements and batches: alone with the partition it reads, looks, and writes.
 * What it tells of a refused one is durable before it is told, as is what an applied one wrote.
 */
final class Conditions {
  private static final long CLOCK_TOLERANCE_MICROS = 86_400_000_000L;

  private final LockedReads reads;
  private final LaneAccess lanes;
  private final TimestampGenerator timestamps;
  private final WriteChecks checks;
  private final ReplicatedConditions replicated;

  /**
   * Creates it.
   *
   * @param replicated decides where other nodes have replicas too; null for a node without others
   */
  Conditions(
      LockedReads reads,
      LaneAccess lanes,
      TimestampGenerator timestamps,
      WriteChecks checks,
      ReplicatedConditions replicated) {
    this.replicated = replicated;
    this.reads = reads;
    this.lanes = lanes;
    this.timestamps = timestamps;
    this.checks = checks;
  }

  /** As {@link Writer#decide}. */
  void decide(
      Function<Long, List<BoundModification>> bind,
      Consistency serial,
      Consistency commit,
      boolean inBatch,
      long nowSeconds,
      Consumer<String> warnings,
      Attempt attempt,
      ConditionalResult.Callback callback) {
    List<BoundModification> first = bind.apply(timestamps.next());
    TableDefinition table = first.get(0).plan().table();
    Runnable agreed =
        () ->
            replicated.decide(
                first, bind, serial, commit, inBatch, nowSeconds, checks, warnings, callback);
    if (isAgreedOn(table)) {
      if (attempt.begin()) {
        agreed.run();
      }
      return;
    }
    byte[] key = first.get(0).partitionKeys().get(0);
    List<byte[]> rows = new ArrayList<>();
    first.forEach(m -> rows.addAll(m.clusteringKeys()));
    reads.read(
        new LockedReads.Partition(table, ConditionColumns.of(first), key, rows),
        nowSeconds,
        attempt::waitsFor,
        attempt::begin,
        (found, hold) -> {
          // While this waited and read another may have become a replica, and fetched what it
          // owns. Who becomes one from here on fetches behind the update, on the same lane.
          if (isAgreedOn(table)) {
            hold.release();
            agreed.run();
            return;
          }
          // Bound again, so that later decisions have later timestamps.
          List<BoundModification> now = bind.apply(after(found.newestTimestamp()));
          if (holds(now, found)) {
            UpdateBuffer buffer = UpdateBuffer.ofDecision();
            now.forEach(m -> m.addTo(buffer, found));
            List<PartitionUpdate> updates = buffer.build();
            checks.checkValues(updates, warnings);
            checks.requireFitting(updates);
            hold.apply(
                updates.stream().map(PartitionUpdate::update).filter(Objects::nonNull).toList(),
                failure ->
                    callback.done(failure == null ? ConditionalResult.APPLIED : null, failure));
          } else {
            refuse(now, found, hold, inBatch, nowSeconds, callback);
          }
        },
        failure -> callback.done(null, failure));
  }

  private boolean isAgreedOn(TableDefinition table) {
    return replicated != null && replicated.concerns(table);
  }

  /**
   * A timestamp for a decision that saw something: it must be newer than that, also if the clock
   * went back since, or what was decided would never be seen. What lies far in the future was
   * written so on purpose, and stays in force as in Cassandra.
   */
  private long after(long seen) {
    long next = timestamps.next();
    return isInTheWay(seen, next) ? seen + 1 : next;
  }

  /** Whether what was seen is as new as a timestamp, and not newer on purpose. */
  static boolean isInTheWay(long seen, long timestamp) {
    return seen >= timestamp && seen - timestamp < CLOCK_TOLERANCE_MICROS;
  }

  /** As {@link Writer#settle}; where this node alone decides nothing is ever left undecided. */
  void settle(
      TableDefinition table, byte[] partitionKey, Consistency serial, WriteCallback callback) {
    if (isAgreedOn(table)) {
      replicated.settle(table, partitionKey, serial, callback);
    } else {
      callback.done(null);
    }
  }

  /** Whether all conditions hold. */
  static boolean holds(List<BoundModification> modifications, RowsRead rows) {
    for (BoundModification m : modifications) {
      if (m.plan().isConditional() && !m.applies(rows)) {
        return false;
      }
    }
    return true;
  }

  /** Tells what the conditions saw; of those on static columns alone, in the first row there is. */
  private void refuse(
      List<BoundModification> modifications,
      RowsRead rows,
      LockedReads.Hold hold,
      boolean inBatch,
      long nowSeconds,
      ConditionalResult.Callback callback) {
    boolean onRows = modifications.stream().anyMatch(BoundModification::hasConditionOnRow);
    if (onRows) {
      List<byte[]> keys = new ArrayList<>();
      for (BoundModification m : modifications) {
        if (m.hasConditionOnRow()) {
          keys.add(m.conditionRow());
        }
      }
      tell(new Refusal(modifications, inBatch).of(rows, keys), hold, callback);
      return;
    }
    reads.readFirstRow(
        hold,
        nowSeconds,
        first -> {
          List<byte[]> keys = first.firstKey() == null ? List.of() : List.of(first.firstKey());
          tell(new Refusal(modifications, inBatch).of(first, keys), hold, callback);
        },
        failure -> callback.done(null, failure));
  }

  private void tell(
      ConditionalResult refusal, LockedReads.Hold hold, ConditionalResult.Callback callback) {
    hold.release();
    lanes
        .store(hold.lane())
        .awaitDurable(failure -> callback.done(failure == null ? refusal : null, failure));
  }
}
