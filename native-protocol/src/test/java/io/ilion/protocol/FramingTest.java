package io.ilion.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ilion.model.Consistency;
import io.ilion.model.ErrorCode;
import io.netty.buffer.AbstractByteBufAllocator;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;

class FramingTest {
  private static final int LIMIT = 1 << 20;

  private static EnvelopeReader reader() {
    return new EnvelopeReader(ByteBufAllocator.DEFAULT, LIMIT);
  }

  private static RequestEnvelope query(ProtocolVersion version, int stream, String text) {
    return new RequestEnvelope(
        version,
        stream,
        false,
        null,
        new Request.Query(text, QueryParameters.of(Consistency.ONE)),
        0);
  }

  private static String randomText(Random random, int length) {
    StringBuilder text = new StringBuilder();
    boolean repetitive = random.nextBoolean();
    for (int i = 0; i < length; i++) {
      text.append((char) ('a' + (repetitive ? i / 50 % 26 : random.nextInt(26))));
    }
    return text.toString();
  }

  private static void configure(
      ProtocolVersion version, Compression compression, EnvelopeReader in, EnvelopeWriter out) {
    if (version.atLeast(ProtocolVersion.V5)) {
      in.useSegments(compression);
      out.useSegments(compression);
    } else {
      in.useCompression(compression);
      out.useCompression(compression);
    }
  }

  @Test
  void envelopesOfAllSizesInEveryFraming() {
    for (ProtocolVersion version : ProtocolVersion.values()) {
      for (Compression compression : Compression.values()) {
        if (version == ProtocolVersion.V5 && compression == Compression.SNAPPY) {
          continue;
        }
        for (long seed = 0; seed < 20; seed++) {
          roundTrip(version, compression, seed);
        }
      }
    }
  }

