package io.ilion.coordinator.paxos;

import io.ilion.gossip.messaging.Payload;
import io.ilion.model.data.CorruptDataException;
import io.ilion.model.data.UpdateReader;
import io.ilion.model.type.ByteSink;
import io.ilion.storage.Slices;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;

/**
 * The payloads of the three requests and their answers. All numbers are big-endian; proposals are
 * as at {@link Proposal}, ballots are timeuuids of 16 bytes.
 *
 * <pre>
 * partition    u8 version: 1;  16 table id;  u32 length, partition key
 * electorate   u8 1 if only the data centre of the sender agrees;  u8 required;
 *              u8 count, 16 bytes host id each
 * prepare      partition;  electorate;  ballot;  u8 1 if rows are wanted;
 *              then u32 number of slices, and each: u32 length, start;  u32 length, end
 *   answer     u8 version;  u8 1 if promised;  ballot: the latest known;
 *              if promised: proposal accepted;  proposal committed;
 *                           u32 length, the rows as an answer to a read (0 if none are wanted)
 * propose      partition;  electorate;  proposal
 *   answer     u8 version;  u8 1 if accepted;  ballot: the latest known
 * commit       partition;  proposal
 *   answer     u8 version
 * </pre>
 */
final class PaxosMessages {
  private static final int VERSION = 1;
  private static final int LEAST_SLICE_BYTES = 8;

  private PaxosMessages() {}

  /**
   * Who agrees, as the sender sees it.
   *
   * @param required how many of them make a quorum
   * @param hostIds in ascending order
   */
  record Voters(boolean local, int required, List<UUID> hostIds) {
    static Voters of(Electorate electorate) {
      return new Voters(electorate.local(), electorate.required(), electorate.ids());
    }

    boolean isSameAs(Electorate electorate) {
      return equals(of(electorate));
    }
  }

  /** Asks for a promise, and for rows unless the slices are null. */
  record Prepare(PaxosKey key, Voters voters, Ballot ballot, Slices slices) {
    byte[] encode() {
      ByteSink out = begin(key);
      write(out, voters);
      ballot.writeTo(out);
      out.writeByte(slices == null ? 0 : 1);
      if (slices == null) {
        return out.toByteArray();
      }
      out.writeInt(slices.intervals().size());
      for (Slices.Interval slice : slices.intervals()) {
        Payload.writeBytes(out, slice.start());
        Payload.writeBytes(out, slice.end());
      }
      return out.toByteArray();
    }

    static Prepare decode(ByteBuffer in) {
      PaxosKey key = readKey(in);
      Voters voters = readVoters(in);
      Ballot ballot = Ballot.read(in);
      if (in.get() == 0) {
        Payload.expectEnd(in);
        return new Prepare(key, voters, ballot, null);
      }
      int count = Payload.readCount(in, LEAST_SLICE_BYTES);
      List<Slices.Interval> slices = new ArrayList<>(count);
      for (int i = 0; i < count; i++) {
        byte[] start = Payload.readBytes(in);
        slices.add(new Slices.Interval(start, Payload.readBytes(in)));
      }
      Payload.expectEnd(in);
      return new Prepare(key, voters, ballot, new Slices(slices));
    }
  }

  /**
   * The answer to a prepare.
   *
   * @param latest round that the replica has taken part in before; if this is not promised a later
   *     one is wanted
   * @param rows what the replica has of the rows; empty if none are wanted
   */
  record Promise(
      boolean promised, Ballot latest, Proposal accepted, Proposal committed, byte[] rows) {
    static Promise refused(Ballot latest) {
      return new Promise(false, latest, Proposal.NONE, Proposal.NONE, new byte[0]);
    }

    byte[] encode() {
      ByteSink out = Payload.version(VERSION);
      out.writeByte(promised ? 1 : 0);
      latest.writeTo(out);
      if (promised) {
        accepted.writeTo(out);
        committed.writeTo(out);
        Payload.writeBytes(out, rows);
      }
      return out.toByteArray();
    }

    static Promise decode(ByteBuffer in) {
      Payload.expectVersion(in, VERSION);
      boolean promised = in.get() != 0;
      Ballot latest = Ballot.read(in);
      Promise promise;
      if (promised) {
        Proposal accepted = Proposal.read(in);
        Proposal committed = Proposal.read(in);
        promise = new Promise(true, latest, accepted, committed, Payload.readBytes(in));
      } else {
        promise = refused(latest);
      }
      Payload.expectEnd(in);
      return promise;
    }
  }

