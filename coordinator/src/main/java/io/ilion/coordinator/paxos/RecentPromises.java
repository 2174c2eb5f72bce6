package io.ilion.coordinator.paxos;

import io.ilion.coordinator.LaneAccess;
import io.ilion.coordinator.WriteCallback;
import io.ilion.runtime.Clock;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Keeps promises in memory, and all else in a table. A promise is written down by nobody: the
 * {@link PromiseHorizon}, which is durable, covers it. What a lane remembers is bounded; beyond
 * that everything up to the latest promise that was forgotten counts as promised, for each
 * partition: that is one of some time ago, so rounds of now are not refused for it. What was
 * forgotten for longer than a round can be under way counts no more, as it may be of a time when
 * this node's clock was ahead.
 *
 * <p>The promise of a round far in the future would raise these bounds for all partitions, so it
 * goes to the table. Somebody's clock is ahead, or this node's was set back.
 *
 * <p>What is finished is not told of any more, whether the table still has it or not.
 */
final class RecentPromises implements PaxosStates {
  /** What a promise takes that is remembered by itself, beside the bytes of its key. */
  private static final int OVERHEAD = 200;

  /** Rounds that are no more than this ahead of the clock count as of now. */
  private static final long NOW_MICROS = 100_000;

  private final LaneAccess lanes;
  private final PaxosStates table;
  private final PromiseHorizon horizon;
  private final FinishedAgreements finished;
  private final Clock clock;
  private final long roundNanos;
  private final List<OfLane> ofLane = new ArrayList<>();

  /** What one lane remembers, the latest last. */
  private static final class OfLane {
    private final long mostBytes;
    private final LinkedHashMap<PaxosKey, Ballot> promised = new LinkedHashMap<>();

    /** The latest that was forgotten since a time, and before that. */
    private Ballot forgotten = Ballot.NONE;

    private Ballot forgottenBefore = Ballot.NONE;
    private long sinceNanos;
    private long bytes;

    OfLane(long nowNanos, long mostBytes) {
      this.mostBytes = mostBytes;
      sinceNanos = nowNanos;
    }

    Ballot of(PaxosKey key, long nowNanos, long roundNanos) {
      Ballot known = promised.get(key);
      if (known != null) {
        return known;
      }
      long passed = nowNanos - sinceNanos;
      if (passed > roundNanos) {
        forgottenBefore = passed > 2 * roundNanos ? Ballot.NONE : forgotten;
        forgotten = Ballot.NONE;
        sinceNanos = nowNanos;
      }
      return Ballot.max(forgotten, forgottenBefore);
    }

    void put(PaxosKey key, Ballot ballot) {
      if (promised.putLast(key, ballot) == null) {
        bytes += key.bytes().length + OVERHEAD;
      }
      while (bytes > mostBytes && promised.size() > 1) {
        Map.Entry<PaxosKey, Ballot> first = promised.pollFirstEntry();
        bytes -= first.getKey().bytes().length + OVERHEAD;
        forgotten = Ballot.max(forgotten, first.getValue());
      }
    }
  }

  /**
   * Promises beside the other states, which are in a table.
   *
   * @param roundNanos no message of a round is under way for so long
   * @param mostBytes that promises take which are remembered one by one, of all lanes
   */
  RecentPromises(
      LaneAccess lanes,
      PaxosStates table,
      PromiseHorizon horizon,
      FinishedAgreements finished,
      Clock clock,
      long roundNanos,
      long mostBytes) {
    this.roundNanos = roundNanos;
    this.finished = finished;
    this.lanes = lanes;
    this.table = table;
    this.horizon = horizon;
    this.clock = clock;
    for (int i = 0; i < lanes.laneCount(); i++) {
      ofLane.add(new OfLane(clock.nanoTime(), mostBytes / lanes.laneCount()));
    }
  }

  private OfLane ofLane(PaxosKey key) {
    return ofLane.get(lanes.laneOf(key.token()));
  }

  @Override
  public void read(PaxosKey key, Callback callback) {
    if (horizon.floor() != null) {
      readOpen(key, callback);
      return;
    }
    horizon.open(
        lanes.laneOf(key.token()),
        failure -> {
          if (failure == null) {
            readOpen(key, callback);
          } else {
            callback.done(null, failure);
          }
        });
  }

  private void readOpen(PaxosKey key, Callback callback) {
    table.read(
        key,
        (state, failure) -> {
          if (failure != null) {
            callback.done(null, failure);
            return;
          }
          Ballot promised =
              Ballot.max(state.promised(), ofLane(key).of(key, clock.nanoTime(), roundNanos));
          PaxosState all =
              new PaxosState(
                  Ballot.max(promised, horizon.floor()), state.accepted(), state.committed());
          callback.done(all.withoutFinished(finished.beforeMicros(key.table(), key.token())), null);
        });
  }

  @Override
  public boolean promise(PaxosKey key, Ballot ballot, WriteCallback done) {
    if (ballot.micros() > clock.wallMicros() + NOW_MICROS) {
      return table.promise(key, ballot, done);
    }
    ofLane(key).put(key, ballot);
    horizon.cover(lanes.laneOf(key.token()), ballot.micros(), done);
    return true;
  }

  @Override
  public boolean accept(PaxosKey key, Proposal proposal, WriteCallback done) {
    return table.accept(key, proposal, done);
  }

  @Override
  public boolean commit(PaxosKey key, Proposal proposal, WriteCallback done) {
    return table.commit(key, proposal, done);
  }
}
