package io.ilion.coordinator.paxos;

import io.ilion.gossip.messaging.Payload;
import io.ilion.model.data.CorruptDataException;
import io.ilion.model.type.ByteSink;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * What a round proposes.
 *
 * <pre>
 *   16   ballot
 *   16   origin
 *   u8   number of earlier origins, then 16 bytes for each
 *   i32  length, update; 0 for none
 * </pre>
 *
 * @param ballot of the round that proposes it, maybe to complete what another proposed
 * @param origin the ballot under which the update was proposed first: it names the update, and its
 *     time is the timestamp of the update
 * @param earlier the origins of the updates that were decided just before, the latest first; from
 *     these a coordinator whose round was overtaken learns what became of its update
 * @param update as {@code UpdateReader} lays it out; empty if nothing is to change
 */
record Proposal(Ballot ballot, Ballot origin, List<Ballot> earlier, byte[] update) {
  /** So many earlier origins are remembered. */
  static final int MAX_EARLIER = 8;

  /** Before everything. */
  static final Proposal NONE = new Proposal(Ballot.NONE, Ballot.NONE, List.of(), new byte[0]);

  /** Copies the list. */
  Proposal {
    earlier = List.copyOf(earlier);
  }

  /** A new update, to follow what was decided last. */
  static Proposal following(Proposal last, Ballot ballot, byte[] update) {
    List<Ballot> earlier = new ArrayList<>(MAX_EARLIER);
    if (!last.origin.isNone()) {
      earlier.add(last.origin);
      earlier.addAll(last.earlier.subList(0, Math.min(last.earlier.size(), MAX_EARLIER - 1)));
    }
    return new Proposal(ballot, ballot, earlier, update);
  }

  /** The same update in another round. */
  Proposal under(Ballot other) {
    return new Proposal(other, origin, earlier, update);
  }

  /** The same without what it changes, where everybody has that. */
  Proposal withoutUpdate() {
    return new Proposal(ballot, origin, earlier, new byte[0]);
  }

  boolean isEmpty() {
    return update.length == 0;
  }

  /** Whether the update of an origin is this one or one of those decided before that are known. */
  boolean includes(Ballot other) {
    return origin.equals(other) || earlier.contains(other);
  }

  /** Whether all that was decided after a ballot, up to this one, is known. */
  boolean remembersAllSince(Ballot other) {
    return earlier.size() < MAX_EARLIER || earlier.getLast().compareTo(other) <= 0;
  }

  void writeTo(ByteSink out) {
    ballot.writeTo(out);
    origin.writeTo(out);
    out.writeByte(earlier.size());
    earlier.forEach(e -> e.writeTo(out));
    out.writeInt(update.length);
    out.writeBytes(update);
  }

  byte[] toByteArray() {
    ByteSink out =
        new ByteSink(2 * Ballot.BYTES + 5 + earlier.size() * Ballot.BYTES + update.length);
    writeTo(out);
    return out.toByteArray();
  }

  static Proposal read(ByteBuffer in) {
    Ballot ballot = Ballot.read(in);
    Ballot origin = Ballot.read(in);
    int count = in.get() & 0xff;
    if (count > MAX_EARLIER) {
      throw new CorruptDataException("a proposal with " + count + " earlier ones");
    }
    List<Ballot> earlier = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      earlier.add(Ballot.read(in));
    }
    return new Proposal(ballot, origin, earlier, Payload.readBytes(in));
  }
}
