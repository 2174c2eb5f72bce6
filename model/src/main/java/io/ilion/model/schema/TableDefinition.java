package io.ilion.model.schema;

import io.ilion.model.schema.ColumnDefinition.Kind;
import io.ilion.model.type.CqlType;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/**
 * A table. Its columns are kept in the order of {@code SELECT *}: partition key, clustering
 * columns, static columns by name, regular columns by name. Immutable.
 */
public final class TableDefinition {
  /** So many ids from before a truncation are known, beside the first. */
  private static final int MOST_FORMER_IDS = 16;

  private static final Comparator<ColumnDefinition> SELECT_ORDER =
      Comparator.comparing(ColumnDefinition::kind)
          .thenComparingInt(ColumnDefinition::position)
          .thenComparing(ColumnDefinition::name);

  private final String keyspace;
  private final String name;
  private final UUID id;
  private final List<UUID> formerIds;
  private final List<ColumnDefinition> columns;
  private final List<DroppedColumn> droppedColumns;
  private final int nextColumnId;
  private final TableProperties properties;
  private final boolean virtual;

  private final Map<String, ColumnDefinition> byName = new HashMap<>();
  private final Map<Integer, ColumnDefinition> byId = new HashMap<>();
  private final List<ColumnDefinition> partitionKey;
  private final List<ColumnDefinition> clustering;
  private final boolean hasStaticColumns;
  private final boolean counter;

  /** Makes a table that was never truncated; see the other constructor. */
  public TableDefinition(
      String keyspace,
      String name,
      UUID id,
      List<ColumnDefinition> columns,
      List<DroppedColumn> droppedColumns,
      int nextColumnId,
      TableProperties properties,
      boolean virtual) {
    this(keyspace, name, id, List.of(), columns, droppedColumns, nextColumnId, properties, virtual);
  }

  /**
   * Makes a table.
   *
   * @param formerIds as {@link #formerIds()} gives them
   * @param columns in any order, at least one of the partition key
   * @param nextColumnId greater than the id of any column it ever had
   * @param virtual whether it is computed rather than stored
   */
  public TableDefinition(
      String keyspace,
      String name,
      UUID id,
      List<UUID> formerIds,
      List<ColumnDefinition> columns,
      List<DroppedColumn> droppedColumns,
      int nextColumnId,
      TableProperties properties,
      boolean virtual) {
    this.keyspace = keyspace;
    this.name = name;
    this.id = id;
    this.formerIds = List.copyOf(formerIds);
    this.columns = columns.stream().sorted(SELECT_ORDER).toList();
    this.droppedColumns = List.copyOf(droppedColumns);
    this.nextColumnId = nextColumnId;
    this.properties = properties;
    this.virtual = virtual;
    for (ColumnDefinition column : this.columns) {
      byName.put(column.name(), column);
      byId.put(column.id(), column);
    }
    if (byName.size() != columns.size() || byId.size() != columns.size()) {
      throw new IllegalArgumentException(keyspace + "." + name + " has a column twice");
    }
    partitionKey = ofKind(Kind.PARTITION_KEY);
    clustering = ofKind(Kind.CLUSTERING);
    hasStaticColumns = !ofKind(Kind.STATIC).isEmpty();
    counter =
        this.columns.stream().anyMatch(c -> c.type().isCounter())
            || this.droppedColumns.stream().anyMatch(d -> d.column().type().isCounter());
    if (partitionKey.isEmpty()) {
      throw new IllegalArgumentException(keyspace + "." + name + " has no partition key");
    }
  }

  private List<ColumnDefinition> ofKind(Kind kind) {
    return columns.stream().filter(c -> c.kind() == kind).toList();
  }

  /** The keyspace's name. */
  public String keyspace() {
    return keyspace;
  }

  /** The table's name. */
  public String name() {
    return name;
  }

  /**
   * The id of its data: that of all updates, reads and files. Never used twice. A truncation gives
   * the table another one, so whatever is still on its way from before finds no table.
   */
  public UUID id() {
    return id;
  }

  /** The id by which clients know it, from its creation on. */
  public UUID schemaId() {
    return formerIds.isEmpty() ? id : formerIds.get(0);
  }

  /** The ids that its data had before it was truncated: the first, then the latest few. */
  public List<UUID> formerIds() {
    return formerIds;
  }

  /** The same table without data: what was written under earlier ids is none of it. */
  public TableDefinition truncated(UUID newId) {
    List<UUID> former = new ArrayList<>(formerIds);
    former.add(id);
    if (former.size() > 1 + MOST_FORMER_IDS) {
      former.remove(1);
    }
    return new TableDefinition(
        keyspace, name, newId, former, columns, droppedColumns, nextColumnId, properties, virtual);
  }

  /** All columns in the order of {@code SELECT *}. */
  public List<ColumnDefinition> columns() {
    return columns;
  }

  /** The columns it once had, oldest first. */
  public List<DroppedColumn> droppedColumns() {
    return droppedColumns;
  }

  /** The id for the next new column. */
  public int nextColumnId() {
    return nextColumnId;
  }

  /** Its options. */
  public TableProperties properties() {
    return properties;
  }

  /** Whether it is computed rather than stored. */
  public boolean isVirtual() {
    return virtual;
  }

  /** The columns of the partition key, in order. */
  public List<ColumnDefinition> partitionKey() {
    return partitionKey;
  }

  /** The clustering columns, in order. */
  public List<ColumnDefinition> clustering() {
    return clustering;
  }

  /** The static columns by name. */
  public List<ColumnDefinition> staticColumns() {
    return ofKind(Kind.STATIC);
  }

  /** The regular columns by name. */
  public List<ColumnDefinition> regularColumns() {
    return ofKind(Kind.REGULAR);
  }

  /** Whether any column is static. */
  public boolean hasStaticColumns() {
    return hasStaticColumns;
  }

  /** Whether its columns beside the primary key are counters, or were before they were dropped. */
  public boolean isCounter() {
    return counter;
  }

  /** The column of a name, or null. */
  public ColumnDefinition column(String columnName) {
    return byName.get(columnName);
  }

  /** The column of an id, or null (a dropped one, say). */
  public ColumnDefinition column(int columnId) {
    return byId.get(columnId);
  }

  /** The types of the partition key. */
  public List<CqlType> partitionKeyTypes() {
    return partitionKey.stream().map(ColumnDefinition::type).toList();
  }

  /** The same table with other columns; {@code next} as in the constructor. */
  public TableDefinition withColumns(
      List<ColumnDefinition> newColumns, List<DroppedColumn> dropped, int next) {
    return new TableDefinition(
        keyspace, name, id, formerIds, newColumns, dropped, next, properties, virtual);
  }

  /** The same table with other options. */
  public TableDefinition withProperties(TableProperties newProperties) {
    return new TableDefinition(
        keyspace,
        name,
        id,
        formerIds,
        columns,
        droppedColumns,
        nextColumnId,
        newProperties,
        virtual);
  }

  /** The same table where every mention of a user type of the same name becomes the given one. */
  public TableDefinition withUpdatedUserType(io.ilion.model.type.UserType type) {
    List<ColumnDefinition> updated = new ArrayList<>();
    for (ColumnDefinition column : columns) {
      updated.add(column.withType(column.type().withUpdatedUserType(type)));
    }
    return withColumns(updated, droppedColumns, nextColumnId);
  }

  @Override
  public String toString() {
    return keyspace + "." + name;
  }
}
