package io.ilion.conformance.hostile;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/** Frames of the protocol's versions 3 and 4, as bytes, and what they are made of. */
final class Frame {
  static final int ERROR = 0x00;
  static final int STARTUP = 0x01;
  static final int READY = 0x02;
  static final int OPTIONS = 0x05;
  static final int SUPPORTED = 0x06;
  static final int QUERY = 0x07;
  static final int RESULT = 0x08;
  static final int PREPARE = 0x09;
  static final int EXECUTE = 0x0a;
  static final int REGISTER = 0x0b;
  static final int BATCH = 0x0d;
  static final int HEADER_BYTES = 9;
  static final int COMPRESSED = 0x01;
  static final int ONE = 1;

  private Frame() {}

  /** Writes a body; lets bodies be written without a clause for what cannot fail in memory. */
  interface Body {
    void writeTo(DataOutputStream out) throws IOException;
  }

  static byte[] of(int opcode, Body body) {
    return of(4, 0, 1, opcode, bytes(body));
  }

  static byte[] of(int version, int flags, int stream, int opcode, byte[] body) {
    return withLength(version, flags, stream, opcode, body.length, body);
  }

  /** A frame whose header says another length than the body has. */
  static byte[] withLength(
      int version, int flags, int stream, int opcode, int length, byte[] body) {
    return bytes(
        out -> {
          out.writeByte(version);
          out.writeByte(flags);
          out.writeShort(stream);
          out.writeByte(opcode);
          out.writeInt(length);
          out.write(body);
        });
  }

  static byte[] startup(String... options) {
    return startup(4, options);
  }

  static byte[] startup(int version, String... options) {
    byte[] body =
        bytes(
            out -> {
              out.writeShort(1 + options.length / 2);
              string(out, "CQL_VERSION");
              string(out, "3.0.0");
              for (String option : options) {
                string(out, option);
              }
            });
    return of(version, 0, 0, STARTUP, body);
  }

  static byte[] options() {
    return of(OPTIONS, out -> {});
  }

  /** A query without values. */
  static byte[] query(String cql) {
    return of(QUERY, out -> query(out, cql));
  }

  /** The body of a query without values. */
  static void query(DataOutputStream out, String cql) throws IOException {
    longString(out, cql);
    out.writeShort(ONE);
    out.writeByte(0);
  }

  /** A query with values as they come. */
  static byte[] query(String cql, byte[]... values) {
    return of(
        QUERY,
        out -> {
          longString(out, cql);
          out.writeShort(ONE);
          out.writeByte(0x01);
          out.writeShort(values.length);
          for (byte[] value : values) {
            out.writeInt(value.length);
            out.write(value);
          }
        });
  }

  static byte[] prepare(String cql) {
    return of(PREPARE, out -> longString(out, cql));
  }

  static byte[] bytes(Body body) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try {
      body.writeTo(new DataOutputStream(bytes));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  static void string(DataOutputStream out, String text) throws IOException {
    byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
    out.writeShort(utf8.length);
    out.write(utf8);
  }

  static void longString(DataOutputStream out, String text) throws IOException {
    byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
    out.writeInt(utf8.length);
    out.write(utf8);
  }
}
