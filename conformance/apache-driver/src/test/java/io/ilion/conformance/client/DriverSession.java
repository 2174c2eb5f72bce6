package io.ilion.conformance.client;

import com.datastax.oss.driver.api.core.CqlSession;
import com.datastax.oss.driver.api.core.CqlSessionBuilder;
import com.datastax.oss.driver.api.core.config.DefaultDriverOption;
import com.datastax.oss.driver.api.core.config.DriverConfigLoader;
import com.datastax.oss.driver.api.core.config.ProgrammaticDriverConfigLoaderBuilder;
import com.datastax.oss.driver.api.core.metadata.schema.SchemaChangeListenerBase;
import io.ilion.conformance.server.ServerUnderTest;
import java.net.InetSocketAddress;
import java.time.Duration;

/** Opens sessions of the driver to the server under test. */
public final class DriverSession {
  private DriverSession() {}

  /** The settings of every session: patient, and quick to see a schema change. */
  public static ProgrammaticDriverConfigLoaderBuilder config() {
    return DriverConfigLoader.programmaticBuilder()
        .withDuration(DefaultDriverOption.REQUEST_TIMEOUT, Duration.ofSeconds(20))
        .withDuration(DefaultDriverOption.CONNECTION_INIT_QUERY_TIMEOUT, Duration.ofSeconds(20))
        .withDuration(DefaultDriverOption.CONTROL_CONNECTION_TIMEOUT, Duration.ofSeconds(20))
        .withDuration(DefaultDriverOption.METADATA_SCHEMA_REQUEST_TIMEOUT, Duration.ofSeconds(20))
        .withDuration(DefaultDriverOption.METADATA_SCHEMA_WINDOW, Duration.ofMillis(5))
        .withInt(DefaultDriverOption.REQUEST_TRACE_ATTEMPTS, 1000)
        .withBoolean(DefaultDriverOption.REQUEST_WARN_IF_SET_KEYSPACE, false);
  }

  /** A builder of sessions with these settings. */
  static CqlSessionBuilder builder(ProgrammaticDriverConfigLoaderBuilder config) {
    return builderAt(ServerUnderTest.address(), config);
  }

  /** A builder of sessions to the server at this address. */
  public static CqlSessionBuilder builderAt(
      InetSocketAddress address, ProgrammaticDriverConfigLoaderBuilder config) {
    return CqlSession.builder()
        .addContactPoint(address)
        .withLocalDatacenter(System.getProperty("ilion.datacenter", localDatacenter()))
        .withConfigLoader(config.build());
  }

  /** A session with the usual settings and without a keyspace. */
  static CqlSession open() {
    return builder(config()).build();
  }

  /** The same with the server at this address. */
  public static CqlSession openAt(InetSocketAddress address) {
    return builderAt(address, config()).build();
  }

  /** A session whose keyspace of this name is made anew. */
  public static CqlSession openIn(String keyspace) {
    try (CqlSession session = builder(withoutSchema()).build()) {
      session.execute("DROP KEYSPACE IF EXISTS " + keyspace);
      session.execute(
          "CREATE KEYSPACE "
              + keyspace
              + " WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}");
    }
    return builder(config()).withKeyspace(keyspace).build();
  }

  /** A session that reports schema changes to the listener. */
  static CqlSession open(SchemaChangeListenerBase listener) {
    return builder(config()).withSchemaChangeListener(listener).build();
  }

  static ProgrammaticDriverConfigLoaderBuilder withoutSchema() {
    return config().withBoolean(DefaultDriverOption.METADATA_SCHEMA_ENABLED, false);
  }

  private static String localDatacenter() {
    // Ours is named so by default, Cassandra's is named datacenter1.
    return System.getProperty("ilion.target") == null ? "dc1" : "datacenter1";
  }
}
