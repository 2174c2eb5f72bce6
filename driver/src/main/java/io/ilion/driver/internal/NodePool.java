package io.ilion.driver.internal;

import io.ilion.driver.DriverMetrics;
import io.ilion.driver.policy.ReconnectionPolicy;
import io.netty.channel.EventLoop;
import java.net.InetSocketAddress;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The connections to one node: one for each of its shards, or as many as configured where it has
 * none. What is missing is opened again, after the times of the reconnection policy. State is
 * changed on one event loop; requests only read it.
 */
final class NodePool {
  private static final Logger LOG = LoggerFactory.getLogger(NodePool.class);
  private static final int FIRST_LOCAL_PORT = 10_000;
  private static final int LOCAL_PORTS = 50_000;

  private final ServerNode node;
  private final Connector connector;
  private final ReconnectionPolicy reconnection;
  private final DriverMetrics metrics;
  private final int sizeWithoutShards;
  private final EventLoop loop;
  private final Runnable onUp;
  private final Runnable onDown;
  private final CompletableFuture<Void> firstTry = new CompletableFuture<>();

  private volatile Connection[] connections = new Connection[1];
  private volatile Sharding sharding = Sharding.NONE;
  private volatile String keyspace;
  private volatile boolean closed;
  private volatile Throwable lastError;

  private int failures;

  /** How many connections came to shards that had one already, since one came to another. */
  private int surplus;

  private boolean opening;
  private boolean retryScheduled;
  private boolean up;

  NodePool(
      ServerNode node,
      Connector connector,
      ReconnectionPolicy reconnection,
      DriverMetrics metrics,
      int sizeWithoutShards,
      String keyspace,
      EventLoop loop,
      Runnable onUp,
      Runnable onDown) {
    this.node = node;
    this.connector = connector;
    this.reconnection = reconnection;
    this.metrics = metrics;
    this.sizeWithoutShards = sizeWithoutShards;
    this.keyspace = keyspace;
    this.loop = loop;
    this.onUp = onUp;
    this.onDown = onDown;
  }

  /** Opens the connections; the future completes when the first try has ended, whatever came. */
  CompletableFuture<Void> start() {
    EventLoops.execute(loop, this::fill);
    return firstTry;
  }

  /** Tries at once what waits to be tried again. */
  void reconnectNow() {
    EventLoops.execute(
        loop,
        () -> {
          failures = 0;
          fill();
        });
  }

  Connection pick(boolean hasToken, long token) {
    Connection[] all = connections;
    int length = all.length;
    int first = 0;
    if (length > 1) {
      first =
          hasToken && sharding.count() == length
              ? sharding.shardOf(token)
              : ThreadLocalRandom.current().nextInt(length);
    }
    for (int i = 0; i < length; i++) {
      Connection connection = all[first + i < length ? first + i : first + i - length];
      if (connection != null && connection.isUsable()) {
        return connection;
      }
    }
    return null;
  }

  boolean isUp() {
    for (Connection connection : connections) {
      if (connection != null && connection.isUsable()) {
        return true;
      }
    }
    return false;
  }

  /** What the last try failed with, or null. */
  Throwable lastError() {
    return lastError;
  }

  int size() {
    int size = 0;
    for (Connection connection : connections) {
      size += connection != null && connection.isUsable() ? 1 : 0;
    }
    return size;
  }

  int load() {
    int load = 0;
    for (Connection connection : connections) {
      load += connection == null ? 0 : connection.load();
    }
    return load;
  }

  int shardCount() {
    return sharding.count();
  }

  private int missing() {
    Connection[] all = connections;
    for (int i = 0; i < all.length; i++) {
      if (all[i] == null) {
        return i;
      }
    }
    return -1;
  }

  /** Opens one of the connections that are missing; goes on when it is open. */
  private void fill() {
    int shard = missing();
    if (closed || opening || shard < 0) {
      return;
    }
    opening = true;
    InetSocketAddress address = node.address();
    int localPort = 0;
    // Without that port the server chooses the shard; and the client's port may be taken. A node
    // that was away may have other shards now, and another port for them: it is asked first.
    if (isUp() && sharding.awarePort() > 0 && surplus < 8) {
      address = new InetSocketAddress(address.getAddress(), sharding.awarePort());
      int any = FIRST_LOCAL_PORT + ThreadLocalRandom.current().nextInt(LOCAL_PORTS);
      localPort = any - any % sharding.count() + shard;
    }
    String used = keyspace;
    connector
        .open(address, used, localPort)
        .whenComplete(
            (opened, error) ->
                EventLoops.execute(
                    loop,
                    () -> {
                      if (error != null) {
                        opening = false;
                        failed(Connector.unwrap(error));
                        firstTry.complete(null);
                      } else {
                        take(opened, used);
                      }
                    }));
  }

