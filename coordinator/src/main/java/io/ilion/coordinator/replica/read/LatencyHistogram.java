package io.ilion.coordinator.replica.read;

import java.util.Arrays;

/**
 * How long recent reads took, in buckets that grow by a fifth. What is older than some rotations
 * counts less and less. Of one lane alone.
 */
final class LatencyHistogram {
  private static final double GROWTH = Math.log(1.2);
  private static final double LEAST_NANOS = 10_000;
  private static final int BUCKETS = 96;

  /** Percentiles of fewer reads mean nothing. */
  private static final int LEAST_COUNT = 20;

  private final int[] counts = new int[BUCKETS];
  private int total;

  void add(long nanos) {
    counts[bucket(nanos)]++;
    total++;
  }

  /** Halves what was counted. */
  void rotate() {
    total = 0;
    for (int i = 0; i < BUCKETS; i++) {
      counts[i] >>>= 1;
      total += counts[i];
    }
  }

  /**
   * The time within which so many of a hundred reads ended, rounded up to the end of a bucket; or
   * -1 if there were too few.
   */
  long percentile(double percent) {
    if (total < LEAST_COUNT) {
      return -1;
    }
    long wanted = Math.max(1, (long) Math.ceil(total * percent / 100));
    long seen = 0;
    int bucket = -1;
    while (seen < wanted && bucket < BUCKETS - 1) {
      seen += counts[++bucket];
    }
    return (long) (LEAST_NANOS * Math.exp(GROWTH * bucket));
  }

  private static int bucket(long nanos) {
    if (nanos <= LEAST_NANOS) {
      return 0;
    }
    return Math.min(BUCKETS - 1, (int) Math.ceil(Math.log(nanos / LEAST_NANOS) / GROWTH));
  }

  @Override
  public String toString() {
    return total + " reads " + Arrays.toString(counts);
  }
}
