package io.ilion.protocol;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.util.function.IntPredicate;

/**
 * Turns the bytes of one direction of one connection into envelopes.
 *
 * <p>A connection begins with bare envelopes. After STARTUP it either stays so, bodies possibly
 * compressed (versions 3 and 4), or goes over to checked segments (version 5); the owner tells the
 * reader at that moment. Bytes are given with {@link #feed} as they arrive, and envelopes are taken
 * with {@link #next} until there is none. Not safe for use by several threads.
 *
 * <p>Memory: incomplete frames are kept in a buffer that grows with the bytes that have arrived,
 * not with the length that was announced, and never beyond the frame limit plus what arrived at
 * once.
 */
public final class EnvelopeReader implements AutoCloseable {
  private static final int MAX_SMALL = 1024;

  /** An envelope with a longer body is large: whether there is room for it is asked first. */
  static final int LARGE_BODY = 64 << 10;

  private final ByteBufAllocator alloc;
  private final int maxFrameBytes;
  private final IntPredicate roomForLarge;

  private Compression compression = Compression.NONE;
  private boolean segments;

  /** Bytes that have arrived and were not looked at. */
  private ByteBuf pending;

  /** What is left of the payload of a segment, or an assembled large envelope. */
  private ByteBuf payload;

  /** The envelope that comes in several segments, as far as it has arrived. */
  private ByteBuf assembly;

  /** The bytes that the assembled envelope will have, 0 while its header is not complete. */
  private long assemblyLength;

  /** A decompressed body that was lent out. */
  private ByteBuf lent;

  /** How many bytes of a frame beyond the limit are still to be dropped. */
  private long discarding;

  private ProtocolException afterDiscarding;
  private boolean heldBack;
  private boolean closed;

  /**
   * Creates a reader of bare envelopes.
   *
   * @param maxFrameBytes the greatest envelope that is accepted, header included, before and after
   *     decompression
   */
  public EnvelopeReader(ByteBufAllocator alloc, int maxFrameBytes) {
    this(alloc, maxFrameBytes, bytes -> true);
  }

  /**
   * As above, for an owner who cannot always take large envelopes. Few bytes may stand for many
   * when they are compressed, so this is asked before they are opened.
   *
   * @param roomForLarge whether a large envelope of so many bytes may be made now; as long as not,
   *     it stays in the bytes that have arrived, and {@link #next} gives null
   */
  public EnvelopeReader(ByteBufAllocator alloc, int maxFrameBytes, IntPredicate roomForLarge) {
    this.alloc = alloc;
    this.maxFrameBytes = maxFrameBytes;
    this.roomForLarge = roomForLarge;
  }

  /** Bodies may be compressed from the next envelope on (versions 3 and 4). */
  public void useCompression(Compression compression) {
    this.compression = compression;
  }

  /** The bytes behind the last envelope are segments (version 5): NONE or LZ4. */
  public void useSegments(Compression compression) {
    if (compression == Compression.SNAPPY) {
      throw new IllegalArgumentException("version 5 has no Snappy");
    }
    this.compression = compression;
    this.segments = true;
  }

  /** Takes bytes that have arrived, and the buffer with them. */
  public void feed(ByteBuf bytes) {
    if (closed || !bytes.isReadable()) {
      bytes.release();
      return;
    }
    if (pending == null) {
      pending = bytes;
    } else if (!pending.isReadable()) {
      pending.release();
      pending = bytes;
    } else {
      pending = append(pending, bytes);
      bytes.release();
    }
  }

  /** Appends to a buffer that has been kept, after making room by dropping what was read. */
  private ByteBuf append(ByteBuf kept, ByteBuf bytes) {
    ByteBuf target = kept;
    if (kept.refCnt() > 1 || kept.isReadOnly() || kept.maxWritableBytes() < bytes.readableBytes()) {
      target = alloc.buffer(kept.readableBytes() + bytes.readableBytes()).writeBytes(kept);
      kept.release();
    } else if (kept.readerIndex() > kept.capacity() >> 1) {
      kept.discardReadBytes();
    }
    return target.writeBytes(bytes);
  }

