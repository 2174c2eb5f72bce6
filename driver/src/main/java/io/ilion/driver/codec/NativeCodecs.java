package io.ilion.driver.codec;

import io.ilion.model.type.CqlDuration;
import io.ilion.model.type.CqlType;
import io.ilion.model.type.NativeType;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalTime;
import java.util.Arrays;
import java.util.UUID;

/** The codecs of the types that have no parts, to the Java types that are their like. */
final class NativeCodecs {
  static final Codec<Integer> INT =
      fixed(4, Bytes::ofInt, (bytes, at, length) -> Bytes.intAt(bytes, at));
  static final Codec<Long> BIGINT =
      fixed(8, Bytes::ofLong, (bytes, at, length) -> Bytes.longAt(bytes, at));
  static final Codec<Short> SMALLINT =
      fixed(2, value -> Bytes.ofShort(value), (bytes, at, length) -> Bytes.shortAt(bytes, at));
  static final Codec<Byte> TINYINT =
      fixed(1, value -> new byte[] {value}, (bytes, at, length) -> bytes[at]);
  static final Codec<Boolean> BOOLEAN =
      fixed(1, value -> new byte[] {(byte) (value ? 1 : 0)}, (bytes, at, length) -> bytes[at] != 0);
  static final Codec<Float> FLOAT =
      fixed(
          4,
          value -> Bytes.ofInt(Float.floatToRawIntBits(value)),
          (bytes, at, length) -> Float.intBitsToFloat(Bytes.intAt(bytes, at)));
  static final Codec<Double> DOUBLE =
      fixed(
          8,
          value -> Bytes.ofLong(Double.doubleToRawLongBits(value)),
          (bytes, at, length) -> Double.longBitsToDouble(Bytes.longAt(bytes, at)));
  static final Codec<String> TEXT = Codec.of(Bytes::ofText, Bytes::textAt);
  static final Codec<byte[]> BYTES =
      Codec.of(value -> value, (bytes, at, length) -> Arrays.copyOfRange(bytes, at, at + length));
  static final Codec<ByteBuffer> BUFFER =
      Codec.of(
          NativeCodecs::bytesOf,
          (bytes, at, length) -> ByteBuffer.wrap(Arrays.copyOfRange(bytes, at, at + length)));
  static final Codec<BigInteger> VARINT =
      Codec.of(
          BigInteger::toByteArray,
          (bytes, at, length) -> length == 0 ? null : new BigInteger(bytes, at, length));
  static final Codec<BigDecimal> DECIMAL =
      Codec.of(NativeCodecs::encodeDecimal, NativeCodecs::decodeDecimal);
  static final Codec<UUID> ID =
      fixed(
          16,
          NativeCodecs::encodeUuid,
          (bytes, at, length) -> new UUID(Bytes.longAt(bytes, at), Bytes.longAt(bytes, at + 8)));
  static final Codec<Instant> TIMESTAMP =
      fixed(
          8,
          value -> Bytes.ofLong(value.toEpochMilli()),
          (bytes, at, length) -> Instant.ofEpochMilli(Bytes.longAt(bytes, at)));
  static final Codec<LocalDate> DATE =
      fixed(4, NativeCodecs::encodeDate, (bytes, at, length) -> dateAt(bytes, at));
  static final Codec<LocalTime> TIME =
      fixed(
          8,
          value -> Bytes.ofLong(value.toNanoOfDay()),
          (bytes, at, length) -> LocalTime.ofNanoOfDay(Bytes.longAt(bytes, at)));
  static final Codec<InetAddress> INET =
      Codec.of(InetAddress::getAddress, NativeCodecs::decodeAddress);
  static final Codec<CqlDuration> DURATION =
      Codec.of(
          NativeType.DURATION::encode,
          (bytes, at, length) ->
              (CqlDuration) NativeType.DURATION.decode(Arrays.copyOfRange(bytes, at, at + length)));

  private NativeCodecs() {}

  /** The codec to the Java type that is the type's like, or null for types that have parts. */
  static Codec<?> naturalOf(CqlType type) {
    return switch (type.kind()) {
      case INT -> INT;
      case BIGINT, COUNTER -> BIGINT;
      case SMALLINT -> SMALLINT;
      case TINYINT -> TINYINT;
      case BOOLEAN -> BOOLEAN;
      case FLOAT -> FLOAT;
      case DOUBLE -> DOUBLE;
      case ASCII, TEXT -> TEXT;
      case BLOB, CUSTOM, EMPTY -> BYTES;
      case VARINT -> VARINT;
      case DECIMAL -> DECIMAL;
      case UUID, TIMEUUID -> ID;
      case TIMESTAMP -> TIMESTAMP;
      case DATE -> DATE;
      case TIME -> TIME;
      case INET -> INET;
      case DURATION -> DURATION;
      default -> null;
    };
  }

  /** Numbers of no bytes are CQL's way to write a null that compares. */
  private static <T> Codec<T> fixed(int size, Codec.Encoder<T> encoder, Codec.Decoder<T> decoder) {
    return Codec.of(
        encoder,
        (bytes, at, length) -> {
          if (length == size) {
            return decoder.decode(bytes, at, length);
          }
          if (length == 0) {
            return null;
          }
          throw new CodecException(
              "A value of " + length + " bytes where " + size + " were expected");
        });
  }

  private static byte[] bytesOf(ByteBuffer buffer) {
    byte[] bytes = new byte[buffer.remaining()];
    buffer.duplicate().get(bytes);
    return bytes;
  }

  private static byte[] encodeDecimal(BigDecimal value) {
    byte[] unscaled = value.unscaledValue().toByteArray();
    byte[] bytes = new byte[4 + unscaled.length];
    Bytes.putInt(bytes, 0, value.scale());
    System.arraycopy(unscaled, 0, bytes, 4, unscaled.length);
    return bytes;
  }

  private static BigDecimal decodeDecimal(byte[] bytes, int at, int length) {
    if (length == 0) {
      return null;
    }
    if (length < 5) {
      throw new CodecException("A decimal of " + length + " bytes");
    }
    return new BigDecimal(new BigInteger(bytes, at + 4, length - 4), Bytes.intAt(bytes, at));
  }

  private static byte[] encodeUuid(UUID value) {
    byte[] bytes = new byte[16];
    Bytes.putLong(bytes, 0, value.getMostSignificantBits());
    Bytes.putLong(bytes, 8, value.getLeastSignificantBits());
    return bytes;
  }

  private static byte[] encodeDate(LocalDate value) {
    long day = value.toEpochDay();
    if (day != (int) day) {
      throw new CodecException("The date " + value + " is out of CQL's range");
    }
    return Bytes.ofInt((int) day ^ Integer.MIN_VALUE);
  }

  private static LocalDate dateAt(byte[] bytes, int at) {
    return LocalDate.ofEpochDay(Bytes.intAt(bytes, at) ^ Integer.MIN_VALUE);
  }

  private static InetAddress decodeAddress(byte[] bytes, int at, int length) {
    if (length == 0) {
      return null;
    }
    try {
      return InetAddress.getByAddress(Arrays.copyOfRange(bytes, at, at + length));
    } catch (UnknownHostException e) {
      throw new CodecException("An address of " + length + " bytes", e);
    }
  }
}
