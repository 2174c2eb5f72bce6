package io.ilion.tools.load.codec;

import io.ilion.model.type.CollectionType;
import io.ilion.model.type.CqlType;
import io.ilion.model.type.MapType;
import io.ilion.model.type.TupleType;
import io.ilion.model.type.UserType;
import io.ilion.model.type.VectorType;
import io.netty.util.NetUtil;
import java.math.BigDecimal;
import java.math.MathContext;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.StringJoiner;
import java.util.regex.Pattern;

/** Makes text of values, such that the codec of the same formats reads it back. */
public final class FieldPrinter {
  private static final Pattern PLAIN = Pattern.compile("[a-z][a-z0-9_]*");

  private final CqlType type;
  private final FieldFormats formats;
  private final DateTimeFormatter formatter;
  private final long units;

  /** The printer of a column, with the format that was asked for. */
  public FieldPrinter(String field, CqlType type, FieldFormats all) {
    this.type = type;
    this.formats = all.of(field, type);
    String pattern =
        switch (type.kind()) {
          case TIMESTAMP -> formats.timestamp();
          case DATE -> formats.date();
          case TIME -> formats.time();
          // Timestamps that are within are written as others are.
          case LIST, SET, MAP, TUPLE, UDT, VECTOR ->
              formats.literals() ? formats.timestamp() : null;
          default -> null;
        };
    this.units = pattern == null ? 0 : FieldFormats.unitsPerSecond(pattern);
    this.formatter =
        pattern == null || units > 0 ? null : FieldFormats.formatter(pattern, formats.zone());
  }

  /** The text of a value that is not null. */
  public String text(byte[] value) {
    if (value.length == 0 && type.isEmptyMeaningless()) {
      return "";
    }
    return switch (type.kind()) {
      case TEXT, ASCII -> new String(value, StandardCharsets.UTF_8);
      case INT -> grouped(Integer.toString(intAt(value)));
      case BIGINT, COUNTER -> grouped(Long.toString(longAt(value)));
      case FLOAT -> floating(Float.intBitsToFloat(intAt(value)));
      case DOUBLE -> floating(Double.longBitsToDouble(longAt(value)));
      case TINYINT, SMALLINT, VARINT, DECIMAL -> grouped(type.toText(value));
      case BOOLEAN -> value[0] != 0 ? formats.trueWords().get(0) : formats.falseWords().get(0);
      case TIMESTAMP -> timestamp(longAt(value));
      case DATE -> formatter == null && units == 0 ? type.toText(value) : date(value);
      case TIME -> formatter == null && units == 0 ? type.toText(value) : time(longAt(value));
      case LIST, SET, MAP, TUPLE, UDT, VECTOR ->
          formats.literals() ? literal(type, value) : type.toJson(value);
      case INET -> NetUtil.toAddressString((InetAddress) type.decode(value));
      default -> type.toText(value);
    };
  }

  /** The value as JSON; null gives null. */
  public String json(byte[] value) {
    if (value == null) {
      return "null";
    }
    return switch (type.kind()) {
      case TIMESTAMP, DATE, TIME ->
          formatter != null ? '"' + text(value) + '"' : units > 0 ? text(value) : json(type, value);
      default -> type.toJson(value);
    };
  }

  private String json(CqlType ofType, byte[] value) {
    return ofType.kind() == CqlType.Kind.TIMESTAMP && value.length > 0
        ? '"' + timestamp(longAt(value)) + '"'
        : ofType.toJson(value);
  }

  /** As CQL writes it, with the words and patterns that were asked for. */
  private String literal(CqlType of, byte[] value) {
    if (value == null || value.length == 0) {
      return value == null ? "null" : of.toCqlLiteral(value);
    }
    return switch (of) {
      case MapType map -> {
        List<byte[]> parts = map.parts(value);
        StringJoiner entries = new StringJoiner(", ", "{", "}");
        for (int i = 0; i < parts.size(); i += 2) {
          entries.add(
              literal(map.keyType(), parts.get(i))
                  + ": "
                  + literal(map.valueType(), parts.get(i + 1)));
        }
        yield entries.toString();
      }
      case CollectionType list -> {
        boolean isList = of.kind() == CqlType.Kind.LIST;
        StringJoiner elements = new StringJoiner(", ", isList ? "[" : "{", isList ? "]" : "}");
        CqlType element = list.componentTypes().getFirst();
        list.parts(value).forEach(part -> elements.add(literal(element, part)));
        yield elements.toString();
      }
      case UserType udt -> {
        List<byte[]> parts = udt.parts(value);
        StringJoiner fields = new StringJoiner(", ", "{", "}");
        for (int i = 0; i < parts.size(); i++) {
          fields.add(
              name(udt.fieldNames().get(i))
                  + ": "
                  + literal(udt.componentTypes().get(i), parts.get(i)));
        }
        yield fields.toString();
      }
      case TupleType tuple -> {
        List<byte[]> parts = tuple.parts(value);
        StringJoiner components = new StringJoiner(", ", "(", ")");
        for (int i = 0; i < parts.size(); i++) {
          components.add(literal(tuple.componentTypes().get(i), parts.get(i)));
        }
        yield components.toString();
      }
      case VectorType vector -> {
        StringJoiner elements = new StringJoiner(", ", "[", "]");
        vector.parts(value).forEach(part -> elements.add(literal(vector.elementType(), part)));
        yield elements.toString();
      }
      default ->
          switch (of.kind()) {
            case BOOLEAN -> (value[0] != 0 ? formats.trueWords() : formats.falseWords()).get(0);
            case TIMESTAMP -> "'" + timestamp(longAt(value)) + "'";
            case INET -> "'" + NetUtil.toAddressString((InetAddress) of.decode(value)) + "'";
            default -> of.toCqlLiteral(value);
          };
    };
  }

