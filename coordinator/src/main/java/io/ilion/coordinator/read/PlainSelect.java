package io.ilion.coordinator.read;

import io.ilion.cql.select.SelectPlan;
import io.ilion.cql.term.TermPreparer;
import io.ilion.model.schema.ColumnDefinition;
import io.ilion.model.schema.TableDefinition;
import java.util.Arrays;
import java.util.List;

/**
 * The commonest SELECT, of columns as they are from one partition: its rows go from where they are
 * stored into the answer without becoming values in between. Whatever is not of this kind goes the
 * general way, {@link SelectExecution}, which would give the same.
 */
final class PlainSelect {
  /** Below these, the columns of a result are cells; from these on, parts of a key. */
  static final int PARTITION_KEY = 1 << 20;

  static final int CLUSTERING = 1 << 21;

  private final SelectPlan plan;

  /** For each column of the result the number of its cell, or of its place in a key. */
  private final int[] sources;

  /** The ids of the columns whose cells are wanted, ascending. */
  private final int[] cells;

  private final boolean needsClustering;
  private final boolean oneRow;

  private PlainSelect(SelectPlan plan, int[] sources, int[] cells) {
    this.plan = plan;
    this.sources = sources;
    this.cells = cells;
    this.needsClustering = Arrays.stream(sources).anyMatch(source -> (source & CLUSTERING) != 0);
    this.oneRow = plan.restrictions().namesRows() && !plan.restrictions().hasClusteringIn();
  }

  /** The short way of a plan, or null if it has none. */
  static PlainSelect of(SelectPlan plan) {
    TableDefinition table = plan.table();
    if (table.isVirtual()
        || table.isCounter()
        || table.hasStaticColumns()
        || plan.isAggregate()
        || plan.json()
        || plan.distinct()
        || plan.readsAttributes()
        || !plan.sorting().isEmpty()
        || plan.restrictions().needsFilter()
        || !plan.restrictions().namesOnePartition()) {
      return null;
    }
    List<SelectPlan.Column> columns = plan.columns();
    int[] ids = new int[columns.size()];
    for (int i = 0; i < ids.length; i++) {
      ids[i] = TermPreparer.columnId(columns.get(i).term());
      if (ids[i] == 0 || table.column(ids[i]).isMultiCell()) {
        return null;
      }
    }
    int[] cells =
        Arrays.stream(ids).filter(id -> !isKey(table.column(id))).sorted().distinct().toArray();
    int[] sources = new int[ids.length];
    for (int i = 0; i < ids.length; i++) {
      ColumnDefinition column = table.column(ids[i]);
      sources[i] =
          column.isClustering()
              ? CLUSTERING | column.position()
              : isKey(column)
                  ? PARTITION_KEY | column.position()
                  : Arrays.binarySearch(cells, ids[i]);
    }
    return new PlainSelect(plan, sources, cells);
  }

  private static boolean isKey(ColumnDefinition column) {
    return column.isClustering() || column.isPartitionKey();
  }

  SelectPlan plan() {
    return plan;
  }

  int[] sources() {
    return sources;
  }

  int[] cells() {
    return cells;
  }

  boolean needsClustering() {
    return needsClustering;
  }

  /** Whether the statement names one row by its whole key. */
  boolean namesOneRow() {
    return oneRow;
  }
}
