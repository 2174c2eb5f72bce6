package io.ilion.driver.internal;

import io.ilion.driver.AddressTranslator;
import io.ilion.driver.ServerException;
import io.ilion.model.ErrorCode;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Reads which nodes there are from the tables of one of them. */
final class Topology {
  private static final Logger LOG = LoggerFactory.getLogger(Topology.class);

  private final AddressTranslator translator;
  private final Duration timeout;

  /** ScyllaDB and Cassandra before 4.0 have only the older table. */
  private volatile boolean olderPeers;

  Topology(AddressTranslator translator, Duration timeout) {
    this.translator = translator;
    this.timeout = timeout;
  }

  /** The nodes; the first is the one that was asked. */
  record State(String clusterName, List<ServerNode.Info> nodes) {}

  CompletableFuture<State> read(Connection connection) {
    CompletableFuture<List<SystemQuery.Row>> local =
        SystemQuery.run(connection, "SELECT * FROM system.local WHERE key='local'", timeout);
    return local.thenCombine(
        peers(connection, "*"), (rows, peers) -> state(connection, rows, peers));
  }

  private CompletableFuture<List<SystemQuery.Row>> peers(Connection connection, String columns) {
    if (olderPeers) {
      return SystemQuery.run(connection, "SELECT " + columns + " FROM system.peers", timeout);
    }
    return SystemQuery.run(connection, "SELECT " + columns + " FROM system.peers_v2", timeout)
        .handle(
            (rows, error) -> {
              if (error == null) {
                return CompletableFuture.completedFuture(rows);
              }
              if (Connector.unwrap(error) instanceof ServerException server
                  && (server.code() == ErrorCode.INVALID
                      || server.code() == ErrorCode.SERVER_ERROR)) {
                olderPeers = true;
                return peers(connection, columns);
              }
              return CompletableFuture.<List<SystemQuery.Row>>failedFuture(error);
            })
        .thenCompose(result -> result);
  }

  /** Whether all nodes that this one knows have the same version of the schema. */
  CompletableFuture<Boolean> isSchemaAgreed(Connection connection) {
    CompletableFuture<List<SystemQuery.Row>> local =
        SystemQuery.run(
            connection, "SELECT schema_version FROM system.local WHERE key='local'", timeout);
    return local.thenCombine(
        peers(connection, "schema_version"),
        (rows, peers) -> {
          List<Object> versions = new ArrayList<>();
          rows.forEach(row -> versions.add(row.get("schema_version")));
          peers.forEach(row -> versions.add(row.get("schema_version")));
          versions.removeIf(java.util.Objects::isNull);
          return versions.stream().distinct().count() <= 1;
        });
  }

  private State state(
      Connection connection, List<SystemQuery.Row> local, List<SystemQuery.Row> peers) {
    InetSocketAddress contact = (InetSocketAddress) connection.address();
    List<ServerNode.Info> nodes = new ArrayList<>();
    String cluster = "";
    if (!local.isEmpty()) {
      cluster = local.get(0).text("cluster_name", "");
      add(nodes, local.get(0), contact);
    }
    for (SystemQuery.Row peer : peers) {
      InetSocketAddress address = address(peer, contact.getPort());
      if (address != null) {
        add(nodes, peer, translator.translate(address));
      }
    }
    return new State(cluster, nodes);
  }

  private static InetSocketAddress address(SystemQuery.Row peer, int port) {
    InetAddress address = peer.get("native_address", InetAddress.class);
    if (address == null) {
      address = peer.get("rpc_address", InetAddress.class);
    }
    if (address == null || address.isAnyLocalAddress()) {
      address = peer.get("peer", InetAddress.class);
    }
    Integer ownPort = peer.get("native_port", Integer.class);
    return address == null
        ? null
        : new InetSocketAddress(address, ownPort == null || ownPort == 0 ? port : ownPort);
  }

  /** A node that joins has no tokens yet, or not all columns: it is left out until it has. */
  private static void add(
      List<ServerNode.Info> nodes, SystemQuery.Row row, InetSocketAddress address) {
    UUID hostId = row.get("host_id", UUID.class);
    String datacenter = row.text("data_center");
    if (hostId == null || datacenter == null) {
      LOG.debug("Left out a node at {} that says little of itself", address);
      return;
    }
    List<Long> tokens = new ArrayList<>();
    for (String token : row.texts("tokens")) {
      try {
        tokens.add(Long.parseLong(token));
      } catch (NumberFormatException e) {
        // Another partitioner than Murmur3: then nothing is known of where partitions are.
        tokens.clear();
        break;
      }
    }
    nodes.add(
        new ServerNode.Info(
            hostId,
            address,
            datacenter,
            row.text("rack", ""),
            row.text("release_version", ""),
            List.copyOf(tokens)));
  }
}
