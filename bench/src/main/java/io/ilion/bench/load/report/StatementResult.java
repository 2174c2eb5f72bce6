package io.ilion.bench.load.report;

import java.util.Map;

/**
 * What one statement did in a run, or all of them together.
 *
 * @param count operations that succeeded
 * @param rows that they brought
 * @param errors by kind; those that begin with LOST, WRONG or STALE were found by checking
 * @param response times from when operations were due, in microseconds
 * @param service times from when they were sent
 * @param responseHistogram of nanoseconds, as HdrHistogram encodes and compresses it, in base 64
 * @param serviceHistogram likewise
 */
public record StatementResult(
    String name,
    long count,
    long rows,
    Map<String, Long> errors,
    Percentiles response,
    Percentiles service,
    String responseHistogram,
    String serviceHistogram) {

  /** Operations that failed. */
  public long failures() {
    return errors.values().stream().mapToLong(Long::longValue).sum();
  }
}
