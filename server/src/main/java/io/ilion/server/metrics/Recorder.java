package io.ilion.server.metrics;

import java.util.concurrent.atomic.AtomicReferenceArray;

/**
 * A histogram that several lanes write without contention, each its own part. A part takes a
 * kilobyte, and is there when its lane has recorded something.
 */
final class Recorder {
  private final AtomicReferenceArray<Histogram> parts;
  private final Rate rate = new Rate();

  /** A recorder for a number of lanes, and for all other threads together. */
  Recorder(int lanes) {
    parts = new AtomicReferenceArray<>(lanes + 1);
  }

  /**
   * Records a value.
   *
   * @param lane the index of the lane that the caller is, or -1 for none
   */
  void record(int lane, long value) {
    if (lane < 0) {
      recordOutside(value);
      return;
    }
    Histogram part = parts.get(lane);
    if (part == null) {
      part = new Histogram();
      parts.set(lane, part);
    }
    part.record(value);
  }

  private synchronized void recordOutside(long value) {
    int outside = parts.length() - 1;
    Histogram part = parts.get(outside);
    if (part == null) {
      part = new Histogram();
      parts.set(outside, part);
    }
    part.record(value);
  }

  long count() {
    long count = 0;
    for (int i = 0; i < parts.length(); i++) {
      Histogram part = parts.get(i);
      count += part == null ? 0 : part.count();
    }
    return count;
  }

  /** Adds all of it until now to another. */
  void addTo(Histogram whole) {
    for (int i = 0; i < parts.length(); i++) {
      Histogram part = parts.get(i);
      if (part != null) {
        whole.add(part);
      }
    }
  }

  /** All of it until now. */
  Distribution distribution() {
    Histogram whole = new Histogram();
    addTo(whole);
    return new Distribution(
        whole.count(),
        whole.max(),
        whole.quantile(0.5),
        whole.quantile(0.99),
        whole.quantile(0.999),
        rate.perSecond());
  }

  /** Takes note of how many there were since the last tick, {@link Rate#TICK_SECONDS} ago. */
  void tick() {
    rate.tick(count());
  }
}
