package io.ilion.coordinator.paxos;

import io.ilion.coordinator.KeyedLocks;
import io.ilion.coordinator.LaneAccess;
import io.ilion.coordinator.WriteCallback;
import io.ilion.coordinator.paxos.PaxosMessages.Acceptance;
import io.ilion.coordinator.paxos.PaxosMessages.Commit;
import io.ilion.coordinator.paxos.PaxosMessages.Prepare;
import io.ilion.coordinator.paxos.PaxosMessages.Promise;
import io.ilion.coordinator.paxos.PaxosMessages.Propose;
import io.ilion.gossip.messaging.FailureReason;
import io.ilion.gossip.messaging.Messenger;
import io.ilion.gossip.messaging.Messenger.Reply;
import io.ilion.gossip.messaging.Verb;
import io.ilion.storage.OverloadedException;
import io.ilion.storage.UnknownTableException;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A replica's part in the agreement on its partitions (Lamport's acceptor and learner).
 *
 * <p>What it promises and accepts is durable before it says so. Of one partition one request at a
 * time reads the state and writes it; the lock is let go as soon as the next one sees what was
 * written, since that stands before its own in the log. Requests may be repeated, and may come in
 * any order.
 *
 * <p>It takes part only if it sees the electorate as the sender does: a replica that is none any
 * more must not be counted, and one that knows of a change must not help to decide without those
 * who came. A commit is taken from everybody, for what was decided stays decided.
 */
public final class PaxosAcceptor {
  private static final Logger LOGGER = LoggerFactory.getLogger(PaxosAcceptor.class);

  private final LaneAccess lanes;
  private final PaxosStates states;
  private final PartitionRows rows;
  private final Electorates electorates;
  private final FinishedAgreements finished;
  private final List<KeyedLocks<PaxosKey>> locks = new ArrayList<>();

  /** Creates the replica's part; it begins with {@link #register}. */
  PaxosAcceptor(
      LaneAccess lanes,
      PaxosStates states,
      PartitionRows rows,
      Electorates electorates,
      FinishedAgreements finished) {
    this.finished = finished;
    this.lanes = lanes;
    this.states = states;
    this.rows = rows;
    this.electorates = electorates;
    for (int i = 0; i < lanes.laneCount(); i++) {
      locks.add(new KeyedLocks<>());
    }
  }

  /** Takes the three verbs. */
  void register(Messenger messenger) {
    messenger.handle(
        Verb.PAXOS_PREPARE, (from, payload, reply) -> prepare(Prepare.decode(payload), reply));
    messenger.handle(
        Verb.PAXOS_PROPOSE, (from, payload, reply) -> propose(Propose.decode(payload), reply));
    messenger.handle(
        Verb.PAXOS_COMMIT, (from, payload, reply) -> commit(Commit.decode(payload), reply));
  }

  private void prepare(Prepare request, Reply reply) {
    if (!isElected(request.key(), request.voters(), reply)) {
      return;
    }
    withState(
        request.key(),
        reply,
        (state, lock) -> {
          if (!state.latest().admits(request.ballot())) {
            lock.release();
            reply.answer(Promise.refused(state.latest()).encode());
            return;
          }
          // The rows are read behind the promise, so they have all that was committed before it.
          Both both = new Both(reply, state);
          boolean visible =
              states.promise(
                  request.key(),
                  request.ballot(),
                  failure -> {
                    lock.release();
                    both.promised(failure);
                  });
          if (visible) {
            lock.release();
          }
          if (request.slices() == null) {
            tellDurable(request.key(), both, new byte[0]);
          } else {
            rows.read(
                request.key(),
                request.slices(),
                (found, failure) -> {
                  if (failure != null) {
                    both.read(null, failure);
                  } else {
                    tellDurable(request.key(), both, found);
                  }
                });
          }
        });
  }

  /** What is told, of the state and of the rows, must not be contradicted by a crash. */
  private void tellDurable(PaxosKey key, Both both, byte[] found) {
    lanes
        .store(lanes.laneOf(key.token()))
        .awaitDurable(key.token(), failure -> both.read(failure == null ? found : null, failure));
  }

  /** A promise and the rows that go with it. */
  private static final class Both {
    private final Reply reply;
    private final PaxosState state;
    private byte[] found;
    private boolean promised;

    Both(Reply reply, PaxosState state) {
      this.reply = reply;
      this.state = state;
    }

    void promised(Throwable failure) {
      if (failure != null) {
        fail(reply, failure);
        return;
      }
      promised = true;
      answer();
    }

    void read(byte[] rows, Throwable failure) {
      if (failure != null) {
        fail(reply, failure);
        return;
      }
      found = rows;
      answer();
    }

