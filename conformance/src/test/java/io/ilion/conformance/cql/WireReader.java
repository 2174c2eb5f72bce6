package io.ilion.conformance.cql;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Reads the notations of the native protocol from the body of one envelope. */
final class WireReader {
  private final ByteBuffer bytes;

  WireReader(byte[] body) {
    this.bytes = ByteBuffer.wrap(body);
  }

  int u8() {
    return bytes.get() & 0xff;
  }

  int u16() {
    return bytes.getShort() & 0xffff;
  }

  int i32() {
    return bytes.getInt();
  }

  int remaining() {
    return bytes.remaining();
  }

  byte[] take(int length) {
    if (length < 0 || length > bytes.remaining()) {
      throw new BufferUnderflowException();
    }
    byte[] taken = new byte[length];
    bytes.get(taken);
    return taken;
  }

  /** {@code [string]}: a 16 bit length and UTF-8. */
  String string() {
    return new String(take(u16()), StandardCharsets.UTF_8);
  }

  /** {@code [bytes]}: a 32 bit length and as many bytes; null when the length is negative. */
  byte[] bytesOrNull() {
    int length = i32();
    return length < 0 ? null : take(length);
  }

  byte[] shortBytes() {
    return take(u16());
  }

  List<String> stringList() {
    int count = u16();
    List<String> strings = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      strings.add(string());
    }
    return strings;
  }
}
