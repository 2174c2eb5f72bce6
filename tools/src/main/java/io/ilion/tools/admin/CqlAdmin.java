package io.ilion.tools.admin;

import io.ilion.driver.Row;
import io.ilion.driver.ServerException;
import io.ilion.driver.Session;
import io.ilion.driver.SimpleStatement;
import io.ilion.tools.console.ToolException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Predicate;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * What can be known of a node by CQL alone, from the tables that Cassandra 4.0 and later has, and
 * Ilion too: for servers without our HTTP port.
 */
final class CqlAdmin {
  private static final int REACH_MILLIS = 1_000;

  /** What tables tell the latencies of, as far as a server has them. */
  private static final List<String> LATENCIES =
      List.of(
          "coordinator_read",
          "coordinator_scan",
          "coordinator_write",
          "local_read",
          "local_scan",
          "local_write");

  private static final double RING = 0x1p64;

  /** What can be asked, with what it is. */
  private static final Map<String, String> OPERATIONS =
      Map.ofEntries(
          Map.entry(
              "status", "who belongs to the cluster, whose CQL port answers, who owns how much"),
          Map.entry("info", "what the node is"),
          Map.entry("version", "the release"),
          Map.entry("describecluster", "name, partitioner and schema versions"),
          Map.entry("gossipinfo", "what nodes said of themselves last"),
          Map.entry("tablestats", "[KEYSPACE [TABLE]]: what tables take and how fast they are"),
          Map.entry(
              "tablehistograms",
              "[KEYSPACE [TABLE]]: latencies of requests to this node, and to it as a replica"),
          Map.entry("compactionstats", "compactions and the like that run"),
          Map.entry("tpstats", "threads and what waits for them"),
          Map.entry("clientstats", "who is connected"),
          Map.entry("settings", "[NAME]: what the node runs with; all that contain NAME"),
          Map.entry("caches", "what caches hold, and how often they help"),
          Map.entry("queries", "the requests that run"),
          Map.entry("listsnapshots", "the snapshots of the node"),
          Map.entry("listpendinghints", "the hints that the node keeps for others"));

  private final Session session;
  private final JsonMapper json = JsonMapper.shared();

  /** Asks the node that a session is with. */
  CqlAdmin(Session session) {
    this.session = session;
  }

  /** What can be asked, with what it is, in the order of the names. */
  static SortedMap<String, String> operations() {
    return new TreeMap<>(OPERATIONS);
  }

  /**
   * Runs one of {@link #operations}.
   *
   * @throws ToolException if there is none of this name, or the server does not have what it needs
   */
  JsonNode run(String name, List<String> arguments) {
    int most = name.startsWith("table") ? 2 : name.equals("settings") ? 1 : 0;
    if (OPERATIONS.containsKey(name) && arguments.size() > most) {
      throw ToolException.wrongUse(
          name + " does not know what to do with '" + arguments.get(most) + "'");
    }
    return switch (name) {
      case "status" -> status();
      case "info" -> without(local(), "tokens", "truncated_at");
      case "version" -> only(local(), "release_version", "cql_version", "native_protocol_version");
      case "describecluster" -> cluster();
      case "gossipinfo" -> gossip();
      case "tablestats" -> tables(arguments);
      case "tablehistograms" -> histograms(arguments);
      case "compactionstats" -> rows("system_views.sstable_tasks");
      case "tpstats" -> rows("system_views.thread_pools");
      case "clientstats" -> clients();
      case "settings" ->
          rows(
              "system_views.settings",
              row ->
                  arguments.isEmpty()
                      || row.path("name").asString().contains(arguments.getFirst()));
      case "caches" -> rows("system_views.caches");
      case "queries" -> rows("system_views.queries");
      case "listsnapshots" -> rows("system_views.snapshots");
      case "listpendinghints" -> rows("system_views.pending_hints");
      default ->
          throw ToolException.wrongUse("'" + name + "' cannot be asked by CQL")
              .hint("what can: " + String.join(", ", operations().keySet()));
    };
  }

  private ArrayNode rows(String table) {
    return rows(table, row -> true);
  }

