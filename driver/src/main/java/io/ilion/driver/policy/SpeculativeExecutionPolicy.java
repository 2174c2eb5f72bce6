package io.ilion.driver.policy;

import java.time.Duration;

/**
 * Decides whether a request that has no answer yet is sent to one more node. It is asked only for
 * statements that are idempotent and have no conditions; the first answer counts.
 */
@FunctionalInterface
public interface SpeculativeExecutionPolicy {
  /**
   * How long to wait for an answer.
   *
   * @param running how many times the request was sent already, at least 1
   * @return nanoseconds, or a negative number to wait for as long as it takes
   */
  long delayNanos(int running);

  /** Never. */
  static SpeculativeExecutionPolicy never() {
    return running -> -1;
  }

  /** One more after each such time, up to so many in all. */
  static SpeculativeExecutionPolicy after(Duration delay, int most) {
    long nanos = delay.toNanos();
    return running -> running < most ? nanos : -1;
  }
}
