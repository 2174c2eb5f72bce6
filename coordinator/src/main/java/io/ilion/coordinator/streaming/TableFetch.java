package io.ilion.coordinator.streaming;

import io.ilion.coordinator.LaneAccess;
import io.ilion.coordinator.replica.read.RangeCursor;
import io.ilion.coordinator.replica.read.RangePages;
import io.ilion.model.ring.TokenRange;
import io.ilion.runtime.NodeAddress;
import io.ilion.storage.MergeCursor;
import io.ilion.storage.Slices;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;

/**
 * Fetches what some replicas have of a table in some ranges: merged as it arrives, and written into
 * files of the table beside the commit log. When it has become much it ends behind a range, so that
 * what is here by then is kept whatever happens later.
 */
final class TableFetch implements RangeRun.Fetch {
  private final StreamHost host;
  private final LaneAccess lanes;
  private final StreamLimits limits;
  private final StreamProgress progress;
  private final UUID table;
  private final List<NodeAddress> sources;
  private final List<TokenRange> parts;
  private final List<RangeCursor> cursors = new ArrayList<>();

  // Guarded by this: sources arrive at the end of a range at different times.
  private int begun;
  private boolean enough;
  private long bytes;

  /**
   * A fetch that has not begun.
   *
   * @param parts that do not wrap, ascending and disjoint
   */
  TableFetch(
      StreamHost host,
      StreamProgress progress,
      UUID table,
      List<NodeAddress> sources,
      List<TokenRange> parts) {
    this.host = host;
    this.lanes = host.lanes();
    this.limits = host.limits();
    this.progress = progress;
    this.table = table;
    this.sources = sources;
    this.parts = parts;
  }

  @Override
  public CompletionStage<Integer> begin(int firstLane) {
    for (int i = 0; i < sources.size(); i++) {
      cursors.add(
          new RangeCursor(
              lanes.lane((firstLane + i) % lanes.laneCount()),
              sources.get(i),
              new Parts(),
              limits.timeoutNanos(),
              limits.attempts(),
              this::received));
    }
    CompletionStage<Long> written = lanes.importRows(table, new MergeCursor(cursors, true));
    cursors.forEach(RangeCursor::begin);
    return written.thenApply(imported -> here());
  }

  @Override
  public void cancel(RuntimeException cause) {
    cursors.forEach(cursor -> cursor.fail(cause));
  }

  private long received(long count) {
    synchronized (this) {
      bytes += count;
    }
    return progress.received(count, limits.bytesPerSecond(), host.clock().nanoTime());
  }

  /** How many parts are fetched. */
  private synchronized int here() {
    return sources.isEmpty() ? parts.size() : begun;
  }

  /** Whether a part belongs to this fetch; the same for all sources. */
  private synchronized boolean includes(int part) {
    if (part < begun) {
      return true;
    }
    enough |= bytes >= limits.importBytes() && begun > 0;
    if (enough || part >= parts.size()) {
      return false;
    }
    begun = part + 1;
    return true;
  }

  /** The parts, as one source gets to them. */
  private final class Parts implements Supplier<RangePages> {
    private int next;

    @Override
    public RangePages get() {
      if (!includes(next)) {
        return null;
      }
      return new RangePages(
          host.messenger(),
          table,
          Slices.ALL,
          parts.get(next++),
          limits.pageBytes(),
          RangePages.PURGE_NOTHING);
    }
  }
}
