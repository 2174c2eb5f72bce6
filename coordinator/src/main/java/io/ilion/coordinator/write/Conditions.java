package io.ilion.coordinator.write;

import io.ilion.coordinator.LaneAccess;
import io.ilion.cql.modify.BoundModification;
import io.ilion.cql.modify.CurrentRow;
import io.ilion.cql.modify.UpdateBuffer;
import io.ilion.cql.modify.UpdateBuffer.PartitionUpdate;
import io.ilion.cql.restrict.Restrictions;
import io.ilion.model.ring.Murmur3;
import io.ilion.model.schema.ColumnDefinition;
import io.ilion.model.schema.TableDefinition;
import io.ilion.model.type.PartitionKeyCodec;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * Decides conditional statements and batches: alone with the partition it reads, looks, and writes.
 * What it tells of a refused one is durable before it is told, as is what an applied one wrote.
 */
final class Conditions {
  private final LockedReads reads;
  private final LaneAccess lanes;
  private final TimestampGenerator timestamps;
  private final WriteChecks checks;

  Conditions(
      LockedReads reads, LaneAccess lanes, TimestampGenerator timestamps, WriteChecks checks) {
    this.reads = reads;
    this.lanes = lanes;
    this.timestamps = timestamps;
    this.checks = checks;
  }

  /** As {@link Writer#decide}. */
  void decide(
      Function<Long, List<BoundModification>> bind,
      boolean inBatch,
      long nowSeconds,
      Consumer<String> warnings,
      Attempt attempt,
      ConditionalResult.Callback callback) {
    List<BoundModification> first = bind.apply(timestamps.next());
    byte[] key = first.get(0).partitionKeys().get(0);
    List<byte[]> rows = new ArrayList<>();
    first.forEach(m -> rows.addAll(m.clusteringKeys()));
    long token = Murmur3.token(key);
    reads.read(
        new LockedReads.Partition(first.get(0).plan().table().id(), key, rows),
        nowSeconds,
        attempt::waitsFor,
        attempt::begin,
        (found, hold) -> {
          // Bound again, so that later decisions have later timestamps.
          List<BoundModification> now = bind.apply(timestamps.next());
          if (holds(now, found)) {
            UpdateBuffer buffer = new UpdateBuffer();
            now.forEach(m -> m.addTo(buffer, found));
            List<PartitionUpdate> updates = buffer.build();
            checks.checkValues(updates, warnings);
            checks.requireFitting(updates);
            hold.apply(
                updates.stream().map(PartitionUpdate::update).filter(Objects::nonNull).toList(),
                failure ->
                    callback.done(failure == null ? ConditionalResult.APPLIED : null, failure));
          } else {
            ConditionalResult refusal = refused(now, found, key, inBatch);
            hold.release();
            lanes
                .store(lanes.laneOf(token))
                .awaitDurable(failure -> callback.done(failure == null ? refusal : null, failure));
          }
        },
        failure -> callback.done(null, failure));
  }

  private static boolean holds(List<BoundModification> modifications, RowsRead rows) {
    for (BoundModification m : modifications) {
      if (m.plan().isConditional() && !m.applies(rows)) {
        return false;
      }
    }
    return true;
  }

  private static ConditionalResult refused(
      List<BoundModification> modifications, RowsRead rows, byte[] key, boolean inBatch) {
    List<ColumnDefinition> columns = new ArrayList<>();
    List<byte[][]> found = new ArrayList<>();
    List<byte[]> seen = new ArrayList<>();
    for (BoundModification m : modifications) {
      if (m.plan().isConditional()) {
        for (ColumnDefinition column : m.plan().resultColumns(inBatch)) {
          if (!columns.contains(column)) {
            columns.add(column);
          }
        }
      }
    }
    TableDefinition table = modifications.get(0).plan().table();
    for (BoundModification m : modifications) {
      byte[] clustering = m.conditionRow();
      if (!m.plan().isConditional() || seen.stream().anyMatch(s -> Arrays.equals(s, clustering))) {
        continue;
      }
      seen.add(clustering);
      CurrentRow row = rows.row(key, clustering);
      CurrentRow staticRow = rows.row(key, null);
      if (row != null || staticRow != null) {
        found.add(values(table, columns, key, row == null ? null : clustering, row, staticRow));
      }
    }
    return new ConditionalResult(false, found.isEmpty() ? List.of() : columns, found);
  }

  private static byte[][] values(
      TableDefinition table,
      List<ColumnDefinition> columns,
      byte[] key,
      byte[] clustering,
      CurrentRow row,
      CurrentRow staticRow) {
    byte[][] partition = PartitionKeyCodec.split(key, table.partitionKey().size());
    byte[][] position =
        clustering == null
            ? new byte[table.clustering().size()][]
            : Restrictions.codecOf(table).decode(clustering, 0, clustering.length);
    byte[][] values = new byte[columns.size()][];
    for (int i = 0; i < values.length; i++) {
      ColumnDefinition column = columns.get(i);
      values[i] =
          switch (column.kind()) {
            case PARTITION_KEY -> partition[column.position()];
            case CLUSTERING -> position[column.position()];
            case STATIC -> staticRow == null ? null : staticRow.value(column);
            case REGULAR -> row == null ? null : row.value(column);
          };
    }
    return values;
  }
}
