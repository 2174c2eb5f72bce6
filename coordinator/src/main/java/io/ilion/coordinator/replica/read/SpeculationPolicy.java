package io.ilion.coordinator.replica.read;

/**
 * When a read that takes long asks one more replica, as a table's {@code speculative_retry} says:
 * {@code NEVER}, {@code ALWAYS}, a percentile of the table's recent reads ({@code 99p}), a time
 * ({@code 50ms}), or {@code MIN} or {@code MAX} of those two.
 */
sealed interface SpeculationPolicy {

  /**
   * After how long one more is asked.
   *
   * @return nanoseconds; 0 for at once, Long.MAX_VALUE for never
   */
  long delayNanos(LatencyHistogram latencies);

  /** After a time. */
  record After(long nanos) implements SpeculationPolicy {
    @Override
    public long delayNanos(LatencyHistogram latencies) {
      return nanos;
    }
  }

  /** When so many of a hundred reads would have ended; never as long as there were too few. */
  record Percentile(double percent) implements SpeculationPolicy {
    @Override
    public long delayNanos(LatencyHistogram latencies) {
      long nanos = latencies.percentile(percent);
      return nanos < 0 ? Long.MAX_VALUE : nanos;
    }
  }

  /** The earlier or the later of two. */
  record Either(SpeculationPolicy a, SpeculationPolicy b, boolean later)
      implements SpeculationPolicy {
    @Override
    public long delayNanos(LatencyHistogram latencies) {
      long first = a.delayNanos(latencies);
      long second = b.delayNanos(latencies);
      return later ? Math.max(first, second) : Math.min(first, second);
    }
  }

  /** The policy of an option's text in the form in which tables keep it. */
  static SpeculationPolicy of(String text) {
    if (text.equals("NEVER")) {
      return new After(Long.MAX_VALUE);
    }
    if (text.equals("ALWAYS")) {
      return new After(0);
    }
    if (text.startsWith("MIN(") || text.startsWith("MAX(")) {
      int comma = text.indexOf(',');
      return new Either(
          of(text.substring(4, comma)),
          of(text.substring(comma + 1, text.length() - 1)),
          text.startsWith("MAX("));
    }
    return text.endsWith("p")
        ? new Percentile(Double.parseDouble(text.substring(0, text.length() - 1)))
        : new After((long) (1e6 * Double.parseDouble(text.substring(0, text.length() - 2))));
  }
}
