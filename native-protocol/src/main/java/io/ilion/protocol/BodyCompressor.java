package io.ilion.protocol;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.io.IOException;
import java.nio.ByteBuffer;
import net.jpountz.lz4.LZ4Compressor;
import net.jpountz.lz4.LZ4Exception;
import net.jpountz.lz4.LZ4Factory;
import net.jpountz.lz4.LZ4SafeDecompressor;
import org.xerial.snappy.Snappy;

/**
 * Compresses and decompresses blocks of bytes, without ever believing a declared length that the
 * compressed bytes cannot produce.
 */
final class BodyCompressor {
  /** An LZ4 block grows at most so much: every byte of it adds at most 255 bytes of a match. */
  private static final int LZ4_MAX_RATIO = 255;

  /** A Snappy block grows at most so much: three bytes copy at most 64. */
  private static final int SNAPPY_MAX_RATIO = 64;

  /** The bytes of the length that a Snappy block begins with, at most. */
  private static final int MAX_VARINT = 5;

  private static final LZ4Compressor LZ4 = LZ4Factory.fastestInstance().fastCompressor();
  private static final LZ4SafeDecompressor UNLZ4 = LZ4Factory.fastestInstance().safeDecompressor();

  private BodyCompressor() {}

  /**
   * Decompresses the body of an envelope of version 3 or 4.
   *
   * @return a buffer of its own, owned by the caller
   * @throws ProtocolException recoverably when the bytes are not what they claim to be
   */
  static ByteBuf decompress(
      Compression compression, ByteBuf in, int limit, ByteBufAllocator alloc) {
    return switch (compression) {
      case LZ4 -> {
        int length = Wire.readInt(in);
        checkDeclared(length, in.readableBytes(), LZ4_MAX_RATIO, limit);
        yield lz4Decompress(in, length, alloc);
      }
      case SNAPPY -> snappyDecompress(in, limit, alloc);
      case NONE -> throw new IllegalArgumentException("no compression");
    };
  }

  /** How many bytes a body says that it holds; 0 if it says nothing that could be true. */
  static int declaredLength(Compression compression, ByteBuf in) {
    int start = in.readerIndex();
    int bytes = in.readableBytes();
    if (compression == Compression.LZ4) {
      return bytes < Integer.BYTES ? 0 : Math.max(0, in.getInt(start));
    }
    long length = 0;
    for (int i = 0; i < Math.min(bytes, MAX_VARINT); i++) {
      byte part = in.getByte(start + i);
      length |= (part & 0x7FL) << (7 * i);
      if (part >= 0) {
        break;
      }
    }
    return (int) Math.min(length, Integer.MAX_VALUE);
  }

  private static void checkDeclared(int declared, int compressed, int maxRatio, int limit) {
    if (declared < 0 || declared > limit || declared > (long) compressed * maxRatio) {
      throw ProtocolException.recoverable(
          "Invalid uncompressed length " + declared + " of " + compressed + " compressed bytes");
    }
  }

  /** Decompresses all of {@code in} to exactly {@code length} bytes; the caller has bounded it. */
  static ByteBuf lz4Decompress(ByteBuf in, int length, ByteBufAllocator alloc) {
    ByteBuf out = alloc.buffer(length, length);
    boolean done = false;
    try {
      int compressed = in.readableBytes();
      ByteBuffer source = in.nioBuffer(in.readerIndex(), compressed);
      ByteBuffer target = out.nioBuffer(0, length);
      int written =
          UNLZ4.decompress(
              source, source.position(), compressed, target, target.position(), length);
      if (written != length) {
        throw ProtocolException.recoverable(
            "LZ4 block holds " + written + " bytes where " + length + " were declared");
      }
      in.skipBytes(compressed);
      out.writerIndex(length);
      done = true;
      return out;
    } catch (LZ4Exception e) {
      throw ProtocolException.recoverable("Malformed LZ4 block");
    } finally {
      if (!done) {
        out.release();
      }
    }
  }

  /** Whether an LZ4 block of this size can hold so many bytes. */
  static boolean lz4CanHold(int compressed, int declared) {
    return declared <= (long) compressed * LZ4_MAX_RATIO;
  }

  private static ByteBuf snappyDecompress(ByteBuf in, int limit, ByteBufAllocator alloc) {
    byte[] compressed = Wire.read(in, in.readableBytes());
    try {
      int length = Snappy.uncompressedLength(compressed, 0, compressed.length);
      checkDeclared(length, compressed.length, SNAPPY_MAX_RATIO, limit);
      byte[] bytes = new byte[length];
      int written = Snappy.uncompress(compressed, 0, compressed.length, bytes, 0);
      if (written != length) {
        throw ProtocolException.recoverable("Snappy block ends early");
      }
      return alloc.buffer(length, Math.max(1, length)).writeBytes(bytes);
    } catch (IOException e) {
      throw ProtocolException.recoverable("Malformed Snappy block");
    }
  }

  /** Appends the compressed form of a body of version 3 or 4. */
  static void compress(Compression compression, ByteBuf in, int offset, int length, ByteBuf out) {
    switch (compression) {
      case LZ4 -> {
        out.writeInt(length);
        lz4Compress(in, offset, length, out);
      }
      case SNAPPY -> {
        byte[] bytes = new byte[length];
        in.getBytes(offset, bytes);
        byte[] compressed = new byte[Snappy.maxCompressedLength(length)];
        try {
          out.writeBytes(compressed, 0, Snappy.compress(bytes, 0, length, compressed, 0));
        } catch (IOException e) {
          throw new AssertionError("compressing arrays that are large enough", e);
        }
      }
      case NONE -> throw new IllegalArgumentException("no compression");
    }
  }

  /** Appends an LZ4 block; returns its length. */
  static int lz4Compress(ByteBuf in, int offset, int length, ByteBuf out) {
    int max = LZ4.maxCompressedLength(length);
    out.ensureWritable(max);
    int at = out.writerIndex();
    ByteBuffer source = in.nioBuffer(offset, length);
    ByteBuffer target = out.nioBuffer(at, max);
    int written = LZ4.compress(source, source.position(), length, target, target.position(), max);
    out.writerIndex(at + written);
    return written;
  }
}
