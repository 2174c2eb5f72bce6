package io.ilion.tools;

import io.ilion.driver.Session;
import io.ilion.server.Node;
import io.ilion.server.config.Config;
import io.ilion.server.config.Settings;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Three small nodes in this process that are one cluster, at 127.0.5.1 to 127.0.5.3: no connection
 * that another process begins has a port there.
 */
public final class TestCluster implements AutoCloseable {
  private static final int NODES = 3;
  private static final long MEMORY = 256L << 20;

  private final Path data;
  private final int nativePort;
  private final int storagePort;
  private final int httpPort;
  private final List<Node> nodes = new ArrayList<>();
  private final Session session;

  private TestCluster(Path data) throws IOException {
    this.data = data;
    int[] ports = FreePorts.at(address(0), 3);
    nativePort = ports[0];
    storagePort = ports[1];
    httpPort = ports[2];
    for (int i = 0; i < NODES; i++) {
      nodes.add(open(i));
    }
    session = Session.builder().contactPoint(address(0), nativePort).connect();
  }

  /** Starts one, with its data in directories that are named as its addresses. */
  public static TestCluster start(Path data) throws IOException {
    return new TestCluster(data);
  }

  private Node open(int index) throws IOException {
    String address = address(index);
    return Node.start(
        Config.defaults(1)
            .with(Settings.DATA_DIRECTORY, data.resolve(address).toString())
            .with(Settings.ADDRESS, address)
            .with(Settings.BROADCAST_ADDRESS, address)
            .with(Settings.BROADCAST_RPC_ADDRESS, address)
            .with(Settings.SEEDS, List.of(address(0)))
            .with(Settings.NATIVE_TRANSPORT_PORT, nativePort)
            .with(Settings.NATIVE_SHARD_AWARE_TRANSPORT_PORT, -1)
            .with(Settings.STORAGE_PORT, storagePort)
            .with(Settings.HTTP_ADDRESS, address)
            .with(Settings.HTTP_PORT, httpPort)
            .with(Settings.DISK_FREE_RESERVE, 0L)
            .with(Settings.MEMORY, MEMORY));
  }

  /** The address of a node, the first of which is 0. */
  public String address(int index) {
    return "127.0.5." + (index + 1);
  }

  /** The port where each of them serves CQL. */
  public int nativePort() {
    return nativePort;
  }

  /** The port of the operations of each. */
  public int httpPort() {
    return httpPort;
  }

  /** A session with all of them. */
  public Session session() {
    return session;
  }

  /** Ends a node; the others know of it at once. */
  public void stop(int index) {
    nodes.get(index).close();
  }

  /** Starts a node again that was ended. */
  public void startAgain(int index) throws IOException {
    nodes.set(index, open(index));
  }

  @Override
  public void close() {
    session.close();
    nodes.forEach(Node::close);
  }
}
