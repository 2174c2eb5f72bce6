package io.ilion.server.netty;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ilion.model.Consistency;
import io.ilion.model.ErrorCode;
import io.ilion.protocol.ProtocolVersion;
import io.ilion.protocol.QueryParameters;
import io.ilion.protocol.Request;
import io.ilion.protocol.Response;
import io.ilion.protocol.ResponseEnvelope;
import io.ilion.protocol.Result;
import io.ilion.runtime.system.SystemClock;
import io.ilion.runtime.system.SystemFiles;
import io.ilion.server.ClientState;
import io.ilion.server.config.Config;
import io.ilion.server.config.ConfigException;
import io.ilion.server.config.Encryption;
import io.ilion.server.config.Settings;
import io.ilion.server.tls.PemFile;
import io.ilion.server.tls.PemKeys;
import io.ilion.server.tls.TestAuthority;
import io.ilion.server.tls.TlsFiles;
import java.io.ByteArrayOutputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(value = 60, unit = TimeUnit.SECONDS)
class ClientTlsTest {
  private static final int LANES = 2;
  private static final String TLS_ONLY =
      "This node talks with clients by TLS only (client_encryption)";

  @TempDir static Path folder;
  private static TestAuthority house;
  private static TestAuthority strangers;
  private static Path node;
  private static Path guest;
  private static Path stranger;

  private final LogListener log = new LogListener(Troubles.class, TlsFiles.class);
  private final Queue<String> said = log.said();
  private final MovableClock clock = new MovableClock();
  private final Lanes lanes = new Lanes(LANES, 2);
  private final FakeService service = new FakeService(lanes);
  private CqlListener listener;
  private InetSocketAddress address;

  @BeforeAll
  static void makeCertificates() throws Exception {
    house = new TestAuthority(folder, "house");
    node = house.issue("node", "-ext", "san=ip:127.0.0.1", "-ext", "eku=serverAuth");
    guest = house.issue("guest", "-ext", "eku=clientAuth");
    strangers = new TestAuthority(folder, "strangers");
    stranger = strangers.issue("stranger");
  }

  @AfterEach
  void stop() {
    log.close();
    if (listener != null) {
      listener.close();
    }
    lanes.close();
  }

  private static Config config(Encryption mode, Path certificate) {
    return Config.defaults(2)
        .with(Settings.CLIENT_ENCRYPTION, mode)
        .with(Settings.CLIENT_ENCRYPTION_CERTIFICATE, certificate.toString())
        .with(Settings.CLIENT_ENCRYPTION_PRIVATE_KEY, certificate.toString())
        .with(Settings.CLIENT_ENCRYPTION_TRUSTED_CERTIFICATES, house.certificate().toString());
  }

  private static Config mutual() {
    return config(Encryption.ALL, node).with(Settings.CLIENT_ENCRYPTION_REQUIRE_CLIENT_AUTH, true);
  }

  private static ClientTls tls(Config config) {
    return ClientTls.of(config, SystemFiles.ofWorkingDirectory(), new SystemClock());
  }

  private void listen(ClientTls tls) throws IOException {
    listen(tls, ConnectionLimits.defaults());
  }

