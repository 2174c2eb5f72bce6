package io.ilion.server.cql;

import io.ilion.cql.schema.CqlNames;
import io.ilion.model.schema.ColumnDefinition;
import io.ilion.model.schema.DroppedColumn;
import io.ilion.model.schema.KeyspaceDefinition;
import io.ilion.model.schema.TableDefinition;
import io.ilion.model.schema.TableProperties;
import io.ilion.model.type.UserType;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** Schema elements as the statements that would make them, as Cassandra writes them. */
final class SchemaText {
  private SchemaText() {}

  static String quote(String identifier) {
    return CqlNames.quoted(identifier);
  }

  private static String literal(String text) {
    return "'" + text.replace("'", "''") + "'";
  }

  private static String map(Map<String, String> map) {
    return map.entrySet().stream()
        .sorted(Map.Entry.comparingByKey())
        .map(e -> literal(e.getKey()) + ": " + literal(e.getValue()))
        .collect(Collectors.joining(", ", "{", "}"));
  }

  static String keyspace(KeyspaceDefinition keyspace) {
    Map<String, String> replication = new java.util.TreeMap<>(keyspace.replication());
    replication.computeIfPresent("class", (k, v) -> v.substring(v.lastIndexOf('.') + 1));
    if (keyspace.virtual()) {
      return virtual("Keyspace", keyspace.name(), "VIRTUAL KEYSPACE " + keyspace.name() + ";");
    }
    return "CREATE KEYSPACE "
        + quote(keyspace.name())
        + " WITH replication = "
        + map(replication)
        + "  AND durable_writes = "
        + keyspace.durableWrites()
        + ";";
  }

  /** What describes something that no statement can make. */
  private static String virtual(String what, String name, String structure) {
    return "/*\nWarning: "
        + what
        + " "
        + name
        + " is a virtual "
        + what.toLowerCase(Locale.ROOT)
        + " and cannot be recreated with CQL.\nStructure, for reference:\n"
        + structure
        + "\n*/";
  }

  static String type(UserType type) {
    StringBuilder out =
        new StringBuilder("CREATE TYPE ")
            .append(quote(type.keyspace()))
            .append('.')
            .append(quote(type.name()))
            .append(" (");
    for (int i = 0; i < type.fieldNames().size(); i++) {
      out.append(i > 0 ? "," : "").append("\n    ");
      out.append(quote(type.fieldNames().get(i))).append(' ');
      out.append(type.componentTypes().get(i).cqlName());
    }
    return out.append("\n);").toString();
  }

  static String virtualTable(TableDefinition table, boolean internals) {
    return virtual(
        "Table",
        table.toString(),
        table("VIRTUAL TABLE ", table, internals, "comment = " + comment(table)));
  }

  static String table(TableDefinition table, boolean internals) {
    return table("CREATE TABLE ", table, internals, options(table.properties()));
  }

  private static String comment(TableDefinition table) {
    return literal(table.properties().comment());
  }

  private static String table(
      String verb, TableDefinition table, boolean internals, String options) {
    StringBuilder out =
        new StringBuilder(verb)
            .append(quote(table.keyspace()))
            .append('.')
            .append(quote(table.name()))
            .append(" (\n");
    boolean simple = table.partitionKey().size() == 1 && table.clustering().isEmpty();
    List<ColumnDefinition> columns = new ArrayList<>(table.columns());
    if (internals) {
      table.droppedColumns().stream()
          .map(DroppedColumn::column)
          .filter(c -> table.column(c.name()) == null)
          .forEach(columns::add);
    }
    columns = inOrder(columns);
    for (ColumnDefinition column : columns) {
      out.append("    ").append(quote(column.name())).append(' ');
      out.append(column.type().cqlName());
      out.append(column.isStatic() ? " static" : "");
      out.append(simple && column.isPartitionKey() ? " PRIMARY KEY" : "");
      boolean last = column.equals(columns.get(columns.size() - 1));
      out.append(simple && last ? "\n" : ",\n");
    }
    if (!simple) {
      String partition = names(table.partitionKey());
      out.append("    PRIMARY KEY (");
      out.append(table.partitionKey().size() > 1 ? "(" + partition + ")" : partition);
      out.append(table.clustering().isEmpty() ? "" : ", " + names(table.clustering()));
      out.append(")\n");
    }
    out.append(") WITH ");
    if (internals) {
      out.append("ID = ").append(table.schemaId()).append("\n    AND ");
    }
    if (!table.clustering().isEmpty()) {
      out.append("CLUSTERING ORDER BY (");
      out.append(
          table.clustering().stream()
              .map(c -> quote(c.name()) + (c.descending() ? " DESC" : " ASC"))
              .collect(Collectors.joining(", ")));
      out.append(")\n    AND ");
    }
    out.append(options).append(';');
    if (internals) {
      table.droppedColumns().forEach(dropped -> out.append(dropped(table, dropped)));
    }
    return out.toString();
  }

  /** The statements that bring a table to where a column was dropped, and maybe added again. */
  private static String dropped(TableDefinition table, DroppedColumn dropped) {
    ColumnDefinition column = dropped.column();
    String alter = "\nALTER TABLE " + quote(table.keyspace()) + "." + quote(table.name());
    String drop =
        alter + " DROP " + quote(column.name()) + " USING TIMESTAMP " + dropped.droppedMicros();
    ColumnDefinition again = table.column(column.name());
    return again == null
        ? drop + ";"
        : drop
            + ";"
            + alter
            + " ADD "
            + quote(again.name())
            + " "
            + again.type().cqlName()
            + (again.isStatic() ? " static;" : ";");
  }

  /** The key, then static columns, then others; of these those of several cells behind. */
  private static List<ColumnDefinition> inOrder(List<ColumnDefinition> columns) {
    return columns.stream()
        .sorted(
            Comparator.comparing((ColumnDefinition c) -> !c.isPrimaryKey())
                .thenComparing(c -> !c.isPrimaryKey() && !c.isStatic())
                .thenComparing(c -> !c.isPrimaryKey() && c.type().isMultiCell()))
        .toList();
  }

  private static String names(List<ColumnDefinition> columns) {
    return columns.stream().map(c -> quote(c.name())).collect(Collectors.joining(", "));
  }

  private static String options(TableProperties p) {
    return String.join(
        "\n    AND ",
        "additional_write_policy = " + literal(p.additionalWritePolicy()),
        "allow_auto_snapshot = " + p.allowAutoSnapshot(),
        "bloom_filter_fp_chance = " + p.bloomFilterFpChance(),
        "caching = " + map(p.caching()),
        "cdc = " + p.cdc(),
        "comment = " + literal(p.comment()),
        "compaction = " + map(p.compaction()),
        "compression = " + map(p.compression()),
        "memtable = " + literal(p.memtable()),
        "crc_check_chance = " + p.crcCheckChance(),
        "default_time_to_live = " + p.defaultTimeToLive(),
        "extensions = {}",
        "gc_grace_seconds = " + p.gcGraceSeconds(),
        "incremental_backups = " + p.incrementalBackups(),
        "max_index_interval = " + p.maxIndexInterval(),
        "memtable_flush_period_in_ms = " + p.memtableFlushPeriodMillis(),
        "min_index_interval = " + p.minIndexInterval(),
        "read_repair = " + literal(p.readRepair()),
        "speculative_retry = " + literal(p.speculativeRetry()));
  }
}
