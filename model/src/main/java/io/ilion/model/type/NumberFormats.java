package io.ilion.model.type;

import io.ilion.model.CqlException;
import io.ilion.model.data.Bytes;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.Arrays;
import java.util.Locale;

/** The formats of numbers and booleans. */
final class NumberFormats {
  static final Format TINYINT =
      new Whole(1, "Expected 1 byte for a tinyint (%d)", "byte", "a byte");
  static final Format SMALLINT =
      new Whole(2, "Expected 2 bytes for a smallint (%d)", "short", "a short");
  static final Format INT = new Whole(4, "Expected 4 or 0 byte int (%d)", "int", "an int");
  static final Format BIGINT = new Whole(8, "Expected 8 or 0 byte long (%d)", "long", "a bigint");
  static final Format FLOAT = new Floating(4);
  static final Format DOUBLE = new Floating(8);
  static final Format VARINT = new Varint();
  static final Format DECIMAL = new Decimal();
  static final Format BOOLEAN = new Bool();

  private NumberFormats() {}

  static void expectLength(byte[] value, int length, String message) {
    if (value.length != length) {
      throw CqlException.invalid(message, value.length);
    }
  }

  static CqlException jsonMismatch(String expected, Object parsed) {
    return CqlException.invalid(
        "Expected %s value, but got a %s: %s", expected, parsed.getClass().getSimpleName(), parsed);
  }

  private static byte[] bigEndian(long value, int length) {
    byte[] bytes = new byte[length];
    for (int i = 0; i < length; i++) {
      bytes[i] = (byte) (value >>> (8 * (length - 1 - i)));
    }
    return bytes;
  }

  /** Whole numbers of a fixed size. */
  private record Whole(int length, String sizeMessage, String javaName, String jsonName)
      implements Format {
    private long value(byte[] bytes) {
      return switch (length) {
        case 1 -> bytes[0];
        case 2 -> (short) ((bytes[0] << 8) | (bytes[1] & 0xff));
        case 4 -> Bytes.getInt(bytes, 0);
        default -> Bytes.getLong(bytes, 0);
      };
    }

    @Override
    public void validate(byte[] value) {
      expectLength(value, length, sizeMessage);
    }

    @Override
    public Object decode(byte[] bytes) {
      long value = value(bytes);
      return switch (length) {
        case 1 -> (Object) (byte) value;
        case 2 -> (short) value;
        case 4 -> (int) value;
        default -> value;
      };
    }

    @Override
    public byte[] encode(Object value) {
      return bigEndian(((Number) value).longValue(), length);
    }

    @Override
    public int compare(byte[] a, byte[] b) {
      return Long.compare(value(a), value(b));
    }

    @Override
    public String text(byte[] value) {
      return Long.toString(value(value));
    }

    @Override
    public byte[] parse(String text) {
      try {
        BigInteger number = NumberText.integer(text);
        if (number.bitLength() < 8 * length) {
          return bigEndian(number.longValue(), length);
        }
      } catch (NumberFormatException e) {
        // Reported below, like a number that is too large.
      }
      throw CqlException.invalid("Unable to make %s from '%s'", javaName, text);
    }

    @Override
    public byte[] fromJson(Object parsed) {
      if (parsed instanceof String text) {
        return parse(text);
      }
      if (parsed instanceof Integer || parsed instanceof Long || parsed instanceof BigInteger) {
        BigInteger number = NumberText.integer(parsed.toString());
        if (number.bitLength() < 8 * length) {
          return bigEndian(number.longValue(), length);
        }
      }
      if (length < 4 && parsed instanceof Number) {
        throw CqlException.invalid("Unable to make %s from '%s'", javaName, parsed);
      }
      throw jsonMismatch(jsonName, parsed);
    }

    @Override
    public void writeComparable(byte[] value, ByteSink out) {
      out.writeByte(value[0] ^ 0x80);
      out.writeBytes(value, 1, length - 1);
    }

    @Override
    public byte[] readComparable(ComparableReader in) {
      byte[] bytes = in.readBytes(length);
      bytes[0] ^= (byte) 0x80;
      return bytes;
    }
  }

