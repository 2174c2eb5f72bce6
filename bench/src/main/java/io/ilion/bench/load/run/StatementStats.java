package io.ilion.bench.load.run;

import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.Recorder;

/** What the executions of one statement took. Any thread records; one thread takes intervals. */
final class StatementStats {
  private static final long LOWEST_NANOS = 1_000;
  private static final long HIGHEST_NANOS = 3_600_000_000_000L;
  private static final int DIGITS = 3;
  private static final int MOST_ERRORS = 50;
  private static final String UNANSWERED = "UNANSWERED";

  private final String name;
  private final Recorder response = new Recorder(LOWEST_NANOS, HIGHEST_NANOS, DIGITS);
  private final Recorder service = new Recorder(LOWEST_NANOS, HIGHEST_NANOS, DIGITS);
  private final LongAdder rows = new LongAdder();
  private final AtomicInteger underWay = new AtomicInteger();
  private final Map<String, LongAdder> errors = new ConcurrentHashMap<>();
  private Histogram lastResponse;
  private Histogram lastService;
  private volatile boolean closed;
  private boolean isOpen = true;

  StatementStats(String name) {
    this.name = name;
  }

  /** In a closed loop operations are sent when they are due: both times are one. */
  void closedLoop() {
    isOpen = false;
  }

  /** An operation begins. */
  void begun() {
    underWay.incrementAndGet();
  }

  /** An operation has ended, well or not. */
  void ended() {
    underWay.decrementAndGet();
  }

  /** How many operations have begun and not ended. */
  int underWay() {
    return underWay.get();
  }

  /** Operations that have no answer yet will not get one: they failed, and count only as that. */
  void giveUp() {
    closed = true;
    int missing = underWay.get();
    if (missing > 0) {
      errors.computeIfAbsent(UNANSWERED, kind -> new LongAdder()).add(missing);
    }
  }

  /**
   * An operation succeeded.
   *
   * @param serviceNanos from when it was sent
   * @param responseNanos from when it should have been
   */
  void succeeded(long serviceNanos, long responseNanos, int rowCount) {
    if (closed) {
      return;
    }
    if (isOpen) {
      service.recordValue(bounded(serviceNanos));
    }
    response.recordValue(bounded(responseNanos));
    rows.add(rowCount);
  }

  private static long bounded(long nanos) {
    return Math.max(0, Math.min(HIGHEST_NANOS, nanos));
  }

  /** An operation failed, or what it read was wrong. */
  void failed(String kind) {
    if (closed) {
      return;
    }
    LongAdder count = errors.get(kind);
    if (count == null) {
      String known = errors.size() < MOST_ERRORS ? kind : "other";
      count = errors.computeIfAbsent(known, key -> new LongAdder());
    }
    count.increment();
  }

  /** What was recorded since the last call; its histograms are valid until the next. */
  StatementInterval next() {
    lastResponse = response.getIntervalHistogram(lastResponse);
    lastService = isOpen ? service.getIntervalHistogram(lastService) : lastResponse;
    Map<String, Long> failures = new TreeMap<>();
    errors.forEach(
        (kind, count) -> {
          long number = count.sumThenReset();
          if (number > 0) {
            failures.put(kind, number);
          }
        });
    return new StatementInterval(name, lastResponse, lastService, rows.sumThenReset(), failures);
  }
}
