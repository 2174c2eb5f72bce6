package io.ilion.cql.function;

import io.ilion.model.CqlException;
import io.ilion.model.type.CqlType;
import io.ilion.model.type.CqlType.Kind;
import io.ilion.model.type.NativeType;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.List;

/**
 * The operators {@code + - * / %} and negation on numbers. Whole numbers of fixed width wrap
 * around; the result is of the wider type, a floating one if any operand is, and one that is wide
 * enough for both: bigint with float gives double, varint with a floating number gives decimal.
 */
final class Arithmetic {
  private static final MathContext MAX_PRECISION = new MathContext(10_000);
  private static final int MIN_SCALE = 32;
  private static final int MIN_SIGNIFICANT_DIGITS = 32;
  private static final int MAX_SCALE = 1000;

  private enum Operation {
    ADD("_add", "+"),
    SUBTRACT("_substract", "-"),
    MULTIPLY("_multiply", "*"),
    DIVIDE("_divide", "/"),
    MODULO("_modulo", "%");

    private final String function;
    private final String symbol;

    Operation(String function, String symbol) {
      this.function = function;
      this.symbol = symbol;
    }
  }

  private Arithmetic() {}

  static List<CqlFunction> all() {
    List<CqlFunction> functions = new ArrayList<>();
    for (NativeType left : Numbers.TYPES) {
      for (NativeType right : Numbers.TYPES) {
        NativeType result = resultType(left, right);
        for (Operation operation : Operation.values()) {
          functions.add(
              NativeScalar.strict(
                  operation.function,
                  result,
                  List.of(left, right),
                  (a, c) -> execute(operation, left, a[0], right, a[1], result)));
        }
      }
      functions.add(NativeScalar.unary("_negate", left, left, value -> negate(left, value)));
    }
    return functions;
  }

  private static boolean isFloating(NativeType type) {
    return type.kind() == Kind.FLOAT || type.kind() == Kind.DOUBLE || type.kind() == Kind.DECIMAL;
  }

  private static int width(NativeType type) {
    return type.fixedLength() < 0 ? Integer.MAX_VALUE : type.fixedLength();
  }

  private static NativeType resultType(NativeType left, NativeType right) {
    int width = Math.max(width(left), width(right));
    if (isFloating(left) || isFloating(right)) {
      return width == 4 ? NativeType.FLOAT : width == 8 ? NativeType.DOUBLE : NativeType.DECIMAL;
    }
    return switch (width) {
      case 1 -> NativeType.TINYINT;
      case 2 -> NativeType.SMALLINT;
      case 4 -> NativeType.INT;
      case 8 -> NativeType.BIGINT;
      default -> NativeType.VARINT;
    };
  }

  private static byte[] execute(
      Operation operation,
      NativeType leftType,
      byte[] leftValue,
      NativeType rightType,
      byte[] rightValue,
      NativeType result) {
    Number left = Numbers.decode(leftType, leftValue);
    Number right = Numbers.decode(rightType, rightValue);
    if (left == null || right == null) {
      return null;
    }
    try {
      return compute(operation, left, right, result);
    } catch (ArithmeticException | NumberFormatException e) {
      throw failed(operation.function, operation.symbol, leftType, rightType, e.getMessage());
    }
  }

  static CqlException failed(
      String function, String symbol, CqlType left, CqlType right, String why) {
    return new CqlException.FunctionFailure(
        "system",
        function,
        List.of(left.cqlName(), right.cqlName()),
        String.format(
            "the operation '%s %s %s' failed: %s", left.cqlName(), symbol, right.cqlName(), why));
  }

  private static byte[] compute(Operation operation, Number left, Number right, NativeType result) {
    return switch (result.kind()) {
      case DECIMAL -> result.encode(decimal(operation, operand(left), operand(right)));
      case VARINT ->
          result.encode(big(operation, Numbers.toBigInteger(left), Numbers.toBigInteger(right)));
      case DOUBLE -> result.encode(floating(operation, left.doubleValue(), right.doubleValue()));
      case FLOAT -> result.encode(single(operation, left.floatValue(), right.floatValue()));
      default -> Numbers.encodeWhole(result, whole(operation, left.longValue(), right.longValue()));
    };
  }

