package io.ilion.server.netty;

import io.ilion.runtime.Clock;
import io.ilion.runtime.Lane;

/**
 * Says which requests of clients one lane refuses because there are too many. Owned by the lane.
 *
 * <p>What is accepted waits for all that was accepted before. So while the lane lags, which tells
 * that the processor is short and not, say, a replica slow, it takes no more than it has lately
 * answered in {@link #WAIT_NANOS}; when it lags no more, a little more each time that it is looked
 * at, up to what is configured. A connection that has less than its share of these under way is
 * never refused: a few clients that send all they can do not take the place of others.
 *
 * <p>A lane lags when it begins tasks late. It is looked at each {@link #PERIOD_NANOS}, and only
 * while there are many requests.
 */
final class LaneAdmission {
  /**
   * So many of one lane are always taken: what one connection of Apache's driver sends at most, as
   * it is set by default. A single client is not refused because the node has only just started.
   */
  static final int LEAST = 1024;

  /** So many of one connection are always taken. */
  static final int LEAST_OF_CONNECTION = 8;

  static final long PERIOD_NANOS = 10_000_000;
  static final long LATE_NANOS = 4_000_000;
  static final int PERIODS = 5;

  /** One late beginning may be a pause of the collector; of a lane that lags all are late. */
  private static final int LEAST_PERIODS = 2;

  private static final long WAIT_NANOS = 30_000_000;

  /** The part of itself by which the limit grows. */
  private static final int GROWTH = 4;

  private final Lane lane;
  private final Clock clock;
  private final int most;
  private int limit;
  private int underWay;
  private int connections;
  private boolean watching;

  // What was seen since this window of time began.
  private long windowNanos;
  private long answered;
  private int periods;
  private int late;

  /**
   * Nothing is under way.
   *
   * @param most how many requests may be under way whether or not the lane lags
   */
  LaneAdmission(Lane lane, Clock clock, int most) {
    this.lane = lane;
    this.clock = clock;
    this.most = Math.max(1, most);
    this.limit = this.most;
  }

  /** Whether a connection that has so many requests under way is refused one more. */
  boolean refuses(int ofConnection) {
    return underWay >= limit
        && ofConnection >= Math.max(LEAST_OF_CONNECTION, limit / Math.max(1, connections));
  }

  /**
   * A request was accepted.
   *
   * @param isFirst whether its connection had none under way
   */
  void accepted(boolean isFirst) {
    connections += isFirst ? 1 : 0;
    if (++underWay >= LEAST && !watching) {
      watching = true;
      begin();
      watch();
    }
  }

  /**
   * Requests of one connection were answered.
   *
   * @param areLast whether it has none under way now
   */
  void answered(int requests, boolean areLast) {
    connections -= areLast ? 1 : 0;
    underWay -= requests;
    answered += requests;
  }

  private void begin() {
    windowNanos = clock.nanoTime();
    answered = 0;
    periods = 0;
    late = 0;
  }

  private void watch() {
    long due = clock.nanoTime() + PERIOD_NANOS;
    lane.schedule(PERIOD_NANOS, () -> look(due));
  }

  private void look(long due) {
    long now = clock.nanoTime();
    late += now - due > LATE_NANOS ? 1 : 0;
    if (++periods >= LEAST_PERIODS && now - windowNanos >= PERIODS * PERIOD_NANOS) {
      limit = late * 2 > periods ? withinWait(now - windowNanos) : grown();
      if (limit == most && underWay < LEAST) {
        watching = false;
        return;
      }
      begin();
    }
    watch();
  }

  private int grown() {
    return (int) Math.min(most, limit + limit / GROWTH + 1L);
  }

  /** How many requests are answered in the time that one may wait. */
  private int withinWait(long nanos) {
    double perNano = (double) answered / Math.max(1, nanos);
    return (int) Math.min(most, Math.max(LEAST, perNano * WAIT_NANOS));
  }
}
