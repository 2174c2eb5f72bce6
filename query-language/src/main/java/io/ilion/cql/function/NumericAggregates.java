package io.ilion.cql.function;

import io.ilion.model.CqlException;
import io.ilion.model.type.CqlType.Kind;
import io.ilion.model.type.NativeType;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.List;

/**
 * {@code sum} and {@code avg}, whose result has the type of the argument: sums of whole numbers
 * wrap around, their averages are cut off, and without any number both are zero.
 */
final class NumericAggregates {
  private NumericAggregates() {}

  static List<CqlFunction> all() {
    List<CqlFunction> functions = new ArrayList<>();
    for (NativeType type : Numbers.TYPES) {
      functions.add(new NativeAggregate("sum", List.of(type), type, () -> newState(type, false)));
      functions.add(new NativeAggregate("avg", List.of(type), type, () -> newState(type, true)));
    }
    return functions;
  }

  /** The state of a sum or an average of numbers of a type. */
  static AggregateFunction.State newState(NativeType type, boolean average) {
    return switch (type.kind()) {
      case FLOAT, DOUBLE -> new Floating(type, average);
      case DECIMAL -> new Decimals(average);
      default -> new Whole(type, average);
    };
  }

  /** Whole numbers; the exact sum is kept, the last bits of it are the sum that wraps around. */
  private static final class Whole implements AggregateFunction.State {
    private final NativeType type;
    private final boolean average;
    private long small;
    private BigInteger big;
    private long count;

    Whole(NativeType type, boolean average) {
      this.type = type;
      this.average = average;
    }

    @Override
    public void add(byte[][] arguments) {
      Number number = Numbers.decode(type, arguments[0]);
      if (number == null) {
        return;
      }
      count++;
      if (big == null && !(number instanceof BigInteger)) {
        long sum = small + number.longValue();
        if (((small ^ sum) & (number.longValue() ^ sum)) >= 0) {
          small = sum;
          return;
        }
      }
      big = (big == null ? BigInteger.valueOf(small) : big).add(Numbers.toBigInteger(number));
    }

    @Override
    public byte[] result() {
      BigInteger sum = big == null ? BigInteger.valueOf(small) : big;
      if (average && count > 0) {
        sum = sum.divide(BigInteger.valueOf(count));
      }
      return type.kind() == Kind.VARINT
          ? type.encode(sum)
          : Numbers.encodeWhole(type, sum.longValue());
    }
  }

  /** Decimals; an average is kept as it runs, to the digits of the differences, as in Cassandra. */
  private static final class Decimals implements AggregateFunction.State {
    private final boolean average;
    private BigDecimal result = BigDecimal.ZERO;
    private long count;

    Decimals(boolean average) {
      this.average = average;
    }

    @Override
    public void add(byte[][] arguments) {
      Number number = Numbers.decode(NativeType.DECIMAL, arguments[0]);
      if (number == null) {
        return;
      }
      count++;
      try {
        result = result.add(step((BigDecimal) number));
      } catch (ArithmeticException e) {
        throw CqlException.server("java.lang.ArithmeticException: " + e.getMessage());
      }
    }

    private BigDecimal step(BigDecimal number) {
      Numbers.limitDigits(Math.abs((long) result.scale() - number.scale()));
      return average
          ? number.subtract(result).divide(BigDecimal.valueOf(count), RoundingMode.HALF_EVEN)
          : number;
    }

    @Override
    public byte[] result() {
      return NativeType.DECIMAL.encode(result);
    }
  }

  /**
   * Floating numbers, added with Kahan's compensation; an average whose sum leaves the range of a
   * double goes on exactly.
   */
  private static final class Floating implements AggregateFunction.State {
    private final NativeType type;
    private final boolean average;
    private double sum;
    private double compensation;
    private double simpleSum;
    private BigDecimal exactSum;
    private long count;

    Floating(NativeType type, boolean average) {
      this.type = type;
      this.average = average;
    }

    @Override
    public void add(byte[][] arguments) {
      Number number = Numbers.decode(type, arguments[0]);
      if (number == null) {
        return;
      }
      count++;
      double value = number.doubleValue();
      if (exactSum != null) {
        exactSum = exactSum.add(BigDecimal.valueOf(value));
        return;
      }
      simpleSum += value;
      double before = sum;
      double corrected = value - compensation;
      double rounded = sum + corrected;
      compensation = (rounded - sum) - corrected;
      sum = rounded;
      if (average && Double.isInfinite(sum) && !Double.isInfinite(value)) {
        exactSum = BigDecimal.valueOf(before).add(BigDecimal.valueOf(value));
      }
    }

    @Override
    public byte[] result() {
      if (count == 0) {
        return type.encode(0d);
      }
      if (exactSum != null) {
        return type.encode(
            exactSum.divide(BigDecimal.valueOf(count), RoundingMode.HALF_EVEN).doubleValue());
      }
      double total = sum + compensation;
      if (Double.isNaN(total) && Double.isInfinite(simpleSum)) {
        total = simpleSum;
      }
      return type.encode(average ? total / count : total);
    }
  }
}
