package io.ilion.conformance.server;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;

/**
 * The one server that the tests of a JVM share: what listens at {@code -Dilion.target=HOST:PORT},
 * be it ours or Apache Cassandra, or else a node of ours, started with the first use and killed
 * with the JVM.
 */
public final class ServerUnderTest {
  private ServerUnderTest() {}

  /** Where the server speaks CQL. */
  public static InetSocketAddress address() {
    String target = System.getProperty("ilion.target");
    if (target == null) {
      return OwnNode.PROCESS.address();
    }
    int colon = target.lastIndexOf(':');
    return new InetSocketAddress(
        target.substring(0, colon), Integer.parseInt(target.substring(colon + 1)));
  }

  private static final class OwnNode {
    static final ServerProcess PROCESS = start();

    private static ServerProcess start() {
      try {
        ServerProcess process = ServerProcess.start();
        Runtime.getRuntime().addShutdownHook(new Thread(process::close));
        return process;
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }
}
