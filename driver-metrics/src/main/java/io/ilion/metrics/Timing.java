package io.ilion.metrics;

import java.time.Duration;
import java.util.Map;
import org.HdrHistogram.Histogram;

/**
 * How long something took each time, whether it succeeded or not, and how often it failed.
 *
 * @param nanos the times, each known to a hundredth; what took longer than an hour counts as that
 * @param sumNanos all of them together
 * @param errors how many failed, by the server's error code in lower case, such as {@code
 *     overloaded}, or by what the driver says of it: {@code timeout}, {@code connection}, {@code
 *     no_node}, {@code malformed_answer}, {@code other}
 */
public record Timing(Histogram nanos, long sumNanos, Map<String, Long> errors) {
  /** How many there were. */
  public long count() {
    return nanos.getTotalCount();
  }

  /** How many of them failed. */
  public long failures() {
    return errors.values().stream().mapToLong(Long::longValue).sum();
  }

  /** The time that so many of a hundred did not exceed; nothing if there were none. */
  public Duration percentile(double percent) {
    return Duration.ofNanos(nanos.getValueAtPercentile(percent));
  }
}
