package io.ilion.cql.schema;

import io.ilion.model.CqlException;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The policies of {@code speculative_retry} and {@code additional_write_policy}: NEVER, ALWAYS, a
 * percentile ({@code 99p}), a time ({@code 50ms}), or MIN or MAX of those two.
 */
final class SpeculativeRetry {
  private static final Pattern PERCENTILE =
      Pattern.compile("(\\d+(?:\\.\\d+)?)(?:P|PERCENTILE)", Pattern.CASE_INSENSITIVE);
  private static final Pattern TIME =
      Pattern.compile("(\\d+(?:\\.\\d+)?)MS", Pattern.CASE_INSENSITIVE);
  private static final Pattern HYBRID =
      Pattern.compile("(MIN|MAX)\\(([^,]*),([^,]*)\\)", Pattern.CASE_INSENSITIVE);

  private SpeculativeRetry() {}

  /** The text as the schema tables show it; anything else is a CONFIG_ERROR naming the option. */
  static String normalize(String option, String text) {
    String policy = text.trim();
    switch (policy.toUpperCase(Locale.ROOT)) {
      case "NEVER", "NONE" -> {
        return "NEVER";
      }
      case "ALWAYS" -> {
        return "ALWAYS";
      }
      default -> {
        Matcher hybrid = HYBRID.matcher(policy);
        if (hybrid.matches()) {
          return "%s(%s,%s)"
              .formatted(
                  hybrid.group(1).toUpperCase(Locale.ROOT),
                  simple(option, text, hybrid.group(2).trim()),
                  simple(option, text, hybrid.group(3).trim()));
        }
        return simple(option, text, policy);
      }
    }
  }

  private static String simple(String option, String text, String policy) {
    Matcher percentile = PERCENTILE.matcher(policy);
    if (percentile.matches()) {
      double value = Double.parseDouble(percentile.group(1));
      if (value < 0 || value > 100) {
        throw CqlException.config(
            "Invalid value %s for PERCENTILE option '%s': must be between (0.0 and 100.0)",
            text, option);
      }
      return number(percentile.group(1)) + "p";
    }
    Matcher time = TIME.matcher(policy);
    if (time.matches()) {
      return number(time.group(1)) + "ms";
    }
    throw CqlException.config("Invalid value %s for option '%s'", text, option);
  }

  private static String number(String text) {
    return text.contains(".") ? text.replaceAll("0+$", "").replaceAll("\\.$", "") : text;
  }
}
