package io.ilion.model.schema;

import io.ilion.model.type.CqlType;

/**
 * One column of a table.
 *
 * @param id positive and unique in its table for ever: a column that is dropped and added again
 *     gets a new one, so that the old data stays hidden
 * @param name as stored, case and all
 * @param position among the columns of the partition key or the clustering key, else -1
 * @param type with its cells of their own if it is multi-cell
 * @param descending whether rows descend by this clustering column
 */
public record ColumnDefinition(
    int id, String name, Kind kind, int position, CqlType type, boolean descending) {

  /** What a column is to its table. */
  public enum Kind {
    PARTITION_KEY,
    CLUSTERING,
    STATIC,
    REGULAR;

    /** The text in {@code system_schema.columns}. */
    public String text() {
      return switch (this) {
        case PARTITION_KEY -> "partition_key";
        case CLUSTERING -> "clustering";
        case STATIC -> "static";
        case REGULAR -> "regular";
      };
    }
  }

  /** Whether it is a part of the primary key. */
  public boolean isPrimaryKey() {
    return kind == Kind.PARTITION_KEY || kind == Kind.CLUSTERING;
  }

  /** Whether it is a part of the partition key. */
  public boolean isPartitionKey() {
    return kind == Kind.PARTITION_KEY;
  }

  /** Whether it is a clustering column. */
  public boolean isClustering() {
    return kind == Kind.CLUSTERING;
  }

  /** Whether all rows of a partition share it. */
  public boolean isStatic() {
    return kind == Kind.STATIC;
  }

  /** Whether its value is kept as several cells. */
  public boolean isMultiCell() {
    return type.isMultiCell();
  }

  /** The same column of another type. */
  public ColumnDefinition withType(CqlType newType) {
    return new ColumnDefinition(id, name, kind, position, newType, descending);
  }

  /** The same column of another name. */
  public ColumnDefinition withName(String newName) {
    return new ColumnDefinition(id, newName, kind, position, type, descending);
  }
}
