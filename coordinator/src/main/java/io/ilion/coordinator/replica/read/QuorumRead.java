package io.ilion.coordinator.replica.read;

import io.ilion.gossip.KeyspaceReplicas;
import io.ilion.gossip.NodeInfo;
import io.ilion.gossip.messaging.FailureReason;
import io.ilion.gossip.messaging.Messenger;
import io.ilion.gossip.messaging.Verb;
import io.ilion.model.data.CorruptDataException;
import io.ilion.runtime.NodeAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

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
  /** So many bytes of an answer are not worth counting. */
  private static final int UNCOUNTED_BYTES = 2 << 10;

  private final ReplicaReads reads;
  private final ReadLane lane;
  private final ReadContext context;
  private final ReadTargets targets;
  private final long epoch;
  private final KeyspaceReplicas replicas;
  private final long fingerprint;
  private Callback callback;

  /** What is asked for now, and its message. */
  private ReplicaRead read;

  private byte[] payload;
  private final List<Asked> asked = new ArrayList<>(3);
  private int next;

  private boolean comparing = true;

  /** When it is known what is to be shown, but not yet whether it may be. */
  private ReadRepair repair;

  private boolean over;

  /** What was taken of the memory of answers. */
  private long held;

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
      if (over || repair != null) {
        return;
      }
      if (bytes.remaining() > UNCOUNTED_BYTES && !hold(bytes.remaining())) {
        end(null, ReplicaReads.overloaded());
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
      if (over || repair != null) {
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
    if (repair != null) {
      repair.takesLong();
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
    // What comes of the answers, and what replicas lack, is as much again.
    if (held > 0 && !hold(held)) {
      end(null, ReplicaReads.overloaded());
      return;
    }
    List<Asked> sources = dataAnswers();
    AnswerMerger.Result merged =
        AnswerMerger.merge(read, sources.stream().map(s -> s.data).toList());
    if (reads.repairs(context.table())) {
      settle(sources.stream().map(s -> s.node).toList(), merged.answer(), merged.repairs());
    } else {
      end(merged.answer(), null);
    }
  }

  private void settle(
      List<NodeInfo> sources, ReplicaAnswer answer, List<List<AnswerMerger.Update>> lacked) {
    repair = new ReadRepair(reads, context, targets, replicas, epoch, read, payload, this::end);
    repair.begin(sources, answer, lacked);
    if (!over) {
      lane.watch(this, lane.speculationDelayNanos(context.table()));
    }
  }

  private void end(ReplicaAnswer answer, Throwable failure) {
    if (!over) {
      over = true;
      lane.ended(context.table(), reads.clock().nanoTime() - startedNanos);
      Callback told = callback;
      forget();
      told.done(answer, failure);
    }
  }

  /** Takes memory for answers; what could not be had is given back in the end as well. */
  private boolean hold(long bytes) {
    long before = held;
    held += bytes;
    return reads.results().take(bytes, before);
  }

  /** Lets go of all answers: replicas that say nothing are waited for until the deadline. */
  private void forget() {
    callback = null;
    for (Asked request : asked) {
      request.answer = null;
      request.data = null;
    }
    if (held > 0) {
      reads.results().giveBack(held);
      held = 0;
    }
  }
}
