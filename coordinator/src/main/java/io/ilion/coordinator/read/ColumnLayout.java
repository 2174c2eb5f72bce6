package io.ilion.coordinator.read;

import io.ilion.model.data.RowReader;
import io.ilion.model.schema.ColumnDefinition;
import io.ilion.model.schema.TableDefinition;
import io.ilion.model.type.ClusteringCodec;
import java.util.BitSet;
import java.util.List;

/** Where the values of a table's columns stand in the array of a decoded row. */
final class ColumnLayout {
  private final TableDefinition table;
  private final int[] ordinalById;
  private final BitSet needed;
  private final ClusteringCodec clustering;
  private final boolean needsClustering;

  /**
   * Makes the layout.
   *
   * @param needed the ids of the columns that are decoded
   */
  ColumnLayout(TableDefinition table, BitSet needed) {
    this.table = table;
    this.needed = needed;
    this.ordinalById = new int[table.nextColumnId()];
    java.util.Arrays.fill(ordinalById, -1);
    List<ColumnDefinition> columns = table.columns();
    for (int i = 0; i < columns.size(); i++) {
      ordinalById[columns.get(i).id()] = i;
    }
    clustering =
        new ClusteringCodec(
            table.clustering().stream().map(ColumnDefinition::type).toList(),
            table.clustering().stream().map(ColumnDefinition::descending).toList());
    needsClustering = table.clustering().stream().anyMatch(c -> needed.get(c.id()));
  }

  TableDefinition table() {
    return table;
  }

  ClusteringCodec clustering() {
    return clustering;
  }

  boolean needsClustering() {
    return needsClustering;
  }

  /** The index of a column's value, or -1 for one that is not (or no longer) there. */
  int ordinal(int columnId) {
    return columnId < ordinalById.length ? ordinalById[columnId] : -1;
  }

  /** Whether a row exists at a time. Values of dropped columns are none. */
  boolean isLive(RowReader row, long nowSeconds) {
    if (table.droppedColumns().isEmpty()) {
      return row.isLive(nowSeconds);
    }
    return row.isLive(nowSeconds, column -> ordinal(column) >= 0);
  }

  boolean isNeeded(int columnId) {
    return needed.get(columnId);
  }
}
