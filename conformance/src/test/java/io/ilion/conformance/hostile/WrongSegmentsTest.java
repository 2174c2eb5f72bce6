package io.ilion.conformance.hostile;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/**
 * Segments of version 5 that are damaged or lie. Nobody knows where the next one would begin, so
 * each is told to the client, and the connection is closed.
 */
class WrongSegmentsTest extends HostileTest {
  private static final byte[] QUERY =
      Frame.of(
          5,
          0,
          1,
          Frame.QUERY,
          Frame.bytes(
              out -> {
                Frame.longString(out, "SELECT key FROM system.local");
                out.writeShort(Frame.ONE);
                out.writeInt(0);
              }));

  /** Sends a segment behind STARTUP and reads until the server closes. */
  private void demandError(byte[] bytes, String message, String... startup) throws IOException {
    try (Peer peer = Peer.open(node().address())) {
      assertThat(peer.ask(Frame.startup(5, startup)).opcode()).isEqualTo(Frame.READY);
      byte[] said = peer.sendAndReadAll(bytes);
      String text = new String(said, StandardCharsets.ISO_8859_1);
      assertThat(text).contains(message);
      assertThat(ByteBuffer.wrap(said).getInt(text.indexOf(message) - 6)).isEqualTo(PROTOCOL_ERROR);
    }
  }

  @Test
  void everyChangedBitIsNoticed() throws IOException {
    byte[] segment = Segment.plain(QUERY, true);
    String mismatch = "invalid, unrecoverable CRC mismatch detected in frame ";
    for (int bit = 0; bit < 48; bit += 5) {
      demandError(Segment.flipped(segment, bit), mismatch + "header. Read ");
    }
    for (int bit = 48; bit < 8 * segment.length; bit += 17) {
      demandError(Segment.flipped(segment, bit), mismatch + "body. Read ");
    }
    byte[] compressed = Segment.lz4(QUERY, 0, true);
    demandError(Segment.flipped(compressed, 20), mismatch + "header. Read ", "COMPRESSION", "lz4");
    demandError(Segment.flipped(compressed, 90), mismatch + "body. Read ", "COMPRESSION", "lz4");
  }

  @Test
  void envelopesThatDoNotFitTheirSegment() throws IOException {
    byte[] half = Arrays.copyOf(QUERY, QUERY.length / 2);
    demandError(
        Segment.plain(Arrays.copyOf(QUERY, Frame.HEADER_BYTES - 1), true),
        "Segment ends inside of an envelope");
    demandError(
        Segment.plain(half, true),
        "Invalid value for envelope header body length field: "
            + (QUERY.length - Frame.HEADER_BYTES));
    byte[] negative = QUERY.clone();
    ByteBuffer.wrap(negative).putInt(5, -7);
    demandError(
        Segment.plain(negative, true), "Invalid value for envelope header body length field: -7");
    byte[] first = Segment.plain(half, false);
    byte[] both =
        Frame.bytes(
            out -> {
              out.write(first);
              out.write(Segment.plain(QUERY, true));
            });
    demandError(both, "Self-contained segment inside of a large envelope");
    byte[] beyond =
        Frame.bytes(
            out -> {
              out.write(first);
              out.write(Segment.plain(new byte[QUERY.length], false));
            });
    demandError(beyond, "Large envelope goes on beyond its length");
  }

  @Test
  void compressedSegmentsThatLie() throws IOException {
    String[] lz4 = {"COMPRESSION", "lz4"};
    // It says that it swells to the most that its header can say, and holds noise.
    demandError(
        Segment.lz4(new byte[] {0x1f, 0, 1, 0, -1, -1, -1}, Segment.LARGEST_PAYLOAD, true),
        "Invalid uncompressed length of a segment: 131071",
        lz4);
    byte[] literals = new byte[12];
    literals[0] = (byte) 0xa0;
    demandError(Segment.lz4(literals, 3, true), "Malformed LZ4 block", lz4);
  }

  @Test
  void aSegmentThatNeverEnds() throws IOException {
    try (Peer peer = Peer.open(node().address())) {
      assertThat(peer.ask(Frame.startup(5)).opcode()).isEqualTo(Frame.READY);
      byte[] segment = Segment.plain(new byte[10], Segment.LARGEST_PAYLOAD, true);
      assertThat(peer.sendAndDrain(segment)).as("an orderly end").isTrue();
    }
  }

  @Test
  void theWrongFraming() throws IOException {
    // Bare frames where segments are due, and segments before there can be any.
    demandError(QUERY, "invalid, unrecoverable CRC mismatch detected in frame header. Read ");
    try (Peer peer = Peer.open(node().address())) {
      assertThat(peer.sendAndDrain(Segment.plain(QUERY, true))).as("an orderly end").isTrue();
    }
  }
}
