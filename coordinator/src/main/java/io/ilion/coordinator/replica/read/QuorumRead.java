package io.ilion.coordinator.replica.read;

import io.ilion.gossip.KeyspaceReplicas;
import io.ilion.gossip.NodeInfo;
import io.ilion.gossip.ReplicaSet;
import io.ilion.gossip.messaging.FailureReason;
import io.ilion.gossip.messaging.Messenger;
import io.ilion.gossip.messaging.Verb;
import io.ilion.model.data.CorruptDataException;
import io.ilion.runtime.NodeAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/**
 * One command to the replicas of a partition or of a range. The first of them is asked for the
 * data, the others for digests. If these differ, those who sent digests are asked for their data
 * too, all of it is merged, and whoever lacks something gets it before the answer is given: so what
 * one quorum read has shown, the next one shows as well, whomever it asks.
 *
 * <p>While the ring changes what is shown has to be on a quorum of those who will be the replicas,
 * too: they may have fetched what they will own before. Those who stay are asked first, and then
 * that is so by itself; if too few of them answer, those to come get all of the answer.
 *
 * <p>Answers with no more of a row than what settles it say whether replicas have the same, not
 * what they have: what they leave out may matter beside what another one has. So where these
 * differ, all are asked for everything.
 *
 * <p>Owned by the lane that begins it.
 */
final class QuorumRead {
  private final ReplicaReads reads;
  private final ReadLane lane;
  private final ReadContext context;
  private final ReadTargets targets;
  private final long epoch;
  private final KeyspaceReplicas replicas;
  private final long fingerprint;
  private final Callback callback;

  /** What is asked for now, and its message. */
  private ReplicaRead read;

  private byte[] payload;
  private final List<Asked> asked = new ArrayList<>(3);
  private int next;

  /** Who has all of the answer, and who may have it soon. */
  private final List<NodeInfo> complete = new ArrayList<>(3);

  private final Set<NodeInfo> awaited = new LinkedHashSet<>();

  /** Whose part in the repair is decided. */
  private final Set<NodeInfo> settled = new HashSet<>();

  private boolean comparing = true;
  private boolean repairing;
  private boolean over;
  private ReplicaAnswer result;
  private long startedNanos;

  /** Told once, on the lane of the read. */
  interface Callback {
    /** What the replicas have, or why that is not known. */
    void done(ReplicaAnswer answer, Throwable failure);
  }

  /**
   * Prepares it.
   *
   * @param epoch that the replicas were chosen by, or an older one
   * @param replicas of the keyspace, from among which they were chosen
   * @param fingerprint as {@link ReadMessage} has it
   */
  QuorumRead(
      ReplicaReads reads,
      ReadLane lane,
      ReadContext context,
      ReplicaRead read,
      ReadTargets targets,
      long epoch,
      KeyspaceReplicas replicas,
      long fingerprint,
      Callback callback) {
    this.reads = reads;
    this.lane = lane;
    this.context = context;
    this.read = read;
    this.targets = targets;
    this.epoch = epoch;
    this.replicas = replicas;
    this.fingerprint = fingerprint;
    this.callback = callback;
    this.payload = encoded();
  }

  private byte[] encoded() {
    boolean measured = context.progress().observer() != null;
    return new ReadMessage(epoch, fingerprint, measured, read).encode();
  }

  /** A request to one replica, for its data or its digest. */
  private final class Asked implements Messenger.Answer {
    private final NodeInfo node;
    private final boolean digest;
    private final ReplicaRead of = read;
    private final long sentNanos = reads.clock().nanoTime();
    private ByteBuffer answer;
    private ReplicaAnswer data;
    private FailureReason failure;

    Asked(NodeInfo node, boolean digest) {
      this.node = node;
      this.digest = digest;
    }

    @Override
    public void answered(NodeAddress from, ByteBuffer payload) {
      long nanos = reads.clock().nanoTime() - sentNanos;
      lane.answered(node, nanos);
      ByteBuffer bytes = payload;
      ReadObserver observer = context.progress().observer();
      if (observer != null) {
        MeasuredAnswer measured = MeasuredAnswer.decode(payload, digest);
        bytes = measured.answer();
        observer.answered(node, digest, nanos, bytes.remaining(), measured.looked());
      }
      if (over || repairing) {
        return;
      }
      if (!digest) {
        try {
          data = ReplicaAnswer.decode(bytes, of);
        } catch (CorruptDataException e) {
          reads.unreadable(node, e);
          failure = FailureReason.UNKNOWN;
          QuorumRead.this.failed(this);
          return;
        }
      }
      answer = bytes;
      QuorumRead.this.answered();
    }

