package io.ilion.cql.modify;

import io.ilion.model.schema.ColumnDefinition;

/** What a statement does to one column of each of its rows. */
interface ColumnOperation {
  /** The column. */
  ColumnDefinition column();

  /** Whether it depends on what the column holds. */
  default boolean readsRow() {
    return false;
  }

  /**
   * Adds what changes.
   *
   * @param current the row before, or null if there is none; only given if it is asked for
   */
  void apply(RowChange row, CurrentRow current);
}