  /** Whether part of a frame has arrived and the rest is awaited; only after next gave null. */
  public boolean isInsideFrame() {
    return discarding > 0 || assembly != null || (pending != null && pending.isReadable());
  }

  /** Whether next gave null only because there was no room for a large envelope. */
  public boolean isHeldBack() {
    return heldBack;
  }

  /** The bytes of memory that are held for frames that are not complete, or were not taken. */
  public int bufferedBytes() {
    return (pending == null ? 0 : pending.capacity())
        + (payload == null ? 0 : payload.capacity())
        + (assembly == null ? 0 : assembly.capacity());
  }

  /**
   * Gives back the memory of the envelope that was taken last, whose body is not valid any more:
   * for those who will not ask for another one for some time.
   */
  public void releaseTaken() {
    if (lent != null) {
      lent.release();
      lent = null;
    }
    if (payload != null && !payload.isReadable()) {
      payload.release();
      payload = null;
    }
    if (pending != null && !pending.isReadable()) {
      releasePending();
    }
  }

  /**
   * Returns the next envelope, or null when more bytes are needed. Its body is valid until the next
   * call of any method of this reader.
   *
   * @throws ProtocolException when the bytes are not what they should be; if it is not fatal, the
   *     frame has been left out and reading may go on
   */
  public Envelope next() {
    if (closed) {
      return null;
    }
    releaseTaken();
    heldBack = false;
    try {
      Envelope envelope = segments ? nextInSegments() : nextBare();
      if (envelope == null) {
        shrinkPending();
      }
      return envelope;
    } catch (ProtocolException e) {
      if (e.isFatal()) {
        close();
      }
      throw e;
    }
  }

  private Envelope nextBare() {
    if (discarding > 0) {
      discard(pending);
    }
    if (pending == null || !pending.isReadable()) {
      releasePending();
      return null;
    }
    ProtocolVersion version = version(pending);
    if (pending.readableBytes() < EnvelopeHeader.LENGTH) {
      return null;
    }
    int start = pending.readerIndex();
    long length = pending.getInt(start + EnvelopeHeader.BODY_LENGTH_OFFSET);
    if (length < 0) {
      // Nobody knows where the next frame begins.
      throw ProtocolException.fatal(
              "Invalid value for envelope header body length field: " + length)
          .onStream(pending.getShort(start + 2));
    }
    if (length + EnvelopeHeader.LENGTH > maxFrameBytes) {
      int stream = pending.getShort(start + 2);
      beginDiscarding(length + EnvelopeHeader.LENGTH, stream);
      discard(pending);
      return nextBare();
    }
    if (pending.readableBytes() < EnvelopeHeader.LENGTH + length) {
      return null;
    }
    return mayTake(pending, (int) length) ? take(pending, version, (int) length) : null;
  }

  /** Whether there is room for the envelope at the reader index, which is there as a whole. */
  private boolean mayTake(ByteBuf from, int length) {
    int opened = length;
    if (isCompressed(from.getByte(from.readerIndex() + EnvelopeHeader.FLAGS_OFFSET))) {
      ByteBuf body = from.slice(from.readerIndex() + EnvelopeHeader.LENGTH, length);
      opened = Math.max(length, BodyCompressor.declaredLength(compression, body));
    }
    heldBack = opened > LARGE_BODY && !roomForLarge.test(opened);
    return !heldBack;
  }

  private boolean isCompressed(int flags) {
    return !segments && compression != Compression.NONE && (flags & EnvelopeHeader.COMPRESSED) != 0;
  }

