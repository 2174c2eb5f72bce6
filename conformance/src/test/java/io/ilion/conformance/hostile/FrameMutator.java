package io.ilion.conformance.hostile;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;

/** Makes frames of noise, and frames that were in order once. */
final class FrameMutator {
  private static final int[] INTERESTING = {
    0, 1, -1, -2, -3, 0x7f, 0x80, 0xff, 0x7fff, 0x8000, 0xffff, Integer.MAX_VALUE, Integer.MIN_VALUE
  };

  private final RandomGenerator random;
  private final List<byte[]> samples;

  FrameMutator(RandomGenerator random) {
    this.random = random;
    samples =
        List.of(
            Frame.options(),
            Frame.startup("COMPRESSION", "lz4"),
            Frame.query("SELECT * FROM system.local WHERE key = 'local'"),
            Frame.query("SELECT v FROM witness.t WHERE k = ?", new byte[] {0, 0, 0, 1}),
            Frame.query("INSERT INTO hostile.t (k, c, v) VALUES (1, 2, {'a': [1, 2.5, null]})"),
            Frame.query("UPDATE hostile.t SET v['x'] = :y WHERE k IN (1, 2) AND c >= -7 IF EXISTS"),
            Frame.prepare("SELECT k, token(k) FROM hostile.t WHERE k = ? AND c > ? LIMIT 10"),
            Frame.of(
                Frame.EXECUTE,
                out -> {
                  out.writeShort(16);
                  out.write(new byte[16]);
                  out.writeShort(Frame.ONE);
                  out.writeByte(0x3f);
                  out.writeShort(1);
                  out.writeInt(4);
                  out.writeInt(7);
                  out.writeInt(100);
                  out.writeInt(-1);
                  out.writeShort(8);
                  out.writeLong(5);
                }),
            Frame.of(
                Frame.BATCH,
                out -> {
                  out.writeByte(0);
                  out.writeShort(2);
                  for (int i = 0; i < 2; i++) {
                    out.writeByte(0);
                    Frame.longString(out, "INSERT INTO hostile.t (k, c) VALUES (?, 1)");
                    out.writeShort(1);
                    out.writeInt(4);
                    out.writeInt(i);
                  }
                  out.writeShort(Frame.ONE);
                  out.writeByte(0);
                }),
            Frame.of(
                Frame.REGISTER,
                out -> {
                  out.writeShort(1);
                  Frame.string(out, "SCHEMA_CHANGE");
                }));
  }

  /**
   * The next frame: one in a hundred is noise, after which nothing is understood any more; the
   * others have some bytes changed.
   */
  byte[] next() {
    if (random.nextInt(100) == 0) {
      byte[] noise = new byte[random.nextInt(200)];
      random.nextBytes(noise);
      return noise;
    }
    byte[] frame = samples.get(random.nextInt(samples.size())).clone();
    int changes = random.nextInt(4);
    for (int i = 0; i < changes; i++) {
      frame = change(frame);
    }
    // Most keep a length that is true, so that what follows is still understood as frames.
    if (frame.length >= Frame.HEADER_BYTES && random.nextInt(100) != 0) {
      ByteBuffer.wrap(frame).putInt(5, frame.length - Frame.HEADER_BYTES);
    }
    return frame;
  }

  /** The next frame, or a part of it, in a segment of version 5; one in a hundred is damaged. */
  byte[] nextSegment() {
    byte[] frame = next();
    if (frame.length > 0 && random.nextInt(100) != 0) {
      frame[0] = 5;
    }
    boolean whole = random.nextInt(100) != 0;
    byte[] payload = whole ? frame : Arrays.copyOf(frame, random.nextInt(frame.length + 1));
    byte[] segment = Segment.plain(payload, whole);
    return random.nextInt(100) == 0
        ? Segment.flipped(segment, random.nextInt(8 * segment.length))
        : segment;
  }

  /** The next frame with a compressed body; one in five is damaged after that. */
  byte[] nextCompressed(boolean snappy) {
    byte[] frame = next();
    if (frame.length < Frame.HEADER_BYTES) {
      return frame;
    }
    byte[] body = Arrays.copyOfRange(frame, Frame.HEADER_BYTES, frame.length);
    byte[] block = snappy ? snappy(body) : lz4(body);
    if (random.nextInt(5) == 0) {
      block[random.nextInt(block.length)] = (byte) random.nextInt();
    }
    return Frame.withLength(
        frame[0],
        frame[1] | Frame.COMPRESSED,
        ByteBuffer.wrap(frame).getShort(2),
        frame[4],
        block.length,
        block);
  }

  /** A block of nothing but literals, after its length. */
  private static byte[] lz4(byte[] body) {
    return Frame.bytes(
        out -> {
          out.writeInt(body.length);
          out.writeByte(Math.min(body.length, 15) << 4);
          for (int rest = body.length - 15; rest >= 0; rest -= 255) {
            out.writeByte(Math.min(rest, 255));
          }
          out.write(body);
        });
  }

  private static byte[] snappy(byte[] body) {
    return Frame.bytes(
        out -> {
          out.writeByte(body.length & 0x7f | 0x80);
          out.writeByte(body.length >> 7);
          if (body.length > 0) {
            out.writeByte(61 << 2);
            out.writeShort(Short.reverseBytes((short) (body.length - 1)));
            out.write(body);
          }
        });
  }

  private byte[] change(byte[] frame) {
    if (frame.length < Frame.HEADER_BYTES) {
      return frame;
    }
    int body = frame.length - Frame.HEADER_BYTES;
    switch (random.nextInt(7)) {
      case 0 -> frame[1 + random.nextInt(Frame.HEADER_BYTES - 1)] = (byte) random.nextInt();
      case 1 -> frame[random.nextInt(frame.length)] ^= (byte) (1 << random.nextInt(8));
      case 2 -> {
        if (body >= 4) {
          int value = INTERESTING[random.nextInt(INTERESTING.length)];
          ByteBuffer.wrap(frame).putInt(Frame.HEADER_BYTES + random.nextInt(body - 3), value);
        }
      }
      case 3 -> {
        if (body >= 2) {
          int value = INTERESTING[random.nextInt(INTERESTING.length)];
          ByteBuffer.wrap(frame)
              .putShort(Frame.HEADER_BYTES + random.nextInt(body - 1), (short) value);
        }
      }
      case 4 -> {
        return Arrays.copyOf(frame, Frame.HEADER_BYTES + random.nextInt(body + 1));
      }
      case 5 -> {
        return Arrays.copyOf(frame, frame.length + random.nextInt(64));
      }
      default -> {
        if (body > 0) {
          // A piece of the body moves to another place in it.
          int from = Frame.HEADER_BYTES + random.nextInt(body);
          int to = Frame.HEADER_BYTES + random.nextInt(body);
          int length = random.nextInt(frame.length - Math.max(from, to)) + 1;
          System.arraycopy(frame, from, frame, to, Math.min(length, frame.length - from));
        }
      }
    }
    return frame;
  }
}
