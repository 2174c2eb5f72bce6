package io.ilion.conformance.cql;

import java.io.ByteArrayOutputStream;
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
import java.util.HexFormat;
import java.util.List;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Turns the text of a value, as {@link ValueText} prints it, into the bytes of the wire. {@code
 * 0x...} stands for those bytes whatever the type, {@code empty} for none at all.
 */
final class ValueParser {
  private static final Pattern DURATION = Pattern.compile("(-?\\d+)mo(-?\\d+)d(-?\\d+)ns");

  private final String text;
  private int at;

  private ValueParser(String text) {
    this.text = text;
  }

  /** Parses one whole value; {@code null} gives null. */
  static byte[] parse(WireType type, String text) {
    ValueParser parser = new ValueParser(text);
    byte[] value = parser.value(type);
    parser.skipSpaces();
    if (parser.at != text.length()) {
      throw new IllegalArgumentException("surplus text after a value: " + text);
    }
    return value;
  }

  private byte[] value(WireType type) {
    skipSpaces();
    if (type instanceof WireType.Custom custom && custom.meaning() != null) {
      return value(custom.meaning());
    }
    char first = at < text.length() ? text.charAt(at) : ' ';
    if (first == '\'') {
      return simple(((WireType.Simple) type).name(), quoted());
    }
    if (first == '[' || first == '{' || first == '(') {
      return structure(type);
    }
    String word = word();
    if (word.equals("null")) {
      return null;
    }
    if (word.equals("empty")) {
      return new byte[0];
    }
    if (word.startsWith("0x")) {
      return HexFormat.of().parseHex(word.substring(2));
    }
    return simple(((WireType.Simple) type).name(), word);
  }

  private static byte[] simple(String name, String value) {
    return switch (name) {
      case "ascii", "varchar" -> value.getBytes(StandardCharsets.UTF_8);
      case "boolean" -> new byte[] {(byte) (Boolean.parseBoolean(value) ? 1 : 0)};
      case "tinyint" -> new byte[] {Byte.parseByte(value)};
      case "smallint" -> ByteBuffer.allocate(2).putShort(Short.parseShort(value)).array();
      case "int" -> int32(Integer.parseInt(value));
      case "bigint", "counter" -> int64(Long.parseLong(value));
      case "varint" -> new BigInteger(value).toByteArray();
      case "decimal" -> {
        BigDecimal number = new BigDecimal(value);
        byte[] unscaled = number.unscaledValue().toByteArray();
        yield ByteBuffer.allocate(4 + unscaled.length).putInt(number.scale()).put(unscaled).array();
      }
      case "float" -> int32(Float.floatToRawIntBits(Float.parseFloat(value)));
      case "double" -> int64(Double.doubleToRawLongBits(Double.parseDouble(value)));
      case "uuid", "timeuuid" -> {
        UUID uuid = UUID.fromString(value);
        yield ByteBuffer.allocate(16)
            .putLong(uuid.getMostSignificantBits())
            .putLong(uuid.getLeastSignificantBits())
            .array();
      }
      case "inet" -> address(value);
      case "timestamp" -> int64(Instant.parse(value).toEpochMilli());
      case "date" -> int32((int) (LocalDate.parse(value).toEpochDay() + Integer.MIN_VALUE));
      case "time" -> int64(LocalTime.parse(value).toNanoOfDay());
      case "duration" -> duration(value);
      default -> throw new IllegalArgumentException("a value of " + name + ": " + value);
    };
  }

  private static byte[] int32(int value) {
    return ByteBuffer.allocate(4).putInt(value).array();
  }

  private static byte[] int64(long value) {
    return ByteBuffer.allocate(8).putLong(value).array();
  }

  private static byte[] address(String value) {
    if (value.isEmpty() || !value.matches("[0-9a-fA-F:.]+")) {
      throw new IllegalArgumentException("not an address: " + value);
    }
    try {
      return InetAddress.getByName(value).getAddress();
    } catch (UnknownHostException e) {
      throw new IllegalArgumentException(e);
    }
  }

