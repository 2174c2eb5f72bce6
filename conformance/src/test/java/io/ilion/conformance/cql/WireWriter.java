package io.ilion.conformance.cql;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/** Writes the notations of the native protocol into the body of one envelope. */
final class WireWriter {
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();

  WireWriter u8(int value) {
    out.write(value);
    return this;
  }

  WireWriter u16(int value) {
    return u8(value >>> 8).u8(value);
  }

  WireWriter i32(int value) {
    return u16(value >>> 16).u16(value);
  }

  WireWriter i64(long value) {
    return i32((int) (value >>> 32)).i32((int) value);
  }

  WireWriter raw(byte[] value) {
    out.writeBytes(value);
    return this;
  }

  WireWriter string(String value) {
    byte[] utf8 = value.getBytes(StandardCharsets.UTF_8);
    return u16(utf8.length).raw(utf8);
  }

  WireWriter longString(String value) {
    return bytes(value.getBytes(StandardCharsets.UTF_8));
  }

  WireWriter bytes(byte[] value) {
    return i32(value.length).raw(value);
  }

  WireWriter shortBytes(byte[] value) {
    return u16(value.length).raw(value);
  }

  WireWriter stringMap(Map<String, String> map) {
    u16(map.size());
    map.forEach((key, value) -> string(key).string(value));
    return this;
  }

  byte[] toBytes() {
    return out.toByteArray();
  }
}
