package io.ilion.coordinator.paxos;

import io.ilion.coordinator.LaneAccess;
import io.ilion.coordinator.WriteCallback;
import io.ilion.model.data.Deletion;
import io.ilion.model.data.RowReader;
import io.ilion.model.data.UpdateWriter;
import io.ilion.model.ring.Murmur3;
import io.ilion.model.schema.TableDefinition;
import io.ilion.model.type.ClusteringCodec;
import io.ilion.model.type.NativeType;
import io.ilion.runtime.Clock;
import io.ilion.storage.ReadCommand;
import io.ilion.storage.RowSink;
import io.ilion.storage.Slices;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Up to which time this node may have promised rounds without writing down which: one number for
 * all partitions, which is durable before any promise up to it is given, and written again some
 * times in a second while there are promises. The next run of the node takes it that everything up
 * to there is promised ({@link #floor}), so none is forgotten.
 *
 * <p>A node whose clock was ahead has promised rounds of its own of tomorrow. It follows the rounds
 * that were promised, not the clock; and if after a start it lies far ahead, it counts for as long
 * only as a round of before can be under way: then nobody is left to whom anything was promised.
 *
 * <p>It is a row of {@code system.paxos_repair_history}, where Cassandra has lower bounds of
 * ballots too: the ballot of the one point of the table {@code paxos} in the keyspace {@code
 * system}.
 *
 * <p>The row has one lane as its owner; all methods may be called on any lane, and call back there.
 */
final class PromiseHorizon {
  /** So far ahead of the latest round it is written. */
  static final long LEAD_MICROS = 500_000;

  private static final byte[] PARTITION = NativeType.TEXT.encode("system");

  /** A pair of an empty position in the ring and a timeuuid. */
  private static final int POINT_BYTES = 4 + 4 + Ballot.BYTES;

  private final LaneAccess lanes;
  private final TableDefinition table;
  private final Clock clock;
  private final long roundNanos;
  private final int points;
  private final byte[] row =
      new ClusteringCodec(List.of(NativeType.TEXT), List.of(false))
          .encode(List.of(NativeType.TEXT.encode("paxos")));
  private final long token = Murmur3.token(PARTITION);
  private final int owner;

  /** What the runs before this one may have promised; null until that is known. */
  private volatile Ballot floor;

  private volatile long coveredMicros = Long.MIN_VALUE;
  private final AtomicBoolean extending = new AtomicBoolean();

  /** Who waits for what; of the owner. */
  private final List<Waiting> waiting = new ArrayList<>();

  private boolean loading;

  private record Waiting(long micros, int lane, WriteCallback callback) {}

  /**
   * A horizon in a table of the definition of {@code system.paxos_repair_history}.
   *
   * @param roundNanos no message of a round is under way for so long
   */
  PromiseHorizon(LaneAccess lanes, TableDefinition table, Clock clock, long roundNanos) {
    this.roundNanos = roundNanos;
    this.lanes = lanes;
    this.table = table;
    this.clock = clock;
    points = table.column("points").id();
    owner = lanes.laneOf(token);
  }

  /** What counts as promised for every partition since the node began; null before it is open. */
  Ballot floor() {
    return floor;
  }

  /**
   * Calls back on a lane when {@link #floor} is known, and lies in the past if a usual restart is
   * all that happened: who asks for a promise then need not begin a round in the future.
   */
  void open(int lane, WriteCallback callback) {
    lanes.run(
        owner,
        () -> {
          if (floor != null) {
            tell(new Waiting(0, lane, callback), null);
            return;
          }
          waiting.add(new Waiting(Long.MIN_VALUE, lane, callback));
          if (!loading) {
            loading = true;
            read();
          }
        },
        failure -> lanes.run(lane, () -> callback.done(failure), callback));
  }

  private void read() {
    lanes
        .store(owner)
        .read(
            ReadCommand.row(table.id(), PARTITION, token, Slices.row(row), new int[] {points}),
            new Sink());
  }

  private void loaded(Ballot found, Throwable failure) {
    if (failure != null) {
      loading = false;
      tellAll(failure);
      return;
    }
    long ahead = found.micros() - clock.wallMicros();
    // If it is further ahead, the clock was set back, and waiting would take too long.
    boolean isFar = ahead > 2 * LEAD_MICROS;
    long wait = ahead > 0 && !isFar ? ahead * 1_000 : 0;
    if (isFar) {
      Ballot now = new Ballot(found.micros() - ahead, Long.MIN_VALUE);
      lanes.schedule(owner, roundNanos, () -> floor = now);
    }
    lanes.schedule(
        owner,
        wait,
        () -> {
          floor = found;
          tellAll(null);
        });
  }

  /**
   * Calls back on the lane of the caller when promises of a time are covered; at once if they are.
   *
   * @param micros not much later than now by this node's clock, so that other promises, after the
   *     next start, are not refused for long
   */
  void cover(int lane, long micros, WriteCallback callback) {
    long covered = coveredMicros;
    if (micros <= covered) {
      if (micros > covered - LEAD_MICROS / 2 && extending.compareAndSet(false, true)) {
        lanes.run(owner, () -> extend(micros), this::extended);
      }
      callback.done(null);
      return;
    }
    lanes.run(
        owner,
        () -> {
          waiting.add(new Waiting(micros, lane, callback));
          if (extending.compareAndSet(false, true)) {
            extend(micros);
          }
        },
        failure -> lanes.run(lane, () -> callback.done(failure), callback));
  }

  private void extend(long micros) {
    long next = micros + LEAD_MICROS;
    UpdateWriter update = new UpdateWriter().begin(table.id(), PARTITION);
    update.rowWriter().liveness(next).cell(points, null, next, 0, 0, point(next));
    lanes
        .store(owner)
        .apply(
            token,
            update.row(row).toByteArray(),
            failure -> {
              if (failure == null) {
                coveredMicros = next;
              }
              extended(failure);
            });
  }

  private void extended(Throwable failure) {
    extending.set(false);
    if (failure != null) {
      tellAll(failure);
      return;
    }
    long later = Long.MIN_VALUE;
    List<Waiting> told = new ArrayList<>(waiting);
    waiting.clear();
    for (Waiting one : told) {
      if (one.micros <= coveredMicros) {
        tell(one, null);
      } else {
        waiting.add(one);
        later = Math.max(later, one.micros);
      }
    }
    if (!waiting.isEmpty() && extending.compareAndSet(false, true)) {
      extend(later);
    }
  }

  private void tellAll(Throwable failure) {
    List<Waiting> told = new ArrayList<>(waiting);
    waiting.clear();
    told.forEach(one -> tell(one, failure));
  }

  private void tell(Waiting one, Throwable failure) {
    lanes.run(one.lane, () -> one.callback.done(failure), one.callback);
  }

  private static byte[] point(long micros) {
    Ballot ballot = new Ballot(micros, Long.MIN_VALUE);
    ByteBuffer out = ByteBuffer.allocate(4 + 4 + POINT_BYTES);
    out.putInt(1).putInt(POINT_BYTES).putInt(0).putInt(Ballot.BYTES);
    out.putLong(ballot.toUuid().getMostSignificantBits());
    out.putLong(ballot.toUuid().getLeastSignificantBits());
    return out.array();
  }

  /** Takes the one row. */
  private final class Sink implements RowSink {
    private Ballot found = Ballot.NONE;

    @Override
    public boolean partition(long token, byte[] partitionKey, Deletion deletion) {
      return true;
    }

    @Override
    public boolean staticRow(RowReader row) {
      return true;
    }

    @Override
    public boolean row(byte[] keyArray, int keyOffset, int keyLength, RowReader row) {
      while (row.nextCell()) {
        if (row.column() == points && !row.isTombstone()) {
          ByteBuffer value = ByteBuffer.wrap(row.value());
          found = Ballot.read(value.position(value.limit() - Ballot.BYTES));
        }
      }
      return true;
    }

    @Override
    public void finished() {
      loaded(found, null);
    }

    @Override
    public void failed(Throwable cause) {
      loaded(null, cause);
    }
  }
}
