package io.ilion.driver.internal;

import io.ilion.driver.NoNodeAvailableException;
import io.ilion.protocol.Event;
import io.ilion.protocol.Request;
import io.ilion.protocol.Response;
import io.ilion.protocol.ResponseEnvelope;
import io.netty.channel.EventLoop;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.Collections;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The connection by which the driver learns of the cluster: it asks for the nodes and the schema
 * and is told of changes. When it ends, another node is asked. Its state is changed on one event
 * loop.
 */
final class ControlConnection {
  private static final Logger LOG = LoggerFactory.getLogger(ControlConnection.class);
  private static final long FIRST_AGREEMENT_NANOS = 10_000_000;
  private static final long MAX_AGREEMENT_NANOS = 200_000_000;

  private final ClusterSettings settings;
  private final Connector connector;
  private final EventLoop loop;
  private final Cluster cluster;
  private final Topology topology;

  private volatile Connection connection;
  private int failures;

  // What was told and is to be looked at.
  private final Set<String> changedKeyspaces = new HashSet<>();
  private final Set<InetSocketAddress> nodesUp = new HashSet<>();
  private boolean nodesChanged;
  private boolean refreshScheduled;

  ControlConnection(
      ClusterSettings settings, Connector connector, EventLoop loop, Cluster cluster) {
    this.settings = settings;
    this.connector = connector;
    this.loop = loop;
    this.cluster = cluster;
    this.topology = new Topology(settings.translator(), settings.controlTimeout());
  }

  /** Connects to the first contact point that answers. */
  CompletableFuture<Void> start() {
    return connect(List.copyOf(settings.contactPoints()), 0, new LinkedHashMap<>());
  }

  private CompletableFuture<Void> connect(
      List<InetSocketAddress> candidates, int index, Map<SocketAddress, Throwable> errors) {
    if (index == candidates.size()) {
      return CompletableFuture.failedFuture(new NoNodeAvailableException(errors));
    }
    InetSocketAddress candidate = candidates.get(index);
    return connector
        .open(candidate, null, 0)
        .thenCompose(opened -> use(opened.connection()))
        .handle(
            (done, error) -> {
              if (error == null) {
                return CompletableFuture.<Void>completedFuture(null);
              }
              errors.put(candidate, Connector.unwrap(error));
              return connect(candidates, index + 1, errors);
            })
        .thenCompose(result -> result);
  }

  /** Asks a connection for everything, and makes it the one that tells of changes. */
  private CompletableFuture<Void> use(Connection fresh) {
    fresh.schedule(
        () -> {
          fresh.onEvent(this::told);
          fresh.onClose(closed -> EventLoops.execute(loop, () -> lost(closed)));
        },
        0);
    CompletableFuture<Response> registered =
        Call.send(
            fresh,
            new Request.Register(EnumSet.allOf(Event.Type.class)),
            settings.controlTimeout());
    CompletableFuture<Topology.State> nodes = topology.read(fresh);
    CompletableFuture<Void> keyspaces = cluster.schema().readKeyspaces(fresh);
    return CompletableFuture.allOf(registered, keyspaces)
        .thenCombineAsync(
            nodes,
            (done, state) -> {
              connection = fresh;
              failures = 0;
              cluster.apply(state);
              cluster.schema().refresh(fresh, null);
              if (cluster.isClosed()) {
                fresh.close();
              } else if (!fresh.isUsable()) {
                lost(fresh);
              }
              return (Void) null;
            },
            loop)
        .whenComplete(
            (done, error) -> {
              if (error != null) {
                fresh.close();
              }
            });
  }

  private void lost(Connection ended) {
    if (connection == ended && !cluster.isClosed()) {
      connection = null;
      LOG.debug("The control connection to {} has ended", ended.address());
      reconnect();
    }
  }