  private ArrayNode rows(String table, Predicate<JsonNode> wanted) {
    ArrayNode rows = json.createArrayNode();
    try {
      for (Row row : session.execute(SimpleStatement.of("SELECT JSON * FROM " + table))) {
        JsonNode node = json.readTree(row.getString(0));
        if (wanted.test(node)) {
          rows.add(node);
        }
      }
    } catch (ServerException e) {
      throw ToolException.failed("the server does not tell: " + e.getMessage())
          .hint("it is asked for " + table + ", which Cassandra has since 4.0 or later")
          .causedBy(e);
    }
    return rows;
  }

  private ObjectNode local() {
    return (ObjectNode) rows("system.local").get(0);
  }

  private static ObjectNode without(ObjectNode row, String... names) {
    return row.remove(List.of(names));
  }

  private static ObjectNode only(ObjectNode row, String... names) {
    return row.retain(List.of(names));
  }

  private JsonNode gossip() {
    ArrayNode nodes = rows("system_views.gossip_info");
    nodes.forEach(
        row ->
            only(
                (ObjectNode) row,
                "address",
                "port",
                "dc",
                "rack",
                "status",
                "load",
                "generation",
                "heartbeat",
                "release_version",
                "schema",
                "host_id"));
    return nodes;
  }

  private JsonNode clients() {
    ArrayNode clients = rows("system_views.clients");
    // As wide as a screen; the rest is a SELECT away.
    clients.forEach(
        row ->
            only(
                (ObjectNode) row,
                "address",
                "port",
                "username",
                "keyspace_name",
                "protocol_version",
                "request_count",
                "ssl_enabled",
                "driver_name",
                "driver_version"));
    return clients;
  }

  // ---- the cluster

  /** A member as a row of system.local or system.peers_v2 tells of it. */
  private record Member(JsonNode row, String address, String cqlHost, int cqlPort) {}

  private List<Member> members() {
    List<Member> members = new ArrayList<>();
    JsonNode local = local();
    String cqlHost = local.path("rpc_address").asString("");
    members.add(
        new Member(
            local,
            local.path("broadcast_address").asString(cqlHost),
            cqlHost,
            local.path("rpc_port").asInt(0)));
    for (JsonNode peer : rows("system.peers_v2")) {
      members.add(
          new Member(
              peer,
              peer.path("peer").asString(),
              peer.path("native_address").asString(""),
              peer.path("native_port").asInt(0)));
    }
    return members;
  }

  private JsonNode status() {
    List<Member> members = members();
    TreeMap<Long, Member> ring = new TreeMap<>();
    for (Member member : members) {
      member.row().path("tokens").forEach(token -> ring.put(token(token), member));
    }
    Map<Member, Double> owned = new LinkedHashMap<>();
    for (Map.Entry<Long, Member> each : ring.entrySet()) {
      Long before = ring.lowerKey(each.getKey());
      double share =
          before == null
              ? (double) each.getKey() - ring.lastKey() + RING
              : (double) each.getKey() - before;
      owned.merge(each.getValue(), ring.size() == 1 ? 1 : share / RING, Double::sum);
    }
    ObjectNode result = json.createObjectNode();
    result.putNull("keyspace");
    ArrayNode nodes = result.putArray("nodes");
    for (Member member : members) {
      ObjectNode node = nodes.addObject();
      node.put("address", member.address());
      node.put("status", answers(member) ? "UP" : "DOWN");
      node.put("state", "NORMAL");
      node.putNull("load_bytes");
      node.put("tokens", member.row().path("tokens").size());
      node.put("owns", owned.getOrDefault(member, 0.0));
      node.put("host_id", member.row().path("host_id").asString());
      node.put("dc", member.row().path("data_center").asString());
      node.put("rack", member.row().path("rack").asString());
      node.put("version", member.row().path("release_version").asString());
    }
    return result;
  }

  private static long token(JsonNode token) {
    try {
      return Long.parseLong(token.asString());
    } catch (NumberFormatException e) {
      throw ToolException.failed("the cluster does not use Murmur3: its tokens are no numbers")
          .causedBy(e);
    }
  }

