package io.ilion.cql.function;

import io.ilion.model.type.CqlDuration;
import java.util.Calendar;
import java.util.TimeZone;

/**
 * Adds durations to points of time as Cassandra does: in UTC, in the calendar that is Julian before
 * October 1582.
 */
final class Calendars {
  private static final long NANOS_PER_MILLI = 1_000_000L;

  private Calendars() {}

  /** The time plus a multiple of a duration, in milliseconds since 1970. */
  static long add(long millis, CqlDuration duration, int times) {
    Calendar calendar = at(millis);
    calendar.add(Calendar.MONTH, duration.months() * times);
    return calendar.getTimeInMillis() + millisOf(duration) * times;
  }

  /** What a duration has beside its months, in milliseconds. */
  static long millisOf(CqlDuration duration) {
    return duration.days() * TimeFunctions.DAY_MILLIS + duration.nanos() / NANOS_PER_MILLI;
  }

  /**
   * The last time not after {@code millis} that is {@code start} plus a multiple of a duration with
   * months. Of a duration of months alone Cassandra compares only the months, so that the result
   * can be later than {@code millis} in its month; this does the same.
   */
  static long floorByMonths(long millis, CqlDuration duration, long start) {
    int times = (monthNumber(millis) - monthNumber(start)) / duration.months();
    Calendar calendar = at(start);
    calendar.add(Calendar.MONTH, times * duration.months());
    if (duration.days() == 0 && duration.nanos() == 0) {
      return calendar.getTimeInMillis();
    }
    long rest = millisOf(duration);
    long floor = calendar.getTimeInMillis() + times * rest;
    while (floor > millis) {
      times--;
      calendar.add(Calendar.MONTH, -duration.months());
      floor = calendar.getTimeInMillis() + times * rest;
    }
    return Math.max(start, floor);
  }

  private static int monthNumber(long millis) {
    Calendar calendar = at(millis);
    return calendar.get(Calendar.YEAR) * 12 + calendar.get(Calendar.MONTH);
  }

  private static Calendar at(long millis) {
    return new Calendar.Builder()
        .setCalendarType("gregory")
        .setTimeZone(TimeZone.getTimeZone("UTC"))
        .setInstant(millis)
        .build();
  }
}
