package io.ilion.protocol;

import io.ilion.model.Consistency;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/**
 * The notations of the protocol's specification: [string], [bytes], [inet] and so on.
 *
 * <p>Readers move the reader index and throw {@link ProtocolException}, never anything else, when
 * the buffer does not hold what it claims. Counts are held against the bytes that remain before
 * anything is allocated for them.
 */
final class Wire {
  private static final int MAX_SHORT = 0xFFFF;

  private Wire() {}

  static void need(ByteBuf in, int bytes, String what) {
    if (in.readableBytes() < bytes) {
      throw ProtocolException.recoverable("Not enough bytes to read " + what);
    }
  }

  static byte readByte(ByteBuf in) {
    need(in, 1, "a byte");
    return in.readByte();
  }

  static int readUnsignedShort(ByteBuf in) {
    need(in, 2, "a short");
    return in.readUnsignedShort();
  }

  static int readInt(ByteBuf in) {
    need(in, 4, "an int");
    return in.readInt();
  }

  static long readLong(ByteBuf in) {
    need(in, 8, "a long");
    return in.readLong();
  }

  /** Checks a count of things that take at least {@code minBytes} each. */
  static int checkCount(ByteBuf in, int count, long minBytes) {
    if (count < 0 || count * minBytes > in.readableBytes()) {
      throw ProtocolException.recoverable(
          "Invalid count " + count + ": only " + in.readableBytes() + " bytes remain");
    }
    return count;
  }

  static String readString(ByteBuf in) {
    need(in, 2, "an UTF8 serialized string preceded by its 2 bytes length");
    int length = in.readUnsignedShort();
    need(in, length, "an UTF8 serialized string preceded by its 2 bytes length");
    return readUtf8(in, length);
  }

  static String readLongString(ByteBuf in) {
    need(in, 4, "an UTF8 serialized string preceded by its 4 bytes length");
    int length = in.readInt();
    if (length < 0) {
      throw ProtocolException.recoverable("Invalid string length " + length);
    }
    need(in, length, "an UTF8 serialized string preceded by its 4 bytes length");
    return readUtf8(in, length);
  }

  private static String readUtf8(ByteBuf in, int length) {
    return length == 0 ? "" : in.readCharSequence(length, StandardCharsets.UTF_8).toString();
  }

  static void writeString(ByteBuf out, String value) {
    int at = out.writerIndex();
    out.writeShort(0);
    int length = ByteBufUtil.writeUtf8(out, value);
    if (length > MAX_SHORT) {
      length = wholeCharacters(out, at + 2, MAX_SHORT);
      out.writerIndex(at + 2 + length);
    }
    out.setShort(at, length);
  }

  /** The greatest length up to the limit that does not split a character. */
  private static int wholeCharacters(ByteBuf utf8, int start, int limit) {
    int length = limit;
    while (length > 0 && (utf8.getByte(start + length) & 0xC0) == 0x80) {
      length--;
    }
    return length;
  }

  static void writeLongString(ByteBuf out, String value) {
    int at = out.writerIndex();
    out.writeInt(0);
    out.setInt(at, ByteBufUtil.writeUtf8(out, value));
  }

  /** Reads [bytes]; null when the length is negative. */
  static byte[] readBytes(ByteBuf in) {
    need(in, 4, "a byte array preceded by its 4 bytes length");
    int length = in.readInt();
    if (length < 0) {
      return null;
    }
    need(in, length, "a byte array preceded by its 4 bytes length");
    return read(in, length);
  }

  static void writeBytes(ByteBuf out, byte[] value) {
    if (value == null) {
      out.writeInt(-1);
    } else {
      out.writeInt(value.length);
      out.writeBytes(value);
    }
  }

  static byte[] readShortBytes(ByteBuf in) {
    need(in, 2, "a byte array preceded by its 2 bytes length");
    int length = in.readUnsignedShort();
    need(in, length, "a byte array preceded by its 2 bytes length");
    return read(in, length);
  }

  static void writeShortBytes(ByteBuf out, byte[] value) {
    if (value.length > MAX_SHORT) {
      throw new IllegalArgumentException("longer than 65535 bytes");
    }
    out.writeShort(value.length);
    out.writeBytes(value);
  }

  static byte[] read(ByteBuf in, int length) {
    byte[] bytes = new byte[length];
    in.readBytes(bytes);
    return bytes;
  }

