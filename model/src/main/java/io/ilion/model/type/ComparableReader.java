package io.ilion.model.type;

import io.ilion.model.CqlException;

/**
 * A cursor over byte-comparable bytes. In the components of descending columns every bit is
 * inverted; {@link #setInverted} makes the cursor give the bytes as they were before.
 */
public final class ComparableReader {
  private final byte[] bytes;
  private final int end;
  private int position;
  private int mask;

  /** Reads a whole array. */
  public ComparableReader(byte[] bytes) {
    this(bytes, 0, bytes.length);
  }

  /** Reads {@code length} bytes from {@code offset} on. */
  public ComparableReader(byte[] bytes, int offset, int length) {
    if (offset < 0 || length < 0 || offset > bytes.length - length) {
      throw new IndexOutOfBoundsException();
    }
    this.bytes = bytes;
    this.position = offset;
    this.end = offset + length;
  }

  /** Says whether the following bytes are inverted. */
  public void setInverted(boolean inverted) {
    mask = inverted ? 0xFF : 0;
  }

  /** Returns how many bytes are left. */
  public int remaining() {
    return end - position;
  }

  /** Returns the next byte, unsigned, without moving on. */
  public int peek() {
    need(1);
    return (bytes[position] & 0xFF) ^ mask;
  }

  /** Reads one byte, unsigned. */
  public int readByte() {
    need(1);
    return (bytes[position++] & 0xFF) ^ mask;
  }

  /** Reads two bytes, unsigned. */
  public int readShort() {
    return readByte() << 8 | readByte();
  }

  /** Reads four bytes. */
  public int readInt() {
    return readShort() << 16 | readShort();
  }

  /** Reads eight bytes. */
  public long readLong() {
    return (long) readInt() << 32 | (readInt() & 0xFFFFFFFFL);
  }

  /** Reads {@code length} bytes. */
  public byte[] readBytes(int length) {
    need(length);
    byte[] result = new byte[length];
    for (int i = 0; i < length; i++) {
      result[i] = (byte) (bytes[position + i] ^ mask);
    }
    position += length;
    return result;
  }

  private void need(int length) {
    if (length < 0 || length > end - position) {
      throw CqlException.invalid("Truncated key: %d bytes wanted, %d left", length, end - position);
    }
  }
}
