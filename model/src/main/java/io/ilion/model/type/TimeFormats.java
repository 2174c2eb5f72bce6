package io.ilion.model.type;

import io.ilion.model.CqlException;
import io.ilion.model.data.Bytes;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalTime;
import java.time.YearMonth;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The formats of times, dates and durations. Text without a zone is in UTC. */
final class TimeFormats {
  static final Format TIMESTAMP = new Timestamp();
  static final Format DATE = new Date();
  static final Format TIME = new Time();
  static final Format DURATION = new Duration();

  private static final Pattern TIMESTAMP_TEXT =
      Pattern.compile(
          "(\\+?\\d{4}|-\\d{4,9})-(\\d{2})-(\\d{2})"
              + "(?:[ T](\\d{1,2}):(\\d{1,2})(?::(\\d{1,2})(?:\\.(\\d{1,9}))?)?)?"
              + "\\s*(Z|z|[+-]\\d{2}(?::?\\d{2})?|[A-Za-z/_]+)?");
  private static final DateTimeFormatter JSON_TIMESTAMP =
      DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss.SSSX", Locale.ROOT).withZone(ZoneOffset.UTC);
  private static final DateTimeFormatter CQL_TIMESTAMP =
      DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSS'Z'", Locale.ROOT)
          .withZone(ZoneOffset.UTC);

  private TimeFormats() {}

  private static CqlException mismatch(String expected, Object parsed) {
    return CqlException.invalid(
        "Expected %s, but got a %s: %s", expected, parsed.getClass().getSimpleName(), parsed);
  }

  private static byte[] ofLong(long value) {
    byte[] bytes = new byte[8];
    Bytes.putLong(bytes, 0, value);
    return bytes;
  }

  private static final class Timestamp implements Format {
    @Override
    public void validate(byte[] value) {
      NumberFormats.expectLength(value, 8, "Expected 8 or 0 byte long for date (%d)");
    }

    @Override
    public Object decode(byte[] value) {
      return Instant.ofEpochMilli(Bytes.getLong(value, 0));
    }

    @Override
    public byte[] encode(Object value) {
      return ofLong(((Instant) value).toEpochMilli());
    }

    @Override
    public int compare(byte[] a, byte[] b) {
      return Long.compare(Bytes.getLong(a, 0), Bytes.getLong(b, 0));
    }

    @Override
    public String text(byte[] value) {
      return CQL_TIMESTAMP.format((Instant) decode(value));
    }

    @Override
    public byte[] parse(String text) {
      if (text.equalsIgnoreCase("now")) {
        throw CqlException.invalid("Unable to parse a date/time from '%s'", text);
      }
      if (text.matches("-?\\d+")) {
        try {
          return ofLong(Long.parseLong(text));
        } catch (NumberFormatException e) {
          throw CqlException.invalid("Unable to make long (for date) from: '%s'", text);
        }
      }
      Matcher m = TIMESTAMP_TEXT.matcher(text.strip());
      if (m.matches()) {
        try {
          String fraction = m.group(7) == null ? "" : m.group(7);
          int day = Integer.parseInt(m.group(3));
          if (day < 1 || day > 31) {
            throw CqlException.invalid("Unable to parse a date/time from '%s'", text);
          }
          // A day that its month does not have stands for its last day, as in Cassandra.
          YearMonth month =
              YearMonth.of(Integer.parseInt(m.group(1)), Integer.parseInt(m.group(2)));
          ZonedDateTime time =
              ZonedDateTime.of(
                  month.atDay(Math.min(day, month.lengthOfMonth())),
                  LocalTime.of(
                      number(m.group(4)),
                      number(m.group(5)),
                      number(m.group(6)),
                      Integer.parseInt((fraction + "000000000").substring(0, 9))),
                  zone(m.group(8)));
          return ofLong(time.toInstant().toEpochMilli());
        } catch (DateTimeException | ArithmeticException | NumberFormatException e) {
          throw CqlException.invalid("Unable to parse a date/time from '%s'", text);
        }
      }
      throw CqlException.invalid("Unable to parse a date/time from '%s'", text);
    }

    private static int number(String digits) {
      return digits == null ? 0 : Integer.parseInt(digits);
    }

    private static ZoneId zone(String text) {
      return text == null ? ZoneOffset.UTC : ZoneId.of(text, ZoneId.SHORT_IDS);
    }

