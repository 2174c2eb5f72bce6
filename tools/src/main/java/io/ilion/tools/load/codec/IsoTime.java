package io.ilion.tools.load.codec;

import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.ZoneOffset;

/** Reads the most frequent forms of timestamps in place; leaves all others to who reads all. */
final class IsoTime {
  /** The text has another form. */
  static final long OTHER = Long.MIN_VALUE;

  private static final long DAY = 86_400_000;

  private IsoTime() {}

  /**
   * The milliseconds of {@code 2026-11-21}, a blank or T, {@code 14:30}, {@code :05}, {@code .123}
   * and Z, +0000 or nothing; what stands behind the day may be left out.
   */
  static long millis(byte[] text, int at, int length, ZoneId zone) {
    if (length < 10 || text[at + 4] != '-' || text[at + 7] != '-') {
      return OTHER;
    }
    int year = digits(text, at, 4);
    int month = digits(text, at + 5, 2);
    int day = digits(text, at + 8, 2);
    if (year < 0 || month < 1 || month > 12 || day < 1 || day > 28 && day > length(year, month)) {
      return OTHER;
    }
    int end = at + length;
    int i = at + 10;
    long ofDay = 0;
    if (i < end) {
      if ((text[i] != ' ' && text[i] != 'T') || end - i < 6 || text[i + 3] != ':') {
        return OTHER;
      }
      int hour = digits(text, i + 1, 2);
      int minute = digits(text, i + 4, 2);
      if (hour < 0 || hour > 23 || minute < 0 || minute > 59) {
        return OTHER;
      }
      ofDay = (hour * 60L + minute) * 60_000;
      i += 6;
      if (i + 2 < end && text[i] == ':') {
        int second = digits(text, i + 1, 2);
        if (second < 0 || second > 59) {
          return OTHER;
        }
        ofDay += second * 1000L;
        i += 3;
        if (i < end && text[i] == '.') {
          int digits = 0;
          int fraction = 0;
          for (i++; i < end && text[i] >= '0' && text[i] <= '9'; i++) {
            if (digits < 3) {
              fraction = fraction * 10 + text[i] - '0';
            } else if (digits >= 9) {
              return OTHER;
            }
            digits++;
          }
          if (digits == 0) {
            return OTHER;
          }
          for (int d = digits; d < 3; d++) {
            fraction *= 10;
          }
          ofDay += fraction;
        }
      }
    }
    long local = LocalDate.of(year, month, day).toEpochDay() * DAY + ofDay;
    if (i == end) {
      return zone.equals(ZoneOffset.UTC) ? local : inZone(local, zone);
    }
    boolean utc =
        (end - i == 1 && text[i] == 'Z')
            || (end - i == 5 && text[i] == '+' && digits(text, i + 1, 4) == 0);
    return utc ? local : OTHER;
  }

  private static long inZone(long local, ZoneId zone) {
    LocalDateTime time =
        LocalDateTime.of(
            LocalDate.ofEpochDay(Math.floorDiv(local, DAY)),
            LocalTime.ofNanoOfDay(Math.floorMod(local, DAY) * 1_000_000));
    return time.atZone(zone).toInstant().toEpochMilli();
  }

  private static int length(int year, int month) {
    return java.time.YearMonth.of(year, month).lengthOfMonth();
  }

  private static int digits(byte[] text, int at, int count) {
    int value = 0;
    for (int i = at; i < at + count; i++) {
      int digit = text[i] - '0';
      if (digit < 0 || digit > 9) {
        return -1;
      }
      value = value * 10 + digit;
    }
    return value;
  }
}
