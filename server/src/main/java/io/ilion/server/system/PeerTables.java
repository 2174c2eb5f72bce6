package io.ilion.server.system;

import io.ilion.gossip.ClusterView;
import io.ilion.gossip.NodeInfo;
import io.ilion.gossip.NodeStatus;
import io.ilion.runtime.NodeAddress;
import io.ilion.server.schema.SchemaStore;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The rows about the other nodes. */
public final class PeerTables {
  private static final Logger LOGGER = LoggerFactory.getLogger(PeerTables.class);

  private final ClusterView view;
  private final Function<UUID, NodeStatus> status;
  private final LongSupplier schemaEpoch;

  /**
   * Tables over a cluster.
   *
   * @param status what a node said of itself last, or null
   * @param schemaEpoch of this node's schema
   */
  public PeerTables(ClusterView view, Function<UUID, NodeStatus> status, LongSupplier schemaEpoch) {
    this.view = view;
    this.status = status;
    this.schemaEpoch = schemaEpoch;
  }

  /** Registers the tables. */
  public void addTo(SystemTables tables) {
    tables.put("system.peers", () -> peers(this::peer));
    tables.put("system.peers_v2", () -> peers(this::peerV2));
  }

  /** A row for each other node that owns ranges; clients send requests to nothing else. */
  private List<Map<String, Object>> peers(Function<NodeInfo, Map<String, Object>> row) {
    List<Map<String, Object>> rows = new ArrayList<>();
    UUID self = view.self().hostId();
    for (NodeInfo node : view.nodes()) {
      boolean inRing =
          node.state() == NodeInfo.State.NORMAL || node.state() == NodeInfo.State.LEAVING;
      if (inRing && !node.hostId().equals(self)) {
        try {
          rows.add(row.apply(node));
        } catch (IllegalStateException e) {
          LOGGER.warn("{} is left out of the peers: {}", node.hostId(), e.getMessage());
        }
      }
    }
    return rows;
  }

  private Map<String, Object> peer(NodeInfo node) {
    Map<String, Object> row = common(node);
    row.put("peer", host(node.address()));
    row.put("rpc_address", host(node.nativeAddress()));
    return row;
  }

  private Map<String, Object> peerV2(NodeInfo node) {
    Map<String, Object> row = common(node);
    row.put("peer", host(node.address()));
    row.put("peer_port", node.address().port());
    row.put("native_address", host(node.nativeAddress()));
    row.put("native_port", node.nativeAddress().port());
    return row;
  }

  /** The rows of {@code system_views.gossip_info} about the other nodes. */
  List<Map<String, Object>> gossip() {
    List<Map<String, Object>> rows = new ArrayList<>();
    for (NodeInfo node : view.nodes()) {
      if (!node.hostId().equals(view.self().hostId())) {
        Map<String, Object> row = new HashMap<>();
        NodeStatus said = status.apply(node.hostId());
        String state = node.state().toString();
        if (!node.tokens().isEmpty()) {
          state += "," + node.tokens().get(0);
        }
        try {
          row.put("address", host(node.address()));
        } catch (IllegalStateException e) {
          LOGGER.warn("{} is left out of the gossip: {}", node.hostId(), e.getMessage());
          continue;
        }
        row.put("port", node.address().port());
        row.put("dc", node.datacenter());
        row.put("host_id", node.hostId().toString());
        row.put("hostname", node.address().host());
        row.put("native_address_and_port", node.nativeAddress().toString());
        row.put("rack", node.rack());
        row.put("release_version", node.release());
        row.put("rpc_address", node.nativeAddress().host());
        row.put("rpc_ready", Boolean.toString(view.isServing(node.hostId())));
        row.put("schema", versionOf(node).toString());
        row.put("status", state);
        row.put("status_with_port", state);
        if (said != null) {
          row.put("generation", (int) said.generation());
          row.put("heartbeat", (int) said.heartbeat());
          row.put("load", Double.toString(said.load()));
        }
        rows.add(row);
      }
    }
    return rows;
  }

  private Map<String, Object> common(NodeInfo node) {
    Map<String, Object> row = new HashMap<>();
    row.put("data_center", node.datacenter());
    row.put("host_id", node.hostId());
    row.put("rack", node.rack());
    row.put("release_version", node.release());
    row.put("schema_version", versionOf(node));
    row.put("tokens", tokens(node));
    return row;
  }

  /**
   * The version of a peer's schema. Who works by the epoch of this node's schema or a later one has
   * it: whatever a request needs of a later one, it waits for.
   */
  public UUID versionOf(NodeInfo node) {
    NodeStatus said = status.apply(node.hostId());
    long epoch = schemaEpoch.getAsLong();
    return SchemaStore.version(said == null ? epoch : Math.min(epoch, said.metadataEpoch()));
  }

  private static Set<String> tokens(NodeInfo node) {
    Set<String> tokens = new TreeSet<>();
    node.tokens().forEach(token -> tokens.add(Long.toString(token)));
    return tokens;
  }

  private static InetAddress host(NodeAddress address) {
    try {
      return InetAddress.getByName(address.host());
    } catch (UnknownHostException e) {
      throw new IllegalStateException("there is no host named " + address.host(), e);
    }
  }
}
