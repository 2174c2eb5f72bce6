package io.ilion.server.operations;

import static io.ilion.server.operations.Json.object;

import io.ilion.gossip.ClusterView;
import io.ilion.gossip.KeyspaceReplicas;
import io.ilion.gossip.NodeInfo;
import io.ilion.gossip.NodeStatus;
import io.ilion.gossip.Suspicion;
import io.ilion.model.ring.Murmur3;
import io.ilion.model.ring.TokenRange;
import io.ilion.model.schema.KeyspaceDefinition;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/** What a node knows of its cluster. */
public final class ClusterOperations {
  private static final String PARTITIONER = "org.apache.cassandra.dht.Murmur3Partitioner";

  private static final Parameter<String> OF_KEYSPACE =
      Parameter.optional(
              "keyspace",
              ParameterType.TEXT,
              "with what its nodes own of this keyspace, replicas counted; otherwise of the ring")
          .positional();
  private static final Parameter<String> ALSO_KEYSPACE =
      Parameter.optional(
              "keyspace",
              ParameterType.TEXT,
              "a keyspace; all have the same tokens, see describering")
          .positional();
  private static final Parameter<String> KEYSPACE =
      Parameter.required("keyspace", ParameterType.TEXT, "a keyspace").positional();
  private static final Parameter<String> TABLE =
      Parameter.required("table", ParameterType.TEXT, "a table of it").positional();
  private static final Parameter<String> KEY =
      Parameter.required(
              "key", ParameterType.TEXT, "a partition key: components separated by colons")
          .positional();

  private final String clusterName;
  private final ClusterView view;
  private final Function<UUID, NodeStatus> status;
  private final LongSupplier ownLoad;
  private final Supplier<UUID> schemaVersion;
  private final Function<NodeInfo, UUID> versionOf;
  private final Supplier<CompletionStage<List<Suspicion>>> suspicions;
  private final TableNames names;

  /**
   * Operations of a node.
   *
   * @param status what a node said of itself last, or null
   * @param ownLoad what this node's data take on disk, in bytes
   * @param schemaVersion of this node
   * @param versionOf the version of the schema of another node
   * @param suspicions how suspicious the silence of other nodes is
   */
  public ClusterOperations(
      String clusterName,
      ClusterView view,
      Function<UUID, NodeStatus> status,
      LongSupplier ownLoad,
      Supplier<UUID> schemaVersion,
      Function<NodeInfo, UUID> versionOf,
      Supplier<CompletionStage<List<Suspicion>>> suspicions,
      TableNames names) {
    this.clusterName = clusterName;
    this.view = view;
    this.status = status;
    this.ownLoad = ownLoad;
    this.schemaVersion = schemaVersion;
    this.versionOf = versionOf;
    this.suspicions = suspicions;
    this.names = names;
  }

  /** The operations. */
  public List<Operation> operations() {
    return List.of(
        query("status", "who belongs to the cluster, is alive, and owns how much", this::status)
            .taking(OF_KEYSPACE),
        query("ring", "the tokens of all nodes", this::ring).taking(ALSO_KEYSPACE),
        query("describecluster", "name, nodes and schema versions", arguments -> cluster())
            .taking(),
        query("describering", "who keeps which ranges of a keyspace", this::ranges)
            .taking(KEYSPACE),
        query("gossipinfo", "what nodes said of themselves last", arguments -> gossip()).taking(),
        query("getendpoints", "who keeps a partition", this::endpoints)
            .taking(KEYSPACE, TABLE, KEY),
        Operation.query(
            "failuredetector",
            "how suspicious the silence of other nodes is to this one",
            List.of(),
            (arguments, progress) -> suspicions.get().thenApply(this::suspicious)));
  }

  /** An operation without its parameters. */
  private record Draft(String name, String description, Function<Arguments, Object> answer) {
    Operation taking(Parameter<?>... parameters) {
      return Operation.query(
          name,
          description,
          List.of(parameters),
          (arguments, progress) -> CompletableFuture.completedFuture(answer.apply(arguments)));
    }
  }

