package io.ilion.driver.codec;

/**
 * Translates between the values of a CQL type and objects of a Java type. Null never gets here:
 * CQL's null is Java's.
 *
 * <pre>{@code
 * Codec<Money> money = Codec.of(
 *     value -> Bytes.ofLong(value.cents()), (bytes, at, length) -> new Money(Bytes.longAt(bytes, at)));
 * }</pre>
 *
 * @param <T> the Java type
 */
public interface Codec<T> {

  /** The wire form of a value. */
  byte[] encode(T value);

  /**
   * The value of some bytes.
   *
   * @param bytes an array that the value is a part of, not to be changed or kept
   * @param offset where the value begins
   * @param length how many bytes it has, 0 or more
   * @throws CodecException if they are no value of the type
   */
  T decode(byte[] bytes, int offset, int length);

  /** The first half of a codec. */
  @FunctionalInterface
  interface Encoder<T> {
    /** The wire form of a value. */
    byte[] encode(T value);
  }

  /** The second half of a codec. */
  @FunctionalInterface
  interface Decoder<T> {
    /** The value of some bytes of an array. */
    T decode(byte[] bytes, int offset, int length);
  }

  /** A codec of two functions. */
  static <T> Codec<T> of(Encoder<T> encoder, Decoder<T> decoder) {
    return new Codec<>() {
      @Override
      public byte[] encode(T value) {
        return encoder.encode(value);
      }

      @Override
      public T decode(byte[] bytes, int offset, int length) {
        return decoder.decode(bytes, offset, length);
      }
    };
  }
}
