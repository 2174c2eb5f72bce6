package io.ilion.gossip.metadata;

import io.ilion.gossip.NodeInfo;
import io.ilion.gossip.metadata.RaftMessage.Append;
import io.ilion.gossip.metadata.RaftMessage.Appended;
import io.ilion.gossip.metadata.RaftMessage.AskVote;
import io.ilion.gossip.metadata.RaftMessage.Body;
import io.ilion.gossip.metadata.RaftMessage.Decided;
import io.ilion.gossip.metadata.RaftMessage.HandOver;
import io.ilion.gossip.metadata.RaftMessage.Install;
import io.ilion.gossip.metadata.RaftMessage.Vote;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.function.Predicate;
import java.util.random.RandomGenerator;

/**
 * One member of the agreement on the metadata log: Raft (Ongaro and Ousterhout, "In Search of an
 * Understandable Consensus Algorithm", 2014; what goes beyond it is of Ongaro's dissertation): a
 * candidate first asks whether it would be elected, a voter that hears a leader elects no other, a
 * leader that hears no majority resigns, one that is about to go has another stand for election at
 * once, and voters come and go one at a time, by entries that count from the moment when they are
 * in a log. (Beside a lone voter any number may come at once: no other member ever decides by the
 * voters before.)
 *
 * <p>This is the logic alone: a message, a proposal or the time goes in, and {@link #takeOutput}
 * says what is to be done. Whoever drives it first makes durable what has to be, calls {@link
 * #persisted}, and only then sends the messages; it goes in no other order.
 *
 * <p>A member that is not a voter learns decided entries ({@link #learn}, {@link #install}) and
 * answers all the same, since it may have become one without knowing yet.
 */
final class Raft {
  /** Between two messages of a leader that has nothing to say. */
  static final long HEARTBEAT_NANOS = 200_000_000L;

  /** The least time without a leader after which there is an election; at most twice that. */
  static final long ELECTION_NANOS = 1_000_000_000L;

  private static final long SNAPSHOT_AGAIN_NANOS = 5_000_000_000L;
  private static final int MAX_APPEND_BYTES = 1 << 20;

  private final UUID self;
  private final RandomGenerator random;
  private final MetadataLog log;
  private long term;
  private UUID votedFor;
  private Role role = Role.FOLLOWER;
  private UUID leader;
  private long leaderHeard;
  private long electionDeadline;
  private long heartbeatDeadline;

  /** The index of the entry that this leader began its term with. */
  private long termStart;

  /** The last index that this leader has on disk. */
  private long durable;

  private final Set<UUID> votes = new HashSet<>();
  private final Map<UUID, Progress> followers = new HashMap<>();
  private Output output = new Output();

  /** What a member is in its term. */
  enum Role {
    FOLLOWER,
    /** Asks whether it would be elected. */
    PRE_CANDIDATE,
    CANDIDATE,
    LEADER
  }

  /** What a leader knows of another voter. */
  private static final class Progress {
    private long next;
    private long match;
    private long heard;

    /** When that was sent to it which it has answered. */
    private long asked = Long.MIN_VALUE;

    private long snapshotSent = Long.MIN_VALUE;
  }

  /** A message to somebody. */
  record Outgoing(UUID to, RaftMessage message) {}

  /** What is to be done after a step. */
  static final class Output {
    /** Whether term, vote or entries have to be made durable before anything is sent. */
    private boolean mustPersist;

    /** The first index of the entries that have to be; 0 if there are none. */
    private long persistFrom;

    /** Whether all was replaced by a snapshot. */
    private boolean replaced;

    private final List<Outgoing> messages = new ArrayList<>();
    private final List<LogEntry> decided = new ArrayList<>();
    private boolean advanced;

    boolean mustPersist() {
      return mustPersist;
    }

    long persistFrom() {
      return persistFrom;
    }

    boolean replaced() {
      return replaced;
    }

    List<Outgoing> messages() {
      return messages;
    }

    /** The entries that were applied, in their order; not those that came by a snapshot. */
    List<LogEntry> decided() {
      return decided;
    }

    /** Whether the metadata or the index of what is decided are new. */
    boolean advanced() {
      return advanced;
    }
  }

  /** What became of a proposal. */
  enum Proposed {
    /** It is in the leader's log; whether it stays there shows by the next epoch. */
    ACCEPTED,
    /** It was made from metadata that are not the newest. */
    STALE,
    /** This member is no leader, or not yet. */
    NOT_LEADER,
    /** The change cannot be made. */
    INVALID
  }

