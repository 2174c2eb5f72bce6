package io.ilion.driver;

import java.util.concurrent.atomic.AtomicLong;

/** Gives writes their timestamps, so that those of one client keep their order. */
@FunctionalInterface
public interface TimestampGenerator {
  /** Leaves it to the servers. */
  TimestampGenerator SERVER = () -> Long.MIN_VALUE;

  /** The timestamp of the next statement in microseconds, or the smallest long for none. */
  long next();

  /** This machine's clock, but each later than the one before. */
  static TimestampGenerator monotonic() {
    AtomicLong last = new AtomicLong();
    return () -> {
      long now = System.currentTimeMillis() * 1000;
      while (true) {
        long previous = last.get();
        long next = Math.max(now, previous + 1);
        if (last.compareAndSet(previous, next)) {
          return next;
        }
      }
    };
  }
}
