package io.ilion.protocol;

import io.netty.buffer.ByteBuf;
import java.util.zip.CRC32;

/**
 * The layout of version 5's segments, all of it little-endian.
 *
 * <pre>
 *   uncompressed header (3 bytes):  17 bits payload length, 1 bit self-contained, 6 bits zero
 *   LZ4 header (5 bytes):           17 bits compressed length, 17 bits uncompressed length
 *                                   (0: the payload stands as it is), 1 bit self-contained, 5 zero
 *   CRC24 of the header (3 bytes), payload, CRC32 of the payload as sent (4 bytes)
 * </pre>
 */
final class Segments {
  /** The greatest number of bytes of a payload, before and after compression. */
  static final int MAX_PAYLOAD = (1 << 17) - 1;

  static final int TRAILER_LENGTH = 4;
  private static final int CRC24_LENGTH = 3;
  private static final int LENGTH_BITS = 17;
  private static final int CRC24_INITIAL = 0x875060;
  private static final int CRC24_POLYNOMIAL = 0x1974F0B;
  private static final byte[] CRC32_INITIAL = {(byte) 0xFA, 0x2D, 0x55, (byte) 0xCA};
  private static final int[] CRC24_TABLE = crc24Table();

  private Segments() {}

  private static int[] crc24Table() {
    int[] table = new int[256];
    for (int i = 0; i < table.length; i++) {
      int crc = i << 16;
      for (int bit = 0; bit < 8; bit++) {
        crc <<= 1;
        if ((crc & 0x1000000) != 0) {
          crc ^= CRC24_POLYNOMIAL;
        }
      }
      table[i] = crc;
    }
    return table;
  }

  /** The CRC24 of the low bytes of a number, the lowest first. */
  static int crc24(long bytes, int length) {
    int crc = CRC24_INITIAL;
    long rest = bytes;
    for (int i = 0; i < length; i++) {
      crc = (crc << 8 ^ CRC24_TABLE[(crc >> 16 ^ (int) rest) & 0xFF]) & 0xFFFFFF;
      rest >>>= 8;
    }
    return crc;
  }

  /** The CRC32 of a payload, as the protocol seeds it. */
  static int crc32(ByteBuf buffer, int offset, int length) {
    CRC32 crc = new CRC32();
    crc.update(CRC32_INITIAL);
    if (length > 0) {
      if (buffer.hasArray()) {
        crc.update(buffer.array(), buffer.arrayOffset() + offset, length);
      } else {
        crc.update(buffer.nioBuffer(offset, length));
      }
    }
    return (int) crc.getValue();
  }

  /** The bytes of a header before its CRC24. */
  static int headerLength(boolean lz4) {
    return lz4 ? 5 : 3;
  }

  /** The bytes of a header with its CRC24. */
  static int fullHeaderLength(boolean lz4) {
    return headerLength(lz4) + CRC24_LENGTH;
  }

  /** Reads the header that begins at an index; the caller has checked that it is there. */
  static long readHeader(ByteBuf in, int index, boolean lz4) {
    int length = headerLength(lz4);
    long header = 0;
    for (int i = 0; i < length; i++) {
      header |= (in.getByte(index + i) & 0xFFL) << (8 * i);
    }
    int stored = in.getUnsignedMediumLE(index + length);
    int computed = crc24(header, length);
    if (stored != computed) {
      throw ProtocolException.fatal(
          String.format(
              "invalid, unrecoverable CRC mismatch detected in frame header. Read %d, Computed %d",
              stored, computed));
    }
    return header;
  }

  static int payloadLength(long header) {
    return (int) header & MAX_PAYLOAD;
  }

  /** The length after decompression, 0 when the payload is not compressed; LZ4 headers only. */
  static int uncompressedLength(long header) {
    return (int) (header >>> LENGTH_BITS) & MAX_PAYLOAD;
  }

  static boolean isSelfContained(long header, boolean lz4) {
    return (header >>> (lz4 ? 2 * LENGTH_BITS : LENGTH_BITS) & 1) != 0;
  }

  /** Checks the CRC32 behind the payload that begins at an index. */
  static void checkPayload(ByteBuf in, int index, int length) {
    int stored = in.getIntLE(index + length);
    int computed = crc32(in, index, length);
    if (stored != computed) {
      throw ProtocolException.fatal(
          String.format(
              "invalid, unrecoverable CRC mismatch detected in frame body. Read %d, Computed %d",
              stored, computed));
    }
  }

  /** Appends a segment with the given bytes as its payload. */
  static void write(
      ByteBuf in, int offset, int length, boolean selfContained, boolean lz4, ByteBuf out) {
    int headerLength = headerLength(lz4);
    int start = out.writerIndex();
    out.writeZero(fullHeaderLength(lz4));
    int payload = out.writerIndex();
    long header;
    if (lz4) {
      int compressed = BodyCompressor.lz4Compress(in, offset, length, out);
      int uncompressed = length;
      if (compressed >= length) {
        out.writerIndex(payload);
        out.writeBytes(in, offset, length);
        compressed = length;
        uncompressed = 0;
      }
      header =
          compressed
              | (long) uncompressed << LENGTH_BITS
              | (selfContained ? 1L << 2 * LENGTH_BITS : 0);
    } else {
      out.writeBytes(in, offset, length);
      header = length | (selfContained ? 1L << LENGTH_BITS : 0);
    }
    for (int i = 0; i < headerLength; i++) {
      out.setByte(start + i, (int) (header >>> (8 * i)));
    }
    out.setMediumLE(start + headerLength, crc24(header, headerLength));
    out.writeIntLE(crc32(out, payload, out.writerIndex() - payload));
  }
}
