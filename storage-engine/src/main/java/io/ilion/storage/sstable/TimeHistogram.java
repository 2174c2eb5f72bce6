package io.ilion.storage.sstable;

import java.nio.ByteBuffer;
import java.util.Map;
import java.util.TreeMap;

/**
 * How many things were deleted or expire when: counts by ranges of times of a length that is a
 * power of two seconds, and that doubles whenever there would be more than some ranges.
 */
final class TimeHistogram {
  private static final int MOST_RANGES = 64;

  private final TreeMap<Long, Long> counts = new TreeMap<>();
  private int shift;

  /** What came last, not yet counted: times often repeat. */
  private long lastRange;

  private long lastCount;

  /** Counts something at a time in seconds since 1970. */
  void add(long seconds) {
    long range = seconds >> shift;
    if (range != lastRange) {
      settle();
      lastRange = seconds >> shift;
    }
    lastCount++;
  }

  private void settle() {
    if (lastCount == 0) {
      return;
    }
    counts.merge(lastRange, lastCount, Long::sum);
    lastCount = 0;
    while (counts.size() > MOST_RANGES) {
      shift++;
      TreeMap<Long, Long> wider = new TreeMap<>();
      counts.forEach((range, count) -> wider.merge(range >> 1, count, Long::sum));
      counts.clear();
      counts.putAll(wider);
    }
  }

  /** How many things surely have a time before this one. */
  long before(long seconds) {
    settle();
    long sum = 0;
    for (Map.Entry<Long, Long> entry : counts.headMap(seconds >> shift).entrySet()) {
      sum += entry.getValue();
    }
    return sum;
  }

  int length() {
    settle();
    return 8 + 16 * counts.size();
  }

  void write(ByteBuffer out) {
    settle();
    out.putInt(shift).putInt(counts.size());
    counts.forEach((range, count) -> out.putLong(range).putLong(count));
  }

  static TimeHistogram read(ByteBuffer in) {
    TimeHistogram histogram = new TimeHistogram();
    histogram.shift = in.getInt();
    int size = in.getInt();
    for (int i = 0; i < size; i++) {
      long range = in.getLong();
      histogram.counts.put(range, in.getLong());
    }
    return histogram;
  }
}
