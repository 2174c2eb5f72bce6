package io.ilion.model.data;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/** Big-endian numbers and variable-length unsigned integers (LEB128) in byte arrays. */
public final class Bytes {
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);
  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);

  /** The most bytes that a variable-length int takes. */
  public static final int MAX_VINT_BYTES = 5;

  private Bytes() {}

  /** Reads eight bytes. */
  public static long getLong(byte[] array, int offset) {
    return (long) LONG.get(array, offset);
  }

  /** Writes eight bytes. */
  public static void putLong(byte[] array, int offset, long value) {
    LONG.set(array, offset, value);
  }

  /** Reads four bytes. */
  public static int getInt(byte[] array, int offset) {
    return (int) INT.get(array, offset);
  }

  /** Writes four bytes. */
  public static void putInt(byte[] array, int offset, int value) {
    INT.set(array, offset, value);
  }

  /**
   * Reads a variable-length non-negative int; {@link #vintLength} of the result tells its size.
   *
   * @throws CorruptDataException if it is longer than five bytes or exceeds 31 bits
   */
  public static int getVint(byte[] array, int offset) {
    int b = array[offset];
    if (b >= 0) {
      return b;
    }
    int value = b & 0x7f;
    for (int i = 1; i < MAX_VINT_BYTES; i++) {
      b = array[offset + i];
      value |= (b & 0x7f) << (7 * i);
      if (b >= 0) {
        if (value < 0 || (i == 4 && b > 7) || b == 0) {
          break;
        }
        return value;
      }
    }
    throw new CorruptDataException("malformed variable-length int at offset " + offset);
  }

  /** Writes a non-negative int and returns the offset behind it. */
  public static int putVint(byte[] array, int offset, int value) {
    int at = offset;
    int rest = value;
    while (rest > 0x7f) {
      array[at++] = (byte) (rest | 0x80);
      rest >>>= 7;
    }
    array[at++] = (byte) rest;
    return at;
  }

  /** The number of bytes of a non-negative int in variable length: 1 to 5. */
  public static int vintLength(int value) {
    return value < 0x80
        ? 1
        : value < 0x4000 ? 2 : value < 0x20_0000 ? 3 : value < 0x1000_0000 ? 4 : 5;
  }
}
