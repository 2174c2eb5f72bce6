package io.ilion.bench.load.run;

import io.ilion.bench.load.generate.Hash;

/**
 * When operations are due, whether or not the earlier ones have ended: by the clock, or by chance
 * (a Poisson process, as of many clients that do not know of each other). Follows from the seed.
 */
final class Arrivals {
  private static final double NANOS = 1e9;

  private final Rate rate;
  private final boolean poisson;
  private final double share;
  private final long seed;
  private long count;
  private double nanos;

  /**
   * Arrivals of one of several dispatchers.
   *
   * @param share of the rate that is its, from 0 to 1
   */
  Arrivals(Rate rate, boolean poisson, double share, long seed) {
    this.rate = rate;
    this.poisson = poisson;
    this.share = share;
    this.seed = seed;
  }

  /** When the next one is due, in nanoseconds after the start. */
  long next() {
    double gap = NANOS / (rate.at(nanos / NANOS) * share);
    if (poisson) {
      gap *= -Math.log(1 - Hash.unit(Hash.mix(seed, count)));
    }
    count++;
    nanos += gap;
    return (long) nanos;
  }
}
