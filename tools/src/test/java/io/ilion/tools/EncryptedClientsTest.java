package io.ilion.tools;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ilion.driver.Session;
import io.ilion.driver.SessionBuilder;
import io.ilion.driver.SimpleStatement;
import io.ilion.driver.TlsOptions;
import io.ilion.model.Consistency;
import io.ilion.server.Node;
import io.ilion.server.config.Config;
import io.ilion.server.config.ConfigException;
import io.ilion.server.config.Encryption;
import io.ilion.server.config.Settings;
import io.ilion.server.tls.PemFile;
import io.ilion.server.tls.PemKeys;
import io.ilion.tools.shell.TestCertificate;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** Clients that talk TLS with nodes: our driver, and the commands. */
@Timeout(value = 180, unit = TimeUnit.SECONDS)
class EncryptedClientsTest {
  private static final String NETWORK = "127.0.9.";
  private static final int NODES = 3;
  private static final long MEMORY = 256L << 20;

  @TempDir static Path certificates;
  private static TestCertificate certificate;
  private static TestCertificate other;

  @TempDir Path data;
  private final Node[] nodes = new Node[NODES];
  private int nativePort;
  private int storagePort;

  @BeforeAll
  static void makeCertificates() throws Exception {
    certificate = TestCertificate.make(certificates);
    other = TestCertificate.make(certificates);
  }

  @AfterEach
  void stop() {
    for (Node node : nodes) {
      if (node != null) {
        node.close();
      }
    }
  }

  private static Config encrypted(Config config, Encryption encryption, Path own) {
    return config
        .with(Settings.CLIENT_ENCRYPTION, encryption)
        .with(Settings.CLIENT_ENCRYPTION_CERTIFICATE, own.toString())
        .with(Settings.CLIENT_ENCRYPTION_PRIVATE_KEY, own.toString())
        .with(Settings.CLIENT_ENCRYPTION_TRUSTED_CERTIFICATES, certificate.pem().toString());
  }

  // ---- commands, with a node that demands certificates

  private void startAlone(Path own) throws IOException {
    nodes[0] =
        Node.start(
            encrypted(TestNode.settings(data.resolve("alone")), Encryption.ALL, own)
                .with(Settings.CLIENT_ENCRYPTION_REQUIRE_CLIENT_AUTH, true));
  }

  private record Run(int code, String out, String err) {}

