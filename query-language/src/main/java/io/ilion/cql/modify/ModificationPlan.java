package io.ilion.cql.modify;

import io.ilion.cql.restrict.Restrictions;
import io.ilion.cql.restrict.WriteAnalysis.Kind;
import io.ilion.cql.term.Evaluation;
import io.ilion.model.CqlException;
import io.ilion.model.schema.ColumnDefinition;
import io.ilion.model.schema.TableDefinition;
import java.util.Comparator;
import java.util.List;

/** A statement that writes, ready to be executed any number of times. Immutable. */
public final class ModificationPlan {
  /** Which rows have to be there, or not. */
  enum Existence {
    ANY,
    EXISTS,
    NOT_EXISTS
  }

  final Kind kind;
  final TableDefinition table;
  final Restrictions where;
  final List<ColumnOperation> regularOperations;
  final List<ColumnOperation> staticOperations;
  final List<ConditionPlan> conditions;
  final Existence existence;
  final Attributes attributes;

  /** Whether it changes single rows rather than ranges, partitions or static rows alone. */
  final boolean selectsRows;

  final boolean regularOperationsRead;
  final boolean staticOperationsRead;
  private final int[] partitionKeyIndexes;

  ModificationPlan(
      Kind kind,
      TableDefinition table,
      Restrictions where,
      List<ColumnOperation> operations,
      List<ConditionPlan> conditions,
      Existence existence,
      Attributes attributes,
      int[] partitionKeyIndexes) {
    this.kind = kind;
    this.table = table;
    this.where = where;
    // In the order of column ids: that of the row image.
    this.regularOperations =
        operations.stream()
            .filter(operation -> !operation.column().isStatic())
            .sorted((a, b) -> Integer.compare(a.column().id(), b.column().id()))
            .toList();
    this.staticOperations =
        operations.stream()
            .filter(operation -> operation.column().isStatic())
            .sorted((a, b) -> Integer.compare(a.column().id(), b.column().id()))
            .toList();
    this.conditions = List.copyOf(conditions);
    this.existence = existence;
    this.attributes = attributes;
    this.partitionKeyIndexes = partitionKeyIndexes;
    selectsRows = where.namesRows();
    regularOperationsRead = regularOperations.stream().anyMatch(ColumnOperation::readsRow);
    staticOperationsRead = staticOperations.stream().anyMatch(ColumnOperation::readsRow);
  }

  /** The table. */
  public TableDefinition table() {
    return table;
  }

  /** The USING clause. */
  public Attributes attributes() {
    return attributes;
  }

  /** Whether it has any condition (IF). */
  public boolean isConditional() {
    return existence != Existence.ANY || !conditions.isEmpty();
  }

  /** Whether it has to read rows even without conditions. */
  public boolean readsRows() {
    return regularOperationsRead || staticOperationsRead;
  }

  /**
   * For each column of the partition key the index of the bind variable that it equals; empty if
   * any is not simply bound.
   */
  public int[] partitionKeyIndexes() {
    return partitionKeyIndexes.clone();
  }

  /** Whether its condition is IF EXISTS or IF NOT EXISTS. */
  public boolean isOnExistence() {
    return existence != Existence.ANY;
  }

  /** The columns of its conditions, each once: regular ones, then static ones. */
  public List<ColumnDefinition> conditionColumns() {
    return conditions.stream()
        .map(ConditionPlan::column)
        .distinct()
        .sorted(Comparator.comparing(ColumnDefinition::isStatic))
        .toList();
  }

  /** Whether it changes rows, rather than a static row alone. */
  public boolean changesRows() {
    return table.clustering().isEmpty() || where.restrictsClustering();
  }

  /** Whether it changes static columns. */
  public boolean changesStatics() {
    return !staticOperations.isEmpty();
  }

  /**
   * Resolves it for one execution.
   *
   * @param defaultTimestamp in microseconds, for statements that give none
   * @param nowSeconds the time of the request in seconds since 1970
   * @throws CqlException INVALID for values that cannot be
   */
  public BoundModification bind(Evaluation evaluation, long defaultTimestamp, long nowSeconds) {
    long timestamp = attributes.timestamp(evaluation, defaultTimestamp);
    int timeToLive = attributes.timeToLive(evaluation, table.properties().defaultTimeToLive());
    if (isConditional()) {
      requireOneRow();
    }
    return new BoundModification(
        this, new WriteContext(evaluation, timestamp, timeToLive, nowSeconds));
  }

  private void requireOneRow() {
    String what = kind == Kind.DELETE ? "deletions" : "updates";
    if (where.mayNameSeveralPartitions()) {
      throw CqlException.invalid(
          "IN on the partition key is not supported with conditional %s", what);
    }
    if (where.hasClusteringIn()) {
      throw CqlException.invalid(
          "IN on the clustering key columns is not supported with conditional %s", what);
    }
  }
}
