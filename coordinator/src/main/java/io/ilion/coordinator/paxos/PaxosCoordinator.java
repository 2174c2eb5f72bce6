package io.ilion.coordinator.paxos;

import io.ilion.coordinator.KeyedLocks;
import io.ilion.coordinator.LaneAccess;
import io.ilion.coordinator.replica.HintKeeper;
import io.ilion.gossip.NodeInfo;
import io.ilion.gossip.messaging.Messenger;
import io.ilion.runtime.Clock;
import io.ilion.runtime.Scheduler;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import java.util.random.RandomGenerator;
import java.util.random.RandomGenerator.SplittableGenerator;

/**
 * Has the replicas of a partition agree on what becomes of it (Lamport's proposer). Decisions on
 * one partition that come to this node wait for each other, so that only nodes contend. Safe to
 * call from any lane.
 */
public final class PaxosCoordinator {
  private final LaneAccess lanes;
  private final Scheduler scheduler;
  private final Messenger messenger;
  private final Electorates electorates;
  private final Predicate<NodeInfo> liveness;
  private final Clock clock;
  private final LongSupplier micros;
  private final HintKeeper hints;
  private final List<RandomGenerator> randoms = new ArrayList<>();
  private final List<KeyedLocks<PaxosKey>> locks = new ArrayList<>();

  /**
   * Creates the coordinator's part.
   *
   * @param liveness whether a node is believed to be alive
   * @param micros microseconds since 1970 that never repeat
   * @param random of its own
   * @param hints keeps decided updates for replicas that are down
   */
  PaxosCoordinator(
      LaneAccess lanes,
      Scheduler scheduler,
      Messenger messenger,
      Electorates electorates,
      Predicate<NodeInfo> liveness,
      Clock clock,
      LongSupplier micros,
      SplittableGenerator random,
      HintKeeper hints) {
    this.hints = hints;
    this.lanes = lanes;
    this.scheduler = scheduler;
    this.messenger = messenger;
    this.electorates = electorates;
    this.liveness = liveness;
    this.clock = clock;
    this.micros = micros;
    for (int i = 0; i < lanes.laneCount(); i++) {
      randoms.add(random.split());
      locks.add(new KeyedLocks<>());
    }
  }

  /**
   * By what a decision is made.
   *
   * @param local whether the replicas of this data centre decide alone
   * @param level when what was decided counts as committed
   * @param deadlineNanos of the clock's monotonic time, after which nothing is proposed for the
   *     first time
   * @param outcomeNanos until when what became of a proposal is found out; not before the deadline
   */
  public record Terms(boolean local, CommitLevel level, long deadlineNanos, long outcomeNanos) {}

  /**
   * Decides.
   *
   * @param callback called once, on the lane that owns the partition's token, soon after the terms'
   *     times at the latest
   */
  public void decide(
      PaxosKey key, Terms terms, PartitionDecision decision, PartitionDecision.Callback callback) {
    int index = lanes.laneOf(key.token());
    KeyedLocks<PaxosKey> queue = locks.get(index);
    lanes.run(
        index,
        () ->
            queue.acquire(
                key,
                () -> {
                  PaxosRound round =
                      new PaxosRound(
                          this,
                          scheduler.lane(index),
                          randoms.get(index),
                          key,
                          terms,
                          decision,
                          (changed, failure) -> {
                            queue.release(key);
                            callback.done(changed, failure);
                          });
                  round.start();
                }),
        failure -> callback.done(false, failure));
  }

  HintKeeper hints() {
    return hints;
  }

  Messenger messenger() {
    return messenger;
  }

  Electorates electorates() {
    return electorates;
  }

  List<NodeInfo> alive(List<NodeInfo> nodes) {
    List<NodeInfo> alive = new ArrayList<>(nodes.size());
    for (NodeInfo node : nodes) {
      if (liveness.test(node)) {
        alive.add(node);
      }
    }
    return alive;
  }

  long nanoTime() {
    return clock.nanoTime();
  }

  long nextMicros() {
    return micros.getAsLong();
  }
}
