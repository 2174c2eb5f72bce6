package io.ilion.model.type;

import io.ilion.model.CqlException;
import io.ilion.model.data.Bytes;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The formats of strings, blobs and addresses: sequences of bytes of any length. */
final class TextFormats {
  static final Format UTF8 = new Text(false);
  static final Format ASCII = new Text(true);
  static final Format BLOB = new Blob();
  static final Format INET = new Inet();
  static final Format EMPTY = new Empty();

  private TextFormats() {}

  /** Escapes 0 and 1 so that a 0 can end the value: order-preserving and prefix-free. */
  static void writeEscaped(byte[] value, ByteSink out) {
    int from = 0;
    for (int i = 0; i < value.length; i++) {
      if (value[i] == 0 || value[i] == 1) {
        out.writeBytes(value, from, i - from);
        out.writeByte(1);
        out.writeByte(value[i] + 1);
        from = i + 1;
      }
    }
    out.writeBytes(value, from, value.length - from);
    out.writeByte(0);
  }

  static byte[] readEscaped(ComparableReader in) {
    ByteSink out = new ByteSink();
    for (int b = in.readByte(); b != 0; b = in.readByte()) {
      out.writeByte(b == 1 ? in.readByte() - 1 : b);
    }
    return out.toByteArray();
  }

