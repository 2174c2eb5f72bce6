package io.ilion.server.netty;

import io.ilion.runtime.Clock;
import io.ilion.runtime.Lane;

/**
 * Says which requests of clients one lane refuses because there are too many. Owned by the lane.
 *
 * <p>What is accepted waits for all that was accepted before. So while the lane lags, which tells
 * that the processor is short and not, say, a replica slow, it takes no more than it has lately
 * answered in {@link #WAIT_NANOS}, or than {@link #LEAST} if it answers those within {@link
 * #LONGEST_WAIT_NANOS}; when it lags no more, a little more each time that it is looked at, up to
 * what is configured. The connections that were refused share that evenly, and one that has very
 * little under way is not refused: a few clients that send all they can do not take the place of
 * others.
 *
 * <p>A lane lags when it begins tasks late. It is looked at each {@link #PERIOD_NANOS}, and only
 * while there are many requests. That takes some turns of the lane, and a turn takes as long as
 * what was accepted for it; so that it does not take seconds before anything is known, what one
 * request took lately bounds them to {@link #LONGEST_TURN_NANOS}.
 *
 * <p>To refuse takes time as well: of each connection that is refused only so much is read in a
 * turn that all together do not take much more of it than what is accepted. What is beyond that
 * waits in the sockets.
 */
final class LaneAdmission {
  /**
   * So many of one lane are taken, unless they would take long: what one connection of Apache's
   * driver sends at most, as it is set by default.
   */
  static final int LEAST = 1024;

  /** So many of one connection are taken, unless all have twice of what is the lane's limit. */
  static final int LEAST_OF_CONNECTION = 8;

  static final long PERIOD_NANOS = 10_000_000;
  static final long LATE_NANOS = 4_000_000;
  static final int PERIODS = 5;

  /** How long a connection that was refused is left unread at least. */
  static final long PAUSE_NANOS = 2_000_000;

  /** One late beginning may be a pause of the collector; of a lane that lags all are late. */
  private static final int LEAST_PERIODS = 2;

  private static final long WAIT_NANOS = 10_000_000;
  private static final long LONGEST_WAIT_NANOS = 100_000_000;
  private static final long LONGEST_TURN_NANOS = 200_000_000;

  /** So many are refused at once, all connections together: that takes some milliseconds. */
  private static final int MOST_REFUSED = 16_384;

  /** The part of itself by which the limit grows. */
  private static final int GROWTH = 4;

  /** The part of itself by which it declines beneath the least. */
  private static final int DECLINE = 8;

  /** What a request takes is taken to be this until it is known. */
  private static final double FIRST_NANOS_EACH = 10_000;

  /** The part by which the time that one took moves towards a shorter one. */
  private static final int DECAY = 4;

  private final Lane lane;
  private final Clock clock;
  private final int most;
  private int limit;
  private int mostOfTurn;

  /** The lesser of the two. */
  private int mostNow;

  /** The part of that which one connection may have. */
  private int share;

  private int underWay;
  private boolean watching;

  private double nanosEach = FIRST_NANOS_EACH;

  /** How many connections were refused in the last window of time. */
  private int refused = 1;

  // What was seen since this window of time began.
  private int window;
  private long windowNanos;
  private long answered;
  private int refusedNow;
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
    this.mostOfTurn = this.most;
    choose();
  }

  private void choose() {
    mostNow = Math.min(limit, mostOfTurn);
    share = mostNow / refused;
  }

  /** Whether a connection that has so many requests under way is refused one more. */
  boolean refuses(int ofConnection) {
    return (underWay >= mostNow || ofConnection >= share)
        && ofConnection >= (underWay < 2L * mostNow ? LEAST_OF_CONNECTION : 1);
  }

  /** How many requests of one connection are refused at once; the next ones are not yet read. */
  int mostRefused() {
    return Math.max(LEAST, MOST_REFUSED / refused);
  }

  /**
   * Requests of one connection were refused.
   *
   * @param window what this gave when the connection was refused the last time, or -1
   * @return the window of time that this belongs to
   */
  int refused(int window) {
    refusedNow += window == this.window ? 0 : 1;
    return this.window;
  }

  /** A request was accepted. */
  void accepted() {
    if (++underWay >= Math.min(LEAST, mostOfTurn / 2) && !watching) {
      watching = true;
      begin();
      watch();
    }
  }

  /** Requests were answered. */
  void answered(int requests) {
    underWay -= requests;
    answered += requests;
  }

  /**
   * So many requests were answered one after the other, while nothing was waited for. What they
   * took may include a pause, so one time is believed up to the double of what was known.
   */
  void took(int requests, long nanos) {
    double each = (double) nanos / requests;
    nanosEach =
        each < nanosEach
            ? nanosEach + (each - nanosEach) / DECAY
            : Math.min(each, Math.max(1, 2 * nanosEach));
    mostOfTurn = (int) Math.clamp(LONGEST_TURN_NANOS / Math.max(1, nanosEach), 1, most);
    choose();
  }

  private void begin() {
    windowNanos = clock.nanoTime();
    window = window + 1 & Integer.MAX_VALUE;
    answered = 0;
    refusedNow = 0;
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
      refused = Math.max(1, refusedNow);
      choose();
      if (limit == most && underWay < Math.min(LEAST, mostOfTurn / 2)) {
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

  /**
   * How many requests are answered in the time that one may wait. Beneath what is the least it goes
   * slowly: a node that has only just started lags while its code is compiled, and does not refuse
   * a single client for that.
   */
  private int withinWait(long nanos) {
    double perNano = (double) answered / Math.max(1, nanos);
    double within = Math.max(perNano * WAIT_NANOS, Math.min(LEAST, perNano * LONGEST_WAIT_NANOS));
    int slowly = Math.min(LEAST, Math.max(1, limit - limit / DECLINE));
    return (int) Math.clamp(within, Math.min(slowly, most), most);
  }
}
