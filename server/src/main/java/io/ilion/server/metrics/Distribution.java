package io.ilion.server.metrics;

/**
 * What was recorded since the start of the node: how many values, the greatest, quantiles that are
 * a quarter too high at most, and how many come in a second, averaged over about a minute.
 */
public record Distribution(
    long count, long max, double p50, double p99, double p999, double perSecond) {

  /** Of nothing. */
  public static final Distribution EMPTY = new Distribution(0, 0, 0, 0, 0, 0);
}
