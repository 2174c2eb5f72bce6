package io.ilion.tools;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ilion.driver.Session;
import io.ilion.driver.SimpleStatement;
import io.ilion.model.Consistency;
import io.ilion.server.Node;
import io.ilion.server.config.Config;
import io.ilion.server.config.ConfigException;
import io.ilion.server.config.Encryption;
import io.ilion.server.config.Settings;
import io.ilion.tools.shell.TestCertificate;
import java.io.EOFException;
import java.io.IOException;
import java.net.SocketException;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Nodes that talk TLS with each other. */
@Timeout(value = 180, unit = TimeUnit.SECONDS)
class EncryptedClusterTest {
  private static final String NETWORK = "127.0.4.";
  private static final int NODES = 3;
  private static final long MEMORY = 256L << 20;

  @TempDir static Path certificates;
  private static TestCertificate certificate;

  @TempDir Path data;
  private final Node[] nodes = new Node[NODES];
  private int nativePort;
  private int storagePort;

  @BeforeAll
  static void makeCertificate() throws Exception {
    certificate = TestCertificate.make(certificates);
  }

  @BeforeEach
  void choosePorts() {
    int[] ports = FreePorts.at(address(0), 2);
    nativePort = ports[0];
    storagePort = ports[1];
  }

  @AfterEach
  void stop() {
    for (Node node : nodes) {
      if (node != null) {
        node.close();
      }
    }
  }

  private static String address(int index) {
    return NETWORK + (index + 1);
  }

  private Config config(int index, Encryption encryption) {
    String address = address(index);
    return Config.defaults(2)
        .with(Settings.DATA_DIRECTORY, data.resolve(address).toString())
        .with(Settings.ADDRESS, address)
        .with(Settings.BROADCAST_ADDRESS, address)
        .with(Settings.BROADCAST_RPC_ADDRESS, address)
        .with(Settings.SEEDS, List.of(address(0), address(1)))
        .with(Settings.NATIVE_TRANSPORT_PORT, nativePort)
        .with(Settings.NATIVE_SHARD_AWARE_TRANSPORT_PORT, -1)
        .with(Settings.STORAGE_PORT, storagePort)
        .with(Settings.HTTP_PORT, -1)
        .with(Settings.DISK_FREE_RESERVE, 0L)
        .with(Settings.MEMORY, MEMORY)
        .with(Settings.INTERNODE_ENCRYPTION, encryption)
        .with(Settings.INTERNODE_CERTIFICATE, certificate.own().toString())
        .with(Settings.INTERNODE_PRIVATE_KEY, certificate.own().toString())
        .with(Settings.INTERNODE_TRUSTED_CERTIFICATES, certificate.pem().toString());
  }

  private void start(int index, Encryption encryption) throws IOException {
    nodes[index] = Node.start(config(index, encryption));
  }

  private Session connect(int index) {
    return Session.builder()
        .contactPoint(address(index), nativePort)
        .defaults(
            io.ilion.driver.Settings.NONE
                .timeout(Duration.ofSeconds(20))
                .consistency(Consistency.QUORUM))
        .connect();
  }

  private static void createTable(Session session) {
    session.execute(
        "CREATE KEYSPACE ks WITH replication ="
            + " {'class': 'SimpleStrategy', 'replication_factor': 3}");
    session.execute("CREATE TABLE ks.t (k int PRIMARY KEY, v text)");
  }

  private static void insert(Session session, int key) {
    session.execute("INSERT INTO ks.t (k, v) VALUES (" + key + ", '" + "v".repeat(1_000) + "')");
  }

  private static int rows(Session session, Consistency consistency) {
    return session
        .execute(SimpleStatement.of("SELECT k, v FROM ks.t").consistency(consistency))
        .all()
        .size();
  }

  /** Whether the port for other nodes talks TLS to who asks for that. */
  private boolean talksTls(int index) throws Exception {
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, new TrustManager[] {new Anybody()}, null);
    try (SSLSocket socket =
        (SSLSocket) context.getSocketFactory().createSocket(address(index), storagePort)) {
      socket.setSoTimeout(10_000);
      socket.startHandshake();
      return true;
    } catch (SSLException | EOFException | SocketException e) {
      return false;
    }
  }

  private static final class Anybody implements X509TrustManager {
    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type) {}

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return new X509Certificate[0];
    }
  }

  @Test
  void rowsAreWrittenReadAndFetchedByWhoJoins() throws Exception {
    start(0, Encryption.ALL);
    start(1, Encryption.ALL);
    int count = 3_000;
    try (Session session = connect(0)) {
      createTable(session);
      for (int k = 0; k < count; k++) {
        insert(session, k);
      }
      start(2, Encryption.ALL);
      for (int k = count; k < 2 * count; k += 10) {
        insert(session, k);
      }
    }
    int written = count + count / 10;
    try (Session session = connect(2)) {
      assertThat(rows(session, Consistency.QUORUM)).isEqualTo(written);
      assertThat(rows(session, Consistency.ALL)).isEqualTo(written);
    }
    // Alone it has what it fetched when it joined, and what was written since.
    nodes[0].close();
    nodes[1].close();
    try (Session session = connect(2)) {
      assertThat(rows(session, Consistency.ONE)).isEqualTo(written);
    }
    assertThat(talksTls(2)).isTrue();
  }

  @Test
  void aRunningClusterIsMovedToTlsAndNoRequestFails() throws Exception {
    for (int i = 0; i < NODES; i++) {
      start(i, Encryption.NONE);
    }
    assertThat(talksTls(0)).isFalse();
    try (Session session = connect(0)) {
      createTable(session);
      Queue<RuntimeException> failures = new ConcurrentLinkedQueue<>();
      AtomicBoolean isOver = new AtomicBoolean();
      List<Integer> written = new ArrayList<>();
      Thread client =
          Thread.ofPlatform()
              .start(
                  () -> {
                    for (int k = 0; !isOver.get(); k++) {
                      try {
                        insert(session, k);
                        written.add(k);
                      } catch (RuntimeException e) {
                        failures.add(e);
                      }
                    }
                  });
      try {
        for (Encryption next : List.of(Encryption.OPTIONAL, Encryption.ALL)) {
          for (int i = 0; i < NODES; i++) {
            nodes[i].close();
            start(i, next);
          }
        }
      } finally {
        isOver.set(true);
        client.join();
      }
      assertThat(failures).isEmpty();
      assertThat(written.size()).isGreaterThan(100);
      assertThat(rows(session, Consistency.ALL)).isEqualTo(written.size());
    }
    for (int i = 0; i < NODES; i++) {
      assertThat(talksTls(i)).as("node %d", i).isTrue();
    }
  }

  @Test
  void aWrongFileEndsTheStart() {
    Path missing = data.resolve("missing.pem");
    Config config =
        config(0, Encryption.ALL).with(Settings.INTERNODE_CERTIFICATE, missing.toString());
    assertThatThrownBy(() -> Node.start(config))
        .isInstanceOf(ConfigException.class)
        .hasMessage("internode_certificate: " + missing + ": there is no such file");
  }
}