  /** Asks to accept a proposal. */
  record Propose(PaxosKey key, Voters voters, Proposal proposal) {
    byte[] encode() {
      ByteSink out = begin(key);
      write(out, voters);
      proposal.writeTo(out);
      return out.toByteArray();
    }

    static Propose decode(ByteBuffer in) {
      PaxosKey key = readKey(in);
      Voters voters = readVoters(in);
      Proposal proposal = readProposal(in, key);
      Payload.expectEnd(in);
      return new Propose(key, voters, proposal);
    }
  }

  /** The answer to a proposal. */
  record Acceptance(boolean accepted, Ballot latest) {
    byte[] encode() {
      ByteSink out = Payload.version(VERSION);
      out.writeByte(accepted ? 1 : 0);
      latest.writeTo(out);
      return out.toByteArray();
    }

    static Acceptance decode(ByteBuffer in) {
      Payload.expectVersion(in, VERSION);
      boolean accepted = in.get() != 0;
      Acceptance acceptance = new Acceptance(accepted, Ballot.read(in));
      Payload.expectEnd(in);
      return acceptance;
    }
  }

  /** Tells what was decided. */
  record Commit(PaxosKey key, Proposal proposal) {
    byte[] encode() {
      ByteSink out = begin(key);
      proposal.writeTo(out);
      return out.toByteArray();
    }

    static Commit decode(ByteBuffer in) {
      PaxosKey key = readKey(in);
      Proposal proposal = readProposal(in, key);
      Payload.expectEnd(in);
      return new Commit(key, proposal);
    }
  }

  /** The answer to a commit. */
  static byte[] committed() {
    return Payload.version(VERSION).toByteArray();
  }

  /** Checks the answer to a commit. */
  static void expectCommitted(ByteBuffer in) {
    Payload.expectVersion(in, VERSION);
    Payload.expectEnd(in);
  }

  private static ByteSink begin(PaxosKey key) {
    ByteSink out = Payload.version(VERSION);
    Payload.writeUuid(out, key.table());
    Payload.writeBytes(out, key.bytes());
    return out;
  }

  private static PaxosKey readKey(ByteBuffer in) {
    Payload.expectVersion(in, VERSION);
    UUID table = Payload.readUuid(in);
    return PaxosKey.of(table, Payload.readBytes(in));
  }

  /** Reads a proposal, and checks that its update is of the partition. */
  private static Proposal readProposal(ByteBuffer in, PaxosKey key) {
    Proposal proposal = Proposal.read(in);
    if (!proposal.isEmpty()) {
      UpdateReader update = new UpdateReader().wrap(proposal.update());
      if (!update.tableId().equals(key.table())
          || !Arrays.equals(update.partitionKey(), key.bytes())) {
        throw new CorruptDataException("a proposal for another partition");
      }
    }
    return proposal;
  }

  private static void write(ByteSink out, Voters voters) {
    out.writeByte(voters.local ? 1 : 0);
    out.writeByte(voters.required);
    out.writeByte(voters.hostIds.size());
    voters.hostIds.forEach(id -> Payload.writeUuid(out, id));
  }

  private static Voters readVoters(ByteBuffer in) {
    boolean local = in.get() != 0;
    int required = in.get() & 0xff;
    int count = in.get() & 0xff;
    if (count * 16 > in.remaining()) {
      throw new CorruptDataException("an electorate of " + count + " that is not there");
    }
    List<UUID> ids = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      ids.add(Payload.readUuid(in));
    }
    return new Voters(local, required, ids);
  }
}
