package io.ilion.coordinator.read;

import io.ilion.model.CqlException;
import io.ilion.model.type.ByteSink;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;

/**
 * Where a later page goes on: behind a row. Clients carry it without looking into it; what comes
 * back from them is checked like any input.
 *
 * <pre>
 * u8 version 1;  i32 length, partition key;  i32 length (-1 for none), clustering key;
 * i32 rows left of LIMIT;  i32 rows given of this partition
 * </pre>
 *
 * @param clusteringKey of the last row given, or null if the partition is done with
 */
record PagingState(byte[] partitionKey, byte[] clusteringKey, int remaining, int givenInPartition) {
  private static final int VERSION = 1;

  byte[] encode() {
    ByteSink out = new ByteSink();
    out.writeByte(VERSION);
    out.writeInt(partitionKey.length);
    out.writeBytes(partitionKey);
    out.writeInt(clusteringKey == null ? -1 : clusteringKey.length);
    if (clusteringKey != null) {
      out.writeBytes(clusteringKey);
    }
    out.writeInt(remaining);
    out.writeInt(givenInPartition);
    return out.toByteArray();
  }

  /** Throws PROTOCOL_ERROR for bytes that are no paging state. */
  static PagingState decode(byte[] bytes) {
    try {
      ByteBuffer in = ByteBuffer.wrap(bytes);
      if (in.get() != VERSION) {
        throw invalid();
      }
      byte[] key = read(in, in.getInt());
      int length = in.getInt();
      byte[] clustering = length == -1 ? null : read(in, length);
      int remaining = in.getInt();
      int given = in.getInt();
      if (in.hasRemaining() || key.length == 0 || remaining <= 0 || given < 0) {
        throw invalid();
      }
      return new PagingState(key, clustering, remaining, given);
    } catch (BufferUnderflowException e) {
      throw invalid();
    }
  }

  private static byte[] read(ByteBuffer in, int length) {
    if (length < 0 || length > in.remaining()) {
      throw invalid();
    }
    byte[] bytes = new byte[length];
    in.get(bytes);
    return bytes;
  }

  private static CqlException invalid() {
    return CqlException.protocol("Invalid value for the paging state");
  }
}
