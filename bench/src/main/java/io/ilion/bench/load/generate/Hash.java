package io.ilion.bench.load.generate;

/** Randomness without state: the same numbers in, the same number out. */
public final class Hash {
  private static final long GOLDEN = 0x9e37_79b9_7f4a_7c15L;

  private Hash() {}

  /** Mixes the bits of a number (the finalizer of SplitMix64, after Steele, Lea and Flood 2014). */
  public static long mix(long number) {
    long z = (number ^ (number >>> 30)) * 0xbf58_476d_1ce4_e5b9L;
    z = (z ^ (z >>> 27)) * 0x94d0_49bb_1331_11ebL;
    return z ^ (z >>> 31);
  }

  /** Mixes two numbers. */
  public static long mix(long first, long second) {
    return mix(first * GOLDEN + mix(second + GOLDEN));
  }

  /** A number from 0 to below a bound, all alike to within one in 2^64. */
  public static long below(long bits, long bound) {
    return Math.unsignedMultiplyHigh(bits, bound);
  }

  /** A number from 0 to below 1. */
  public static double unit(long bits) {
    return (bits >>> 11) * 0x1.0p-53;
  }
}
