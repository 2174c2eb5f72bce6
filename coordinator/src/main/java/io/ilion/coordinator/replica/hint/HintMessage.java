package io.ilion.coordinator.replica.hint;

import io.ilion.gossip.messaging.Payload;
import io.ilion.model.data.CorruptDataException;
import io.ilion.model.type.ByteSink;
import java.nio.ByteBuffer;
import java.util.UUID;

/**
 * The payload of HINT.
 *
 * <pre>
 * u8  version: 2
 * 16  host id of the node that the hint is for: it applies it; any other keeps it for that one
 * i64 fingerprint of the set of replicas of the partition, as the sender knows it
 * i64 time of the write, ms
 * i64 token of the partition
 * the update, to the end
 * </pre>
 */
record HintMessage(UUID node, long fingerprint, Hint hint) {
  private static final int VERSION = 2;
  private static final int HEADER = 41;

  static byte[] encode(UUID node, long fingerprint, Hint hint) {
    ByteSink out = new ByteSink(HEADER + hint.update().length);
    out.writeByte(VERSION);
    Payload.writeUuid(out, node);
    out.writeLong(fingerprint);
    out.writeLong(hint.createdMillis());
    out.writeLong(hint.token());
    out.writeBytes(hint.update());
    return out.array();
  }

  /**
   * Reads a payload.
   *
   * @throws CorruptDataException if it is none
   */
  static HintMessage decode(ByteBuffer in) {
    if (in.remaining() < HEADER) {
      throw new CorruptDataException("a hint of " + in.remaining() + " bytes");
    }
    Payload.expectVersion(in, VERSION);
    UUID node = Payload.readUuid(in);
    long fingerprint = in.getLong();
    long created = in.getLong();
    long token = in.getLong();
    byte[] update = new byte[in.remaining()];
    in.get(update);
    return new HintMessage(node, fingerprint, new Hint(created, token, update));
  }
}
