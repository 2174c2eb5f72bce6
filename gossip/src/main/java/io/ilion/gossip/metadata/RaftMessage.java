package io.ilion.gossip.metadata;

import io.ilion.gossip.messaging.Payload;
import io.ilion.model.data.CorruptDataException;
import io.ilion.model.type.ByteSink;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.UUID;

/**
 * A message of the agreement.
 *
 * <pre>
 * u8 version 1, u8 kind, id of the cluster, id of the sender, i64 term, then by kind
 *   0 ask for a vote:   u8 1 only asks what the answer would be, 2 the leader wants it, i64 index,
 *                       i64 term of the last entry
 *   1 vote:             u8 1 was only asked, u8 1 granted
 *   2 append:           i64 index, i64 term of the entry before, i64 commit, entries
 *   3 appended:         u8 1 done, i64 index of the last entry that is the same, or may be
 *   4 install:          i64 index, i64 term, bytes of the metadata
 *   5 decided:          i64 commit, i64 epoch
 *   6 hand over:        nothing
 * </pre>
 *
 * @param cluster of another cluster nothing is believed
 * @param from the host id of the sender
 * @param term of the sender
 */
record RaftMessage(UUID cluster, UUID from, long term, Body body) {
  private static final int VERSION = 2;

  /** What a message says. */
  sealed interface Body {}

  /**
   * Asks for a vote, or with {@code trial} whether there would be one; {@code wanted} by the
   * leader, which therefore need not have fallen silent.
   */
  record AskVote(boolean trial, boolean wanted, LogPosition last) implements Body {}

  /** The answer to that. */
  record Vote(boolean trial, boolean granted) implements Body {}

  /** Appends entries behind a place; without entries it says that the leader is there. */
  record Append(LogPosition before, long commit, long sent, List<LogEntry> entries)
      implements Body {}

  /** The answer: up to which index the logs agree, or at most may. */
  record Appended(boolean done, long index, long sent) implements Body {}

  /** All that the log up to a place led to, for those who lag too far behind. */
  record Install(LogPosition at, byte[] metadata) implements Body {}

  /** Tells those who do not vote that something was decided. */
  record Decided(long commit, long epoch) implements Body {}

  /** The leader is about to go: who gets this is to lead at once. */
  record HandOver() implements Body {}

  byte[] encode() {
    ByteSink out = Payload.version(VERSION);
    out.writeByte(kind());
    Payload.writeUuid(out, cluster);
    Payload.writeUuid(out, from);
    out.writeLong(term);
    switch (body) {
      case AskVote ask -> {
        out.writeByte(ask.trial ? 1 : ask.wanted ? 2 : 0);
        write(out, ask.last);
      }
      case Vote vote -> {
        out.writeByte(vote.trial ? 1 : 0);
        out.writeByte(vote.granted ? 1 : 0);
      }
      case Append append -> {
        write(out, append.before);
        out.writeLong(append.commit);
        out.writeLong(append.sent);
        LogEntry.write(out, append.entries);
      }
      case Appended appended -> {
        out.writeByte(appended.done ? 1 : 0);
        out.writeLong(appended.index);
        out.writeLong(appended.sent);
      }
      case Install install -> {
        write(out, install.at);
        Payload.writeBytes(out, install.metadata);
      }
      case Decided decided -> {
        out.writeLong(decided.commit);
        out.writeLong(decided.epoch);
      }
      case HandOver handOver -> {
        // Who sends it says all.
      }
    }
    return out.toByteArray();
  }

  private int kind() {
    return switch (body) {
      case AskVote ask -> 0;
      case Vote vote -> 1;
      case Append append -> 2;
      case Appended appended -> 3;
      case Install install -> 4;
      case Decided decided -> 5;
      case HandOver handOver -> 6;
    };
  }

  /**
   * Reads what {@link #encode} wrote.
   *
   * @throws CorruptDataException for anything else
   */
  static RaftMessage decode(ByteBuffer in) {
    try {
      Payload.expectVersion(in, VERSION);
      int kind = in.get();
      UUID cluster = Payload.readUuid(in);
      UUID from = Payload.readUuid(in);
      long term = in.getLong();
      Body body =
          switch (kind) {
            case 0 -> {
              byte how = in.get();
              yield new AskVote(how == 1, how == 2, position(in));
            }
            case 1 -> new Vote(in.get() != 0, in.get() != 0);
            case 2 -> new Append(position(in), in.getLong(), in.getLong(), LogEntry.read(in));
            case 3 -> new Appended(in.get() != 0, in.getLong(), in.getLong());
            case 4 -> new Install(position(in), Payload.readBytes(in));
            case 5 -> new Decided(in.getLong(), in.getLong());
            case 6 -> new HandOver();
            default -> throw new CorruptDataException("a message of unknown kind " + kind);
          };
      Payload.expectEnd(in);
      return new RaftMessage(cluster, from, term, body);
    } catch (BufferUnderflowException e) {
      throw new CorruptDataException("a message that is cut off", e);
    }
  }

  private static void write(ByteSink out, LogPosition position) {
    out.writeLong(position.index());
    out.writeLong(position.term());
  }

  private static LogPosition position(ByteBuffer in) {
    long index = in.getLong();
    return new LogPosition(index, in.getLong());
  }
}
