package io.ilion.coordinator.replica.read;

import java.util.concurrent.atomic.AtomicLong;

/** How fast a node may give what others fetch of it; may be changed at any time by any thread. */
public final class StreamThroughput {
  private static final double SECOND = 1e9;

  /** Whoever asked would ask again. */
  private static final long LONGEST_WAIT_NANOS = 4_000_000_000L;

  private final AtomicLong freeAt = new AtomicLong(Long.MIN_VALUE);
  private final AtomicLong bytes = new AtomicLong();
  private volatile long bytesPerSecond;

  /** A limit in bytes a second; 0 for none. */
  public StreamThroughput(long bytesPerSecond) {
    set(bytesPerSecond);
  }

  /** Changes the limit; 0 for none. */
  public void set(long limit) {
    if (limit < 0) {
      throw new IllegalArgumentException("a throughput of " + limit);
    }
    bytesPerSecond = limit;
  }

  /** The limit in bytes a second; 0 for none. */
  public long get() {
    return bytesPerSecond;
  }

  /** How many bytes were given so far. */
  public long bytes() {
    return bytes.get();
  }

  /**
   * Counts bytes that are about to be sent.
   *
   * @return after how many nanoseconds they may be; -1 if that is too long, and they do not count
   */
  public long waitNanos(long count, long nowNanos) {
    long limit = bytesPerSecond;
    long wait = 0;
    if (limit > 0) {
      long cost = (long) (count * SECOND / limit);
      long before;
      long from;
      do {
        before = freeAt.get();
        from = before == Long.MIN_VALUE ? nowNanos : Math.max(before, nowNanos);
        wait = from - nowNanos;
        if (wait > LONGEST_WAIT_NANOS) {
          return -1;
        }
      } while (!freeAt.compareAndSet(before, from + cost));
    }
    bytes.addAndGet(count);
    return wait;
  }
}
