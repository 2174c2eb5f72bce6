package io.ilion.bench.load.report;

import io.ilion.bench.load.BenchException;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a result has to hold, so that a machine can decide: {@code throughput>=10000}, {@code
 * p99<5ms}, {@code read.p99.9<20ms}, {@code errors<0.1%}, {@code failures=0}, {@code violations=0}.
 * Without the name of a statement it is about all of them.
 */
public record Requirement(
    String text, String statement, String metric, String operator, double bound) {
  private static final Pattern FORM =
      Pattern.compile(
          "(?:(?<statement>[\\w-]+?)\\.)??(?<metric>throughput|errors|failures|violations|server"
              + "|mean|max|p50|p90|p95|p99|p99\\.9|p99\\.99|p999|p9999)"
              + "\\s*(?<operator><=|>=|<|>|=)\\s*"
              + "(?<number>[0-9.]+)\\s*(?<unit>us|ms|s|%|k)?");

  /**
   * Reads one.
   *
   * @throws BenchException if it is none
   */
  public static Requirement parse(String text) {
    Matcher matcher = FORM.matcher(text.strip());
    if (!matcher.matches()) {
      throw new BenchException(
          "requirement '"
              + text
              + "': expected such as throughput>=10000, p99<5ms, read.p99.9<20ms, errors<0.1%,"
              + " failures=0 or violations=0");
    }
    String unit = matcher.group("unit");
    double factor =
        switch (unit == null ? "" : unit) {
          case "ms", "k" -> 1e3;
          case "s" -> 1e6;
          case "%" -> 0.01;
          default -> 1;
        };
    String statement = matcher.group("statement");
    return new Requirement(
        text.strip(),
        statement == null ? "total" : statement,
        matcher.group("metric"),
        matcher.group("operator"),
        Double.parseDouble(matcher.group("number")) * factor);
  }

  /** The value that a result has; times are in microseconds. */
  public double value(RunResult result) {
    StatementResult of = result.byName(statement);
    if (of == null) {
      throw new BenchException(
          "requirement '%s': the run has no statement '%s'".formatted(text, statement));
    }
    long failures = of.failures();
    return switch (metric) {
      case "throughput" -> of.count() / Math.max(1e-9, result.seconds());
      case "errors" -> failures / (double) Math.max(1, failures + of.count());
      case "failures" -> failures;
      case "violations" -> violations(of);
      case "server" -> result.serverMicrosPerOperation();
      default -> of.response().byName(metric);
    };
  }

  /** How often what was read could not be, after what was acknowledged. */
  public static long violations(StatementResult result) {
    return result.errors().entrySet().stream()
        .filter(
            error ->
                error.getKey().startsWith("LOST")
                    || error.getKey().startsWith("WRONG")
                    || error.getKey().startsWith("STALE"))
        .mapToLong(java.util.Map.Entry::getValue)
        .sum();
  }

  /** Whether a result holds it; what is not known holds nothing. */
  public boolean isHeldBy(RunResult result) {
    double value = value(result);
    return switch (operator) {
      case "<" -> value < bound;
      case "<=" -> value <= bound;
      case ">" -> value > bound;
      case ">=" -> value >= bound;
      default -> value == bound;
    };
  }

  /** What to say of a result that does not hold it. */
  public String explain(RunResult result) {
    double value = value(result);
    String said =
        switch (metric) {
          case "errors" -> Figures.number(100 * value) + " %";
          case "throughput", "failures", "violations" -> Figures.number(value);
          default -> Figures.time(value);
        };
    return String.format(Locale.ROOT, "%s does not hold: it is %s", text, said);
  }
}
