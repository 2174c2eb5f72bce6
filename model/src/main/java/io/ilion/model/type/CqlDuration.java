package io.ilion.model.type;

import io.ilion.model.CqlException;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A span of time in three parts that do not convert into each other. All have the same sign.
 *
 * @param nanos nanoseconds
 */
public record CqlDuration(int months, int days, long nanos) {
  private static final Pattern ISO =
      Pattern.compile("P((\\d+)Y)?((\\d+)M)?((\\d+)D)?(T((\\d+)H)?((\\d+)M)?((\\d+)S)?)?");
  private static final Pattern ISO_WEEKS = Pattern.compile("P(\\d+)W");
  private static final Pattern ISO_ALTERNATIVE =
      Pattern.compile("P(\\d{4})-(\\d{2})-(\\d{2})T(\\d{2}):(\\d{2}):(\\d{2})");
  private static final Pattern UNIT =
      Pattern.compile("(\\d+)(y|mo|w|d|h|s|ms|us|\u00b5s|ns|m)", Pattern.CASE_INSENSITIVE);
  private static final List<String> UNITS =
      List.of("y", "mo", "w", "d", "h", "m", "s", "ms", "us", "ns");
  private static final List<String> NAMES =
      List.of(
          "years",
          "months",
          "weeks",
          "days",
          "hours",
          "minutes",
          "seconds",
          "milliseconds",
          "microseconds",
          "nanoseconds");
  private static final long HOUR = 3_600_000_000_000L;
  private static final long MINUTE = 60_000_000_000L;
  private static final long SECOND = 1_000_000_000L;

  /**
   * Reads the standard form (1y2mo3w), ISO 8601 with designators, weeks or the alternative form.
   */
  public static CqlDuration parse(String text) {
    boolean negative = text.startsWith("-");
    String rest = negative ? text.substring(1) : text;
    try {
      if (rest.startsWith("P")) {
        return iso(rest, text, negative);
      }
      return standard(rest, text, negative);
    } catch (NumberFormatException e) {
      throw CqlException.invalid("Unable to convert '%s' to a duration", rest);
    }
  }

  private static CqlDuration standard(String rest, String text, boolean negative) {
    long[] sum = new long[3];
    Matcher unit = UNIT.matcher(rest);
    int at = 0;
    int last = -1;
    while (at < rest.length()) {
      if (!unit.find(at) || unit.start() != at) {
        throw CqlException.invalid("Unable to convert '%s' to a duration", rest);
      }
      long n = Long.parseLong(unit.group(1));
      int rank = add(sum, n, unit.group(2).toLowerCase(java.util.Locale.ROOT));
      if (rank == last) {
        throw CqlException.invalid(
            "Invalid duration. The %s are specified multiple times", NAMES.get(rank));
      }
      if (rank < last) {
        throw CqlException.invalid(
            "Invalid duration. The %s should be after %s", NAMES.get(last), NAMES.get(rank));
      }
      last = rank;
      at = unit.end();
    }
    if (at == 0) {
      throw CqlException.invalid("Unable to convert '%s' to a duration", rest);
    }
    return of(sum, negative);
  }

  private static int add(long[] sum, long n, String unit) {
    try {
      addExactly(sum, n, unit);
    } catch (ArithmeticException e) {
      boolean months = unit.startsWith("y") || unit.equals("mo");
      boolean days = unit.equals("w") || unit.equals("d");
      throw CqlException.invalid(
          "Invalid duration. The total number of %s must be less or equal to %d",
          months ? "months" : days ? "days" : "nanoseconds",
          months || days ? Integer.MAX_VALUE : Long.MAX_VALUE);
    }
    return UNITS.indexOf(unit.equals("\u00b5s") ? "us" : unit);
  }

  private static void addExactly(long[] sum, long n, String unit) {
    switch (unit) {
      case "y" -> sum[0] = Math.addExact(sum[0], Math.multiplyExact(n, 12));
      case "mo" -> sum[0] = Math.addExact(sum[0], n);
      case "w" -> sum[1] = Math.addExact(sum[1], Math.multiplyExact(n, 7));
      case "d" -> sum[1] = Math.addExact(sum[1], n);
      case "h" -> sum[2] = Math.addExact(sum[2], Math.multiplyExact(n, HOUR));
      case "m" -> sum[2] = Math.addExact(sum[2], Math.multiplyExact(n, MINUTE));
      case "s" -> sum[2] = Math.addExact(sum[2], Math.multiplyExact(n, SECOND));
      case "ms" -> sum[2] = Math.addExact(sum[2], Math.multiplyExact(n, 1_000_000));
      case "us", "\u00b5s" -> sum[2] = Math.addExact(sum[2], Math.multiplyExact(n, 1_000));
      default -> sum[2] = Math.addExact(sum[2], n);
    }
  }

  private static CqlDuration iso(String rest, String text, boolean negative) {
    long[] sum = new long[3];
    Matcher m = ISO_ALTERNATIVE.matcher(rest);
    if (m.matches()) {
      String[] units = {"y", "mo", "d", "h", "m", "s"};
      for (int i = 0; i < units.length; i++) {
        add(sum, Long.parseLong(m.group(i + 1)), units[i]);
      }
      return of(sum, negative);
    }
    m = ISO_WEEKS.matcher(rest);
    if (m.matches()) {
      add(sum, Long.parseLong(m.group(1)), "w");
      return of(sum, negative);
    }
    m = ISO.matcher(rest);
    if (!m.matches() || rest.length() == 1) {
      throw CqlException.invalid("Unable to convert '%s' to a duration", rest);
    }
    String[] units = {"y", "mo", "d", "h", "m", "s"};
    int[] groups = {2, 4, 6, 9, 11, 13};
    for (int i = 0; i < units.length; i++) {
      if (m.group(groups[i]) != null) {
        add(sum, Long.parseLong(m.group(groups[i])), units[i]);
      }
    }
    return of(sum, negative);
  }

  private static CqlDuration of(long[] sum, boolean negative) {
    requireAtMost(sum[0], Integer.MAX_VALUE, "months");
    requireAtMost(sum[1], Integer.MAX_VALUE, "days");
    int sign = negative ? -1 : 1;
    return new CqlDuration(sign * (int) sum[0], sign * (int) sum[1], sign * sum[2]);
  }

  private static void requireAtMost(long total, long limit, String unit) {
    if (total > limit) {
      throw CqlException.invalid(
          "Invalid duration. The total number of %s must be less or equal to %d", unit, limit);
    }
  }

  /** The standard form, such as {@code 1y2mo3d4h}; empty for nothing. */
  @Override
  public String toString() {
    StringBuilder out = new StringBuilder();
    if (months < 0 || days < 0 || nanos < 0) {
      out.append('-');
    }
    append(append(out, Math.abs((long) months), 12, "y"), Math.abs((long) months) % 12, 1, "mo");
    append(out, Math.abs((long) days), 1, "d");
    long rest = nanos < 0 ? -nanos : nanos;
    long[] sizes = {HOUR, MINUTE, SECOND, 1_000_000, 1_000, 1};
    String[] units = {"h", "m", "s", "ms", "us", "ns"};
    for (int i = 0; i < sizes.length; i++) {
      append(out, rest, sizes[i], units[i]);
      rest %= sizes[i];
    }
    return out.toString();
  }

  private static StringBuilder append(StringBuilder out, long value, long size, String unit) {
    if (value / size != 0) {
      out.append(value / size).append(unit);
    }
    return out;
  }
}
