package io.ilion.runtime;

/** The time of one node. Two nodes in one process may have clocks that differ. */
public interface Clock {

  /** Monotonic time in nanoseconds from an arbitrary origin: for durations and deadlines. */
  long nanoTime();

  /**
   * Wall-clock time in microseconds since 1970-01-01T00:00Z; it may jump, forwards and backwards.
   */
  long wallMicros();

  /** Wall-clock time in whole seconds since 1970-01-01T00:00Z. */
  default long wallSeconds() {
    return Math.floorDiv(wallMicros(), 1_000_000L);
  }

  /** Wall-clock time in whole milliseconds since 1970-01-01T00:00Z. */
  default long wallMillis() {
    return Math.floorDiv(wallMicros(), 1_000L);
  }
}
