package io.ilion.server;

import io.ilion.coordinator.repair.RepairCounts;
import io.ilion.coordinator.repair.RepairSchedule;
import io.ilion.coordinator.repair.RepairSchedule.Overdue;
import io.ilion.gossip.ClusterView;
import io.ilion.gossip.NodeInfo;
import io.ilion.model.ErrorCode;
import io.ilion.model.schema.Schema;
import io.ilion.model.schema.TableDefinition;
import io.ilion.server.cql.QueryProcessor;
import io.ilion.server.metrics.MetricSource;
import io.ilion.server.metrics.MetricsText;
import io.ilion.server.metrics.Pool;
import io.ilion.server.metrics.RequestMetrics;
import io.ilion.server.metrics.RequestMetrics.Batches;
import io.ilion.server.metrics.RequestMetrics.Kind;
import io.ilion.server.operations.ImportUploads;
import io.ilion.storage.StorageEngine.CacheStatistics;
import io.ilion.storage.StorageEngine.CompactionProgress;
import io.ilion.storage.StorageEngine.TableStatistics;
import io.ilion.storage.engine.Engine;
import io.ilion.storage.engine.EngineActivity;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Supplier;

/** What a node tells Prometheus of its requests, its storage and its cluster. */
final class NodeMetrics {
  private static final double MICROS = 1e-6;
  private static final double NANOS = 1e-9;

  /** Latencies from 16 us to 17 s. */
  private static final int FIRST_LATENCY = 4;

  private static final int LAST_LATENCY = 24;

  /** Rows and tombstones from 1 to a million. */
  private static final int LAST_COUNT = 20;

  private final List<MetricSource> sources = new ArrayList<>();

  NodeMetrics() {
    sources.add(NodeMetrics::release);
  }

  /** Adds a source; only while the node is being assembled. */
  void add(MetricSource source) {
    sources.add(source);
  }

  String text() {
    MetricsText text = new MetricsText();
    sources.forEach(source -> source.write(text));
    return text.toString();
  }

  private static void release(MetricsText text) {
    text.gauge("ilion_info", "Which release this is; always 1.")
        .value(1, "version", Release.version(), "cql_version", Release.CQL_VERSION);
  }

  /** The requests of clients. */
  static MetricSource requests(RequestMetrics metrics, QueryProcessor processor) {
    return text -> {
      text.histogram(
              "ilion_request_duration_seconds",
              "Requests of clients that succeeded, from their arrival to their answer.")
          .buckets(metrics.buckets(Kind.READ), MICROS, FIRST_LATENCY, LAST_LATENCY, "kind", "read")
          .buckets(metrics.buckets(Kind.SCAN), MICROS, FIRST_LATENCY, LAST_LATENCY, "kind", "range")
          .buckets(
              metrics.buckets(Kind.WRITE), MICROS, FIRST_LATENCY, LAST_LATENCY, "kind", "write");
      text.counter("ilion_request_errors_total", "Requests that were answered with an error.");
      for (ErrorCode code : ErrorCode.values()) {
        text.value(metrics.failures(code), "code", code.name().toLowerCase(Locale.ROOT));
      }
      text.counter("ilion_statements_total", "Statements that were executed.")
          .value(metrics.preparedStatements(), "form", "prepared")
          .value(metrics.regularStatements(), "form", "text");
      text.counter("ilion_batches_total", "Batches that were executed.");
      for (Batches kind : Batches.values()) {
        text.value(metrics.of(kind).count(), "kind", kind.name().toLowerCase(Locale.ROOT));
      }
      text.histogram("ilion_read_rows", "Rows that a read gave.")
          .buckets(metrics.buckets(Kind.ROWS), 1, 0, LAST_COUNT);
      text.histogram("ilion_read_tombstones", "Tombstones that a read met.")
          .buckets(metrics.buckets(Kind.TOMBSTONES), 1, 0, LAST_COUNT);
      text.gauge("ilion_prepared_statements", "Prepared statements that are kept.")
          .value(processor.preparedStatements().count());
      text.counter(
              "ilion_prepared_statements_evicted_total",
              "Prepared statements that were forgotten for want of room.")
          .value(processor.preparedStatements().evicted());
    };
  }

  /** Clients, lanes and threads. */
  static MetricSource host(NodeHost host) {
    return text -> {
      text.gauge("ilion_client_connections", "CQL connections that are open.")
          .value(host.clients().size());
      List<Pool> pools = host.pools();
      text.gauge("ilion_pool_pending_tasks", "Tasks that wait for a lane or a thread.");
      pools.forEach(pool -> text.value(pool.pending(), "pool", pool.name()));
      text.gauge("ilion_pool_active_tasks", "Tasks that run on threads in the background.");
      pools.stream()
          .filter(pool -> pool.active() >= 0)
          .forEach(pool -> text.value(pool.active(), "pool", pool.name()));
      text.counter("ilion_pool_completed_tasks_total", "Tasks that ended in the background.");
      pools.stream()
          .filter(pool -> pool.completed() >= 0)
          .forEach(pool -> text.value(pool.completed(), "pool", pool.name()));
    };
  }

