package io.ilion.bench.load;

/** Whole numbers as people write them: {@code 5000}, {@code 5k}, {@code 5M}. */
public final class WholeNumbers {
  private WholeNumbers() {}

  /**
   * Reads one.
   *
   * @throws NumberFormatException if it is none, or too large
   */
  public static long parse(String text) {
    long factor = text.endsWith("k") ? 1_000 : text.endsWith("M") ? 1_000_000 : 1;
    long number = Long.parseLong(factor == 1 ? text : text.substring(0, text.length() - 1));
    long whole = number * factor;
    if (whole / factor != number) {
      throw new NumberFormatException(text + " is too large");
    }
    return whole;
  }
}
