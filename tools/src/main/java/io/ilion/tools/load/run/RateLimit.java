package io.ilion.tools.load.run;

import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * At most so many rows a second, over all threads; what was not used is kept for a tenth of one.
 */
public final class RateLimit {
  private static final double BURST_SECONDS = 0.1;
  private static final double NANOS = 1e9;

  private final double perNano;
  private final LongSupplier nanos;
  private double free;
  private long at;

  /** A limit; none for 0 or less. */
  public RateLimit(double perSecond, LongSupplier nanos) {
    this.perNano = perSecond / NANOS;
    this.nanos = nanos;
    this.at = nanos.getAsLong();
  }

  /** How many nanoseconds to wait before so many rows are sent; they count from now on. */
  public synchronized long reserve(int rows) {
    if (perNano <= 0) {
      return 0;
    }
    long now = nanos.getAsLong();
    free = Math.min(perNano * NANOS * BURST_SECONDS, free + (now - at) * perNano);
    at = now;
    free -= rows;
    return free >= 0 ? 0 : (long) (-free / perNano);
  }

  /** Waits until so many rows may be sent. */
  public void acquire(int rows) throws InterruptedException {
    long wait = perNano <= 0 ? 0 : reserve(rows);
    if (wait > 0) {
      TimeUnit.NANOSECONDS.sleep(wait);
    }
  }
}
