package io.ilion.storage.engine;

import io.ilion.runtime.DiskFullException;
import io.ilion.runtime.NodeRuntime;
import java.io.IOException;
import java.util.random.RandomGenerator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has writes refused before the disk is full, so that there is room to flush, to compact and to
 * help. Looks on the background pool, every second, and more often when the room that is left could
 * be written before that.
 */
final class DiskReserve {
  private static final Logger LOG = LoggerFactory.getLogger(DiskReserve.class);
  private static final long LONGEST_PERIOD_NANOS = 1_000_000_000L;
  private static final long SHORTEST_PERIOD_NANOS = 10_000_000L;

  /** What a fast disk may take in a second. */
  private static final long MOST_BYTES_PER_SECOND = 1L << 30;

  private final NodeRuntime runtime;
  private final String directory;
  private final Flusher flusher;
  private RandomGenerator random;
  private volatile boolean closed;

  /** Looks follow one another. */
  private volatile boolean hasBallast;

  DiskReserve(NodeRuntime runtime, String directory, Flusher flusher) {
    this.runtime = runtime;
    this.directory = directory;
    this.flusher = flusher;
  }

  void begin(long bytes) {
    if (bytes > 0) {
      random = runtime.random().split();
      look(bytes, false, true);
    }
  }

  void close() {
    closed = true;
  }

  private void look(long bytes, boolean wasReached, boolean first) {
    boolean reached = wasReached;
    long period = LONGEST_PERIOD_NANOS;
    try {
      long free = runtime.files().usableBytes(directory);
      reached = free < bytes;
      if (first) {
        hasBallast = Ballast.isThere(runtime.files(), directory);
      } else if (!hasBallast && free - bytes > 2L * Ballast.BYTES) {
        Ballast.take(runtime.files(), directory, random);
        hasBallast = true;
      }
      if (!reached) {
        period = period(free - bytes);
      }
      if (reached != wasReached) {
        flusher.setReserveReached(reached ? new DiskFullException(directory, null) : null);
        LOG.warn("{} bytes are free: writes are {}", free, reached ? "refused" : "taken again");
      }
    } catch (IOException e) {
      LOG.error("cannot find out how much is free in {}", directory, e);
    }
    boolean now = reached;
    runtime
        .scheduler()
        .lane(0)
        .schedule(
            period,
            () -> {
              if (!closed) {
                runtime.scheduler().background().execute(() -> look(bytes, now, false));
              }
            });
  }

  private static long period(long spareBytes) {
    long second = Math.min(spareBytes, MOST_BYTES_PER_SECOND);
    return Math.max(SHORTEST_PERIOD_NANOS, second * LONGEST_PERIOD_NANOS / MOST_BYTES_PER_SECOND);
  }
}
