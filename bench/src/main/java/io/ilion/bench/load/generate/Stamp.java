package io.ilion.bench.load.generate;

import java.nio.charset.StandardCharsets;

/**
 * A text that tells which record it belongs to and when it was written, and that cannot have become
 * another by accident: {@code KEY:VERSION:FILL}, where key and version are 16 hexadecimal digits
 * each and the fill follows from both.
 */
public final class Stamp {
  /** The shortest stamp: two numbers, two colons and eight characters that depend on them. */
  public static final int LEAST_LENGTH = 42;

  private static final int DIGITS = 16;
  private static final byte[] HEX = "0123456789abcdef".getBytes(StandardCharsets.US_ASCII);

  private Stamp() {}

  /** The stamp of a record and a version, of a length in characters. */
  public static String of(long key, long version, int length) {
    byte[] text = new byte[length];
    put(text, 0, key);
    text[DIGITS] = ':';
    put(text, DIGITS + 1, version);
    text[2 * DIGITS + 1] = ':';
    long state = Hash.mix(key, version);
    for (int i = 2 * DIGITS + 2; i < length; ) {
      long bits = state;
      for (int j = 0; j < 12 && i < length; j++, i++) {
        // 5 of the bits each: the letters from a and the digits from 1.
        int symbol = (int) bits & 31;
        text[i] = (byte) (symbol < 26 ? 'a' + symbol : '1' + symbol - 26);
        bits >>>= 5;
      }
      state = Hash.mix(state + 1);
    }
    return new String(text, StandardCharsets.ISO_8859_1);
  }

  private static void put(byte[] text, int at, long number) {
    for (int i = 0; i < DIGITS; i++) {
      text[at + i] = HEX[(int) (number >>> (60 - 4 * i)) & 15];
    }
  }

  /** The version of a stamp of this record, or -1 if the text is none. */
  public static long version(String text, long key) {
    if (text.length() < LEAST_LENGTH
        || text.charAt(DIGITS) != ':'
        || text.charAt(2 * DIGITS + 1) != ':') {
      return -1;
    }
    try {
      long version = Long.parseUnsignedLong(text, DIGITS + 1, 2 * DIGITS + 1, 16);
      return text.equals(of(key, version, text.length())) ? version : -1;
    } catch (NumberFormatException e) {
      return -1;
    }
  }
}
