package io.ilion.driver.internal;

import io.ilion.driver.ConnectionException;
import io.ilion.driver.NoNodeAvailableException;
import io.ilion.driver.metadata.Metadata;
import io.ilion.driver.metadata.MetadataListener;
import io.ilion.driver.metadata.Node;
import io.ilion.driver.policy.LoadBalancingPolicy;
import io.ilion.protocol.Event;
import io.ilion.protocol.ProtocolVersion;
import io.netty.channel.EventLoop;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The nodes with their pools, and what is known of the schema, kept current by the control
 * connection. State is changed on one event loop; {@link #metadata} is a snapshot for all.
 */
public final class Cluster {
  private static final Logger LOG = LoggerFactory.getLogger(Cluster.class);

  private final ClusterSettings settings;
  private final Connector connector;
  private final EventLoop loop;
  private final ControlConnection control;
  private final SchemaState schema;
  private final Map<UUID, ServerNode> nodes = new LinkedHashMap<>();
  private final CompletableFuture<Void> started = new CompletableFuture<>();

  private volatile LoadBalancingPolicy policy;
  private volatile Metadata metadata = Metadata.EMPTY;
  private volatile String keyspace;
  private volatile boolean closed;
  private String name = "";

  /** A cluster that is not connected to yet. */
  public Cluster(
      ClusterSettings settings, Connector connector, LoadBalancingPolicy policy, EventLoops loops) {
    this.settings = settings;
    this.connector = connector;
    this.policy = policy;
    this.keyspace = settings.keyspace();
    this.loop = loops.group().next();
    this.schema = new SchemaState(settings, loop, this::publish, this::tell);
    this.control = new ControlConnection(settings, connector, loop, this);
  }

  /** Connects; completes when a request can be sent. */
  public CompletableFuture<Void> start() {
    control
        .start()
        .whenComplete(
            (done, error) -> {
              if (error != null) {
                started.completeExceptionally(Connector.unwrap(error));
              }
            });
    return started;
  }

  /** What is known now. */
  public Metadata metadata() {
    return metadata;
  }

  /** Completes when the schema was read for the first time. */
  public CompletableFuture<Void> schemaLoaded() {
    return schema.loaded();
  }

  /** The policy, which knows its data centre by now. */
  public LoadBalancingPolicy policy() {
    return policy;
  }

  /** The keyspace of the connections, or null. */
  public String keyspace() {
    return keyspace;
  }

  /** The version of the protocol that connections are opened with now. */
  public ProtocolVersion protocolVersion() {
    return connector.version();
  }

  /** Changes the keyspace of all connections. */
  public CompletableFuture<Void> useKeyspace(String newKeyspace) {
    keyspace = newKeyspace;
    return onLoop(
        () ->
            CompletableFuture.allOf(
                nodes.values().stream()
                    .map(ServerNode::pool)
                    .filter(java.util.Objects::nonNull)
                    .map(pool -> pool.useKeyspace(newKeyspace))
                    .toArray(CompletableFuture[]::new)));
  }

  /** A statement of ours changed the schema; completes when that is known here. */
  public CompletableFuture<Boolean> schemaChanged(Event.SchemaChange change) {
    return control
        .awaitAgreement()
        .thenCompose(
            agreed ->
                onLoop(() -> control.refreshSchema(Set.of(change.keyspace())))
                    .handle((done, error) -> agreed && error == null));
  }

  /** Reads nodes and schema again. */
  public CompletableFuture<Void> refresh() {
    return onLoop(control::refreshAll);
  }

  private <T> CompletableFuture<T> onLoop(
      java.util.function.Supplier<CompletableFuture<T>> action) {
    CompletableFuture<T> result = new CompletableFuture<>();
    EventLoops.execute(
        loop,
        () ->
            action
                .get()
                .whenComplete(
                    (value, error) -> {
                      if (error != null) {
                        result.completeExceptionally(error);
                      } else {
                        result.complete(value);
                      }
                    }));
    return result;
  }

  SchemaState schema() {
    return schema;
  }

  Collection<ServerNode> nodes() {
    return nodes.values();
  }

  boolean isClosed() {
    return closed;
  }

  /** The nodes as a node of the cluster has them. On the loop. */
  void apply(Topology.State state) {
    if (closed) {
      return;
    }
    if (!state.nodes().isEmpty()) {
      policy = policy.inferring(state.nodes().get(0).datacenter());
    }
    name = state.clusterName();
    Set<UUID> present = new HashSet<>();
    List<ServerNode> added = new ArrayList<>();
    for (ServerNode.Info info : state.nodes()) {
      present.add(info.hostId());
      ServerNode node = nodes.get(info.hostId());
      if (node == null) {
        node = new ServerNode(info);
        nodes.put(info.hostId(), node);
        added.add(node);
      } else {
        InetSocketAddress before = node.address();
        node.update(info);
        if (!before.equals(info.address()) && node.pool() != null) {
          node.pool().close(false);
          node.pool(null);
        }
      }
    }
    List<ServerNode> removed = new ArrayList<>();
    nodes
        .values()
        .removeIf(
            node -> {
              boolean gone = !present.contains(node.hostId());
              if (gone) {
                removed.add(node);
              }
              return gone;
            });
    publish();
    removed.forEach(
        node -> {
          if (node.pool() != null) {
            node.pool().close(false);
          }
          tell(listener -> listener.nodeRemoved(node));
        });
    added.forEach(node -> tell(listener -> listener.nodeAdded(node)));
    openPools();
  }

  private void openPools() {
    List<CompletableFuture<Void>> tries = new ArrayList<>();
    for (ServerNode node : nodes.values()) {
      boolean wanted = policy.distance(node) != LoadBalancingPolicy.Distance.IGNORED;
      if (wanted && node.pool() == null) {
        NodePool pool =
            new NodePool(
                node,
                connector,
                settings.reconnection(),
                settings.metrics(),
                settings.connectionsPerNode(),
                keyspace,
                loop,
                () -> up(node),
                () -> tell(listener -> listener.nodeDown(node)));
        node.pool(pool);
        tries.add(pool.start());
      } else if (!wanted && node.pool() != null) {
        node.pool().close(false);
        node.pool(null);
      }
    }
    if (!started.isDone()) {
      CompletableFuture.allOf(tries.toArray(CompletableFuture[]::new))
          .thenRun(
              () -> {
                Map<SocketAddress, Throwable> errors = new LinkedHashMap<>();
                for (Node node : metadata.nodes()) {
                  NodePool pool = ((ServerNode) node).pool();
                  if (pool == null) {
                    errors.put(node.address(), ignored(node));
                  } else if (pool.lastError() != null) {
                    errors.put(node.address(), pool.lastError());
                  }
                }
                started.completeExceptionally(new NoNodeAvailableException(errors));
              });
    }
  }

  private static Throwable ignored(Node node) {
    return new ConnectionException(
        "The load-balancing policy ignores it, in data centre " + node.datacenter(),
        node.address(),
        false,
        null);
  }

  private void up(Node node) {
    tell(listener -> listener.nodeUp(node));
    started.complete(null);
  }

  /** A node is said to be up: what waits to be tried again need not wait. On the loop. */
  void reconnect(InetSocketAddress address) {
    for (ServerNode node : nodes.values()) {
      if (node.address().equals(address) && node.pool() != null && !node.isUp()) {
        node.pool().reconnectNow();
      }
    }
  }

  private void publish() {
    metadata = new Metadata(name, List.copyOf(nodes.values()), schema.keyspaces());
  }

  private void tell(Consumer<MetadataListener> what) {
    for (MetadataListener listener : settings.listeners()) {
      try {
        what.accept(listener);
      } catch (RuntimeException e) {
        LOG.warn("A listener failed", e);
      }
    }
  }

  /** Closes all connections at once; completes when nothing more is opened. */
  public CompletableFuture<Void> close() {
    closed = true;
    control.close();
    return onLoop(
            () -> {
              for (ServerNode node : nodes.values()) {
                if (node.pool() != null) {
                  node.pool().close(true);
                }
              }
              return CompletableFuture.<Void>completedFuture(null);
            })
        // The pools have put their closing behind this.
        .thenCompose(done -> onLoop(() -> CompletableFuture.completedFuture(done)));
  }
}