    private void answer() {
      if (promised && found != null) {
        reply.answer(
            new Promise(true, state.latest(), state.accepted(), state.committed(), found).encode());
      }
    }
  }

  private void propose(Propose request, Reply reply) {
    if (!isElected(request.key(), request.voters(), reply)) {
      return;
    }
    Proposal proposal = request.proposal();
    withState(
        request.key(),
        reply,
        (state, lock) -> {
          // Who comes may have asked meanwhile what is accepted, and would not hear of this.
          if (!isElected(request.key(), request.voters(), reply)) {
            lock.release();
            return;
          }
          if (!state.latest().admits(proposal.ballot())) {
            lock.release();
            reply.answer(new Acceptance(false, state.latest()).encode());
            return;
          }
          boolean visible =
              states.accept(
                  request.key(),
                  proposal,
                  failure -> {
                    lock.release();
                    if (failure != null) {
                      fail(reply, failure);
                    } else {
                      reply.answer(new Acceptance(true, proposal.ballot()).encode());
                    }
                  });
          if (visible) {
            lock.release();
          }
        });
  }

  private void commit(Commit request, Reply reply) {
    PaxosKey key = request.key();
    Proposal proposal = request.proposal();
    long finishedMicros = finished.beforeMicros(key.table(), key.token());
    if (proposal.origin().micros() < finishedMicros) {
      // It is here, or was: what has deleted it since may be purged, and it must not come back.
      if (proposal.ballot().micros() >= finishedMicros) {
        states.commit(key, proposal.withoutUpdate(), PaxosAcceptor::forgottenCommit);
      }
      reply.answer(PaxosMessages.committed());
      return;
    }
    WriteCallback applied =
        failure -> {
          if (failure != null) {
            fail(reply, failure);
            return;
          }
          // The update is durable, so it may be remembered as committed. Nobody waits until that
          // is durable too: if it is lost the update is found accepted, and committed once more.
          states.commit(key, proposal, PaxosAcceptor::forgottenCommit);
          reply.answer(PaxosMessages.committed());
        };
    if (proposal.isEmpty()) {
      applied.done(null);
    } else {
      lanes.store(lanes.laneOf(key.token())).apply(key.token(), proposal.update(), applied::done);
    }
  }

  private static void forgottenCommit(Throwable failure) {
    if (failure != null) {
      LOGGER.debug("a commit will be found unfinished: {}", failure.toString());
    }
  }

  private boolean isElected(PaxosKey key, PaxosMessages.Voters voters, Reply reply) {
    Electorate known = electorates.of(key, voters.local());
    if (known == null) {
      reply.fail(FailureReason.INCOMPATIBLE_SCHEMA);
      return false;
    }
    if (!voters.isSameAs(known)) {
      reply.fail(FailureReason.STALE_EPOCH);
      return false;
    }
    if (!electorates.isIn(known)) {
      // It is meant for another that was at this node's address before.
      reply.fail(FailureReason.UNKNOWN);
      return false;
    }
    return true;
  }

  /** What is done with a state, alone with the partition. */
  private interface Step {
    void run(PaxosState state, Lock lock);
  }

  /** A partition that is locked. */
  private final class Lock {
    private final PaxosKey key;
    private final int lane;
    private boolean released;

    Lock(PaxosKey key, int lane) {
      this.key = key;
      this.lane = lane;
    }

    /** Lets go of the partition. Idempotent. */
    void release() {
      if (!released) {
        released = true;
        locks.get(lane).release(key);
      }
    }
  }

  private void withState(PaxosKey key, Reply reply, Step step) {
    int lane = lanes.laneOf(key.token());
    locks
        .get(lane)
        .acquire(
            key,
            () -> {
              Lock lock = new Lock(key, lane);
              try {
                states.read(
                    key,
                    (state, failure) -> {
                      if (failure != null) {
                        lock.release();
                        fail(reply, failure);
                        return;
                      }
                      try {
                        step.run(state, lock);
                      } catch (RuntimeException e) {
                        lock.release();
                        fail(reply, e);
                      }
                    });
              } catch (RuntimeException e) {
                lock.release();
                fail(reply, e);
              }
            });
  }

  private static void fail(Reply reply, Throwable failure) {
    if (failure instanceof UnknownTableException) {
      reply.fail(FailureReason.INCOMPATIBLE_SCHEMA);
    } else if (failure instanceof OverloadedException) {
      reply.fail(FailureReason.OVERLOADED);
    } else {
      LOGGER.warn("a replica's part in an agreement failed", failure);
      reply.fail(FailureReason.UNKNOWN);
    }
  }
}
