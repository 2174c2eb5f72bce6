package io.ilion.bench.load.generate;

/**
 * Ranks by Zipf's law: rank k is drawn with a weight of 1 / (k + 1)^exponent. By rejection
 * inversion (Hörmann and Derflinger, "Rejection-inversion to generate variates from monotone
 * discrete distributions", 1996), so that no table of the ranks is needed.
 */
final class Zipf {
  private final double exponent;
  private final long count;
  private final double lowest;
  private final double highest;
  private final double shortcut;

  /** Ranks from 0 to below a count. */
  Zipf(long count, double exponent) {
    this.count = count;
    this.exponent = exponent;
    this.lowest = integral(1.5) - 1;
    this.highest = integral(count + 0.5);
    this.shortcut = 2 - inverse(integral(2.5) - weight(2));
  }

  /** The rank for some random bits. */
  long rank(long bits) {
    long state = bits;
    while (true) {
      double u = highest + Hash.unit(state) * (lowest - highest);
      double x = inverse(u);
      long k = Math.max(1, Math.min(count, (long) (x + 0.5)));
      if (k - x <= shortcut || u >= integral(k + 0.5) - weight(k)) {
        return k - 1;
      }
      state = Hash.mix(state, 1);
    }
  }

  private double weight(double x) {
    return Math.exp(-exponent * Math.log(x));
  }

  /** The integral of the weights up to a place. */
  private double integral(double x) {
    double log = Math.log(x);
    return expm1Ratio((1 - exponent) * log) * log;
  }

  private double inverse(double x) {
    double t = Math.max(-1, x * (1 - exponent));
    return Math.exp(log1pRatio(t) * x);
  }

  /** (e^x - 1) / x, also near 0. */
  private static double expm1Ratio(double x) {
    return Math.abs(x) > 1e-8 ? Math.expm1(x) / x : 1 + x / 2;
  }

  /** ln(1 + x) / x, also near 0. */
  private static double log1pRatio(double x) {
    return Math.abs(x) > 1e-8 ? Math.log1p(x) / x : 1 - x / 2;
  }
}
