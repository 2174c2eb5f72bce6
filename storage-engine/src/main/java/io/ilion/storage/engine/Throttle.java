package io.ilion.storage.engine;

import java.util.concurrent.atomic.AtomicLong;

/**
 * Says how long to wait so that all together write no faster than a limit. Unused time is not saved
 * up.
 */
final class Throttle {
  private final long bytesPerSecond;
  private final AtomicLong paidUntilNanos = new AtomicLong(Long.MIN_VALUE);

  /** A limit; 0 for none. */
  Throttle(long bytesPerSecond) {
    this.bytesPerSecond = bytesPerSecond;
  }

  /** Notes that some bytes were written; returns how many nanoseconds to wait now. */
  long written(long bytes, long nowNanos) {
    if (bytesPerSecond == 0) {
      return 0;
    }
    long cost = (long) (bytes * 1e9 / bytesPerSecond);
    return paidUntilNanos.updateAndGet(paid -> Math.max(paid, nowNanos) + cost) - nowNanos;
  }
}
