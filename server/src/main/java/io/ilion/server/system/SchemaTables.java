package io.ilion.server.system;

import io.ilion.model.schema.ColumnDefinition;
import io.ilion.model.schema.DroppedColumn;
import io.ilion.model.schema.KeyspaceDefinition;
import io.ilion.model.schema.Schema;
import io.ilion.model.schema.TableDefinition;
import io.ilion.model.schema.TableProperties;
import io.ilion.model.type.CqlType;
import io.ilion.model.type.UserType;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;

/** The rows of {@code system_schema} and {@code system_virtual_schema}. */
final class SchemaTables {
  private final Supplier<Schema> schema;

  SchemaTables(Supplier<Schema> schema) {
    this.schema = schema;
  }

  void addTo(SystemTables tables) {
    tables.put("system_schema.keyspaces", () -> keyspaces(false));
    tables.put("system_schema.tables", this::tables);
    tables.put("system_schema.columns", () -> columns(false));
    tables.put("system_schema.dropped_columns", this::droppedColumns);
    tables.put("system_schema.types", this::types);
    tables.put("system_virtual_schema.keyspaces", () -> keyspaces(true));
    tables.put("system_virtual_schema.tables", this::virtualTables);
    tables.put("system_virtual_schema.columns", () -> columns(true));
  }

  private List<KeyspaceDefinition> all(boolean virtual) {
    return schema.get().keyspaces().values().stream().filter(k -> k.virtual() == virtual).toList();
  }

  private List<Map<String, Object>> keyspaces(boolean virtual) {
    List<Map<String, Object>> rows = new ArrayList<>();
    for (KeyspaceDefinition keyspace : all(virtual)) {
      rows.add(
          Map.of(
              "keyspace_name", keyspace.name(),
              "durable_writes", keyspace.durableWrites(),
              "replication", keyspace.replication()));
    }
    return rows;
  }

  private List<Map<String, Object>> tables() {
    List<Map<String, Object>> rows = new ArrayList<>();
    for (KeyspaceDefinition keyspace : all(false)) {
      for (TableDefinition table : keyspace.tables().values()) {
        rows.add(table(table));
      }
    }
    return rows;
  }

  private static Map<String, Object> table(TableDefinition table) {
    TableProperties p = table.properties();
    Map<String, Object> row = new HashMap<>();
    row.put("keyspace_name", table.keyspace());
    row.put("table_name", table.name());
    row.put("additional_write_policy", p.additionalWritePolicy());
    row.put("allow_auto_snapshot", p.allowAutoSnapshot() ? null : false);
    row.put("bloom_filter_fp_chance", p.bloomFilterFpChance());
    row.put("caching", p.caching());
    row.put("cdc", null);
    row.put("comment", p.comment());
    row.put("compaction", p.compaction());
    row.put("compression", p.compression());
    row.put("crc_check_chance", p.crcCheckChance());
    row.put("dclocal_read_repair_chance", 0.0);
    row.put("default_time_to_live", p.defaultTimeToLive());
    Map<String, ByteBuffer> extensions = new HashMap<>();
    p.extensions().forEach((key, value) -> extensions.put(key, ByteBuffer.wrap(value)));
    row.put("extensions", extensions);
    Set<String> flags = new TreeSet<>(Set.of("compound"));
    if (table.isCounter()) {
      flags.add("counter");
    }
    row.put("flags", flags);
    row.put("gc_grace_seconds", p.gcGraceSeconds());
    row.put("id", table.schemaId());
    row.put("incremental_backups", p.incrementalBackups() ? null : false);
    row.put("max_index_interval", p.maxIndexInterval());
    row.put("memtable", p.memtable().equals("default") ? null : p.memtable());
    row.put("memtable_flush_period_in_ms", p.memtableFlushPeriodMillis());
    row.put("min_index_interval", p.minIndexInterval());
    row.put("read_repair", p.readRepair());
    row.put("read_repair_chance", 0.0);
    row.put("speculative_retry", p.speculativeRetry());
    return row;
  }

  private List<Map<String, Object>> virtualTables() {
    List<Map<String, Object>> rows = new ArrayList<>();
    for (KeyspaceDefinition keyspace : all(true)) {
      for (TableDefinition table : keyspace.tables().values()) {
        rows.add(
            Map.of(
                "keyspace_name", table.keyspace(),
                "table_name", table.name(),
                "comment", table.properties().comment()));
      }
    }
    return rows;
  }

  private List<Map<String, Object>> columns(boolean virtual) {
    List<Map<String, Object>> rows = new ArrayList<>();
    for (KeyspaceDefinition keyspace : all(virtual)) {
      for (TableDefinition table : keyspace.tables().values()) {
        for (ColumnDefinition column : table.columns()) {
          rows.add(column(table, column));
        }
      }
    }
    return rows;
  }

  private static Map<String, Object> column(TableDefinition table, ColumnDefinition column) {
    Map<String, Object> row = new HashMap<>();
    row.put("keyspace_name", table.keyspace());
    row.put("table_name", table.name());
    row.put("column_name", column.name());
    row.put(
        "clustering_order", !column.isClustering() ? "none" : column.descending() ? "desc" : "asc");
    row.put("column_name_bytes", ByteBuffer.wrap(column.name().getBytes(StandardCharsets.UTF_8)));
    row.put("kind", column.kind().text());
    row.put("position", column.position());
    row.put("type", column.type().cqlName());
    return row;
  }

  private List<Map<String, Object>> droppedColumns() {
    List<Map<String, Object>> rows = new ArrayList<>();
    for (KeyspaceDefinition keyspace : all(false)) {
      for (TableDefinition table : keyspace.tables().values()) {
        for (DroppedColumn dropped : table.droppedColumns()) {
          rows.add(
              Map.of(
                  "keyspace_name", table.keyspace(),
                  "table_name", table.name(),
                  "column_name", dropped.column().name(),
                  "dropped_time", Instant.ofEpochMilli(dropped.droppedMicros() / 1000),
                  "kind", dropped.column().kind().text(),
                  "type", dropped.column().type().cqlName()));
        }
      }
    }
    return rows;
  }

  private List<Map<String, Object>> types() {
    List<Map<String, Object>> rows = new ArrayList<>();
    for (KeyspaceDefinition keyspace : all(false)) {
      for (UserType type : keyspace.types().values()) {
        rows.add(
            Map.of(
                "keyspace_name", keyspace.name(),
                "type_name", type.name(),
                "field_names", type.fieldNames(),
                "field_types", type.componentTypes().stream().map(CqlType::cqlName).toList()));
      }
    }
    return rows;
  }
}
