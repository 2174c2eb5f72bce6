package io.ilion.bench.load.run;

import io.ilion.bench.load.generate.Hash;

/**
 * When operations are due, whether or not the earlier ones have ended: by the clock, or by chance
 * (a Poisson process, as of many clients that do not know of each other). Follows from the seed.
 */
final class Arrivals {
  private static final double NANOS = 1e9;

  /** A rate is looked at this often, also between operations that are far from each other. */
  private static final double STEP_NANOS = 1e6;

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
    double wanted = poisson ? -Math.log(1 - Hash.unit(Hash.mix(seed, count))) : 1;
    count++;
    while (true) {
      double perNano = rate.at(nanos / NANOS) * share / NANOS;
      if (wanted <= perNano * STEP_NANOS) {
        nanos += wanted / perNano;
        return (long) nanos;
      }
      wanted -= perNano * STEP_NANOS;
      nanos += STEP_NANOS;
    }
  }
}