  /** As in Cassandra, every number but varint and decimal passes through a double. */
  private static BigDecimal operand(Number number) {
    return Numbers.toBigDecimal(
        number instanceof BigDecimal || number instanceof BigInteger
            ? number
            : (Number) number.doubleValue());
  }

  private static long whole(Operation operation, long left, long right) {
    return switch (operation) {
      case ADD -> left + right;
      case SUBTRACT -> left - right;
      case MULTIPLY -> left * right;
      case DIVIDE -> left / right;
      case MODULO -> left % right;
    };
  }

  private static double floating(Operation operation, double left, double right) {
    return switch (operation) {
      case ADD -> left + right;
      case SUBTRACT -> left - right;
      case MULTIPLY -> left * right;
      case DIVIDE -> left / right;
      case MODULO -> left % right;
    };
  }

  private static float single(Operation operation, float left, float right) {
    return switch (operation) {
      case ADD -> left + right;
      case SUBTRACT -> left - right;
      case MULTIPLY -> left * right;
      case DIVIDE -> left / right;
      case MODULO -> left % right;
    };
  }

  private static BigInteger big(Operation operation, BigInteger left, BigInteger right) {
    return switch (operation) {
      case ADD -> left.add(right);
      case SUBTRACT -> left.subtract(right);
      case MULTIPLY -> left.multiply(right);
      case DIVIDE -> left.divide(right);
      case MODULO -> left.remainder(right);
    };
  }

  private static BigDecimal decimal(Operation operation, BigDecimal left, BigDecimal right) {
    return switch (operation) {
      case ADD -> left.add(right, MAX_PRECISION);
      case SUBTRACT -> left.subtract(right, MAX_PRECISION);
      case MULTIPLY -> left.multiply(right, MAX_PRECISION);
      case DIVIDE -> quotient(left, right);
      case MODULO -> remainder(left, right);
    };
  }

  private static BigDecimal remainder(BigDecimal left, BigDecimal right) {
    Numbers.limitDigits(Math.abs(Numbers.firstDigit(left) - Numbers.firstDigit(right)));
    Numbers.limitDigits(Math.abs((long) left.scale() - right.scale()));
    return left.remainder(right);
  }

  /** At least 32 significant digits and 32 after the point, but never more than 1000. */
  private static BigDecimal quotient(BigDecimal left, BigDecimal right) {
    long magnitude = Numbers.firstDigit(left) - Numbers.firstDigit(right);
    Numbers.limitDigits(magnitude);
    if (magnitude < -MAX_SCALE - 1) {
      // Rounded it is nothing, which the division would find out with as many digits.
      return BigDecimal.ZERO;
    }
    int firstDigit = (left.precision() - left.scale()) - (right.precision() - right.scale());
    int scale = MIN_SIGNIFICANT_DIGITS - firstDigit;
    scale = Math.max(Math.max(scale, left.scale()), Math.max(right.scale(), MIN_SCALE));
    return left.divide(right, Math.min(scale, MAX_SCALE), RoundingMode.HALF_UP)
        .stripTrailingZeros();
  }

  private static byte[] negate(NativeType type, byte[] value) {
    Number number = Numbers.decode(type, value);
    if (number == null) {
      return null;
    }
    return switch (type.kind()) {
      case DECIMAL -> type.encode(((BigDecimal) number).negate());
      case VARINT -> type.encode(((BigInteger) number).negate());
      case DOUBLE -> type.encode(-number.doubleValue());
      case FLOAT -> type.encode(-number.floatValue());
      default -> Numbers.encodeWhole(type, -number.longValue());
    };
  }
}
