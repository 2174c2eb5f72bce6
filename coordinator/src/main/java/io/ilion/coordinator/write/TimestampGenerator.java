package io.ilion.coordinator.write;

import io.ilion.runtime.Clock;
import java.util.concurrent.atomic.AtomicLong;

/** Microseconds of the node's clock that never repeat and never go back. Any thread may ask. */
public final class TimestampGenerator {
  private final Clock clock;
  private final AtomicLong last = new AtomicLong(Long.MIN_VALUE);

  /** A generator over a clock. */
  public TimestampGenerator(Clock clock) {
    this.clock = clock;
  }

  /** The next timestamp. */
  public long next() {
    long now = clock.wallMicros();
    return last.accumulateAndGet(now, (before, wanted) -> Math.max(before + 1, wanted));
  }
}
