package io.ilion.model.type;

import java.util.Arrays;

/**
 * What differs between native types; {@link NativeType} adds what they share. Values are not null.
 */
interface Format {
  /** Throws CqlException for bytes that are no value; empty ones never come here if allowed. */
  void validate(byte[] value);

  Object decode(byte[] value);

  /** Throws ClassCastException for an object of another class. */
  byte[] encode(Object value);

  default int compare(byte[] a, byte[] b) {
    return Arrays.compareUnsigned(a, b);
  }

  String text(byte[] value);

  byte[] parse(String text);

  byte[] fromJson(Object parsed);

  default String toJson(byte[] value) {
    return text(value);
  }

  default boolean isQuoted() {
    return false;
  }

  void writeComparable(byte[] value, ByteSink out);

  byte[] readComparable(ComparableReader in);
}