  /** A member that goes on from what it kept. */
  Raft(UUID self, RaftState kept, RandomGenerator random, long nowNanos) {
    this.self = self;
    this.random = random;
    term = kept.term();
    votedFor = kept.votedFor();
    log = new MetadataLog(self, kept);
    resetElection(nowNanos);
    leaderHeard = nowNanos - ELECTION_NANOS;
    if (isOnlyVoter()) {
      electionDeadline = nowNanos;
    }
  }

  // ---- what is known

  ClusterMetadata metadata() {
    return log.metadata();
  }

  /** The place in the log that the metadata are of. */
  LogPosition applied() {
    return log.applied();
  }

  long commit() {
    return log.commit();
  }

  long term() {
    return term;
  }

  UUID votedFor() {
    return votedFor;
  }

  boolean isLeader() {
    return role == Role.LEADER;
  }

  /** Whom this member believes to be the leader, or null. */
  UUID leader() {
    return leader;
  }

  List<UUID> voters() {
    return log.tail().voters();
  }

  boolean isVoter() {
    return voters().contains(self);
  }

  private boolean isOnlyVoter() {
    return voters().equals(List.of(self));
  }

  /** When {@link #tick} wants to be called; Long.MAX_VALUE if there is nothing to wait for. */
  long deadline() {
    if (role == Role.LEADER) {
      return isOnlyVoter() ? Long.MAX_VALUE : heartbeatDeadline;
    }
    return isVoter() ? electionDeadline : Long.MAX_VALUE;
  }

  /** All that has to be on disk. */
  RaftState state() {
    return new RaftState(
        term,
        votedFor,
        log.applied(),
        log.metadata(),
        log.from(log.applied().index() + 1),
        log.commit());
  }

  /** The entries from an index on that have to be made durable. */
  List<LogEntry> entriesFrom(long index) {
    return log.from(index);
  }

  /** Decided entries behind an index; null if they are not here any more. */
  List<LogEntry> decidedAfter(long index) {
    return index < log.base().index() ? null : log.from(index + 1, log.commit(), MAX_APPEND_BYTES);
  }

  /** What is to be done now; it is asked once after each step. */
  Output takeOutput() {
    Output taken = output;
    output = new Output();
    return taken;
  }

  // ---- time

  /** The time has come that {@link #deadline} named, or not yet. */
  void tick(long nowNanos) {
    if (role == Role.LEADER) {
      if (nowNanos - heartbeatDeadline >= 0 && !isOnlyVoter()) {
        heartbeatDeadline = nowNanos + HEARTBEAT_NANOS;
        if (isMajority(id -> isHeard(id, nowNanos))) {
          voters().forEach(voter -> append(voter, nowNanos));
        } else {
          follow(null, nowNanos);
        }
      }
    } else if (isVoter() && nowNanos - electionDeadline >= 0) {
      campaign(nowNanos);
    }
  }

  /** Has a voter stand for election at the next {@link #tick}. */
  void hasten(long nowNanos) {
    electionDeadline = nowNanos;
  }

  private boolean isHeard(UUID voter, long nowNanos) {
    return nowNanos - progress(voter, nowNanos).heard <= 2 * ELECTION_NANOS;
  }

  /** Whether another voter has just answered this leader, in its term; true of the leader. */
  boolean isAnswering(UUID voter, long nowNanos) {
    Progress progress = followers.get(voter);
    return role == Role.LEADER
        && (voter.equals(self)
            || progress != null
                && progress.match > 0
                && progress.asked != Long.MIN_VALUE
                && nowNanos - progress.asked <= 3 * HEARTBEAT_NANOS);
  }

  /**
   * Whether nothing is decided that this member does not know: it leads, what earlier terms left is
   * decided, and most voters have just answered it, so that no other leads.
   */
  boolean knowsNewest(long nowNanos) {
    return role == Role.LEADER
        && commit() >= termStart
        && isMajority(voter -> isAnswering(voter, nowNanos));
  }

  private boolean isMajority(Predicate<UUID> condition) {
    long count = voters().stream().filter(v -> v.equals(self) || condition.test(v)).count();
    return count * 2 > voters().size();
  }

  private void resetElection(long nowNanos) {
    electionDeadline = nowNanos + ELECTION_NANOS + random.nextLong(ELECTION_NANOS);
  }

