package io.ilion.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.fail;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/**
 * Cut, mutated and random bytes lead to messages or to {@link ProtocolException}, never to anything
 * else, and never to more memory than the limit. {@code -Dilion.fuzz.frames=N} sets how many frames
 * are mutated, {@code -Dilion.fuzz.seed=S} where they begin.
 */
class FuzzTest {
  private static final int LIMIT = 1 << 16;

  private static List<byte[]> corpus(boolean responses) {
    List<byte[]> corpus = new ArrayList<>();
    for (ProtocolVersion version : ProtocolVersion.values()) {
      for (long seed = 0; seed < 5; seed++) {
        Samples samples = new Samples(seed);
        if (responses) {
          for (Response response : samples.responses(version)) {
            ByteBuf out = Unpooled.buffer();
            ResponseCodec.encode(new ResponseEnvelope(version, 1, response), out);
            corpus.add(Wire.read(out, out.readableBytes()));
          }
          ByteBuf out = Unpooled.buffer();
          int start = ResponseWriter.begin(out, version, 1, Opcode.RESULT);
          RowsMetadata metadata = samples.metadata(3);
          RowsWriter writer = new RowsWriter(out, version, metadata, true, metadata.id());
          for (int i = 0; i < 9; i++) {
            writer.cell(samples.bytes(10));
            if (i % 3 == 2) {
              writer.endRow();
            }
          }
          writer.finish(samples.bytes(10));
          ResponseWriter.end(out, start);
          corpus.add(Wire.read(out, out.readableBytes()));
        } else {
          for (RequestEnvelope request : samples.requestEnvelopes(version)) {
            ByteBuf out = Unpooled.buffer();
            RequestCodec.encode(request, out);
            corpus.add(Wire.read(out, out.readableBytes()));
          }
        }
      }
    }
    return corpus;
  }

  @Test
  void everyPrefixOfABody() {
    for (boolean responses : new boolean[] {false, true}) {
      for (byte[] frame : corpus(responses)) {
        for (int length = EnvelopeHeader.LENGTH; length < frame.length; length++) {
          byte[] cut = Arrays.copyOf(frame, length);
          Unpooled.wrappedBuffer(cut)
              .setInt(EnvelopeHeader.BODY_LENGTH_OFFSET, length - EnvelopeHeader.LENGTH);
          consume(cut, responses, Framing.BARE, null, "cut at " + length);
        }
      }
    }
  }

  private enum Framing {
    BARE,
    LZ4_BODIES,
    SNAPPY_BODIES,
    SEGMENTS,
    LZ4_SEGMENTS
  }

  @Test
  void mutatedFrames() {
    int frames = Integer.getInteger("ilion.fuzz.frames", 200_000);
    long firstSeed = Long.getLong("ilion.fuzz.seed", 1);
    List<byte[]> requests = corpus(false);
    List<byte[]> responses = corpus(true);
    for (int i = 0; i < frames; i++) {
      long seed = firstSeed + i;
      Random random = new Random(seed * 0x9E3779B97F4A7C15L);
      boolean ofServer = random.nextInt(3) == 0;
      List<byte[]> corpus = ofServer ? responses : requests;
      byte[] frame = corpus.get(random.nextInt(corpus.size())).clone();
      Framing framing = Framing.values()[random.nextInt(Framing.values().length)];
      consume(mutate(frame, framing, random), ofServer, framing, random, "seed " + seed);
    }
  }

  /** Damages the frame before or after it is wrapped, so that checksums are passed as well. */
  private static byte[] mutate(byte[] frame, Framing framing, Random random) {
    boolean damageInside = random.nextInt(4) != 0;
    byte[] inside = damageInside ? damage(frame, random) : frame;
    byte[] wrapped = inside;
    EnvelopeWriter writer = new EnvelopeWriter(ByteBufAllocator.DEFAULT);
    if (framing == Framing.SEGMENTS || framing == Framing.LZ4_SEGMENTS) {
      ByteBuf out = Unpooled.buffer();
      boolean selfContained = random.nextInt(3) != 0;
      int at = 0;
      do {
        int length = selfContained ? inside.length : Math.min(inside.length - at, 40);
        Segments.write(
            Unpooled.wrappedBuffer(inside),
            at,
            length,
            selfContained,
            framing == Framing.LZ4_SEGMENTS,
            out);
        at += length;
      } while (at < inside.length);
      wrapped = Wire.read(out, out.readableBytes());
    } else if (framing != Framing.BARE && !damageInside) {
      writer.useCompression(framing == Framing.LZ4_BODIES ? Compression.LZ4 : Compression.SNAPPY);
      ByteBuf out = writer.write(Unpooled.wrappedBuffer(inside));
      wrapped = Wire.read(out, out.readableBytes());
      out.release();
    } else if (framing != Framing.BARE && wrapped.length > 1) {
      wrapped[EnvelopeHeader.FLAGS_OFFSET] |= EnvelopeHeader.COMPRESSED;
    }
    return damageInside ? wrapped : damage(wrapped, random);
  }

