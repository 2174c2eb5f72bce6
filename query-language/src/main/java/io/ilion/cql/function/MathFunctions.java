package io.ilion.cql.function;

import io.ilion.model.CqlException;
import io.ilion.model.type.NativeType;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.List;
import java.util.function.DoubleUnaryOperator;
import java.util.function.UnaryOperator;

/** {@code abs exp log log10 round}; the result has the type of the argument. */
final class MathFunctions {
  private static final long MAX_ROUNDED_DIGITS = 1_000_000;

  private MathFunctions() {}

  static List<CqlFunction> all() {
    List<CqlFunction> functions = new ArrayList<>();
    for (NativeType type : Numbers.TYPES) {
      functions.add(NativeScalar.unary("abs", type, type, value -> abs(type, value)));
      functions.add(NativeScalar.unary("round", type, type, value -> round(type, value)));
      functions.add(transcendental("exp", type, Math::exp, BigMath::exp));
      functions.add(transcendental("log", type, Math::log, BigMath::log));
      functions.add(transcendental("log10", type, Math::log10, BigMath::log10));
    }
    return functions;
  }

  private static byte[] abs(NativeType type, byte[] value) {
    Number number = Numbers.decode(type, value);
    if (number == null) {
      return null;
    }
    return switch (type.kind()) {
      case DECIMAL -> type.encode(((BigDecimal) number).abs());
      case VARINT -> type.encode(((BigInteger) number).abs());
      case DOUBLE -> type.encode(Math.abs(number.doubleValue()));
      case FLOAT -> type.encode(Math.abs(number.floatValue()));
      default -> Numbers.encodeWhole(type, Math.abs(number.longValue()));
    };
  }

  private static byte[] round(NativeType type, byte[] value) {
    Number number = Numbers.decode(type, value);
    if (number == null) {
      return null;
    }
    return switch (type.kind()) {
      case DECIMAL -> type.encode(round((BigDecimal) number));
      case DOUBLE -> type.encode((double) Math.round(number.doubleValue()));
      case FLOAT -> type.encode((float) Math.round(number.floatValue()));
      default -> value;
    };
  }

  private static BigDecimal round(BigDecimal number) {
    if (-(long) number.scale() > MAX_ROUNDED_DIGITS) {
      throw failed("Overflow");
    }
    if (Numbers.firstDigit(number) < 0) {
      // It is less than 0.1, which the division would find out with as many digits.
      return BigDecimal.ZERO;
    }
    return number.setScale(0, RoundingMode.HALF_UP);
  }

  private static CqlException failed(String why) {
    return CqlException.server("java.lang.ArithmeticException: " + why);
  }

  private static BigInteger whole(BigDecimal number) {
    long digits = Numbers.firstDigit(number);
    Numbers.limitDigits(digits);
    return digits <= 0 ? BigInteger.ZERO : number.toBigInteger();
  }

  private static CqlFunction transcendental(
      String name, NativeType type, DoubleUnaryOperator small, UnaryOperator<BigDecimal> big) {
    return NativeScalar.unary(
        name,
        type,
        type,
        value -> {
          Number number = Numbers.decode(type, value);
          if (number == null) {
            return null;
          }
          try {
            return switch (type.kind()) {
              case DECIMAL -> type.encode(big.apply((BigDecimal) number));
              case VARINT -> type.encode(whole(big.apply(new BigDecimal((BigInteger) number))));
              case DOUBLE -> type.encode(small.applyAsDouble(number.doubleValue()));
              case FLOAT -> type.encode((float) small.applyAsDouble(number.floatValue()));
              case BIGINT, COUNTER ->
                  Numbers.encodeWhole(type, (long) small.applyAsDouble(number.doubleValue()));
              default -> Numbers.encodeWhole(type, (int) small.applyAsDouble(number.doubleValue()));
            };
          } catch (ArithmeticException e) {
            throw failed(e.getMessage());
          }
        });
  }
}
