package io.ilion.tools.load.codec;

import io.ilion.model.CqlException;
import io.ilion.model.type.CqlType;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.time.temporal.TemporalAccessor;
import java.util.List;
import java.util.Locale;

/** Makes codecs for the types of columns. What is frequent is read in place. */
public final class FieldCodecs {
  private static final int NULL = -1;

  private FieldCodecs() {}

  /** The codec of a column or marker, with the format that was asked for. */
  public static FieldCodec of(String field, CqlType type, FieldFormats formats) {
    return of(type, formats.of(field, type));
  }

  /** The codec of a type. */
  public static FieldCodec of(CqlType type, FieldFormats formats) {
    return switch (type.kind()) {
      case TEXT -> FieldCodecs::text;
      case ASCII -> FieldCodecs::ascii;
      case BLOB -> blob(type);
      case BOOLEAN -> bool(formats);
      case TINYINT -> integer(type, formats, 1, Byte.MIN_VALUE, Byte.MAX_VALUE);
      case SMALLINT -> integer(type, formats, 2, Short.MIN_VALUE, Short.MAX_VALUE);
      case INT -> integer(type, formats, 4, Integer.MIN_VALUE, Integer.MAX_VALUE);
      case BIGINT, COUNTER -> integer(type, formats, 8, Long.MIN_VALUE, Long.MAX_VALUE);
      case VARINT, DECIMAL -> number(type, formats);
      case FLOAT, DOUBLE -> floating(type, formats);
      case UUID, TIMEUUID -> uuid(type);
      case TIMESTAMP -> timestamp(type, formats);
      case DATE -> date(type, formats);
      case TIME -> time(type, formats);
      case LIST, SET, MAP, TUPLE, UDT, VECTOR -> composite(type, formats);
      default -> plain(type);
    };
  }

  /** The time of a write in microseconds, as a number or as a timestamp. */
  public static FieldCodec writeTime(FieldFormats formats) {
    FieldCodec instant = of(io.ilion.model.type.NativeType.TIMESTAMP, formats);
    return (text, offset, length, out) -> {
      if (isInteger(text, offset, length)) {
        out.putInt(8);
        out.putLong(parse(text, offset, length, Long.MIN_VALUE, Long.MAX_VALUE, "bigint"));
      } else {
        int at = out.size();
        instant.encode(text, offset, length, out);
        if (out.intAt(at) == 8) {
          long millis = ((long) out.intAt(at + 4) << 32) | (out.intAt(at + 8) & 0xFFFFFFFFL);
          out.truncate(at + 4);
          out.putLong(Math.multiplyExact(millis, 1000L));
        }
      }
    };
  }

  // ---- texts

  private static void text(byte[] text, int offset, int length, WireBuffer out) {
    for (int i = offset; i < offset + length; i++) {
      if (text[i] < 0) {
        checkUtf8(text, offset, length);
        break;
      }
    }
    out.putInt(length);
    out.put(text, offset, length);
  }

  private static void checkUtf8(byte[] text, int offset, int length) {
    try {
      StandardCharsets.UTF_8.newDecoder().decode(java.nio.ByteBuffer.wrap(text, offset, length));
    } catch (java.nio.charset.CharacterCodingException e) {
      FieldException wrong = new FieldException("is not valid UTF-8; see --encoding");
      wrong.addSuppressed(e);
      throw wrong;
    }
  }

  private static void ascii(byte[] text, int offset, int length, WireBuffer out) {
    for (int i = offset; i < offset + length; i++) {
      if (text[i] < 0) {
        throw wrong(text, offset, length, "ascii");
      }
    }
    out.putInt(length);
    out.put(text, offset, length);
  }

  private static FieldCodec blob(CqlType type) {
    return (text, offset, length, out) -> {
      int start = offset;
      if (length >= 2 && text[offset] == '0' && (text[offset + 1] | 0x20) == 'x') {
        start += 2;
      }
      int digits = offset + length - start;
      if ((digits & 1) != 0) {
        throw wrong(text, offset, length, type.cqlName() + ": expected 0x and pairs of digits");
      }
      out.putInt(digits / 2);
      for (int i = start; i < offset + length; i += 2) {
        int high = Character.digit(text[i], 16);
        int low = Character.digit(text[i + 1], 16);
        if (high < 0 || low < 0) {
          throw wrong(text, offset, length, type.cqlName() + ": expected 0x and pairs of digits");
        }
        out.putByte(high << 4 | low);
      }
    };
  }

  private static FieldCodec bool(FieldFormats formats) {
    List<String> yes = lowerCase(formats.trueWords());
    List<String> no = lowerCase(formats.falseWords());
    return (text, offset, length, out) -> {
      String word = ofText(text, offset, length).strip().toLowerCase(Locale.ROOT);
      boolean value = yes.contains(word);
      if (!value && !no.contains(word)) {
        throw wrong(text, offset, length, "boolean: expected one of " + yes + " or " + no);
      }
      out.putInt(1);
      out.putByte(value ? 1 : 0);
    };
  }

