package io.ilion.driver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(value = 60, unit = TimeUnit.SECONDS)
class TlsTest {
  private static final char[] PASSWORD = "secret".toCharArray();

  @TempDir static Path folder;
  private static SSLContext local;
  private static SSLContext elsewhere;

  @BeforeAll
  static void makeCertificates() throws Exception {
    local = context("local", "ip:127.0.0.1");
    elsewhere = context("elsewhere", "dns:elsewhere.example");
  }

  /** Both sides in one: a certificate that is signed by itself, and trusted. */
  private static SSLContext context(String name, String subject) throws Exception {
    Path file = folder.resolve(name);
    Process keytool =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair",
                "-keyalg",
                "EC",
                "-dname",
                "CN=" + name,
                "-ext",
                "san=" + subject,
                "-validity",
                "2",
                "-storetype",
                "PKCS12",
                "-storepass",
                new String(PASSWORD),
                "-keystore",
                file.toString())
            .redirectErrorStream(true)
            .start();
    String output = new String(keytool.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(keytool.waitFor()).as(output).isZero();
    KeyStore store = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(file)) {
      store.load(in, PASSWORD);
    }
    KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    keys.init(store, PASSWORD);
    TrustManagerFactory trust =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trust.init(store);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(keys.getKeyManagers(), trust.getTrustManagers(), null);
    return context;
  }

  private static ScriptedServer server(SSLContext context) {
    return new ScriptedServer(
        new ScriptedServer.ServerSocketSource() {
          @Override
          ServerSocket open(int port, InetAddress address) throws IOException {
            return context.getServerSocketFactory().createServerSocket(port, 50, address);
          }
        },
        "127.0.0.1");
  }

  private static Session connect(ScriptedServer server, TlsOptions options) {
    return Session.builder().contactPoint(server.address()).tls(options).connect();
  }

  @Test
  void encrypted() {
    try (ScriptedServer server = server(local);
        Session session = connect(server, TlsOptions.of(local))) {
      String text = "INSERT INTO t (k) VALUES ('" + "x".repeat(100_000) + "')";
      session.execute(text);
      assertThat(session.metadata().nodes()).hasSize(1);
    }
  }

  @Test
  void whoBearsAnotherNameIsRefused() {
    try (ScriptedServer server = server(elsewhere)) {
      assertThatThrownBy(() -> connect(server, TlsOptions.of(elsewhere)).close())
          .isInstanceOf(NoNodeAvailableException.class);
      connect(server, TlsOptions.of(elsewhere).withoutHostnameVerification()).close();
    }
  }

  @Test
  void whoIsNotTrustedIsRefused() {
    try (ScriptedServer server = server(local)) {
      assertThatThrownBy(() -> connect(server, TlsOptions.of(elsewhere)).close())
          .isInstanceOf(NoNodeAvailableException.class);
    }
  }
}
