package io.ilion.server.operations;

import static io.ilion.server.operations.Json.object;

import io.ilion.gossip.ClusterView;
import io.ilion.gossip.NodeInfo;
import io.ilion.model.schema.TableDefinition;
import io.ilion.runtime.Clock;
import io.ilion.server.ClientState;
import io.ilion.server.NodeHost;
import io.ilion.server.Release;
import io.ilion.server.metrics.Buckets;
import io.ilion.server.metrics.Pool;
import io.ilion.server.metrics.RequestMetrics;
import io.ilion.server.metrics.RequestMetrics.Kind;
import io.ilion.storage.StorageEngine.CacheStatistics;
import io.ilion.storage.StorageEngine.TableStatistics;
import io.ilion.storage.engine.Engine;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;

/** What a node is, does, and how fast. */
public final class ActivityOperations {
  private static final double NANOS = 1e-9;

  private final NodeHost host;
  private final ClusterView view;
  private final Engine engine;
  private final RequestMetrics metrics;
  private final TableNames names;
  private final Clock clock;
  private final long startedNanos;

  /** Operations of a node that begins now. */
  public ActivityOperations(
      NodeHost host,
      ClusterView view,
      Engine engine,
      RequestMetrics metrics,
      TableNames names,
      Clock clock) {
    this.host = host;
    this.view = view;
    this.engine = engine;
    this.metrics = metrics;
    this.names = names;
    this.clock = clock;
    startedNanos = clock.nanoTime();
  }

  /** The operations. */
  public List<Operation> operations() {
    return List.of(
        query("info", "what this node is, and what it holds", List.of(), a -> info()),
        query("version", "the release", List.of(), a -> version()),
        query("proxyhistograms", "latencies of requests to this node", List.of(), a -> proxy()),
        query(
            "tablehistograms",
            "latencies, rows and tombstones of requests of tables to this node",
            List.of(TableNames.KEYSPACE, TableNames.TABLES),
            this::tables),
        query("tpstats", "tasks of lanes and background threads", List.of(), a -> pools()),
        query("clientstats", "who is connected", List.of(), a -> clients()));
  }

  /** What an operation answers at once. */
  private interface Answer {
    Object to(Arguments arguments);
  }

  private static Operation query(
      String name, String description, List<Parameter<?>> parameters, Answer answer) {
    return Operation.query(
        name,
        description,
        parameters,
        (arguments, progress) -> CompletableFuture.completedFuture(answer.to(arguments)));
  }

  private Map<String, Object> info() {
    NodeInfo self = view.self();
    long disk = 0;
    long memory = 0;
    for (TableStatistics table : engine.statistics()) {
      disk += table.liveSstableBytes();
      memory += table.memtableBytes();
    }
    CacheStatistics cache = engine.cache();
    return object(
        "host_id", self.hostId().toString(),
        "address", self.address().toString(),
        "native_address", self.nativeAddress().toString(),
        "dc", self.datacenter(),
        "rack", self.rack(),
        "state", self.state().name(),
        "version", Release.version(),
        "metadata_epoch", view.epoch(),
        "uptime_seconds", (clock.nanoTime() - startedNanos) * NANOS,
        "tokens", self.tokens().size(),
        "load_bytes", disk,
        "memtable_bytes", memory,
        "cache_bytes", cache.bytes(),
        "cache_capacity_bytes", cache.capacityBytes(),
        "cache_hit_ratio", Json.finite((double) cache.hits() / cache.requests()),
        "clients", host.clients().size(),
        "compactions_running", engine.compactions().size(),
        "commitlog_bytes", engine.activity().commitLogBytes(),
        "writes_refused", engine.activity().refusesWrites());
  }

  private static Map<String, Object> version() {
    return object(
        "version",
        Release.version(),
        "cql_version",
        Release.CQL_VERSION,
        "passes_for",
        "Apache Cassandra " + Release.CASSANDRA_VERSION);
  }

  private Map<String, Object> proxy() {
    return object(
        "unit", "microseconds, a quarter too high at most",
        "read", histogram(metrics.buckets(Kind.READ)),
        "range", histogram(metrics.buckets(Kind.SCAN)),
        "write", histogram(metrics.buckets(Kind.WRITE)));
  }

  private static Map<String, Object> histogram(Buckets buckets) {
    Map<String, Object> shares = object("count", buckets.count());
    for (int i = 0; i < Buckets.SHARES.size(); i++) {
      String percent = Double.toString(Math.round(Buckets.SHARES.get(i) * 1000) / 10.0);
      shares.put("p" + percent.replaceFirst("\\.0$", ""), Math.round(buckets.quantiles().get(i)));
    }
    shares.put("max", buckets.max());
    shares.put("mean", Json.finite((double) buckets.sum() / buckets.count()));
    return shares;
  }

  private List<Object> tables(Arguments arguments) {
    List<Object> tables = new ArrayList<>();
    for (TableDefinition table : names.of(arguments)) {
      Map<String, Object> of = object("keyspace", table.keyspace(), "table", table.name());
      of.put("unit", "microseconds, rows, tombstones; a quarter too high at most");
      of.put("read", histogram(metrics.buckets(table.schemaId(), Kind.READ)));
      of.put("range", histogram(metrics.buckets(table.schemaId(), Kind.SCAN)));
      of.put("write", histogram(metrics.buckets(table.schemaId(), Kind.WRITE)));
      of.put("rows_per_read", histogram(metrics.buckets(table.schemaId(), Kind.ROWS)));
      of.put("tombstones_per_read", histogram(metrics.buckets(table.schemaId(), Kind.TOMBSTONES)));
      tables.add(of);
    }
    return tables;
  }

  private List<Object> pools() {
    List<Object> pools = new ArrayList<>();
    for (Pool pool : host.pools()) {
      pools.add(
          object(
              "pool", pool.name(),
              "active", pool.active() < 0 ? null : pool.active(),
              "limit", pool.limit(),
              "pending", pool.pending(),
              "completed", pool.completed() < 0 ? null : pool.completed()));
    }
    return pools;
  }

  private Map<String, Object> clients() {
    Map<String, Integer> users = new TreeMap<>();
    List<Object> connections = new ArrayList<>();
    for (ClientState client : host.clients()) {
      Map<String, String> options = client.startup().options();
      String user = client.user() == null ? "anonymous" : client.user();
      users.merge(user, 1, Integer::sum);
      ClientState.Encrypted encrypted = client.encrypted();
      connections.add(
          object(
              "address",
                  client.remoteAddress().getHostString() + ":" + client.remoteAddress().getPort(),
              "lane", client.lane(),
              "ssl_protocol", encrypted == null ? null : encrypted.protocol(),
              "ssl_cipher_suite", encrypted == null ? null : encrypted.cipherSuite(),
              "version", client.startup().version().number(),
              "user", user,
              "keyspace", client.keyspace(),
              "requests", client.requestCount(),
              "driver_name", options.get("DRIVER_NAME"),
              "driver_version", options.get("DRIVER_VERSION")));
    }
    return object("connections", connections, "users", users);
  }
}
