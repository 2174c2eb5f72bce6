package io.ilion.coordinator.streaming;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/** How far the fetching of ranges is. Any thread may ask. */
public final class StreamProgress {
  private static final long SECOND = 1_000_000_000;

  private final AtomicLong total = new AtomicLong();
  private final AtomicLong copied = new AtomicLong();

  /** What had been fetched when the present change of the ring began. */
  private final AtomicLong earlier = new AtomicLong();

  private final AtomicInteger ranges = new AtomicInteger();
  private final AtomicInteger rangesDone = new AtomicInteger();
  private final AtomicInteger rangesKept = new AtomicInteger();
  private final AtomicLong nextAt = new AtomicLong(Long.MIN_VALUE);

  /** The bytes that were fetched. */
  public long bytes() {
    long before = earlier.get();
    return total.get() - before;
  }

  /** The bytes that were fetched since the node began, whatever for; it never falls. */
  long total() {
    return total.get();
  }

  /** Those of them that were blocks of files as they are stored. */
  public long copied() {
    return copied.get();
  }

  /** The ranges to be fetched, those of each table by themselves. */
  public int ranges() {
    return ranges.get();
  }

  /** Those of them that were fetched. */
  public int rangesDone() {
    return rangesDone.get();
  }

  /** Those of them that were here when it began, or began once more. */
  public int rangesKept() {
    return rangesKept.get();
  }

  /** Begins anew, for another change of the ring. */
  void reset() {
    earlier.set(total.get());
    copied.set(0);
    ranges.set(0);
    rangesDone.set(0);
    rangesKept.set(0);
  }

  void expects(int count, int done) {
    ranges.set(count);
    rangesDone.set(done);
    rangesKept.set(done);
  }

  void rangesDone(int count) {
    rangesDone.addAndGet(count);
  }

  /** As below, of blocks of files. */
  long copied(long count, long bytesPerSecond, long nowNanos) {
    copied.addAndGet(count);
    return received(count, bytesPerSecond, nowNanos);
  }

  /** Counts bytes; returns how long to wait before more are fetched. */
  long received(long count, long bytesPerSecond, long nowNanos) {
    total.addAndGet(count);
    if (bytesPerSecond == 0) {
      return 0;
    }
    long cost = (long) ((double) count * SECOND / bytesPerSecond);
    long next =
        nextAt.updateAndGet(
            at -> (at == Long.MIN_VALUE ? nowNanos : Math.max(at, nowNanos)) + cost);
    return next - nowNanos;
  }
}
