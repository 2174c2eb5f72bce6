package io.ilion.driver.policy;

import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;

/** Decides how long to wait before a node that could not be reached is tried again. */
@FunctionalInterface
public interface ReconnectionPolicy {
  /**
   * The time to wait.
   *
   * @param failures how many tries have failed since it was reached last, at least 1
   */
  Duration delay(int failures);

  /** Always as long. */
  static ReconnectionPolicy constant(Duration delay) {
    return failures -> delay;
  }

  /**
   * Twice as long after each failure, up to a limit, and each time a sixth more or less, so that
   * many clients do not come back at once.
   */
  static ReconnectionPolicy exponential(Duration first, Duration limit) {
    return failures -> {
      long doubled = first.toNanos() << Math.min(20, failures - 1);
      long delay = Math.min(limit.toNanos(), doubled > 0 ? doubled : Long.MAX_VALUE);
      return Duration.ofNanos(
          delay + (long) (delay * (ThreadLocalRandom.current().nextDouble() - 0.5) / 3));
    };
  }
}