  private static byte[] duration(String value) {
    Matcher matcher = DURATION.matcher(value);
    if (!matcher.matches()) {
      throw new IllegalArgumentException("not a duration such as 1mo2d3ns: " + value);
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (int part = 1; part <= 3; part++) {
      Vints.write(out, Vints.unZigZag(Long.parseLong(matcher.group(part))));
    }
    return out.toByteArray();
  }

  private byte[] structure(WireType type) {
    at++;
    return switch (type) {
      case WireType.ListOf list -> elements(list.element(), ']');
      case WireType.SetOf set -> elements(set.element(), '}');
      case WireType.MapOf map -> map(map);
      case WireType.Tuple tuple -> fields(tuple.elements(), false, ')');
      case WireType.Udt udt -> fields(udt.types(), true, '}');
      case WireType.Vector vector -> vector(vector);
      case WireType.Simple simple -> throw notOf(simple);
      case WireType.Custom custom -> throw notOf(custom);
    };
  }

  private IllegalArgumentException notOf(WireType type) {
    return new IllegalArgumentException("not a value of " + type + ": " + text);
  }

  private byte[] elements(WireType element, char close) {
    List<byte[]> values = new ArrayList<>();
    while (!ends(close)) {
      values.add(value(element));
    }
    WireWriter out = new WireWriter().i32(values.size());
    values.forEach(value -> append(out, value));
    return out.toBytes();
  }

  private byte[] map(WireType.MapOf map) {
    List<byte[]> values = new ArrayList<>();
    while (!ends('}')) {
      values.add(value(map.key()));
      expect(':');
      values.add(value(map.value()));
    }
    WireWriter out = new WireWriter().i32(values.size() / 2);
    values.forEach(value -> append(out, value));
    return out.toBytes();
  }

  private byte[] fields(List<WireType> types, boolean named, char close) {
    WireWriter out = new WireWriter();
    for (int i = 0; !ends(close); i++) {
      if (named) {
        at = text.indexOf(':', at) + 1;
      }
      append(out, value(types.get(i)));
    }
    return out.toBytes();
  }

  private byte[] vector(WireType.Vector vector) {
    int fixed = Vints.fixedLength(vector.element());
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    while (!ends(']')) {
      byte[] element = value(vector.element());
      if (fixed < 0) {
        Vints.write(out, element.length);
      }
      out.writeBytes(element);
    }
    return out.toByteArray();
  }

  private static void append(WireWriter out, byte[] value) {
    if (value == null) {
      out.i32(-1);
    } else {
      out.bytes(value);
    }
  }

  /** Consumes the closing character and returns true, or steps over a comma to the next element. */
  private boolean ends(char close) {
    skipSpaces();
    if (at >= text.length()) {
      throw new IllegalArgumentException("unfinished: " + text);
    }
    if (text.charAt(at) == close) {
      at++;
      return true;
    }
    if (text.charAt(at) == ',') {
      at++;
      skipSpaces();
    }
    return false;
  }

  private void expect(char c) {
    skipSpaces();
    if (at >= text.length() || text.charAt(at) != c) {
      throw new IllegalArgumentException("expected " + c + " at " + at + " of " + text);
    }
    at++;
  }

  private String word() {
    int from = at;
    while (at < text.length() && ",]})".indexOf(text.charAt(at)) < 0 && text.charAt(at) != ':') {
      at++;
    }
    return text.substring(from, at).trim();
  }

  /** Reads a text in single quotes, with the escapes that {@link ValueText#escape} writes. */
  private String quoted() {
    StringBuilder out = new StringBuilder();
    at++;
    while (at < text.length()) {
      char c = text.charAt(at++);
      if (c == '\'') {
        if (at < text.length() && text.charAt(at) == '\'') {
          at++;
        } else {
          return out.toString();
        }
      } else if (c == '\\') {
        c = text.charAt(at++);
        switch (c) {
          case 'n' -> c = '\n';
          case 't' -> c = '\t';
          case 'r' -> c = '\r';
          case 'u' -> {
            c = (char) Integer.parseInt(text.substring(at, at + 4), 16);
            at += 4;
          }
          default -> {}
        }
      }
      out.append(c);
    }
    throw new IllegalArgumentException("an unfinished quote: " + text);
  }

  private void skipSpaces() {
    while (at < text.length() && text.charAt(at) == ' ') {
      at++;
    }
  }
}
