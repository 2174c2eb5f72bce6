package io.ilion.gossip.metadata;

import io.ilion.gossip.messaging.Payload;
import io.ilion.model.data.CorruptDataException;
import io.ilion.model.type.ByteSink;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.UUID;

/**
 * Requests between nodes about the metadata log, and their answers. Each begins with u8 version: 2
 * of what is fetched, 1 of the others.
 *
 * <pre>
 * fetch:    id of the cluster or zeroes, i64 index up to which the asker knows what is decided
 * fetched:  id of the cluster, id of the leader or zeroes, u8 1 if nothing else is decided,
 *           u8 0 nothing is newer
 *           | 1, decided entries | 2, i64 index, i64 term, bytes of the metadata
 * propose:  id of the cluster, id of the proposal, i64 epoch of the base, bytes of the changes
 * proposed: u8 result, id of the leader or zeroes
 * </pre>
 */
final class ServiceMessages {
  private static final int VERSION = 1;
  private static final int FETCHED_VERSION = 2;

  private ServiceMessages() {}

  /** Asks for what was decided behind an index. */
  record Fetch(UUID cluster, long commit) {
    byte[] encode() {
      ByteSink out = Payload.version(VERSION);
      Payload.writeUuid(out, cluster);
      out.writeLong(commit);
      return out.toByteArray();
    }

    static Fetch decode(ByteBuffer in) {
      Payload.expectVersion(in, VERSION);
      UUID cluster = Payload.readUuid(in);
      return new Fetch(cluster, in.getLong());
    }
  }

  /**
   * What was decided.
   *
   * @param leader or null
   * @param newest whether nobody can know of more: false if who answers may be behind
   * @param entries or null
   * @param at the place that the metadata are of, or null
   * @param metadata or null
   */
  record Fetched(
      UUID cluster,
      UUID leader,
      boolean newest,
      List<LogEntry> entries,
      LogPosition at,
      byte[] metadata) {
    byte[] encode() {
      ByteSink out = Payload.version(FETCHED_VERSION);
      Payload.writeUuid(out, cluster);
      Payload.writeOptionalUuid(out, leader);
      out.writeByte(newest ? 1 : 0);
      if (metadata != null) {
        out.writeByte(2);
        out.writeLong(at.index());
        out.writeLong(at.term());
        Payload.writeBytes(out, metadata);
      } else if (entries != null) {
        out.writeByte(1);
        LogEntry.write(out, entries);
      } else {
        out.writeByte(0);
      }
      return out.toByteArray();
    }

    static Fetched decode(ByteBuffer in) {
      try {
        Payload.expectVersion(in, FETCHED_VERSION);
        UUID cluster = Payload.readUuid(in);
        UUID leader = Payload.readOptionalUuid(in);
        boolean newest = in.get() == 1;
        int kind = in.get();
        return switch (kind) {
          case 0 -> new Fetched(cluster, leader, newest, null, null, null);
          case 1 -> new Fetched(cluster, leader, newest, LogEntry.read(in), null, null);
          case 2 -> {
            LogPosition at = new LogPosition(in.getLong(), in.getLong());
            yield new Fetched(cluster, leader, newest, null, at, Payload.readBytes(in));
          }
          default -> throw new CorruptDataException("an answer of unknown kind " + kind);
        };
      } catch (BufferUnderflowException e) {
        throw new CorruptDataException("an answer that is cut off", e);
      }
    }
  }

  /** Asks the leader to append changes. */
  record Propose(UUID cluster, UUID proposal, long base, byte[] changes) {
    byte[] encode() {
      ByteSink out = Payload.version(VERSION);
      Payload.writeUuid(out, cluster);
      Payload.writeUuid(out, proposal);
      out.writeLong(base);
      Payload.writeBytes(out, changes);
      return out.toByteArray();
    }

    static Propose decode(ByteBuffer in) {
      Payload.expectVersion(in, VERSION);
      UUID cluster = Payload.readUuid(in);
      UUID proposal = Payload.readUuid(in);
      return new Propose(cluster, proposal, in.getLong(), Payload.readBytes(in));
    }
  }

  /** What the one who was asked to append says. */
  record Answer(Raft.Proposed result, UUID leader) {
    byte[] encode() {
      ByteSink out = Payload.version(VERSION);
      out.writeByte(result.ordinal());
      Payload.writeOptionalUuid(out, leader);
      return out.toByteArray();
    }

    static Answer decode(ByteBuffer in) {
      try {
        Payload.expectVersion(in, VERSION);
        int result = in.get();
        if (result < 0 || result >= Raft.Proposed.values().length) {
          throw new CorruptDataException("an unknown result " + result);
        }
        return new Answer(Raft.Proposed.values()[result], Payload.readOptionalUuid(in));
      } catch (BufferUnderflowException e) {
        throw new CorruptDataException("an answer that is cut off", e);
      }
    }
  }
}
