package io.ilion.coordinator.write;

import io.ilion.coordinator.replica.UnavailableException;
import io.ilion.coordinator.replica.WriteFailureException;
import io.ilion.coordinator.replica.WriteTimeoutException;
import io.ilion.gossip.messaging.FailureReason;
import io.ilion.gossip.messaging.Payload;
import io.ilion.model.Consistency;
import io.ilion.model.CqlException;
import io.ilion.model.WriteType;
import io.ilion.model.data.CorruptDataException;
import io.ilion.model.type.ByteSink;
import io.ilion.runtime.NodeAddress;
import java.nio.ByteBuffer;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The answer to COUNT: how the additions ended, as the client is to be told.
 *
 * <pre>
 * u8 version: 1
 * u8 0 done, 1 timeout, 2 failure, 3 unavailable
 * i32 received (alive), i32 waited for (required)                       if 1, 2, 3
 * u32 number of failures, then each: address, u8 reason                 if 2
 * </pre>
 */
final class CountAnswer {
  private static final int VERSION = 1;
  private static final int DONE = 0;
  private static final int TIMEOUT = 1;
  private static final int FAILURE = 2;
  private static final int UNAVAILABLE = 3;
  private static final int LEAST_FAILURE = 5;

  private CountAnswer() {}

  /** Encodes an outcome; null if it is one that the answer has no words for. */
  static byte[] encode(Throwable outcome) {
    ByteSink out = Payload.version(VERSION);
    switch (outcome) {
      case null -> out.writeByte(DONE);
      case WriteTimeoutException e -> numbers(out, TIMEOUT, e.received(), e.blockFor());
      case UnavailableException e -> numbers(out, UNAVAILABLE, e.alive(), e.required());
      case WriteFailureException e -> {
        numbers(out, FAILURE, e.received(), e.blockFor());
        out.writeInt(e.reasons().size());
        e.reasons()
            .forEach(
                (node, reason) -> {
                  Payload.writeAddress(out, node);
                  out.writeByte(reason.code());
                });
      }
      default -> {
        return null;
      }
    }
    return out.toByteArray();
  }

  private static void numbers(ByteSink out, int kind, int first, int second) {
    out.writeByte(kind);
    out.writeInt(first);
    out.writeInt(second);
  }

  /**
   * Reads an answer; null if all is done.
   *
   * @throws CorruptDataException if it is none
   * @throws java.nio.BufferUnderflowException if it is cut short
   */
  static CqlException decode(ByteBuffer in, Consistency level) {
    Payload.expectVersion(in, VERSION);
    int kind = in.get();
    if (kind == DONE) {
      return null;
    }
    int received = in.getInt();
    int blockFor = in.getInt();
    return switch (kind) {
      case TIMEOUT -> new WriteTimeoutException(level, received, blockFor, WriteType.COUNTER);
      case UNAVAILABLE -> new UnavailableException(level, "", blockFor, received);
      case FAILURE -> {
        Map<NodeAddress, FailureReason> reasons = new LinkedHashMap<>();
        for (int i = Payload.readCount(in, LEAST_FAILURE); i > 0; i--) {
          NodeAddress node = Payload.readAddress(in);
          reasons.put(node, FailureReason.ofCode(in.get() & 0xff));
        }
        yield new WriteFailureException(level, received, blockFor, WriteType.COUNTER, reasons);
      }
      default -> throw new CorruptDataException("an unknown answer " + kind);
    };
  }
}
