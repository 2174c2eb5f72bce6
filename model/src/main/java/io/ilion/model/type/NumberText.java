package io.ilion.model.type;

import io.ilion.model.CqlException;
import java.math.BigDecimal;
import java.math.BigInteger;

/**
 * Numbers of any size as text. To read one takes time that grows with the square of its length, a
 * minute for a few megabytes, so there is a limit.
 */
public final class NumberText {
  /** The longest text of a number that is read. */
  public static final int MOST_CHARACTERS = 10_000;

  /** The longest number that is computed with or written: that takes some milliseconds. */
  public static final int MOST_BYTES = 64 << 10;

  private NumberText() {}

  /**
   * Refuses to compute with a number, or to write it, that is too long for it: what that takes
   * grows faster than the length.
   *
   * @param value a varint, or a decimal
   * @throws CqlException if it is too long
   */
  public static void requireShort(byte[] value) {
    if (value.length > MOST_BYTES) {
      throw CqlException.invalid(
          "A number of %d bytes is too long: numbers of up to %d are computed with and written",
          value.length, MOST_BYTES);
    }
  }

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
