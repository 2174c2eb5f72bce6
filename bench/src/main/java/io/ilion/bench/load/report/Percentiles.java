package io.ilion.bench.load.report;

import org.HdrHistogram.Histogram;

/** Times in microseconds. */
public record Percentiles(
    double mean,
    double p50,
    double p90,
    double p95,
    double p99,
    double p999,
    double p9999,
    double max) {
  private static final double MICRO = 1e3;

  /** Those of a histogram of nanoseconds. */
  public static Percentiles of(Histogram nanos) {
    return new Percentiles(
        nanos.getMean() / MICRO,
        at(nanos, 50),
        at(nanos, 90),
        at(nanos, 95),
        at(nanos, 99),
        at(nanos, 99.9),
        at(nanos, 99.99),
        nanos.getMaxValue() / MICRO);
  }

  private static double at(Histogram nanos, double percentile) {
    return nanos.getValueAtPercentile(percentile) / MICRO;
  }

  /** One of them by its name, such as {@code p99}; NaN if there is none. */
  public double byName(String name) {
    return switch (name) {
      case "mean" -> mean;
      case "p50" -> p50;
      case "p90" -> p90;
      case "p95" -> p95;
      case "p99" -> p99;
      case "p999", "p99.9" -> p999;
      case "p9999", "p99.99" -> p9999;
      case "max" -> max;
      default -> Double.NaN;
    };
  }
}
