package io.ilion.tools.load.codec;

import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneId;

/** Writes timestamps as {@code 2026-11-21 14:30:05.123+0000}: fast, and read by all. */
final class IsoText {
  private IsoText() {}

  static String of(Instant instant, ZoneId zone) {
    OffsetDateTime time = instant.atZone(zone).toOffsetDateTime();
    StringBuilder out = new StringBuilder(28);
    pad(out, time.getYear(), 4).append('-');
    pad(out, time.getMonthValue(), 2).append('-');
    pad(out, time.getDayOfMonth(), 2).append(' ');
    pad(out, time.getHour(), 2).append(':');
    pad(out, time.getMinute(), 2).append(':');
    pad(out, time.getSecond(), 2).append('.');
    pad(out, time.getNano() / 1_000_000, 3);
    int minutes = time.getOffset().getTotalSeconds() / 60;
    out.append(minutes < 0 ? '-' : '+');
    pad(out, Math.abs(minutes) / 60, 2);
    pad(out, Math.abs(minutes) % 60, 2);
    return out.toString();
  }

  private static StringBuilder pad(StringBuilder out, int number, int digits) {
    for (int limit = 10, i = 1; i < digits; i++, limit *= 10) {
      if (number < limit) {
        for (int missing = digits - Integer.toString(number).length(); missing > 0; missing--) {
          out.append('0');
        }
        break;
      }
    }
    return out.append(number);
  }
}
