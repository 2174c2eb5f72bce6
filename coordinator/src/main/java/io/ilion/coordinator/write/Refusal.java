package io.ilion.coordinator.write;

import io.ilion.cql.modify.BoundModification;
import io.ilion.cql.modify.CurrentRow;
import io.ilion.cql.modify.ModificationPlan;
import io.ilion.cql.restrict.Restrictions;
import io.ilion.model.schema.ColumnDefinition;
import io.ilion.model.schema.TableDefinition;
import io.ilion.model.type.PartitionKeyCodec;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * What is answered when conditions did not hold: the columns of the conditions, or all columns of
 * the table if any condition was that a row exists or does not. Only those have values that were
 * read.
 */
final class Refusal {
  private final TableDefinition table;
  private final byte[] key;
  private final List<ColumnDefinition> columns;
  private final ConditionColumns read;

  Refusal(List<BoundModification> modifications, boolean inBatch) {
    table = modifications.get(0).plan().table();
    key = modifications.get(0).partitionKeys().get(0);
    List<ModificationPlan> plans =
        modifications.stream()
            .map(BoundModification::plan)
            .filter(ModificationPlan::isConditional)
            .toList();
    boolean onExistence = plans.stream().anyMatch(ModificationPlan::isOnExistence);
    columns = onExistence ? table.columns() : conditionColumns(plans, inBatch);
    read = ConditionColumns.of(modifications);
  }

  /** In a batch the primary key comes first, to tell rows apart. */
  private List<ColumnDefinition> conditionColumns(List<ModificationPlan> plans, boolean inBatch) {
    Set<ColumnDefinition> found = new LinkedHashSet<>();
    if (inBatch) {
      found.addAll(table.partitionKey());
      found.addAll(table.clustering());
    }
    plans.forEach(plan -> found.addAll(plan.conditionColumns()));
    return List.copyOf(found);
  }

  /** The answer for some rows, each told once, in their order; those that are not there are not. */
  ConditionalResult of(RowsRead rows, List<byte[]> clusteringKeys) {
    List<byte[][]> found = new ArrayList<>();
    CurrentRow staticRow = rows.row(key, null);
    Set<byte[]> ordered = new TreeSet<>(Arrays::compareUnsigned);
    ordered.addAll(clusteringKeys);
    for (byte[] clustering : ordered) {
      CurrentRow row = rows.row(key, clustering);
      if (row != null) {
        found.add(values(clustering, row, staticRow));
      }
    }
    if (found.isEmpty() && staticRow != null) {
      found.add(values(null, null, staticRow));
    }
    return new ConditionalResult(false, found.isEmpty() ? List.of() : columns, found);
  }

  private byte[][] values(byte[] clustering, CurrentRow row, CurrentRow staticRow) {
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
            case STATIC -> value(staticRow, column);
            case REGULAR -> value(row, column);
          };
    }
    return values;
  }

  private byte[] value(CurrentRow row, ColumnDefinition column) {
    return row == null || !read.test(column.id()) ? null : row.value(column);
  }
}
