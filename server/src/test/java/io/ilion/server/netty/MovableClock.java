package io.ilion.server.netty;

import io.ilion.runtime.Clock;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;

/** Real time, which a test can move forward; the wall clock stands still. */
final class MovableClock implements Clock {
  private final AtomicLong offsetNanos = new AtomicLong();

  void advance(Duration by) {
    offsetNanos.addAndGet(by.toNanos());
  }

  @Override
  public long nanoTime() {
    return System.nanoTime() + offsetNanos.get();
  }

  @Override
  public long wallMicros() {
    return 0;
  }
}