  private Run run(String... words) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    CommandLine ilion =
        Ilion.commandLine(Map.of("NO_COLOR", "1", "HOME", data.resolve("home").toString()));
    ilion.setOut(new PrintWriter(out, true));
    ilion.setErr(new PrintWriter(err, true));
    return new Run(ilion.execute(words), out.toString(), err.toString());
  }

  /** The shell writes where its process does. */
  private Run shell(String... words) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-XX:TieredStopAtLevel=1", "--enable-native-access=ALL-UNNAMED", "-cp"));
    command.add(System.getProperty("java.class.path"));
    command.addAll(List.of("io.ilion.tools.Ilion", "shell"));
    command.addAll(List.of(words));
    Path err = data.resolve("err");
    ProcessBuilder builder = new ProcessBuilder(command).redirectError(err.toFile());
    builder.environment().put("HOME", data.resolve("home").toString());
    Process process = builder.start();
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    return new Run(process.waitFor(), out, Files.readString(err));
  }

  /** A command, where the node is, and what it takes to be let in. */
  private Run runEncrypted(String... words) {
    List<String> all = new ArrayList<>(List.of(words));
    all.addAll(List.of("--host", "127.0.0.1:" + nodes[0].nativeAddress().getPort(), "--ssl"));
    all.addAll(List.of("--tls-ca", certificate.pem().toString()));
    all.addAll(List.of("--tls-cert", certificate.own().toString()));
    return run(all.toArray(String[]::new));
  }

  private Run admin(String operation) {
    int port = nodes[0].httpAddress().getPort();
    return run("admin", "--http-port", Integer.toString(port), operation);
  }

  @Test
  void everyCommandTalksTls() throws Exception {
    startAlone(certificate.own());
    try (Session session = trusting(certificate).contactPoint(nodes[0].nativeAddress()).connect()) {
      session.execute(
          "CREATE KEYSPACE ks WITH replication ="
              + " {'class': 'SimpleStrategy', 'replication_factor': 1}");
      session.execute("CREATE TABLE ks.t (k int PRIMARY KEY, v text)");
    }
    Path file = Files.writeString(data.resolve("in.csv"), "k,v\n1,one\n2,two\n");
    Run load =
        runEncrypted("load", "ks.t", file.toString(), "--dir", data.resolve("load").toString());
    assertThat(load.code()).as("%s", load).isZero();
    Run count = runEncrypted("count", "ks.t");
    assertThat(count.out()).as("%s", count).contains("2");
    Run bench =
        runEncrypted(
            "bench", "run", "counters", "--duration", "0", "--warm-up", "0", "--cycles", "300");
    assertThat(bench.code()).as("%s", bench).isZero();
    assertThat(bench.out()).contains("300");
    assertThat(admin("clientstats").code()).isZero();
  }

  @Test
  void theShellTakesCqlshsFlagsFilesAndVariables() throws Exception {
    startAlone(certificate.own());
    String port = Integer.toString(nodes[0].nativeAddress().getPort());
    String ask = "SELECT ssl_enabled, ssl_protocol, ssl_cipher_suite FROM system_views.clients";
    String own = certificate.own().toString();
    Run plain = shell("127.0.0.1", port, "-e", ask);
    assertThat(plain.code()).as("%s", plain).isEqualTo(1);
    assertThat(plain.err()).contains("by TLS only (client_encryption)");
    Run flags =
        shell(
            "127.0.0.1",
            port,
            "--ssl",
            "--tls-ca",
            certificate.pem().toString(),
            "--tls-cert",
            own,
            "-e",
            ask);
    assertThat(flags.code()).as("%s", flags).isZero();
    assertThat(flags.out()).contains("True", "TLSv1.3", "TLS_AES_256_GCM_SHA384");
    Path home = Files.createDirectories(data.resolve("home/.cassandra"));
    Files.writeString(
        home.resolve("cqlshrc"),
        """
        [connection]
        hostname = 127.0.0.1
        port = %s
        ssl = true
        [ssl]
        certfile = %s
        validate = true
        userkey = %s
        usercert = %s
        """
            .formatted(port, certificate.pem(), own, own));
    Run ofFile = shell("-e", ask);
    assertThat(ofFile.out()).as("%s", ofFile).contains("TLSv1.3");
    Run wrong = shell("--tls-ca", other.pem().toString(), "-e", ask);
    assertThat(wrong.code()).as("%s", wrong).isEqualTo(1);
    assertThat(wrong.err()).contains("TLS: ").contains("--tls-ca");
  }

  @Test
  void certificatesAreReadAgainWhenAnOperatorSaysSo() throws Exception {
    Path own = Files.copy(certificate.own(), data.resolve("own.pem"));
    startAlone(own);
    try (Session before = trusting(certificate).contactPoint(nodes[0].nativeAddress()).connect()) {
      Files.copy(other.own(), own, StandardCopyOption.REPLACE_EXISTING);
      Run reload = admin("reloadssl");
      assertThat(reload.code()).as("%s", reload).isZero();
      assertThat(reload.out()).contains("client_encryption", own.toString(), "CN=node");
      assertThatThrownBy(
              () -> trusting(certificate).contactPoint(nodes[0].nativeAddress()).connect().close())
          .isInstanceOf(RuntimeException.class);
      Files.writeString(own, "nothing");
      Run refused = admin("reloadssl");
      assertThat(refused.code()).isEqualTo(1);
      assertThat(refused.err())
          .contains("client_encryption: " + own + ": there is no certificate in PEM form")
          .contains("what was read before stays in force");
      before.execute("SELECT key FROM system.local");
      try (Session after =
          builder(certificate, other).contactPoint(nodes[0].nativeAddress()).connect()) {
        after.execute("SELECT key FROM system.local");
      }
    }
  }

  @Test
  void whoEncryptsNothingHasNothingToReload() throws Exception {
    nodes[0] = Node.start(TestNode.settings(data.resolve("alone")));
    Run refused = admin("reloadssl");
    assertThat(refused.code()).isEqualTo(1);
    assertThat(refused.err()).contains("no connection of this node is encrypted");
  }

  @Test
  void aWrongFileEndsTheStart() {
    Path missing = data.resolve("missing.pem");
    assertThatThrownBy(() -> startAlone(missing))
        .isInstanceOf(ConfigException.class)
        .hasMessage("client_encryption_certificate: " + missing + ": there is no such file");
  }

  // ---- a cluster

  private static String address(int index) {
    return NETWORK + (index + 1);
  }

  private void choosePorts() {
    int[] ports = FreePorts.at(address(0), 2);
    nativePort = ports[0];
    storagePort = ports[1];
  }

  private void start(int index, Encryption encryption) throws IOException {
    String address = address(index);
    Config config =
        Config.defaults(2)
            .with(Settings.DATA_DIRECTORY, data.resolve(address).toString())
            .with(Settings.ADDRESS, address)
            .with(Settings.BROADCAST_ADDRESS, address)
            .with(Settings.BROADCAST_RPC_ADDRESS, address)
            .with(Settings.SEEDS, List.of(address(0), address(1)))
            .with(Settings.NATIVE_TRANSPORT_PORT, nativePort)
            .with(Settings.NATIVE_SHARD_AWARE_TRANSPORT_PORT, 0)
            .with(Settings.STORAGE_PORT, storagePort)
            .with(Settings.HTTP_PORT, -1)
            .with(Settings.DISK_FREE_RESERVE, 0L)
            .with(Settings.MEMORY, MEMORY);
    nodes[index] = Node.start(encrypted(config, encryption, certificate.own()));
  }

  private static SessionBuilder plain() {
    return Session.builder()
        .defaults(
            io.ilion.driver.Settings.NONE
                .timeout(Duration.ofSeconds(20))
                .consistency(Consistency.QUORUM));
  }

  private static SessionBuilder trusting(TestCertificate trusted) throws Exception {
    return builder(certificate, trusted);
  }

  private static SessionBuilder builder(TestCertificate own, TestCertificate trusted)
      throws Exception {
    SSLContext context = SSLContext.getInstance("TLS");
    PemFile file = new PemFile("own", Files.readString(own.own()));
    context.init(
        PemKeys.keyManagers(file, file),
        PemKeys.trustManagers(new PemFile("ca", Files.readString(trusted.pem()))),
        null);
    return plain().tls(TlsOptions.of(context).withoutHostnameVerification());
  }

  /** Writes rows as fast as it can until it is told to stop. */
  private static final class Writer implements AutoCloseable {
    private final Session session;
    private final Queue<RuntimeException> failures = new ConcurrentLinkedQueue<>();
    private final AtomicBoolean isOver = new AtomicBoolean();
    private final AtomicInteger written = new AtomicInteger();
    private final Thread thread;

    Writer(Session session, int kind) {
      this.session = session;
      thread =
          Thread.ofPlatform()
              .start(
                  () -> {
                    for (int k = 0; !isOver.get(); k++) {
                      try {
                        session.execute(
                            "INSERT INTO ks.t (kind, k) VALUES (" + kind + ", " + k + ")");
                        written.incrementAndGet();
                      } catch (RuntimeException e) {
                        failures.add(e);
                      }
                    }
                  });
    }

    int end() throws InterruptedException {
      isOver.set(true);
      thread.join();
      assertThat(failures).isEmpty();
      assertThat(written.get()).isGreaterThan(50);
      return written.get();
    }

    @Override
    public void close() {
      isOver.set(true);
      try {
        thread.join();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
      session.close();
    }
  }

  private void restartAllAs(Encryption encryption) throws IOException {
    for (int i = 0; i < NODES; i++) {
      nodes[i].close();
      start(i, encryption);
    }
  }

  @Test
  void clientsOfARunningClusterAreMovedToTlsAndNoRequestFails() throws Exception {
    choosePorts();
    for (int i = 0; i < NODES; i++) {
      start(i, Encryption.NONE);
    }
    try (Session session = plain().contactPoint(address(0), nativePort).connect()) {
      session.execute(
          "CREATE KEYSPACE ks WITH replication ="
              + " {'class': 'SimpleStrategy', 'replication_factor': 3}");
      session.execute("CREATE TABLE ks.t (kind int, k int, PRIMARY KEY (kind, k))");
    }
    int written = 0;
    try (Writer plain = new Writer(plain().contactPoint(address(0), nativePort).connect(), 1)) {
      restartAllAs(Encryption.OPTIONAL);
      try (Writer encrypted =
          new Writer(trusting(certificate).contactPoint(address(1), nativePort).connect(), 2)) {
        // Both at once, and a restart more, so that both meet it.
        nodes[0].close();
        start(0, Encryption.OPTIONAL);
        written += plain.end();
        plain.close();
        restartAllAs(Encryption.ALL);
        written += encrypted.end();
        assertThat(
                encrypted
                    .session
                    .execute(
                        SimpleStatement.of("SELECT kind, k FROM ks.t").consistency(Consistency.ALL))
                    .all())
            .hasSize(written);
      }
    }
    for (int i = 0; i < NODES; i++) {
      String host = address(i);
      assertThatThrownBy(() -> plain().contactPoint(host, nativePort).connect().close())
          .isInstanceOf(RuntimeException.class);
    }
  }
}
