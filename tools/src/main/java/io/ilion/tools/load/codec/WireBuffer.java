package io.ilion.tools.load.codec;

import java.util.Arrays;

/** Bytes that grow: values as they go over the wire, or text as it goes to a file. */
public final class WireBuffer {
  private static final int MOST = Integer.MAX_VALUE - 64;

  private byte[] array;
  private int size;

  /** An empty buffer. */
  public WireBuffer(int capacity) {
    array = new byte[Math.max(16, capacity)];
  }

  /** The array that has the bytes, until more are written. */
  public byte[] array() {
    return array;
  }

  /** How many bytes were written. */
  public int size() {
    return size;
  }

  /** Forgets what was written behind a place. */
  public void truncate(int newSize) {
    size = newSize;
  }

  private int grow(int bytes) {
    int at = size;
    if (bytes > array.length - at) {
      if (bytes > MOST - at) {
        throw new OutOfMemoryError("more than 2 GiB in one buffer");
      }
      array = Arrays.copyOf(array, (int) Math.min(MOST, Math.max(2L * array.length, at + bytes)));
    }
    size = at + bytes;
    return at;
  }

  /** Writes a byte. */
  public void putByte(int value) {
    int at = grow(1);
    array[at] = (byte) value;
  }

  /** Writes two bytes. */
  public void putShort(int value) {
    int at = grow(2);
    array[at] = (byte) (value >>> 8);
    array[at + 1] = (byte) value;
  }

  /** Writes four bytes. */
  public void putInt(int value) {
    setInt(grow(4), value);
  }

  /** Writes four bytes over others. */
  public void setInt(int at, int value) {
    array[at] = (byte) (value >>> 24);
    array[at + 1] = (byte) (value >>> 16);
    array[at + 2] = (byte) (value >>> 8);
    array[at + 3] = (byte) value;
  }

  /** Writes eight bytes. */
  public void putLong(long value) {
    int at = grow(8);
    setInt(at, (int) (value >>> 32));
    setInt(at + 4, (int) value);
  }

  /** Writes bytes. */
  public void put(byte[] bytes, int offset, int length) {
    int at = grow(length);
    System.arraycopy(bytes, offset, array, at, length);
  }

  /** Writes bytes. */
  public void put(byte[] bytes) {
    put(bytes, 0, bytes.length);
  }

  /** Writes a value with its length before it; null as null. */
  public void putValue(byte[] value) {
    if (value == null) {
      putInt(-1);
    } else {
      putInt(value.length);
      put(value);
    }
  }

  /** The number in four bytes at a place. */
  public int intAt(int at) {
    return array[at] << 24
        | (array[at + 1] & 0xFF) << 16
        | (array[at + 2] & 0xFF) << 8
        | (array[at + 3] & 0xFF);
  }
}
