package io.ilion.cql.schema;

import io.ilion.cql.ast.Identifier;
import io.ilion.cql.ast.SchemaStatement;
import io.ilion.model.CqlException;
import io.ilion.model.ErrorCode;
import io.ilion.model.schema.ColumnDefinition;
import io.ilion.model.schema.ColumnDefinition.Kind;
import io.ilion.model.schema.KeyspaceDefinition;
import io.ilion.model.schema.TableDefinition;
import io.ilion.model.schema.TableProperties;
import io.ilion.model.type.CqlType;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.function.Supplier;

/** Makes the definition of a table from CREATE TABLE. */
final class TableBuilder {
  private final KeyspaceDefinition keyspace;
  private final String name;
  private final Map<String, CqlType> types = new LinkedHashMap<>();
  private final Set<String> statics = new HashSet<>();

  TableBuilder(KeyspaceDefinition keyspace, String name) {
    this.keyspace = keyspace;
    this.name = name;
  }

  /**
   * Refuses what is wrong whatever the schema is, which Cassandra tells before it looks for the
   * keyspace.
   */
  static void checkDeclarations(SchemaStatement.CreateTable s) {
    Set<String> names = new HashSet<>();
    for (SchemaStatement.ColumnDefinition column : s.columns()) {
      if (!names.add(column.name().name())) {
        throw CqlException.invalid(
            "Duplicate column '%s' declaration for table '%s'", column.name().name(), s.table());
      }
    }
    if (s.primaryKeys().size() != 1) {
      throw CqlException.invalid(
          s.primaryKeys().isEmpty()
              ? "No PRIMARY KEY specifed for table '%s' (exactly one required)"
              : "Multiple PRIMARY KEY specified for table '%s' (exactly one required)",
          s.table());
    }
  }

  TableDefinition build(SchemaStatement.CreateTable s, Supplier<UUID> newId) {
    TypeResolver resolver = new TypeResolver(keyspace.name(), keyspace);
    for (SchemaStatement.ColumnDefinition column : s.columns()) {
      if (column.mask() != null) {
        throw CqlException.invalid("Dynamic data masking is not supported yet");
      }
      types.put(column.name().name(), resolver.resolve(column.type()));
      if (column.isStatic()) {
        statics.add(column.name().name());
      }
    }
    if (s.compactStorage()) {
      throw CqlException.invalid(
          "COMPACT STORAGE tables are not allowed starting with version 4.0");
    }
    TableProperties options = TableOptionsReader.readFirst(s.properties());
    List<ColumnDefinition> columns = columns(s);
    UUID given = givenId(s);
    TableDefinition table =
        new TableDefinition(
            keyspace.name(),
            name,
            given == null ? newId.get() : given,
            columns,
            List.of(),
            columns.size() + 1,
            options,
            false);
    checkCounters(table, options);
    // A table that was dropped may have had that id, and what is left of its data has it still.
    return given == null ? table : table.truncated(newId.get());
  }

  private static UUID givenId(SchemaStatement.CreateTable s) {
    String given = new PropertyReader(s.properties()).text("id", null);
    if (given == null) {
      return null;
    }
    try {
      return UUID.fromString(given);
    } catch (IllegalArgumentException e) {
      throw new CqlException(ErrorCode.CONFIG_ERROR, "Invalid table id", e);
    }
  }

