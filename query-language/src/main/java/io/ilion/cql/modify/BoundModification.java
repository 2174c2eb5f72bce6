package io.ilion.cql.modify;

import io.ilion.cql.modify.ModificationPlan.Existence;
import io.ilion.cql.restrict.Interval;
import io.ilion.cql.restrict.Restrictions;
import io.ilion.cql.restrict.WriteAnalysis.Kind;
import io.ilion.model.CqlException;
import java.util.List;

/** A statement that writes, with the values of one execution. */
public final class BoundModification {
  private final ModificationPlan plan;
  private final WriteContext context;
  private final List<byte[]> partitionKeys;
  private final boolean rows;
  private final List<byte[]> clusteringKeys;

  BoundModification(ModificationPlan plan, WriteContext context) {
    this.plan = plan;
    this.context = context;
    partitionKeys = plan.where.partitionKeys(context.evaluation());
    rows = plan.selectsRows;
    clusteringKeys = rows ? plan.where.clusteringKeys(context.evaluation()) : List.of();
    Restrictions.checkProduct("primary key", partitionKeys.size(), clusteringKeys.size());
  }

  /** The plan. */
  public ModificationPlan plan() {
    return plan;
  }

  /** The partitions that it changes; none if an IN has no values. */
  public List<byte[]> partitionKeys() {
    return partitionKeys;
  }

  /** Whether rows have to be read first, for its conditions or for the lists that it changes. */
  public boolean needsRows() {
    return plan.isConditional() || plan.readsRows();
  }

  /** The clustering keys of the rows that have to be read, or that it changes one by one. */
  public List<byte[]> clusteringKeys() {
    return clusteringKeys;
  }

  /** Whether the static row of its partitions has to be read. */
  public boolean needsStaticRow() {
    return plan.conditions.stream().anyMatch(condition -> condition.column().isStatic())
        || plan.staticOperationsRead
        || (plan.existence != Existence.ANY && clusteringKeys.isEmpty());
  }

  /** Whether a condition is on a row, rather than on static columns or the static row alone. */
  public boolean hasConditionOnRow() {
    return plan.isOnExistence()
        ? !clusteringKeys.isEmpty()
        : plan.conditions.stream().anyMatch(condition -> !condition.column().isStatic());
  }

  /** The row that its conditions are on; null for the static row alone. */
  public byte[] conditionRow() {
    return clusteringKeys.isEmpty() ? null : clusteringKeys.get(0);
  }

  /**
   * Whether its conditions hold.
   *
   * @param current the row of {@link #conditionRow} and the static row
   */
  public boolean applies(CurrentRows current) {
    byte[] partition = partitionKeys.get(0);
    byte[] clustering = conditionRow();
    CurrentRow row = current.row(partition, clustering);
    switch (plan.existence) {
      case EXISTS -> {
        return row != null;
      }
      case NOT_EXISTS -> {
        return row == null;
      }
      default -> {}
    }
    boolean needsStatic =
        clustering != null
            && plan.conditions.stream().anyMatch(condition -> condition.column().isStatic());
    CurrentRow staticRow = needsStatic ? current.row(partition, null) : row;
    for (ConditionPlan condition : plan.conditions) {
      CurrentRow target = condition.column().isStatic() ? staticRow : row;
      if (!condition.holds(target, context.evaluation())) {
        return false;
      }
    }
    return true;
  }

  /**
   * Adds its changes.
   *
   * @param current the rows to be read; {@link CurrentRows#NONE} if it needs none
   * @throws CqlException INVALID for values that cannot be
   */
  public void addTo(UpdateBuffer buffer, CurrentRows current) {
    for (byte[] partition : partitionKeys) {
      if (plan.kind == Kind.DELETE
          && plan.regularOperations.isEmpty()
          && plan.staticOperations.isEmpty()) {
        delete(buffer, partition);
        continue;
      }
      changeRows(buffer, partition, current);
      if (!plan.staticOperations.isEmpty()) {
        RowChange change = new RowChange(context);
        apply(plan.staticOperations, plan.staticOperationsRead, change, current, partition, null);
        buffer.row(plan.table, partition, null, change);
      }
    }
  }

  private void changeRows(UpdateBuffer buffer, byte[] partition, CurrentRows current) {
    if (!rows) {
      if (!plan.regularOperations.isEmpty()) {
        throw CqlException.invalid("Range deletions are not supported for specific columns");
      }
      return;
    }
    boolean insert = plan.kind == Kind.INSERT;
    if (!insert && plan.regularOperations.isEmpty()) {
      return;
    }
    for (byte[] clustering : clusteringKeys) {
      RowChange change = new RowChange(context);
      if (insert) {
        change.insert();
      }
      apply(
          plan.regularOperations,
          plan.regularOperationsRead,
          change,
          current,
          partition,
          clustering);
      buffer.row(plan.table, partition, clustering, change);
    }
  }

  private static void apply(
      List<ColumnOperation> operations,
      boolean reads,
      RowChange change,
      CurrentRows current,
      byte[] partition,
      byte[] clustering) {
    CurrentRow before = reads ? current.row(partition, clustering) : null;
    for (ColumnOperation operation : operations) {
      // Within a statement an operation sees what those before it did to the column.
      operation.apply(
          change, operation.readsRow() ? change.after(before, operation.column()) : before);
    }
  }

  private void delete(UpdateBuffer buffer, byte[] partition) {
    if (!plan.where.restrictsClustering()) {
      buffer.deletePartition(plan.table, partition, context);
      return;
    }
    if (rows) {
      for (byte[] clustering : clusteringKeys) {
        RowChange change = new RowChange(context);
        change.delete();
        buffer.row(plan.table, partition, clustering, change);
      }
      return;
    }
    List<Interval> ranges = plan.where.intervals(context.evaluation());
    Restrictions.checkProduct("primary key", partitionKeys.size(), ranges.size());
    for (Interval range : ranges) {
      buffer.deleteRange(plan.table, partition, range.start(), range.end(), context);
    }
  }
}
