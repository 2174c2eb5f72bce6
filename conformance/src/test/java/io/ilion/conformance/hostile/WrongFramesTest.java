package io.ilion.conformance.hostile;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Frames that lie about their length, stop half-way, swell, or come in the wrong state or version.
 * The errors are Cassandra's where it has one; where it fails by accident, ours say what is wrong.
 */
class WrongFramesTest extends HostileTest {
  private static final int CUSTOM_PAYLOAD = 0x04;
  private static final String LOCAL = "SELECT key FROM system.local";
  private static final String NO_STRING =
      "Not enough bytes to read an UTF8 serialized string preceded by its 4 bytes length";

  @ParameterizedTest
  @ValueSource(ints = {-1, -2, Integer.MIN_VALUE})
  void aNegativeLength(int length) throws IOException {
    try (Peer peer = peer()) {
      peer.demandError(
          Frame.withLength(4, 0, 1, Frame.QUERY, length, new byte[100]),
          PROTOCOL_ERROR,
          "Invalid value for envelope header body length field: " + length,
          false);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {(256 << 20) + 1, Integer.MAX_VALUE, 17 << 20})
  void aLengthThatIsTooLargeAndNeverComes(int length) throws IOException {
    try (Peer peer = peer()) {
      byte[] frame = Frame.withLength(4, 0, 1, Frame.QUERY, length, new byte[100]);
      assertThat(peer.sendAndDrain(frame)).as("the connection ends with the client").isTrue();
    }
  }

  @Test
  void aRequestThatIsTooLarge() throws IOException {
    try (Peer peer = peer()) {
      // It is dropped as it arrives; the answer comes at its end, and the connection goes on.
      peer.demandError(
          Frame.of(4, 0, 1, Frame.QUERY, new byte[17 << 20]),
          INVALID,
          "Request is too big: length 17825801 exceeds maximum allowed length 16777216.",
          true);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 6, 7, 0x42, 0x7f})
  void anotherVersion(int version) throws IOException {
    try (Peer peer = Peer.open(node().address())) {
      peer.demandError(
          Frame.startup(version),
          PROTOCOL_ERROR,
          "Invalid or unsupported protocol version ("
              + version
              + "); supported versions are (3/v3, 4/v4, 5/v5)",
          false);
    }
  }

  @Test
  void anotherVersionThanBefore() throws IOException {
    try (Peer peer = peer()) {
      peer.demandError(
          Frame.of(3, 0, 1, Frame.QUERY, Frame.bytes(out -> Frame.query(out, LOCAL))),
          PROTOCOL_ERROR,
          "Invalid message version. Got 3/v3 but previous messages on this connection had version"
              + " 4/v4",
          true);
    }
  }

  @Test
  void anAnswerInsteadOfARequest() throws IOException {
    try (Peer peer = peer()) {
      peer.demandError(
          Frame.of(0x84, 0, 1, Frame.RESULT, new byte[4]),
          PROTOCOL_ERROR,
          "Unexpected response RESULT from a client",
          true);
    }
  }

  @Test
  void requestsBeforeStartup() throws IOException {
    try (Peer peer = Peer.open(node().address())) {
      peer.demandError(
          Frame.query(LOCAL),
          PROTOCOL_ERROR,
          "Unexpected message QUERY, expecting STARTUP or OPTIONS",
          true);
      peer.demandError(
          Frame.of(Frame.REGISTER, out -> out.writeShort(0)),
          PROTOCOL_ERROR,
          "Unexpected message REGISTER, expecting STARTUP or OPTIONS",
          true);
    }
  }

  @Test
  void startupTwice() throws IOException {
    try (Peer peer = peer()) {
      peer.demandError(
          Frame.startup(),
          PROTOCOL_ERROR,
          "Unexpected message STARTUP, the connection is already initialized",
          true);
    }
  }

  @Test
  void startupsThatCannotBe() throws IOException {
    try (Peer peer = Peer.open(node().address())) {
      peer.demandError(
          Frame.of(Frame.STARTUP, out -> out.writeShort(0)),
          PROTOCOL_ERROR,
          "Missing value CQL_VERSION in STARTUP message",
          true);
      peer.demandError(
          Frame.startup("COMPRESSION", "foo"),
          PROTOCOL_ERROR,
          "Unknown compression algorithm: foo",
          true);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "0x00, ERROR",
    "0x02, READY",
    "0x03, AUTHENTICATE",
    "0x06, SUPPORTED",
    "0x08, RESULT",
    "0x0c, EVENT",
    "0x0e, AUTH_CHALLENGE",
    "0x10, AUTH_SUCCESS"
  })
  void anOpcodeOfAnswers(String opcode, String name) throws IOException {
    int code = Integer.decode(opcode);
    try (Peer peer = peer()) {
      peer.demandError(
          Frame.of(4, 0, 1, code, new byte[0]),
          PROTOCOL_ERROR,
          "Wrong protocol direction (expected RESPONSE, got REQUEST) for opcode "
              + code
              + " ("
              + name
              + ")",
          true);
    }
  }

  @Test
  void opcodesThatAreNone() throws IOException {
    try (Peer peer = peer()) {
      peer.demandError(
          Frame.of(4, 0, 1, 0x04, new byte[0]), PROTOCOL_ERROR, "Unsupported message", true);
      for (int opcode : new int[] {0x11, 0x55, 0xff}) {
        peer.demandError(
            Frame.of(4, 0, 1, opcode, new byte[0]),
            PROTOCOL_ERROR,
            "Unknown opcode " + opcode,
            true);
      }
    }
  }

  @Test
  void aBodyThatEndsTooEarly() throws IOException {
    byte[] whole = Frame.bytes(out -> Frame.query(out, LOCAL));
    try (Peer peer = peer()) {
      for (int length = 0; length < whole.length; length++) {
        int left = whole.length - length;
        peer.demandError(
            Frame.of(4, 0, 1, Frame.QUERY, Arrays.copyOf(whole, length)),
            PROTOCOL_ERROR,
            left == 1
                ? "Not enough bytes to read a byte"
                : left <= 3 ? "Not enough bytes to read a short" : NO_STRING,
            true);
      }
      // What comes behind a message is of no matter, as in Cassandra.
      peer.demand(
          Frame.of(4, 0, 1, Frame.QUERY, Arrays.copyOf(whole, whole.length + 3)), Frame.RESULT);
    }
  }

  @Test
  void fieldsThatLie() throws IOException {
    try (Peer peer = peer()) {
      lies(peer, "Invalid string length -5", out -> out.writeInt(-5));
      lies(peer, NO_STRING, out -> out.writeInt(1 << 30));
      lies(peer, "Unknown code 99 for a consistency level", local(99, 0));
      lies(peer, "Not enough bytes to read a short", local(1, 0xff));
      lies(peer, "Invalid count 65535: only 0 bytes remain", local(1, 1, 0xff, 0xff));
      lies(peer, "Invalid ByteBuf length -3", local(1, 1, 0, 1, 0xff, 0xff, 0xff, 0xfd));
      lies(
          peer,
          "Not enough bytes to read a value preceded by its 4 bytes length",
          local(1, 1, 0, 1, 0x40, 0, 0, 0));
      lies(peer, "Invalid value for the paging state", local(1, 8, 0, 0, 0, 3, 1, 2, 3));
    }
  }

  private static void lies(Peer peer, String message, Frame.Body body) throws IOException {
    peer.demandError(Frame.of(Frame.QUERY, body), PROTOCOL_ERROR, message, true);
  }

  /** The body of a query with a consistency level, and what comes then, byte by byte. */
  private static Frame.Body local(int consistency, int... rest) {
    return out -> {
      Frame.longString(out, LOCAL);
      out.writeShort(consistency);
      for (int b : rest) {
        out.writeByte(b);
      }
    };
  }

  @Test
  void batchesThatLie() throws IOException {
    try (Peer peer = peer()) {
      peer.demandError(
          Frame.of(Frame.BATCH, out -> out.write(new byte[] {9, 0, 0, 0, 1, 0})),
          PROTOCOL_ERROR,
          "Invalid BATCH message type 9",
          true);
      peer.demandError(
          Frame.of(Frame.BATCH, out -> out.write(new byte[] {0, 0, 1, 7, 0, 0, 0, 0})),
          PROTOCOL_ERROR,
          "Invalid query kind in BATCH messages. Must be 0 or 1 but got 7",
          true);
      peer.demandError(
          Frame.of(Frame.BATCH, out -> out.write(new byte[] {0, -1, -1})),
          PROTOCOL_ERROR,
          "Invalid count 65535: only 0 bytes remain",
          true);
    }
  }

  @Test
  void executionsAndRegistrationsThatLie() throws IOException {
    try (Peer peer = peer()) {
      peer.demandError(
          Frame.of(Frame.EXECUTE, out -> out.writeShort(0xffff)),
          PROTOCOL_ERROR,
          "Not enough bytes to read a byte array preceded by its 2 bytes length",
          true);
      peer.demandError(
          Frame.of(
              Frame.REGISTER,
              out -> {
                out.writeShort(1);
                Frame.string(out, "NOTHING");
              }),
          PROTOCOL_ERROR,
          "Invalid value 'NOTHING' for Type",
          true);
      peer.demandError(
          Frame.of(4, CUSTOM_PAYLOAD, 1, Frame.QUERY, new byte[] {-1, -1}),
          PROTOCOL_ERROR,
          "Invalid count 65535: only 0 bytes remain",
          true);
    }
  }

  @Test
  void framesThatStopHalfWay() throws IOException {
    List<Peer> peers = new ArrayList<>();
    long before = node().residentBytes();
    for (int i = 0; i < 200; i++) {
      Peer peer = peer();
      // Each promises 10 MB and sends next to nothing.
      peer.send(Frame.withLength(4, 0, 1, Frame.QUERY, 10 << 20, new byte[100]));
      peers.add(peer);
    }
    node().demandHealth();
    assertThat(node().residentBytes() - before).as("growth in bytes").isLessThan(128 << 20);
    for (Peer peer : peers) {
      peer.close();
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {Integer.MAX_VALUE, -1, 250 << 20, 16 << 20})
  void aCompressionBomb(int claimed) throws IOException {
    try (Peer peer = peer("COMPRESSION", "lz4")) {
      byte[] body = lz4Zeros(1_000_000, claimed);
      peer.demandError(
          Frame.of(4, Frame.COMPRESSED, 1, Frame.QUERY, body),
          PROTOCOL_ERROR,
          "Invalid uncompressed length " + claimed + " of 1000011 compressed bytes",
          true);
    }
  }

  @Test
  void blocksThatAreDamaged() throws IOException {
    try (Peer peer = peer("COMPRESSION", "lz4")) {
      peer.demandError(
          Frame.of(4, Frame.COMPRESSED, 1, Frame.QUERY, lz4Zeros(1_000_000, 100)),
          PROTOCOL_ERROR,
          "Malformed LZ4 block",
          true);
      peer.demandError(
          Frame.of(4, Frame.COMPRESSED, 1, Frame.QUERY, new byte[2]),
          PROTOCOL_ERROR,
          "Not enough bytes to read an int",
          true);
    }
    try (Peer peer = peer("COMPRESSION", "snappy")) {
      // The length as a varint: 4 GiB less one.
      byte[] body = {(byte) 0xff, (byte) 0xff, (byte) 0xff, (byte) 0xff, 0x0f, 0, 0, 0};
      peer.demandError(
          Frame.of(4, Frame.COMPRESSED, 1, Frame.QUERY, body),
          PROTOCOL_ERROR,
          "Malformed Snappy block",
          true);
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
}
