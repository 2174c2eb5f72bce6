package io.ilion.metrics;

import java.util.Arrays;

/** Writes metrics of the driver in the text format of Prometheus; times are seconds. */
final class PrometheusText {
  private static final String PREFIX = "ilion_driver_";
  private static final double NANOS_OF_A_SECOND = 1e9;

  /** The first bucket ends at 16 us, each of the next at twice as much, the last at 17 s. */
  private static final int FIRST_BUCKET = 4;

  private static final int LAST_BUCKET = 24;

  private final StringBuilder out = new StringBuilder(16 << 10);
  private String name;

  /** Begins a metric, whose values follow. */
  void begin(String newName, String type, String help) {
    name = PREFIX + newName;
    out.append("# HELP ").append(name).append(' ').append(help).append('\n');
    out.append("# TYPE ").append(name).append(' ').append(type).append('\n');
  }

  /**
   * Adds a value.
   *
   * @param labels names and values in turn
   */
  void value(long value, String... labels) {
    sample("", Long.toString(value), labels);
  }

  /** Adds how often each kind of error was met. */
  void errors(Timing timing, String... labels) {
    timing
        .errors()
        .forEach((kind, count) -> sample("", Long.toString(count), with(labels, "error", kind)));
  }

  /** Adds a histogram. */
  void times(Timing timing, String... labels) {
    for (int bits = FIRST_BUCKET; bits <= LAST_BUCKET; bits++) {
      long end = 1_000L << bits;
      long below = timing.nanos().getCountBetweenValues(0, end);
      sample("_bucket", Long.toString(below), with(labels, "le", seconds(end)));
    }
    sample("_bucket", Long.toString(timing.count()), with(labels, "le", "+Inf"));
    sample("_sum", seconds(timing.sumNanos()), labels);
    sample("_count", Long.toString(timing.count()), labels);
  }

  private static String seconds(long nanos) {
    return Double.toString(nanos / NANOS_OF_A_SECOND);
  }

  private static String[] with(String[] labels, String label, String value) {
    String[] all = Arrays.copyOf(labels, labels.length + 2);
    all[labels.length] = label;
    all[labels.length + 1] = value;
    return all;
  }

  private void sample(String suffix, String value, String... labels) {
    out.append(name).append(suffix);
    for (int i = 0; i < labels.length; i += 2) {
      out.append(i == 0 ? '{' : ',').append(labels[i]).append("=\"");
      out.append(labels[i + 1].replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n"));
      out.append('"');
    }
    out.append(labels.length > 0 ? "} " : " ").append(value).append('\n');
  }

  @Override
  public String toString() {
    return out.toString();
  }
}
