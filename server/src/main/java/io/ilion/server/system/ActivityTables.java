package io.ilion.server.system;

import io.ilion.model.schema.KeyspaceDefinition;
import io.ilion.model.schema.Schema;
import io.ilion.model.schema.TableDefinition;
import io.ilion.server.RunningRequest;
import io.ilion.server.metrics.Distribution;
import io.ilion.server.metrics.Pool;
import io.ilion.server.metrics.RequestMetrics;
import io.ilion.server.metrics.RequestMetrics.Batches;
import io.ilion.server.metrics.RequestMetrics.Kind;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Supplier;

/** The rows about what the node does: latencies, statements, batches, threads, requests. */
public final class ActivityTables {
  private static final double MICROS_OF_MILLI = 1000;

  private final Supplier<Schema> schema;
  private final RequestMetrics metrics;

  /** The cache of prepared statements. */
  public record PreparedCache(long count, long evicted) {}

  /** Tables over what was counted. */
  public ActivityTables(Supplier<Schema> schema, RequestMetrics metrics) {
    this.schema = schema;
    this.metrics = metrics;
  }

  /** Registers the tables. */
  public void addTo(
      SystemTables tables,
      Supplier<List<Pool>> pools,
      Supplier<PreparedCache> prepared,
      Supplier<List<RunningRequest>> running) {
    tables.put("system_views.coordinator_read_latency", () -> latencies(Kind.READ));
    tables.put("system_views.coordinator_scan_latency", () -> latencies(Kind.SCAN));
    tables.put("system_views.coordinator_write_latency", () -> latencies(Kind.WRITE));
    tables.put("system_views.rows_per_read", () -> perRead(Kind.ROWS));
    tables.put("system_views.tombstones_per_read", () -> perRead(Kind.TOMBSTONES));
    tables.put("system_views.batch_metrics", this::batches);
    tables.put("system_views.cql_metrics", () -> statements(prepared.get()));
    tables.put("system_views.thread_pools", () -> threads(pools.get()));
    tables.put("system_views.queries", () -> queries(running.get()));
  }

  private List<TableDefinition> tables() {
    List<TableDefinition> all = new ArrayList<>();
    for (KeyspaceDefinition keyspace : schema.get().keyspaces().values()) {
      if (!keyspace.virtual()) {
        all.addAll(keyspace.tables().values());
      }
    }
    return all;
  }

  private List<Map<String, Object>> latencies(Kind kind) {
    List<Map<String, Object>> rows = new ArrayList<>();
    for (TableDefinition table : tables()) {
      Distribution micros = metrics.of(table.schemaId(), kind);
      Map<String, Object> row = named(table);
      row.put("count", micros.count());
      row.put("max_ms", micros.max() / MICROS_OF_MILLI);
      row.put("p50th_ms", micros.p50() / MICROS_OF_MILLI);
      row.put("p99th_ms", micros.p99() / MICROS_OF_MILLI);
      row.put("per_second", micros.perSecond());
      rows.add(row);
    }
    return rows;
  }

  private List<Map<String, Object>> perRead(Kind kind) {
    List<Map<String, Object>> rows = new ArrayList<>();
    for (TableDefinition table : tables()) {
      Distribution counts = metrics.of(table.schemaId(), kind);
      Map<String, Object> row = named(table);
      row.put("count", counts.count());
      row.put("max", (double) counts.max());
      row.put("p50th", counts.p50());
      row.put("p99th", counts.p99());
      rows.add(row);
    }
    return rows;
  }

  private static Map<String, Object> named(TableDefinition table) {
    Map<String, Object> row = new HashMap<>();
    row.put("keyspace_name", table.keyspace());
    row.put("table_name", table.name());
    return row;
  }

  private List<Map<String, Object>> batches() {
    List<Map<String, Object>> rows = new ArrayList<>();
    for (Batches kind : Batches.values()) {
      Distribution partitions = metrics.of(kind);
      rows.add(
          Map.of(
              "name", "partitions_per_" + kind.name().toLowerCase(Locale.ROOT) + "_batch",
              "max", partitions.max(),
              "p50th", partitions.p50(),
              "p99th", partitions.p99(),
              "p999th", partitions.p999()));
    }
    return rows;
  }

  private List<Map<String, Object>> statements(PreparedCache cache) {
    double prepared = metrics.preparedStatements();
    double regular = metrics.regularStatements();
    double all = prepared + regular;
    return List.of(
        named("prepared_statements_count", cache.count()),
        named("prepared_statements_evicted", cache.evicted()),
        named("prepared_statements_executed", prepared),
        named("prepared_statements_ratio", all == 0 ? 0 : prepared / all),
        named("regular_statements_executed", regular));
  }

  private static Map<String, Object> named(String name, double value) {
    return Map.of("name", name, "value", value);
  }

  private static List<Map<String, Object>> threads(List<Pool> pools) {
    List<Map<String, Object>> rows = new ArrayList<>();
    for (Pool pool : pools) {
      Map<String, Object> row = new HashMap<>();
      row.put("name", pool.name());
      row.put("active_tasks", pool.active() < 0 ? null : pool.active());
      row.put("active_tasks_limit", pool.limit());
      row.put("blocked_tasks", 0L);
      row.put("blocked_tasks_all_time", 0L);
      row.put("completed_tasks", pool.completed() < 0 ? null : pool.completed());
      row.put("pending_tasks", pool.pending());
      rows.add(row);
    }
    return rows;
  }

  /** A lane serves many requests at once, so each has a name instead of a thread. */
  private static List<Map<String, Object>> queries(List<RunningRequest> running) {
    List<Map<String, Object>> rows = new ArrayList<>();
    for (RunningRequest request : running) {
      Map<String, Object> row = new HashMap<>();
      row.put("thread_id", "lane-" + request.lane() + "-" + rows.size());
      row.put("queued_micros", 0L);
      row.put("running_micros", request.runningNanos() / 1000);
      row.put("task", request.text());
      rows.add(row);
    }
    return rows;
  }
}
