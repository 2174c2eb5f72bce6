package io.ilion.storage.engine;

import io.ilion.runtime.DiskFullException;
import io.ilion.runtime.NodeRuntime;
import java.io.IOException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has writes refused before the disk is full, so that there is room to flush, to compact and to
 * help. Looks every second, on the background pool.
 */
final class DiskReserve {
  private static final Logger LOG = LoggerFactory.getLogger(DiskReserve.class);
  private static final long PERIOD_NANOS = 1_000_000_000L;

  private final NodeRuntime runtime;
  private final String directory;
  private final Flusher flusher;
  private volatile boolean closed;

  DiskReserve(NodeRuntime runtime, String directory, Flusher flusher) {
    this.runtime = runtime;
    this.directory = directory;
    this.flusher = flusher;
  }

  void begin(long bytes) {
    if (bytes > 0) {
      look(bytes, false);
    }
  }

  void close() {
    closed = true;
  }

  private void look(long bytes, boolean wasReached) {
    boolean reached = wasReached;
    try {
      long free = runtime.files().usableBytes(directory);
      reached = free < bytes;
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
            PERIOD_NANOS,
            () -> {
              if (!closed) {
                runtime.scheduler().background().execute(() -> look(bytes, now));
              }
            });
  }
}
