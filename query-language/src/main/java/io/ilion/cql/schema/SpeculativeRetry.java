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
  /** What messages name, of whichever of the two options the value is. */
  private static final String OPTION = "speculative_retry";

  private static final Pattern PERCENTILE =
      Pattern.compile("(\\d+(?:\\.\\d+)?)(?:P|PERCENTILE)", Pattern.CASE_INSENSITIVE);
  private static final Pattern TIME =
      Pattern.compile("(\\d+(?:\\.\\d+)?)MS", Pattern.CASE_INSENSITIVE);
  private static final Pattern HYBRID =
      Pattern.compile("(MIN|MAX)\\(([^,]*),([^,]*)\\)", Pattern.CASE_INSENSITIVE);

  private SpeculativeRetry() {}

  /** The text as the schema tables show it; anything else is a CONFIG_ERROR. */
  static String normalize(String text) {
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
          String first = simple(text, hybrid.group(2).trim());
          String second = simple(text, hybrid.group(3).trim());
          if (first.endsWith("p") == second.endsWith("p")) {
            throw CqlException.config(
                "Invalid value %s for option '%s': MIN()/MAX() arguments should be of different"
                    + " types, but both are of type %s",
                text, OPTION, first.endsWith("p") ? "PERCENTILE" : "FIXED");
          }
          return "%s(%s,%s)".formatted(hybrid.group(1).toUpperCase(Locale.ROOT), first, second);
        }
        return simple(text, policy);
      }
    }
  }

  private static String simple(String text, String policy) {
    Matcher percentile = PERCENTILE.matcher(policy);
    if (percentile.matches()) {
      double value = Double.parseDouble(percentile.group(1));
      if (value <= 0 || value >= 100) {
        throw CqlException.config(
            "Invalid value %s for PERCENTILE option '%s': must be between (0.0 and 100.0)",
            text, OPTION);
      }
      return number(percentile.group(1)) + "p";
    }
    Matcher time = TIME.matcher(policy);
    if (time.matches()) {
      return number(time.group(1)) + "ms";
    }
    throw CqlException.config("Invalid value %s for option '%s'", text, OPTION);
  }

  private static String number(String text) {
    return text.contains(".") ? text.replaceAll("0+$", "").replaceAll("\\.$", "") : text;
  }
}
