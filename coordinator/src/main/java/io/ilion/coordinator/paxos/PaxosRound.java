package io.ilion.coordinator.paxos;

import io.ilion.coordinator.paxos.PaxosException.Kind;
import io.ilion.coordinator.paxos.PaxosMessages.Acceptance;
import io.ilion.coordinator.paxos.PaxosMessages.Commit;
import io.ilion.coordinator.paxos.PaxosMessages.Prepare;
import io.ilion.coordinator.paxos.PaxosMessages.Promise;
import io.ilion.coordinator.paxos.PaxosMessages.Propose;
import io.ilion.coordinator.paxos.PaxosMessages.Voters;
import io.ilion.gossip.NodeInfo;
import io.ilion.gossip.messaging.Verb;
import io.ilion.runtime.Lane;
import io.ilion.storage.UnknownTableException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;

/**
 * One decision, by as many attempts as it takes. Owned by its lane.
 *
 * <p>An attempt is: prepare; if an accepted update is found that is not committed, propose it anew,
 * commit it and begin again; have the last committed update applied by those of the quorum that
 * missed it; decide; propose; commit. So when an update is proposed, all that were decided before
 * it are applied by a quorum, and every later quorum has them.
 *
 * <p>A decision that changes nothing has nothing to propose: whatever was decided before the quorum
 * promised is applied, and with the promises nothing older can be decided any more. But an update
 * that some other replica has accepted could still be completed, later than this decision. Where
 * that must not be ({@link PartitionDecision#settles}), or if it is an own one of an earlier
 * attempt, an empty update is proposed, unless every replica has promised and none has accepted
 * anything.
 *
 * <p>An attempt that is overtaken after it proposed does not know whether its update was accepted
 * by somebody, and was or will be completed by others. The next attempt finds out: the update is
 * then the one to complete, or among the decided ones that the last commit names, or it is not and
 * never will be.
 */
final class PaxosRound {
  private static final long LEAST_PHASE_NANOS = 100_000_000;
  private static final long FIRST_BACKOFF_NANOS = 2_000_000;
  private static final int MAX_DOUBLINGS = 6;

  private final PaxosCoordinator coordinator;
  private final Lane lane;
  private final RandomGenerator random;
  private final PaxosKey key;
  private final PaxosCoordinator.Terms terms;
  private final PartitionDecision decision;
  private final PartitionDecision.Callback callback;

  /** The ballots under which own updates were proposed that some replica may have accepted. */
  private final List<Ballot> own = new ArrayList<>(0);

  private int attempts;

  /** How many of these were refused, since somebody else was at it. */
  private int contentions;

  /** Whether an own update may be accepted by some replica, so that its outcome must be known. */
  private boolean proposed;

  private Ballot seen = Ballot.NONE;

  // Of the current attempt.
  private Electorate electorate;
  private Voters voters;
  private Ballot ballot;
  private Map<NodeInfo, Promise> promises;
  private int received;
  private boolean ended;

  PaxosRound(
      PaxosCoordinator coordinator,
      Lane lane,
      RandomGenerator random,
      PaxosKey key,
      PaxosCoordinator.Terms terms,
      PartitionDecision decision,
      PartitionDecision.Callback callback) {
    this.coordinator = coordinator;
    this.lane = lane;
    this.random = random;
    this.key = key;
    this.terms = terms;
    this.decision = decision;
    this.callback = callback;
  }

  /** Begins the first attempt. */
  void start() {
    guarded(this::begin);
  }

  private void begin() {
    received = 0;
    electorate = coordinator.electorates().of(key, terms.local());
    if (electorate == null) {
      // Dropped, or truncated: what is proposed already may have been decided before.
      fail(
          own.isEmpty() && !coordinator.electorates().isTruncated(key)
              ? new UnknownTableException(key.table())
              : new PaxosException(own.isEmpty() ? Kind.TIMEOUT : Kind.UNKNOWN, 0, 1, contentions));
      return;
    }
    List<NodeInfo> alive = coordinator.alive(electorate.participants());
    if (alive.size() < electorate.required()) {
      fail(own.isEmpty() ? Kind.UNAVAILABLE : Kind.UNKNOWN, alive.size());
      return;
    }
    if (remainingNanos() <= 0) {
      expire();
      return;
    }
    voters = Voters.of(electorate);
    long micros = Math.max(coordinator.nextMicros(), seen.micros() + 1);
    ballot = Ballot.draw(micros, terms.local(), random);
    // What an earlier attempt is told late is no promise to this one.
    Map<NodeInfo, Promise> ofThis = new LinkedHashMap<>();
    promises = ofThis;
    Poll[] poll = new Poll[1];
    poll[0] =
        new Poll(
            electorate.required(),
            (from, payload) -> {
              Promise promise = Promise.decode(payload);
              seen = Ballot.max(seen, promise.latest());
              if (promise.promised()) {
                ofThis.put(from, promise);
              }
              return promise.promised();
            },
            () -> guarded(() -> prepared(poll[0])));
    byte[] payload = new Prepare(key, voters, ballot, decision.slices()).encode();
    poll[0].ask(
        coordinator.messenger(), alive, Verb.PAXOS_PREPARE, key.token(), payload, phaseNanos());
  }