  private void listen(ClientTls tls, ConnectionLimits limits) throws IOException {
    listener = new CqlListener(lanes, clock, limits, service, "3.4.7", tls);
    address = listener.listen(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
  }

  private static SSLContext client(Path own, Path trusted) throws Exception {
    SSLContext context = SSLContext.getInstance("TLS");
    KeyManager[] keys = new KeyManager[0];
    if (own != null) {
      PemFile file = new PemFile("own", Files.readString(own));
      keys = PemKeys.keyManagers(file, file);
    }
    context.init(keys, PemKeys.trustManagers(new PemFile("ca", Files.readString(trusted))), null);
    return context;
  }

  private SSLSocket socket(SSLContext context, String... protocols) throws IOException {
    SSLSocket socket =
        (SSLSocket)
            context.getSocketFactory().createSocket(address.getAddress(), address.getPort());
    socket.setSoTimeout(10_000);
    if (protocols.length > 0) {
      socket.setEnabledProtocols(protocols);
    }
    return socket;
  }

  private SSLSocket trusting() throws Exception {
    return socket(client(null, house.certificate()));
  }

  private static Request.Query query(String text) {
    return new Request.Query(text, QueryParameters.of(Consistency.ONE));
  }

  private static void await(BooleanSupplier condition) {
    long end = System.nanoTime() + 10_000_000_000L;
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() > end) {
        throw new AssertionError("did not happen");
      }
      Thread.onSpinWait();
    }
  }

  private ClientState onlyClient() {
    assertThat(listener.clients()).hasSize(1);
    return listener.clients().getFirst();
  }

  @ParameterizedTest
  @CsvSource({
    "ALL, V3, TLSv1.3",
    "ALL, V4, TLSv1.2",
    "ALL, V5, TLSv1.3",
    "OPTIONAL, V4, TLSv1.3",
    "OPTIONAL, V5, TLSv1.2"
  })
  void smallAndLargeMessagesAreCarriedAndTheConnectionIsKnownToBeEncrypted(
      Encryption mode, ProtocolVersion version, String protocol) throws Exception {
    listen(tls(config(mode, node)));
    SSLContext context = client(null, house.certificate());
    try (WireClient client = new WireClient(socket(context, protocol), version).ready()) {
      for (int i = 0; i < 60; i++) {
        assertThat(client.ask(i, query("here /*" + "x".repeat(i * i * 50) + "*/")))
            .isEqualTo(new Result.Void());
      }
      for (int i = 0; i < 100; i++) {
        client.send(i, query("lane " + i % LANES));
      }
      for (int i = 0; i < 100; i++) {
        assertThat(client.receive().message()).isEqualTo(new Result.Void());
      }
      Result.Rows rows = (Result.Rows) client.ask(1, query("rows 100000"));
      assertThat(rows).isNotNull();
      ClientState.Encrypted encrypted = onlyClient().encrypted();
      assertThat(encrypted.protocol()).isEqualTo(protocol);
      assertThat(encrypted.cipherSuite()).startsWith("TLS_").contains("AES");
    }
    assertThat(said).filteredOn(line -> !line.startsWith("encryption")).isEmpty();
  }

  @Test
  void whoMayDoWithoutIsServedOnTheSamePort() throws Exception {
    listen(tls(config(Encryption.OPTIONAL, node)));
    for (ProtocolVersion version : ProtocolVersion.values()) {
      try (WireClient client = new WireClient(address, version).ready()) {
        assertThat(client.ask(1, query("here"))).isEqualTo(new Result.Void());
        assertThat(onlyClient().encrypted()).isNull();
      }
      await(() -> listener.clients().isEmpty());
    }
  }

  @Test
  void whoTalksWithoutTlsIsToldWhyItMayNotAndThatIsSaidOnce() throws Exception {
    listen(tls(config(Encryption.ALL, node)));
    for (ProtocolVersion version : ProtocolVersion.values()) {
      for (Request first :
          List.of(
              new Request.Options(),
              new Request.Startup(Map.of("CQL_VERSION", "3.0.0")),
              query("here"))) {
        try (WireClient plain = new WireClient(address, version)) {
          plain.send(7, first);
          ResponseEnvelope answer = plain.receive();
          assertThat(answer.version()).isEqualTo(version);
          assertThat(answer.stream()).isEqualTo(7);
          assertThat(answer.message())
              .isEqualTo(new Response.Error(ErrorCode.PROTOCOL_ERROR, TLS_ONLY));
          assertThat(plain.receive()).isNull();
        }
      }
    }
    await(() -> listener.clients().isEmpty());
    assertThat(service.requests.get()).isZero();
    assertThat(said)
        .filteredOn(line -> line.contains("refused"))
        .containsExactly(
            "a client at 127.0.0.1 is refused: it tries to talk without TLS (client_encryption)");
  }

  @Test
  void theShardAwarePortIsAnnouncedToThoseWhoMayUseIt() throws Exception {
    for (Encryption mode : List.of(Encryption.OPTIONAL, Encryption.ALL)) {
      listener =
          new CqlListener(
              lanes, clock, ConnectionLimits.defaults(), service, "3.4.7", tls(config(mode, node)));
      InetSocketAddress any = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
      List<String> port = List.of(Integer.toString(listener.listenShardAware(any).getPort()));
      address = listener.listen(any);
      try (WireClient client = new WireClient(trusting(), ProtocolVersion.V5)) {
        Map<String, List<String>> options =
            ((Response.Supported) client.ask(0, new Request.Options())).options();
        assertThat(options).containsEntry("SCYLLA_SHARD_AWARE_PORT_SSL", port);
        assertThat(options.get("SCYLLA_SHARD_AWARE_PORT"))
            .isEqualTo(mode == Encryption.ALL ? null : port);
      }
      listener.close();
    }
  }

  private boolean isServed(SSLContext context) throws IOException {
    try (WireClient client = new WireClient(socket(context), ProtocolVersion.V5).ready()) {
      return client.ask(1, query("here")).equals(new Result.Void());
    } catch (SocketTimeoutException e) {
      throw e;
    } catch (IOException e) {
      return false;
    }
  }

  @Test
  void clientsMayHaveToShowACertificate() throws Exception {
    listen(tls(mutual()));
    assertThat(isServed(client(guest, house.certificate()))).isTrue();
    for (int i = 0; i < 3; i++) {
      assertThat(isServed(client(null, house.certificate()))).isFalse();
      assertThat(isServed(client(stranger, house.certificate()))).isFalse();
    }
    await(() -> listener.clients().isEmpty());
    assertThat(said)
        .filteredOn(line -> line.contains("refused"))
        .containsExactly(
            "a client at 127.0.0.1 is refused: it shows no certificate of an authority that is in "
                + house.certificate());
  }

  @Test
  void whoDoesNotTrustTheNodeGoesAwayAndTheLogSaysSo() throws Exception {
    listen(tls(config(Encryption.ALL, node)));
    assertThat(isServed(client(null, strangers.certificate()))).isFalse();
    await(() -> listener.clients().isEmpty());
    assertThat(said)
        .filteredOn(line -> line.contains("refused"))
        .containsExactly(
            "a client at 127.0.0.1 is refused: it does not accept this node's certificate");
  }

  /** A socket that keeps what it has received. */
  private static final class Tapped extends Socket {
    private final ByteArrayOutputStream received = new ByteArrayOutputStream();

    Tapped(InetSocketAddress address) throws IOException {
      super(address.getAddress(), address.getPort());
    }

    @Override
    public InputStream getInputStream() throws IOException {
      return new FilterInputStream(super.getInputStream()) {
        @Override
        public int read() throws IOException {
          int next = super.read();
          if (next >= 0) {
            received.write(next);
          }
          return next;
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
          int count = super.read(bytes, offset, length);
          received.write(bytes, offset, Math.max(0, count));
          return count;
        }
      };
    }

    /** The type of the last record that has arrived. */
    int lastRecord() {
      ByteBuffer bytes = ByteBuffer.wrap(received.toByteArray());
      int type = -1;
      while (bytes.hasRemaining()) {
        type = bytes.get();
        bytes.getShort();
        bytes.position(bytes.getShort() + bytes.position());
      }
      return type;
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void whatTheNodeEndsIsEndedAsTlsDemands(boolean forAnError) throws Exception {
    int alert = 21;
    listen(tls(config(Encryption.ALL, node)));
    Tapped tapped = new Tapped(address);
    SSLContext context = client(null, house.certificate());
    SSLSocket socket =
        (SSLSocket) context.getSocketFactory().createSocket(tapped, "127.0.0.1", 1, true);
    // In 1.3 the type of what is encrypted is, too.
    socket.setEnabledProtocols(new String[] {"TLSv1.2"});
    try (WireClient client = new WireClient(socket, ProtocolVersion.V5).ready()) {
      CompletableFuture<Void> drained = new CompletableFuture<>();
      if (forAnError) {
        client.sendRaw(new byte[100]);
        assertThat(client.receive().message()).isInstanceOf(Response.Error.class);
      } else {
        drained = listener.drain(0, 0).toCompletableFuture();
      }
      assertThat(client.receive()).isNull();
      assertThat(tapped.lastRecord()).isEqualTo(alert);
      client.close();
      await(() -> listener.clients().isEmpty());
      if (!forAnError) {
        drained.get(10, TimeUnit.SECONDS);
      }
    }
  }

  private static ConnectionLimits limits(int connections, long responseBytes, long bufferBytes) {
    ConnectionLimits usual = ConnectionLimits.defaults();
    return new ConnectionLimits(
        usual.maxFrameBytes(),
        connections,
        connections,
        usual.maxRequests(),
        usual.maxRequestBytes(),
        usual.maxRequestBytesPerAddress(),
        responseBytes,
        bufferBytes,
        usual.handshakeTimeout(),
        Duration.ofSeconds(60),
        Duration.ofSeconds(60),
        Duration.ZERO);
  }

  @Test
  void halfHandshakesEndWithTheirTime() throws Exception {
    listen(tls(config(Encryption.OPTIONAL, node)), limits(4, 1 << 20, 1 << 20));
    byte[] begin = {22, 3, 1, 0x40, 0, 1, 0, 0x3f, (byte) 0xfc};
    List<Socket> sockets = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      Socket socket = new Socket(address.getAddress(), address.getPort());
      socket.setSoTimeout(10_000);
      if (i > 0) {
        // One says nothing at all.
        socket.getOutputStream().write(begin);
      }
      sockets.add(socket);
    }
    await(() -> listener.clients().size() == 3);
    try (WireClient ready = new WireClient(trusting(), ProtocolVersion.V5).ready();
        Socket tooMany = new Socket(address.getAddress(), address.getPort())) {
      tooMany.setSoTimeout(10_000);
      assertThat(InternodeNetworkTest.isClosed(tooMany)).isTrue();
      clock.advance(Duration.ofSeconds(31));
      for (Socket socket : sockets) {
        assertThat(InternodeNetworkTest.isClosed(socket)).isTrue();
        socket.close();
      }
      assertThat(ready.ask(1, query("here"))).isEqualTo(new Result.Void());
      await(() -> listener.clients().size() == 1);
    }
  }

  private static boolean isAtItsEnd(Socket socket) {
    try {
      socket.setSoTimeout(1);
      return socket.getInputStream().read() < 0;
    } catch (SocketTimeoutException e) {
      return false;
    } catch (IOException e) {
      return true;
    }
  }

  @Test
  void whatIsHeldOfRecordsThatDoNotEndIsCounted() throws Exception {
    listen(tls(config(Encryption.ALL, node)), limits(1_000, 1 << 20, 1 << 20));
    List<Socket> sockets = new ArrayList<>();
    byte[] bytes = new byte[16_000];
    bytes[0] = 22;
    bytes[1] = 3;
    bytes[2] = 1;
    bytes[3] = 0x3f;
    bytes[4] = (byte) 0xff;
    try (WireClient ready = new WireClient(trusting(), ProtocolVersion.V5).ready()) {
      for (int i = 0; i < 200; i++) {
        Socket socket = new Socket(address.getAddress(), address.getPort());
        socket.getOutputStream().write(bytes);
        sockets.add(socket);
      }
      // So many hold a megabyte at most, whatever a buffer of 16,000 bytes takes.
      Set<Socket> closed = new HashSet<>();
      await(
          () -> {
            sockets.stream().filter(ClientTlsTest::isAtItsEnd).forEach(closed::add);
            return closed.size() > sockets.size() - (1 << 20) / 16_000 - 1;
          });
      assertThat(ready.ask(1, query("here"))).isEqualTo(new Result.Void());
    } finally {
      for (Socket socket : sockets) {
        socket.close();
      }
    }
  }

  @Test
  void whoDoesNotTakeItsAnswersIsClosed() throws Exception {
    listen(tls(config(Encryption.ALL, node)), limits(10, 1 << 20, 8 << 20));
    try (WireClient slow = new WireClient(trusting(), ProtocolVersion.V4).ready()) {
      for (int i = 0; i < 20; i++) {
        slow.send(i, query("rows 60000"));
      }
      await(
          () -> {
            clock.advance(Duration.ofSeconds(1));
            return listener.clients().isEmpty();
          });
    }
  }

  @Test
  void whatIsNoTlsEndsItsConnectionAndNothingElse() throws Exception {
    listen(tls(mutual()));
    try (WireClient ready =
        new WireClient(socket(client(guest, house.certificate())), ProtocolVersion.V5).ready()) {
      Random random = new Random(5);
      for (int i = 0; i < 60; i++) {
        byte[] bytes = new byte[6 + random.nextInt(3_000)];
        random.nextBytes(bytes);
        bytes[0] = i % 3 == 0 ? bytes[0] : 22;
        if (i % 3 == 1) {
          bytes[1] = 3;
          bytes[2] = 1;
          bytes[3] = 0;
          bytes[4] = 100;
        }
        try (Socket socket = new Socket(address.getAddress(), address.getPort())) {
          socket.setSoTimeout(10_000);
          socket.getOutputStream().write(bytes);
          socket.shutdownOutput();
          assertThat(InternodeNetworkTest.isClosed(socket)).as("connection %d", i).isTrue();
        }
        assertThat(ready.ask(1, query("here"))).isEqualTo(new Result.Void());
      }
    }
    await(() -> listener.clients().isEmpty());
  }

  private static String subject(SSLSocket socket) throws IOException {
    socket.startHandshake();
    X509Certificate shown = (X509Certificate) socket.getSession().getPeerCertificates()[0];
    return shown.getSubjectX500Principal().getName();
  }

  @Test
  void newCertificatesAreForNewConnectionsAndBadOnesForNobody() throws Exception {
    Path file = Files.copy(node, folder.resolve("own.pem"), StandardCopyOption.REPLACE_EXISTING);
    ClientTls tls = tls(config(Encryption.ALL, file));
    listen(tls);
    SSLContext context = client(null, house.certificate());
    try (WireClient before = new WireClient(socket(context), ProtocolVersion.V5).ready()) {
      Files.writeString(file, Files.readString(house.issue("successor", "-ext", "eku=serverAuth")));
      tls.files().reload();
      try (SSLSocket after = socket(context)) {
        assertThat(subject(after)).isEqualTo("CN=successor");
      }
      Path expired = house.issue("expired", "-startdate", "-9d", "-validity", "1");
      Path forClients = house.issue("forClients", "-ext", "eku=clientAuth");
      for (Path bad : List.of(expired, forClients, house.certificate())) {
        said.clear();
        Files.writeString(file, Files.readString(bad));
        assertThatThrownBy(() -> tls.files().reload())
            .isInstanceOf(ConfigException.class)
            .hasMessageStartingWith("client_encryption: " + file + ": ");
        assertThat(said)
            .singleElement()
            .asString()
            .startsWith("client_encryption: " + file + ": ")
            .contains("; encryption of clients' connections goes on with the certificate of")
            .contains("CN=successor");
        try (SSLSocket after = socket(context)) {
          assertThat(subject(after)).isEqualTo("CN=successor");
        }
      }
      assertThat(before.ask(1, query("here"))).isEqualTo(new Result.Void());
    }
  }

  @Test
  void whatWasChangedIsSeenOnceItIsWhole() throws Exception {
    Path certificate =
        Files.copy(node, folder.resolve("c.pem"), StandardCopyOption.REPLACE_EXISTING);
    Path key = Files.copy(node, folder.resolve("k.pem"), StandardCopyOption.REPLACE_EXISTING);
    ClientTls tls =
        tls(
            config(Encryption.ALL, certificate)
                .with(Settings.CLIENT_ENCRYPTION_PRIVATE_KEY, key.toString()));
    TlsFiles files = tls.files();
    said.clear();
    files.look();
    files.look();
    // One file is new and the other is not: that is looked at again before anything is said.
    String next = Files.readString(house.issue("next"));
    Files.writeString(certificate, next);
    files.look();
    Files.writeString(key, next);
    files.look();
    assertThat(said).isEmpty();
    assertThat(files.subject()).isEqualTo("CN=node");
    files.look();
    assertThat(files.subject()).isEqualTo("CN=next");
    assertThat(said).singleElement().asString().contains("from now on with").contains("CN=next");
    said.clear();
    Files.writeString(key, Files.readString(node));
    for (int i = 0; i < 5; i++) {
      files.look();
    }
    assertThat(said)
        .singleElement()
        .asString()
        .startsWith("client_encryption: " + key + ": the key is not that of the first certificate")
        .contains("goes on with the certificate of CN=next");
    said.clear();
    Files.delete(key);
    for (int i = 0; i < 5; i++) {
      files.look();
    }
    assertThat(said)
        .singleElement()
        .asString()
        .startsWith("client_encryption_private_key: " + key + ": there is no such file");
    Files.writeString(key, next);
    said.clear();
    for (int i = 0; i < 5; i++) {
      files.look();
    }
    assertThat(said).singleElement().asString().contains("from now on with");
  }

  @Test
  void whatCannotBeUsedEndsTheStartWithOneLine() throws Exception {
    Path missing = folder.resolve("missing.pem");
    assertThatThrownBy(() -> tls(config(Encryption.ALL, missing)))
        .isInstanceOf(ConfigException.class)
        .hasMessage("client_encryption_certificate: " + missing + ": there is no such file");
    assertThatThrownBy(() -> tls(config(Encryption.ALL, guest)))
        .hasMessage(
            "client_encryption: "
                + guest
                + ": the certificate has to be for a server (extendedKeyUsage = serverAuth)");
    Config other =
        config(Encryption.OPTIONAL, node)
            .with(Settings.CLIENT_ENCRYPTION_PRIVATE_KEY, guest.toString());
    assertThatThrownBy(() -> tls(other))
        .hasMessage(
            "client_encryption: "
                + guest
                + ": the key is not that of the first certificate in "
                + node
                + ", which has to be one's own");
    assertThat(tls(config(Encryption.NONE, missing))).isNull();
  }
}