  private static List<String> lowerCase(List<String> words) {
    return words.stream().map(word -> word.toLowerCase(Locale.ROOT)).toList();
  }

  /** What CQL itself takes between quotes. */
  private static FieldCodec plain(CqlType type) {
    return (text, offset, length, out) ->
        out.putValue(parse(type, ofText(text, offset, length).strip()));
  }

  private static byte[] parse(CqlType type, String text) {
    try {
      return type.fromString(text);
    } catch (CqlException e) {
      throw new FieldException(e.getMessage());
    }
  }

  private static FieldCodec composite(CqlType type, FieldFormats formats) {
    CompositeText reader = new CompositeText(formats);
    return (text, offset, length, out) -> {
      try {
        out.putValue(reader.read(type, ofText(text, offset, length)));
      } catch (CqlException e) {
        throw new FieldException(e.getMessage());
      }
    };
  }

  // ---- numbers

  private static boolean isInteger(byte[] text, int offset, int length) {
    for (int i = offset; i < offset + length; i++) {
      byte b = text[i];
      boolean sign = i == offset && length > 1 && (b == '-' || b == '+');
      if ((b < '0' || b > '9') && !sign) {
        return false;
      }
    }
    return length > 0;
  }

  private static FieldCodec integer(
      CqlType type, FieldFormats formats, int bytes, long least, long most) {
    String name = type.cqlName();
    boolean usual = formats.thousandsSeparator() == 0;
    return (text, offset, length, out) -> {
      long value;
      if (usual && isInteger(text, offset, length)) {
        value = parse(text, offset, length, least, most, name);
      } else {
        byte[] plain =
            normalised(text, offset, length, formats).getBytes(StandardCharsets.US_ASCII);
        if (!isInteger(plain, 0, plain.length)) {
          throw wrong(text, offset, length, name);
        }
        value = parse(plain, 0, plain.length, least, most, name);
      }
      out.putInt(bytes);
      switch (bytes) {
        case 1 -> out.putByte((int) value);
        case 2 -> out.putShort((int) value);
        case 4 -> out.putInt((int) value);
        default -> out.putLong(value);
      }
    };
  }

  /** An optional sign and digits. */
  private static long parse(
      byte[] text, int offset, int length, long least, long most, String name) {
    boolean negative = text[offset] == '-';
    long value = 0;
    // Counted below zero, where there is one number more.
    for (int i = text[offset] == '-' || text[offset] == '+' ? offset + 1 : offset;
        i < offset + length;
        i++) {
      int digit = text[i] - '0';
      if (value < (Long.MIN_VALUE + digit) / 10) {
        throw wrong(text, offset, length, name + ": it is out of range");
      }
      value = value * 10 - digit;
    }
    if ((!negative && value == Long.MIN_VALUE)
        || (negative ? value : -value) < least
        || (negative ? value : -value) > most) {
      throw wrong(text, offset, length, name + ": it is out of range");
    }
    return negative ? value : -value;
  }

  /** A number without thousands' separators and with a point. */
  private static String normalised(byte[] text, int offset, int length, FieldFormats formats) {
    String number = ofText(text, offset, length).strip();
    if (formats.thousandsSeparator() != 0) {
      number = number.replace(String.valueOf(formats.thousandsSeparator()), "");
    }
    return formats.decimalSeparator() == '.'
        ? number
        : number.replace(formats.decimalSeparator(), '.');
  }

  private static FieldCodec number(CqlType type, FieldFormats formats) {
    return (text, offset, length, out) -> {
      String number = normalised(text, offset, length, formats);
      if (number.isEmpty()) {
        throw wrong(text, offset, length, type.cqlName());
      }
      out.putValue(parse(type, number));
    };
  }

  private static FieldCodec floating(CqlType type, FieldFormats formats) {
    boolean single = type.kind() == CqlType.Kind.FLOAT;
    return (text, offset, length, out) -> {
      String number = normalised(text, offset, length, formats);
      try {
        if (single) {
          out.putInt(4);
          out.putInt(Float.floatToRawIntBits(Float.parseFloat(infinity(number))));
        } else {
          out.putInt(8);
          out.putLong(Double.doubleToRawLongBits(Double.parseDouble(infinity(number))));
        }
      } catch (NumberFormatException e) {
        FieldException wrong = wrong(text, offset, length, type.cqlName());
        wrong.addSuppressed(e);
        throw wrong;
      }
    };
  }

  private static String infinity(String number) {
    return switch (number.toLowerCase(Locale.ROOT)) {
      case "infinity", "inf", "+infinity" -> "Infinity";
      case "-infinity", "-inf" -> "-Infinity";
      case "nan" -> "NaN";
      default -> number;
    };
  }