    @Override
    public void failed(NodeAddress from, FailureReason reason) {
      ReadObserver observer = context.progress().observer();
      if (observer != null) {
        observer.failed(node, digest, reads.clock().nanoTime() - sentNanos, reason);
      }
      if (reason == FailureReason.TIMEOUT) {
        lane.answered(node, reads.clock().nanoTime() - sentNanos);
      }
      if (over || repairing) {
        return;
      }
      failure = reason;
      QuorumRead.this.failed(this);
    }

    /** Whether it asks for the data that is asked for now. */
    private boolean isForData() {
      return !digest && of.isSettled() == read.isSettled();
    }

    private boolean hasData() {
      return data != null && of.isSettled() == read.isSettled();
    }

    private boolean isUnderWay() {
      return answer == null && failure == null;
    }

    private byte[] digest() {
      if (!digest) {
        return ReplicaAnswer.digest(answer);
      }
      byte[] bytes = new byte[answer.remaining()];
      answer.duplicate().get(bytes);
      return bytes;
    }

    private boolean isFor(NodeInfo other) {
      return node.hostId().equals(other.hostId());
    }
  }

  /** Asks; on the lane that is to be told. */
  void begin() {
    startedNanos = reads.clock().nanoTime();
    context.progress().begin(targets.blockFor());
    boolean spare = targets.contacts() < targets.candidates().size();
    long delay = spare ? lane.speculationDelayNanos(context.table()) : Long.MAX_VALUE;
    int first = targets.contacts() + (delay == 0 ? 1 : 0);
    for (int i = 0; i < first; i++) {
      ask(targets.candidates().get(next++), i > 0);
    }
    if (hasSpare() && delay > 0) {
      lane.watch(this, delay);
    }
  }

  private boolean hasSpare() {
    return next < targets.candidates().size();
  }

  boolean isOver() {
    return over;
  }

  /** It takes long: asks one more, or gives what was found to those who were not asked. */
  void speculate() {
    if (repairing) {
      giveToOthers();
      endIfRepaired();
      return;
    }
    if (!over && hasSpare() && !isAbandoned()) {
      if (context.progress().observer() != null) {
        context.progress().observer().speculated();
      }
      ask(targets.candidates().get(next++), comparing && answers(true) > 0);
    }
  }

  private boolean isAbandoned() {
    return context.abandoned().getAsBoolean();
  }

  private void ask(NodeInfo node, boolean digest) {
    Asked request = new Asked(node, digest);
    asked.add(request);
    reads
        .messenger()
        .request(
            node.address(),
            digest ? Verb.READ_DIGEST : Verb.READ,
            read.token(),
            payload,
            Math.max(1, context.deadlineNanos() - reads.clock().nanoTime()),
            request);
  }

  /** Whether a replica has sent what is wanted; its data, or at first a digest would do. */
  private static boolean has(Asked request, boolean data) {
    return data ? request.hasData() : request.answer != null;
  }

  /** The number of replicas that have sent what is wanted. */
  private int answers(boolean data) {
    return count(data, false);
  }

  /** The number of replicas that have sent what is wanted, or may still do so. */
  private int prospects(boolean data) {
    return count(data, true);
  }

  /** Counts replicas, each once however often it was asked. */
  private int count(boolean data, boolean pending) {
    int count = 0;
    for (int i = 0; i < asked.size(); i++) {
      if (counts(asked.get(i), data, pending)) {
        boolean first = true;
        for (int j = 0; j < i && first; j++) {
          first = !asked.get(j).isFor(asked.get(i).node) || !counts(asked.get(j), data, pending);
        }
        count += first ? 1 : 0;
      }
    }
    return count;
  }

  private static boolean counts(Asked request, boolean data, boolean pending) {
    return has(request, data)
        || (pending && request.isUnderWay() && (!data || request.isForData()));
  }

  private void answered() {
    context.progress().answered(Math.min(answers(false), targets.blockFor()), answers(true) > 0);
    try {
      goOn();
    } catch (RuntimeException e) {
      end(null, e);
    }
  }

  private void goOn() {
    if (answers(!comparing) < targets.blockFor() || answers(true) == 0) {
      endIfHopeless();
    } else if (comparing) {
      compare();
    } else {
      merge();
    }
  }

  private void failed(Asked request) {
    if (request.failure == FailureReason.STALE_EPOCH) {
      end(null, new StaleReplicasException(timeout()));
      return;
    }
    if (request.failure != FailureReason.TIMEOUT) {
      if (hasSpare()) {
        ask(targets.candidates().get(next++), request.digest && comparing);
        return;
      }
      if (comparing && prospects(true) == 0) {
        // Whoever sends its digest has the data as well; it is asked for that once.
        for (int i = 0; i < asked.size(); i++) {
          Asked other = asked.get(i);
          if (other.digest && other.failure == null && !isAskedForData(other.node)) {
            ask(other.node, false);
            return;
          }
        }
      }
    }
    endIfHopeless();
  }

