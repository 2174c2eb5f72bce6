package io.ilion.server.system;

import io.ilion.gossip.ClusterView;
import io.ilion.gossip.KeyspaceReplicas;
import io.ilion.gossip.NodeInfo;
import io.ilion.model.ring.TokenRange;
import io.ilion.model.schema.KeyspaceDefinition;
import io.ilion.model.schema.Schema;
import io.ilion.model.schema.TableDefinition;
import io.ilion.storage.StorageEngine;
import io.ilion.storage.StorageEngine.TableStatistics;
import io.ilion.storage.engine.EndedCompaction;
import io.ilion.storage.engine.Engine;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** The rows about what is stored: sizes, estimates, compactions, snapshots, the cache. */
public final class StorageTables {
  private static final int MEBIBYTE_SHIFT = 20;
  private static final Pattern MILLIS = Pattern.compile("^(?:truncated|dropped)-(\\d{13})-");

  private final Supplier<Schema> schema;
  private final Engine engine;
  private final ClusterView view;

  /**
   * Tables over a storage engine.
   *
   * @param view says what the node has of the ring
   */
  public StorageTables(Supplier<Schema> schema, Engine engine, ClusterView view) {
    this.schema = schema;
    this.engine = engine;
    this.view = view;
  }

  /** Registers the tables. */
  public void addTo(SystemTables tables) {
    tables.put(
        "system_views.disk_usage", () -> sizes("mebibytes", s -> mebibytes(s.liveSstableBytes())));
    tables.put(
        "system_views.max_sstable_size",
        () -> sizes("mebibytes", s -> mebibytes(s.largestSstableBytes())));
    tables.put(
        "system_views.max_sstable_duration",
        () -> sizes("max_sstable_duration", s -> s.longestSstableMicros() / 1000));
    tables.put("system_views.sstable_tasks", this::tasks);
    tables.put("system_views.snapshots", this::snapshots);
    tables.put("system_views.caches", () -> List.of(cache()));
    tables.put("system.compaction_history", this::history);
    tables.put("system.size_estimates", () -> estimates(List.of("")));
    tables.put("system.table_estimates", () -> estimates(List.of("local_primary", "primary")));
  }

  private static long mebibytes(long bytes) {
    return bytes >> MEBIBYTE_SHIFT;
  }

  private Map<UUID, TableStatistics> statistics() {
    return engine.statistics().stream()
        .collect(Collectors.toMap(TableStatistics::tableId, Function.identity()));
  }

  /** Every table that clients may take for a stored one; those that are computed take nothing. */
  private List<TableDefinition> tables() {
    List<TableDefinition> all = new ArrayList<>();
    for (KeyspaceDefinition keyspace : schema.get().keyspaces().values()) {
      if (!keyspace.virtual()) {
        all.addAll(keyspace.tables().values());
      }
    }
    return all;
  }