  private void roundTrip(ProtocolVersion version, Compression compression, long seed) {
    Random random = new Random(seed);
    EnvelopeReader in = reader();
    EnvelopeWriter out = new EnvelopeWriter(ByteBufAllocator.DEFAULT);
    configure(version, compression, in, out);
    ByteBuf plain = ByteBufAllocator.DEFAULT.buffer();
    List<String> sent = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      int length =
          switch (random.nextInt(4)) {
            case 0 -> random.nextInt(10);
            case 1 -> random.nextInt(3_000);
            case 2 -> Segments.MAX_PAYLOAD - 30 + random.nextInt(30);
            default -> random.nextInt(600_000);
          };
      String text = randomText(random, length);
      sent.add(text);
      RequestCodec.encode(query(version, i, text), plain);
    }
    ByteBuf wire = out.write(plain);
    List<String> received = new ArrayList<>();
    while (wire.isReadable()) {
      int piece = Math.min(wire.readableBytes(), 1 + random.nextInt(70_000));
      in.feed(wire.readRetainedSlice(piece));
      for (Envelope e = in.next(); e != null; e = in.next()) {
        RequestEnvelope request = RequestCodec.decode(e);
        assertThat(request.stream()).isEqualTo(received.size());
        received.add(((Request.Query) request.message()).query());
      }
    }
    assertThat(received.equals(sent)).as("%s %s seed %d", version, compression, seed).isTrue();
    assertThat(in.isInsideFrame()).isFalse();
    in.close();
    assertThat(wire.release()).as("the reader kept nothing, seed %d", seed).isTrue();
  }

  /** A large envelope waits in the bytes that came until there is room, in every framing. */
  @Test
  void largeEnvelopesWaitForRoom() {
    String text = "a".repeat(300_000);
    for (ProtocolVersion version : ProtocolVersion.values()) {
      for (Compression compression : Compression.values()) {
        if (version == ProtocolVersion.V5 && compression == Compression.SNAPPY) {
          continue;
        }
        AtomicBoolean room = new AtomicBoolean();
        AtomicInteger asked = new AtomicInteger();
        EnvelopeReader in =
            new EnvelopeReader(
                ByteBufAllocator.DEFAULT,
                LIMIT,
                bytes -> {
                  asked.set(bytes);
                  return room.get();
                });
        EnvelopeWriter out = new EnvelopeWriter(ByteBufAllocator.DEFAULT);
        configure(version, compression, in, out);
        ByteBuf plain = ByteBufAllocator.DEFAULT.buffer();
        RequestCodec.encode(query(version, 1, "small"), plain);
        RequestCodec.encode(query(version, 2, text), plain);
        ByteBuf wire = out.write(plain);
        in.feed(wire.copy());
        wire.release();
        String framing = version + " " + compression;
        assertThat(in.next().header().stream()).as(framing).isEqualTo(1);
        assertThat(in.isHeldBack()).isFalse();
        for (int i = 0; i < 3; i++) {
          assertThat(in.next()).as(framing).isNull();
          assertThat(in.isHeldBack()).as(framing).isTrue();
        }
        assertThat(asked.get()).as(framing).isBetween(text.length(), text.length() + 100);
        // What is held is what came, and one segment of the newest version.
        int most = compression == Compression.NONE ? 2 * LIMIT : 2 * Segments.MAX_PAYLOAD;
        assertThat(in.bufferedBytes()).as(framing).isLessThan(most);
        room.set(true);
        assertThat(in.next().header().stream()).as(framing).isEqualTo(2);
        assertThat(in.isHeldBack()).isFalse();
        assertThat(in.next()).isNull();
        in.close();
      }
    }
  }

  @Test
  void aByteAtATime() {
    for (ProtocolVersion version : ProtocolVersion.values()) {
      EnvelopeReader in = reader();
      EnvelopeWriter out = new EnvelopeWriter(ByteBufAllocator.DEFAULT);
      configure(version, Compression.LZ4, in, out);
      ByteBuf plain = Unpooled.buffer();
      RequestCodec.encode(query(version, 1, "select 1 ".repeat(100)), plain);
      RequestCodec.encode(query(version, 2, "b"), plain);
      ByteBuf wire = out.write(plain);
      int count = 0;
      while (wire.isReadable()) {
        in.feed(wire.readBytes(1));
        for (Envelope e = in.next(); e != null; e = in.next()) {
          count++;
          assertThat(e.header().stream()).isEqualTo(count);
        }
      }
      assertThat(count).isEqualTo(2);
      in.close();
    }
  }

  /** The checksums as the specification words them, bit by bit. */
  @Test
  void checksums() {
    Random random = new Random(1);
    for (int i = 0; i < 1000; i++) {
      int length = 3 + 2 * (i % 2);
      long bytes = random.nextLong() & ((1L << (8 * length)) - 1);
      int crc = 0x875060;
      for (int j = 0; j < length; j++) {
        crc ^= (int) (bytes >>> (8 * j) & 0xFF) << 16;
        for (int bit = 0; bit < 8; bit++) {
          crc <<= 1;
          if ((crc & 0x1000000) != 0) {
            crc ^= 0x1974F0B;
          }
        }
      }
      assertThat(Segments.crc24(bytes, length)).isEqualTo(crc & 0xFFFFFF);
    }
    byte[] payload = "payload".getBytes(StandardCharsets.UTF_8);
    CRC32 crc = new CRC32();
    crc.update(new byte[] {(byte) 0xFA, 0x2D, 0x55, (byte) 0xCA});
    crc.update(payload);
    assertThat(Segments.crc32(Unpooled.wrappedBuffer(payload), 0, payload.length))
        .isEqualTo((int) crc.getValue());
  }

  @Test
  void everyFlippedBitOfASegmentIsNoticed() {
    for (Compression compression : List.of(Compression.NONE, Compression.LZ4)) {
      ByteBuf plain = Unpooled.buffer();
      RequestCodec.encode(query(ProtocolVersion.V5, 1, "select x from y ".repeat(20)), plain);
      EnvelopeWriter writer = new EnvelopeWriter(ByteBufAllocator.DEFAULT);
      writer.useSegments(compression);
      ByteBuf wire = writer.write(plain);
      for (int bit = 0; bit < 8 * wire.readableBytes(); bit++) {
        EnvelopeReader in = reader();
        in.useSegments(compression);
        ByteBuf flipped = wire.copy();
        flipped.setByte(bit / 8, flipped.getByte(bit / 8) ^ 1 << bit % 8);
        in.feed(flipped);
        assertThatThrownBy(in::next)
            .as("bit %d", bit)
            .isInstanceOf(ProtocolException.class)
            .matches(e -> ((ProtocolException) e).isFatal());
      }
      wire.release();
    }
  }

  @Test
  void aFrameBeyondTheLimitIsLeftOutAndAnsweredOnItsStream() {
    for (ProtocolVersion version : ProtocolVersion.values()) {
      EnvelopeReader in = reader();
      EnvelopeWriter out = new EnvelopeWriter(ByteBufAllocator.DEFAULT);
      if (version == ProtocolVersion.V5) {
        configure(version, Compression.NONE, in, out);
      }
      ByteBuf plain = Unpooled.buffer();
      RequestCodec.encode(query(version, 5, "x".repeat(LIMIT)), plain);
      RequestCodec.encode(query(version, 6, "y"), plain);
      ByteBuf wire = out.write(plain);
      ProtocolException refusal = null;
      int last = 0;
      while (wire.isReadable()) {
        in.feed(wire.readBytes(Math.min(10_000, wire.readableBytes())));
        boolean more = true;
        while (more) {
          try {
            Envelope e = in.next();
            more = e != null;
            last = more ? e.header().stream() : last;
          } catch (ProtocolException e) {
            refusal = e;
          }
        }
        assertThat(in.bufferedBytes()).isLessThan(300_000);
      }
      assertThat(refusal).isNotNull();
      assertThat(refusal.stream()).isEqualTo(5);
      assertThat(refusal.isFatal()).isFalse();
      assertThat(refusal.code()).isEqualTo(ErrorCode.INVALID);
      assertThat(last).isEqualTo(6);
      in.close();
    }
  }

  @Test
  void anAnnouncedLengthAllocatesNothing() {
    EnvelopeReader in = reader();
    ByteBuf bytes = Unpooled.buffer();
    EnvelopeHeader.write(bytes, ProtocolVersion.V4, false, 0, 1, Opcode.QUERY.code(), LIMIT - 9);
    in.feed(bytes);
    assertThat(in.next()).isNull();
    assertThat(in.isInsideFrame()).isTrue();
    assertThat(in.bufferedBytes()).isLessThan(1024);
  }

  @Test
  void anEnvelopeThatWasTakenHoldsNothingLonger() {
    for (ProtocolVersion version : ProtocolVersion.values()) {
      EnvelopeReader in = reader();
      EnvelopeWriter out = new EnvelopeWriter(ByteBufAllocator.DEFAULT);
      configure(version, Compression.LZ4, in, out);
      ByteBuf plain = Unpooled.buffer();
      RequestCodec.encode(query(version, 1, "x".repeat(LIMIT / 2)), plain);
      in.feed(out.write(plain));
      assertThat(in.next()).isNotNull();
      in.releaseTaken();
      assertThat(in.bufferedBytes()).as("%s", version).isZero();
      assertThat(in.next()).isNull();
      in.close();
    }
  }

  @Test
  void whatCannotBeWrittenForWantOfMemoryIsGivenBack() {
    for (ProtocolVersion version : ProtocolVersion.values()) {
      List<ByteBuf> made = new ArrayList<>();
      ByteBufAllocator scarce =
          new AbstractByteBufAllocator() {
            @Override
            protected ByteBuf newHeapBuffer(int capacity, int most) {
              ByteBuf buffer = Unpooled.buffer(100, 100);
              made.add(buffer);
              return buffer;
            }

            @Override
            protected ByteBuf newDirectBuffer(int capacity, int most) {
              return newHeapBuffer(capacity, most);
            }

            @Override
            public boolean isDirectBufferPooled() {
              return false;
            }
          };
      EnvelopeWriter out = new EnvelopeWriter(scarce);
      configure(version, Compression.LZ4, reader(), out);
      ByteBuf plain = Unpooled.buffer();
      RequestCodec.encode(query(version, 1, "x".repeat(1000)), plain);
      assertThatThrownBy(() -> out.write(plain)).isInstanceOf(IndexOutOfBoundsException.class);
      assertThat(plain.refCnt()).isZero();
      assertThat(made).isNotEmpty().allMatch(buffer -> buffer.refCnt() == 0);
    }
  }

  @Test
  void bombsAreRefusedBeforeTheyAreOpened() {
    for (int declared : new int[] {-1, LIMIT + 1, Integer.MAX_VALUE, 5_000}) {
      EnvelopeReader in = reader();
      in.useCompression(Compression.LZ4);
      ByteBuf bytes = Unpooled.buffer();
      EnvelopeHeader.write(
          bytes, ProtocolVersion.V4, false, EnvelopeHeader.COMPRESSED, 3, Opcode.QUERY.code(), 14);
      bytes.writeInt(declared).writeZero(10);
      RequestCodec.encode(query(ProtocolVersion.V4, 4, "z"), bytes);
      in.feed(bytes);
      assertThatThrownBy(in::next)
          .isInstanceOf(ProtocolException.class)
          .matches(e -> ((ProtocolException) e).stream() == 3)
          .matches(e -> !((ProtocolException) e).isFatal());
      assertThat(in.next().header().stream()).isEqualTo(4);
    }
    EnvelopeReader in = reader();
    in.useCompression(Compression.SNAPPY);
    ByteBuf bytes = Unpooled.buffer();
    EnvelopeHeader.write(
        bytes, ProtocolVersion.V4, false, EnvelopeHeader.COMPRESSED, 3, Opcode.QUERY.code(), 8);
    bytes.writeInt(0xFFFFFFFF).writeInt(0x07000000);
    in.feed(bytes);
    assertThatThrownBy(in::next).isInstanceOf(ProtocolException.class);
  }

  @Test
  void unknownVersionsAreFatal() {
    for (int first : new int[] {0x00, 0x01, 0x02, 0x06, 0x42, 0x7F, 0xC2, 'G'}) {
      EnvelopeReader in = reader();
      in.feed(Unpooled.wrappedBuffer(new byte[] {(byte) first}));
      assertThatThrownBy(in::next)
          .isInstanceOf(ProtocolException.class)
          .matches(e -> ((ProtocolException) e).isFatal());
      assertThat(in.next()).isNull();
    }
  }
}
