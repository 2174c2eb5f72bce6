package io.ilion.bench.load.report;

import java.util.Map;

/**
 * About a second of a run.
 *
 * @param atSeconds its end, from the start of what is recorded
 * @param seconds its length
 * @param underWay operations that had begun and not ended
 * @param serverCores processor time of the servers for each second; NaN if not known
 * @param serverBytes their resident memory; NaN if not known
 * @param clientCores processor time of this process for each second
 * @param statements by name
 * @param metrics of the nodes, by name; empty if they served none
 */
public record Sample(
    double atSeconds,
    double seconds,
    int underWay,
    double serverCores,
    double serverBytes,
    double clientCores,
    Map<String, Statement> statements,
    Map<String, Double> metrics) {

  /** Files of earlier releases have no metrics. */
  public Sample {
    metrics = metrics == null ? Map.of() : metrics;
  }

  /**
   * What one statement did.
   *
   * @param count operations that succeeded
   * @param errors that failed
   */
  public record Statement(long count, long errors, Percentiles response, Percentiles service) {}

  /** Operations that succeeded for each second. */
  public double rate() {
    long count = statements.values().stream().mapToLong(Statement::count).sum();
    return seconds > 0 ? count / seconds : 0;
  }
}