  static void writeCount(ByteBuf out, int count) {
    if (count > MAX_SHORT) {
      throw new IllegalArgumentException("more than 65535 elements");
    }
    out.writeShort(count);
  }

  static List<String> readStringList(ByteBuf in) {
    int count = checkCount(in, readUnsignedShort(in), 2);
    List<String> list = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      list.add(readString(in));
    }
    return list;
  }

  static void writeStringList(ByteBuf out, List<String> list) {
    writeCount(out, list.size());
    for (String s : list) {
      writeString(out, s);
    }
  }

  static Map<String, String> readStringMap(ByteBuf in) {
    int count = checkCount(in, readUnsignedShort(in), 4);
    Map<String, String> map = new LinkedHashMap<>();
    for (int i = 0; i < count; i++) {
      String key = readString(in);
      map.put(key, readString(in));
    }
    return map;
  }

  static void writeStringMap(ByteBuf out, Map<String, String> map) {
    writeCount(out, map.size());
    map.forEach(
        (key, value) -> {
          writeString(out, key);
          writeString(out, value);
        });
  }

  static Map<String, List<String>> readStringMultimap(ByteBuf in) {
    int count = checkCount(in, readUnsignedShort(in), 4);
    Map<String, List<String>> map = new LinkedHashMap<>();
    for (int i = 0; i < count; i++) {
      String key = readString(in);
      map.put(key, readStringList(in));
    }
    return map;
  }

  static void writeStringMultimap(ByteBuf out, Map<String, List<String>> map) {
    writeCount(out, map.size());
    map.forEach(
        (key, values) -> {
          writeString(out, key);
          writeStringList(out, values);
        });
  }

  static Map<String, byte[]> readBytesMap(ByteBuf in) {
    int count = checkCount(in, readUnsignedShort(in), 6);
    Map<String, byte[]> map = new LinkedHashMap<>();
    for (int i = 0; i < count; i++) {
      String key = readString(in);
      map.put(key, readBytes(in));
    }
    return map;
  }

  static void writeBytesMap(ByteBuf out, Map<String, byte[]> map) {
    writeCount(out, map.size());
    map.forEach(
        (key, value) -> {
          writeString(out, key);
          writeBytes(out, value);
        });
  }

  static UUID readUuid(ByteBuf in) {
    need(in, 16, "a uuid");
    return new UUID(in.readLong(), in.readLong());
  }

  static void writeUuid(ByteBuf out, UUID value) {
    out.writeLong(value.getMostSignificantBits());
    out.writeLong(value.getLeastSignificantBits());
  }

  static InetAddress readAddress(ByteBuf in) {
    int length = readByte(in) & 0xFF;
    if (length != 4 && length != 16) {
      throw ProtocolException.recoverable("Invalid address length " + length);
    }
    need(in, length, "an address");
    try {
      return InetAddress.getByAddress(read(in, length));
    } catch (UnknownHostException e) {
      throw new AssertionError("4 and 16 bytes are addresses", e);
    }
  }

  static void writeAddress(ByteBuf out, InetAddress value) {
    byte[] bytes = value.getAddress();
    out.writeByte(bytes.length);
    out.writeBytes(bytes);
  }

  static InetSocketAddress readInet(ByteBuf in) {
    InetAddress address = readAddress(in);
    int port = readInt(in);
    if (port < 0 || port > 65535) {
      throw ProtocolException.recoverable("Invalid port " + port);
    }
    return new InetSocketAddress(address, port);
  }

  static void writeInet(ByteBuf out, InetSocketAddress value) {
    writeAddress(out, value.getAddress());
    out.writeInt(value.getPort());
  }

  static Consistency readConsistency(ByteBuf in) {
    int code = readUnsignedShort(in);
    Consistency consistency = Consistency.ofCode(code);
    if (consistency == null) {
      throw ProtocolException.recoverable("Unknown code " + code + " for a consistency level");
    }
    return consistency;
  }

  static void writeConsistency(ByteBuf out, Consistency value) {
    out.writeShort(value.code());
  }

  /** Reads the name of a constant; {@code kind} names the type of it in the error. */
  static <E extends Enum<E>> E readEnum(ByteBuf in, Class<E> type, String kind) {
    String name = readString(in);
    for (E constant : type.getEnumConstants()) {
      if (constant.name().equalsIgnoreCase(name)) {
        return constant;
      }
    }
    throw ProtocolException.recoverable("Invalid value '" + name + "' for " + kind);
  }
}
