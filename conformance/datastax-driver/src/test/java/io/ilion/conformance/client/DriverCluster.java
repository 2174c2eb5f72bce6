package io.ilion.conformance.client;

import com.datastax.driver.core.Cluster;
import com.datastax.driver.core.Session;
import com.datastax.driver.core.SocketOptions;
import io.ilion.conformance.server.ServerUnderTest;

/** Opens clusters, as version 3 of the driver calls them, at the server under test. */
final class DriverCluster {
  private DriverCluster() {}

  static Cluster.Builder builder() {
    return Cluster.builder()
        .addContactPointsWithPorts(ServerUnderTest.address())
        .withoutJMXReporting()
        .withSocketOptions(
            new SocketOptions().setReadTimeoutMillis(20_000).setConnectTimeoutMillis(20_000));
  }

  /** A session in a keyspace made anew; its cluster is to be closed. */
  static Session openIn(Cluster cluster, String keyspace) {
    Session session = cluster.connect();
    session.execute("DROP KEYSPACE IF EXISTS " + keyspace);
    session.execute(
        "CREATE KEYSPACE "
            + keyspace
            + " WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}");
    session.execute("USE " + keyspace);
    return session;
  }
}
