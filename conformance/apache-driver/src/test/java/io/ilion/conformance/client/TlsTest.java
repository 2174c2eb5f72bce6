package io.ilion.conformance.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.datastax.oss.driver.api.core.AllNodesFailedException;
import com.datastax.oss.driver.api.core.CqlSession;
import com.datastax.oss.driver.api.core.config.DefaultDriverOption;
import com.datastax.oss.driver.api.core.config.ProgrammaticDriverConfigLoaderBuilder;
import com.datastax.oss.driver.api.core.cql.Row;
import com.datastax.oss.driver.internal.core.ssl.DefaultSslEngineFactory;
import io.ilion.conformance.server.ServerProcess;
import io.ilion.conformance.server.TestCertificates;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The driver's own settings for TLS, with stores of keys as its users have them. */
class TlsTest {
  private static final String LARGE = "a line that repeats itself, ".repeat(20_000);

  @TempDir private static Path directory;
  private static TestCertificates certificates;
  private static TestCertificates others;
  private static ServerProcess server;

  @BeforeAll
  static void start() throws Exception {
    certificates = TestCertificates.make(Files.createDirectory(directory.resolve("house")));
    others = TestCertificates.make(Files.createDirectory(directory.resolve("others")));
    server = ServerProcess.start(List.of(), certificates.serverOptions());
  }

  @AfterAll
  static void stop() {
    if (server != null) {
      server.close();
    }
  }

  private static ProgrammaticDriverConfigLoaderBuilder encrypted(
      TestCertificates own, TestCertificates trusted) {
    return DriverSession.withoutSchema()
        .withClass(DefaultDriverOption.SSL_ENGINE_FACTORY_CLASS, DefaultSslEngineFactory.class)
        .withBoolean(DefaultDriverOption.SSL_HOSTNAME_VALIDATION, true)
        .withString(DefaultDriverOption.SSL_TRUSTSTORE_PATH, trusted.store().toString())
        .withString(DefaultDriverOption.SSL_TRUSTSTORE_PASSWORD, TestCertificates.PASSWORD)
        .withString(DefaultDriverOption.SSL_KEYSTORE_PATH, own.store().toString())
        .withString(DefaultDriverOption.SSL_KEYSTORE_PASSWORD, TestCertificates.PASSWORD);
  }

  private static CqlSession open(ProgrammaticDriverConfigLoaderBuilder config) {
    return DriverSession.builderAt(server.address(), config).build();
  }

  @ParameterizedTest
  @CsvSource({"V4,snappy", "V5,lz4", "V5,none"})
  void everythingGoesThroughAndTheNodeKnowsHow(String version, String compression) {
    try (CqlSession session =
        open(
            encrypted(certificates, certificates)
                .withString(DefaultDriverOption.PROTOCOL_VERSION, version)
                .withString(DefaultDriverOption.PROTOCOL_COMPRESSION, compression))) {
      session.execute(
          "CREATE KEYSPACE IF NOT EXISTS tls WITH replication ="
              + " {'class': 'SimpleStrategy', 'replication_factor': 1}");
      session.execute("CREATE TABLE IF NOT EXISTS tls.t (k int PRIMARY KEY, v text)");
      var insert = session.prepare("INSERT INTO tls.t (k, v) VALUES (?, ?)");
      for (int k = 0; k < 100; k++) {
        session.execute(insert.bind(k, "small " + k));
      }
      session.execute(insert.bind(100, LARGE));
      Row row = session.execute("SELECT v FROM tls.t WHERE k = 100").one();
      assertThat(row.getString("v")).isEqualTo(LARGE);
      for (Row client :
          session.execute(
              "SELECT ssl_enabled, ssl_protocol, ssl_cipher_suite FROM system_views.clients")) {
        assertThat(client.getBoolean("ssl_enabled")).isTrue();
        assertThat(client.getString("ssl_protocol")).isEqualTo("TLSv1.3");
        assertThat(client.getString("ssl_cipher_suite")).startsWith("TLS_AES_");
      }
    }
  }

  @Test
  void whoHasOrTrustsAnotherAuthorityIsNotConnected() {
    assertThatThrownBy(() -> open(encrypted(others, certificates)).close())
        .isInstanceOf(AllNodesFailedException.class);
    assertThatThrownBy(() -> open(encrypted(certificates, others)).close())
        .isInstanceOf(AllNodesFailedException.class);
    open(encrypted(certificates, certificates)).close();
  }

  @Test
  void whoDoesNotEncryptIsToldToDoSo() {
    assertThatThrownBy(() -> open(DriverSession.withoutSchema()).close())
        .isInstanceOf(AllNodesFailedException.class)
        .hasStackTraceContaining("This node talks with clients by TLS only (client_encryption)");
  }
}
