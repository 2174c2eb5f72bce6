package io.ilion.gossip.metadata;

import io.ilion.gossip.messaging.Messenger;
import io.ilion.gossip.messaging.Verb;
import io.ilion.gossip.metadata.ServiceMessages.Answer;
import io.ilion.gossip.metadata.ServiceMessages.Propose;
import io.ilion.runtime.Clock;
import io.ilion.runtime.Lane;
import io.ilion.runtime.Network;
import io.ilion.runtime.NodeAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;

/**
 * The changes that somebody of this node waits for. Each is computed from what is known, sent to
 * the leader, and sent again until its outcome shows in the log: the epoch behind its base is its
 * own entry, or another's; then it is computed anew. A refusal counts only by the newest metadata,
 * so the leader is asked for them first.
 *
 * <p>Of the lane of the log, but for {@link #change} and {@link #answer}.
 */
final class Proposals {
  private static final long RETRY_NANOS = 100_000_000L;
  private static final int MAX_WAITING = 10_000;

  /** Who joins is sent all metadata in one message, and a voter a whole keyspace. */
  private static final int MOST_BYTES = Network.MAX_MESSAGE_BYTES / 4 * 3;

  private final UUID self;
  private final Raft raft;
  private final RaftDriver driver;
  private final MetadataPeers peers;
  private final CatchUp catchUp;
  private final Supplier<ClusterMetadata> metadata;
  private final Clock clock;
  private final Lane lane;
  private final RandomGenerator random;
  private final List<Proposal> waiting = new ArrayList<>();

  /**
   * No proposals yet.
   *
   * @param catchUp is told which epochs there must be
   * @param metadata what this node works by
   * @param lane of the driver
   */
  Proposals(
      UUID self,
      Raft raft,
      RaftDriver driver,
      MetadataPeers peers,
      CatchUp catchUp,
      Supplier<ClusterMetadata> metadata,
      Clock clock,
      Lane lane,
      RandomGenerator random) {
    this.self = self;
    this.raft = raft;
    this.driver = driver;
    this.peers = peers;
    this.catchUp = catchUp;
    this.metadata = metadata;
    this.clock = clock;
    this.lane = lane;
    this.random = random;
  }

  boolean isEmpty() {
    return waiting.isEmpty();
  }

  /** Changes the metadata, as {@link MetadataService#change} says. Any thread may call this. */
  CompletionStage<ClusterMetadata> change(
      Function<ClusterMetadata, List<Change>> function, long timeoutNanos) {
    Proposal proposal = new Proposal(function, clock.nanoTime() + timeoutNanos);
    lane.execute(
        () -> {
          if (!driver.isWritable() || waiting.size() >= MAX_WAITING) {
            proposal.done.completeExceptionally(RaftDriver.refusal(driver.failure()));
            return;
          }
          proposal.fetchesBefore = catchUp.fetches();
          waiting.add(proposal);
          attempt(proposal);
          driver.flush();
          driver.rearm();
        });
    return proposal.done;
  }

  /** Computes the changes from what is known now, and proposes them. */
  private void attempt(Proposal proposal) {
    List<Change> changes;
    proposal.base = -1;
    proposal.submitted = false;
    proposal.asks = false;
    try {
      changes = proposal.function.apply(metadata.get());
      proposal.changes = MetadataCodec.encode(changes);
    } catch (RuntimeException e) {
      proposal.refused = true;
      if (knowsTheNewest(proposal)) {
        end(proposal, e);
      }
      return;
    } catch (Error e) {
      // Of what is too deep or too large, say. Whoever waits is told, and the others go on.
      end(proposal, e);
      return;
    }
    proposal.refused = false;
    if (changes.isEmpty()) {
      if (proposal.told || knowsTheNewest(proposal)) {
        waiting.remove(proposal);
        proposal.done.complete(metadata.get());
      }
      return;
    }
    int bytes = bytesOfSchema(changes);
    if (bytes > MOST_BYTES) {
      end(
          proposal,
          new MetadataException(
              "it would have %,d bytes; nodes can tell each other of %,d at most"
                  .formatted(bytes, MOST_BYTES)));
      return;
    }
    proposal.id = new UUID(random.nextLong(), random.nextLong());
    proposal.base = metadata.get().epoch();
    submit(proposal);
  }

  /** What the metadata would take with a larger schema; 0 if it does not become larger. */
  private int bytesOfSchema(List<Change> changes) {
    if (changes.stream().noneMatch(Change.PutKeyspace.class::isInstance)) {
      return 0;
    }
    int after = MetadataCodec.encode(metadata.get().with(changes)).length;
    return after <= MOST_BYTES || after > MetadataCodec.encode(metadata.get()).length ? after : 0;
  }

  /**
   * Whether a refusal counts: this node could be behind, also one that has begun to lead just now.
   * So it asks who leads, until somebody answers who is certain.
   */
  private boolean knowsTheNewest(Proposal proposal) {
    long now = clock.nanoTime();
    if (proposal.informed || raft.knowsNewest(now)) {
      return true;
    }
    proposal.asks = true;
    proposal.retryNanos = now + RETRY_NANOS;
    catchUp.fetchNow();
    return false;
  }

  private void end(Proposal proposal, Throwable failure) {
    waiting.remove(proposal);
    proposal.done.completeExceptionally(failure);
  }

