package io.ilion.bench.load.run;

import java.util.Map;
import org.HdrHistogram.Histogram;

/**
 * What one statement did in an interval.
 *
 * @param name of the statement
 * @param response times from when operations were due, in nanoseconds
 * @param service times from when they were sent, in nanoseconds
 * @param rows that were read
 * @param errors how many operations failed, by kind
 */
public record StatementInterval(
    String name, Histogram response, Histogram service, long rows, Map<String, Long> errors) {
  private static final long LOWEST_NANOS = 1_000;
  private static final long HIGHEST_NANOS = 3_600_000_000_000L;
  private static final int DIGITS = 3;

  /** An empty histogram of the kind that all of these are. */
  static Histogram newHistogram() {
    return new Histogram(LOWEST_NANOS, HIGHEST_NANOS, DIGITS);
  }

  long failures() {
    return errors.values().stream().mapToLong(Long::longValue).sum();
  }
}
