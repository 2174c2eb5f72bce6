package io.ilion.server.netty;

import io.ilion.runtime.NodeAddress;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32C;

/**
 * How two nodes begin to talk, inside TLS if they use it. Who connects says hello and sends nothing
 * more before the other has welcomed it. All numbers are big-endian, a string is a u16 length and
 * UTF-8.
 *
 * <pre>
 * hello    u64 "ILIONNET", u8 version 1, u16 number of bytes that follow,
 *          u16 the lane that sends on this connection, string name of the cluster,
 *          string host and u16 port where the sender itself is reached,
 *          u32 CRC32C of all before it
 * welcome  u64 "ILIONNET", u8 version 1, u8 verdict, u32 CRC32C of all before it
 * </pre>
 *
 * After that only who connected sends: frames of u32 length, u32 CRC32C of the length and the
 * message, and the message.
 */
final class InternodeHandshake {
  static final int FRAME_HEADER = 8;
  static final int WELCOME_BYTES = 8 + 1 + 1 + 4;

  private static final long MAGIC = 0x494C494F4E4E4554L;
  private static final int VERSION = 1;
  private static final int FIXED = 8 + 1 + 2;
  private static final int MOST_BYTES = 1024;

  private InternodeHandshake() {}

  /** What a node that connects says of itself. */
  record Hello(int lane, String cluster, NodeAddress from) {}

  /** What becomes of a connection. */
  enum Verdict {
    WELCOME("it is welcome"),
    OTHER_CLUSTER("it belongs to a cluster of another name"),
    TLS_ONLY("it talks TLS only (internode_encryption)"),
    OTHER_NAME("this node's certificate does not bear its address");

    private final String text;

    Verdict(String text) {
      this.text = text;
    }

    /** The verdict as an end of a sentence. */
    String text() {
      return text;
    }
  }

  /** The other side does not speak this protocol, or not this version. */
  static final class HandshakeException extends Exception {
    private static final long serialVersionUID = 1;

    HandshakeException(String message) {
      super(message);
    }
  }

  static ByteBuf encode(Hello hello, ByteBufAllocator allocator) {
    ByteBuf out = allocator.buffer();
    out.writeLong(MAGIC).writeByte(VERSION);
    int at = out.writerIndex();
    out.writeShort(0).writeShort(hello.lane());
    writeString(out, hello.cluster());
    writeString(out, hello.from().host());
    out.writeShort(hello.from().port());
    out.setShort(at, out.writerIndex() - FIXED + 4);
    return out.writeInt(checksum(out, out.readerIndex(), out.readableBytes()));
  }

  static ByteBuf encode(Verdict verdict, ByteBufAllocator allocator) {
    ByteBuf out = allocator.buffer(WELCOME_BYTES);
    out.writeLong(MAGIC).writeByte(VERSION).writeByte(verdict.ordinal());
    return out.writeInt(checksum(out, out.readerIndex(), out.readableBytes()));
  }

  /** Reads a hello; null, and nothing read, if it is not there as a whole. */
  static Hello readHello(ByteBuf in) throws HandshakeException {
    int start = in.readerIndex();
    checkBegin(in);
    if (in.readableBytes() < FIXED) {
      return null;
    }
    int length = in.getUnsignedShort(start + FIXED - 2);
    if (length > MOST_BYTES || length < 2 + 2 + 2 + 2 + 4) {
      throw new HandshakeException("a hello of " + length + " bytes");
    }
    if (in.readableBytes() < FIXED + length) {
      return null;
    }
    int end = start + FIXED + length;
    if (in.getInt(end - 4) != checksum(in, start, FIXED + length - 4)) {
      throw new HandshakeException("a hello with a wrong checksum");
    }
    ByteBuf body = in.slice(start + FIXED, length - 4);
    try {
      int lane = body.readUnsignedShort();
      String cluster = readString(body);
      String host = readString(body);
      NodeAddress from = new NodeAddress(host, body.readUnsignedShort());
      in.readerIndex(end);
      return new Hello(lane, cluster, from);
    } catch (IndexOutOfBoundsException | IllegalArgumentException e) {
      throw new HandshakeException("a hello that makes no sense: " + e.getMessage());
    }
  }

  /** Reads a welcome; null, and nothing read, if it is not there as a whole. */
  static Verdict readVerdict(ByteBuf in) throws HandshakeException {
    int start = in.readerIndex();
    checkBegin(in);
    if (in.readableBytes() < WELCOME_BYTES) {
      return null;
    }
    int verdict = in.getUnsignedByte(start + 9);
    if (verdict >= Verdict.values().length
        || in.getInt(start + 10) != checksum(in, start, WELCOME_BYTES - 4)) {
      throw new HandshakeException("a welcome that makes no sense");
    }
    in.skipBytes(WELCOME_BYTES);
    return Verdict.values()[verdict];
  }

  /** Refuses who speaks something else as soon as that can be seen. */
  private static void checkBegin(ByteBuf in) throws HandshakeException {
    int start = in.readerIndex();
    for (int i = 0; i < Math.min(8, in.readableBytes()); i++) {
      if (in.getByte(start + i) != (byte) (MAGIC >>> 56 - 8 * i)) {
        throw new HandshakeException("it does not speak the protocol between nodes");
      }
    }
    if (in.readableBytes() > 8 && in.getByte(start + 8) != VERSION) {
      throw new HandshakeException("it speaks version " + in.getByte(start + 8));
    }
  }

  private static void writeString(ByteBuf out, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    out.writeShort(bytes.length).writeBytes(bytes);
  }

  private static String readString(ByteBuf in) {
    byte[] bytes = new byte[Math.min(in.readUnsignedShort(), MOST_BYTES)];
    in.readBytes(bytes);
    return new String(bytes, StandardCharsets.UTF_8);
  }

  private static int checksum(ByteBuf bytes, int start, int length) {
    CRC32C crc = new CRC32C();
    crc.update(bytes.nioBuffer(start, length));
    return (int) crc.getValue();
  }

  /** The checksum of a frame. */
  static int checksum(CRC32C crc, byte[] message) {
    crc.reset();
    for (int shift = 24; shift >= 0; shift -= 8) {
      crc.update(message.length >>> shift);
    }
    crc.update(message, 0, message.length);
    return (int) crc.getValue();
  }
}
