package io.ilion.driver.metadata;

import io.ilion.model.type.CqlType;

/**
 * A column of a table.
 *
 * @param name its name as it is
 * @param type the type of its values
 * @param kind its part in the table
 * @param position its place in the partition or clustering key, or -1
 * @param descending whether rows are sorted by it in reverse
 */
public record ColumnMetadata(
    String name, CqlType type, Kind kind, int position, boolean descending) {
  /** The parts that columns have. */
  public enum Kind {
    PARTITION_KEY,
    CLUSTERING,
    STATIC,
    REGULAR
  }
}
