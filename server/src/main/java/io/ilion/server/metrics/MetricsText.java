package io.ilion.server.metrics;

import java.util.Locale;

/**
 * Writes metrics in the text format of Prometheus. The samples of one metric follow its heading.
 * Names begin with {@code ilion_}; units are seconds and bytes.
 */
public final class MetricsText {
  private final StringBuilder out = new StringBuilder(16 << 10);
  private String name;

  /** Begins a metric that goes up and down. */
  public MetricsText gauge(String newName, String help) {
    return begin(newName, "gauge", help);
  }

  /** Begins a metric that only grows; its name should end with {@code _total}. */
  public MetricsText counter(String newName, String help) {
    return begin(newName, "counter", help);
  }

  /** Begins a histogram. */
  public MetricsText histogram(String newName, String help) {
    return begin(newName, "histogram", help);
  }

  private MetricsText begin(String newName, String type, String help) {
    name = newName;
    out.append("# HELP ").append(name).append(' ').append(help).append('\n');
    out.append("# TYPE ").append(name).append(' ').append(type).append('\n');
    return this;
  }

  /**
   * Adds a value.
   *
   * @param labels names and values in turn
   */
  public MetricsText value(double value, String... labels) {
    return sample("", value, null, labels);
  }

  /**
   * Adds a histogram.
   *
   * @param unit what a value is to be multiplied with, such as 1e-6 for microseconds
   * @param first the power of two where the first bucket ends
   * @param last the power of two where the last bucket but that of everything ends
   */
  public MetricsText buckets(Buckets buckets, double unit, int first, int last, String... labels) {
    for (int bits = first; bits <= last; bits++) {
      sample("_bucket", buckets.below()[bits], number((1L << bits) * unit), labels);
    }
    // Lanes go on while the parts are added up, so the count may be ahead of the buckets.
    long count = Math.max(buckets.count(), buckets.below()[last]);
    sample("_bucket", count, "+Inf", labels);
    sample("_sum", buckets.sum() * unit, null, labels);
    return sample("_count", count, null, labels);
  }

  private MetricsText sample(String suffix, double value, String le, String... labels) {
    out.append(name).append(suffix);
    if (labels.length > 0 || le != null) {
      out.append('{');
      for (int i = 0; i < labels.length; i += 2) {
        label(labels[i], labels[i + 1]);
      }
      if (le != null) {
        label("le", le);
      }
      out.setCharAt(out.length() - 1, '}');
    }
    out.append(' ').append(number(value)).append('\n');
    return this;
  }

  private void label(String label, String value) {
    out.append(label).append("=\"");
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      switch (c) {
        case '\\' -> out.append("\\\\");
        case '"' -> out.append("\\\"");
        case '\n' -> out.append("\\n");
        default -> out.append(c);
      }
    }
    out.append("\",");
  }

  private static String number(double value) {
    if (value == Math.rint(value) && Math.abs(value) < 1e15) {
      return Long.toString((long) value);
    }
    return String.format(Locale.ROOT, "%.9g", value);
  }

  /** All that was written. */
  @Override
  public String toString() {
    return out.toString();
  }
}
