package io.ilion.coordinator.replica.read;

import io.ilion.gossip.KeyspaceReplicas;
import io.ilion.gossip.NodeInfo;
import io.ilion.gossip.ReplicaSet;
import io.ilion.gossip.messaging.FailureReason;
import io.ilion.gossip.messaging.Messenger;
import io.ilion.gossip.messaging.Verb;
import io.ilion.runtime.NodeAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/**
 * What a read found is put where the next quorum meets it, before it is shown (blocking read
 * repair). Each of those who have answered gets what it lacks, and others get all of it: those who
 * will be the replicas, if too few of these have answered, and all other replicas, if one who lacks
 * something cannot be given it or takes long.
 *
 * <p>Of the lane of its read.
 */
final class ReadRepair {
  private final ReplicaReads reads;
  private final ReadContext context;
  private final ReadTargets targets;
  private final KeyspaceReplicas replicas;
  private final long epoch;
  private final ReplicaRead read;
  private final byte[] payload;
  private final QuorumRead.Callback callback;
  private ReplicaAnswer answer;

  /** Who has all of the answer, and who may have it soon. */
  private final List<NodeInfo> complete = new ArrayList<>(3);

  private final Set<NodeInfo> awaited = new HashSet<>();

  /** Both, and who failed. */
  private final Set<NodeInfo> involved = new HashSet<>();

  private boolean over;

  /**
   * Prepares it.
   *
   * @param epoch that the replicas were chosen by, or an older one
   * @param replicas of the keyspace
   * @param read whose answer it is, and its message
   * @param callback told once
   */
  ReadRepair(
      ReplicaReads reads,
      ReadContext context,
      ReadTargets targets,
      KeyspaceReplicas replicas,
      long epoch,
      ReplicaRead read,
      byte[] payload,
      QuorumRead.Callback callback) {
    this.reads = reads;
    this.context = context;
    this.targets = targets;
    this.replicas = replicas;
    this.epoch = epoch;
    this.read = read;
    this.payload = payload;
    this.callback = callback;
  }

  /**
   * Begins.
   *
   * @param sources who have answered
   * @param found what they have together
   * @param lacked what each of them has not
   */
  void begin(List<NodeInfo> sources, ReplicaAnswer found, List<List<AnswerMerger.Update>> lacked) {
    answer = found;
    involved.addAll(sources);
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
        give(sources.get(i), lacked.get(i));
      }
    }
    if (!isOnQuorumToCome(sources)) {
      giveAll(alive().filter(node -> !targets.replicas().leaving().contains(node)));
    }
    endIfDone();
  }

  /** One of them may be stopped, and not be known to be. */
  void takesLong() {
    giveToOthers();
    endIfDone();
  }

  private void giveToOthers() {
    if (over || areEnough(complete) || context.abandoned().getAsBoolean()) {
      return;
    }
    giveAll(alive());
  }

  /** Those who are replicas or will be when the ring has changed, are alive, and count. */
  private Stream<NodeInfo> alive() {
    ReplicaSet set = targets.replicas();
    return Stream.concat(set.natural().stream(), set.pending().stream())
        .filter(node -> reads.isAlive(node) && reads.counts(context.level(), node));
  }

  private void giveAll(Stream<NodeInfo> nodes) {
    if (over) {
      return;
    }
    List<NodeInfo> others = nodes.filter(involved::add).toList();
    if (others.isEmpty()) {
      return;
    }
    List<AnswerMerger.Update> all = AnswerMerger.all(read, answer);
    awaited.addAll(others);
    for (NodeInfo node : others) {
      if (all.isEmpty()) {
        confirm(node);
      } else {
        give(node, all);
      }
    }
  }

  /**
   * Asks one to come, where there is nothing to give, whether it works by the same replicas: then
   * nobody has shown or acknowledged more. It gives nothing of what it has before it has all; that
   * it fails for no other reason says that it does.
   */
  private void confirm(NodeInfo node) {
    reads
        .messenger()
        .request(
            node.address(),
            Verb.READ_DIGEST,
            read.token(),
            payload,
            timeLeft(),
            new Messenger.Answer() {
              @Override
              public void answered(NodeAddress from, ByteBuffer bytes) {
                done(node, true);
              }

              @Override
              public void failed(NodeAddress from, FailureReason reason) {
                endIfStale(reason);
                done(node, reason == FailureReason.UNKNOWN);
              }
            });
  }

  private void give(NodeInfo node, List<AnswerMerger.Update> updates) {
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
              timeLeft(),
              new Messenger.Answer() {
                @Override
                public void answered(NodeAddress from, ByteBuffer bytes) {
                  ended();
                }

                @Override
                public void failed(NodeAddress from, FailureReason reason) {
                  endIfStale(reason);
                  failed[0] = true;
                  ended();
                }

                private void ended() {
                  if (--left[0] == 0) {
                    done(node, !failed[0]);
                  }
                }
              });
    }
  }

  private long timeLeft() {
    return Math.max(1, context.deadlineNanos() - reads.clock().nanoTime());
  }

  private void done(NodeInfo node, boolean hasIt) {
    awaited.remove(node);
    if (hasIt) {
      complete.add(node);
    } else {
      giveToOthers();
    }
    endIfDone();
  }

  private void endIfStale(FailureReason reason) {
    if (reason == FailureReason.STALE_EPOCH) {
      end(null, new StaleReplicasException(timeout(targets.blockFor() - 1)));
    }
  }

  private void endIfDone() {
    if (over) {
      return;
    }
    if (areEnough(complete)) {
      end(answer, null);
      return;
    }
    List<NodeInfo> prospects = new ArrayList<>(complete);
    prospects.addAll(awaited);
    if (!areEnough(prospects)) {
      end(null, timeout(Math.min(replicasAmong(complete), targets.blockFor() - 1)));
    }
  }

  private ReadTimeoutException timeout(int received) {
    return new ReadTimeoutException(context.level(), received, targets.blockFor(), true);
  }

  /** Whether so many have the answer that whoever is asked next shows it. */
  private boolean areEnough(List<NodeInfo> haveIt) {
    return isOnQuorumOfNow(haveIt) && isOnQuorumToCome(haveIt);
  }

  private boolean isOnQuorumOfNow(List<NodeInfo> haveIt) {
    List<NodeInfo> natural = new ArrayList<>(haveIt);
    natural.retainAll(targets.replicas().natural());
    return natural.size() >= targets.blockFor()
        && (!targets.arithmetic().countsEachDatacenter(context.level())
            || targets.arithmetic().isEachDatacenterServed(natural, List.of()));
  }

  private boolean isOnQuorumToCome(List<NodeInfo> haveIt) {
    return targets.arithmetic().isOnQuorumToCome(context.level(), targets.replicas(), haveIt);
  }

  private int replicasAmong(List<NodeInfo> nodes) {
    return (int) nodes.stream().filter(targets.replicas().natural()::contains).count();
  }

  private void end(ReplicaAnswer shown, Throwable failure) {
    if (!over) {
      over = true;
      // Who says nothing is waited for until the deadline.
      answer = null;
      callback.done(shown, failure);
    }
  }
}