  private static byte[] damage(byte[] frame, Random random) {
    byte[] bytes = frame;
    for (int i = 1 + random.nextInt(4); i > 0 && bytes.length > 0; i--) {
      int at = random.nextInt(bytes.length);
      switch (random.nextInt(6)) {
        case 0 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
        case 1 -> bytes[at] = (byte) random.nextInt();
        case 2 -> bytes[at] = (byte) 0xFF;
        case 3 -> bytes = Arrays.copyOf(bytes, at);
        case 4 -> {
          byte[] other = new byte[Math.min(bytes.length - at, 1 + random.nextInt(8))];
          random.nextBytes(other);
          System.arraycopy(other, 0, bytes, at, other.length);
        }
        default -> {
          // A length or count somewhere becomes an interesting number.
          int[] interesting = {0, -1, -2, 0x7FFFFFFF, 0x80000000, 65535, 65536, LIMIT, LIMIT + 1};
          if (at + 4 <= bytes.length) {
            Unpooled.wrappedBuffer(bytes)
                .setInt(at, interesting[random.nextInt(interesting.length)]);
          }
        }
      }
    }
    if (random.nextBoolean() && bytes.length > EnvelopeHeader.LENGTH) {
      Unpooled.wrappedBuffer(bytes)
          .setInt(EnvelopeHeader.BODY_LENGTH_OFFSET, bytes.length - EnvelopeHeader.LENGTH);
    }
    return bytes;
  }

  private static void consume(
      byte[] bytes, boolean responses, Framing framing, Random random, String what) {
    EnvelopeReader in = new EnvelopeReader(ByteBufAllocator.DEFAULT, LIMIT);
    switch (framing) {
      case LZ4_BODIES -> in.useCompression(Compression.LZ4);
      case SNAPPY_BODIES -> in.useCompression(Compression.SNAPPY);
      case SEGMENTS -> in.useSegments(Compression.NONE);
      case LZ4_SEGMENTS -> in.useSegments(Compression.LZ4);
      default -> {}
    }
    try {
      int at = 0;
      while (at < bytes.length) {
        int piece =
            random == null || random.nextBoolean()
                ? bytes.length - at
                : 1 + random.nextInt(bytes.length - at);
        in.feed(Unpooled.copiedBuffer(bytes, at, piece));
        at += piece;
        boolean more = true;
        while (more) {
          more = false;
          try {
            Envelope envelope = in.next();
            if (envelope != null) {
              more = true;
              assertThat(envelope.body().readableBytes()).isLessThanOrEqualTo(LIMIT);
              if (responses) {
                decodeBothWays(envelope);
              } else {
                RequestCodec.decode(envelope);
              }
            }
          } catch (ProtocolException e) {
            more = true;
          }
        }
        if (in.bufferedBytes() > 4 * LIMIT) {
          fail("%s: %d bytes are kept", what, in.bufferedBytes());
        }
      }
    } catch (RuntimeException e) {
      throw new AssertionError(what, e);
    } finally {
      in.close();
    }
  }

  /** Rows that one way of reading them refuses, the other refuses too. */
  private static void decodeBothWays(Envelope envelope) {
    int start = envelope.body().readerIndex();
    ProtocolException refused = null;
    try {
      ResponseCodec.decode(envelope);
    } catch (ProtocolException e) {
      refused = e;
    }
    envelope.body().readerIndex(start);
    if (refused == null) {
      ResponseCodec.decodePacked(envelope);
    } else {
      assertThatThrownBy(() -> ResponseCodec.decodePacked(envelope))
          .isInstanceOf(ProtocolException.class);
      throw refused;
    }
  }
}
