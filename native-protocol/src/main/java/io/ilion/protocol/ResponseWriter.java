package io.ilion.protocol;

import io.netty.buffer.ByteBuf;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/**
 * The frame of a response that is written in place: {@link #begin}, then the message, then {@link
 * #end}. What goes before the message but is known only after it (warnings, say) is inserted at the
 * end, which costs nothing when there is none.
 */
public final class ResponseWriter {
  static final int RESULT_VOID = 1;
  static final int RESULT_ROWS = 2;
  static final int RESULT_SET_KEYSPACE = 3;
  static final int RESULT_PREPARED = 4;
  static final int RESULT_SCHEMA_CHANGE = 5;

  private ResponseWriter() {}

  /** Appends a header; returns where it begins, for {@link #end}. */
  public static int begin(ByteBuf out, ProtocolVersion version, int stream, Opcode opcode) {
    int start = out.writerIndex();
    EnvelopeHeader.write(out, version, true, 0, stream, opcode.code(), 0);
    return start;
  }

  /** Completes the response that began at {@code start} and ends at the writer index. */
  public static void end(ByteBuf out, int start) {
    out.setInt(
        start + EnvelopeHeader.BODY_LENGTH_OFFSET,
        out.writerIndex() - start - EnvelopeHeader.LENGTH);
  }

  /**
   * Completes a response as {@link #end(ByteBuf, int)} does, with what stands before the message.
   *
   * @param tracingId the trace of the request, or null
   * @param warnings may be empty; left out before version 4
   * @param customPayload may be null; left out before version 4
   */
  public static void end(
      ByteBuf out,
      int start,
      UUID tracingId,
      List<String> warnings,
      Map<String, byte[]> customPayload) {
    boolean v4 = (out.getByte(start) & 0x7F) >= ProtocolVersion.V4.number();
    boolean warn = v4 && !warnings.isEmpty();
    boolean payload = v4 && customPayload != null;
    if (tracingId != null || warn || payload) {
      ByteBuf prefix = out.alloc().buffer();
      try {
        int flags = 0;
        if (tracingId != null) {
          flags |= EnvelopeHeader.TRACING;
          Wire.writeUuid(prefix, tracingId);
        }
        if (warn) {
          flags |= EnvelopeHeader.WARNINGS;
          Wire.writeStringList(prefix, warnings);
        }
        if (payload) {
          flags |= EnvelopeHeader.CUSTOM_PAYLOAD;
          Wire.writeBytesMap(prefix, customPayload);
        }
        out.setByte(start + EnvelopeHeader.FLAGS_OFFSET, flags);
        insert(out, start + EnvelopeHeader.LENGTH, prefix);
      } finally {
        prefix.release();
      }
    }
    end(out, start);
  }

  /** Inserts all readable bytes of a buffer at an index of another. */
  static void insert(ByteBuf out, int index, ByteBuf bytes) {
    int length = bytes.readableBytes();
    int tail = out.writerIndex() - index;
    out.ensureWritable(length);
    out.writerIndex(out.writerIndex() + length);
    out.setBytes(index + length, out, index, tail);
    out.setBytes(index, bytes, bytes.readerIndex(), length);
  }

  /**
   * Appends the ERROR that tells a peer that its version is not spoken here, in a form that it can
   * read: versions 1 and 2 have a shorter header, and whoever is newer reads version 5.
   */
  public static void writeVersionRefusal(ByteBuf out, ProtocolException refusal) {
    int version = refusal.unsupportedVersion();
    boolean old = version == 1 || version == 2;
    out.writeByte(0x80 | (old ? version : ProtocolVersion.V5.number()));
    out.writeByte(0);
    if (old) {
      out.writeByte(0);
    } else {
      out.writeShort(0);
    }
    out.writeByte(Opcode.ERROR.code());
    int length = out.writerIndex();
    out.writeInt(0);
    out.writeInt(refusal.code().value());
    Wire.writeString(out, refusal.getMessage());
    out.setInt(length, out.writerIndex() - length - 4);
  }
}