  /** Takes a connection in once it is in the keyspace of now: statements may follow at once. */
  private void take(Connector.Opened opened, String usedKeyspace) {
    String wanted = keyspace;
    if (java.util.Objects.equals(wanted, usedKeyspace)) {
      opening = false;
      opened(opened);
      firstTry.complete(null);
      return;
    }
    Handshake.use(opened.connection(), connector.settings(), wanted)
        .whenComplete(
            (done, error) ->
                EventLoops.execute(
                    loop,
                    () -> {
                      if (error == null) {
                        take(opened, wanted);
                      } else {
                        opening = false;
                        opened.connection().close();
                        failed(Connector.unwrap(error));
                        firstTry.complete(null);
                      }
                    }));
  }

  private void failed(Throwable error) {
    if (closed) {
      return;
    }
    if (isUp() && sharding.awarePort() > 0 && surplus < 8) {
      surplus++;
      fill();
      return;
    }
    failures++;
    lastError = error;
    LOG.debug("Cannot connect to {}: {}", node, error.getMessage());
    later();
  }

  private void later() {
    if (!retryScheduled && !closed) {
      retryScheduled = true;
      long delay = reconnection.delay(Math.max(1, failures)).toNanos();
      loop.schedule(
          () -> {
            retryScheduled = false;
            fill();
          },
          delay,
          TimeUnit.NANOSECONDS);
    }
  }

  private void opened(Connector.Opened opened) {
    Connection connection = opened.connection();
    if (closed) {
      connection.close();
      return;
    }
    failures = 0;
    lastError = null;
    Sharding announced = Sharding.of(opened.supported(), connector.settings().tls() != null);
    int wanted = announced.count() > 1 ? announced.count() : sizeWithoutShards;
    if (wanted != connections.length) {
      // The first connection tells the number of shards; later ones that it was changed.
      for (Connection other : connections) {
        if (other != null) {
          other.leave();
        }
      }
      connections = new Connection[wanted];
    }
    sharding = announced;
    int slot = announced.count() > 1 ? announced.shard() : Math.max(0, missing());
    if (connections[slot] != null) {
      connection.close();
      // The server may give the shards out in its own order; not for ever.
      if (++surplus <= 8 + 4 * wanted) {
        fill();
      } else {
        surplus = 0;
        failures = Integer.MAX_VALUE - 1;
        later();
      }
      return;
    }
    surplus = 0;
    metrics.connectionOpened(node);
    put(slot, connection);
    connection.schedule(() -> watch(connection), 0);
    if (!up) {
      up = true;
      onUp.run();
    }
    fill();
  }

  private void put(int slot, Connection connection) {
    Connection[] copy = connections.clone();
    copy[slot] = connection;
    connections = copy;
  }

  /** On the connection's event loop: it may have ended already. */
  private void watch(Connection connection) {
    connection.onLeave(left -> EventLoops.execute(loop, () -> remove(left)));
    connection.onClose(
        ended -> {
          EventLoops.execute(loop, () -> remove(ended));
          metrics.connectionClosed(node);
        });
    if (!connection.isUsable()) {
      EventLoops.execute(loop, () -> remove(connection));
    }
  }

  private void remove(Connection connection) {
    Connection[] all = connections;
    boolean found = false;
    for (int i = 0; i < all.length; i++) {
      if (all[i] == connection) {
        put(i, null);
        found = true;
      }
    }
    if (!found || closed) {
      return;
    }
    if (up && !isUp()) {
      up = false;
      onDown.run();
    }
    // One that was open is opened again at once; if that fails, the policy has its say.
    fill();
  }

  /** Changes the keyspace of all connections. */
  CompletableFuture<Void> useKeyspace(String name) {
    keyspace = name;
    CompletableFuture<?>[] changes =
        java.util.Arrays.stream(connections)
            .filter(connection -> connection != null && connection.isUsable())
            .map(connection -> Handshake.use(connection, connector.settings(), name))
            .toArray(CompletableFuture[]::new);
    return CompletableFuture.allOf(changes);
  }

  /** Ends the connections; with what is on its way if that is wanted. */
  void close(boolean atOnce) {
    closed = true;
    EventLoops.execute(
        loop,
        () -> {
          for (Connection connection : connections) {
            if (connection != null) {
              if (atOnce) {
                connection.close();
              } else {
                connection.leave();
              }
            }
          }
          if (up) {
            up = false;
            onDown.run();
          }
          firstTry.complete(null);
        });
  }
}
