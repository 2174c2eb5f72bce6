package io.ilion.tools.shell;

import io.ilion.model.CqlException;
import io.ilion.model.type.CollectionType;
import io.ilion.model.type.CqlType;
import io.ilion.model.type.TupleType;
import io.ilion.model.type.UserType;
import io.ilion.model.type.VectorType;
import io.ilion.tools.console.Style.Tone;
import io.ilion.tools.console.TableText.Align;
import io.netty.util.NetUtil;
import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.net.InetAddress;
import java.time.Instant;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/**
 * Values as cqlsh prints them.
 *
 * @param timestampFormat of timestamps, as {@link Strftime} understands it
 * @param zone in which timestamps are shown
 * @param floatDigits how many digits behind the point a float has at most
 * @param doubleDigits the same for a double
 */
record ValueText(String timestampFormat, ZoneId zone, int floatDigits, int doubleDigits) {
  private static final int DIGITS = 5;
  private static final int MIN_EXPONENT = -4;
  private static final double TINY = Math.ulp(1.0);

  /** As cqlsh does without any settings, in the zone of this machine. */
  static ValueText standard() {
    return new ValueText(Strftime.CQLSH, ZoneId.systemDefault(), DIGITS, DIGITS);
  }

  /** A value, null for CQL's null, as a cell of a table: one line, without quotes. */
  String of(CqlType type, byte[] value) {
    return text(type, value, false);
  }

  private String text(CqlType type, byte[] value, boolean quote) {
    if (value == null) {
      return "null";
    }
    if (value.length == 0 && type.kind() != CqlType.Kind.BLOB) {
      return quote && isText(type) ? "''" : "";
    }
    try {
      type.validate(value);
      return printed(type, value, quote);
    } catch (CqlException | ArithmeticException | java.time.DateTimeException e) {
      // Not what its type allows, which a server may send all the same: the bytes themselves.
      return "0x" + HexFormat.of().formatHex(value);
    }
  }

  private String printed(CqlType type, byte[] value, boolean quote) {
    return switch (type.kind()) {
      case TEXT, ASCII -> string((String) type.decode(value), quote);
      case BLOB -> "0x" + HexFormat.of().formatHex(value);
      case BOOLEAN -> value[0] == 0 ? "False" : "True";
      case FLOAT -> floating((Float) type.decode(value), floatDigits);
      case DOUBLE -> floating((Double) type.decode(value), doubleDigits);
      case DECIMAL -> type.decode(value).toString();
      case TIMESTAMP -> {
        String time = Strftime.format(timestampFormat, (Instant) type.decode(value), zone);
        yield quote ? "'" + time + "'" : time;
      }
      case INET -> {
        // In short, as ::1; the text of CQL has all eight groups.
        String address = NetUtil.toAddressString((InetAddress) type.decode(value));
        yield quote ? "'" + address + "'" : address;
      }
      case LIST -> simple((CollectionType) type, value, '[', ']');
      case SET -> simple((CollectionType) type, value, '{', '}');
      case MAP -> map((CollectionType) type, value);
      case TUPLE -> tuple((TupleType) type, value);
      case UDT -> udt((UserType) type, value);
      case VECTOR -> {
        VectorType vector = (VectorType) type;
        List<String> parts = new ArrayList<>();
        vector.parts(value).forEach(part -> parts.add(text(vector.elementType(), part, true)));
        yield "[" + String.join(", ", parts) + "]";
      }
      default -> type.toText(value);
    };
  }

  private String simple(CollectionType type, byte[] value, char open, char close) {
    CqlType element = type.componentTypes().getFirst();
    List<String> parts = new ArrayList<>();
    type.parts(value).forEach(part -> parts.add(text(element, part, true)));
    return open + String.join(", ", parts) + close;
  }

  private String map(CollectionType type, byte[] value) {
    List<byte[]> parts = type.parts(value);
    List<String> entries = new ArrayList<>();
    for (int i = 0; i < parts.size(); i += 2) {
      entries.add(
          text(type.componentTypes().get(0), parts.get(i), true)
              + ": "
              + text(type.componentTypes().get(1), parts.get(i + 1), true));
    }
    return "{" + String.join(", ", entries) + "}";
  }

