package io.ilion.server.system;

import io.ilion.model.schema.Schema;
import io.ilion.model.schema.TableDefinition;
import io.ilion.server.ClientState;
import io.ilion.server.config.Config;
import io.ilion.server.config.Settings;
import io.ilion.storage.StorageEngine;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.function.Supplier;

/** The rows about the node itself, its clients and its files. */
public final class NodeTables {
  /** What drivers take the node for, to choose the right code. */
  public static final String RELEASE_VERSION = "5.0.8";

  /** The version of the language. */
  public static final String CQL_VERSION = "3.4.7";

  private final Config config;
  private final NodeIdentity identity;
  private final Supplier<Schema> schema;
  private final Supplier<UUID> schemaVersion;

  /** Tables of a node. */
  public NodeTables(
      Config config, NodeIdentity identity, Supplier<Schema> schema, Supplier<UUID> schemaVersion) {
    this.config = config;
    this.identity = identity;
    this.schema = schema;
    this.schemaVersion = schemaVersion;
  }

  /** Registers the tables. */
  public void addTo(
      SystemTables tables,
      Supplier<InetSocketAddress> nativeAddress,
      Supplier<List<ClientState>> clients,
      StorageEngine engine) {
    new SchemaTables(schema).addTo(tables);
    tables.put("system.local", () -> List.of(local(nativeAddress.get())));
    tables.put("system_views.settings", this::settings);
    tables.put("system_views.clients", () -> clients(clients.get()));
    tables.put("system_views.disk_usage", () -> diskUsage(engine));
    tables.put("system_views.sstable_tasks", () -> tasks(engine));
  }

  private Map<String, Object> local(InetSocketAddress address) {
    Map<String, Object> row = new HashMap<>();
    InetAddress host = address.getAddress();
    Set<String> tokens = new TreeSet<>();
    identity.tokens().forEach(token -> tokens.add(Long.toString(token)));
    row.put("key", "local");
    row.put("bootstrapped", "COMPLETED");
    row.put("broadcast_address", host);
    row.put("broadcast_port", config.get(Settings.STORAGE_PORT));
    row.put("cluster_name", config.get(Settings.CLUSTER_NAME));
    row.put("cql_version", CQL_VERSION);
    row.put("data_center", config.get(Settings.DC));
    row.put("gossip_generation", 1);
    row.put("host_id", identity.hostId());
    row.put("listen_address", host);
    row.put("listen_port", config.get(Settings.STORAGE_PORT));
    row.put("native_protocol_version", "5");
    row.put("partitioner", "org.apache.cassandra.dht.Murmur3Partitioner");
    row.put("rack", config.get(Settings.RACK));
    row.put("release_version", RELEASE_VERSION);
    row.put("rpc_address", host);
    row.put("rpc_port", address.getPort());
    row.put("schema_version", schemaVersion.get());
    row.put("tokens", tokens);
    return row;
  }

  private List<Map<String, Object>> settings() {
    List<Map<String, Object>> rows = new ArrayList<>();
    config.asText().forEach((name, value) -> rows.add(Map.of("name", name, "value", value)));
    return rows;
  }

  private static List<Map<String, Object>> clients(List<ClientState> clients) {
    List<Map<String, Object>> rows = new ArrayList<>();
    for (ClientState client : clients) {
      Map<String, String> options = client.startup().options();
      Map<String, Object> row = new HashMap<>();
      row.put("address", client.remoteAddress().getAddress());
      row.put("port", client.remoteAddress().getPort());
      row.put("client_options", options);
      row.put("connection_stage", client.isReady() ? "ready" : "establishing");
      row.put("driver_name", options.get("DRIVER_NAME"));
      row.put("driver_version", options.get("DRIVER_VERSION"));
      row.put("hostname", client.remoteAddress().getHostString());
      row.put("keyspace_name", client.keyspace());
      row.put("protocol_version", client.startup().version().number());
      row.put("request_count", client.requestCount());
      row.put("ssl_enabled", false);
      row.put("username", client.user());
      rows.add(row);
    }
    return rows;
  }

  private List<Map<String, Object>> diskUsage(StorageEngine engine) {
    List<Map<String, Object>> rows = new ArrayList<>();
    for (StorageEngine.TableStatistics s : engine.statistics()) {
      TableDefinition table = schema.get().table(s.tableId());
      if (table != null) {
        rows.add(
            Map.of(
                "keyspace_name", table.keyspace(),
                "table_name", table.name(),
                "mebibytes", s.liveSstableBytes() >> 20));
      }
    }
    return rows;
  }

  private List<Map<String, Object>> tasks(StorageEngine engine) {
    List<Map<String, Object>> rows = new ArrayList<>();
    for (StorageEngine.CompactionProgress c : engine.compactions()) {
      TableDefinition table = schema.get().table(c.tableId());
      if (table != null) {
        Map<String, Object> row = new HashMap<>();
        row.put("keyspace_name", table.keyspace());
        row.put("table_name", table.name());
        row.put("task_id", c.id());
        row.put(
            "completion_ratio",
            c.totalBytes() == 0 ? 0.0 : (double) c.completedBytes() / c.totalBytes());
        row.put("kind", c.kind());
        row.put("progress", c.completedBytes());
        row.put("sstables", c.sources());
        row.put("total", c.totalBytes());
        row.put("unit", "bytes");
        rows.add(row);
      }
    }
    return rows;
  }
}