  private static String name(String field) {
    return PLAIN.matcher(field).matches() ? field : '"' + field.replace("\"", "\"\"") + '"';
  }

  private String timestamp(long millis) {
    if (units > 0) {
      return Long.toString(
          units >= 1000
              ? Math.multiplyExact(millis, units / 1000)
              : Math.floorDiv(millis, 1000 / units));
    }
    Instant instant = Instant.ofEpochMilli(millis);
    if (formatter != null) {
      return formatter.format(instant);
    }
    int year = instant.atOffset(ZoneOffset.UTC).getYear();
    // CQL's texts have four digits for the year; beyond it reads numbers.
    return year < 0 || year > 9999 ? Long.toString(millis) : IsoText.of(instant, formats.zone());
  }

  private String date(byte[] value) {
    long day = (intAt(value) & 0xFFFFFFFFL) + Integer.MIN_VALUE;
    return units > 0
        ? Long.toString(Math.multiplyExact(day, units * 86_400))
        : formatter.format(LocalDate.ofEpochDay(day));
  }

  private String time(long nanos) {
    return units > 0
        ? Long.toString(nanos / (1_000_000_000L / units))
        : formatter.format(LocalTime.ofNanoOfDay(nanos));
  }

  private String floating(float value) {
    int digits = formats.floatDigits();
    return digits < 0 || !Float.isFinite(value)
        ? grouped(Float.toString(value))
        : grouped(rounded(new BigDecimal(value), digits));
  }

  private String floating(double value) {
    int digits = formats.doubleDigits();
    return digits < 0 || !Double.isFinite(value)
        ? grouped(Double.toString(value))
        : grouped(rounded(new BigDecimal(value), digits));
  }

  /** Like C's %g: so many significant digits, without zeros at the end. */
  private static String rounded(BigDecimal value, int digits) {
    if (value.signum() == 0) {
      return "0";
    }
    BigDecimal rounded = value.round(new MathContext(Math.max(1, digits))).stripTrailingZeros();
    int exponent = rounded.precision() - rounded.scale() - 1;
    if (exponent >= -4 && exponent < digits) {
      return rounded.toPlainString();
    }
    String unscaled = rounded.unscaledValue().abs().toString();
    String mantissa =
        unscaled.length() == 1 ? unscaled : unscaled.charAt(0) + "." + unscaled.substring(1);
    return (value.signum() < 0 ? "-" : "")
        + mantissa
        + "e"
        + (exponent < 0 ? "-" : "+")
        + (Math.abs(exponent) < 10 ? "0" : "")
        + Math.abs(exponent);
  }

  /** A number with the separators that were asked for. */
  private String grouped(String number) {
    if (formats.thousandsSeparator() == 0 && formats.decimalSeparator() == '.') {
      return number;
    }
    int end = 0;
    int start = number.startsWith("-") ? 1 : 0;
    while (start + end < number.length() && Character.isDigit(number.charAt(start + end))) {
      end++;
    }
    StringBuilder out = new StringBuilder(number.substring(0, start));
    for (int i = 0; i < end; i++) {
      if (i > 0 && (end - i) % 3 == 0 && formats.thousandsSeparator() != 0) {
        out.append(formats.thousandsSeparator());
      }
      out.append(number.charAt(start + i));
    }
    return out.append(number.substring(start + end).replace('.', formats.decimalSeparator()))
        .toString();
  }

  private static int intAt(byte[] value) {
    return value[0] << 24 | (value[1] & 0xFF) << 16 | (value[2] & 0xFF) << 8 | (value[3] & 0xFF);
  }

  private static long longAt(byte[] value) {
    long high = intAt(value);
    long low =
        (value[4] & 0xFFL) << 24
            | (value[5] & 0xFF) << 16
            | (value[6] & 0xFF) << 8
            | (value[7] & 0xFF);
    return high << 32 | low;
  }
}
