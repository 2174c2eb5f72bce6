package io.ilion.coordinator.repair;

import io.ilion.coordinator.LaneAccess;
import io.ilion.coordinator.streaming.StreamLimits;
import io.ilion.gossip.ClusterView;
import io.ilion.gossip.messaging.Messenger;
import io.ilion.model.ring.TokenRange;
import io.ilion.model.schema.KeyspaceDefinition;
import io.ilion.model.schema.TableDefinition;
import io.ilion.runtime.Clock;
import io.ilion.runtime.Lane;
import java.util.ArrayDeque;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * Makes the replicas of ranges equal. This node takes from each of the others what lies in the
 * parts in which they differ, and then has each of them take it from here. Any thread may call
 * this; it works on lane 0, one range at a time.
 */
public final class Repairs {
  private static final int MOST_REMEMBERED = 64;

  final LaneAccess lanes;
  final Lane lane;
  final Messenger messenger;
  final ClusterView view;
  final Clock clock;
  final RepairLimits limits;
  final RepairHost host;
  final RepairedRanges repaired;
  final RepairService service;
  final RepairCounts counts = new RepairCounts();

  // Guarded by itself; the newest last.
  private final ArrayDeque<RepairRun> runs = new ArrayDeque<>();

  /**
   * Creates it, and takes the requests of others.
   *
   * @param lane lane 0
   * @param run a number that no other run of this node has
   */
  public Repairs(
      LaneAccess lanes,
      Lane lane,
      Messenger messenger,
      ClusterView view,
      Clock clock,
      StreamLimits streams,
      RepairLimits limits,
      RepairHost host,
      RepairedRanges repaired,
      long run) {
    this.lanes = lanes;
    this.lane = lane;
    this.messenger = messenger;
    this.view = view;
    this.clock = clock;
    this.limits = limits;
    this.host = host;
    this.repaired = repaired;
    service =
        new RepairService(
            lanes,
            lane,
            messenger,
            clock,
            streams,
            limits,
            host,
            repaired,
            counts,
            view::ringEpoch,
            run);
  }

  /**
   * What is to be repaired.
   *
   * @param tables of the keyspace
   * @param within only what lies in one of these ranges; empty for all that this node replicates
   * @param primaryOnly only ranges of which this node is the first replica
   * @param scheduled whether nobody waits for it: it then rests as long as it works, and begins
   *     only if no replica takes part in another of this kind
   */
  public record Request(
      KeyspaceDefinition keyspace,
      List<TableDefinition> tables,
      List<TokenRange> within,
      boolean primaryOnly,
      boolean scheduled) {
    /** Copies the lists. */
    public Request {
      tables = List.copyOf(tables);
      within = List.copyOf(within);
    }
  }

  /**
   * What a repair did.
   *
   * @param ranges that were compared
   * @param differing parts of them in which another replica differed
   * @param bytesFetched by this node and by others
   */
  public record Report(int ranges, int differing, long bytesFetched) {}

  /** Some replica did not take part; what was repaired before stays so. */
  public static final class RepairException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final boolean busy;

    RepairException(String message, boolean busy) {
      super(message, null, false, false);
      this.busy = busy;
    }

    /** Whether all that was wrong is that a replica takes part in another repair. */
    public boolean isBusy() {
      return busy;
    }
  }

  /** Begins a repair. */
  public RepairRun begin(Request request) {
    RepairRun run = new RepairRun(this, request);
    counts.begun();
    synchronized (runs) {
      runs.addLast(run);
      if (runs.size() > MOST_REMEMBERED) {
        runs.removeFirst();
      }
    }
    lane.execute(run::begin);
    return run;
  }

  /** What this node did in repairs since it was started. */
  public RepairCounts counts() {
    return counts;
  }

  /** The last repairs that this node began, the oldest first. */
  public List<RepairRun> runs() {
    synchronized (runs) {
      return List.copyOf(runs);
    }
  }

  /**
   * Repairs a table in all ranges that this node replicates.
   *
   * @param within only what lies in this range is compared
   * @return fails with a {@link RepairException} if a replica is down or fails
   */
  public CompletableFuture<Report> repair(
      KeyspaceDefinition keyspace, TableDefinition table, TokenRange within) {
    return begin(new Request(keyspace, List.of(table), List.of(within), false, false)).outcome();
  }

  /** The part of a range that lies in another, neither of which wraps; null if there is none. */
  static TokenRange common(TokenRange a, TokenRange b) {
    long start = Math.max(a.start(), b.start());
    long end = Math.min(a.end(), b.end());
    return start < end ? new TokenRange(start, end) : null;
  }
}
