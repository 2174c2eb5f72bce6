package io.ilion.conformance.driver;

import io.ilion.conformance.server.ServerUnderTest;
import io.ilion.driver.Session;
import io.ilion.driver.SessionBuilder;
import io.ilion.driver.Settings;
import java.time.Duration;

/** Sessions of the driver with the server that is tested. */
final class Cluster {
  private Cluster() {}

  static SessionBuilder builder() {
    return Session.builder()
        .contactPoint(ServerUnderTest.address())
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
}
