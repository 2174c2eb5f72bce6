package io.ilion.gossip.metadata;

import io.ilion.gossip.messaging.FailureReason;
import io.ilion.gossip.messaging.Messenger;
import io.ilion.gossip.messaging.Verb;
import io.ilion.model.data.CorruptDataException;
import io.ilion.runtime.Lane;
import io.ilion.runtime.NodeAddress;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.random.RandomGenerator;

/**
 * The other nodes, as the metadata log asks them: where they are, and who of them probably leads.
 * Of the lane of the log; what it sends goes by way of the lane of the network.
 */
final class MetadataPeers {
  /** How long {@link #ask} waits for an answer. */
  static final long TIMEOUT_NANOS = 1_000_000_000L;

  private final UUID self;
  private final Raft raft;
  private final Messenger messenger;
  private final Lane network;
  private final Function<UUID, NodeAddress> addresses;
  private final Consumer<Runnable> turn;
  private final RandomGenerator random;

  /** Who was said to lead, or to know something that is new; null for nobody. */
  private UUID leaderHint;

  /**
   * The peers of a member.
   *
   * @param network lane 0 of the node
   * @param addresses where a node is now, by its host id; null if nobody knows
   * @param turn runs a step on the lane of the log
   */
  MetadataPeers(
      UUID self,
      Raft raft,
      Messenger messenger,
      Lane network,
      Function<UUID, NodeAddress> addresses,
      Consumer<Runnable> turn,
      RandomGenerator random) {
    this.self = self;
    this.raft = raft;
    this.messenger = messenger;
    this.network = network;
    this.addresses = addresses;
    this.turn = turn;
    this.random = random;
  }

  /** Who was said to lead last, or null. */
  UUID leaderHint() {
    return leaderHint;
  }

  /** Somebody leads, or knows what is new; null if who was said to does not. */
  void setLeaderHint(UUID hint) {
    leaderHint = hint;
  }

  /** Where the leader is, as far as is known, else another voter; null if that is not known. */
  NodeAddress leaderOrVoter() {
    UUID target = leaderOrVoterId();
    return target == null ? null : addresses.apply(target);
  }

  private UUID leaderOrVoterId() {
    if (leaderHint != null && !leaderHint.equals(self)) {
      return leaderHint;
    }
    if (raft.leader() != null && raft.isVoter() && !raft.leader().equals(self)) {
      return raft.leader();
    }
    List<UUID> voters = raft.voters().stream().filter(voter -> !voter.equals(self)).toList();
    return voters.isEmpty() ? null : voters.get(random.nextInt(voters.size()));
  }

  /** Sends a message of the agreement; nobody knows whether it arrives. */
  void send(Raft.Outgoing outgoing) {
    NodeAddress address = addresses.apply(outgoing.to());
    if (address != null) {
      byte[] payload = outgoing.message().encode();
      network.execute(
          () -> messenger.send(address, Verb.METADATA_AGREEMENT, Messenger.LANE_0, payload));
    }
  }

  /** Reads an answer on the lane of the network; says what to do with it on that of the log. */
  interface Reading {
    Runnable read(ByteBuffer in);
  }

  /**
   * Asks a node something.
   *
   * @param failure is to be done if there is no answer in time, or none that can be read
   */
  void ask(NodeAddress to, Verb verb, byte[] payload, Reading reading, Runnable failure) {
    network.execute(
        () ->
            messenger.request(
                to,
                verb,
                Messenger.LANE_0,
                payload,
                TIMEOUT_NANOS,
                new Messenger.Answer() {
                  @Override
                  public void answered(NodeAddress from, ByteBuffer in) {
                    Runnable next;
                    try {
                      next = reading.read(in);
                    } catch (CorruptDataException | BufferUnderflowException e) {
                      next = failure;
                    }
                    turn.accept(next);
                  }

                  @Override
                  public void failed(NodeAddress from, FailureReason reason) {
                    turn.accept(failure);
                  }
                }));
  }
}