  /** Drops what has arrived of a frame beyond the limit; throws when all of it is gone. */
  private void discard(ByteBuf from) {
    int n = from == null ? 0 : (int) Math.min(discarding, from.readableBytes());
    if (n > 0) {
      from.skipBytes(n);
      discarding -= n;
    }
    if (discarding == 0 && afterDiscarding != null) {
      ProtocolException e = afterDiscarding;
      afterDiscarding = null;
      throw e;
    }
  }

  private void beginDiscarding(long total, int stream) {
    discarding = total;
    afterDiscarding =
        ProtocolException.invalid(
                "Request is too big: length "
                    + total
                    + " exceeds maximum allowed length "
                    + maxFrameBytes
                    + ".")
            .onStream(stream);
  }

  private static ProtocolVersion version(ByteBuf from) {
    return ProtocolVersion.of(from.getByte(from.readerIndex()) & 0x7F);
  }

  /** Takes the whole envelope that begins at the reader index. */
  private Envelope take(ByteBuf from, ProtocolVersion version, int length) {
    int start = from.readerIndex();
    boolean response = from.getByte(start) < 0;
    int flags = from.getByte(start + EnvelopeHeader.FLAGS_OFFSET) & 0xFF;
    int stream = from.getShort(start + 2);
    int opcode = from.getByte(start + EnvelopeHeader.OPCODE_OFFSET) & 0xFF;
    from.skipBytes(EnvelopeHeader.LENGTH);
    ByteBuf body = from.readSlice(length);
    int bodyLength = length;
    if (isCompressed(flags)) {
      try {
        lent =
            BodyCompressor.decompress(
                compression, body, maxFrameBytes - EnvelopeHeader.LENGTH, alloc);
      } catch (ProtocolException e) {
        throw e.onStream(stream);
      }
      body = lent;
      bodyLength = lent.readableBytes();
    }
    return new Envelope(
        new EnvelopeHeader(
            version, response, flags & ~EnvelopeHeader.COMPRESSED, stream, opcode, bodyLength),
        body);
  }

  private Envelope nextInSegments() {
    while (true) {
      if (payload != null) {
        if (payload.isReadable()) {
          return nextInPayload();
        }
        payload.release();
        payload = null;
      }
      if (!readSegment()) {
        return null;
      }
    }
  }

  private Envelope nextInPayload() {
    int readable = payload.readableBytes();
    if (readable < EnvelopeHeader.LENGTH) {
      throw ProtocolException.fatal("Segment ends inside of an envelope");
    }
    int start = payload.readerIndex();
    ProtocolVersion version = version(payload);
    int length = payload.getInt(start + EnvelopeHeader.BODY_LENGTH_OFFSET);
    if (length < 0 || readable - EnvelopeHeader.LENGTH < length) {
      throw ProtocolException.fatal(
          "Invalid value for envelope header body length field: " + length);
    }
    if (length + EnvelopeHeader.LENGTH > maxFrameBytes) {
      int stream = payload.getShort(start + 2);
      beginDiscarding((long) length + EnvelopeHeader.LENGTH, stream);
      discard(payload);
    }
    return mayTake(payload, length) ? take(payload, version, length) : null;
  }

  /** Reads one segment into the payload or the assembly; false when more bytes are needed. */
  private boolean readSegment() {
    if (assembly != null
        && assemblyLength > LARGE_BODY
        && !roomForLarge.test((int) Math.min(assemblyLength, maxFrameBytes))) {
      heldBack = true;
      return false;
    }
    boolean lz4 = compression == Compression.LZ4;
    int headerLength = Segments.fullHeaderLength(lz4);
    if (pending == null || pending.readableBytes() < headerLength) {
      if (pending != null && !pending.isReadable()) {
        releasePending();
      }
      return false;
    }
    int start = pending.readerIndex();
    long header = Segments.readHeader(pending, start, lz4);
    int length = Segments.payloadLength(header);
    if (pending.readableBytes() < headerLength + length + Segments.TRAILER_LENGTH) {
      return false;
    }
    int payloadStart = start + headerLength;
    Segments.checkPayload(pending, payloadStart, length);
    pending.skipBytes(headerLength + length + Segments.TRAILER_LENGTH);
    boolean selfContained = Segments.isSelfContained(header, lz4);
    if (selfContained && (assembly != null || discarding > 0)) {
      throw ProtocolException.fatal("Self-contained segment inside of a large envelope");
    }
    int uncompressed = lz4 ? Segments.uncompressedLength(header) : 0;
    ByteBuf content =
        uncompressed == 0
            ? pending.retainedSlice(payloadStart, length)
            : decompress(pending.slice(payloadStart, length), uncompressed);
    if (selfContained) {
      payload = content;
    } else {
      try {
        assemble(content);
      } finally {
        content.release();
      }
    }
    return true;
  }

