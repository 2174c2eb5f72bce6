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
  private static final int FILL = 2 * DIGITS + 2;
  private static final byte[] HEX = "0123456789abcdef".getBytes(StandardCharsets.US_ASCII);

  private Stamp() {}

  /** The stamp of a record and a version, of a length in characters. */
  public static String of(long key, long version, int length) {
    byte[] text = new byte[length];
    write(text, 0, length, key, version);
    return new String(text, StandardCharsets.ISO_8859_1);
  }

  /** Writes a stamp of so many characters, each one byte, at a place of an array. */
  public static void write(byte[] into, int at, int length, long key, long version) {
    put(into, at, key);
    into[at + DIGITS] = ':';
    put(into, at + DIGITS + 1, version);
    into[at + FILL - 1] = ':';
    Letters.fill(into, at + FILL, at + length, Hash.mix(key, version));
  }

  private static void put(byte[] text, int at, long number) {
    for (int i = 0; i < DIGITS; i++) {
      text[at + i] = HEX[(int) (number >>> (60 - 4 * i)) & 15];
    }
  }

  /**
   * The version of a stamp of this record, or -1 if the text is none.
   *
   * @param length of the text, which begins at the array's beginning
   */
  public static long version(byte[] text, int length, long key) {
    if (length < LEAST_LENGTH || text[DIGITS] != ':' || text[FILL - 1] != ':') {
      return -1;
    }
    long version = 0;
    for (int i = 0; i < DIGITS; i++) {
      if (text[i] != HEX[(int) (key >>> (60 - 4 * i)) & 15]) {
        return -1;
      }
      int digit = digit(text[DIGITS + 1 + i]);
      if (digit < 0) {
        return -1;
      }
      version = version << 4 | digit;
    }
    return Letters.matches(text, FILL, length, Hash.mix(key, version)) ? version : -1;
  }

  private static int digit(byte symbol) {
    if (symbol >= '0' && symbol <= '9') {
      return symbol - '0';
    }
    return symbol >= 'a' && symbol <= 'f' ? symbol - 'a' + 10 : -1;
  }
}
