package io.ilion.driver.internal;

import io.ilion.driver.metadata.ColumnMetadata;
import io.ilion.driver.metadata.FunctionMetadata;
import io.ilion.driver.metadata.KeyspaceMetadata;
import io.ilion.driver.metadata.TableMetadata;
import io.ilion.model.type.CqlType;
import io.ilion.model.type.UserType;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;

/** Reads keyspaces with all that is in them from the tables of system_schema. */
final class SchemaReader {
  private static final List<String> TABLES =
      List.of(
          "keyspaces", "types", "tables", "columns", "indexes", "views", "functions", "aggregates");
  private static final List<String> VIRTUAL_TABLES = List.of("keyspaces", "tables", "columns");
  private static final int MAX_NAMED = 20;

  private final Connection connection;
  private final Duration timeout;

  SchemaReader(Connection connection, Duration timeout) {
    this.connection = connection;
    this.timeout = timeout;
  }

  /** The rows of one table of the schema, by keyspace. */
  private record Part(Map<String, List<SystemQuery.Row>> byKeyspace) {
    List<SystemQuery.Row> of(String keyspace) {
      return byKeyspace.getOrDefault(keyspace, List.of());
    }
  }

  /** Reads keyspaces by their names, or all for null. Those that are not there are left out. */
  CompletableFuture<Map<String, KeyspaceMetadata>> read(Set<String> names) {
    String where =
        names == null || names.size() > MAX_NAMED
            ? ""
            : names.stream()
                .map(name -> "'" + name.replace("'", "''") + "'")
                .collect(Collectors.joining(", ", " WHERE keyspace_name IN (", ")"));
    Map<String, CompletableFuture<Part>> parts = new HashMap<>();
    for (String table : TABLES) {
      parts.put(table, part("system_schema." + table + where));
    }
    for (String table : VIRTUAL_TABLES) {
      // Servers before Cassandra 4.0 have none, and ScyllaDB neither.
      parts.put(
          "virtual." + table,
          part("system_virtual_schema." + table + where)
              .exceptionally(error -> new Part(Map.of())));
    }
    return CompletableFuture.allOf(parts.values().toArray(CompletableFuture[]::new))
        .thenApply(
            done -> {
              Map<String, Part> read = new HashMap<>();
              parts.forEach((table, part) -> read.put(table, part.join()));
              return assemble(read, names);
            });
  }

  private CompletableFuture<Part> part(String table) {
    return SystemQuery.run(connection, "SELECT * FROM " + table, timeout)
        .thenApply(
            rows ->
                new Part(
                    rows.stream()
                        .collect(Collectors.groupingBy(row -> row.text("keyspace_name", "")))));
  }

  private static Map<String, KeyspaceMetadata> assemble(
      Map<String, Part> parts, Set<String> names) {
    Map<String, KeyspaceMetadata> found = new HashMap<>();
    parts
        .get("virtual.keyspaces")
        .byKeyspace()
        .forEach((name, rows) -> found.put(name, virtualKeyspace(parts, name)));
    parts
        .get("keyspaces")
        .byKeyspace()
        .forEach((name, rows) -> found.put(name, keyspace(parts, rows.get(0))));
    if (names != null) {
      found.keySet().retainAll(names);
    }
    return found;
  }

  /** A keyspace of which nothing but its own row is known. */
  static KeyspaceMetadata keyspace(SystemQuery.Row row) {
    return new KeyspaceMetadata(
        row.text("keyspace_name", ""),
        row.textMap("replication"),
        !Boolean.FALSE.equals(row.get("durable_writes")));
  }

  private static KeyspaceMetadata virtualKeyspace(Map<String, Part> parts, String name) {
    TypeNames types = new TypeNames(name, List.of());
    return new KeyspaceMetadata(
        name,
        Map.of(),
        true,
        true,
        tables(
            name,
            parts.get("virtual.tables").of(name),
            "table_name",
            parts.get("virtual.columns").of(name),
            List.of(),
            types),
        Map.of(),
        Map.of(),
        List.of(),
        List.of());
  }

  private static KeyspaceMetadata keyspace(Map<String, Part> parts, SystemQuery.Row row) {
    KeyspaceMetadata bare = keyspace(row);
    String name = bare.name();
    TypeNames types = new TypeNames(name, parts.get("types").of(name));
    Map<String, UserType> userTypes = types.userTypes();
    List<SystemQuery.Row> columns = parts.get("columns").of(name);
    List<SystemQuery.Row> indexes = parts.get("indexes").of(name);
    return new KeyspaceMetadata(
        name,
        bare.replication(),
        bare.durableWrites(),
        false,
        tables(name, parts.get("tables").of(name), "table_name", columns, indexes, types),
        tables(name, parts.get("views").of(name), "view_name", columns, indexes, types),
        userTypes,
        functions(parts.get("functions").of(name), "function_name", types),
        functions(parts.get("aggregates").of(name), "aggregate_name", types));
  }