  /** Binary floating-point numbers; ordered as Double.compare orders them. */
  private record Floating(int length) implements Format {
    private double value(byte[] bytes) {
      return length == 4
          ? Float.intBitsToFloat(Bytes.getInt(bytes, 0))
          : Double.longBitsToDouble(Bytes.getLong(bytes, 0));
    }

    private byte[] of(double value) {
      return length == 4
          ? bigEndian(Float.floatToRawIntBits((float) value), 4)
          : bigEndian(Double.doubleToRawLongBits(value), 8);
    }

    @Override
    public void validate(byte[] value) {
      expectLength(
          value, length, "Expected " + length + " or 0 byte value for a " + name() + " (%d)");
    }

    private String name() {
      return length == 4 ? "float" : "double";
    }

    @Override
    public Object decode(byte[] bytes) {
      return length == 4 ? (Object) (float) value(bytes) : value(bytes);
    }

    @Override
    public byte[] encode(Object value) {
      return of(((Number) value).doubleValue());
    }

    @Override
    public int compare(byte[] a, byte[] b) {
      return Double.compare(value(a), value(b));
    }

    @Override
    public String text(byte[] value) {
      return length == 4 ? Float.toString((float) value(value)) : Double.toString(value(value));
    }

    @Override
    public byte[] parse(String text) {
      return read(special(text), text);
    }

    private byte[] read(String number, String text) {
      try {
        return length == 4
            ? bigEndian(Float.floatToRawIntBits(Float.parseFloat(number)), 4)
            : of(Double.parseDouble(number));
      } catch (NumberFormatException e) {
        throw CqlException.invalid("Unable to make %s from '%s'", name(), text);
      }
    }

    private static String special(String text) {
      return switch (text.toLowerCase(Locale.ROOT)) {
        case "nan", "-nan" -> "NaN";
        case "infinity" -> "Infinity";
        case "-infinity" -> "-Infinity";
        default -> text;
      };
    }

    @Override
    public byte[] fromJson(Object parsed) {
      if (parsed instanceof String text) {
        // Unlike in CQL, what is no number has one way to be written.
        return read(text, text);
      }
      if (parsed instanceof Number number) {
        return length == 4
            ? bigEndian(Float.floatToRawIntBits(number.floatValue()), 4)
            : of(number.doubleValue());
      }
      throw jsonMismatch("a " + name(), parsed);
    }

    @Override
    public String toJson(byte[] value) {
      double number = value(value);
      return Double.isNaN(number) || Double.isInfinite(number) ? "null" : text(value);
    }

    @Override
    public void writeComparable(byte[] value, ByteSink out) {
      if (length == 4) {
        int bits = Float.floatToIntBits((float) value(value));
        out.writeInt(bits < 0 ? ~bits : bits ^ Integer.MIN_VALUE);
      } else {
        long bits = Double.doubleToLongBits(value(value));
        out.writeLong(bits < 0 ? ~bits : bits ^ Long.MIN_VALUE);
      }
    }

    @Override
    public byte[] readComparable(ComparableReader in) {
      if (length == 4) {
        int bits = in.readInt();
        return bigEndian(bits < 0 ? bits ^ Integer.MIN_VALUE : ~bits, 4);
      }
      long bits = in.readLong();
      return bigEndian(bits < 0 ? bits ^ Long.MIN_VALUE : ~bits, 8);
    }
  }

  /** Whole numbers of any size: two's complement, big-endian. */
  private static final class Varint implements Format {
    private static final int SHORT = 100;

    @Override
    public void validate(byte[] value) {
      // Every sequence of at least one byte is a number.
    }

