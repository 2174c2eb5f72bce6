package io.ilion.model.schema;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Sizes as people write them in the options of tables: a number, maybe times a power of two, a
 * prefix, and the unit, such as 100MiB, 1.5 GB (of a thousand million), 1e6B or 5*2^20B.
 */
public final class ByteSizes {
  private static final Pattern NUMBER =
      Pattern.compile("NaN|[+-]?(?:Infinity|\\d+(?:\\.\\d+)?(?:[eE][+-]?\\d+)?)");
  private static final Pattern POWER = Pattern.compile("\\*2\\^([+-]?\\d{1,9})");

  /** The prefixes of units, from 10^-30 on in steps of a thousand. */
  private static final String PREFIXES = "qryzafpnum_KMGTPEZYRQ";

  private static final int NO_PREFIX = PREFIXES.indexOf('_');

  private ByteSizes() {}

  /**
   * A size in bytes, which may be a fraction, negative, infinite or not a number.
   *
   * @throws NumberFormatException if it is not written like one; the message may be null
   */
  public static double parse(String text) {
    if (!text.endsWith("B")) {
      throw new NumberFormatException(text + " does not end in unit B");
    }
    int end = text.length() - 1;
    Matcher number = NUMBER.matcher(text).region(0, end);
    if (!number.lookingAt()) {
      throw new NumberFormatException();
    }
    double value = Double.parseDouble(number.group());
    int at = number.end();
    Matcher power = POWER.matcher(text).region(at, end);
    if (power.lookingAt()) {
      value = Math.scalb(value, Integer.parseInt(power.group(1)));
      at = power.end();
    }
    while (at < end && Character.isWhitespace(text.charAt(at))) {
      at++;
    }
    int steps = at < end ? PREFIXES.indexOf(text.charAt(at)) : -1;
    if (steps >= 0) {
      at++;
      if (at < end && text.charAt(at) == 'i') {
        at++;
        value = Math.scalb(value, 10 * (steps - NO_PREFIX));
      } else {
        value *= Math.pow(1000, steps - NO_PREFIX);
      }
    }
    if (at != end) {
      throw new NumberFormatException(
          "Unexpected characters between pos " + at + " and " + end + " in " + text);
    }
    return value;
  }

  /** As {@link #parse}, in whole bytes; what is too large is {@link Long#MAX_VALUE}. */
  public static long parseLong(String text) {
    return (long) parse(text);
  }

  /** A size for people, such as 1.500MiB. */
  public static String print(long bytes) {
    int steps = (63 - Long.numberOfLeadingZeros(Math.abs(bytes) | 1)) / 10;
    return steps == 0
        ? bytes + "B"
        : String.format(
            Locale.ROOT,
            "%.3f%ciB",
            Math.scalb((double) bytes, -10 * steps),
            PREFIXES.charAt(NO_PREFIX + steps));
  }
}
