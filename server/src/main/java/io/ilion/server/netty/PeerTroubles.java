package io.ilion.server.netty;

import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Says what is wrong with other nodes. They are tried again and again, by each lane, so a thing is
 * said once in an hour, and since anybody may connect, only so many things are. Thread-safe.
 */
final class PeerTroubles {
  private static final Logger LOGGER = LoggerFactory.getLogger(PeerTroubles.class);
  private static final long PERIOD_NANOS = TimeUnit.HOURS.toNanos(1);
  private static final int MOST = 64;
  private static final Pattern CONTROL = Pattern.compile("\\p{Cntrl}");

  private final LongSupplier nanoTime;
  private final Set<String> said = new HashSet<>();
  private long begin;

  PeerTroubles(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
  }

  /** Logs a line, unless it was or too many were. It may have what others say of themselves. */
  void warn(String line) {
    if (isNew(line)) {
      LOGGER.warn(CONTROL.matcher(line).replaceAll("?"));
    }
  }

  private synchronized boolean isNew(String line) {
    long now = nanoTime.getAsLong();
    if (said.isEmpty() || now - begin >= PERIOD_NANOS) {
      said.clear();
      begin = now;
    }
    if (said.size() >= MOST) {
      return false;
    }
    boolean isNew = said.add(line);
    if (isNew && said.size() == MOST) {
      LOGGER.warn("what else is wrong with other nodes is not said before an hour has passed");
    }
    return isNew;
  }
}
