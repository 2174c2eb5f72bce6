package io.ilion.server.netty;

import static io.ilion.server.netty.InternodeNetworkTest.LANES;
import static io.ilion.server.netty.InternodeNetworkTest.hello;
import static io.ilion.server.netty.InternodeNetworkTest.isClosed;
import static io.ilion.server.netty.InternodeNetworkTest.message;
import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import io.ilion.runtime.NodeAddress;
import io.ilion.runtime.system.SystemClock;
import io.ilion.runtime.system.SystemFiles;
import io.ilion.server.config.Config;
import io.ilion.server.config.Encryption;
import io.ilion.server.config.Settings;
import io.ilion.server.netty.InternodeHandshake.Verdict;
import io.ilion.server.netty.InternodeNetworkTest.Peer;
import io.ilion.server.tls.PemFile;
import io.ilion.server.tls.PemKeys;
import io.ilion.server.tls.TestAuthority;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.TimeUnit;
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
import org.slf4j.LoggerFactory;

@Timeout(value = 60, unit = TimeUnit.SECONDS)
class InternodeTlsTest {
  private static final String ONE = "127.0.4.1";
  private static final String TWO = "127.0.4.2";

  @TempDir static Path folder;
  private static TestAuthority house;
  private static TestAuthority strangers;
  private static Path member;
  private static Path stranger;

  private final LogListener log = new LogListener(Troubles.class);
  private final Queue<String> said = log.said();

  @BeforeAll
  static void makeCertificates() throws Exception {
    house = new TestAuthority(folder, "house");
    member = house.issue("member", "-ext", "san=ip:" + ONE);
    strangers = new TestAuthority(folder, "strangers");
    stranger = strangers.issue("stranger", "-ext", "san=ip:" + ONE);
  }

  @AfterEach
  void listenNoMore() {
    log.close();
  }

  private static Config config(Encryption mode, Path own, Path trusted) {
    return Config.defaults(2)
        .with(Settings.INTERNODE_ENCRYPTION, mode)
        .with(Settings.INTERNODE_CERTIFICATE, own.toString())
        .with(Settings.INTERNODE_PRIVATE_KEY, own.toString())
        .with(Settings.INTERNODE_TRUSTED_CERTIFICATES, trusted.toString());
  }

  private static Config ofHouse(Encryption mode) {
    return config(mode, member, house.certificate());
  }

  private static InternodeTls tls(Config config) {
    return InternodeTls.of(config, SystemFiles.ofWorkingDirectory(), new SystemClock());
  }

  private static Peer peer(String host, Config config) throws IOException {
    return new Peer(host, "one", 0, true, tls(config));
  }

  private static Peer peer(String host, Encryption mode) throws IOException {
    return peer(host, ofHouse(mode));
  }

