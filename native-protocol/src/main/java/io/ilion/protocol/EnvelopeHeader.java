package io.ilion.protocol;

import io.netty.buffer.ByteBuf;

/**
 * The nine bytes before every message.
 *
 * <pre>
 *   0         8        16        24        32         40
 *   +---------+---------+---------+---------+---------+
 *   | version |  flags  |      stream       | opcode  |
 *   +---------+---------+---------+---------+---------+
 *   |                body length            |
 *   +---------+---------+---------+---------+
 * </pre>
 *
 * @param version the protocol version
 * @param response whether the message goes to the client (the top bit of the first byte)
 * @param flags see the constants
 * @param stream which request a response belongs to; -1 for events
 * @param opcode the code of the message kind, not yet checked
 * @param bodyLength the number of bytes that follow
 */
public record EnvelopeHeader(
    ProtocolVersion version, boolean response, int flags, int stream, int opcode, int bodyLength) {

  /** The number of bytes of a header. */
  public static final int LENGTH = 9;

  /** The body is compressed (versions 3 and 4). */
  public static final int COMPRESSED = 0x01;

  /** A request asks to be traced; a response carries the trace's id. */
  public static final int TRACING = 0x02;

  /** A map of bytes precedes the message (version 4 and later). */
  public static final int CUSTOM_PAYLOAD = 0x04;

  /** A list of warnings precedes the message of a response (version 4 and later). */
  public static final int WARNINGS = 0x08;

  /** The client accepts a version that is not final. */
  public static final int USE_BETA = 0x10;

  static final int FLAGS_OFFSET = 1;
  static final int STREAM_OFFSET = 2;
  static final int OPCODE_OFFSET = 4;
  static final int BODY_LENGTH_OFFSET = 5;

  /** Whether all bits of the flag are set. */
  public boolean has(int flag) {
    return (flags & flag) != 0;
  }

  /** Appends the header. */
  public void write(ByteBuf out) {
    write(out, version, response, flags, stream, opcode, bodyLength);
  }

  /** Appends a header given by its fields. */
  public static void write(
      ByteBuf out,
      ProtocolVersion version,
      boolean response,
      int flags,
      int stream,
      int opcode,
      int bodyLength) {
    out.writeByte(response ? version.number() | 0x80 : version.number());
    out.writeByte(flags);
    out.writeShort(stream);
    out.writeByte(opcode);
    out.writeInt(bodyLength);
  }
}
