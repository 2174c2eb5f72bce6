package io.ilion.cql.function;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;

/** Exponential and logarithms of decimals to a wanted number of digits. */
final class BigMath {
  private static final int MAX_DIGITS = 10_000;
  private static final int MIN_DIGITS = 32;
  private static final int MAX_EXPONENT_DIGITS = 10;
  private static final BigDecimal TWO = BigDecimal.valueOf(2);

  private BigMath() {}

  /** e to the power of x, to as many digits as x has, at least 32. */
  static BigDecimal exp(BigDecimal x) {
    MathContext result = contextOf(x);
    if (x.signum() == 0) {
      return BigDecimal.ONE;
    }
    long wholeDigits = Numbers.firstDigit(x);
    if (wholeDigits > MAX_EXPONENT_DIGITS
        || (wholeDigits > 0 && x.toBigInteger().bitLength() >= Integer.SIZE)) {
      throw new ArithmeticException("Overflow");
    }
    return exp(x, more(result, 12 + (int) Math.max(0, wholeDigits))).round(result);
  }

  /**
   * The natural logarithm.
   *
   * @throws ArithmeticException unless x is positive
   */
  static BigDecimal log(BigDecimal x) {
    if (x.signum() <= 0) {
      throw new ArithmeticException("Natural log of number zero or less");
    }
    if (x.compareTo(BigDecimal.ONE) == 0) {
      return BigDecimal.ZERO;
    }
    MathContext result = contextOf(x);
    return ln(x, more(result, 12 + leadingZeros(x))).round(result);
  }

  /**
   * The logarithm to base ten.
   *
   * @throws ArithmeticException unless x is positive
   */
  static BigDecimal log10(BigDecimal x) {
    if (x.signum() <= 0) {
      throw new ArithmeticException("Log10 of number zero or less");
    }
    if (x.compareTo(BigDecimal.ONE) == 0) {
      return BigDecimal.ZERO;
    }
    MathContext result = contextOf(x);
    MathContext context = more(result, 12 + leadingZeros(x));
    return ln(x, context).divide(ln(BigDecimal.TEN, context), context).round(result);
  }

  private static MathContext contextOf(BigDecimal x) {
    int digits = Math.min(Math.max(x.precision(), MIN_DIGITS), MAX_DIGITS);
    return new MathContext(digits, RoundingMode.HALF_EVEN);
  }

  private static MathContext more(MathContext context, int digits) {
    return new MathContext(context.getPrecision() + digits, RoundingMode.HALF_EVEN);
  }

  /** How many digits the logarithm loses because x is near one. */
  private static int leadingZeros(BigDecimal x) {
    BigDecimal distance = x.subtract(BigDecimal.ONE, new MathContext(MAX_DIGITS)).abs();
    return Math.min(MAX_DIGITS, Math.max(0, distance.scale() - distance.precision()));
  }

  /** Halves the argument until its series is short, and squares the sum as often. */
  private static BigDecimal exp(BigDecimal x, MathContext context) {
    int halvings = 0;
    BigDecimal reduced = x;
    MathContext inner = more(context, 20);
    while (reduced.abs().compareTo(BigDecimal.valueOf(1, 3)) > 0) {
      reduced = reduced.divide(TWO, inner);
      halvings++;
    }
    BigDecimal sum = BigDecimal.ONE;
    BigDecimal term = BigDecimal.ONE;
    for (int i = 1; !isNegligible(term, inner); i++) {
      term = term.multiply(reduced, inner).divide(BigDecimal.valueOf(i), inner);
      sum = sum.add(term, inner);
    }
    for (int i = 0; i < halvings; i++) {
      sum = sum.multiply(sum, inner);
    }
    return sum;
  }

  private static boolean isNegligible(BigDecimal term, MathContext context) {
    return term.signum() == 0 || term.scale() - term.precision() > context.getPrecision();
  }

  /** Takes out the power of ten, then roots until the series of artanh is short. */
  private static BigDecimal ln(BigDecimal x, MathContext context) {
    MathContext inner = more(context, 20);
    int exponent = x.precision() - x.scale();
    BigDecimal mantissa = x.scaleByPowerOfTen(-exponent);
    BigDecimal result = lnNearOne(mantissa, inner);
    return exponent == 0
        ? result
        : result.subtract(
            lnNearOne(new BigDecimal("0.1"), inner).multiply(BigDecimal.valueOf(exponent)), inner);
  }

  /** The logarithm of a number of about 0.1 to 10. */
  private static BigDecimal lnNearOne(BigDecimal x, MathContext context) {
    BigDecimal root = x;
    BigDecimal factor = TWO;
    while (root.subtract(BigDecimal.ONE).abs().compareTo(BigDecimal.valueOf(1, 2)) > 0) {
      root = root.sqrt(context);
      factor = factor.multiply(TWO);
    }
    BigDecimal y = root.subtract(BigDecimal.ONE).divide(root.add(BigDecimal.ONE), context);
    BigDecimal square = y.multiply(y, context);
    BigDecimal power = y;
    BigDecimal sum = y;
    for (int i = 3; !isNegligible(power, context); i += 2) {
      power = power.multiply(square, context);
      sum = sum.add(power.divide(BigDecimal.valueOf(i), context), context);
    }
    return sum.multiply(factor, context);
  }
}