  private void campaign(long nowNanos) {
    resetElection(nowNanos);
    leader = null;
    votes.clear();
    votes.add(self);
    if (isOnlyVoter()) {
      stand(false, nowNanos);
    } else {
      role = Role.PRE_CANDIDATE;
      broadcast(term + 1, new AskVote(true, false, log.last()));
    }
  }

  private void stand(boolean wanted, long nowNanos) {
    role = Role.CANDIDATE;
    setTerm(term + 1);
    votedFor = self;
    votes.clear();
    votes.add(self);
    resetElection(nowNanos);
    if (isOnlyVoter()) {
      lead(nowNanos);
    } else {
      broadcast(term, new AskVote(false, wanted, log.last()));
    }
  }

  private void lead(long nowNanos) {
    role = Role.LEADER;
    leader = self;
    followers.clear();
    durable = 0;
    heartbeatDeadline = nowNanos + HEARTBEAT_NANOS;
    // What earlier terms left is decided together with the first entry of this one.
    termStart = log.last().index() + 1;
    put(new LogEntry(termStart, term, LogEntry.NOBODY, new byte[0]));
    voters().forEach(voter -> append(voter, nowNanos));
  }

  private void follow(UUID newLeader, long nowNanos) {
    role = Role.FOLLOWER;
    leader = newLeader;
    followers.clear();
    resetElection(nowNanos);
  }

  /**
   * This member is about to go: if it leads, the voter that knows most is to lead in its place,
   * without the silence that an election waits for. It goes on to vote for as long as it is there.
   */
  void handOver(long nowNanos) {
    if (role != Role.LEADER) {
      return;
    }
    UUID next =
        voters().stream()
            .filter(voter -> !voter.equals(self) && isHeard(voter, nowNanos))
            .max(Comparator.comparing(voter -> progress(voter, nowNanos).match))
            .orElse(null);
    if (next != null) {
      // With all that is here, so that it is elected.
      append(next, nowNanos);
      send(next, term, new HandOver());
      follow(null, nowNanos);
    }
  }

  private void setTerm(long newer) {
    term = newer;
    votedFor = null;
    output.mustPersist = true;
  }

  /**
   * Goes on without the others, the majority of which is lost for ever: all that is here counts,
   * and this member votes alone. It does so in a later term and far behind all places of the log
   * that the others may have reached, so that whoever of them comes back after all learns what is
   * here, and forgets what it has.
   *
   * @param jump so many terms, places and epochs are left out
   */
  void recover(long jump, long nowNanos) {
    output.decided.addAll(log.decide(log.last().index()));
    setTerm(term + jump);
    follow(null, nowNanos);
    log.recover(self, jump, term);
    output.replaced = true;
    output.advanced = true;
    hasten(nowNanos);
  }

  /** Whether there is a leader, as far as this member knows: it leads, or has heard one lately. */
  boolean hasLeader(long nowNanos) {
    return role == Role.LEADER || leader != null && nowNanos - leaderHeard < 2 * ELECTION_NANOS;
  }

  // ---- messages

  private void send(UUID to, long asOf, Body body) {
    output.messages.add(new Outgoing(to, new RaftMessage(metadata().cluster(), self, asOf, body)));
  }

  private void broadcast(long asOf, Body body) {
    for (UUID voter : voters()) {
      if (!voter.equals(self)) {
        send(voter, asOf, body);
      }
    }
  }

  /** Takes a message of another member. */
  void receive(RaftMessage message, long nowNanos) {
    if (!message.cluster().equals(metadata().cluster()) || message.from().equals(self)) {
      return;
    }
    switch (message.body()) {
      case AskVote ask -> vote(message, ask, nowNanos);
      case Vote vote -> count(message, vote, nowNanos);
      case Append append -> {
        if (acceptLeader(message, nowNanos)) {
          append(message.from(), append);
        }
      }
      case Install install -> {
        if (acceptLeader(message, nowNanos)) {
          install(install.at(), MetadataCodec.decode(install.metadata()));
          send(message.from(), term, new Appended(true, commit(), Long.MIN_VALUE));
        }
      }
      case Appended appended -> appended(message, appended, nowNanos);
      case HandOver handOver -> {
        boolean isLeaders = message.term() == term && message.from().equals(leader);
        if (isLeaders && role == Role.FOLLOWER && isVoter()) {
          stand(true, nowNanos);
        }
      }
      case Decided decided -> {
        // For the driver: it is told by whom there is something to learn.
      }
    }
  }