  private static FieldCodec uuid(CqlType type) {
    FieldCodec other = plain(type);
    boolean timed = type.kind() == CqlType.Kind.TIMEUUID;
    return (text, offset, length, out) -> {
      if (length != 36 || (timed && text[offset + 14] != '1')) {
        other.encode(text, offset, length, out);
        return;
      }
      out.putInt(16);
      for (int i = 0; i < 36; ) {
        if (i == 8 || i == 13 || i == 18 || i == 23) {
          if (text[offset + i++] != '-') {
            throw wrong(text, offset, length, type.cqlName());
          }
          continue;
        }
        int high = Character.digit(text[offset + i], 16);
        int low = Character.digit(text[offset + i + 1], 16);
        if (high < 0 || low < 0) {
          throw wrong(text, offset, length, type.cqlName());
        }
        out.putByte(high << 4 | low);
        i += 2;
      }
    };
  }

  // ---- times

  private static FieldCodec timestamp(CqlType type, FieldFormats formats) {
    String pattern = formats.timestamp();
    ZoneId zone = formats.zone();
    if (pattern == null) {
      FieldCodec other = plain(type);
      return (text, offset, length, out) -> {
        long millis = IsoTime.millis(text, offset, length, zone);
        if (millis == IsoTime.OTHER) {
          other.encode(text, offset, length, out);
        } else {
          out.putInt(8);
          out.putLong(millis);
        }
      };
    }
    long units = FieldFormats.unitsPerSecond(pattern);
    if (units > 0) {
      return (text, offset, length, out) -> {
        long value = epoch(text, offset, length, type);
        out.putInt(8);
        out.putLong(
            units >= 1000
                ? Math.floorDiv(value, units / 1000)
                : Math.multiplyExact(value, 1000 / units));
      };
    }
    DateTimeFormatter formatter = FieldFormats.formatter(pattern, zone);
    return (text, offset, length, out) -> {
      TemporalAccessor parsed = parse(text, offset, length, formatter, type, pattern);
      Instant instant =
          parsed.isSupported(java.time.temporal.ChronoField.INSTANT_SECONDS)
              ? Instant.from(parsed)
              : LocalDate.from(parsed).atStartOfDay(zone).toInstant();
      out.putInt(8);
      out.putLong(instant.toEpochMilli());
    };
  }

  private static FieldCodec date(CqlType type, FieldFormats formats) {
    String pattern = formats.date();
    if (pattern == null) {
      return plain(type);
    }
    long units = FieldFormats.unitsPerSecond(pattern);
    DateTimeFormatter formatter =
        units > 0 ? null : FieldFormats.formatter(pattern, formats.zone());
    return (text, offset, length, out) -> {
      long day =
          units > 0
              ? Math.floorDiv(epoch(text, offset, length, type), units * 86_400)
              : LocalDate.from(parse(text, offset, length, formatter, type, pattern)).toEpochDay();
      out.putInt(4);
      out.putInt((int) (day - Integer.MIN_VALUE));
    };
  }

  private static FieldCodec time(CqlType type, FieldFormats formats) {
    String pattern = formats.time();
    if (pattern == null) {
      return plain(type);
    }
    long units = FieldFormats.unitsPerSecond(pattern);
    DateTimeFormatter formatter =
        units > 0 ? null : FieldFormats.formatter(pattern, formats.zone());
    return (text, offset, length, out) -> {
      long nanos =
          units > 0
              ? Math.multiplyExact(epoch(text, offset, length, type), 1_000_000_000L / units)
              : LocalTime.from(parse(text, offset, length, formatter, type, pattern)).toNanoOfDay();
      out.putInt(8);
      out.putLong(nanos);
    };
  }

  private static long epoch(byte[] text, int offset, int length, CqlType type) {
    if (!isInteger(text, offset, length)) {
      throw wrong(text, offset, length, type.cqlName() + ": expected a number");
    }
    return parse(text, offset, length, Long.MIN_VALUE, Long.MAX_VALUE, type.cqlName());
  }

  private static TemporalAccessor parse(
      byte[] text, int offset, int length, DateTimeFormatter by, CqlType type, String pattern) {
    try {
      return by.parse(ofText(text, offset, length).strip());
    } catch (DateTimeException e) {
      FieldException wrong =
          wrong(text, offset, length, type.cqlName() + ": expected the form " + pattern);
      wrong.addSuppressed(e);
      throw wrong;
    }
  }

  // ---- errors

  static String ofText(byte[] text, int offset, int length) {
    return new String(text, offset, length, StandardCharsets.UTF_8);
  }

  private static FieldException wrong(byte[] text, int offset, int length, String type) {
    String shown = ofText(text, offset, Math.min(length, 60));
    return new FieldException("'" + shown + (length > 60 ? "..." : "") + "' is no " + type);
  }
}