  private List<Map<String, Object>> sizes(String column, Function<TableStatistics, Long> value) {
    Map<UUID, TableStatistics> statistics = statistics();
    List<Map<String, Object>> rows = new ArrayList<>();
    for (TableDefinition table : tables()) {
      TableStatistics found = statistics.get(table.id());
      Map<String, Object> row = named(table);
      row.put(column, found == null ? 0L : value.apply(found));
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

  /**
   * For each table and range whose end is a token of this node how many partitions it probably
   * holds: those of the table here, in proportion to what the range is of all that the node has.
   *
   * @param types one row for each, with this range type
   */
  private List<Map<String, Object>> estimates(List<String> types) {
    Map<UUID, TableStatistics> statistics = statistics();
    List<Map<String, Object>> rows = new ArrayList<>();
    List<TokenRange> ranges = primaryRanges();
    for (TableDefinition table : tables()) {
      TableStatistics found = statistics.get(table.id());
      KeyspaceDefinition keyspace = schema.get().keyspace(table.keyspace());
      if (found == null || keyspace == null) {
        continue;
      }
      long partitions = found.partitionEstimate();
      long mean = partitions == 0 ? 0 : found.liveSstableBytes() / partitions;
      double held = heldShare(view.replicas(keyspace));
      for (String type : types) {
        for (TokenRange range : ranges) {
          Map<String, Object> row = named(table);
          row.put("range_type", type);
          row.put("range_start", Long.toString(range.start()));
          row.put("range_end", Long.toString(range.end()));
          row.put(
              "partitions_count",
              held == 0 ? 0L : Math.round(partitions * Math.min(1, range.share() / held)));
          row.put("mean_partition_size", mean);
          rows.add(row);
        }
      }
    }
    return rows;
  }

  /** The ranges that end with a token of this node; one that passes the end of the ring as two. */
  private List<TokenRange> primaryRanges() {
    Set<Long> own = new HashSet<>(view.self().tokens());
    TreeSet<Long> all = new TreeSet<>(own);
    for (NodeInfo node : view.nodes()) {
      if (node.state() == NodeInfo.State.NORMAL || node.state() == NodeInfo.State.LEAVING) {
        all.addAll(node.tokens());
      }
    }
    List<TokenRange> ranges = new ArrayList<>();
    long start = Long.MIN_VALUE;
    for (long end : all) {
      if (own.contains(end)) {
        ranges.add(new TokenRange(start, end));
      }
      start = end;
    }
    if (!all.isEmpty() && own.contains(all.first())) {
      // The end of the ring is its beginning.
      ranges.add(new TokenRange(start, Long.MIN_VALUE));
    }
    return ranges;
  }

  private double heldShare(KeyspaceReplicas replicas) {
    return replicas.ranges().stream()
        .filter(range -> replicas.of(range.end()).natural().contains(view.self()))
        .mapToDouble(TokenRange::share)
        .sum();
  }

  private List<Map<String, Object>> tasks() {
    List<Map<String, Object>> rows = new ArrayList<>();
    for (StorageEngine.CompactionProgress c : engine.compactions()) {
      TableDefinition table = schema.get().table(c.tableId());
      if (table != null) {
        Map<String, Object> row = named(table);
        row.put("task_id", c.id());
        row.put(
            "completion_ratio",
            c.totalBytes() == 0 ? 0.0 : (double) c.completedBytes() / c.totalBytes());
        row.put("kind", c.kind());
        row.put("progress", c.completedBytes());
        row.put("sstables", c.sources());
        row.put("target_directory", c.targetDirectory());
        row.put("total", c.totalBytes());
        row.put("unit", "bytes");
        rows.add(row);
      }
    }
    return rows;
  }

  /** The last compactions since the start; how many rows were merged nobody has counted. */
  private List<Map<String, Object>> history() {
    List<Map<String, Object>> rows = new ArrayList<>();
    for (EndedCompaction c : engine.compactionControl().history()) {
      TableDefinition table = schema.get().table(c.tableId());
      if (table != null) {
        Map<String, Object> row = new HashMap<>();
        row.put("id", c.id());
        row.put("bytes_in", c.sourceBytes());
        row.put("bytes_out", c.resultBytes());
        row.put("columnfamily_name", table.name());
        row.put("compacted_at", Instant.ofEpochMilli(c.endedMillis()));
        row.put("compaction_properties", Map.of("compaction_type", c.kind()));
        row.put("keyspace_name", table.keyspace());
        rows.add(row);
      }
    }
    return rows;
  }

  private List<Map<String, Object>> snapshots() {
    List<Map<String, Object>> rows = new ArrayList<>();
    for (StorageEngine.Snapshot snapshot : engine.snapshots()) {
      // The directory of a table is named after its keyspace and itself.
      String[] names = snapshot.directoryName().split("-");
      Map<String, Object> row = new HashMap<>();
      row.put("name", snapshot.name());
      row.put("keyspace_name", names[0]);
      row.put("table_name", names[1]);
      row.put("created_at", created(snapshot.name()));
      row.put("ephemeral", false);
      row.put("size_on_disk", snapshot.bytes());
      row.put("true_size", snapshot.ownBytes());
      rows.add(row);
    }
    return rows;
  }

  /** Snapshots that the node makes by itself have the time in their names. */
  private static Instant created(String snapshot) {
    Matcher matcher = MILLIS.matcher(snapshot);
    return matcher.find() ? Instant.ofEpochMilli(Long.parseLong(matcher.group(1))) : null;
  }

  private Map<String, Object> cache() {
    StorageEngine.CacheStatistics cache = engine.cache();
    Map<String, Object> row = new HashMap<>();
    row.put("name", "chunks");
    row.put("capacity_bytes", cache.capacityBytes());
    row.put("entry_count", (int) Math.min(Integer.MAX_VALUE, cache.entries()));
    row.put("hit_count", cache.hits());
    row.put("hit_ratio", (double) cache.hits() / cache.requests());
    row.put("request_count", cache.requests());
    row.put("size_bytes", cache.bytes());
    return row;
  }
}
