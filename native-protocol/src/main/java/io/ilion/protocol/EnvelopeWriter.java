package io.ilion.protocol;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;

/**
 * Turns whole envelopes into the bytes of one direction of one connection: the counterpart of
 * {@link EnvelopeReader}. Not safe for use by several threads.
 */
public final class EnvelopeWriter {
  /** Bodies shorter than this are sent as they are: compressing them gains nothing. */
  private static final int MIN_COMPRESSED = 128;

  private static final int ROOM_FOR_HEADERS = 64;

  private final ByteBufAllocator alloc;
  private Compression compression = Compression.NONE;
  private boolean segments;

  /** Creates a writer of bare envelopes. */
  public EnvelopeWriter(ByteBufAllocator alloc) {
    this.alloc = alloc;
  }

  /** Bodies are compressed from now on (versions 3 and 4). */
  public void useCompression(Compression compression) {
    this.compression = compression;
  }

  /** Envelopes are put into segments from now on (version 5): NONE or LZ4. */
  public void useSegments(Compression compression) {
    if (compression == Compression.SNAPPY) {
      throw new IllegalArgumentException("version 5 has no Snappy");
    }
    this.compression = compression;
    this.segments = true;
  }

  /**
   * Returns the bytes to send for one or more whole envelopes that stand one behind the other.
   * Takes the buffer; the result, which may be the same, is the caller's.
   */
  public ByteBuf write(ByteBuf envelopes) {
    if (!segments && compression == Compression.NONE) {
      return envelopes;
    }
    ByteBuf out = null;
    boolean done = false;
    try {
      out = alloc.buffer(envelopes.readableBytes() + ROOM_FOR_HEADERS);
      if (segments) {
        writeSegments(envelopes, out);
      } else {
        writeCompressed(envelopes, out);
      }
      done = true;
      return out;
    } finally {
      envelopes.release();
      // There may be no memory for it to grow.
      if (!done && out != null) {
        out.release();
      }
    }
  }

  private void writeCompressed(ByteBuf in, ByteBuf out) {
    int at = in.readerIndex();
    int end = in.writerIndex();
    while (at < end) {
      int length = in.getInt(at + EnvelopeHeader.BODY_LENGTH_OFFSET);
      int body = at + EnvelopeHeader.LENGTH;
      int header = out.writerIndex();
      out.writeBytes(in, at, EnvelopeHeader.LENGTH);
      if (length >= MIN_COMPRESSED) {
        int start = out.writerIndex();
        BodyCompressor.compress(compression, in, body, length, out);
        if (out.writerIndex() - start < length) {
          int flags = out.getByte(header + EnvelopeHeader.FLAGS_OFFSET);
          out.setByte(header + EnvelopeHeader.FLAGS_OFFSET, flags | EnvelopeHeader.COMPRESSED);
          out.setInt(header + EnvelopeHeader.BODY_LENGTH_OFFSET, out.writerIndex() - start);
        } else {
          out.writerIndex(start);
          out.writeBytes(in, body, length);
        }
      } else {
        out.writeBytes(in, body, length);
      }
      at = body + length;
    }
  }

  private void writeSegments(ByteBuf in, ByteBuf out) {
    boolean lz4 = compression == Compression.LZ4;
    int start = in.readerIndex();
    int end = in.writerIndex();
    while (start < end) {
      int stop = start;
      while (stop < end) {
        int next =
            stop + EnvelopeHeader.LENGTH + in.getInt(stop + EnvelopeHeader.BODY_LENGTH_OFFSET);
        if (next - start > Segments.MAX_PAYLOAD) {
          break;
        }
        stop = next;
      }
      if (stop > start) {
        Segments.write(in, start, stop - start, true, lz4, out);
        start = stop;
      } else {
        start = writeLarge(in, start, lz4, out);
      }
    }
  }

  /** Writes the envelope at an index as several segments; returns the index behind it. */
  private static int writeLarge(ByteBuf in, int start, boolean lz4, ByteBuf out) {
    int end = start + EnvelopeHeader.LENGTH + in.getInt(start + EnvelopeHeader.BODY_LENGTH_OFFSET);
    for (int at = start; at < end; at += Segments.MAX_PAYLOAD) {
      Segments.write(in, at, Math.min(Segments.MAX_PAYLOAD, end - at), false, lz4, out);
    }
    return end;
  }
}