  /** What is stored, and what becomes of it. */
  static MetricSource storage(Engine engine, Supplier<Schema> schema) {
    return text -> {
      tables(text, engine.statistics(), schema.get());
      CacheStatistics cache = engine.cache();
      text.gauge("ilion_cache_bytes", "Blocks in the cache.").value(cache.bytes());
      text.gauge("ilion_cache_capacity_bytes", "What the cache may hold.")
          .value(cache.capacityBytes());
      text.counter("ilion_cache_requests_total", "Looks into the cache.").value(cache.requests());
      text.counter("ilion_cache_hits_total", "Looks that found their block.").value(cache.hits());
      List<CompactionProgress> running = engine.compactions();
      text.gauge("ilion_compactions_running", "Compactions that run.").value(running.size());
      text.gauge("ilion_compaction_remaining_bytes", "What running compactions have yet to read.")
          .value(
              running.stream()
                  .mapToLong(c -> Math.max(0, c.totalBytes() - c.completedBytes()))
                  .sum());
      activity(text, engine.activity());
      text.gauge("ilion_compaction_throughput_limit_bytes", "Bytes a second; 0 for no limit.")
          .value(engine.compactionControl().bytesPerSecond());
    };
  }

  /** SSTables that are sent by HTTP to be imported. */
  static MetricSource uploads(ImportUploads uploads) {
    return text -> {
      ImportUploads.Activity now = uploads.activity();
      text.gauge("ilion_uploads", "Uploads of SSTables (ilion sstable load) that are here.")
          .value(now.uploads() - now.importing(), "state", "receiving")
          .value(now.importing(), "state", "importing");
      text.gauge("ilion_upload_bytes", "What has come of these.").value(now.bytes());
      text.gauge("ilion_upload_expected_bytes", "What they will be, as far as it is known.")
          .value(now.expectedBytes());
      text.counter("ilion_upload_received_bytes_total", "Bytes of SSTables that were sent.")
          .value(now.receivedBytes());
    };
  }

  private static void activity(MetricsText text, EngineActivity activity) {
    text.gauge("ilion_compactions_waiting", "Tables, lane by lane, that wait for a compactor.")
        .value(activity.waitingCompactions());
    text.counter("ilion_compactions_total", "Compactions that ended.")
        .value(activity.compactions());
    text.counter("ilion_compaction_read_bytes_total", "Bytes of files that compactions replaced.")
        .value(activity.compactionReadBytes());
    text.counter("ilion_compaction_written_bytes_total", "Bytes of files that compactions made.")
        .value(activity.compactionWrittenBytes());
    text.counter("ilion_flushes_total", "Memtables that became files.").value(activity.flushes());
    text.counter("ilion_flushed_bytes_total", "Bytes of these files.")
        .value(activity.flushedBytes());
    text.gauge("ilion_commitlog_bytes", "The commit log that is still needed.")
        .value(activity.commitLogBytes());
    text.counter("ilion_commitlog_appended_bytes_total", "Bytes written to the commit log.")
        .value(activity.commitLogAppendedBytes());
    text.counter("ilion_commitlog_syncs_total", "Syncs of the commit log.")
        .value(activity.commitLogSyncs());
    text.counter("ilion_commitlog_sync_seconds_total", "Time that these syncs took.")
        .value(activity.commitLogSyncNanos() * NANOS);
    text.gauge("ilion_writes_refused", "1 while the disk is too full for writes.")
        .value(activity.refusesWrites() ? 1 : 0);
  }

  private static void tables(MetricsText text, List<TableStatistics> statistics, Schema schema) {
    record Named(TableDefinition table, TableStatistics of) {}
    List<Named> named =
        statistics.stream()
            .map(of -> new Named(schema.table(of.tableId()), of))
            .filter(each -> each.table() != null)
            .sorted(
                Comparator.comparing((Named each) -> each.table().keyspace())
                    .thenComparing(each -> each.table().name()))
            .toList();
    text.gauge("ilion_table_memtable_bytes", "What a table has in memory.");
    named.forEach(n -> text.value(n.of.memtableBytes(), labels(n.table)));
    text.gauge("ilion_table_sstables", "Files of a table.");
    named.forEach(n -> text.value(n.of.sstables(), labels(n.table)));
    text.gauge("ilion_table_disk_bytes", "What a table takes on disk, without snapshots.");
    named.forEach(n -> text.value(n.of.liveSstableBytes(), labels(n.table)));
    text.counter(
        "ilion_table_replica_requests_total",
        "What a table was asked for as a replica, whoever coordinated it.");
    named.forEach(n -> text.value(n.of.requests().reads(), labels(n.table, "read")));
    named.forEach(n -> text.value(n.of.requests().scans(), labels(n.table, "range")));
    named.forEach(n -> text.value(n.of.requests().writes(), labels(n.table, "write")));
    text.gauge(
        "ilion_table_partitions", "Partitions of a table, counted once for each file they are in.");
    named.forEach(n -> text.value(n.of.partitionEstimate(), labels(n.table)));
  }