  private boolean isAskedForData(NodeInfo node) {
    for (Asked request : asked) {
      if (request.isForData() && request.isFor(node)) {
        return true;
      }
    }
    return false;
  }

  /** Ends the read if what is under way cannot be enough any more. */
  private void endIfHopeless() {
    if (prospects(!comparing) < targets.blockFor() || prospects(true) == 0) {
      end(null, failure());
    }
  }

  private int received() {
    return Math.min(answers(false), targets.blockFor() - 1);
  }

  private ReadTimeoutException timeout() {
    return new ReadTimeoutException(
        context.level(), received(), targets.blockFor(), answers(true) > 0);
  }

  private Throwable failure() {
    Map<NodeAddress, FailureReason> reasons = new LinkedHashMap<>();
    boolean timedOut = true;
    for (Asked request : asked) {
      if (request.failure != null) {
        reasons.put(request.node.address(), request.failure);
        timedOut &= request.failure == FailureReason.TIMEOUT;
      }
    }
    return timedOut
        ? timeout()
        : new ReadFailureException(
            context.level(), received(), targets.blockFor(), answers(true) > 0, reasons);
  }

  /** Compares what has come; if it is the same, that is the answer. */
  private void compare() {
    ReplicaAnswer data = null;
    byte[] digest = null;
    boolean same = true;
    for (Asked request : asked) {
      if (request.answer == null) {
        continue;
      }
      data = data == null ? request.data : data;
      if (targets.blockFor() > 1) {
        byte[] other = request.digest();
        same &= digest == null || Arrays.equals(digest, other);
        digest = other;
      }
    }
    if (same) {
      agreed(data);
      return;
    }
    comparing = false;
    reads.mismatched();
    if (context.progress().observer() != null) {
      context.progress().observer().mismatched();
    }
    if (read.isSettled()) {
      read = read.whole();
      payload = encoded();
    }
    List<Asked> lacking = new ArrayList<>();
    for (Asked request : asked) {
      if (request.answer != null && !request.hasData()) {
        lacking.add(request);
      }
    }
    for (Asked request : lacking) {
      ask(request.node, false);
    }
    goOn();
  }

  /** All who have answered have the same. */
  private void agreed(ReplicaAnswer data) {
    if (targets.replicas().pending().isEmpty() || !reads.repairs(context.table())) {
      end(data, null);
      return;
    }
    Set<NodeInfo> sources = new LinkedHashSet<>();
    for (Asked request : asked) {
      if (request.answer != null) {
        sources.add(request.node);
      }
    }
    settle(List.copyOf(sources), data, Collections.nCopies(sources.size(), List.of()));
  }

  private List<Asked> dataAnswers() {
    List<Asked> found = new ArrayList<>(asked.size());
    for (Asked request : asked) {
      if (request.hasData() && found.stream().noneMatch(f -> f.isFor(request.node))) {
        found.add(request);
      }
    }
    return found;
  }

  private void merge() {
    List<Asked> sources = dataAnswers();
    AnswerMerger.Result merged =
        AnswerMerger.merge(read, sources.stream().map(s -> s.data).toList());
    if (reads.repairs(context.table())) {
      settle(sources.stream().map(s -> s.node).toList(), merged.answer(), merged.repairs());
    } else {
      end(merged.answer(), null);
    }
  }

  /**
   * Gives each of those who have answered what it lacks, and all of the answer to others if too few
   * of these are among those to come. If that is nothing they say at least that they know of no
   * other replicas yet: then nobody has shown or acknowledged more.
   */
  private void settle(
      List<NodeInfo> sources, ReplicaAnswer answer, List<List<AnswerMerger.Update>> lacked) {
    result = answer;
    repairing = true;
    settled.addAll(sources);
    for (int i = 0; i < sources.size(); i++) {
      if (lacked.get(i).isEmpty()) {
        complete.add(sources.get(i));
      } else {
        awaited.add(sources.get(i));
      }
    }
    // Whoever is given something may fail at once, so these are known before.
    for (int i = 0; i < sources.size(); i++) {
      if (!lacked.get(i).isEmpty()) {
        repair(sources.get(i), lacked.get(i));
      }
    }
    if (!isOnQuorumToCome(sources)) {
      giveAll(toCome());
    }
    endIfRepaired();
    if (!over) {
      lane.watch(this, lane.speculationDelayNanos(context.table()));
    }
  }

