package io.ilion.coordinator.write;

import io.ilion.cql.modify.BoundModification;
import io.ilion.cql.modify.ModificationPlan;
import io.ilion.model.schema.ColumnDefinition;
import java.util.BitSet;
import java.util.List;
import java.util.function.IntPredicate;

/**
 * The columns that conditions look at, by their ids: all regular ones if any statement changes
 * rows, all static ones if any with conditions changes those, and else the conditions' own. By
 * these alone a row exists that was not inserted. So it is in Cassandra, where clients see it from
 * the outcome.
 */
final class ConditionColumns implements IntPredicate {
  private final BitSet ids = new BitSet();

  private ConditionColumns() {}

  static ConditionColumns of(List<BoundModification> modifications) {
    ConditionColumns read = new ConditionColumns();
    for (BoundModification modification : modifications) {
      ModificationPlan plan = modification.plan();
      read.add(plan.conditionColumns());
      if (plan.changesRows()) {
        read.add(plan.table().regularColumns());
      }
      if (plan.isConditional() && plan.changesStatics()) {
        read.add(plan.table().staticColumns());
      }
    }
    return read;
  }

  private void add(List<ColumnDefinition> columns) {
    columns.forEach(column -> ids.set(column.id()));
  }

  @Override
  public boolean test(int columnId) {
    return ids.get(columnId);
  }
}
