package io.ilion.server.netty;

import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Says what is wrong with others who connect, or are connected to. They are tried and try again and
 * again, so a thing is said once in an hour, and since anybody may connect, only so many things
 * are. Thread-safe.
 */
final class Troubles {
  private static final Logger LOGGER = LoggerFactory.getLogger(Troubles.class);
  private static final long PERIOD_NANOS = TimeUnit.HOURS.toNanos(1);
  private static final int MOST = 64;
  private static final Pattern CONTROL = Pattern.compile("\\p{Cntrl}");

  private final String others;
  private final LongSupplier nanoTime;
  private final Set<String> said = new HashSet<>();
  private long begin;

  /**
   * Nothing has been said yet.
   *
   * @param others who they are, such as "clients"
   */
  Troubles(String others, LongSupplier nanoTime) {
    this.others = others;
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
      LOGGER.warn("what else is wrong with {} is not said before an hour has passed", others);
    }
    return isNew;
  }
}