    @Override
    public byte[] fromJson(Object parsed) {
      if (parsed instanceof Long millis) {
        return ofLong(millis);
      }
      if (parsed instanceof String text) {
        return parse(text);
      }
      throw mismatch("a long or a datestring representation of a timestamp value", parsed);
    }

    @Override
    public String toJson(byte[] value) {
      return '"' + JSON_TIMESTAMP.format((Instant) decode(value)) + '"';
    }

    @Override
    public boolean isQuoted() {
      return true;
    }

    @Override
    public void writeComparable(byte[] value, ByteSink out) {
      out.writeLong(Bytes.getLong(value, 0) ^ Long.MIN_VALUE);
    }

    @Override
    public byte[] readComparable(ComparableReader in) {
      return ofLong(in.readLong() ^ Long.MIN_VALUE);
    }
  }

  /** Days, as an unsigned number whose middle is 1970-01-01. */
  private static final class Date implements Format {
    @Override
    public void validate(byte[] value) {
      NumberFormats.expectLength(value, 4, "Expected 4 byte long for date (%d)");
    }

    @Override
    public Object decode(byte[] value) {
      return LocalDate.ofEpochDay((Bytes.getInt(value, 0) & 0xFFFFFFFFL) - (1L << 31));
    }

    private static byte[] ofDays(long days, String text) {
      long biased = days + (1L << 31);
      if (biased < 0 || biased >= 1L << 32) {
        throw CqlException.invalid("Input date %s is out of range", text);
      }
      byte[] value = new byte[4];
      Bytes.putInt(value, 0, (int) biased);
      return value;
    }

    @Override
    public byte[] encode(Object value) {
      return ofDays(((LocalDate) value).toEpochDay(), value.toString());
    }

    @Override
    public String text(byte[] value) {
      return decode(value).toString();
    }

    @Override
    public byte[] parse(String text) {
      try {
        if (text.matches("-?\\d+")) {
          long raw = text.length() > 18 ? -1 : Long.parseLong(text);
          if (raw < 0 || raw >= 1L << 32) {
            throw CqlException.invalid("Unable to make unsigned int (for date) from: '%s'", text);
          }
          byte[] value = new byte[4];
          Bytes.putInt(value, 0, (int) raw);
          return value;
        }
        return ofDays(LocalDate.parse(text).toEpochDay(), text);
      } catch (DateTimeException | NumberFormatException e) {
        throw CqlException.invalid("Unable to coerce '%s' to a formatted date (long)", text);
      }
    }

    @Override
    public byte[] fromJson(Object parsed) {
      if (parsed instanceof String text) {
        return parse(text);
      }
      throw mismatch("a string representation of a date value", parsed);
    }

    @Override
    public String toJson(byte[] value) {
      return '"' + text(value) + '"';
    }

    @Override
    public boolean isQuoted() {
      return true;
    }

    @Override
    public void writeComparable(byte[] value, ByteSink out) {
      out.writeBytes(value);
    }

    @Override
    public byte[] readComparable(ComparableReader in) {
      return in.readBytes(4);
    }
  }

  /** Nanoseconds since midnight. */
  private static final class Time implements Format {
    private static final Pattern TEXT =
        Pattern.compile("([^:]+):([^:]+):([^.]+)(?:\\.(\\d{1,9}))?", Pattern.DOTALL);
    private static final long DAY = 86_400_000_000_000L;

    @Override
    public void validate(byte[] value) {
      NumberFormats.expectLength(value, 8, "Expected 8 byte long for time (%d)");
    }

    @Override
    public Object decode(byte[] value) {
      return LocalTime.ofNanoOfDay(Math.floorMod(Bytes.getLong(value, 0), DAY));
    }

    @Override
    public byte[] encode(Object value) {
      return ofLong(((LocalTime) value).toNanoOfDay());
    }

    @Override
    public String text(byte[] value) {
      long nanos = Bytes.getLong(value, 0);
      return String.format(
          "%02d:%02d:%02d.%09d",
          nanos / 3_600_000_000_000L % 24,
          nanos / 60_000_000_000L % 60,
          nanos / 1_000_000_000L % 60,
          nanos % 1_000_000_000L);
    }