  private void reconnect() {
    Set<InetSocketAddress> candidates = new LinkedHashSet<>();
    List<ServerNode> nodes = new java.util.ArrayList<>(cluster.nodes());
    Collections.shuffle(nodes);
    nodes.stream().filter(ServerNode::isUp).forEach(node -> candidates.add(node.address()));
    nodes.forEach(node -> candidates.add(node.address()));
    candidates.addAll(settings.contactPoints());
    connect(List.copyOf(candidates), 0, new LinkedHashMap<>())
        .whenCompleteAsync(
            (done, error) -> {
              if (error != null && !cluster.isClosed()) {
                failures++;
                LOG.debug("No control connection: {}", Connector.unwrap(error).getMessage());
                loop.schedule(
                    this::reconnect,
                    settings.reconnection().delay(failures).toNanos(),
                    TimeUnit.NANOSECONDS);
              }
            },
            loop);
  }

  // ---- events

  private void told(ResponseEnvelope envelope) {
    if (envelope.message() instanceof Response.Notice notice) {
      EventLoops.execute(loop, () -> told(notice.event()));
    }
  }

  private void told(Event event) {
    if (event instanceof Event.SchemaChange change) {
      changedKeyspaces.add(change.keyspace());
    } else {
      nodesChanged = true;
      if (event instanceof Event.StatusChange status
          && status.status() == Event.StatusChange.Status.UP) {
        nodesUp.add(settings.translator().translate(status.node()));
      }
    }
    if (!refreshScheduled) {
      refreshScheduled = true;
      loop.schedule(this::refreshChanged, settings.schemaDelay().toNanos(), TimeUnit.NANOSECONDS);
    }
  }

  /** Events come in bursts, and before the tables show what they tell: they are gathered. */
  private void refreshChanged() {
    refreshScheduled = false;
    Set<String> keyspaces = Set.copyOf(changedKeyspaces);
    changedKeyspaces.clear();
    Set<InetSocketAddress> up = Set.copyOf(nodesUp);
    nodesUp.clear();
    if (nodesChanged) {
      nodesChanged = false;
      refreshNodes().whenCompleteAsync((done, error) -> up.forEach(cluster::reconnect), loop);
    }
    if (!keyspaces.isEmpty()) {
      refreshSchema(keyspaces);
    }
  }

  CompletableFuture<Void> refreshAll() {
    return refreshNodes().thenCompose(done -> refreshSchema(null));
  }

  private CompletableFuture<Void> refreshNodes() {
    Connection current = connection;
    return current == null
        ? CompletableFuture.completedFuture(null)
        : topology.read(current).thenAcceptAsync(cluster::apply, loop);
  }

  /** Reads these keyspaces again, or all for null. */
  CompletableFuture<Void> refreshSchema(Set<String> keyspaces) {
    Connection current = connection;
    return current == null
        ? CompletableFuture.completedFuture(null)
        : cluster.schema().refresh(current, keyspaces);
  }

  // ---- agreement

  /** Completes with true when all nodes have one schema, with false when they take too long. */
  CompletableFuture<Boolean> awaitAgreement() {
    return awaitAgreement(
        System.nanoTime() + settings.agreementTimeout().toNanos(), FIRST_AGREEMENT_NANOS);
  }

  private CompletableFuture<Boolean> awaitAgreement(long deadline, long delay) {
    Connection current = connection;
    if (current == null) {
      return CompletableFuture.completedFuture(false);
    }
    return topology
        .isSchemaAgreed(current)
        .exceptionally(error -> false)
        .thenCompose(
            agreed -> {
              if (agreed || System.nanoTime() - deadline >= 0) {
                return CompletableFuture.completedFuture(agreed);
              }
              CompletableFuture<Boolean> later = new CompletableFuture<>();
              loop.schedule(
                  () ->
                      awaitAgreement(deadline, Math.min(MAX_AGREEMENT_NANOS, 2 * delay))
                          .thenAccept(later::complete),
                  delay,
                  TimeUnit.NANOSECONDS);
              return later;
            });
  }

  void close() {
    Connection current = connection;
    if (current != null) {
      current.close();
    }
  }
}
