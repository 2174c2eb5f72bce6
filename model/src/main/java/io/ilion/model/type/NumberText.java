package io.ilion.model.type;

import java.math.BigDecimal;
import java.math.BigInteger;

/**
 * Numbers of any size as text. To read one takes time that grows with the square of its length, a
 * minute for a few megabytes, so there is a limit.
 */
public final class NumberText {
  /** The longest text of a number that is read. */
  public static final int MOST_CHARACTERS = 10_000;

  private NumberText() {}

  /**
   * Reads an integer.
   *
   * @throws NumberFormatException also if the text is too long
   */
  public static BigInteger integer(String text) {
    return new BigInteger(limited(text));
  }

  /**
   * Reads a decimal number.
   *
   * @throws NumberFormatException also if the text is too long
   */
  public static BigDecimal decimal(String text) {
    return new BigDecimal(limited(text));
  }

  private static String limited(String text) {
    if (text.length() > MOST_CHARACTERS) {
      throw new NumberFormatException("a number of " + text.length() + " characters");
    }
    return text;
  }
}
