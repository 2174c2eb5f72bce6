package io.ilion.conformance.driver;

import io.ilion.conformance.server.ServerUnderTest;
import io.ilion.driver.Session;
import io.ilion.driver.SessionBuilder;
import io.ilion.driver.Settings;
import io.ilion.tools.bench.peer.Cassandra;
import java.net.InetSocketAddress;
import java.time.Duration;

/**
 * Sessions of the driver with the server that is tested; with {@code -Dilion.peer=true} that is
 * Cassandra, started for it.
 */
final class Cluster {
  /** The tag of tests that hold of Cassandra as well; {@code mvn verify -Ppeer} runs them. */
  static final String PEER = "peer";

  private Cluster() {}

  static SessionBuilder builder() {
    return Session.builder()
        .contactPoint(Boolean.getBoolean("ilion.peer") ? Peer.ADDRESS : ServerUnderTest.address())
        .defaults(Settings.NONE.timeout(Duration.ofSeconds(20)));
  }

  /** A session in a keyspace that is there afterwards, and empty. */
  static Session connect(String keyspace) {
    try (Session session = builder().connect()) {
      session.execute("DROP KEYSPACE IF EXISTS " + keyspace);
      session.execute(
          "CREATE KEYSPACE "
              + keyspace
              + " WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}");
    }
    return builder().keyspace(keyspace).connect();
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
}