  private void submit(Proposal proposal) {
    long now = clock.nanoTime();
    proposal.retryNanos = now + MetadataPeers.TIMEOUT_NANOS + RETRY_NANOS;
    if (raft.isLeader()) {
      proposed(
          proposal,
          proposal.id,
          raft.propose(proposal.id, proposal.base, proposal.changes, now),
          self);
      return;
    }
    NodeAddress address = peers.leaderOrVoter();
    if (address == null) {
      proposal.retryNanos = now + RETRY_NANOS;
      return;
    }
    UUID id = proposal.id;
    proposal.submitted = true;
    UUID cluster = metadata.get().cluster();
    peers.ask(
        address,
        Verb.METADATA_PROPOSE,
        new Propose(cluster, id, proposal.base, proposal.changes).encode(),
        in -> {
          Answer answer = Answer.decode(in);
          return () -> proposed(proposal, id, answer.result(), answer.leader());
        },
        () -> proposed(proposal, id, Raft.Proposed.NOT_LEADER, null));
  }

  /** Somebody says what became of a proposal; whether it is decided shows in the log. */
  private void proposed(Proposal proposal, UUID id, Raft.Proposed result, UUID leader) {
    if (proposal.done.isDone() || !id.equals(proposal.id) || proposal.base < 0) {
      return;
    }
    long now = clock.nanoTime();
    switch (result) {
      case ACCEPTED -> {
        proposal.submitted = true;
        wantNext(proposal, leader);
      }
      case STALE -> wantNext(proposal, leader);
      case INVALID -> end(proposal, new MetadataException("the change contradicts the metadata"));
      case NOT_LEADER -> {
        boolean news = leader != null && !leader.equals(peers.leaderHint()) && !leader.equals(self);
        peers.setLeaderHint(leader);
        proposal.retryNanos = now + (news ? 0 : RETRY_NANOS + random.nextLong(RETRY_NANOS));
      }
    }
  }

  /** Whoever leads has the epoch behind a proposal's base in its log. */
  private void wantNext(Proposal proposal, UUID leader) {
    peers.setLeaderHint(leader);
    // This node's own log has it; that another works by it is not known.
    if (!self.equals(leader)) {
      catchUp.want(proposal.base + 1);
    }
  }

  /** Another node proposes a change to this one, which may lead. On the lane of the network. */
  void answer(ByteBuffer in, Messenger.Reply reply) {
    Propose propose = Propose.decode(in);
    driver.turn(
        () -> {
          Raft.Proposed result = Raft.Proposed.NOT_LEADER;
          if (propose.cluster().equals(metadata.get().cluster())) {
            result =
                raft.propose(
                    propose.proposal(), propose.base(), propose.changes(), clock.nanoTime());
          }
          reply.answer(new Answer(result, raft.leader()).encode());
        });
  }

  /** Whether any of them waits to learn what is newest. */
  boolean isAnyAsking() {
    return waiting.stream().anyMatch(proposal -> proposal.asks);
  }

  /**
   * Somebody who should know has told what is newest.
   *
   * @param certain whether he knew; that nothing is to be done is believed without that, so that it
   *     is said also while nobody leads
   */
  void informed(boolean certain, long fetch) {
    for (Proposal proposal : List.copyOf(waiting)) {
      if (proposal.asks && fetch > proposal.fetchesBefore && (certain || !proposal.refused)) {
        proposal.asks = false;
        proposal.told = true;
        proposal.informed |= certain;
        attempt(proposal);
      }
    }
  }

  /** The metadata, or the index of what is decided, are new. */
  void advanced(Raft.Output output) {
    for (Proposal proposal : List.copyOf(waiting)) {
      settle(proposal, output);
    }
  }

  /** The epoch behind a proposal's base may be decided: it is the proposal's, or another's. */
  private void settle(Proposal proposal, Raft.Output output) {
    if (proposal.base < 0 || metadata.get().epoch() <= proposal.base) {
      return;
    }
    if (output.decided().stream().anyMatch(entry -> entry.proposal().equals(proposal.id))) {
      waiting.remove(proposal);
      proposal.done.complete(metadata.get());
    } else if (output.replaced() && proposal.submitted) {
      end(proposal, new MetadataException("nobody knows whether the change was made"));
    } else {
      attempt(proposal);
    }
  }

  /** Ends what had no decision in time, and sends again what had no answer. */
  void due(long nowNanos) {
    for (Proposal proposal : List.copyOf(waiting)) {
      if (nowNanos - proposal.deadlineNanos >= 0) {
        end(proposal, new MetadataException("the metadata log has no majority"));
      } else if (proposal.base >= 0 && nowNanos - proposal.retryNanos >= 0) {
        submit(proposal);
      } else if (proposal.asks && nowNanos - proposal.retryNanos >= 0) {
        attempt(proposal);
      }
    }
  }

  /** In how many nanoseconds {@link #due} has something to do; Long.MAX_VALUE for never. */
  long waitNanos(long nowNanos) {
    long wait = Long.MAX_VALUE;
    for (Proposal proposal : waiting) {
      wait = Math.min(wait, proposal.deadlineNanos - nowNanos);
      if (proposal.base >= 0 || proposal.asks) {
        wait = Math.min(wait, proposal.retryNanos - nowNanos);
      }
    }
    return wait;
  }

  /** Nothing can be written for now, so all of them fail. */
  void refuse(MetadataException reason) {
    for (Proposal proposal : List.copyOf(waiting)) {
      end(proposal, reason);
    }
  }

  /** The node stops: whoever waits is told. */
  void halt(MetadataException reason) {
    waiting.forEach(proposal -> proposal.done.completeExceptionally(reason));
  }
}