    @Override
    public Object decode(byte[] value) {
      return new BigInteger(value);
    }

    @Override
    public byte[] encode(Object value) {
      return (value instanceof BigInteger big
              ? big
              : BigInteger.valueOf(((Number) value).longValue()))
          .toByteArray();
    }

    @Override
    public int compare(byte[] a, byte[] b) {
      return new BigInteger(a).compareTo(new BigInteger(b));
    }

    @Override
    public String text(byte[] value) {
      return new BigInteger(value).toString();
    }

    @Override
    public String toJson(byte[] value) {
      NumberText.requireShort(value);
      return text(value);
    }

    @Override
    public byte[] parse(String text) {
      try {
        return NumberText.integer(text).toByteArray();
      } catch (NumberFormatException e) {
        throw CqlException.invalid("unable to make int from '%s'", text);
      }
    }

    @Override
    public byte[] fromJson(Object parsed) {
      try {
        return NumberText.integer(parsed.toString()).toByteArray();
      } catch (NumberFormatException e) {
        throw CqlException.invalid(
            "Value '%s' is not a valid representation of a varint value", parsed);
      }
    }

    @Override
    public void writeComparable(byte[] value, ByteSink out) {
      byte[] minimal = new BigInteger(value).toByteArray();
      int length = minimal.length;
      boolean negative = minimal[0] < 0;
      if (length <= SHORT) {
        out.writeByte(negative ? 0x7f - length : 0x80 + length);
      } else {
        out.writeByte(negative ? 0x01 : 0xfe);
        out.writeInt(negative ? ~length : length);
      }
      out.writeBytes(minimal);
    }

    @Override
    public byte[] readComparable(ComparableReader in) {
      int head = in.readByte();
      if (head == 0x01) {
        return in.readBytes(~in.readInt());
      }
      if (head == 0xfe) {
        return in.readBytes(in.readInt());
      }
      return in.readBytes(head < 0x80 ? 0x7f - head : head - 0x80);
    }
  }

  /** A 32-bit scale, then the unscaled value as a varint. Equal numbers compare equal. */
  private static final class Decimal implements Format {
    /** A key has at most 64 KB, so a number in it at most about so many digits. */
    private static final int MAX_DIGITS = 200_000;

    private static BigDecimal value(byte[] bytes) {
      BigInteger unscaled =
          bytes.length == 4
              ? BigInteger.ZERO
              : new BigInteger(Arrays.copyOfRange(bytes, 4, bytes.length));
      return new BigDecimal(unscaled, Bytes.getInt(bytes, 0));
    }

    private static byte[] of(BigDecimal value) {
      byte[] unscaled = value.unscaledValue().toByteArray();
      byte[] bytes = new byte[4 + unscaled.length];
      Bytes.putInt(bytes, 0, value.scale());
      System.arraycopy(unscaled, 0, bytes, 4, unscaled.length);
      return bytes;
    }

    @Override
    public void validate(byte[] value) {
      if (value.length < 4) {
        throw CqlException.invalid("Expected 0 or at least 4 bytes (%d)", value.length);
      }
    }

    @Override
    public Object decode(byte[] value) {
      return value(value);
    }

    @Override
    public byte[] encode(Object value) {
      return of((BigDecimal) value);
    }

    @Override
    public int compare(byte[] a, byte[] b) {
      return value(a).compareTo(value(b));
    }

    @Override
    public String text(byte[] value) {
      return value(value).toString();
    }

    @Override
    public String toJson(byte[] value) {
      NumberText.requireShort(value);
      return text(value);
    }

    @Override
    public byte[] parse(String text) {
      try {
        return of(NumberText.decimal(text));
      } catch (NumberFormatException e) {
        throw CqlException.invalid("unable to make BigDecimal from '%s'", text);
      }
    }

    @Override
    public byte[] fromJson(Object parsed) {
      try {
        return of(NumberText.decimal(parsed.toString()));
      } catch (NumberFormatException e) {
        throw CqlException.invalid(
            "Value '%s' is not a valid representation of a decimal value", parsed);
      }
    }

