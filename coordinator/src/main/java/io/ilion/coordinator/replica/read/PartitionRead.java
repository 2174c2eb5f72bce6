package io.ilion.coordinator.replica.read;

import io.ilion.gossip.KeyspaceReplicas;
import io.ilion.gossip.ReplicaSet;
import io.ilion.storage.ReadCommand;
import io.ilion.storage.Slices;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;

/**
 * Reads one partition from its replicas, piece by piece until its sink has enough or nothing is
 * left. Of one lane.
 */
final class PartitionRead {
  static final int MOST_ROWS = 4096;

  /** With what is around it, it is no array that the collector gives regions of its own. */
  static final int MOST_BYTES = 384 << 10;

  private final ReplicaReads reads;
  private final ReadLane lane;
  private final ReadContext context;
  private final PartitionFeed feed;
  private final Consumer<Throwable> done;
  private ReadCommand command;
  private int rows;
  private boolean begun;

  /** How often there was no room since a piece came. */
  private int withoutRoom;

  /** Has what else is held for the read given back. */
  private final Runnable makeRoom;

  /**
   * Prepares it.
   *
   * @param begun whether the feed is within this partition already
   * @param done told once when the sink wants no more or nothing is left, or why it failed; the
   *     feed is to be ended then
   */
  PartitionRead(
      ReplicaReads reads,
      ReadLane lane,
      ReadContext context,
      ReadCommand command,
      int wanted,
      PartitionFeed feed,
      boolean begun,
      Runnable makeRoom,
      Consumer<Throwable> done) {
    this.makeRoom = makeRoom;
    this.reads = reads;
    this.lane = lane;
    this.context = context;
    this.command = command.purged(reads.purgeBefore(context, command.token(), command.token()));
    this.rows = Math.clamp(wanted, 1, MOST_ROWS);
    this.feed = feed;
    this.begun = begun;
    this.done = done;
  }

  void run() {
    // The epoch first: replicas that are newer than it says do no harm.
    long epoch = reads.epoch();
    command = reads.current(command);
    KeyspaceReplicas replicas = reads.replicas(context.table());
    ReplicaSet set = replicas.of(command.token());
    ReadTargets targets = reads.targets(context, set, lane);
    ReplicaRead read =
        new ReplicaRead(
            command,
            rows,
            Integer.MAX_VALUE,
            MOST_BYTES,
            context.nowSeconds(),
            targets.blockFor() > 1);
    new QuorumRead(
            reads,
            lane,
            context,
            read,
            targets,
            epoch,
            replicas,
            ReadMessage.fingerprint(set),
            this::found)
        .begin();
  }

  private void found(ReplicaAnswer answer, Throwable failure) {
    boolean more = false;
    Throwable cause = failure;
    if (failure instanceof StaleReplicasException stale) {
      if (lane.later(context, this::again)) {
        return;
      }
      cause = stale.timeout();
    }
    if (begun && ReplicaReads.isOfRoom(failure)) {
      makeRoom.run();
    }
    if (begun
        && ReplicaReads.isOfRoom(failure)
        && !context.memory().hasMost()
        && ++withoutRoom <= ReadLane.MOST_WITHOUT_ROOM
        && lane.later(context, this::again)) {
      return;
    }
    if (failure == null) {
      withoutRoom = 0;
      try {
        more = give(answer);
      } catch (RuntimeException e) {
        cause = e;
      }
    }
    if (more) {
      again();
    } else {
      done.accept(cause);
    }
  }

  private void again() {
    try {
      run();
    } catch (RuntimeException e) {
      done.accept(e);
    }
  }

  /** Gives a piece to the sink; true if there may be more, and the sink wants it. */
  private boolean give(ReplicaAnswer answer) {
    if (answer.partitions().isEmpty()) {
      return false;
    }
    AnswerPartition partition = answer.last();
    boolean first = !begun;
    begun = true;
    if ((first && !feed.begin(partition)) || !feed.give(partition) || partition.bound == null) {
      return false;
    }
    Slices left = behind(command.slices(), partition.bound, command.reversed());
    command =
        ReadCommand.partition(
                command.tableId(),
                command.partitionKey(),
                command.token(),
                left,
                command.reversed())
            .purged(command.purgeBeforeSeconds());
    rows = Math.min(MOST_ROWS, rows * 2);
    return !left.intervals().isEmpty();
  }

  /** The part of some slices that lies behind a bound, in the direction of the read. */
  static Slices behind(Slices slices, byte[] bound, boolean reversed) {
    List<Slices.Interval> left = new ArrayList<>();
    for (Slices.Interval slice : slices.intervals()) {
      byte[] start = slice.start();
      byte[] end = slice.end();
      if (reversed) {
        end = Arrays.compareUnsigned(end, bound) > 0 ? bound : end;
      } else {
        start = Arrays.compareUnsigned(start, bound) < 0 ? bound : start;
      }
      if (Arrays.compareUnsigned(start, end) < 0) {
        left.add(new Slices.Interval(start, end));
      }
    }
    return new Slices(left);
  }
}
