package io.ilion.gossip.messaging;

import io.ilion.model.data.CorruptDataException;
import io.ilion.model.type.ByteSink;
import io.ilion.runtime.NodeAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.UUID;

/**
 * The parts that payloads of messages between nodes are made of. What is read is believed nowhere:
 * a length or count is held against the bytes that are there before memory is taken for it, and
 * only {@link CorruptDataException} and {@link java.nio.BufferUnderflowException} leave these
 * methods.
 */
public final class Payload {
  private static final UUID NO_ID = new UUID(0, 0);

  private Payload() {}

  /** Writes the version that a payload begins with: one byte. */
  public static ByteSink version(int version) {
    ByteSink out = new ByteSink();
    out.writeByte(version);
    return out;
  }

  /** Reads the version that a payload begins with, and refuses any other. */
  public static void expectVersion(ByteBuffer in, int version) {
    int found = in.get() & 0xff;
    if (found != version) {
      throw new CorruptDataException("version " + found + " of a payload, not " + version);
    }
  }

  /** Writes a text: u16 length, UTF-8. */
  public static void writeText(ByteSink out, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    if (bytes.length > 0xffff) {
      throw new IllegalArgumentException("a text of " + bytes.length + " bytes");
    }
    out.writeShort(bytes.length);
    out.writeBytes(bytes);
  }

  /** Reads a text. */
  public static String readText(ByteBuffer in) {
    return new String(read(in, in.getShort() & 0xffff), StandardCharsets.UTF_8);
  }

  /** Writes bytes: u32 length, bytes. */
  public static void writeBytes(ByteSink out, byte[] bytes) {
    out.writeInt(bytes.length);
    out.writeBytes(bytes);
  }

  /** Reads bytes. */
  public static byte[] readBytes(ByteBuffer in) {
    return read(in, in.getInt());
  }

  private static byte[] read(ByteBuffer in, int length) {
    if (length < 0 || length > in.remaining()) {
      throw new CorruptDataException("a length of " + length + " bytes, of which there are less");
    }
    byte[] bytes = new byte[length];
    in.get(bytes);
    return bytes;
  }

  /** Writes an id: two i64. */
  public static void writeUuid(ByteSink out, UUID id) {
    out.writeLong(id.getMostSignificantBits());
    out.writeLong(id.getLeastSignificantBits());
  }

  /** Reads an id. */
  public static UUID readUuid(ByteBuffer in) {
    long most = in.getLong();
    return new UUID(most, in.getLong());
  }

  /** Writes an id that may be missing: two i64, both 0 for null. */
  public static void writeOptionalUuid(ByteSink out, UUID id) {
    writeUuid(out, id == null ? NO_ID : id);
  }

  /** Reads an id that may be missing: null for zeroes. */
  public static UUID readOptionalUuid(ByteBuffer in) {
    UUID id = readUuid(in);
    return id.equals(NO_ID) ? null : id;
  }

  /** Writes an address: the host as a text, u16 port. */
  public static void writeAddress(ByteSink out, NodeAddress address) {
    writeText(out, address.host());
    out.writeShort(address.port());
  }

  /** Reads an address. */
  public static NodeAddress readAddress(ByteBuffer in) {
    String host = readText(in);
    int port = in.getShort() & 0xffff;
    if (host.isEmpty()) {
      throw new CorruptDataException("an address without a host");
    }
    return new NodeAddress(host, port);
  }

  /**
   * Reads a count: u32.
   *
   * @param bytesEach that each of what is counted takes at least
   */
  public static int readCount(ByteBuffer in, int bytesEach) {
    int count = in.getInt();
    if (count < 0 || (long) count * bytesEach > in.remaining()) {
      throw new CorruptDataException("a count of " + count + " cannot be");
    }
    return count;
  }

  /** Refuses bytes behind the end of what was read. */
  public static void expectEnd(ByteBuffer in) {
    if (in.hasRemaining()) {
      throw new CorruptDataException(in.remaining() + " bytes behind a payload");
    }
  }
}