  private ByteBuf decompress(ByteBuf block, int uncompressed) {
    if (!BodyCompressor.lz4CanHold(block.readableBytes(), uncompressed)) {
      throw ProtocolException.fatal("Invalid uncompressed length of a segment: " + uncompressed);
    }
    try {
      return BodyCompressor.lz4Decompress(block, uncompressed, alloc);
    } catch (ProtocolException e) {
      throw ProtocolException.fatal(e.getMessage());
    }
  }

  /** Adds a piece to the envelope that comes in several segments. */
  private void assemble(ByteBuf piece) {
    if (discarding > 0) {
      if (piece.readableBytes() > discarding) {
        throw ProtocolException.fatal("Large envelope goes on beyond its length");
      }
      discard(piece);
      return;
    }
    if (!piece.isReadable()) {
      return;
    }
    if (assembly == null) {
      assembly = alloc.buffer(piece.readableBytes());
      assemblyLength = 0;
    }
    if (assembly.readableBytes() + (long) piece.readableBytes()
        > Math.max(maxFrameBytes, 2L * Segments.MAX_PAYLOAD) + Segments.MAX_PAYLOAD) {
      throw ProtocolException.fatal("Large envelope goes on beyond its length");
    }
    assembly.writeBytes(piece);
    if (assemblyLength == 0 && assembly.readableBytes() >= EnvelopeHeader.LENGTH) {
      version(assembly);
      int length = assembly.getInt(EnvelopeHeader.BODY_LENGTH_OFFSET);
      if (length < 0) {
        throw ProtocolException.fatal(
            "Invalid value for envelope header body length field: " + length);
      }
      assemblyLength = EnvelopeHeader.LENGTH + (long) length;
    }
    if (assemblyLength == 0) {
      return;
    }
    if (assembly.readableBytes() > assemblyLength) {
      throw ProtocolException.fatal("Large envelope goes on beyond its length");
    }
    if (assemblyLength > maxFrameBytes) {
      beginDiscarding(assemblyLength, assembly.getShort(2));
      ByteBuf dropped = assembly;
      assembly = null;
      try {
        discard(dropped);
      } finally {
        dropped.release();
      }
    } else if (assembly.readableBytes() == assemblyLength) {
      payload = assembly;
      assembly = null;
    }
  }

  /** Moves the few bytes of a frame that has begun out of the large buffer that they came in. */
  private void shrinkPending() {
    if (pending != null
        && pending.readableBytes() < MAX_SMALL
        && pending.capacity() > 2 * MAX_SMALL) {
      ByteBuf small = alloc.buffer(pending.readableBytes()).writeBytes(pending);
      pending.release();
      pending = small;
    }
  }

  private void releasePending() {
    if (pending != null) {
      pending.release();
      pending = null;
    }
  }

  /** Gives back all memory; afterwards the reader has no more envelopes. Idempotent. */
  @Override
  public void close() {
    closed = true;
    releasePending();
    if (payload != null) {
      payload.release();
      payload = null;
    }
    if (assembly != null) {
      assembly.release();
      assembly = null;
    }
    if (lent != null) {
      lent.release();
      lent = null;
    }
  }
}
