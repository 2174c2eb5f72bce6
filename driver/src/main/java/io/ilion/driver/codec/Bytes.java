package io.ilion.driver.codec;

import java.nio.charset.StandardCharsets;

/** Numbers and text in the byte order of the wire (big-endian), for codecs of one's own. */
public final class Bytes {
  private Bytes() {}

  /** Two bytes. */
  public static byte[] ofShort(int value) {
    return new byte[] {(byte) (value >>> 8), (byte) value};
  }

  /** Four bytes. */
  public static byte[] ofInt(int value) {
    return new byte[] {
      (byte) (value >>> 24), (byte) (value >>> 16), (byte) (value >>> 8), (byte) value
    };
  }

  /** Eight bytes. */
  public static byte[] ofLong(long value) {
    byte[] bytes = new byte[8];
    putLong(bytes, 0, value);
    return bytes;
  }

  /** Writes eight bytes into an array. */
  public static void putLong(byte[] bytes, int at, long value) {
    putInt(bytes, at, (int) (value >>> 32));
    putInt(bytes, at + 4, (int) value);
  }

  /** Writes four bytes into an array. */
  public static void putInt(byte[] bytes, int at, int value) {
    bytes[at] = (byte) (value >>> 24);
    bytes[at + 1] = (byte) (value >>> 16);
    bytes[at + 2] = (byte) (value >>> 8);
    bytes[at + 3] = (byte) value;
  }

  /** Text as UTF-8. */
  public static byte[] ofText(String value) {
    return value.getBytes(StandardCharsets.UTF_8);
  }

  /** The number in two bytes. */
  public static short shortAt(byte[] bytes, int at) {
    return (short) (bytes[at] << 8 | (bytes[at + 1] & 0xFF));
  }

  /** The number in four bytes. */
  public static int intAt(byte[] bytes, int at) {
    return bytes[at] << 24
        | (bytes[at + 1] & 0xFF) << 16
        | (bytes[at + 2] & 0xFF) << 8
        | (bytes[at + 3] & 0xFF);
  }

  /** The number in eight bytes. */
  public static long longAt(byte[] bytes, int at) {
    return (long) intAt(bytes, at) << 32 | (intAt(bytes, at + 4) & 0xFFFFFFFFL);
  }

  /** Text of UTF-8. */
  public static String textAt(byte[] bytes, int at, int length) {
    return new String(bytes, at, length, StandardCharsets.UTF_8);
  }
}
