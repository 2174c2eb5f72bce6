package io.ilion.tools.shell;

import java.time.Instant;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.time.format.TextStyle;
import java.util.Locale;

/** Formats times by the patterns of C and Python, which cqlshrc and COPY's options have. */
final class Strftime {
  /** The form in which cqlsh shows timestamps. */
  static final String CQLSH = "%Y-%m-%d %H:%M:%S.%f%z";

  private Strftime() {}

  /** A timestamp; beyond the years 1 to 9999 the milliseconds, as cqlsh gives them. */
  static String format(String pattern, Instant instant, ZoneId zone) {
    ZonedDateTime time = instant.atZone(zone);
    if (time.getYear() < 1 || time.getYear() > 9999) {
      return Long.toString(instant.toEpochMilli());
    }
    StringBuilder out = new StringBuilder(32);
    for (int i = 0; i < pattern.length(); i++) {
      char c = pattern.charAt(i);
      if (c != '%' || i + 1 == pattern.length()) {
        out.append(c);
      } else {
        append(out, time, pattern.charAt(++i));
      }
    }
    return out.toString();
  }

  private static void append(StringBuilder out, ZonedDateTime time, char directive) {
    switch (directive) {
      case 'Y' -> digits(out, time.getYear(), 4);
      case 'y' -> digits(out, time.getYear() % 100, 2);
      case 'm' -> digits(out, time.getMonthValue(), 2);
      case 'd' -> digits(out, time.getDayOfMonth(), 2);
      case 'H' -> digits(out, time.getHour(), 2);
      case 'I' -> digits(out, (time.getHour() + 11) % 12 + 1, 2);
      case 'M' -> digits(out, time.getMinute(), 2);
      case 'S' -> digits(out, time.getSecond(), 2);
      case 'f' -> digits(out, time.getNano() / 1000, 6);
      case 'N' -> digits(out, time.getNano(), 9);
      case 'j' -> digits(out, time.getDayOfYear(), 3);
      case 'p' -> out.append(time.getHour() < 12 ? "AM" : "PM");
      case 'a' -> out.append(time.getDayOfWeek().getDisplayName(TextStyle.SHORT, Locale.ENGLISH));
      case 'A' -> out.append(time.getDayOfWeek().getDisplayName(TextStyle.FULL, Locale.ENGLISH));
      case 'b' -> out.append(time.getMonth().getDisplayName(TextStyle.SHORT, Locale.ENGLISH));
      case 'B' -> out.append(time.getMonth().getDisplayName(TextStyle.FULL, Locale.ENGLISH));
      case 'Z' -> out.append(time.getZone().getDisplayName(TextStyle.SHORT, Locale.ENGLISH));
      case 'z' -> offset(out, time.getOffset().getTotalSeconds());
      case 's' -> out.append(time.toEpochSecond());
      case '%' -> out.append('%');
      default -> out.append('%').append(directive);
    }
  }

  private static void offset(StringBuilder out, int seconds) {
    out.append(seconds < 0 ? '-' : '+');
    digits(out, Math.abs(seconds) / 3600, 2);
    digits(out, Math.abs(seconds) / 60 % 60, 2);
  }

  private static void digits(StringBuilder out, int value, int count) {
    String text = Integer.toString(value);
    out.repeat('0', Math.max(0, count - text.length())).append(text);
  }
}
