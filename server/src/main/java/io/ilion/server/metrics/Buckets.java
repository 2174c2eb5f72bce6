package io.ilion.server.metrics;

import java.util.List;

/**
 * How many values there were of each size.
 *
 * @param below how many are smaller than {@code 2^i}, for each {@code i} from 0
 * @param count of all
 * @param sum of all
 * @param max the greatest, 0 of none
 * @param quantiles of {@link #SHARES}, a quarter too high at most
 */
public record Buckets(long[] below, long count, long sum, long max, List<Double> quantiles) {

  /** The shares whose quantiles are known, of 1. */
  public static final List<Double> SHARES = List.of(0.5, 0.75, 0.95, 0.98, 0.99, 0.999);

  /** What a histogram has counted until now. */
  static Buckets of(Histogram whole) {
    return new Buckets(
        whole.belowPowers(),
        whole.count(),
        whole.sum(),
        whole.max(),
        SHARES.stream().map(whole::quantile).toList());
  }
}
