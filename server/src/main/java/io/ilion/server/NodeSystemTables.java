package io.ilion.server;

import io.ilion.server.cql.StatementCache;
import io.ilion.server.system.ActivityTables;
import io.ilion.server.system.NodeTables;
import io.ilion.server.system.StorageTables;
import io.ilion.server.system.SystemTables;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Fills the tables that describe a node ({@code system}, {@code system_views}) from its parts. */
final class NodeSystemTables {
  private NodeSystemTables() {}

  static void addTo(SystemTables tables, NodeParts node) {
    NodeHost host = node.host();
    node.peers().addTo(tables);
    new NodeTables(
            node.config(),
            node.cluster().view(),
            node.runtime().clock().wallSeconds(),
            node.schemas()::schema,
            node.schemas()::version)
        .addTo(tables, node.peers(), host::nativeAddress, host::clients, host.properties());
    new StorageTables(node.schemas()::schema, node.disk().engine(), node.cluster().view())
        .addTo(tables);
    StatementCache statements = node.processor().preparedStatements();
    new ActivityTables(node.schemas()::schema, node.metrics())
        .addTo(
            tables,
            host::pools,
            () -> new ActivityTables.PreparedCache(statements.count(), statements.evicted()),
            node.processor()::running);
    tables.put("system.prepared_statements", () -> prepared(statements));
  }

  private static List<Map<String, Object>> prepared(StatementCache statements) {
    List<Map<String, Object>> rows = new ArrayList<>();
    for (StatementCache.Known known : statements.known()) {
      Map<String, Object> row = new HashMap<>();
      row.put("prepared_id", ByteBuffer.wrap(known.id()));
      row.put("logged_keyspace", known.keyspace());
      row.put("query_string", known.cql());
      rows.add(row);
    }
    return rows;
  }
}