  private List<ColumnDefinition> columns(SchemaStatement.CreateTable s) {
    SchemaStatement.PrimaryKey key = s.primaryKeys().get(0);
    Map<String, Boolean> descending = new LinkedHashMap<>();
    s.clusteringOrder()
        .forEach(
            o -> {
              if (descending.put(o.column().name(), o.descending()) != null) {
                throw CqlException.invalid(
                    "Duplicate column '%s' in CLUSTERING ORDER BY clause for table '%s'",
                    o.column().name(), name);
              }
            });
    Set<String> keyNames = new HashSet<>();
    List<ColumnDefinition> columns = new ArrayList<>();
    int position = 0;
    for (Identifier column : key.partitionKey()) {
      columns.add(
          keyColumn(columns.size() + 1, column, Kind.PARTITION_KEY, position++, false, keyNames));
    }
    position = 0;
    List<String> ordered = List.copyOf(descending.keySet());
    for (Identifier column : key.clustering()) {
      if (!ordered.isEmpty()
          && position < ordered.size()
          && !ordered.get(position).equals(column.name())) {
        if (!key.clustering().contains(Identifier.of(ordered.get(position)))) {
          throw CqlException.invalid(
              "Only clustering key columns can be defined in CLUSTERING ORDER directive: %s are not"
                  + " clustering columns",
              List.of(ordered.get(position)));
        }
        if (!descending.containsKey(column.name())) {
          throw CqlException.invalid("Missing CLUSTERING ORDER for column %s", column.name());
        }
        throw CqlException.invalid(
            "The order of columns in the CLUSTERING ORDER directive must match that of the"
                + " clustering columns (%s must appear before %s)",
            column.name(), ordered.get(position));
      }
      columns.add(
          keyColumn(
              columns.size() + 1,
              column,
              Kind.CLUSTERING,
              position++,
              descending.getOrDefault(column.name(), false),
              keyNames));
    }
    if (ordered.size() > key.clustering().size()) {
      throw CqlException.invalid(
          "Only clustering key columns can be defined in CLUSTERING ORDER directive: %s are not"
              + " clustering columns",
          ordered.subList(key.clustering().size(), ordered.size()));
    }
    for (Map.Entry<String, CqlType> column : types.entrySet()) {
      if (!keyNames.contains(column.getKey())) {
        boolean isStatic = statics.contains(column.getKey());
        checkValueType(column.getValue(), "");
        columns.add(
            new ColumnDefinition(
                columns.size() + 1,
                column.getKey(),
                isStatic ? Kind.STATIC : Kind.REGULAR,
                -1,
                column.getValue(),
                false));
      }
    }
    if (!statics.isEmpty() && key.clustering().isEmpty()) {
      throw CqlException.invalid(
          "Static columns are only useful (and thus allowed) if the table has at least one"
              + " clustering column");
    }
    return columns;
  }

  private ColumnDefinition keyColumn(
      int id, Identifier column, Kind kind, int position, boolean descending, Set<String> seen) {
    CqlType type = types.get(column.name());
    if (type == null) {
      throw CqlException.invalid(
          "Unknown column '%s' referenced in PRIMARY KEY for table '%s'", column.name(), name);
    }
    if (!seen.add(column.name())) {
      throw CqlException.invalid(
          "Duplicate column '%s' in PRIMARY KEY clause for table '%s'", column.name(), name);
    }
    if (statics.contains(column.name())) {
      throw CqlException.invalid(
          "Static column '%s' cannot be part of the PRIMARY KEY", column.name());
    }
    if (type.isMultiCell()) {
      if (type.isCollection()) {
        throw CqlException.invalid(
            "Invalid non-frozen collection type %s for PRIMARY KEY column '%s'",
            type.cqlName(), column.name());
      }
      throw CqlException.invalid(
          "Invalid non-frozen user-defined type \"%s.%s\" for PRIMARY KEY column '%s'",
          keyspace.name(), type.cqlName(), column.name());
    }
    if (type.isCounter()) {
      throw CqlException.invalid(
          "counter type is not supported for PRIMARY KEY column '%s'", column.name());
    }
    if (type.referencesDuration()) {
      throw CqlException.invalid(
          "duration type is not supported for PRIMARY KEY column '%s'", column.name());
    }
    return new ColumnDefinition(id, column.name(), kind, position, type, descending);
  }

  /** Refuses a user type that cannot be stored; {@code where} ends the message. */
  static void checkValueType(CqlType type, String where) {
    if (type.isUdt() && type.isMultiCell()) {
      for (CqlType field : type.componentTypes()) {
        if (field.isMultiCell()) {
          throw CqlException.invalid(
              "Non-frozen UDTs with nested non-frozen collections are not supported%s", where);
        }
      }
    }
  }

  private void checkCounters(TableDefinition table, TableProperties options) {
    if (!table.isCounter()) {
      return;
    }
    for (ColumnDefinition column : table.columns()) {
      if (!column.isPrimaryKey() && !column.type().isCounter()) {
        throw CqlException.invalid("Cannot mix counter and non counter columns in the same table");
      }
    }
    if (options.defaultTimeToLive() > 0) {
      throw CqlException.invalid("Cannot set %s on a table with counters", "default_time_to_live");
    }
  }
}
