package io.ilion.model.type;

import io.ilion.model.CqlException;
import io.ilion.model.data.Bytes;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Values inside values: their wire form, and their byte-comparable form, in which every element has
 * a marker before it and the whole an end.
 */
final class Nested {
  private static final int END = 0x04;
  private static final int NULL = 0x08;
  private static final int EMPTY = 0x10;
  private static final int VALUE = 0x20;

  private Nested() {}

  /**
   * The parts of a value whose parts have lengths.
   *
   * @param count the number of parts, or -1 for all to the end
   * @param what names the value in errors
   */
  static List<byte[]> parts(byte[] value, int offset, int count, String what) {
    List<byte[]> parts = new ArrayList<>();
    int at = offset;
    while (count < 0 ? at < value.length : parts.size() < count) {
      if (value.length - at < 4) {
        throw CqlException.invalid("Not enough bytes to read %s", what);
      }
      int length = Bytes.getInt(value, at);
      at += 4;
      if (length < 0) {
        parts.add(null);
      } else if (length > value.length - at) {
        throw CqlException.invalid("Not enough bytes to read %s", what);
      } else {
        parts.add(Arrays.copyOfRange(value, at, at + length));
        at += length;
      }
    }
    if (at != value.length) {
      throw CqlException.invalid("Unexpected extraneous bytes after %s value", what.substring(2));
    }
    return parts;
  }

  static byte[] join(ByteSink out, List<byte[]> parts) {
    for (byte[] part : parts) {
      out.writeInt(part == null ? -1 : part.length);
      if (part != null) {
        out.writeBytes(part);
      }
    }
    return out.toByteArray();
  }

  static void writeElement(CqlType type, byte[] value, ByteSink out) {
    if (value == null) {
      out.writeByte(NULL);
    } else if (value.length == 0) {
      out.writeByte(EMPTY);
    } else {
      out.writeByte(VALUE);
      type.writeComparable(value, out);
    }
  }

  static void writeEnd(ByteSink out) {
    out.writeByte(END);
  }

  /** Whether the elements end here; the end is then consumed. */
  static boolean readEnd(ComparableReader in) {
    if (in.peek() == END) {
      in.readByte();
      return true;
    }
    return false;
  }

  static byte[] readElement(CqlType type, ComparableReader in) {
    int marker = in.readByte();
    return switch (marker) {
      case NULL -> null;
      case EMPTY -> Values.EMPTY;
      case VALUE -> type.readComparable(in);
      default -> throw CqlException.invalid("Malformed key: marker %d", marker);
    };
  }

  /** Compares two elements, null before any other. */
  static int compare(CqlType type, byte[] a, byte[] b) {
    if (a == null || b == null) {
      return Boolean.compare(a != null, b != null);
    }
    return type.compare(a, b);
  }
}
