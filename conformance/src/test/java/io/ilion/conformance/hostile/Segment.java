package io.ilion.conformance.hostile;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.zip.CRC32;

/** Segments of version 5, as bytes, in order or not. */
final class Segment {
  static final int LARGEST_PAYLOAD = (1 << 17) - 1;
  private static final byte[] CRC32_SEED = {(byte) 0xfa, 0x2d, 0x55, (byte) 0xca};

  private Segment() {}

  /** A segment without compression. */
  static byte[] plain(byte[] payload, boolean selfContained) {
    return plain(payload, payload.length, selfContained);
  }

  /** As {@link #plain(byte[], boolean)}, with another length in its header. */
  static byte[] plain(byte[] payload, int length, boolean selfContained) {
    return segment(3, length | (selfContained ? 1L << 17 : 0), payload);
  }

  /** A segment of a connection with LZ4; without compression if its uncompressed length is 0. */
  static byte[] lz4(byte[] payload, int uncompressed, boolean selfContained) {
    return segment(
        5, payload.length | (long) uncompressed << 17 | (selfContained ? 1L << 34 : 0), payload);
  }

  private static byte[] segment(int headerBytes, long header, byte[] payload) {
    ByteBuffer out =
        ByteBuffer.allocate(headerBytes + 3 + payload.length + 4).order(ByteOrder.LITTLE_ENDIAN);
    put(out, header, headerBytes);
    put(out, crc24(header, headerBytes), 3);
    CRC32 crc = new CRC32();
    crc.update(CRC32_SEED);
    crc.update(payload);
    return out.put(payload).putInt((int) crc.getValue()).array();
  }

  private static void put(ByteBuffer out, long value, int bytes) {
    for (int i = 0; i < bytes; i++) {
      out.put((byte) (value >>> (8 * i)));
    }
  }

  private static int crc24(long header, int bytes) {
    int crc = 0x875060;
    for (int i = 0; i < bytes; i++) {
      crc ^= (int) ((header >>> (8 * i)) & 0xff) << 16;
      for (int bit = 0; bit < 8; bit++) {
        crc <<= 1;
        if ((crc & 0x1000000) != 0) {
          crc ^= 0x1974f0b;
        }
      }
    }
    return crc & 0xffffff;
  }

  /** The same bytes with one bit changed. */
  static byte[] flipped(byte[] bytes, int bit) {
    byte[] changed = Arrays.copyOf(bytes, bytes.length);
    changed[bit >> 3] ^= (byte) (1 << (bit & 7));
    return changed;
  }
}