    @Override
    public byte[] parse(String text) {
      if (text.matches("-?\\d+")) {
        try {
          long nanos = Long.parseLong(text);
          if (nanos >= 0 && nanos < DAY) {
            return ofLong(nanos);
          }
        } catch (NumberFormatException e) {
          // Reported below.
        }
        throw CqlException.invalid("Unable to make long (for time) from: '%s'", text);
      }
      Matcher m = TEXT.matcher(text.trim());
      if (m.matches()) {
        long hour = part(m.group(1), 24);
        long minute = part(m.group(2), 60);
        long second = part(m.group(3), 60);
        String fraction = m.group(4) == null ? "" : m.group(4);
        if (hour >= 0 && minute >= 0 && second >= 0) {
          return ofLong(
              ((hour * 60 + minute) * 60 + second) * 1_000_000_000L
                  + Long.parseLong((fraction + "000000000").substring(0, 9)));
        }
      }
      throw CqlException.invalid(
          "(TimeType) Unable to coerce '%s' to a formatted time (long)", text);
    }

    /** Any whole number below a bound, as Java reads it; -1 if it is none. */
    private static int part(String text, int bound) {
      try {
        int number = Integer.parseInt(text);
        return number < bound ? number : -1;
      } catch (NumberFormatException e) {
        return -1;
      }
    }

    @Override
    public byte[] fromJson(Object parsed) {
      if (parsed instanceof String text) {
        return parse(text);
      }
      throw mismatch("a string representation of a time value", parsed);
    }

    @Override
    public String toJson(byte[] value) {
      return '"' + text(value) + '"';
    }

    @Override
    public boolean isQuoted() {
      return true;
    }

    @Override
    public void writeComparable(byte[] value, ByteSink out) {
      out.writeBytes(value);
    }

    @Override
    public byte[] readComparable(ComparableReader in) {
      return in.readBytes(8);
    }
  }

  /** Three zigzag variable-length integers as Cassandra writes them. Durations have no order. */
  private static final class Duration implements Format {
    @Override
    public void validate(byte[] value) {
      if (value.length < 3) {
        throw CqlException.invalid("Expected at least 3 bytes for a duration (%d)", value.length);
      }
      decode(value);
    }

    @Override
    public Object decode(byte[] value) {
      int[] at = {0};
      try {
        long months = zigzag(Vint.read(value, at));
        long days = zigzag(Vint.read(value, at));
        long nanos = zigzag(Vint.read(value, at));
        if ((int) months != months || (int) days != days) {
          throw CqlException.invalid("Invalid duration of %d bytes", value.length);
        }
        if (!((months >= 0 && days >= 0 && nanos >= 0)
            || (months <= 0 && days <= 0 && nanos <= 0))) {
          throw CqlException.invalid(
              "The duration months, days and nanoseconds must be all of the same sign (%d, %d, %d)",
              months, days, nanos);
        }
        return new CqlDuration((int) months, (int) days, nanos);
      } catch (IndexOutOfBoundsException e) {
        throw CqlException.invalid("Invalid duration of %d bytes", value.length);
      }
    }

    private static long zigzag(long n) {
      return (n >>> 1) ^ -(n & 1);
    }

    @Override
    public byte[] encode(Object value) {
      CqlDuration d = (CqlDuration) value;
      ByteSink out = new ByteSink(16);
      Vint.write(((long) d.months() << 1) ^ ((long) d.months() >> 63), out);
      Vint.write(((long) d.days() << 1) ^ ((long) d.days() >> 63), out);
      Vint.write((d.nanos() << 1) ^ (d.nanos() >> 63), out);
      return out.toByteArray();
    }

    @Override
    public String text(byte[] value) {
      return decode(value).toString();
    }

    @Override
    public byte[] parse(String text) {
      return encode(CqlDuration.parse(text));
    }

    @Override
    public byte[] fromJson(Object parsed) {
      if (parsed instanceof String text) {
        return parse(text);
      }
      throw mismatch("a string representation of a duration", parsed);
    }

    @Override
    public String toJson(byte[] value) {
      return '"' + text(value) + '"';
    }

    @Override
    public void writeComparable(byte[] value, ByteSink out) {
      TextFormats.writeEscaped(value, out);
    }

    @Override
    public byte[] readComparable(ComparableReader in) {
      return TextFormats.readEscaped(in);
    }
  }
}
