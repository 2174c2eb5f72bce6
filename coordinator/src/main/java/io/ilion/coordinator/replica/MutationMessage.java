package io.ilion.coordinator.replica;

import io.ilion.gossip.messaging.Payload;
import io.ilion.model.data.CorruptDataException;
import io.ilion.model.type.ByteSink;
import java.nio.ByteBuffer;

/**
 * The payload of MUTATE.
 *
 * <pre>
 * u8  version: 1
 * i64 epoch of the metadata by which the sender chose the replicas
 * i64 fingerprint of the set of replicas
 * the update, to the end
 * </pre>
 */
final class MutationMessage {
  private static final int VERSION = 1;
  private static final int HEADER = 17;

  private final long epoch;
  private final long fingerprint;
  private final byte[] update;

  private MutationMessage(long epoch, long fingerprint, byte[] update) {
    this.epoch = epoch;
    this.fingerprint = fingerprint;
    this.update = update;
  }

  static byte[] encode(long epoch, long fingerprint, byte[] update) {
    ByteSink out = new ByteSink(HEADER + update.length);
    out.writeByte(VERSION);
    out.writeLong(epoch);
    out.writeLong(fingerprint);
    out.writeBytes(update);
    return out.array().length == out.size() ? out.array() : out.toByteArray();
  }

  /**
   * Reads a payload.
   *
   * @throws CorruptDataException if it is none
   */
  static MutationMessage decode(ByteBuffer in) {
    if (in.remaining() < HEADER) {
      throw new CorruptDataException("a mutation of " + in.remaining() + " bytes");
    }
    Payload.expectVersion(in, VERSION);
    long epoch = in.getLong();
    long fingerprint = in.getLong();
    byte[] update = new byte[in.remaining()];
    in.get(update);
    UpdateCheck.check(update);
    return new MutationMessage(epoch, fingerprint, update);
  }

  long epoch() {
    return epoch;
  }

  long fingerprint() {
    return fingerprint;
  }

  byte[] update() {
    return update;
  }
}