  /**
   * Who lacks something cannot be given it, or takes long: gives all of the answer to those who
   * could have been asked in its place.
   */
  private void giveToOthers() {
    if (over || areEnough(complete) || isAbandoned()) {
      return;
    }
    Stream<NodeInfo> others = targets.candidates().stream().filter(reads::isAlive);
    giveAll(targets.replicas().pending().isEmpty() ? others : Stream.concat(toCome(), others));
  }

  private void giveAll(Stream<NodeInfo> nodes) {
    List<NodeInfo> others = nodes.filter(settled::add).toList();
    if (others.isEmpty()) {
      return;
    }
    List<AnswerMerger.Update> all = AnswerMerger.all(read, result);
    awaited.addAll(others);
    for (NodeInfo node : others) {
      if (all.isEmpty()) {
        confirm(node);
      } else {
        repair(node, all);
      }
    }
  }

  /** Those who will be replicas when the ring has changed, are alive, and count. */
  private Stream<NodeInfo> toCome() {
    ReplicaSet set = targets.replicas();
    return Stream.concat(set.natural().stream(), set.pending().stream())
        .filter(node -> !set.leaving().contains(node))
        .filter(node -> reads.isAlive(node) && reads.counts(context.level(), node));
  }

  private boolean isOnQuorumToCome(List<NodeInfo> haveIt) {
    return targets.arithmetic().isOnQuorumToCome(context.level(), targets.replicas(), haveIt);
  }

  /**
   * Asks one to come whether it works by the same replicas. It gives nothing of what it has before
   * it has all; that it fails for no other reason says that it does.
   */
  private void confirm(NodeInfo node) {
    reads
        .messenger()
        .request(
            node.address(),
            Verb.READ_DIGEST,
            read.token(),
            payload,
            Math.max(1, context.deadlineNanos() - reads.clock().nanoTime()),
            new Messenger.Answer() {
              @Override
              public void answered(NodeAddress from, ByteBuffer bytes) {
                repaired(node, true);
              }

              @Override
              public void failed(NodeAddress from, FailureReason reason) {
                if (reason == FailureReason.STALE_EPOCH) {
                  end(null, new StaleReplicasException(timeout()));
                }
                repaired(node, reason == FailureReason.UNKNOWN);
              }
            });
  }

  private void repaired(NodeInfo node, boolean hasIt) {
    awaited.remove(node);
    if (hasIt) {
      complete.add(node);
    } else {
      giveToOthers();
    }
    endIfRepaired();
  }

  /** Sends a replica what it lacks. */
  private void repair(NodeInfo node, List<AnswerMerger.Update> updates) {
    int[] left = {updates.size()};
    boolean[] failed = new boolean[1];
    for (AnswerMerger.Update update : updates) {
      reads
          .repairer()
          .repair(
              node,
              epoch,
              replicas.of(update.token()),
              update.token(),
              update.bytes(),
              Math.max(1, context.deadlineNanos() - reads.clock().nanoTime()),
              new Messenger.Answer() {
                @Override
                public void answered(NodeAddress from, ByteBuffer bytes) {
                  ended();
                }

                @Override
                public void failed(NodeAddress from, FailureReason reason) {
                  if (reason == FailureReason.STALE_EPOCH) {
                    end(null, new StaleReplicasException(timeout()));
                  }
                  failed[0] = true;
                  ended();
                }

                private void ended() {
                  if (--left[0] == 0) {
                    repaired(node, !failed[0]);
                  }
                }
              });
    }
  }

  private void endIfRepaired() {
    if (over) {
      return;
    }
    if (areEnough(complete)) {
      end(result, null);
      return;
    }
    List<NodeInfo> prospects = new ArrayList<>(complete);
    prospects.addAll(awaited);
    if (!areEnough(prospects)) {
      int received = Math.min(replicasAmong(complete), targets.blockFor() - 1);
      end(null, new ReadTimeoutException(context.level(), received, targets.blockFor(), true));
    }
  }

  /** Whether so many have the answer that whoever is asked next shows it. */
  private boolean areEnough(List<NodeInfo> haveIt) {
    return replicasAmong(haveIt) >= targets.blockFor() && isOnQuorumToCome(haveIt);
  }

  private int replicasAmong(List<NodeInfo> nodes) {
    return (int) nodes.stream().filter(targets.replicas().natural()::contains).count();
  }

  private void end(ReplicaAnswer answer, Throwable failure) {
    if (!over) {
      over = true;
      lane.ended(context.table(), reads.clock().nanoTime() - startedNanos);
      callback.done(answer, failure);
    }
  }
}
