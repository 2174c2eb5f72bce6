package io.ilion.model.type;

/**
 * Cassandra's variable-length unsigned integers: as many leading one bits in the first byte as
 * bytes follow, big-endian.
 */
final class Vint {
  private Vint() {}

  /** Reads at {@code at[0]} and moves it behind; throws IndexOutOfBounds where the bytes end. */
  static long read(byte[] bytes, int[] at) {
    int first = bytes[at[0]++];
    if (first >= 0) {
      return first;
    }
    int extra = Integer.numberOfLeadingZeros(~(first << 24));
    long value = extra >= 7 ? 0 : first & (0xff >>> extra);
    for (int i = 0; i < extra; i++) {
      value = (value << 8) | (bytes[at[0]++] & 0xff);
    }
    return value;
  }

  static void write(long value, ByteSink out) {
    int bits = 64 - Long.numberOfLeadingZeros(value | 1);
    int size = bits > 56 ? 9 : (bits + 6) / 7;
    int extra = size - 1;
    if (extra == 8) {
      out.writeByte(0xff);
    } else {
      out.writeByte((int) (value >>> (8 * extra)) | (0xff00 >>> extra & 0xff));
    }
    for (int i = extra - 1; i >= 0; i--) {
      out.writeByte((int) (value >>> (8 * i)));
    }
  }
}
