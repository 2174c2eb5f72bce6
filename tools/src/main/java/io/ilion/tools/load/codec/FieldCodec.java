package io.ilion.tools.load.codec;

import java.nio.charset.StandardCharsets;

/** Makes values of one CQL type of the text of fields. Used by all threads. */
@FunctionalInterface
public interface FieldCodec {
  /**
   * Appends the value of a text: its length in four bytes, and its bytes.
   *
   * @throws FieldException if the text is none; then something may have been appended
   */
  void encode(byte[] text, int offset, int length, WireBuffer out);

  /** The same for a text that is a string. */
  default void encode(String text, WireBuffer out) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    encode(bytes, 0, bytes.length, out);
  }
}
