package io.ilion.model.type;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/** A growing array of bytes; all numbers are written big-endian. Not for use by several threads. */
public final class ByteSink {
  private static final long SPARE = 32;
  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

  private byte[] bytes;
  private int size;

  /** Creates a sink with room for a short value. */
  public ByteSink() {
    this(64);
  }

  /** Creates a sink with room for {@code capacity} bytes. */
  public ByteSink(int capacity) {
    this.bytes = new byte[Math.max(capacity, 8)];
  }

  /** Returns how many bytes were written. */
  public int size() {
    return size;
  }

  /** Forgets what was written, keeps the room. */
  public void clear() {
    size = 0;
  }

  /** Appends the low eight bits of {@code value}. */
  public void writeByte(int value) {
    ensure(1);
    bytes[size++] = (byte) value;
  }

  /** Appends the low sixteen bits of {@code value}. */
  public void writeShort(int value) {
    ensure(2);
    bytes[size++] = (byte) (value >>> 8);
    bytes[size++] = (byte) value;
  }

  /**
   * Appends {@code count} bytes that the caller puts into {@link #array}.
   *
   * @return where they begin
   */
  public int extend(int count) {
    ensure(count);
    int at = size;
    size += count;
    return at;
  }

  /** Appends four bytes. */
  public void writeInt(int value) {
    ensure(4);
    INT.set(bytes, size, value);
    size += 4;
  }

  /** Appends eight bytes. */
  public void writeLong(long value) {
    ensure(8);
    LONG.set(bytes, size, value);
    size += 8;
  }

  /** Appends an array. */
  public void writeBytes(byte[] source) {
    writeBytes(source, 0, source.length);
  }

  /** Appends a part of an array. */
  public void writeBytes(byte[] source, int offset, int length) {
    ensure(length);
    System.arraycopy(source, offset, bytes, size, length);
    size += length;
  }

  /** Overwrites four bytes that were written before. */
  public void setInt(int position, int value) {
    if (position < 0 || position + 4 > size) {
      throw new IndexOutOfBoundsException(position);
    }
    for (int i = 0; i < 4; i++) {
      bytes[position + i] = (byte) (value >>> (24 - 8 * i));
    }
  }

  /** Inverts every bit written from {@code from} on. */
  public void invertFrom(int from) {
    for (int i = from; i < size; i++) {
      bytes[i] = (byte) ~bytes[i];
    }
  }

  /** Returns the array behind this sink; valid up to {@link #size} until the next write. */
  public byte[] array() {
    return bytes;
  }

  /** Returns a copy of what was written. */
  public byte[] toByteArray() {
    return Arrays.copyOf(bytes, size);
  }

  private void ensure(int more) {
    if (bytes.length - size < more) {
      int wanted = Math.addExact(size, more);
      // What is long is often followed by something short, which would copy all of it once more.
      long roomy = Math.max(2L * size, wanted + SPARE);
      bytes = Arrays.copyOf(bytes, Math.max(wanted, (int) Math.min(roomy, 1 << 30)));
    }
  }
}
