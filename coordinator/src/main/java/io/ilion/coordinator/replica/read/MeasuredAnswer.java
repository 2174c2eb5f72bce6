package io.ilion.coordinator.replica.read;

import io.ilion.storage.ReadForecast;
import java.nio.ByteBuffer;

/**
 * The answer to a read that is profiled ({@link ReadMessage}), with what the replica looked into.
 *
 * <pre>
 * the answer, to READ or to READ_DIGEST ({@link ReplicaAnswer})
 * i32 memtables;  i32 files looked into;  i32 files passed by (big-endian)
 * u8  5, which no other answer ends with
 * </pre>
 *
 * @param looked null if the replica did not say
 */
record MeasuredAnswer(ByteBuffer answer, ReadForecast looked) {
  private static final int MEASURED = 5;
  private static final int BYTES = 13;

  /** Appends what was looked into to an answer. */
  static byte[] encode(byte[] answer, ReadForecast looked) {
    return ByteBuffer.allocate(answer.length + BYTES)
        .put(answer)
        .putInt(looked.memtables())
        .putInt(looked.files())
        .putInt(looked.passed())
        .put((byte) MEASURED)
        .array();
  }

  /** Takes the two apart. */
  static MeasuredAnswer decode(ByteBuffer payload, boolean digest) {
    int length = payload.remaining() - BYTES;
    boolean measured =
        digest
            ? length == ReplicaAnswer.DIGEST_BYTES
            : length > 0 && payload.get(payload.limit() - 1) == MEASURED;
    if (!measured) {
      return new MeasuredAnswer(payload, null);
    }
    int at = payload.position() + length;
    ReadForecast looked =
        new ReadForecast(
            payload.getInt(at), payload.getInt(at + 4), payload.getInt(at + 8), 0, 0, 0, 0, 0);
    return new MeasuredAnswer(payload.slice(payload.position(), length), looked);
  }
}