  private String tuple(TupleType type, byte[] value) {
    List<byte[]> parts = type.parts(value);
    List<String> texts = new ArrayList<>();
    for (int i = 0; i < type.componentTypes().size(); i++) {
      texts.add(text(type.componentTypes().get(i), i < parts.size() ? parts.get(i) : null, true));
    }
    return "(" + String.join(", ", texts) + ")";
  }

  private String udt(UserType type, byte[] value) {
    List<byte[]> parts = type.parts(value);
    List<String> fields = new ArrayList<>();
    for (int i = 0; i < type.fieldNames().size(); i++) {
      fields.add(
          string(type.fieldNames().get(i), false)
              + ": "
              + text(type.componentTypes().get(i), i < parts.size() ? parts.get(i) : null, true));
    }
    return "{" + String.join(", ", fields) + "}";
  }

  /** A text without line breaks and other control characters; a backslash is doubled. */
  private static String string(String text, boolean quote) {
    StringBuilder out = new StringBuilder(text.length() + 8);
    if (quote) {
      out.append('\'');
    }
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '\\' -> out.append("\\\\");
        case '\n' -> out.append("\\n");
        case '\r' -> out.append("\\r");
        case '\t' -> out.append("\\t");
        case '\'' -> out.append(quote ? "''" : "'");
        default -> {
          if (c < 0x20 || (c >= 0x7f && c <= 0xa0)) {
            out.append("\\x").append(HexFormat.of().toHexDigits((byte) c));
          } else {
            out.append(c);
          }
        }
      }
    }
    return quote ? out.append('\'').toString() : out.toString();
  }

  /**
   * A number with so many digits behind its first, as C's {@code %g} has it; as many behind the
   * point when it is not so large or small that it has an exponent.
   */
  static String floating(double value, int digits) {
    if (Double.isNaN(value)) {
      return "NaN";
    }
    if (Double.isInfinite(value)) {
      return value > 0 ? "Infinity" : "-Infinity";
    }
    int precision = Math.max(1, digits);
    if (Math.abs(value) > TINY) {
      int exponent = (int) Math.log10(Math.abs(value));
      if (exponent >= MIN_EXPONENT && exponent < digits) {
        precision = Math.max(1, digits + exponent + 1);
      }
    }
    if (value == 0) {
      return 1 / value < 0 ? "-0" : "0";
    }
    BigDecimal rounded =
        new BigDecimal(value).round(new MathContext(precision, RoundingMode.HALF_EVEN));
    int exponent = rounded.precision() - rounded.scale() - 1;
    BigDecimal stripped = rounded.stripTrailingZeros();
    if (exponent >= MIN_EXPONENT && exponent < precision) {
      return stripped.toPlainString();
    }
    String mantissa = stripped.scaleByPowerOfTen(-exponent).toPlainString();
    int power = Math.abs(exponent);
    return mantissa + "e" + (exponent < 0 ? "-" : "+") + (power < 10 ? "0" : "") + power;
  }

  private static boolean isText(CqlType type) {
    return type.kind() == CqlType.Kind.TEXT || type.kind() == CqlType.Kind.ASCII;
  }

  /** Numbers stand to the right, everything else to the left. */
  static Align align(CqlType type) {
    return isNumber(type) ? Align.RIGHT : Align.LEFT;
  }

  /** The colour of values of a type. */
  static Tone tone(CqlType type) {
    if (isNumber(type)) {
      return Tone.NUMBER;
    }
    return switch (type.kind()) {
      case TEXT, ASCII -> Tone.TEXT;
      case BLOB -> Tone.BLOB;
      case TIMESTAMP, DATE, TIME, DURATION, UUID, TIMEUUID, INET, BOOLEAN -> Tone.TIME;
      default -> Tone.PLAIN;
    };
  }

  private static boolean isNumber(CqlType type) {
    return switch (type.kind()) {
      case BIGINT, COUNTER, DECIMAL, DOUBLE, FLOAT, INT, VARINT, SMALLINT, TINYINT -> true;
      default -> false;
    };
  }
}