  private static Draft query(String name, String description, Function<Arguments, Object> answer) {
    return new Draft(name, description, answer);
  }

  private List<NodeInfo> nodes() {
    return view.nodes().stream()
        .sorted(
            Comparator.comparing(NodeInfo::datacenter)
                .thenComparing(NodeInfo::rack)
                .thenComparing(node -> node.address().host()))
        .toList();
  }

  private Map<String, Object> status(Arguments arguments) {
    String keyspace = arguments.get(OF_KEYSPACE);
    Map<UUID, Double> owned = keyspace == null ? primary() : effective(names.keyspace(keyspace));
    List<Object> nodes = new ArrayList<>();
    for (NodeInfo node : nodes()) {
      nodes.add(
          object(
              "dc", node.datacenter(),
              "rack", node.rack(),
              "status", view.isAlive(node.hostId()) ? "UP" : "DOWN",
              "state", node.state().name(),
              "address", node.address().host(),
              "load_bytes", load(node),
              "tokens", node.tokens().size(),
              "owns", owned.getOrDefault(node.hostId(), 0.0),
              "host_id", node.hostId().toString()));
    }
    return object("cluster", clusterName, "keyspace", keyspace, "nodes", nodes);
  }

  private Long load(NodeInfo node) {
    if (node.hostId().equals(view.self().hostId())) {
      return ownLoad.getAsLong();
    }
    NodeStatus said = status.apply(node.hostId());
    return said == null ? null : said.load();
  }

  /** Those whose tokens divide the ring, by token. */
  private TreeMap<Long, NodeInfo> owners() {
    TreeMap<Long, NodeInfo> owners = new TreeMap<>();
    for (NodeInfo node : view.nodes()) {
      if (node.state() == NodeInfo.State.NORMAL || node.state() == NodeInfo.State.LEAVING) {
        node.tokens().forEach(token -> owners.put(token, node));
      }
    }
    return owners;
  }

  private Map<UUID, Double> primary() {
    Map<UUID, Double> owned = new HashMap<>();
    TreeMap<Long, NodeInfo> owners = owners();
    owners.forEach(
        (token, node) -> {
          Long before = owners.lowerKey(token);
          TokenRange range = new TokenRange(before == null ? owners.lastKey() : before, token);
          owned.merge(node.hostId(), range.share(), Double::sum);
        });
    return owned;
  }

  private Map<UUID, Double> effective(KeyspaceDefinition keyspace) {
    Map<UUID, Double> owned = new HashMap<>();
    KeyspaceReplicas replicas = view.replicas(keyspace);
    for (TokenRange range : replicas.ranges()) {
      for (NodeInfo node : replicas.of(range.end()).natural()) {
        owned.merge(node.hostId(), range.share(), Double::sum);
      }
    }
    return owned;
  }

  private Map<String, Object> ring(Arguments arguments) {
    if (arguments.get(ALSO_KEYSPACE) != null) {
      names.keyspace(arguments.get(ALSO_KEYSPACE));
    }
    List<Object> tokens = new ArrayList<>();
    owners()
        .forEach(
            (token, node) ->
                tokens.add(
                    object(
                        "address", node.address().host(),
                        "dc", node.datacenter(),
                        "rack", node.rack(),
                        "status", view.isAlive(node.hostId()) ? "UP" : "DOWN",
                        "state", node.state().name(),
                        "load_bytes", load(node),
                        "token", Long.toString(token))));
    return object("tokens", tokens);
  }

