package io.ilion.conformance.hostile;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Each kind of bad input by itself; after each the node is well and the witness is served. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class LyingClientsTest {
  private static final int PROTOCOL_ERROR = 0x000a;
  private static final int SYNTAX_ERROR = 0x2000;
  private static final int INVALID = 0x2200;
  private static final int COMPRESSED = 0x01;
  private static final int DEEP = 10_000;

  private HostileNode node;

  @BeforeAll
  void start() throws IOException {
    node = HostileNode.start();
    try (Peer peer = Peer.ready(node.address())) {
      assertThat(
              peer.ask(Frame.query("CREATE TABLE witness.wide (k int PRIMARY KEY, v text)"))
                  .opcode())
          .isEqualTo(Frame.RESULT);
    }
  }

  @AfterEach
  void demandHealth() throws IOException {
    node.demandHealth();
  }

  @AfterAll
  void stop() throws IOException {
    if (node != null) {
      node.close();
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {-1, Integer.MIN_VALUE, (256 << 20) + 1, Integer.MAX_VALUE, 17 << 20})
  void aLengthThatIsTooLarge(int length) throws IOException {
    try (Peer peer = Peer.ready(node.address())) {
      byte[] frame = Frame.withLength(4, 0, 1, Frame.QUERY, length, new byte[100]);
      assertThat(peer.sendAndDrain(frame)).as("the connection ends with the client").isTrue();
    }
  }

  @Test
  void aRequestThatIsTooLarge() throws IOException {
    try (Peer peer = Peer.ready(node.address())) {
      // It is dropped as it arrives; the answer comes at its end, and the connection goes on.
      byte[] frame = Frame.of(4, 0, 1, Frame.QUERY, new byte[17 << 20]);
      assertThat(peer.ask(frame).errorCode()).isEqualTo(INVALID);
      assertThat(peer.ask(Frame.options()).opcode()).isEqualTo(Frame.SUPPORTED);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 6, 7, 0x42, 0x7f})
  void anotherVersion(int version) throws IOException {
    try (Peer peer = Peer.open(node.address())) {
      Peer.Answer answer = peer.ask(Frame.startup(version));
      assertThat(answer).isNotNull();
      assertThat(answer.errorCode()).isEqualTo(PROTOCOL_ERROR);
      assertThat(answer.message()).contains("Invalid or unsupported protocol version");
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0x84, 0x85})
  void anAnswerInsteadOfARequest(int version) throws IOException {
    try (Peer peer = Peer.ready(node.address())) {
      refused(peer.ask(Frame.of(version, 0, 1, Frame.RESULT, new byte[4])));
    }
  }

  @Test
  void aQueryBeforeStartup() throws IOException {
    try (Peer peer = Peer.open(node.address())) {
      refused(peer.ask(Frame.query("SELECT key FROM system.local")));
    }
  }

  @Test
  void startupTwice() throws IOException {
    try (Peer peer = Peer.ready(node.address())) {
      refused(peer.ask(Frame.startup()));
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0x00, 0x02, 0x03, 0x04, 0x0c, 0x10, 0x55, 0xff})
  void anOpcodeThatIsNoRequest(int opcode) throws IOException {
    try (Peer peer = Peer.ready(node.address())) {
      refused(peer.ask(Frame.of(4, 0, 1, opcode, new byte[0])));
    }
  }

  @Test
  void aBodyThatEndsTooEarly() throws IOException {
    byte[] whole = Frame.bytes(out -> Frame.query(out, "SELECT key FROM system.local"));
    for (int length = 0; length < whole.length; length++) {
      byte[] body = java.util.Arrays.copyOf(whole, length);
      try (Peer peer = Peer.ready(node.address())) {
        refused(peer.ask(Frame.of(4, 0, 1, Frame.QUERY, body)));
      }
    }
  }

  @Test
  void halfFrames() throws IOException {
    List<Peer> peers = new ArrayList<>();
    for (int i = 0; i < 200; i++) {
      Peer peer = Peer.ready(node.address());
      // Each promises 10 MB and sends next to nothing.
      peer.send(Frame.withLength(4, 0, 1, Frame.QUERY, 10 << 20, new byte[100]));
      peers.add(peer);
    }
    node.demandHealth();
    for (Peer peer : peers) {
      peer.close();
    }
  }

  @Test
  void aCompressionBomb() throws IOException {
    for (int claimed : new int[] {Integer.MAX_VALUE, -1, 250 << 20, 16 << 20, 100}) {
      try (Peer peer = Peer.ready(node.address(), "COMPRESSION", "lz4")) {
        byte[] body = lz4Zeros(1_000_000, claimed);
        refused(peer.ask(Frame.of(4, COMPRESSED, 1, Frame.QUERY, body)));
      }
    }
  }

  /** An LZ4 block that swells to 255 times the given length, after the length that it claims. */
  private static byte[] lz4Zeros(int length, int claimed) {
    ByteBuffer block = ByteBuffer.allocate(4 + 4 + length + 1 + 6);
    block.putInt(claimed);
    block.put((byte) 0x1f).put((byte) 0).put((byte) 1).put((byte) 0);
    for (int i = 0; i < length; i++) {
      block.put((byte) 0xff);
    }
    block.put((byte) 0).put((byte) 0x50).put(new byte[5]);
    return block.array();
  }

  @Test
  void aSnappyBomb() throws IOException {
    try (Peer peer = Peer.ready(node.address(), "COMPRESSION", "snappy")) {
      // The length as a varint: 4 GiB less one.
      byte[] body = {(byte) 0xff, (byte) 0xff, (byte) 0xff, (byte) 0xff, 0x0f, 0, 0, 0};
      refused(peer.ask(Frame.of(4, COMPRESSED, 1, Frame.QUERY, body)));
    }
  }

  @Test
  void segmentsOfVersionFiveWithWrongChecksums() throws IOException {
    try (Peer peer = Peer.open(node.address())) {
      assertThat(peer.ask(Frame.startup(5)).opcode()).isEqualTo(Frame.READY);
      assertThat(peer.sendAndDrain(new byte[200])).isTrue();
    }
  }

  @Test
  void cqlNestedDeeply() throws IOException {
    List<String> statements =
        List.of(
            "INSERT INTO witness.wide (k, v) VALUES (1, " + nested("[", "1", "]") + ")",
            "INSERT INTO witness.wide (k, v) VALUES (1, " + nested("{1:", "1", "}") + ")",
            "INSERT INTO witness.wide (k, v) VALUES (1, " + nested("(", "1", ")") + ")",
            "INSERT INTO witness.wide (k, v) VALUES (1, " + nested("f(", "1", ")") + ")",
            "INSERT INTO witness.wide (k, v) VALUES (1, " + nested("(int)", "1", "") + ")",
            "INSERT INTO witness.wide (k, v) VALUES (1, " + "-".repeat(DEEP) + "1)",
            "SELECT " + nested("token(", "k", ")") + " FROM witness.wide",
            "SELECT k FROM witness.wide WHERE k = " + "1 + ".repeat(DEEP) + "1",
            "CREATE TABLE witness.d (k int PRIMARY KEY, v " + nested("list<", "int", ">") + ")",
            "CREATE TABLE witness.d (k int PRIMARY KEY, v " + nested("frozen<", "int", ">") + ")");
    try (Peer peer = Peer.ready(node.address())) {
      for (String cql : statements) {
        Peer.Answer answer = peer.ask(Frame.query(cql));
        assertThat(answer).as("an answer to %s", cql.substring(0, 60)).isNotNull();
        assertThat(answer.errorCode()).as(cql.substring(0, 60)).isIn(SYNTAX_ERROR, INVALID);
      }
    }
  }

  private static String nested(String open, String inner, String close) {
    return open.repeat(DEEP) + inner + close.repeat(DEEP);
  }

  @Test
  void cqlOfAMegabyte() throws IOException {
    String filler = "x".repeat(1 << 20);
    try (Peer peer = Peer.ready(node.address())) {
      Peer.Answer stored =
          peer.ask(Frame.query("INSERT INTO witness.wide (k, v) VALUES (1, '" + filler + "')"));
      assertThat(stored.opcode()).isEqualTo(Frame.RESULT);
      Peer.Answer comment =
          peer.ask(Frame.query("/*" + filler + "*/ SELECT key FROM system.local"));
      assertThat(comment.opcode()).isEqualTo(Frame.RESULT);
      Peer.Answer name = peer.ask(Frame.query("SELECT " + filler + " FROM witness.wide"));
      assertThat(name.errorCode()).isIn(SYNTAX_ERROR, INVALID);
      String many = "1, ".repeat(1 << 18) + "1";
      Peer.Answer in =
          peer.ask(Frame.query("SELECT k FROM witness.wide WHERE k IN (" + many + ")"));
      assertThat(in).isNotNull();
      Peer.Answer noise = peer.ask(Frame.query("\u0000'\"$$".repeat(1 << 18)));
      assertThat(noise.errorCode()).isEqualTo(SYNTAX_ERROR);
      assertThat(peer.ask(Frame.options()).opcode()).isEqualTo(Frame.SUPPORTED);
    }
  }

  @Test
  void wrongNumbersAndTypesOfValues() throws IOException {
    String insert = "INSERT INTO witness.t (k, v) VALUES (?, ?)";
    byte[] four = new byte[4];
    try (Peer peer = Peer.ready(node.address())) {
      assertThat(peer.ask(Frame.query(insert)).errorCode()).isEqualTo(INVALID);
      assertThat(peer.ask(Frame.query(insert, four)).errorCode()).isEqualTo(INVALID);
      assertThat(peer.ask(Frame.query(insert, four, four, four)).errorCode()).isEqualTo(INVALID);
      assertThat(peer.ask(Frame.query(insert, four, new byte[3])).errorCode()).isEqualTo(INVALID);
      assertThat(peer.ask(Frame.query(insert, new byte[8], four)).errorCode()).isEqualTo(INVALID);
      assertThat(peer.ask(Frame.query(insert, new byte[0], four)).errorCode()).isEqualTo(INVALID);
      byte[] noText = {(byte) 0xff, (byte) 0xfe};
      assertThat(
              peer.ask(Frame.query("INSERT INTO witness.wide (k, v) VALUES (?, ?)", four, noText))
                  .errorCode())
          .isEqualTo(INVALID);
      assertThat(peer.ask(Frame.query(insert, four, four)).opcode()).isEqualTo(Frame.RESULT);
    }
  }

  @Test
  void aReaderThatDoesNotRead() throws IOException {
    String row = "x".repeat(1 << 20);
    try (Peer writer = Peer.ready(node.address());
        Peer slow = Peer.ready(node.address())) {
      writer.ask(Frame.query("INSERT INTO witness.wide (k, v) VALUES (7, '" + row + "')"));
      ByteArrayOutputStream requests = new ByteArrayOutputStream();
      for (int i = 0; i < 1000; i++) {
        requests.write(Frame.query("SELECT v FROM witness.wide WHERE k = 7"));
      }
      // A gigabyte of answers that nobody takes. The node may stop reading, so this must not block.
      Thread sender = Thread.ofVirtual().start(() -> sendQuietly(slow, requests.toByteArray()));
      node.demandHealth();
      slow.close();
      sender.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static void sendQuietly(Peer peer, byte[] bytes) {
    try {
      peer.send(bytes);
    } catch (IOException e) {
      // The connection is closed under it at the end of the test.
      assertThat(e).isNotNull();
    }
  }

  @Test
  void aWriterOfSingleBytes() throws IOException {
    try (Peer peer = Peer.open(node.address())) {
      for (byte b : Frame.startup()) {
        peer.send(new byte[] {b});
      }
      assertThat(peer.read().opcode()).isEqualTo(Frame.READY);
      for (byte b : Frame.query("SELECT key FROM system.local")) {
        peer.send(new byte[] {b});
      }
      assertThat(peer.read().opcode()).isEqualTo(Frame.RESULT);
    }
  }

  @Test
  void manyConnectionsAndManyRequests() throws IOException {
    List<Peer> peers = new ArrayList<>();
    ByteArrayOutputStream burst = new ByteArrayOutputStream();
    burst.write(Frame.startup());
    for (int i = 0; i < 100; i++) {
      burst.write(Frame.query("SELECT key FROM system.local"));
    }
    try {
      for (int i = 0; i < 1500; i++) {
        Peer peer = Peer.open(node.address());
        peers.add(peer);
        peer.ask(burst.toByteArray());
      }
      node.demandHealth();
    } finally {
      for (Peer peer : peers) {
        peer.close();
      }
    }
  }

  /** An error of the protocol, or a closed connection. */
  private static void refused(Peer.Answer answer) {
    if (answer != null) {
      assertThat(answer.opcode()).isEqualTo(Frame.ERROR);
      assertThat(answer.errorCode()).as(answer.message()).isEqualTo(PROTOCOL_ERROR);
    }
  }
}
