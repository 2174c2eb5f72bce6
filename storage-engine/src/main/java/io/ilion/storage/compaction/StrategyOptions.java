package io.ilion.storage.compaction;

import io.ilion.model.schema.ByteSizes;
import java.util.Map;

/**
 * The options of a strategy. They were checked where the table was made; what cannot be read counts
 * as not given.
 */
record StrategyOptions(Map<String, String> map) {

  boolean has(String name) {
    return map.containsKey(name);
  }

  String text(String name, String otherwise) {
    return map.getOrDefault(name, otherwise);
  }

  boolean flag(String name, boolean otherwise) {
    return Boolean.parseBoolean(text(name, Boolean.toString(otherwise)));
  }

  long whole(String name, long otherwise) {
    try {
      return Long.parseLong(text(name, ""));
    } catch (NumberFormatException e) {
      return otherwise;
    }
  }

  /** A whole number within bounds. */
  int whole(String name, int otherwise, int least, int most) {
    return (int) Math.clamp(whole(name, (long) otherwise), least, most);
  }

  /** A fraction, maybe in percent. */
  double fraction(String name, double otherwise) {
    String text = text(name, "");
    boolean percent = text.endsWith("%");
    try {
      double value = Double.parseDouble(percent ? text.substring(0, text.length() - 1) : text);
      return percent ? value / 100 : value;
    } catch (NumberFormatException e) {
      return otherwise;
    }
  }

  /** A number of bytes with its unit, such as 100MiB, or without one. */
  long bytes(String name, long otherwise) {
    String text = text(name, "");
    try {
      return text.endsWith("B") ? ByteSizes.parseLong(text) : Long.parseLong(text);
    } catch (NumberFormatException e) {
      return otherwise;
    }
  }
}
