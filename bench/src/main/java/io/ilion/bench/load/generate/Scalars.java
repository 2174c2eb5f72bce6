package io.ilion.bench.load.generate;

import io.ilion.bench.load.BenchException;

/** What a value is as a number. */
final class Scalars {
  private Scalars() {}

  static long number(Object value) {
    return switch (value) {
      case Long whole -> whole;
      case Double real -> (long) (double) real;
      case Boolean truth -> truth ? 1 : 0;
      case null, default -> throw new BenchException(value + " is no number");
    };
  }

  static double real(Object value) {
    return switch (value) {
      case Long whole -> whole;
      case Double real -> real;
      case null, default -> throw new BenchException(value + " is no number");
    };
  }
}
