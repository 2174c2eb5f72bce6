package io.ilion.cql.term;

import io.ilion.model.data.Bytes;
import java.util.ArrayList;
import java.util.List;

/** Composes and takes apart collection and tuple values in wire form. */
public final class WireValues {
  private WireValues() {}

  /**
   * A collection: the count, then each element with its length (a map alternates keys and values).
   */
  public static byte[] collection(int count, List<byte[]> parts) {
    int size = 4;
    for (byte[] part : parts) {
      size += 4 + (part == null ? 0 : part.length);
    }
    byte[] value = new byte[size];
    Bytes.putInt(value, 0, count);
    put(value, 4, parts);
    return value;
  }

  /** A tuple or a UDT value: each element with its length, -1 for null. */
  public static byte[] tuple(List<byte[]> parts) {
    int size = 0;
    for (byte[] part : parts) {
      size += 4 + (part == null ? 0 : part.length);
    }
    byte[] value = new byte[size];
    put(value, 0, parts);
    return value;
  }

  private static void put(byte[] value, int offset, List<byte[]> parts) {
    int at = offset;
    for (byte[] part : parts) {
      Bytes.putInt(value, at, part == null ? -1 : part.length);
      at += 4;
      if (part != null) {
        System.arraycopy(part, 0, value, at, part.length);
        at += part.length;
      }
    }
  }

  /** The elements of a valid collection value; of a map its keys and values in turn. */
  public static List<byte[]> elements(byte[] collection) {
    return parts(collection, 4);
  }

  /** The elements of a valid tuple or UDT value: maybe fewer than its type has. */
  public static List<byte[]> fields(byte[] tuple) {
    return parts(tuple, 0);
  }

  private static List<byte[]> parts(byte[] value, int offset) {
    List<byte[]> parts = new ArrayList<>();
    int at = offset;
    while (at < value.length) {
      int length = Bytes.getInt(value, at);
      at += 4;
      if (length < 0) {
        parts.add(null);
      } else {
        parts.add(java.util.Arrays.copyOfRange(value, at, at + length));
        at += length;
      }
    }
    return parts;
  }
}
