package io.ilion.coordinator.replica.read;

import io.ilion.gossip.NodeInfo;
import io.ilion.gossip.ReplicaSet;
import io.ilion.gossip.messaging.Payload;
import io.ilion.model.data.CorruptDataException;
import io.ilion.model.type.ByteSink;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * The payload of READ and READ_DIGEST.
 *
 * <pre>
 * u8  version: 1; or 2, if the answer is to say what was looked into ({@link MeasuredAnswer})
 * i64 epoch of the metadata by which the sender chose the replicas
 * i64 fingerprint of the replicas of all that is read, or 0 if these are not the same everywhere
 * the command, to the end ({@link ReplicaRead})
 * </pre>
 *
 * A replica that has newer metadata, by which others are the replicas, or are about to be, refuses:
 * writes may have gone to those alone, and what is read has to be on a quorum of those to come.
 */
record ReadMessage(long epoch, long fingerprint, boolean measured, ReplicaRead read) {
  private static final int VERSION = 1;
  private static final int MEASURED = 2;
  private static final int HEADER = 17;

  byte[] encode() {
    ByteSink out = new ByteSink(HEADER + read.encodedSize());
    out.writeByte(measured ? MEASURED : VERSION);
    out.writeLong(epoch);
    out.writeLong(fingerprint);
    read.encode(out);
    return out.toByteArray();
  }

  /**
   * Reads a payload.
   *
   * @throws CorruptDataException if it is none
   */
  static ReadMessage decode(ByteBuffer in) {
    try {
      boolean measured = in.get(in.position()) == MEASURED;
      Payload.expectVersion(in, measured ? MEASURED : VERSION);
      long epoch = in.getLong();
      long fingerprint = in.getLong();
      return new ReadMessage(epoch, fingerprint, measured, ReplicaRead.decode(in));
    } catch (BufferUnderflowException | IndexOutOfBoundsException e) {
      throw new CorruptDataException("malformed read message", e);
    }
  }

  /** Tells sets of replicas apart, whatever their order, but for one in 2^64; never 0. */
  static long fingerprint(ReplicaSet set) {
    long sum =
        fingerprint(set.natural(), 0x9E37_79B9_7F4A_7C15L)
            + fingerprint(set.pending(), 0xC2B2_AE3D_27D4_EB4FL)
            + fingerprint(set.leaving(), 0x1656_67B1_9E37_79F9L);
    return sum == 0 ? 1 : sum;
  }

  private static long fingerprint(List<NodeInfo> nodes, long factor) {
    long sum = 0;
    for (NodeInfo node : nodes) {
      long bits =
          node.hostId().getMostSignificantBits() * 31 + node.hostId().getLeastSignificantBits();
      bits = (bits ^ bits >>> 32) * factor;
      sum += (bits ^ bits >>> 29) * factor;
    }
    return sum;
  }
}
