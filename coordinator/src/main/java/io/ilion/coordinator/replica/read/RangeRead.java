package io.ilion.coordinator.replica.read;

import io.ilion.gossip.KeyspaceReplicas;
import io.ilion.gossip.NodeInfo;
import io.ilion.gossip.ReplicaSet;
import io.ilion.model.ring.TokenRange;
import io.ilion.storage.ReadCommand;
import io.ilion.storage.ReadCommand.PartitionRange;
import io.ilion.storage.RowSink;
import io.ilion.storage.Slices;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;

/**
 * Reads a range of partitions around the ring, piece by piece. A piece is a part of the range of
 * which the same replicas, enough of them for the level, have everything. Pieces are given to the
 * sink in the order of tokens; while the ones before bring few rows, more and more are asked for at
 * once. Of one lane.
 */
final class RangeRead {
  /** How many pieces are read at once, at most. */
  private static final int MOST_AT_ONCE = 16;

  /** What a row may have at first sight. */
  private static final int ROW_BYTES = 512;

  /** How often pieces are halved at most, since replicas have no room for larger ones. */
  private static final int MOST_HALVINGS = 5;

  private final ReplicaReads reads;
  private final ReadLane lane;
  private final ReadContext context;
  private ReadCommand command;
  private final int perPartition;
  private final RowSink sink;
  private final PartitionFeed feed;
  private KeyspaceReplicas replicas;
  private List<TokenRange> ranges;
  private long epoch;
  private final ArrayDeque<Piece> pieces = new ArrayDeque<>();
  private int rows;
  private int atOnce = 1;
  private int mostAtOnce = MOST_AT_ONCE;
  private int halvings;
  private RangeTurns.Turn turn;

  /** Where the next piece begins; null behind the last one. */
  private PartitionRange left;

  /** Whether the rest of a partition is under way, before which nothing else is given. */
  private boolean resting;

  private boolean over;

  /** A part of the range with its replicas, and what they answered. */
  private final class Piece {
    private final ReadTargets targets;
    private final boolean alike;
    private PartitionRange range;
    private ReplicaAnswer answer;
    private Throwable failure;

    /** What it takes of the memory of answers. */
    private int held;

    /** The number of partitions that the sink has got. */
    private int given;

    /** A piece; {@code alike} says that all of it has the same replicas. */
    Piece(PartitionRange range, ReadTargets targets, boolean alike) {
      this.range = range;
      this.targets = targets;
      this.alike = alike;
    }

    void read() {
      ReplicaRead read =
          new ReplicaRead(
              ReadCommand.range(command.tableId(), range, command.slices())
                  .purged(reads.purgeBefore(context, range.startToken(), range.endToken())),
              rows,
              perPartition,
              Math.max(1, (PartitionRead.MOST_BYTES >> halvings) / atOnce),
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
              alike ? ReadMessage.fingerprint(targets.replicas()) : 0,
              this::found)
          .begin();
    }

    private void found(ReplicaAnswer found, Throwable cause) {
      if (over || !pieces.contains(this)) {
        return;
      }
      answer = found;
      failure = cause;
      given = 0;
      if (found != null && !hold(found.bytes())) {
        forget();
        failure = ReplicaReads.overloaded();
      }
      run();
    }

    private boolean hold(int bytes) {
      held = bytes;
      return context.memory().take(bytes);
    }

    private void forget() {
      answer = null;
      if (held > 0) {
        context.memory().giveBack(held);
        held = 0;
      }
    }

    private boolean isThere() {
      return answer != null || failure != null;
    }
  }

  RangeRead(
      ReplicaReads reads,
      ReadLane lane,
      ReadContext context,
      ReadCommand command,
      int wanted,
      int perPartition,
      RowSink sink) {
    this.reads = reads;
    this.lane = lane;
    this.context = context;
    this.command = command;
    this.perPartition = perPartition;
    this.sink = sink;
    this.feed = new PartitionFeed(sink);
    this.rows = Math.clamp(wanted, 1, PartitionRead.MOST_ROWS);
    this.left = command.range();
    plan();
  }

  /** Takes the ring as it is now. */
  private void plan() {
    epoch = reads.epoch();
    command = reads.current(command);
    replicas = reads.replicas(context.table());
    ranges = replicas.ranges();
  }

  /** Begins when it is its turn; on the lane. */
  void begin() {
    long answers = 2L * Math.min(PartitionRead.MOST_BYTES, (long) rows * ROW_BYTES);
    long wait = Math.max(0, context.deadlineNanos() - reads.clock().nanoTime()) / 2;
    reads.turns().take(answers, lane, wait, this::turn);
  }

  private void turn(RangeTurns.Turn given) {
    turn = given;
    if (given == null) {
      fail(ReplicaReads.overloaded());
    } else {
      run();
    }
  }

  /** Goes on with what is there. */
  void run() {
    if (over || resting) {
      return;
    }
    try {
      giveAll();
    } catch (RuntimeException e) {
      fail(e);
    }
  }

  private void giveAll() {
    while (!over) {
      Piece piece = pieces.peek();
      if (piece == null) {
        if (left == null) {
          finish();
        } else {
          askForMore();
        }
        return;
      }
      if (!piece.isThere()) {
        return;
      }
      if (piece.failure instanceof StaleReplicasException stale) {
        if (lane.later(context, this::replan)) {
          resting = true;
        } else {
          fail(stale.timeout());
        }
        return;
      }
      if (ReplicaReads.isOfRoom(piece.failure)) {
        // Others have the memory, or its own pieces took each other's: it asks for less at once.
        halvings = Math.min(MOST_HALVINGS, halvings + 1);
        mostAtOnce = 1;
        while (pieces.size() > 1) {
          pieces.pollLast().forget();
        }
        if (!context.memory().hasMost() && lane.later(context, this::replan)) {
          resting = true;
        } else {
          fail(ReplicaReads.overloaded());
        }
        return;
      }
      if (piece.failure != null) {
        fail(piece.failure);
        return;
      }
      if (!give(piece)) {
        return;
      }
    }
  }

