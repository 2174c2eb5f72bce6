package io.ilion.tools;

import io.ilion.driver.Row;
import io.ilion.driver.Session;
import io.ilion.server.Node;
import io.ilion.server.config.Config;
import io.ilion.server.config.Settings;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.List;

/** A node in this process, with a keyspace "ks", and a session with it. */
public final class TestNode implements AutoCloseable {
  private static final long MEMORY = 256L << 20;

  private final Node node;
  private final Session session;

  private TestNode(Node node) {
    this.node = node;
    this.session = connect(node);
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
    return new TestNode(Node.start(settings(data)));
  }

  /** A session with a node of this process, for who closes it. */
  public static Session connect(Node node) {
    return Session.builder().contactPoint(node.nativeAddress()).connect();
  }

  /** A session of its own, for who closes it. */
  public Session session() {
    return connect(node);
  }

  /** Where it serves CQL. */
  public InetSocketAddress nativeAddress() {
    return node.nativeAddress();
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
    node.close();
  }
}
