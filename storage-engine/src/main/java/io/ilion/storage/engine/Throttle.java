package io.ilion.storage.engine;

import java.util.concurrent.atomic.AtomicLong;

/**
 * Says how long to wait so that all together write no faster than a limit. Unused time is not saved
 * up.
 */
final class Throttle {
  private volatile long bytesPerSecond;
  private final AtomicLong paidUntilNanos = new AtomicLong(Long.MIN_VALUE);

  /** A limit; 0 for none. */
  Throttle(long bytesPerSecond) {
    this.bytesPerSecond = bytesPerSecond;
  }

  long bytesPerSecond() {
    return bytesPerSecond;
  }

  /** From now on there is another limit; 0 for none. */
  void setBytesPerSecond(long bytes) {
    bytesPerSecond = bytes;
  }

  /** Notes that some bytes were written; returns how many nanoseconds to wait now. */
  long written(long bytes, long nowNanos) {
    long limit = bytesPerSecond;
    if (limit == 0) {
      return 0;
    }
    long cost = (long) (bytes * 1e9 / limit);
    return paidUntilNanos.updateAndGet(paid -> Math.max(paid, nowNanos) + cost) - nowNanos;
  }
}