  private static int number(byte[] message) {
    return ByteBuffer.wrap(message).getInt(1);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void messagesArriveWholeOnceAndOnTheirLane(boolean epoll) throws Exception {
    InternodeTls tls = tls(ofHouse(Encryption.ALL));
    try (Peer one = new Peer(ONE, "one", 0, epoll, tls);
        Peer two = new Peer(TWO, "one", 0, epoll, tls)) {
      Random random = new Random(7);
      int count = 3_000;
      int[] lengths = new int[count];
      for (int i = 0; i < count; i++) {
        lengths[i] = random.nextInt(i % 100 == 0 ? 300_000 : 600);
        one.send(i % LANES, two.address(), message(i % 2, i, lengths[i]));
      }
      boolean[] seen = new boolean[count];
      for (int i = 0; i < count; i++) {
        Peer.Arrived next = two.next();
        int number = number(next.message());
        assertThat(next.message()).isEqualTo(message(number % 2, number, lengths[number]));
        assertThat(next.from()).isEqualTo(one.address());
        assertThat(next.lane()).isEqualTo(number % 2);
        assertThat(seen[number]).isFalse();
        seen[number] = true;
      }
      assertThat(one.disconnected).isEmpty();
      assertThat(said).isEmpty();
    }
  }

  @Test
  void whatIsSentCannotBeReadOnTheWay() throws Exception {
    try (Peer one = peer(ONE, Encryption.ALL);
        ServerSocket way = new ServerSocket(0)) {
      way.setSoTimeout(10_000);
      one.send(0, new NodeAddress("127.0.0.1", way.getLocalPort()), message(0, 1, 10));
      try (Socket socket = way.accept()) {
        socket.setSoTimeout(10_000);
        byte[] begin = socket.getInputStream().readNBytes(5);
        assertThat(begin).startsWith(22, 3);
      }
    }
  }

  /** Each lane tries again and again, and more often than once in a second. */
  private static void tryOften(Peer from, Peer to) throws InterruptedException {
    for (int i = 0; i < 4 * LANES; i++) {
      from.send(i % LANES, to.address(), message(0, i, 10));
      assertThat(from.disconnected.poll(10, TimeUnit.SECONDS)).isEqualTo(to.address());
    }
    assertThat(from.connected).isEmpty();
    assertThat(to.arrived).isEmpty();
  }

  @Test
  void aCertificateOfAnotherAuthorityIsNotLetInAndThatIsSaidOnce() throws Exception {
    Config trusting = config(Encryption.ALL, stranger, house.certificate());
    try (Peer one = peer(ONE, Encryption.ALL);
        Peer other = peer(TWO, trusting)) {
      tryOften(other, one);
      assertThat(said)
          .filteredOn(line -> line.startsWith("a connection of 127.0.0.1 is refused: "))
          .containsExactly(
              "a connection of 127.0.0.1 is refused: it shows no certificate of an authority that"
                  + " is in "
                  + house.certificate());
      assertThat(said)
          .filteredOn(line -> line.startsWith("no connection to " + one.address()))
          .allMatch(line -> line.contains("it ended the connection after TLS was agreed on"))
          .hasSizeBetween(1, 2);
      assertThat(said).hasSizeLessThanOrEqualTo(3);
    }
  }

  @Test
  void whoIsNotTrustedIsNotTalkedTo() throws Exception {
    Config stranger = config(Encryption.ALL, InternodeTlsTest.stranger, strangers.certificate());
    try (Peer one = peer(ONE, Encryption.ALL);
        Peer other = peer(TWO, stranger)) {
      tryOften(one, other);
      assertThat(said)
          .containsExactlyInAnyOrder(
              "no connection to "
                  + other.address()
                  + " with TLS: its certificate is of no authority that is in "
                  + house.certificate(),
              "a connection of 127.0.0.1 is refused: it does not accept this node's certificate");
    }
  }

  @Test
  void whoShowsNoCertificateIsNotLetIn() throws Exception {
    SSLContext trusting = SSLContext.getInstance("TLS");
    PemFile trusted = new PemFile("ca", Files.readString(house.certificate()));
    trusting.init(new KeyManager[0], PemKeys.trustManagers(trusted), null);
    Config open = ofHouse(Encryption.ALL).with(Settings.INTERNODE_REQUIRE_CLIENT_AUTH, false);
    try (Peer one = peer(ONE, Encryption.ALL);
        Peer two = peer(TWO, open)) {
      assertThat(isWelcome(trusting, one.address())).isFalse();
      assertThat(said)
          .containsExactly(
              "a connection of 127.0.0.1 is refused: it shows no certificate of an authority that"
                  + " is in "
                  + house.certificate());
      assertThat(isWelcome(trusting, two.address())).isTrue();
    }
  }

  @Test
  void newCertificatesAreForNewConnections() throws Exception {
    Path own = Files.writeString(folder.resolve("renewed.pem"), Files.readString(member));
    InternodeTls tls = tls(config(Encryption.ALL, own, house.certificate()));
    PemFile trusted = new PemFile("ca", Files.readString(house.certificate()));
    SSLContext trusting = SSLContext.getInstance("TLS");
    PemFile shown = new PemFile("member", Files.readString(member));
    trusting.init(PemKeys.keyManagers(shown, shown), PemKeys.trustManagers(trusted), null);
    try (Peer one = new Peer(ONE, "one", 0, true, tls);
        Peer two = peer(TWO, Encryption.ALL)) {
      two.send(0, one.address(), message(0, 0, 10));
      one.next();
      assertThat(shownBy(one.address(), trusting)).isEqualTo("CN=member");
      Files.writeString(own, Files.readString(house.issue("renewed")));
      tls.files().reload();
      assertThat(shownBy(one.address(), trusting)).isEqualTo("CN=renewed");
      two.send(0, one.address(), message(0, 1, 10));
      one.send(0, two.address(), message(0, 2, 10));
      assertThat(number(one.next().message())).isEqualTo(1);
      assertThat(number(two.next().message())).isEqualTo(2);
      assertThat(two.disconnected).isEmpty();
    }
  }

  private static String shownBy(NodeAddress address, SSLContext context) throws IOException {
    try (SSLSocket socket =
        (SSLSocket) context.getSocketFactory().createSocket(address.host(), address.port())) {
      socket.setSoTimeout(10_000);
      return socket.getSession().getPeerPrincipal().getName();
    }
  }

  private static boolean isWelcome(SSLContext context, NodeAddress address) throws IOException {
    try (SSLSocket socket =
        (SSLSocket) context.getSocketFactory().createSocket(address.host(), address.port())) {
      socket.setSoTimeout(10_000);
      socket.getOutputStream().write(hello(0));
      byte[] welcome = socket.getInputStream().readNBytes(InternodeHandshake.WELCOME_BYTES);
      return welcome.length == InternodeHandshake.WELCOME_BYTES;
    } catch (java.net.SocketTimeoutException e) {
      throw e;
    } catch (IOException e) {
      return false;
    }
  }

  @Test
  void whoTalksWithoutTlsIsNotLetInAndToldWhy() throws Exception {
    try (Peer one = peer(ONE, Encryption.ALL);
        Peer plain = new Peer(TWO, "one", 0, true, null)) {
      tryOften(plain, one);
      assertThat(said)
          .containsExactlyInAnyOrder(
              plain.address() + " is refused: it tries to talk to this node without TLS",
              one.address() + " refuses this node: it talks TLS only (internode_encryption)");
      said.clear();
      tryOften(one, plain);
      assertThat(said)
          .containsExactly(
              "no connection to "
                  + plain.address()
                  + " with TLS: it closed the connection before TLS was agreed on");
    }
  }

  @ParameterizedTest
  @CsvSource({
    "NONE, OPTIONAL",
    "OPTIONAL, NONE",
    "OPTIONAL, OPTIONAL",
    "OPTIONAL, ALL",
    "ALL, OPTIONAL",
    "ALL, ALL"
  })
  void neighboursInARollingChangeUnderstandEachOther(Encryption from, Encryption to)
      throws Exception {
    try (Peer one = peer(ONE, from);
        Peer two = peer(TWO, to)) {
      for (int i = 0; i < 300; i++) {
        one.send(i % LANES, two.address(), message(0, i, 10));
      }
      boolean[] seen = new boolean[300];
      for (int i = 0; i < 300; i++) {
        seen[number(two.next().message())] = true;
      }
      assertThat(seen).doesNotContain(false);
      // Nothing was lost on the way to the right kind of connection, so nobody is told of any.
      assertThat(one.disconnected).isEmpty();
      if (to == Encryption.NONE) {
        assertThat(said)
            .containsExactly(
                two.address()
                    + " is talked to without TLS: it closed the connection before TLS was agreed"
                    + " on");
      } else {
        assertThat(said).isEmpty();
      }
    }
  }

  @Test
  void anOptionalNodeSaysWhatWouldBeWrongWithTls() throws Exception {
    Config other = config(Encryption.OPTIONAL, stranger, strangers.certificate());
    try (Peer one = peer(ONE, Encryption.OPTIONAL);
        Peer two = peer(TWO, other)) {
      one.send(0, two.address(), message(0, 1, 10));
      two.next();
      assertThat(said)
          .contains(
              two.address()
                  + " is talked to without TLS: its certificate is of no authority that is in "
                  + house.certificate());
    }
  }

  @Test
  void certificatesMayHaveToBearTheAddress() throws Exception {
    Config verifying =
        ofHouse(Encryption.ALL).with(Settings.INTERNODE_REQUIRE_ENDPOINT_VERIFICATION, true);
    try (Peer one = peer(ONE, verifying);
        Peer two = peer(TWO, Encryption.ALL)) {
      // The certificate of both is that of the first address.
      tryOften(one, two);
      assertThat(said)
          .containsExactlyInAnyOrder(
              "no connection to "
                  + two.address()
                  + " with TLS: its certificate is refused: No subject alternative names matching"
                  + " IP address 127.0.4.2 found",
              "a connection of 127.0.0.1 is refused: it does not accept this node's certificate");
      said.clear();
      tryOften(two, one);
      assertThat(said)
          .containsExactlyInAnyOrder(
              two.address() + " is refused: its certificate does not bear that address",
              one.address()
                  + " refuses this node: this node's certificate does not bear its address");
    }
    try (Peer one = peer(ONE, verifying);
        Peer again = peer(ONE, verifying)) {
      one.send(1, again.address(), message(0, 1, 10));
      again.next();
    }
  }

  @Test
  void anOptionalNodeOfAnotherNameDoesWithoutTls() throws Exception {
    Config verifying =
        ofHouse(Encryption.OPTIONAL).with(Settings.INTERNODE_REQUIRE_ENDPOINT_VERIFICATION, true);
    try (Peer one = peer(ONE, verifying);
        Peer two = peer(TWO, Encryption.OPTIONAL)) {
      two.send(0, one.address(), message(0, 1, 10));
      one.next();
      assertThat(two.disconnected).isEmpty();
      assertThat(said)
          .contains(
              one.address()
                  + " is talked to without TLS: this node's certificate does not bear its address");
    }
  }

  @Test
  void whatIsNeitherEndsItsConnectionAndNothingElse() throws Exception {
    try (Peer one = peer(ONE, Encryption.ALL);
        Peer two = peer(TWO, Encryption.ALL)) {
      one.send(0, two.address(), message(0, 0, 10));
      two.next();
      Random random = new Random(3);
      for (int i = 0; i < 90; i++) {
        byte[] bytes = new byte[1 + random.nextInt(3_000)];
        random.nextBytes(bytes);
        if (i % 3 == 0) {
          // As TLS begins.
          ByteBuffer.wrap(bytes).put((byte) 22);
        } else if (i % 3 == 1 && bytes.length > 5) {
          ByteBuffer.wrap(bytes).put((byte) 22).putShort((short) 0x301).putShort((short) 100);
        }
        try (Socket socket = new Socket(TWO, two.address().port())) {
          socket.setSoTimeout(10_000);
          socket.getOutputStream().write(bytes);
          socket.shutdownOutput();
          assertThat(isClosed(socket)).as("connection %d", i).isTrue();
        }
      }
      one.send(0, two.address(), message(0, 1, 10));
      assertThat(number(two.next().message())).isEqualTo(1);
      assertThat(one.disconnected).isEmpty();
      assertThat(said).isEmpty();
    }
  }

  @Test
  void whoGoesAwayDuringTheHandshakeIsNotSpokenOf() throws Exception {
    Logger netty = (Logger) LoggerFactory.getLogger("io.netty");
    netty.addAppender(log);
    try (Peer one = peer(ONE, Encryption.ALL);
        Peer two = peer(TWO, Encryption.ALL)) {
      SSLContext anybody = SSLContext.getInstance("TLS");
      PemFile trusted = new PemFile("ca", Files.readString(house.certificate()));
      anybody.init(new KeyManager[0], PemKeys.trustManagers(trusted), null);
      for (int i = 0; i < 50; i++) {
        try (SSLSocket socket =
            (SSLSocket) anybody.getSocketFactory().createSocket(ONE, one.address().port())) {
          socket.startHandshake();
        }
      }
      two.send(0, one.address(), message(0, 1, 10));
      one.next();
      assertThat(said).hasSizeLessThanOrEqualTo(1).allMatch(line -> line.contains("it shows no"));
    } finally {
      netty.detachAppender(log);
    }
  }

  @Test
  void aPlainVerdictIsWhatTheOtherVersionUnderstands() throws Exception {
    try (Peer one = peer(ONE, Encryption.ALL);
        Socket socket = new Socket(ONE, one.address().port())) {
      socket.setSoTimeout(10_000);
      socket.getOutputStream().write(hello(0));
      byte[] answer = socket.getInputStream().readAllBytes();
      assertThat(InternodeHandshake.readVerdict(Unpooled.wrappedBuffer(answer)))
          .isEqualTo(Verdict.TLS_ONLY);
    }
  }

  @Test
  void troublesAreSaidOnceAndNotTooMany() {
    long[] now = {Long.MAX_VALUE - 5};
    Troubles troubles = new Troubles("others", () -> now[0]);
    for (int i = 0; i < 1_000; i++) {
      troubles.warn("a\n" + i % 500);
    }
    assertThat(said).hasSize(65).contains("a?0", "a?63").doesNotContain("a?64");
    said.clear();
    now[0] += TimeUnit.HOURS.toNanos(1);
    troubles.warn("a 0");
    troubles.warn("a 0");
    assertThat(List.copyOf(said)).containsExactly("a 0");
  }
}