  /** A JSON string with its quotes. */
  static String jsonQuote(String text) {
    StringBuilder out = new StringBuilder(text.length() + 2).append('"');
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '"' -> out.append("\\\"");
        case '\\' -> out.append("\\\\");
        case '\b' -> out.append("\\b");
        case '\f' -> out.append("\\f");
        case '\n' -> out.append("\\n");
        case '\r' -> out.append("\\r");
        case '\t' -> out.append("\\t");
        default -> {
          if (c < 0x20) {
            out.append(String.format("\\u%04X", (int) c));
          } else {
            out.append(c);
          }
        }
      }
    }
    return out.append('"').toString();
  }

  private record Text(boolean ascii) implements Format {
    private static final long NOT_ASCII = 0x8080808080808080L;

    @Override
    public void validate(byte[] value) {
      if (ascii) {
        for (byte b : value) {
          if (b < 0) {
            throw CqlException.invalid("Invalid byte for ascii: %d", b);
          }
        }
        return;
      }
      int ascii = asciiLength(value);
      if (ascii == value.length) {
        return;
      }
      try {
        StandardCharsets.UTF_8
            .newDecoder()
            .decode(ByteBuffer.wrap(value, ascii, value.length - ascii));
      } catch (CharacterCodingException e) {
        throw CqlException.invalid("String didn't validate.");
      }
    }

    /** How many bytes before the first that is not ASCII; eight are looked at together. */
    private static int asciiLength(byte[] value) {
      int at = 0;
      while (at + 8 <= value.length && (Bytes.getLong(value, at) & NOT_ASCII) == 0) {
        at += 8;
      }
      while (at < value.length && value[at] >= 0) {
        at++;
      }
      return at;
    }

    @Override
    public Object decode(byte[] value) {
      return text(value);
    }

    @Override
    public byte[] encode(Object value) {
      return ((String) value).getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public String text(byte[] value) {
      return new String(value, StandardCharsets.UTF_8);
    }

    @Override
    public byte[] parse(String text) {
      if (ascii && !StandardCharsets.US_ASCII.newEncoder().canEncode(text)) {
        throw CqlException.invalid(
            "Invalid ASCII character in string literal:"
                + " java.nio.charset.UnmappableCharacterException: Input length = 1");
      }
      return text.getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public byte[] fromJson(Object parsed) {
      if (parsed instanceof String text) {
        return parse(text);
      }
      throw CqlException.invalid(
          "Expected %s string, but got a %s: %s",
          ascii ? "an ascii" : "a UTF-8", parsed.getClass().getSimpleName(), parsed);
    }

    @Override
    public String toJson(byte[] value) {
      return jsonQuote(text(value));
    }

    @Override
    public boolean isQuoted() {
      return true;
    }

    @Override
    public void writeComparable(byte[] value, ByteSink out) {
      writeEscaped(value, out);
    }

    @Override
    public byte[] readComparable(ComparableReader in) {
      return readEscaped(in);
    }
  }

  private static final class Blob implements Format {
    @Override
    public void validate(byte[] value) {
      // Any bytes are a blob.
    }

    @Override
    public Object decode(byte[] value) {
      return ByteBuffer.wrap(value).asReadOnlyBuffer();
    }

    @Override
    public byte[] encode(Object value) {
      ByteBuffer buffer = ((ByteBuffer) value).duplicate();
      byte[] bytes = new byte[buffer.remaining()];
      buffer.get(bytes);
      return bytes;
    }

    @Override
    public String text(byte[] value) {
      return "0x" + HexFormat.of().formatHex(value);
    }

    @Override
    public byte[] parse(String text) {
      String digits = text.startsWith("0x") || text.startsWith("0X") ? text.substring(2) : text;
      try {
        return HexFormat.of().parseHex(digits);
      } catch (IllegalArgumentException e) {
        throw CqlException.invalid("cannot parse '%s' as hex bytes", text);
      }
    }

    @Override
    public byte[] fromJson(Object parsed) {
      if (!(parsed instanceof String text)) {
        String from = parsed.getClass().getName();
        throw CqlException.invalid(
            "Value '%s' is not a valid blob representation: class %s cannot be cast to class"
                + " java.lang.String (%s and java.lang.String are in module java.base of loader"
                + " 'bootstrap')",
            parsed, from, from);
      }
      if (!text.startsWith("0x")) {
        throw CqlException.invalid(
            "Value '%s' is not a valid blob representation: String representation of blob is"
                + " missing 0x prefix: %s",
            parsed, parsed);
      }
      try {
        return parse(text.substring(2));
      } catch (CqlException e) {
        throw CqlException.invalid(
            "Value '%s' is not a valid blob representation: %s", parsed, e.getMessage());
      }
    }

    @Override
    public String toJson(byte[] value) {
      return '"' + text(value) + '"';
    }

    @Override
    public void writeComparable(byte[] value, ByteSink out) {
      writeEscaped(value, out);
    }

    @Override
    public byte[] readComparable(ComparableReader in) {
      return readEscaped(in);
    }
  }

  private static final class Inet implements Format {
    /** In brackets or not; a scope says nothing that is kept. */
    private static final Pattern VERSION_6 =
        Pattern.compile("\\[([0-9a-fA-F:.]+)(?:%\\d+)?]|([0-9a-fA-F:.]+)(?:%\\d+)?");

    @Override
    public void validate(byte[] value) {
      if (value.length != 4 && value.length != 16) {
        throw CqlException.invalid(
            "Expected 4 or 16 byte inetaddress; got %s", HexFormat.of().formatHex(value));
      }
    }

    @Override
    public Object decode(byte[] value) {
      try {
        return InetAddress.getByAddress(value);
      } catch (UnknownHostException e) {
        throw CqlException.invalid("IP address is of illegal length: %d", value.length);
      }
    }

    @Override
    public byte[] encode(Object value) {
      return ((InetAddress) value).getAddress();
    }

    @Override
    public String text(byte[] value) {
      return ((InetAddress) decode(value)).getHostAddress();
    }

    /**
     * An address of one to four numbers, of which the last fills the bytes that are left; null if
     * the text is none.
     */
    private static byte[] version4(String text) {
      if (!text.matches("[0-9]{1,10}(\\.[0-9]{1,10}){0,3}")) {
        return null;
      }
      String[] parts = text.split("\\.");
      byte[] address = new byte[4];
      for (int i = 0; i < parts.length; i++) {
        long number = Long.parseLong(parts[i]);
        int bytes = i < parts.length - 1 ? 1 : 5 - parts.length;
        if (number >= 1L << (8 * bytes)) {
          return null;
        }
        for (int k = 0; k < bytes; k++) {
          address[i + k] = (byte) (number >>> (8 * (bytes - 1 - k)));
        }
      }
      return address;
    }

    /** Literals only: a name would be looked up, which a parser must not do. */
    @Override
    public byte[] parse(String text) {
      Matcher version6 = VERSION_6.matcher(text);
      if (text.indexOf(':') < 0) {
        byte[] address = version4(text);
        if (address != null) {
          return address;
        }
      } else if (version6.matches()) {
        try {
          String address = version6.group(version6.group(1) != null ? 1 : 2);
          return InetAddress.getByName(address).getAddress();
        } catch (UnknownHostException e) {
          throw CqlException.invalid("Unable to make inet address from '%s'", text);
        }
      }
      throw CqlException.invalid("Unable to make inet address from '%s'", text);
    }

    @Override
    public byte[] fromJson(Object parsed) {
      if (parsed instanceof String text) {
        return parse(text);
      }
      throw CqlException.invalid(
          "Expected a string representation of an inet value, but got a %s: %s",
          parsed.getClass().getSimpleName(), parsed);
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
      writeEscaped(value, out);
    }

    @Override
    public byte[] readComparable(ComparableReader in) {
      return readEscaped(in);
    }
  }

  private static final class Empty implements Format {
    @Override
    public void validate(byte[] value) {
      throw CqlException.invalid("EmptyType only accept empty values");
    }

    @Override
    public Object decode(byte[] value) {
      return null;
    }

    @Override
    public byte[] encode(Object value) {
      return Values.EMPTY;
    }

    @Override
    public String text(byte[] value) {
      return "";
    }

    @Override
    public byte[] parse(String text) {
      throw CqlException.invalid("'%s' is not empty", text);
    }

    @Override
    public byte[] fromJson(Object parsed) {
      if (parsed instanceof String text) {
        return parse(text);
      }
      throw CqlException.invalid("'%s' is not empty", parsed);
    }

    @Override
    public void writeComparable(byte[] value, ByteSink out) {
      // The marker of the component says all.
    }

    @Override
    public byte[] readComparable(ComparableReader in) {
      return Values.EMPTY;
    }
  }
}
