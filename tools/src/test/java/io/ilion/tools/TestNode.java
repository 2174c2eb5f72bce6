package io.ilion.tools;

import io.ilion.driver.Row;
import io.ilion.driver.Session;
import io.ilion.server.Node;
import io.ilion.server.config.Config;
import io.ilion.server.config.Settings;
import io.ilion.tools.bench.peer.Cassandra;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** A node in this process or Cassandra, with an empty keyspace "ks", and a session with it. */
public final class TestNode implements AutoCloseable {
  /** The tag of tests that hold of Cassandra as well; {@code mvn verify -Ppeer} runs them. */
  public static final String PEER = "peer";

  private static final long MEMORY = 256L << 20;

  /** Null if it is Cassandra. */
  private final Node node;

  private final InetSocketAddress address;
  private final Session session;

  private TestNode(Node node, InetSocketAddress address) {
    this.node = node;
    this.address = address;
    this.session = session();
    session.execute("DROP KEYSPACE IF EXISTS ks");
    session.execute(
        "CREATE KEYSPACE ks WITH replication ="
            + " {'class': 'SimpleStrategy', 'replication_factor': 1}");
  }

  /** The settings of a small node that takes any ports that are free. */
  public static Config settings(Path data) {
    return Config.defaults(2)
        .with(Settings.DATA_DIRECTORY, data.toString())
        .with(Settings.NATIVE_TRANSPORT_PORT, 0)
        .with(Settings.NATIVE_SHARD_AWARE_TRANSPORT_PORT, 0)
        .with(Settings.HTTP_PORT, 0)
        .with(Settings.MEMORY, MEMORY);
  }

  /** Starts one. */
  public static TestNode start(Path data) throws IOException {
    Node node = Node.start(settings(data));
    return new TestNode(node, node.nativeAddress());
  }

  /** Starts one, or takes Cassandra if that is wanted. */
  public static TestNode orPeer(Path data) throws IOException {
    return isPeer() ? new TestNode(null, Peer.ADDRESS) : start(data);
  }

  /** Whether {@code -Dilion.peer=true} asks for Cassandra. */
  public static boolean isPeer() {
    return Boolean.getBoolean("ilion.peer");
  }

  /** Where the one Cassandra of this process serves CQL; it ends with the process. */
  public static InetSocketAddress peer() {
    return Peer.ADDRESS;
  }

  private static final class Peer {
    static final InetSocketAddress ADDRESS = start();

    private static InetSocketAddress start() {
      try {
        Cassandra.Installation found = Cassandra.find(null, System.getenv());
        Cassandra peer = Cassandra.start(found, "1G", null, Cassandra.PATIENT);
        Runtime.getRuntime().addShutdownHook(new Thread(peer::close));
        return new InetSocketAddress(peer.address().getHostString(), peer.address().getPort());
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IllegalStateException(e);
      }
    }
  }

  /** A session with a node of this process, for who closes it. */
  public static Session connect(Node node) {
    return Session.builder().contactPoint(node.nativeAddress()).connect();
  }

  /** A session of its own, for who closes it. */
  public Session session() {
    // Cassandra takes its time to change a schema.
    return Session.builder()
        .contactPoint(address)
        .defaults(io.ilion.driver.Settings.NONE.timeout(Duration.ofSeconds(60)))
        .connect();
  }

  /** Where it serves CQL. */
  public InetSocketAddress nativeAddress() {
    return address;
  }

  /** The rows of a statement. */
  public List<Row> query(String statement) {
    return session.execute(statement).all();
  }

  /** The port of its operations. */
  public int httpPort() {
    return node.httpAddress().getPort();
  }

  @Override
  public void close() {
    session.close();
    if (node != null) {
      node.close();
    }
  }
}