  private static Map<String, TableMetadata> tables(
      String keyspace,
      List<SystemQuery.Row> tables,
      String nameColumn,
      List<SystemQuery.Row> columns,
      List<SystemQuery.Row> indexes,
      TypeNames types) {
    Map<String, List<SystemQuery.Row>> columnsOf =
        columns.stream().collect(Collectors.groupingBy(row -> row.text("table_name", "")));
    Map<String, List<SystemQuery.Row>> indexesOf =
        indexes.stream().collect(Collectors.groupingBy(row -> row.text("table_name", "")));
    Map<String, TableMetadata> found = new TreeMap<>();
    for (SystemQuery.Row row : tables) {
      String name = row.text(nameColumn, "");
      found.put(
          name,
          table(
              keyspace,
              name,
              row,
              columnsOf.getOrDefault(name, List.of()),
              indexesOf.getOrDefault(name, List.of()),
              types));
    }
    return Collections.unmodifiableMap(found);
  }

  private static TableMetadata table(
      String keyspace,
      String name,
      SystemQuery.Row row,
      List<SystemQuery.Row> columnRows,
      List<SystemQuery.Row> indexRows,
      TypeNames types) {
    List<ColumnMetadata> columns = new ArrayList<>();
    for (SystemQuery.Row column : columnRows) {
      columns.add(column(column, types));
    }
    columns.sort(
        Comparator.comparing(ColumnMetadata::kind)
            .thenComparing(ColumnMetadata::position)
            .thenComparing(ColumnMetadata::name));
    Map<String, ColumnMetadata> byName = new LinkedHashMap<>();
    columns.forEach(column -> byName.put(column.name(), column));
    Map<String, TableMetadata.IndexMetadata> indexes = new TreeMap<>();
    for (SystemQuery.Row index : indexRows) {
      String indexName = index.text("index_name", "");
      indexes.put(
          indexName,
          new TableMetadata.IndexMetadata(
              indexName, index.text("kind", ""), index.textMap("options")));
    }
    Map<String, Object> options = row.asMap();
    List.of("keyspace_name", "table_name", "view_name", "id", "base_table_name", "base_table_id")
        .forEach(options::remove);
    return new TableMetadata(
        keyspace,
        name,
        row.get("id", UUID.class),
        Collections.unmodifiableMap(byName),
        ofKind(columns, ColumnMetadata.Kind.PARTITION_KEY),
        ofKind(columns, ColumnMetadata.Kind.CLUSTERING),
        Collections.unmodifiableMap(indexes),
        Collections.unmodifiableMap(options),
        row.text("base_table_name"));
  }

  private static List<ColumnMetadata> ofKind(
      List<ColumnMetadata> columns, ColumnMetadata.Kind kind) {
    return columns.stream().filter(column -> column.kind() == kind).toList();
  }

  private static ColumnMetadata column(SystemQuery.Row row, TypeNames types) {
    ColumnMetadata.Kind kind =
        switch (row.text("kind", "").toLowerCase(Locale.ROOT)) {
          case "partition_key" -> ColumnMetadata.Kind.PARTITION_KEY;
          case "clustering" -> ColumnMetadata.Kind.CLUSTERING;
          case "static" -> ColumnMetadata.Kind.STATIC;
          default -> ColumnMetadata.Kind.REGULAR;
        };
    Integer position = row.get("position", Integer.class);
    return new ColumnMetadata(
        row.text("column_name", ""),
        types.parse(row.text("type", "blob")),
        kind,
        position == null ? -1 : position,
        "desc".equalsIgnoreCase(row.text("clustering_order")));
  }

  private static List<FunctionMetadata> functions(
      List<SystemQuery.Row> rows, String nameColumn, TypeNames types) {
    List<FunctionMetadata> found = new ArrayList<>();
    for (SystemQuery.Row row : rows) {
      List<CqlType> arguments = row.texts("argument_types").stream().map(types::parse).toList();
      found.add(
          new FunctionMetadata(
              row.text(nameColumn, ""),
              arguments,
              types.parse(row.text("return_type", "blob")),
              row.text("language"),
              row.text("body")));
    }
    return List.copyOf(found);
  }
}
