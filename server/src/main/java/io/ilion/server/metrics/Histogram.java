package io.ilion.server.metrics;

/**
 * How often values of each size occurred: exact below 4, then four buckets for each power of two,
 * so a value is known to a quarter; what is beyond 2^32 counts as that. One thread writes, any may
 * read, a little late.
 */
final class Histogram {
  private static final int SUB_BITS = 2;
  private static final int SUB = 1 << SUB_BITS;
  private static final int MAX_BITS = 32;
  private static final int BUCKETS = SUB + (MAX_BITS - SUB_BITS) * SUB + 1;

  private final long[] counts = new long[BUCKETS];
  private long count;
  private long max;
  private long sum;

  void record(long value) {
    counts[bucket(value)]++;
    count++;
    sum += value;
    max = Math.max(max, value);
  }

  /** Adds what another one has counted. */
  void add(Histogram other) {
    for (int i = 0; i < BUCKETS; i++) {
      counts[i] += other.counts[i];
    }
    count += other.count;
    sum += other.sum;
    max = Math.max(max, other.max);
  }

  long count() {
    return count;
  }

  long max() {
    return max;
  }

  long sum() {
    return sum;
  }

  /** How many values are smaller than each power of two from {@code 2^0} to {@code 2^31}. */
  long[] belowPowers() {
    long[] below = new long[MAX_BITS];
    long seen = 0;
    int bucket = 0;
    for (int bits = 0; bits < MAX_BITS; bits++) {
      while (top(bucket) < 1L << bits) {
        seen += counts[bucket++];
      }
      below[bits] = seen;
    }
    return below;
  }

  /** The value that a share of all does not exceed, a quarter too high at most; 0 of none. */
  double quantile(double share) {
    long total = 0;
    for (long each : counts) {
      total += each;
    }
    long wanted = (long) Math.ceil(total * share);
    long seen = 0;
    for (int i = 0; i < BUCKETS; i++) {
      seen += counts[i];
      if (seen >= wanted && seen > 0) {
        return Math.min(max, top(i));
      }
    }
    return 0;
  }

  private static int bucket(long value) {
    if (value < SUB) {
      return (int) Math.max(0, value);
    }
    int bits = Long.SIZE - Long.numberOfLeadingZeros(value);
    if (bits > MAX_BITS) {
      return BUCKETS - 1;
    }
    int below = bits - SUB_BITS - 1;
    return SUB + below * SUB + (int) (value >>> below) - SUB;
  }

  /** The largest value of a bucket. */
  private static long top(int bucket) {
    if (bucket < SUB) {
      return bucket;
    }
    if (bucket == BUCKETS - 1) {
      return Long.MAX_VALUE;
    }
    int below = (bucket - SUB) / SUB;
    long first = (long) (SUB + (bucket - SUB) % SUB) << below;
    return first + (1L << below) - 1;
  }
}