  private void prepared(Poll poll) {
    received = poll.agreed().size();
    if (!poll.isCarried()) {
      retry(poll);
      return;
    }
    Proposal committed = Proposal.NONE;
    Proposal accepted = Proposal.NONE;
    for (Promise promise : promises.values()) {
      committed = later(committed, promise.committed());
      accepted = later(accepted, promise.accepted());
    }
    if (accepted.ballot().compareTo(committed.ballot()) > 0 && !accepted.isEmpty()) {
      Proposal unfinished = accepted.under(ballot);
      propose(unfinished, () -> finish(unfinished));
    } else {
      catchUp(committed);
    }
  }

  private static Proposal later(Proposal a, Proposal b) {
    return a.ballot().compareTo(b.ballot()) >= 0 ? a : b;
  }

  /** Commits what another round had left accepted, or an earlier attempt of this one. */
  private void finish(Proposal unfinished) {
    if (own.contains(unfinished.origin())) {
      commit(unfinished);
      return;
    }
    Poll[] poll = new Poll[1];
    poll[0] =
        new Poll(
            electorate.required(),
            (from, payload) ->
                countCommitted(from, payload) && electorate.participants().contains(from),
            () ->
                guarded(
                    () -> {
                      if (poll[0].isCarried()) {
                        begin();
                      } else {
                        retry(poll[0]);
                      }
                    }));
    tell(poll[0], electorate.learners(), unfinished);
  }

  /** Has the last commit applied by those who promised and missed it. */
  private void catchUp(Proposal committed) {
    List<NodeInfo> behind = new ArrayList<>();
    promises.forEach(
        (node, promise) -> {
          if (promise.committed().ballot().compareTo(committed.ballot()) < 0) {
            behind.add(node);
          }
        });
    if (behind.isEmpty()) {
      decide(committed);
      return;
    }
    Poll[] poll = new Poll[1];
    poll[0] =
        new Poll(
            electorate.required() - (promises.size() - behind.size()),
            this::countCommitted,
            () ->
                guarded(
                    () -> {
                      if (poll[0].isCarried()) {
                        decide(committed);
                      } else {
                        retry(poll[0]);
                      }
                    }));
    tell(poll[0], behind, committed);
  }

  private boolean countCommitted(NodeInfo from, ByteBuffer payload) {
    PaxosMessages.expectCommitted(payload);
    return true;
  }

  private void tell(Poll poll, List<NodeInfo> nodes, Proposal proposal) {
    poll.ask(
        coordinator.messenger(),
        coordinator.alive(nodes),
        Verb.PAXOS_COMMIT,
        key.token(),
        new Commit(key, proposal).encode(),
        Math.max(1, phaseNanos()));
  }

  private void decide(Proposal committed) {
    for (Ballot origin : own) {
      if (committed.includes(origin)) {
        // Others completed it; if they decided more behind it, a quorum has it.
        if (committed.origin().equals(origin)) {
          commit(committed);
        } else {
          end(true, null);
        }
        return;
      }
    }
    if (!own.isEmpty() && !committed.remembersAllSince(own.getFirst())) {
      fail(Kind.UNKNOWN, received);
      return;
    }
    byte[] update =
        decision.decide(ballot.micros(), promises.values().stream().map(Promise::rows).toList());
    if (update.length > 0 && decision.newestSeen() >= ballot.micros()) {
      // Somebody whose clock is ahead wrote without agreement.
      seen = Ballot.max(seen, new Ballot(decision.newestSeen(), ballot.unique()));
      begin();
      return;
    }
    Proposal proposal = Proposal.following(committed, ballot, update);
    if (!proposal.isEmpty()) {
      propose(proposal, () -> commit(proposal));
    } else if ((own.isEmpty() && !decision.settles()) || isSettled(committed)) {
      end(false, null);
    } else {
      propose(proposal, () -> end(false, null));
    }
  }

  /** Whether nothing can be completed by others any more. */
  private boolean isSettled(Proposal committed) {
    return promises.size() == electorate.participants().size()
        && promises.values().stream()
            .map(Promise::accepted)
            .allMatch(a -> a.isEmpty() || a.ballot().compareTo(committed.ballot()) < 0);
  }

