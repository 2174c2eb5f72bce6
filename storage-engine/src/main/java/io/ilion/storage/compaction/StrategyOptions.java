package io.ilion.storage.compaction;

import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The options of a strategy. They were checked where the table was made; what cannot be read counts
 * as not given.
 */
record StrategyOptions(Map<String, String> map) {
  private static final Pattern SIZE = Pattern.compile("([0-9.]+)\\s*([KMGT]?)I?B?");

  boolean has(String name) {
    return map.containsKey(name);
  }

  String text(String name, String otherwise) {
    return map.getOrDefault(name, otherwise);
  }

  boolean flag(String name, boolean otherwise) {
    return Boolean.parseBoolean(text(name, Boolean.toString(otherwise)));
  }

  double number(String name, double otherwise) {
    try {
      return Double.parseDouble(text(name, ""));
    } catch (NumberFormatException e) {
      return otherwise;
    }
  }

  /** A number of bytes, such as 100, 100MiB or 1GB (which is 1GiB too). */
  long bytes(String name, long otherwise) {
    Matcher matcher = SIZE.matcher(text(name, "").trim().toUpperCase(Locale.ROOT));
    if (!matcher.matches()) {
      return otherwise;
    }
    int unit = " KMGT".indexOf(matcher.group(2).isEmpty() ? " " : matcher.group(2));
    try {
      return (long) (Double.parseDouble(matcher.group(1)) * (1L << 10 * unit));
    } catch (NumberFormatException e) {
      return otherwise;
    }
  }
}
