package io.ilion.server.cql;

import io.ilion.protocol.Request;
import io.ilion.runtime.Clock;
import io.ilion.server.Exchange;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps and logs the requests that took longer than a threshold, which may change at any time. The
 * last hundred are kept; a few of them are logged in a second, and how many were not. Any thread
 * may call any of it.
 */
public final class SlowRequests {
  private static final Logger LOG = LoggerFactory.getLogger(SlowRequests.class);
  private static final int KEPT = 100;
  private static final int LOGGED_IN_A_SECOND = 5;
  private static final int LONGEST_TEXT = 1000;

  private final Clock clock;
  private volatile long thresholdMicros;

  // Guarded by this.
  private final ArrayDeque<Slow> kept = new ArrayDeque<>();
  private long second;
  private int logged;
  private long unlogged;

  /**
   * A request that was slow.
   *
   * @param endedMillis when it was answered, since 1970
   * @param user who asked, or null
   * @param text what was asked for, cut off if it is long
   */
  public record Slow(
      long endedMillis, long micros, String client, String user, String keyspace, String text) {}

  /** What is slower than a threshold; 0 for nothing. */
  SlowRequests(Clock clock, long thresholdMicros) {
    this.clock = clock;
    this.thresholdMicros = thresholdMicros;
  }

  /** From where on a request is slow, in microseconds; 0 if none ever is. */
  public long thresholdMicros() {
    return thresholdMicros;
  }

  /** From now on a request is slow after so many microseconds; 0 for never. */
  public void setThresholdMicros(long micros) {
    thresholdMicros = micros;
  }

  /** A request is about to be answered. */
  void look(Exchange exchange, long micros, Function<Exchange, String> text) {
    long threshold = thresholdMicros;
    if (threshold > 0 && micros >= threshold) {
      note(exchange, micros, text.apply(exchange));
    }
  }

  private void note(Exchange exchange, long micros, String text) {
    Slow slow =
        new Slow(
            clock.wallMillis(),
            micros,
            exchange.client().remoteAddress().toString(),
            exchange.client().user(),
            exchange.client().keyspace(),
            text);
    long unloggedBefore;
    synchronized (this) {
      if (kept.size() == KEPT) {
        kept.removeFirst();
      }
      kept.addLast(slow);
      long now = TimeUnit.NANOSECONDS.toSeconds(clock.nanoTime());
      if (now != second) {
        second = now;
        logged = 0;
      }
      if (logged == LOGGED_IN_A_SECOND) {
        unlogged++;
        return;
      }
      logged++;
      unloggedBefore = unlogged;
      unlogged = 0;
    }
    LOG.warn(
        "slow: {} ms, of {}: {}{}",
        micros / 1000,
        slow.client(),
        text,
        unloggedBefore == 0 ? "" : " (and " + unloggedBefore + " more before it)");
  }

  /** The last ones, the newest first. */
  public synchronized List<Slow> last() {
    return new ArrayList<>(kept).reversed();
  }

  /** What a request asks for, where prepared statements have no text here. */
  static String text(Exchange exchange) {
    String text =
        switch (exchange.message()) {
          case Request.Query q -> "QUERY " + q.query();
          case Request.Execute e -> "EXECUTE " + e.id();
          case Request.Batch b -> "BATCH of " + b.statements().size() + " statements";
          default -> exchange.message().opcode().toString();
        };
    return shortened(text);
  }

  static String shortened(String text) {
    return text.length() > LONGEST_TEXT ? text.substring(0, LONGEST_TEXT) + "..." : text;
  }
}
