package io.ilion.coordinator.read;

import io.ilion.model.schema.TableDefinition;
import java.util.List;

/** Gives the rows of tables that are computed rather than stored. */
public interface VirtualTables {

  /**
   * All rows as of now, in any order.
   *
   * @return for each row the value of each column of {@code table.columns()}, in wire form or null
   */
  List<byte[][]> rows(TableDefinition table);

  /** Whether the partitions of a table come in the order of their keys, not of their tokens. */
  boolean isOrderedByKey(TableDefinition table);
}