  private void vote(RaftMessage message, AskVote ask, long nowNanos) {
    boolean hearsLeader =
        role == Role.LEADER || leader != null && nowNanos - leaderHeard < ELECTION_NANOS;
    boolean current = ask.last().isUpToDate(log.last());
    if (hearsLeader && !ask.wanted() || message.term() < term) {
      send(message.from(), term, new Vote(ask.trial(), false));
    } else if (ask.trial()) {
      send(message.from(), term, new Vote(true, current && message.term() > term));
    } else {
      if (message.term() > term) {
        setTerm(message.term());
        follow(null, nowNanos);
      }
      boolean granted = current && (votedFor == null || votedFor.equals(message.from()));
      if (granted && votedFor == null) {
        votedFor = message.from();
        output.mustPersist = true;
        resetElection(nowNanos);
      }
      send(message.from(), term, new Vote(false, granted));
    }
  }

  private void count(RaftMessage message, Vote vote, long nowNanos) {
    if (message.term() > term) {
      setTerm(message.term());
      follow(null, nowNanos);
    }
    Role asked = vote.trial() ? Role.PRE_CANDIDATE : Role.CANDIDATE;
    // A trial is answered in the term of whoever answers, which is not newer than this one.
    if (role == asked && vote.granted() && (vote.trial() || message.term() == term)) {
      votes.add(message.from());
      if (isMajority(votes::contains)) {
        if (vote.trial()) {
          stand(false, nowNanos);
        } else {
          lead(nowNanos);
        }
      }
    }
  }

  /** Whether a message is of the leader of this term; answers those of earlier ones. */
  private boolean acceptLeader(RaftMessage message, long nowNanos) {
    if (message.term() < term) {
      send(message.from(), term, new Appended(false, commit(), Long.MIN_VALUE));
      return false;
    }
    if (message.term() > term) {
      setTerm(message.term());
    }
    follow(message.from(), nowNanos);
    leaderHeard = nowNanos;
    return true;
  }

  private void append(UUID from, Append append) {
    LogPosition before = append.before();
    long last = before.index() + append.entries().size();
    if (before.index() < log.base().index()) {
      // What is not here any more is decided, so the same there; the leader goes on behind it.
      send(from, term, new Appended(true, commit(), append.sent()));
      return;
    }
    if (log.termAt(before.index()) != before.term()) {
      long hint = Math.max(commit(), Math.min(before.index() - 1, log.last().index()));
      send(from, term, new Appended(false, hint, append.sent()));
      return;
    }
    long expected = before.index();
    for (LogEntry entry : append.entries()) {
      if (entry.index() != ++expected) {
        return;
      }
      if (log.termAt(entry.index()) != entry.term()) {
        put(entry);
      }
    }
    advance(Math.min(append.commit(), last));
    send(from, term, new Appended(true, last, append.sent()));
  }

  private void put(LogEntry entry) {
    log.put(entry);
    output.mustPersist = true;
    output.persistFrom =
        output.persistFrom == 0 ? entry.index() : Math.min(output.persistFrom, entry.index());
  }

  // ---- leading

  private Progress progress(UUID voter, long nowNanos) {
    return followers.computeIfAbsent(
        voter,
        id -> {
          Progress fresh = new Progress();
          fresh.next = log.last().index() + 1;
          fresh.heard = nowNanos;
          return fresh;
        });
  }

  private void append(UUID voter, long nowNanos) {
    if (voter.equals(self)) {
      return;
    }
    Progress progress = progress(voter, nowNanos);
    if (progress.next > log.base().index()) {
      LogPosition before = new LogPosition(progress.next - 1, log.termAt(progress.next - 1));
      List<LogEntry> entries = log.from(progress.next, log.last().index(), MAX_APPEND_BYTES);
      send(voter, term, new Append(before, commit(), nowNanos, entries));
    } else if (progress.snapshotSent == Long.MIN_VALUE
        || nowNanos - progress.snapshotSent > SNAPSHOT_AGAIN_NANOS) {
      progress.snapshotSent = nowNanos;
      send(voter, term, new Install(applied(), MetadataCodec.encode(metadata())));
    } else {
      send(voter, term, new Append(LogPosition.START, 0, nowNanos, List.of()));
    }
  }

