package io.ilion.conformance.cql;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;

/** The variable-length integers inside durations and vectors, as the protocol defines them. */
final class Vints {
  private Vints() {}

  /** Reads an unsigned vint: leading one bits of the first byte count the bytes that follow. */
  static long read(ByteBuffer in) {
    int first = in.get() & 0xff;
    int extra = Integer.numberOfLeadingZeros(~(first << 24));
    extra = Math.min(extra, 8);
    long value = extra == 8 ? 0 : first & (0xff >>> (extra + 1));
    for (int i = 0; i < extra; i++) {
      value = (value << 8) | (in.get() & 0xff);
    }
    return value;
  }

  /** Writes an unsigned vint in as few bytes as it needs. */
  static void write(ByteArrayOutputStream out, long value) {
    int extra = 0;
    while (extra < 8 && (value >>> (7 * (extra + 1))) != 0) {
      extra++;
    }
    int mark = extra == 8 ? 0xff : (0xff00 >>> extra) & 0xff;
    int top = extra == 8 ? 0 : (int) (value >>> (8 * extra));
    out.write(mark | top);
    for (int i = extra - 1; i >= 0; i--) {
      out.write((int) (value >>> (8 * i)));
    }
  }

  static long zigZag(long encoded) {
    return (encoded >>> 1) ^ -(encoded & 1);
  }

  static long unZigZag(long value) {
    return (value << 1) ^ (value >> 63);
  }

  /** The bytes of a vector's element, or -1 when each element carries its own length. */
  static int fixedLength(WireType type) {
    if (type instanceof WireType.Simple simple) {
      return switch (simple.name()) {
        case "boolean" -> 1;
        case "int", "float" -> 4;
        case "bigint", "double", "timestamp" -> 8;
        case "uuid", "timeuuid" -> 16;
        default -> -1;
      };
    }
    if (type instanceof WireType.Vector vector) {
      int element = fixedLength(vector.element());
      return element < 0 ? -1 : element * vector.dimensions();
    }
    return -1;
  }
}
