package io.ilion.bench.load.run;

import io.ilion.bench.load.BenchException;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.DoubleUnaryOperator;

/**
 * How many operations a second are wanted, at each moment of a phase: {@code 20000}, {@code
 * steps(30s, 5000, 10000, 20000)}, {@code sine(10000, 5000, 60s)} (mean, amplitude, period), or
 * {@code burst(5000, 50000, 30s, 2s)} (base, peak, every, for).
 */
public final class Rate {
  private static final String FORMS =
      "expected a number such as 20000, or steps(30s, 5000, 10000), sine(10000, 5000, 60s),"
          + " burst(5000, 50000, 30s, 2s)";

  private final String text;
  private final DoubleUnaryOperator perSecond;

  private Rate(String text, DoubleUnaryOperator perSecond) {
    this.text = text;
    this.perSecond = perSecond;
  }

  /** The same rate at every moment. */
  public static Rate constant(double perSecond) {
    return new Rate(String.format(Locale.ROOT, "%.0f", perSecond), seconds -> perSecond);
  }

  /**
   * Reads a rate.
   *
   * @throws BenchException if it is none
   */
  public static Rate parse(String text) {
    String trimmed = text.strip();
    int open = trimmed.indexOf('(');
    if (open < 0) {
      return new Rate(trimmed, constantOf(positive(trimmed, text)));
    }
    if (!trimmed.endsWith(")")) {
      throw wrong(text);
    }
    List<String> arguments =
        Arrays.stream(trimmed.substring(open + 1, trimmed.length() - 1).split(",", -1))
            .map(String::strip)
            .toList();
    DoubleUnaryOperator rate =
        switch (trimmed.substring(0, open)) {
          case "steps" -> steps(arguments, text);
          case "sine" -> sine(arguments, text);
          case "burst" -> burst(arguments, text);
          default -> throw wrong(text);
        };
    return new Rate(trimmed, rate);
  }

  private static DoubleUnaryOperator constantOf(double rate) {
    return seconds -> rate;
  }

  private static DoubleUnaryOperator steps(List<String> arguments, String text) {
    if (arguments.size() < 2) {
      throw wrong(text);
    }
    double length = positive(arguments.get(0), text);
    double[] rates = arguments.stream().skip(1).mapToDouble(each -> positive(each, text)).toArray();
    return seconds -> rates[(int) Math.min(rates.length - 1, seconds / length)];
  }

  private static DoubleUnaryOperator sine(List<String> arguments, String text) {
    if (arguments.size() != 3) {
      throw wrong(text);
    }
    double mean = positive(arguments.get(0), text);
    double amplitude = positive(arguments.get(1), text);
    double period = positive(arguments.get(2), text);
    if (amplitude >= mean) {
      throw new BenchException("rate '" + text + "': the amplitude has to be below the mean");
    }
    return seconds -> mean + amplitude * Math.sin(2 * Math.PI * seconds / period);
  }

  private static DoubleUnaryOperator burst(List<String> arguments, String text) {
    if (arguments.size() != 4) {
      throw wrong(text);
    }
    double base = positive(arguments.get(0), text);
    double peak = positive(arguments.get(1), text);
    double every = positive(arguments.get(2), text);
    double length = positive(arguments.get(3), text);
    return seconds -> seconds % every < length ? peak : base;
  }

  /** A number above 0, maybe with k or M, or with ms, s, m or h for seconds. */
  private static double positive(String number, String text) {
    int end = number.length();
    while (end > 0 && Character.isLetter(number.charAt(end - 1))) {
      end--;
    }
    double factor =
        switch (number.substring(end)) {
          case "", "s" -> 1;
          case "ms" -> 1e-3;
          case "m" -> 60;
          case "h" -> 3600;
          case "k" -> 1e3;
          case "M" -> 1e6;
          default -> throw wrong(text);
        };
    try {
      double value = Double.parseDouble(number.substring(0, end).replace("_", "")) * factor;
      if (value > 0 && value < 1e12) {
        return value;
      }
    } catch (NumberFormatException e) {
      throw new BenchException(wrong(text).getMessage(), e);
    }
    throw wrong(text);
  }

  private static BenchException wrong(String text) {
    return new BenchException("rate '" + text + "': " + FORMS);
  }

  /** Operations a second, some seconds after the start. */
  double at(double seconds) {
    return perSecond.applyAsDouble(seconds);
  }

  /** Whether it is the same at every moment. */
  public boolean isConstant() {
    return text.indexOf('(') < 0;
  }

  /** Operations a second at the start. */
  public double startingAt() {
    return at(0);
  }

  @Override
  public String toString() {
    return text;
  }
}