  private void appended(RaftMessage message, Appended appended, long nowNanos) {
    if (message.term() > term) {
      setTerm(message.term());
      follow(null, nowNanos);
    } else if (role == Role.LEADER && message.term() == term && voters().contains(message.from())) {
      Progress progress = progress(message.from(), nowNanos);
      progress.heard = nowNanos;
      progress.asked = Math.max(progress.asked, appended.sent());
      if (appended.done()) {
        long match = Math.min(appended.index(), log.last().index());
        if (match > progress.match || progress.next <= match) {
          progress.match = Math.max(progress.match, match);
          progress.next = Math.max(progress.next, match + 1);
          decide(nowNanos);
          if (progress.next <= log.last().index()) {
            append(message.from(), nowNanos);
          }
        }
      } else {
        long next = Math.max(progress.match + 1, Math.min(progress.next - 1, appended.index() + 1));
        if (next < progress.next) {
          progress.next = next;
          append(message.from(), nowNanos);
        }
      }
    }
  }

  /** What had to be made durable is. */
  void persisted(long nowNanos) {
    if (role == Role.LEADER) {
      durable = log.last().index();
      decide(nowNanos);
    }
  }

  private void decide(long nowNanos) {
    for (long index = log.last().index(); index > commit(); index--) {
      if (log.termAt(index) != term) {
        return;
      }
      long decided = index;
      long count =
          voters().stream()
              .filter(
                  v -> v.equals(self) ? durable >= decided : progress(v, nowNanos).match >= decided)
              .count();
      if (count * 2 > voters().size()) {
        ClusterMetadata before = metadata();
        advance(index);
        voters().forEach(voter -> append(voter, nowNanos));
        tellOthers(before);
        if (!isVoter()) {
          // It has removed itself, and that is decided.
          follow(null, nowNanos);
        }
        return;
      }
    }
  }

  /** Tells those who do not vote. Who has left hears of that, and of nothing behind it. */
  private void tellOthers(ClusterMetadata before) {
    for (NodeInfo node : metadata().nodes().values()) {
      UUID id = node.hostId();
      boolean isGone = hasLeft(node) && hasLeft(before.node(id));
      if (!isGone && !voters().contains(id) && !id.equals(self)) {
        send(id, term, new Decided(commit(), metadata().epoch()));
      }
    }
  }

  private static boolean hasLeft(NodeInfo node) {
    return node != null && node.state() == NodeInfo.State.LEFT;
  }

  /**
   * Proposes changes to the log that this leader has.
   *
   * @param base the epoch that they were computed from
   */
  Proposed propose(UUID proposal, long base, byte[] changes, long nowNanos) {
    if (role != Role.LEADER || commit() < termStart) {
      return Proposed.NOT_LEADER;
    }
    if (base != log.tail().epoch()) {
      return Proposed.STALE;
    }
    LogEntry entry = new LogEntry(log.last().index() + 1, term, proposal, changes);
    try {
      entry.applyTo(log.tail());
    } catch (RuntimeException e) {
      return Proposed.INVALID;
    }
    put(entry);
    voters().forEach(voter -> append(voter, nowNanos));
    return Proposed.ACCEPTED;
  }

  // ---- deciding and learning

  private void advance(long decided) {
    if (decided > commit()) {
      output.advanced = true;
      output.decided.addAll(log.decide(decided));
    }
  }

  /** Takes entries that are decided, from whoever knows them. */
  void learn(List<LogEntry> decided) {
    for (LogEntry entry : decided) {
      if (entry.index() <= commit() || role == Role.LEADER) {
        continue;
      }
      if (entry.index() > log.last().index() + 1) {
        return;
      }
      if (entry.term() > term) {
        setTerm(entry.term());
      }
      if (log.termAt(entry.index()) != entry.term()) {
        put(entry);
      }
      advance(entry.index());
    }
  }

  /** Takes what decided entries led to, from whoever knows it; ignored if it is not newer. */
  void install(LogPosition at, ClusterMetadata newer) {
    if (at.index() <= commit() || role == Role.LEADER && at.term() <= term) {
      return;
    }
    if (role == Role.LEADER) {
      // Others went on without this one, which they had given up.
      follow(null, leaderHeard);
    }
    if (at.term() > term) {
      setTerm(at.term());
    }
    log.install(at, newer);
    output.mustPersist = true;
    output.replaced = true;
    output.advanced = true;
  }
}
