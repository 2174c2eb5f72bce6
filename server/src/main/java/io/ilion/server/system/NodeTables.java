package io.ilion.server.system;

import io.ilion.gossip.ClusterView;
import io.ilion.model.schema.Schema;
import io.ilion.server.ClientState;
import io.ilion.server.Release;
import io.ilion.server.config.Config;
import io.ilion.server.config.Settings;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.function.Supplier;

/** The rows about the node itself and its clients. */
public final class NodeTables {
  private static final String PARTITIONER = "org.apache.cassandra.dht.Murmur3Partitioner";

  /** What is shown of the properties of the virtual machine; others may hold secrets. */
  private static final Set<String> SHOWN_PROPERTIES =
      Set.of("file.encoding", "user.dir", "user.timezone");

  private final Config config;
  private final ClusterView view;
  private final long startedSeconds;
  private final Supplier<Schema> schema;
  private final Supplier<UUID> schemaVersion;

  /**
   * Tables of a node.
   *
   * @param startedSeconds when the node was started, in seconds since 1970
   */
  public NodeTables(
      Config config,
      ClusterView view,
      long startedSeconds,
      Supplier<Schema> schema,
      Supplier<UUID> schemaVersion) {
    this.config = config;
    this.view = view;
    this.startedSeconds = startedSeconds;
    this.schema = schema;
    this.schemaVersion = schemaVersion;
  }

  /**
   * Registers the tables.
   *
   * @param peers what is known of the other nodes
   * @param properties of the virtual machine
   */
  public void addTo(
      SystemTables tables,
      PeerTables peers,
      Supplier<InetSocketAddress> nativeAddress,
      Supplier<List<ClientState>> clients,
      Properties properties) {
    new SchemaTables(schema).addTo(tables);
    tables.put("system.local", () -> List.of(local(nativeAddress.get())));
    tables.put("system_views.settings", this::settings);
    tables.put("system_views.clients", () -> clients(clients.get()));
    tables.put("system_views.gossip_info", () -> gossip(nativeAddress.get(), peers));
    tables.put("system_views.system_properties", () -> properties(properties));
  }

  private Map<String, Object> local(InetSocketAddress address) {
    Map<String, Object> row = new HashMap<>();
    InetAddress host = address.getAddress();
    Set<String> tokens = new TreeSet<>();
    view.self().tokens().forEach(token -> tokens.add(Long.toString(token)));
    row.put("key", "local");
    row.put("bootstrapped", "COMPLETED");
    row.put("broadcast_address", resolve(config.get(Settings.BROADCAST_ADDRESS)));
    row.put("broadcast_port", config.get(Settings.STORAGE_PORT));
    row.put("cluster_name", config.get(Settings.CLUSTER_NAME));
    row.put("cql_version", Release.CQL_VERSION);
    row.put("data_center", config.get(Settings.DC));
    row.put("gossip_generation", (int) startedSeconds);
    row.put("host_id", view.self().hostId());
    row.put("listen_address", host);
    row.put("listen_port", config.get(Settings.STORAGE_PORT));
    row.put("native_protocol_version", "5");
    row.put("partitioner", PARTITIONER);
    row.put("rack", config.get(Settings.RACK));
    row.put("release_version", Release.CASSANDRA_VERSION);
    row.put("rpc_address", resolve(config.get(Settings.BROADCAST_RPC_ADDRESS)));
    row.put("rpc_port", address.getPort());
    row.put("schema_version", schemaVersion.get());
    row.put("tokens", tokens);
    return row;
  }

  private static InetAddress resolve(String host) {
    return new InetSocketAddress(host, 0).getAddress();
  }

  private List<Map<String, Object>> gossip(InetSocketAddress address, PeerTables peers) {
    List<Map<String, Object>> rows = new ArrayList<>(peers.gossip());
    rows.add(gossip(address));
    return rows;
  }

  /** What this node tells others of itself; details have no versions of their own. */
  private Map<String, Object> gossip(InetSocketAddress address) {
    Map<String, Object> row = new HashMap<>();
    String host = address.getAddress().getHostAddress();
    List<Long> tokens = view.self().tokens();
    String status = view.self().state() + (tokens.isEmpty() ? "" : "," + tokens.get(0));
    row.put("address", address.getAddress());
    row.put("port", config.get(Settings.STORAGE_PORT));
    row.put("dc", config.get(Settings.DC));
    row.put("generation", (int) startedSeconds);
    row.put("host_id", view.self().hostId().toString());
    row.put("hostname", host);
    row.put("native_address_and_port", host + ":" + address.getPort());
    row.put("rack", config.get(Settings.RACK));
    row.put("release_version", Release.CASSANDRA_VERSION);
    row.put("rpc_address", host);
    row.put("rpc_ready", "true");
    row.put("schema", schemaVersion.get().toString());
    row.put("status", status);
    row.put("status_with_port", status);
    return row;
  }

  private List<Map<String, Object>> settings() {
    List<Map<String, Object>> rows = new ArrayList<>();
    config.asText().forEach((name, value) -> rows.add(Map.of("name", name, "value", value)));
    return rows;
  }

  private static List<Map<String, Object>> properties(Properties properties) {
    List<Map<String, Object>> rows = new ArrayList<>();
    rows.add(Map.of("name", "ilion.version", "value", Release.version()));
    for (String name : properties.stringPropertyNames()) {
      if (name.startsWith("java.") || name.startsWith("os.") || SHOWN_PROPERTIES.contains(name)) {
        rows.add(Map.of("name", name, "value", properties.getProperty(name)));
      }
    }
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
      ClientState.Encrypted encrypted = client.encrypted();
      row.put("ssl_enabled", encrypted != null);
      if (encrypted != null) {
        row.put("ssl_protocol", encrypted.protocol());
        row.put("ssl_cipher_suite", encrypted.cipherSuite());
      }
      row.put("username", client.user());
      rows.add(row);
    }
    return rows;
  }
}
