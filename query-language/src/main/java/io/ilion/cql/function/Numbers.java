package io.ilion.cql.function;

import io.ilion.model.CqlException;
import io.ilion.model.type.NativeType;
import io.ilion.model.type.NumberText;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.List;

/** The numeric types, and numbers as Java has them. */
final class Numbers {
  static final List<NativeType> TYPES =
      List.of(
          NativeType.TINYINT,
          NativeType.SMALLINT,
          NativeType.INT,
          NativeType.BIGINT,
          NativeType.COUNTER,
          NativeType.VARINT,
          NativeType.FLOAT,
          NativeType.DOUBLE,
          NativeType.DECIMAL);

  private static final long MAX_DIGITS = 1_000_000;

  private Numbers() {}

  /**
   * The number that a value is, or null for null and for no bytes.
   *
   * @throws CqlException if it is too long to compute with
   */
  static Number decode(NativeType type, byte[] value) {
    if (value != null) {
      NumberText.requireShort(value);
    }
    return (Number) type.decode(value);
  }

  /** A whole number in the form of tinyint, smallint, int or bigint; higher bits are lost. */
  static byte[] encodeWhole(NativeType type, long value) {
    byte[] result = new byte[type.fixedLength()];
    for (int i = result.length - 1; i >= 0; i--) {
      result[i] = (byte) (value >>> (8 * (result.length - 1 - i)));
    }
    return result;
  }

  static BigInteger toBigInteger(Number number) {
    if (number instanceof BigInteger big) {
      return big;
    }
    return number instanceof BigDecimal decimal
        ? decimal.toBigInteger()
        : BigInteger.valueOf(number.longValue());
  }

  /**
   * The decimal that a number is.
   *
   * @throws NumberFormatException for what is not finite
   */
  static BigDecimal toBigDecimal(Number number) {
    if (number instanceof BigDecimal decimal) {
      return decimal;
    }
    if (number instanceof BigInteger big) {
      return new BigDecimal(big);
    }
    if (number instanceof Double || number instanceof Float) {
      double value = number.doubleValue();
      if (Double.isNaN(value)) {
        throw new NumberFormatException("A NaN cannot be converted into a decimal");
      }
      if (Double.isInfinite(value)) {
        throw new NumberFormatException("An infinite number cannot be converted into a decimal");
      }
      return number instanceof Float
          ? new BigDecimal(number.toString())
          : BigDecimal.valueOf(value);
    }
    return BigDecimal.valueOf(number.longValue());
  }

  /**
   * Refuses what could only be computed with an unreasonable number of digits, such as the integer
   * that 1E+2000000000 is.
   *
   * @throws ArithmeticException if the number of digits is above the limit
   */
  static void limitDigits(long digits) {
    if (digits > MAX_DIGITS) {
      throw new ArithmeticException("Overflow");
    }
  }

  /** The position of the first digit of a number, counted from the point to the left. */
  static long firstDigit(BigDecimal number) {
    return (long) number.precision() - number.scale();
  }
}