  /** Plans all that has not been given anew. */
  private void replan() {
    resting = false;
    PartitionRange from = pieces.peek().range;
    left =
        new PartitionRange(
            from.startToken(), from.startKey(), from.startInclusive(), command.range().endToken());
    forgetAll();
    atOnce = Math.min(atOnce, mostAtOnce);
    try {
      plan();
    } catch (RuntimeException e) {
      fail(e);
      return;
    }
    run();
  }

  private void askForMore() {
    List<Piece> asked = new ArrayList<>();
    while (left != null && asked.size() < atOnce) {
      asked.add(nextPiece());
    }
    pieces.addAll(asked);
    asked.forEach(Piece::read);
    atOnce = Math.min(mostAtOnce, atOnce * 2);
  }

  /** Cuts off as much of what is left as the same replicas have. */
  private Piece nextPiece() {
    PartitionRange from = left;
    int at = rangeOf(from.startToken());
    long end = endOf(at, from);
    ReplicaSet set = replicas.of(from.startToken());
    ReadTargets targets = reads.targets(context, set, lane);
    long fingerprint = ReadMessage.fingerprint(set);
    boolean alike = true;
    while (end < from.endToken()) {
      // The same replicas may have what comes next as well.
      int next = rangeOf(end + 1);
      ReplicaSet others = replicas.of(end + 1);
      boolean same = ReadMessage.fingerprint(others) == fingerprint;
      if (!same && !(others.pending().isEmpty() && set.pending().isEmpty())) {
        // What is read has to be on a quorum of those to come, of each range by itself.
        break;
      }
      if (!same) {
        List<NodeInfo> common = new ArrayList<>(targets.replicas().natural());
        common.retainAll(others.natural());
        ReadTargets both =
            common.size() == targets.replicas().natural().size()
                ? targets
                : reads.targetsOrNull(context, common, targets, lane);
        if (both == null) {
          break;
        }
        alike = false;
        targets = both;
      }
      end = endOf(next, from);
    }
    left = end < from.endToken() ? new PartitionRange(end + 1, null, true, from.endToken()) : null;
    return new Piece(
        new PartitionRange(from.startToken(), from.startKey(), from.startInclusive(), end),
        targets,
        alike);
  }

  /** The index of the first range that ends at a token or behind it; their number if none does. */
  private int rangeOf(long token) {
    int low = 0;
    int high = ranges.size();
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (ranges.get(middle).end() < token) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  private long endOf(int range, PartitionRange from) {
    return range == ranges.size()
        ? from.endToken()
        : Math.min(ranges.get(range).end(), from.endToken());
  }

  /** Gives a piece to the sink; false if that has to wait or is over. */
  private boolean give(Piece piece) {
    List<AnswerPartition> partitions = piece.answer.partitions();
    while (piece.given < partitions.size()) {
      AnswerPartition partition = partitions.get(piece.given++);
      boolean wanted = feed.begin(partition) && feed.give(partition);
      if (wanted && partition.bound != null && giveRest(partition)) {
        return false;
      }
      if (!feed.end()) {
        finish();
        return false;
      }
    }
    if (!piece.answer.isStopped()) {
      piece.forget();
      pieces.poll();
      return true;
    }
    AnswerPartition last = piece.answer.last();
    piece.range = new PartitionRange(last.token, last.key, false, piece.range.endToken());
    piece.forget();
    rows = Math.min(PartitionRead.MOST_ROWS, rows * 2);
    piece.read();
    return false;
  }

  /** Asks for what replicas did not give of a partition; false if nothing can be left of it. */
  private boolean giveRest(AnswerPartition partition) {
    Slices behind = PartitionRead.behind(command.slices(), partition.bound, false);
    if (behind.intervals().isEmpty()) {
      return false;
    }
    ReadCommand rest =
        ReadCommand.partition(command.tableId(), partition.key, partition.token, behind, false);
    Runnable makeRoom =
        () -> {
          if (!pieces.isEmpty()) {
            left =
                new PartitionRange(
                    partition.token, partition.key, false, command.range().endToken());
            forgetAll();
            atOnce = 1;
            mostAtOnce = 1;
          }
        };
    new PartitionRead(reads, lane, context, rest, rows, feed, true, makeRoom, this::restGiven)
        .run();
    resting = true;
    return true;
  }

  private void restGiven(Throwable failure) {
    resting = false;
    try {
      if (failure != null) {
        fail(failure);
      } else if (!feed.end()) {
        finish();
      } else {
        run();
      }
    } catch (RuntimeException e) {
      fail(e);
    }
  }

  private void finish() {
    end();
    sink.finished();
  }

  private void fail(Throwable failure) {
    if (!over) {
      end();
      sink.failed(failure);
    }
  }

  private void end() {
    over = true;
    forgetAll();
    if (turn != null) {
      turn.end();
      turn = null;
    }
  }

  /** Lets go of all pieces; what still arrives of them is not wanted. */
  private void forgetAll() {
    pieces.forEach(Piece::forget);
    pieces.clear();
  }
}