    /**
     * Zero is 0x80. Else 0x81, the exponent of 0.d1d2... as a long with its sign flipped, the
     * digits each plus one, and 0; of a negative number 0x7f and the same inverted.
     */
    @Override
    public void writeComparable(byte[] bytes, ByteSink out) {
      BigDecimal value = value(bytes);
      if (value.signum() == 0) {
        out.writeByte(0x80);
        return;
      }
      boolean negative = value.signum() < 0;
      out.writeByte(negative ? 0x7f : 0x81);
      int from = out.size();
      String digits = value.unscaledValue().abs().toString();
      out.writeLong(((long) digits.length() - value.scale()) ^ Long.MIN_VALUE);
      int end = digits.length();
      while (digits.charAt(end - 1) == '0') {
        end--;
      }
      for (int i = 0; i < end; i++) {
        out.writeByte(digits.charAt(i) - '0' + 1);
      }
      out.writeByte(0);
      if (negative) {
        out.invertFrom(from);
      }
    }

    @Override
    public byte[] readComparable(ComparableReader in) {
      int head = in.readByte();
      if (head == 0x80) {
        return of(BigDecimal.ZERO);
      }
      int mask = head == 0x7f ? 0xff : 0;
      long exponent = (mask == 0 ? in.readLong() : ~in.readLong()) ^ Long.MIN_VALUE;
      StringBuilder digits = new StringBuilder(mask == 0 ? "" : "-");
      long scale = -exponent;
      for (int b = in.readByte() ^ mask; b != 0; b = in.readByte() ^ mask) {
        if (b > 10) {
          throw CqlException.invalid("Invalid digit in the key of a decimal");
        }
        digits.append((char) ('0' + b - 1));
        scale++;
      }
      // The zeros left out at the end stood for a scale that an int could still hold.
      for (; scale < Integer.MIN_VALUE && digits.length() < MAX_DIGITS; scale++) {
        digits.append('0');
      }
      if (digits.length() == (mask == 0 ? 0 : 1) || (int) scale != scale) {
        throw CqlException.invalid("Invalid key of a decimal");
      }
      BigDecimal value = new BigDecimal(new BigInteger(digits.toString()), (int) scale);
      return of(value.scale() < 0 && value.scale() > -64 ? value.setScale(0) : value);
    }
  }

  private static final class Bool implements Format {
    @Override
    public void validate(byte[] value) {
      expectLength(value, 1, "Expected 1 or 0 byte value (%d)");
    }

    @Override
    public Object decode(byte[] value) {
      return value[0] != 0;
    }

    @Override
    public byte[] encode(Object value) {
      return new byte[] {(byte) ((Boolean) value ? 1 : 0)};
    }

    @Override
    public int compare(byte[] a, byte[] b) {
      return Boolean.compare(a[0] != 0, b[0] != 0);
    }

    @Override
    public String text(byte[] value) {
      return value[0] != 0 ? "true" : "false";
    }

    @Override
    public byte[] parse(String text) {
      return switch (text.toLowerCase(Locale.ROOT)) {
        case "true" -> new byte[] {1};
        case "false", "" -> new byte[] {0};
        default -> throw CqlException.invalid("Unable to make boolean from '%s'", text);
      };
    }

    @Override
    public byte[] fromJson(Object parsed) {
      if (parsed instanceof String text) {
        return parse(text);
      }
      if (parsed instanceof Boolean value) {
        return encode(value);
      }
      throw jsonMismatch("a boolean", parsed);
    }

    @Override
    public void writeComparable(byte[] value, ByteSink out) {
      out.writeByte(value[0] != 0 ? 1 : 0);
    }

    @Override
    public byte[] readComparable(ComparableReader in) {
      return in.readBytes(1);
    }
  }
}
