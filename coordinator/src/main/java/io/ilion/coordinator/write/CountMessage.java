package io.ilion.coordinator.write;

import io.ilion.coordinator.replica.UpdateCheck;
import io.ilion.cql.modify.UpdateBuffer.CounterIncrement;
import io.ilion.gossip.messaging.Payload;
import io.ilion.model.Consistency;
import io.ilion.model.data.CorruptDataException;
import io.ilion.model.type.ByteSink;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/**
 * The payload of COUNT: additions to counters of one partition.
 *
 * <pre>
 * u8  version: 1
 * 16  id of the operation, which is not made twice
 * u8  consistency level
 * i64 the present, s
 * 16  table id
 * u32 length, partition key
 * u32 length, update with what else changes; empty for nothing
 * u32 number of additions, then each:
 *   u8 1 if there is a clustering key, 0 for the static row;  if 1: u32 length, clustering key
 *   i32 column, i64 amount, i64 timestamp, us
 * </pre>
 *
 * @param update null for nothing else
 */
record CountMessage(
    UUID operation,
    Consistency level,
    long nowSeconds,
    UUID table,
    byte[] partitionKey,
    byte[] update,
    List<CounterIncrement> increments) {
  private static final int VERSION = 1;
  private static final int LEAST_INCREMENT = 21;
  private static final byte[] NOTHING = {};

  byte[] encode() {
    ByteSink out = Payload.version(VERSION);
    Payload.writeUuid(out, operation);
    out.writeByte(level.code());
    out.writeLong(nowSeconds);
    Payload.writeUuid(out, table);
    Payload.writeBytes(out, partitionKey);
    Payload.writeBytes(out, update == null ? NOTHING : update);
    out.writeInt(increments.size());
    for (CounterIncrement increment : increments) {
      boolean hasKey = increment.clusteringKey() != null;
      out.writeByte(hasKey ? 1 : 0);
      if (hasKey) {
        Payload.writeBytes(out, increment.clusteringKey());
      }
      out.writeInt(increment.column());
      out.writeLong(increment.amount());
      out.writeLong(increment.timestamp());
    }
    return out.toByteArray();
  }

  /**
   * Reads a payload.
   *
   * @throws CorruptDataException if it is none
   * @throws java.nio.BufferUnderflowException if it is cut short
   */
  static CountMessage decode(ByteBuffer in) {
    Payload.expectVersion(in, VERSION);
    UUID operation = Payload.readUuid(in);
    Consistency level = Consistency.ofCode(in.get());
    if (level == null) {
      throw new CorruptDataException("an unknown consistency level");
    }
    long nowSeconds = in.getLong();
    UUID table = Payload.readUuid(in);
    byte[] key = Payload.readBytes(in);
    byte[] update = Payload.readBytes(in);
    if (update.length > 0) {
      UpdateCheck.check(update);
    }
    int count = Payload.readCount(in, LEAST_INCREMENT);
    List<CounterIncrement> increments = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      byte[] clusteringKey = in.get() == 0 ? null : Payload.readBytes(in);
      increments.add(new CounterIncrement(clusteringKey, in.getInt(), in.getLong(), in.getLong()));
    }
    Payload.expectEnd(in);
    return new CountMessage(
        operation,
        level,
        nowSeconds,
        table,
        key,
        update.length == 0 ? null : update,
        List.copyOf(increments));
  }
}