  private static String[] labels(TableDefinition table) {
    return new String[] {"keyspace", table.keyspace(), "table", table.name()};
  }

  private static String[] labels(TableDefinition table, String kind) {
    return new String[] {"keyspace", table.keyspace(), "table", table.name(), "kind", kind};
  }

  /** What was asked of each table. */
  static MetricSource tableRequests(RequestMetrics metrics, Supplier<Schema> schema) {
    return text -> {
      text.counter("ilion_table_requests_total", "Requests of clients that succeeded, by table.");
      schema.get().keyspaces().values().stream()
          .filter(keyspace -> !keyspace.virtual())
          .flatMap(keyspace -> keyspace.tables().values().stream())
          .forEach(
              table -> {
                request(text, metrics, table, Kind.READ, "read");
                request(text, metrics, table, Kind.SCAN, "range");
                request(text, metrics, table, Kind.WRITE, "write");
              });
    };
  }

  private static void request(
      MetricsText text, RequestMetrics metrics, TableDefinition table, Kind kind, String name) {
    text.value(
        metrics.of(table.schemaId(), kind).count(),
        "keyspace",
        table.keyspace(),
        "table",
        table.name(),
        "kind",
        name);
  }

  /** How replicas are made equal: what of it is late, and what this node does. */
  static MetricSource repairs(RepairCounts counts, RepairSchedule schedule) {
    return text -> {
      text.gauge(
          "ilion_repair_age_seconds",
          "How long ago the repair of a table began of which the last is the oldest, of the ranges"
              + " that this node repairs.");
      List<Overdue> tables = schedule.lastSeen();
      tables.forEach(of -> text.value(of.ageSeconds(), labels(of.table())));
      text.gauge(
          "ilion_repair_overdue_seconds",
          "How long ago a table should have been repaired; 0 if it need not yet.");
      tables.forEach(of -> text.value(of.overdueSeconds(), labels(of.table())));
      text.gauge(
          "ilion_repair_grace_seconds",
          "Within which time a table should be repaired: its gc_grace_seconds, or the default.");
      tables.forEach(of -> text.value(of.graceSeconds(), labels(of.table())));
      text.gauge("ilion_repair_tables", "Tables of which this node repairs ranges.")
          .value(tables.size());
      text.gauge("ilion_repair_enabled", "Whether this node repairs its ranges by itself.")
          .value(schedule.isEnabled() ? 1 : 0);
      text.gauge("ilion_repairs_running", "Repairs that this node began and that are not over.")
          .value(counts.running());
      text.counter(
              "ilion_repairs_total",
              "Repairs that this node began; postponed because a replica took part in another.")
          .value(counts.done(), "result", "done")
          .value(counts.failed(), "result", "failed")
          .value(counts.cancelled(), "result", "cancelled")
          .value(counts.postponed(), "result", "postponed");
      text.counter("ilion_repair_ranges_total", "Ranges that its repairs compared.")
          .value(counts.compared());
      text.counter("ilion_repair_differences_total", "Parts of these in which replicas differed.")
          .value(counts.differing());
      text.counter(
              "ilion_repair_fetched_bytes_total",
              "Bytes that this node fetched in repairs, whoever began them.")
          .value(counts.fetchedBytes());
    };
  }

  /** The other nodes, as this one sees them. */
  static MetricSource cluster(ClusterView view) {
    return text -> {
      Map<NodeInfo.State, Integer> states = new EnumMap<>(NodeInfo.State.class);
      for (NodeInfo.State state : NodeInfo.State.values()) {
        states.put(state, 0);
      }
      view.nodes().forEach(node -> states.merge(node.state(), 1, Integer::sum));
      text.gauge("ilion_cluster_nodes", "Nodes of the cluster by state.");
      states.forEach(
          (state, count) -> text.value(count, "state", state.name().toLowerCase(Locale.ROOT)));
      text.gauge("ilion_node_alive", "Whether a node is alive, as this one believes.");
      for (NodeInfo node : view.nodes()) {
        text.value(
            view.isAlive(node.hostId()) ? 1 : 0,
            "host_id",
            node.hostId().toString(),
            "address",
            node.address().host(),
            "dc",
            node.datacenter(),
            "rack",
            node.rack());
      }
      text.gauge("ilion_metadata_epoch", "The epoch of the metadata that the node works by.")
          .value(view.epoch());
    };
  }
}
