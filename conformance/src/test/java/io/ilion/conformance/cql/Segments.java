package io.ilion.conformance.cql;

import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Arrays;
import java.util.zip.CRC32;

/**
 * The uncompressed framing of protocol version 5: a header of three little-endian bytes (17 bits of
 * payload length, one bit 'self-contained') with a CRC-24, the payload, and its CRC-32.
 */
final class Segments {
  static final int MAX_PAYLOAD = (1 << 17) - 1;
  private static final int SELF_CONTAINED = 1 << 17;
  private static final byte[] CRC32_SEED = {(byte) 0xfa, 0x2d, 0x55, (byte) 0xca};

  private Segments() {}

  /** Writes one envelope as one self-contained segment, or as several that are not. */
  static void write(OutputStream out, byte[] envelope) throws IOException {
    boolean selfContained = envelope.length <= MAX_PAYLOAD;
    for (int from = 0; from < envelope.length; from += MAX_PAYLOAD) {
      int length = Math.min(MAX_PAYLOAD, envelope.length - from);
      byte[] payload = Arrays.copyOfRange(envelope, from, from + length);
      int header = length | (selfContained ? SELF_CONTAINED : 0);
      writeLittleEndian(out, header, 3);
      writeLittleEndian(out, crc24(header), 3);
      out.write(payload);
      writeLittleEndian(out, crc32(payload), 4);
    }
  }

  /** Reads one segment and returns its payload; a wrong checksum is an {@link IOException}. */
  static byte[] read(DataInputStream in) throws IOException {
    int header = readLittleEndian(in, 3);
    if (readLittleEndian(in, 3) != crc24(header)) {
      throw new IOException("the CRC-24 of a segment's header does not match");
    }
    byte[] payload = new byte[header & MAX_PAYLOAD];
    in.readFully(payload);
    if (readLittleEndian(in, 4) != crc32(payload)) {
      throw new IOException("the CRC-32 of a segment's payload does not match");
    }
    return payload;
  }

  /** The CRC-24 of the three bytes of a header, lowest byte first. */
  static int crc24(int header) {
    int crc = 0x875060;
    for (int i = 0; i < 3; i++) {
      crc ^= ((header >>> (8 * i)) & 0xff) << 16;
      for (int bit = 0; bit < 8; bit++) {
        crc <<= 1;
        if ((crc & 0x1000000) != 0) {
          crc ^= 0x1974f0b;
        }
      }
    }
    return crc & 0xffffff;
  }

  static int crc32(byte[] payload) {
    CRC32 crc = new CRC32();
    crc.update(CRC32_SEED);
    crc.update(payload);
    return (int) crc.getValue();
  }

  private static void writeLittleEndian(OutputStream out, int value, int count) throws IOException {
    for (int i = 0; i < count; i++) {
      out.write(value >>> (8 * i));
    }
  }

  private static int readLittleEndian(DataInputStream in, int count) throws IOException {
    int value = 0;
    for (int i = 0; i < count; i++) {
      value |= in.readUnsignedByte() << (8 * i);
    }
    return value;
  }
}