  private static boolean answers(Member member) {
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress(member.cqlHost(), member.cqlPort()), REACH_MILLIS);
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  private JsonNode cluster() {
    JsonNode local = local();
    ObjectNode result = json.createObjectNode();
    result.set("name", local.path("cluster_name"));
    result.set("partitioner", local.path("partitioner"));
    Map<String, List<String>> versions = new TreeMap<>();
    for (Member member : members()) {
      versions
          .computeIfAbsent(
              member.row().path("schema_version").asString("unknown"), key -> new ArrayList<>())
          .add(member.address());
    }
    ArrayNode schemas = result.putArray("schema_versions");
    versions.forEach(
        (version, nodes) -> {
          ObjectNode schema = schemas.addObject().put("version", version);
          nodes.forEach(schema.putArray("nodes")::add);
        });
    return result;
  }

  // ---- tables

  private JsonNode tables(List<String> arguments) {
    Map<String, ObjectNode> tables = new TreeMap<>();
    collect(tables, arguments, "disk_usage", "mebibytes", "disk_mib");
    collect(tables, arguments, "coordinator_read_latency", "count", "reads");
    collect(tables, arguments, "coordinator_read_latency", "p99th_ms", "read_p99_ms");
    collect(tables, arguments, "coordinator_write_latency", "count", "writes");
    collect(tables, arguments, "coordinator_write_latency", "p99th_ms", "write_p99_ms");
    collect(tables, arguments, "tombstones_per_read", "p99th", "tombstones_per_read_p99");
    if (knows("local_read_latency")) {
      collect(tables, arguments, "local_read_latency", "count", "local_reads");
      collect(tables, arguments, "local_write_latency", "count", "local_writes");
    }
    ArrayNode rows = json.createArrayNode();
    tables.values().forEach(rows::add);
    if (rows.isEmpty()) {
      throw ToolException.wrongUse("there is no table " + String.join(".", arguments));
    }
    return rows;
  }

  private JsonNode histograms(List<String> arguments) {
    ArrayNode all = json.createArrayNode();
    for (String kind : LATENCIES) {
      String table = kind + "_latency";
      if (knows(table)) {
        for (JsonNode row : rows("system_views." + table, row -> isWanted(row, arguments))) {
          ObjectNode shown = all.addObject();
          shown.set("keyspace", row.path("keyspace_name"));
          shown.set("table", row.path("table_name"));
          shown.put("requests", kind.replace('_', ' ').replace("scan", "range"));
          shown.set("count", row.path("count"));
          shown.set("p50_ms", row.path("p50th_ms"));
          shown.set("p99_ms", row.path("p99th_ms"));
          shown.set("max_ms", row.path("max_ms"));
          shown.set("per_second", row.path("per_second"));
        }
      }
    }
    if (all.isEmpty()) {
      throw ToolException.wrongUse("there is no table " + String.join(".", arguments));
    }
    return all;
  }

  /** Whether the server has one of the tables that not all have. */
  private boolean knows(String view) {
    return !rows(
            "system_virtual_schema.tables",
            row ->
                row.path("keyspace_name").asString().equals("system_views")
                    && row.path("table_name").asString().equals(view))
        .isEmpty();
  }

  private static boolean isWanted(JsonNode row, List<String> arguments) {
    return (arguments.isEmpty()
            || arguments.getFirst().equals(row.path("keyspace_name").asString()))
        && (arguments.size() < 2 || arguments.get(1).equals(row.path("table_name").asString()));
  }

  private void collect(
      Map<String, ObjectNode> tables,
      List<String> arguments,
      String from,
      String column,
      String name) {
    for (JsonNode row : rows("system_views." + from)) {
      String keyspace = row.path("keyspace_name").asString();
      String table = row.path("table_name").asString();
      if (isWanted(row, arguments)) {
        tables
            .computeIfAbsent(
                keyspace + '\0' + table,
                key -> json.createObjectNode().put("keyspace", keyspace).put("table", table))
            .set(name, row.path(column));
      }
    }
  }
}
