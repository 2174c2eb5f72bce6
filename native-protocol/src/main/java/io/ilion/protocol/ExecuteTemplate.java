package io.ilion.protocol;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;

/**
 * The bytes of an EXECUTE but for its stream, values and timestamp: for those who send the same
 * statement very many times, and make no object for each. Immutable.
 */
public final class ExecuteTemplate {
  private final byte[] head;
  private final byte[] tail;
  private final boolean hasTimestamp;

  private ExecuteTemplate(byte[] head, byte[] tail, boolean hasTimestamp) {
    this.head = head;
    this.tail = tail;
    this.hasTimestamp = hasTimestamp;
  }

  /**
   * The template of an EXECUTE with values by position; or null for one that goes on from a page,
   * or names a keyspace, a time or a payload, of which nobody sends very many.
   *
   * @param parameters with the count of the values; whether there is a timestamp, not which
   */
  public static ExecuteTemplate of(
      ProtocolVersion version, Digest id, Digest resultMetadataId, QueryParameters parameters) {
    if (parameters.pagingState() != null
        || parameters.keyspace() != null
        || parameters.nowInSeconds() != QueryParameters.NO_NOW_IN_SECONDS
        || parameters.values().isNamed()) {
      return null;
    }
    ByteBuf out = Unpooled.buffer();
    RequestCodec.encode(
        new RequestEnvelope(
            version, 0, false, null, new Request.Execute(id, resultMetadataId, parameters), 0),
        out);
    boolean hasTimestamp = parameters.timestamp() != QueryParameters.NO_TIMESTAMP;
    int tailLength = parameters.bytesBehindValues();
    byte[] tail = new byte[tailLength];
    out.getBytes(out.writerIndex() - tailLength, tail);
    byte[] head = new byte[out.writerIndex() - tailLength - parameters.values().encodedBytes()];
    out.getBytes(0, head);
    return new ExecuteTemplate(head, tail, hasTimestamp);
  }

  /**
   * Appends a request.
   *
   * @param values as many as the template has, in the form of the wire; see {@link
   *     BoundValues#encoded}; they are not looked at
   * @param timestamp is left out if the template has none
   */
  public void write(
      ByteBuf out, int stream, byte[] values, int offset, int length, long timestamp) {
    int start = out.writerIndex();
    out.ensureWritable(head.length + length + tail.length);
    out.writeBytes(head);
    out.setShort(start + EnvelopeHeader.STREAM_OFFSET, stream);
    out.setInt(
        start + EnvelopeHeader.BODY_LENGTH_OFFSET,
        head.length + length + tail.length - EnvelopeHeader.LENGTH);
    out.writeBytes(values, offset, length);
    out.writeBytes(tail);
    if (hasTimestamp) {
      out.setLong(out.writerIndex() - Long.BYTES, timestamp);
    }
  }
}