  private void propose(Proposal proposal, Runnable decided) {
    Poll[] poll = new Poll[1];
    poll[0] =
        new Poll(
            electorate.required(),
            (from, payload) -> {
              Acceptance acceptance = Acceptance.decode(payload);
              seen = Ballot.max(seen, acceptance.latest());
              return acceptance.accepted();
            },
            () ->
                guarded(
                    () -> {
                      received = poll[0].agreed().size();
                      if (poll[0].isCarried()) {
                        decided.run();
                        return;
                      }
                      boolean isOwn = proposal.origin().equals(ballot) && !proposal.isEmpty();
                      if (isOwn && !poll[0].isRefusedByAll()) {
                        own.add(ballot);
                      }
                      proposed = !own.isEmpty();
                      retry(poll[0]);
                    }));
    if (remainingNanos() <= 0) {
      expire();
      return;
    }
    proposed = !own.isEmpty() || proposal.origin().equals(ballot) && !proposal.isEmpty();
    poll[0].ask(
        coordinator.messenger(),
        coordinator.alive(electorate.participants()),
        Verb.PAXOS_PROPOSE,
        key.token(),
        new Propose(key, voters, proposal).encode(),
        phaseNanos());
  }

  /** The own update is decided; has it applied by as many as the statement's level wants. */
  private void commit(Proposal proposal) {
    CommitLevel level = terms.level();
    Poll[] poll = new Poll[1];
    poll[0] =
        new Poll(
            0,
            acknowledged -> level.isReached(electorate.replicas(), acknowledged),
            new Poll.Answers() {
              @Override
              public boolean agrees(NodeInfo from, ByteBuffer payload) {
                return countCommitted(from, payload);
              }

              @Override
              public void failed(NodeInfo node) {
                hint(node, proposal);
              }
            },
            () -> {
              if (poll[0].isCarried()) {
                end(true, null);
              } else {
                fail(
                    new PaxosException(
                        Kind.UNCOMMITTED,
                        level.received(electorate.replicas(), poll[0].agreed()),
                        level.required(electorate.replicas()),
                        contentions));
              }
            });
    List<NodeInfo> alive = coordinator.alive(electorate.learners());
    for (NodeInfo node : electorate.learners()) {
      if (!alive.contains(node)) {
        hint(node, proposal);
      }
    }
    poll[0].ask(
        coordinator.messenger(),
        alive,
        Verb.PAXOS_COMMIT,
        key.token(),
        new Commit(key, proposal).encode(),
        Math.max(LEAST_PHASE_NANOS, remainingNanos()));
  }

  /** Reads without agreement would not find the update at a replica that missed it. */
  private void hint(NodeInfo node, Proposal proposal) {
    if (coordinator.hints().wants(node)) {
      long millis = proposal.origin().micros() / 1000;
      coordinator.hints().keep(node, key.token(), proposal.update(), millis, failure -> {});
    }
  }

  /** Begins again, after a random while that grows, so that one of several rounds gets through. */
  private void retry(Poll poll) {
    attempts++;
    contentions += poll.isRefused() ? 1 : 0;
    long most = FIRST_BACKOFF_NANOS << Math.min(attempts, MAX_DOUBLINGS);
    long delay = random.nextLong(most / 4, most);
    if (delay >= remainingNanos()) {
      expire();
    } else {
      lane.schedule(delay, () -> guarded(this::begin));
    }
  }

  private void guarded(Runnable step) {
    try {
      step.run();
    } catch (RuntimeException e) {
      if (own.isEmpty() && !proposed) {
        fail(e);
      } else {
        fail(Kind.UNKNOWN, received);
      }
    }
  }

  private long remainingNanos() {
    long end = proposed ? terms.outcomeNanos() : terms.deadlineNanos();
    return end - coordinator.nanoTime();
  }

  /** How long to wait for the answers of a phase: if they do not come another attempt may do. */
  private long phaseNanos() {
    long remaining = remainingNanos();
    return Math.min(remaining, Math.max(remaining / 3, LEAST_PHASE_NANOS));
  }

  private void expire() {
    fail(own.isEmpty() ? Kind.TIMEOUT : Kind.UNKNOWN, received);
  }

  private void fail(Kind kind, int had) {
    fail(new PaxosException(kind, had, electorate.required(), contentions));
  }

  private void fail(Throwable failure) {
    end(false, failure);
  }

  private void end(boolean changed, Throwable failure) {
    if (!ended) {
      ended = true;
      callback.done(changed, failure);
    }
  }
}
