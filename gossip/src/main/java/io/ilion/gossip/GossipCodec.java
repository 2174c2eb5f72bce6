package io.ilion.gossip;

import io.ilion.gossip.messaging.Payload;
import io.ilion.model.data.CorruptDataException;
import io.ilion.model.type.ByteSink;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.UUID;

/**
 * The payloads of a round of gossip. The first node sends digests of all that it knows; the other
 * answers with what it knows better and with digests of what it wants to know; the first sends
 * that.
 *
 * <pre>
 * digests:  u8 version 1, u8 0, i32 hash of the cluster's name, u32 count, digests
 * answer:   u8 version 1, u32 count, statuses, u32 count, digests that are wanted
 * statuses: u8 version 1, u8 1, i32 hash of the cluster's name, u32 count, statuses
 * digest:   id, u32 generation, u32 heartbeat
 * status:   a digest, u8 flags: 1 more follows, 2 the node is stopping, 4 it serves clients;
 *           more: u32 version, address, i64 epoch of the metadata, i64 load
 * </pre>
 *
 * <p>A status without more is of a node of which the receiver knows all but the heartbeat.
 */
final class GossipCodec {
  static final int DIGESTS = 0;
  static final int STATUSES = 1;
  private static final int VERSION = 1;
  private static final int DIGEST_BYTES = 24;
  private static final int MORE = 1;
  private static final int STOPPING = 2;
  private static final int SERVING = 4;

  private GossipCodec() {}

  /** Which state of a node somebody knows. */
  record Digest(UUID hostId, long generation, long heartbeat) {
    static Digest of(NodeStatus status) {
      return new Digest(status.hostId(), status.generation(), status.heartbeat());
    }
  }

  /**
   * A status on its way.
   *
   * @param status whole, or null
   * @param heartbeat where the status is not whole
   */
  record Sent(NodeStatus status, Digest heartbeat) {}

  /** The answer to digests. */
  record Reply(List<Sent> statuses, List<Digest> wanted) {}

  static ByteSink begin(int kind, int cluster) {
    ByteSink out = Payload.version(VERSION);
    out.writeByte(kind);
    out.writeInt(cluster);
    return out;
  }

  /** Reads how a message begins: its kind, or -1 for one of another cluster. */
  static int kind(ByteBuffer in, int cluster) {
    Payload.expectVersion(in, VERSION);
    int kind = in.get();
    return in.getInt() == cluster ? kind : -1;
  }

  static ByteSink beginReply() {
    return Payload.version(VERSION);
  }

  static Reply readReply(ByteBuffer in) {
    Payload.expectVersion(in, VERSION);
    List<Sent> statuses = readStatuses(in);
    return new Reply(statuses, readDigests(in));
  }

  static void writeDigests(ByteSink out, Collection<Digest> digests) {
    out.writeInt(digests.size());
    digests.forEach(digest -> write(out, digest));
  }

  static List<Digest> readDigests(ByteBuffer in) {
    List<Digest> digests = new ArrayList<>();
    for (int i = Payload.readCount(in, DIGEST_BYTES); i > 0; i--) {
      digests.add(readDigest(in));
    }
    return digests;
  }

  static void writeStatuses(ByteSink out, Collection<Sent> statuses) {
    out.writeInt(statuses.size());
    for (Sent sent : statuses) {
      NodeStatus status = sent.status();
      if (status == null) {
        write(out, sent.heartbeat());
        out.writeByte(0);
      } else {
        write(out, Digest.of(status));
        out.writeByte(MORE | (status.stopping() ? STOPPING : 0) | (status.serving() ? SERVING : 0));
        out.writeInt((int) status.version());
        Payload.writeAddress(out, status.address());
        out.writeLong(status.metadataEpoch());
        out.writeLong(status.load());
      }
    }
  }

  static List<Sent> readStatuses(ByteBuffer in) {
    List<Sent> statuses = new ArrayList<>();
    for (int i = Payload.readCount(in, DIGEST_BYTES + 1); i > 0; i--) {
      Digest digest = readDigest(in);
      int flags = in.get();
      if ((flags & ~(MORE | STOPPING | SERVING)) != 0) {
        throw new CorruptDataException("unknown flags of a status: " + flags);
      }
      NodeStatus status = null;
      if ((flags & MORE) != 0) {
        status =
            new NodeStatus(
                digest.hostId(),
                digest.generation(),
                digest.heartbeat(),
                readUnsigned(in),
                Payload.readAddress(in),
                in.getLong(),
                in.getLong(),
                (flags & SERVING) != 0,
                (flags & STOPPING) != 0);
      }
      statuses.add(new Sent(status, digest));
    }
    return statuses;
  }

  private static void write(ByteSink out, Digest digest) {
    Payload.writeUuid(out, digest.hostId());
    out.writeInt((int) digest.generation());
    out.writeInt((int) digest.heartbeat());
  }

  private static Digest readDigest(ByteBuffer in) {
    UUID hostId = Payload.readUuid(in);
    long generation = readUnsigned(in);
    return new Digest(hostId, generation, readUnsigned(in));
  }

  private static long readUnsigned(ByteBuffer in) {
    return in.getInt() & 0xffff_ffffL;
  }
}