  private Map<String, Object> cluster() {
    Map<String, List<String>> versions = new TreeMap<>();
    List<String> unreachable = new ArrayList<>();
    Map<String, int[]> centers = new TreeMap<>();
    for (NodeInfo node : nodes()) {
      boolean alive = view.isAlive(node.hostId());
      int[] counts = centers.computeIfAbsent(node.datacenter(), dc -> new int[2]);
      counts[0]++;
      if (alive) {
        String version =
            (node.hostId().equals(view.self().hostId())
                    ? schemaVersion.get()
                    : versionOf.apply(node))
                .toString();
        versions.computeIfAbsent(version, v -> new ArrayList<>()).add(node.address().host());
      } else {
        counts[1]++;
        unreachable.add(node.address().host());
      }
    }
    Map<String, Object> datacenters = new LinkedHashMap<>();
    centers.forEach(
        (dc, counts) -> datacenters.put(dc, object("nodes", counts[0], "down", counts[1])));
    List<Object> keyspaces = new ArrayList<>();
    names.schema().keyspaces().values().stream()
        .filter(keyspace -> !keyspace.virtual())
        .forEach(
            keyspace ->
                keyspaces.add(
                    object("keyspace", keyspace.name(), "replication", keyspace.replication())));
    return object(
        "cluster", clusterName,
        "partitioner", PARTITIONER,
        "metadata_epoch", view.epoch(),
        "schema_versions", versions,
        "unreachable", unreachable,
        "datacenters", datacenters,
        "keyspaces", keyspaces);
  }

  private Map<String, Object> ranges(Arguments arguments) {
    KeyspaceReplicas replicas = view.replicas(names.keyspace(arguments.get(KEYSPACE)));
    List<Object> ranges = new ArrayList<>();
    for (TokenRange range : replicas.ranges()) {
      ranges.add(
          object(
              "start_token", Long.toString(range.start()),
              "end_token", Long.toString(range.end()),
              "replicas", hosts(replicas.of(range.end()).natural()),
              "pending", hosts(replicas.of(range.end()).pending())));
    }
    return object("keyspace", arguments.get(KEYSPACE), "ranges", ranges);
  }

  private static List<String> hosts(List<NodeInfo> nodes) {
    return nodes.stream().map(node -> node.address().host()).toList();
  }

  private Map<String, Object> gossip() {
    List<Object> nodes = new ArrayList<>();
    for (NodeInfo node : nodes()) {
      NodeStatus said = status.apply(node.hostId());
      boolean isSelf = node.hostId().equals(view.self().hostId());
      nodes.add(
          object(
              "address", node.address().toString(),
              "native_address", node.nativeAddress().toString(),
              "host_id", node.hostId().toString(),
              "dc", node.datacenter(),
              "rack", node.rack(),
              "state", node.state().name(),
              "alive", view.isAlive(node.hostId()),
              "serves_clients", said == null ? null : said.serving(),
              "release", node.release(),
              "generation", said == null ? null : said.generation(),
              "heartbeat", said == null ? null : said.heartbeat(),
              "metadata_epoch",
                  isSelf ? (Long) view.epoch() : said == null ? null : said.metadataEpoch(),
              "load_bytes", load(node)));
    }
    return object("nodes", nodes);
  }

  private Map<String, Object> suspicious(List<Suspicion> suspicions) {
    Map<UUID, Suspicion> byHost = new HashMap<>();
    suspicions.forEach(suspicion -> byHost.put(suspicion.hostId(), suspicion));
    List<Object> nodes = new ArrayList<>();
    for (NodeInfo node : nodes()) {
      Suspicion suspicion = byHost.get(node.hostId());
      if (!node.hostId().equals(view.self().hostId())) {
        nodes.add(
            object(
                "address", node.address().host(),
                "phi", suspicion == null ? null : suspicion.phi(),
                "alive", view.isAlive(node.hostId()),
                "silent_ms", suspicion == null ? null : suspicion.silentNanos() / 1_000_000,
                "host_id", node.hostId().toString()));
      }
    }
    return object("down_above_phi", Suspicion.THRESHOLD, "nodes", nodes);
  }

  private Map<String, Object> endpoints(Arguments arguments) {
    byte[] key =
        KeyText.encode(
            names.table(arguments.get(KEYSPACE), arguments.get(TABLE)), arguments.get(KEY));
    long token = Murmur3.token(key);
    KeyspaceReplicas replicas = view.replicas(names.keyspace(arguments.get(KEYSPACE)));
    return object(
        "token", Long.toString(token),
        "replicas", hosts(replicas.of(token).natural()),
        "pending", hosts(replicas.of(token).pending()));
  }
}
