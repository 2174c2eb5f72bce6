package io.ilion.metrics;

import io.ilion.driver.ConnectionException;
import io.ilion.driver.NoNodeAvailableException;
import io.ilion.driver.ProtocolErrorException;
import io.ilion.driver.RequestTimeoutException;
import io.ilion.driver.ServerException;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import org.HdrHistogram.AtomicHistogram;
import org.HdrHistogram.Histogram;

/** Adds up times; without locks, and without objects for those that succeed. Takes 24 KiB. */
final class Timer {
  private static final long FINEST_NANOS = 1_000;
  private static final long LONGEST_NANOS = TimeUnit.HOURS.toNanos(1);
  private static final int DIGITS = 2;

  private final AtomicHistogram nanos = new AtomicHistogram(FINEST_NANOS, LONGEST_NANOS, DIGITS);
  private final LongAdder sum = new LongAdder();

  /** Bounded, as the kinds of errors are. */
  private final Map<String, LongAdder> errors = new ConcurrentHashMap<>();

  void record(long elapsedNanos, Throwable error) {
    long elapsed = Math.max(0, Math.min(elapsedNanos, LONGEST_NANOS));
    nanos.recordValue(elapsed);
    sum.add(elapsed);
    if (error != null) {
      errors.computeIfAbsent(kind(error), kind -> new LongAdder()).increment();
    }
  }

  /** All of it until now. */
  Timing timing() {
    Histogram copy = new Histogram(nanos);
    copy.add(nanos);
    Map<String, Long> failures = new TreeMap<>();
    errors.forEach((kind, count) -> failures.put(kind, count.sum()));
    return new Timing(copy, sum.sum(), failures);
  }

  private static String kind(Throwable error) {
    if (error instanceof ServerException server) {
      return server.code().name().toLowerCase(Locale.ROOT);
    }
    if (error instanceof RequestTimeoutException) {
      return "timeout";
    }
    if (error instanceof ConnectionException) {
      return "connection";
    }
    if (error instanceof NoNodeAvailableException) {
      return "no_node";
    }
    return error instanceof ProtocolErrorException ? "malformed_answer" : "other";
  }
}
