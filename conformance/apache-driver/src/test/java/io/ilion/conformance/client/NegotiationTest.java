package io.ilion.conformance.client;

import static org.assertj.core.api.Assertions.assertThat;

import com.datastax.oss.driver.api.core.CqlSession;
import com.datastax.oss.driver.api.core.DefaultProtocolVersion;
import com.datastax.oss.driver.api.core.config.DefaultDriverOption;
import com.datastax.oss.driver.api.core.cql.SimpleStatement;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NegotiationTest {
  /** Compresses well, and in version 5 spans several segments. */
  private static final String LARGE = "a line that repeats itself, ".repeat(20_000);

  @Test
  void theDriverChoosesTheNewestVersion() {
    try (CqlSession session = DriverSession.open()) {
      assertThat(session.getContext().getProtocolVersion()).isEqualTo(DefaultProtocolVersion.V5);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "V3,none",
    "V3,lz4",
    "V3,snappy",
    "V4,none",
    "V4,lz4",
    "V4,snappy",
    "V5,none",
    "V5,lz4"
  })
  void everyVersionAndCompressionCarriesSmallAndLargeMessages(String version, String compression) {
    var config =
        DriverSession.withoutSchema()
            .withString(DefaultDriverOption.PROTOCOL_VERSION, version)
            .withString(DefaultDriverOption.PROTOCOL_COMPRESSION, compression);
    try (CqlSession session = DriverSession.builder(config).build()) {
      assertThat(session.getContext().getProtocolVersion().name()).isEqualTo(version);
      String keyspace = "negotiation_" + version + "_" + compression;
      session.execute("DROP KEYSPACE IF EXISTS " + keyspace);
      session.execute(
          "CREATE KEYSPACE "
              + keyspace
              + " WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}");
      session.execute("CREATE TABLE " + keyspace + ".t (k int PRIMARY KEY, v text)");
      var insert = session.prepare("INSERT INTO " + keyspace + ".t (k, v) VALUES (?, ?)");
      for (int k = 0; k < 20; k++) {
        session.execute(insert.bind(k, "small " + k));
      }
      session.execute(insert.bind(20, LARGE));
      for (int k = 0; k < 20; k++) {
        var row =
            session
                .execute(
                    SimpleStatement.newInstance("SELECT v FROM " + keyspace + ".t WHERE k = ?", k))
                .one();
        assertThat(row.getString("v")).isEqualTo("small " + k);
      }
      var row = session.execute("SELECT v FROM " + keyspace + ".t WHERE k = 20").one();
      assertThat(row.getString("v")).isEqualTo(LARGE);
      session.execute("DROP KEYSPACE " + keyspace);
    }
  }
}
