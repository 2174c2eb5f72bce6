package io.ilion.conformance.cql;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.UUID;

/**
 * Prints values of the wire as text without loss: a rendering that {@link ValueParser} would not
 * turn back into the same bytes is replaced by those bytes in hexadecimal, so two different values
 * of a type never look alike.
 */
final class ValueText {
  private static final HexFormat HEX = HexFormat.of();

  private ValueText() {}

  /** The rendering of one value; {@code null} for a null. */
  static String render(WireType type, byte[] value) {
    if (value == null) {
      return "null";
    }
    try {
      String text = print(type, value);
      if (Arrays.equals(ValueParser.parse(type, text), value)) {
        return text;
      }
      return "0x" + HEX.formatHex(value);
    } catch (RuntimeException notOfThisType) {
      return "0x" + HEX.formatHex(value);
    }
  }

  private static String print(WireType type, byte[] value) {
    boolean mayBeEmpty =
        type instanceof WireType.Simple simple
            && List.of("ascii", "varchar", "blob").contains(simple.name());
    if (value.length == 0 && !mayBeEmpty) {
      return "empty";
    }
    return switch (type) {
      case WireType.Simple simple -> printSimple(simple.name(), value);
      case WireType.ListOf list -> printElements(list.element(), value, '[', ']');
      case WireType.SetOf set -> printElements(set.element(), value, '{', '}');
      case WireType.MapOf map -> printMap(map, value);
      case WireType.Tuple tuple -> "(" + printFields(null, tuple.elements(), value) + ")";
      case WireType.Udt udt -> "{" + printFields(udt.fields(), udt.types(), value) + "}";
      case WireType.Vector vector -> printVector(vector, value);
      case WireType.Custom custom ->
          custom.meaning() == null ? "0x" + HEX.formatHex(value) : print(custom.meaning(), value);
    };
  }

  private static String printSimple(String name, byte[] value) {
    ByteBuffer bytes = ByteBuffer.wrap(value);
    return switch (name) {
      case "ascii", "varchar" -> quote(new String(value, StandardCharsets.UTF_8));
      case "blob" -> "0x" + HEX.formatHex(value);
      case "boolean" -> value[0] == 0 ? "false" : "true";
      case "tinyint" -> Byte.toString(value[0]);
      case "smallint" -> Short.toString(bytes.getShort());
      case "int" -> Integer.toString(bytes.getInt());
      case "bigint", "counter" -> Long.toString(bytes.getLong());
      case "varint" -> new BigInteger(value).toString();
      case "decimal" -> {
        int scale = bytes.getInt();
        byte[] unscaled = Arrays.copyOfRange(value, 4, value.length);
        yield new BigDecimal(new BigInteger(unscaled), scale).toString();
      }
      case "float" -> Float.toString(bytes.getFloat());
      case "double" -> Double.toString(bytes.getDouble());
      case "uuid", "timeuuid" -> new UUID(bytes.getLong(), bytes.getLong()).toString();
      case "inet" -> "'" + address(value) + "'";
      case "timestamp" -> "'" + Instant.ofEpochMilli(bytes.getLong()) + "'";
      case "date" -> "'" + LocalDate.ofEpochDay(bytes.getInt() - (long) Integer.MIN_VALUE) + "'";
      case "time" -> "'" + LocalTime.ofNanoOfDay(bytes.getLong()) + "'";
      case "duration" -> {
        long months = Vints.zigZag(Vints.read(bytes));
        long days = Vints.zigZag(Vints.read(bytes));
        long nanos = Vints.zigZag(Vints.read(bytes));
        yield months + "mo" + days + "d" + nanos + "ns";
      }
      default -> "0x" + HEX.formatHex(value);
    };
  }

  private static String address(byte[] value) {
    try {
      return InetAddress.getByAddress(value).getHostAddress();
    } catch (UnknownHostException e) {
      throw new IllegalArgumentException("an address of " + value.length + " bytes", e);
    }
  }

  private static String printElements(WireType element, byte[] value, char open, char close) {
    WireReader in = new WireReader(value);
    int count = in.i32();
    List<String> elements = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      elements.add(printNested(element, in.bytesOrNull()));
    }
    return open + String.join(", ", elements) + close;
  }

  private static String printMap(WireType.MapOf map, byte[] value) {
    WireReader in = new WireReader(value);
    int count = in.i32();
    List<String> entries = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      String key = printNested(map.key(), in.bytesOrNull());
      entries.add(key + ": " + printNested(map.value(), in.bytesOrNull()));
    }
    return "{" + String.join(", ", entries) + "}";
  }

  private static String printFields(List<String> names, List<WireType> types, byte[] value) {
    WireReader in = new WireReader(value);
    List<String> fields = new ArrayList<>();
    for (int i = 0; i < types.size() && in.remaining() > 0; i++) {
      String field = printNested(types.get(i), in.bytesOrNull());
      fields.add(names == null ? field : names.get(i) + ": " + field);
    }
    return String.join(", ", fields);
  }

  private static String printVector(WireType.Vector vector, byte[] value) {
    int fixed = Vints.fixedLength(vector.element());
    ByteBuffer in = ByteBuffer.wrap(value);
    List<String> elements = new ArrayList<>();
    for (int i = 0; i < vector.dimensions(); i++) {
      byte[] element = new byte[fixed >= 0 ? fixed : (int) Vints.read(in)];
      in.get(element);
      elements.add(print(vector.element(), element));
    }
    return "[" + String.join(", ", elements) + "]";
  }

  private static String printNested(WireType type, byte[] value) {
    return value == null ? "null" : render(type, value);
  }

  /** A text in single quotes; control characters and backslashes are escaped. */
  static String quote(String text) {
    return "'" + escape(text).replace("'", "''") + "'";
  }

  /** One line for a text of several: control characters and backslashes as Java escapes them. */
  static String escape(String text) {
    StringBuilder escaped = new StringBuilder();
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '\\' -> escaped.append("\\\\");
        case '\n' -> escaped.append("\\n");
        case '\t' -> escaped.append("\\t");
        case '\r' -> escaped.append("\\r");
        default -> {
          if (Character.isISOControl(c) || Character.getType(c) == Character.FORMAT) {
            escaped.append(String.format("\\u%04x", (int) c));
          } else {
            escaped.append(c);
          }
        }
      }
    }
    return escaped.toString();
  }
}
