package io.ilion.gossip.messaging;

import io.ilion.runtime.Clock;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * What the requests of other nodes take that one lane works on. It is bounded: what exceeds it is
 * refused at once, so that whoever asked can ask another. Requests begin on the lane, and end on
 * any thread.
 *
 * <p>One that is larger than all may take is taken while no more than half of that is taken.
 *
 * <p>What has not ended after a minute is not counted any more: whoever asked has long given up,
 * and nothing that is never answered makes the lane refuse for ever.
 */
final class LaneWork {
  /** What a request takes beside its bytes. */
  static final int OVERHEAD = 2048;

  private static final long PERIOD_NANOS = 30_000_000_000L;

  /** In the middle of so many longs a count has cache lines that no other lane writes to. */
  private static final int SPREAD = 32;

  private static final int MIDDLE = SPREAD / 2;

  private final Clock clock;
  private final long mostBytes;
  private AtomicLongArray earlier = new AtomicLongArray(SPREAD);
  private AtomicLongArray bytes = new AtomicLongArray(SPREAD);
  private long begunNanos;

  LaneWork(Clock clock, long mostBytes) {
    this.mostBytes = mostBytes;
    this.clock = clock;
    this.begunNanos = clock.nanoTime();
  }

  /** What one request takes. */
  record Share(AtomicLongArray of, int bytes) {
    /** The request has ended; once. */
    void end() {
      of.addAndGet(MIDDLE, -bytes);
    }
  }

  /** Takes a request of so many bytes; null if there are too many. */
  Share tryBegin(int size) {
    AtomicLongArray now = bytes;
    long before = now.get(MIDDLE) + earlier.get(MIDDLE);
    int taken = size + OVERHEAD;
    if (before > mostBytes / 2 && before + taken > mostBytes) {
      rotate();
      return null;
    }
    if (now.addAndGet(MIDDLE, taken) == taken) {
      rotate();
    }
    return new Share(now, taken);
  }

  /** Whether nothing is counted; any thread may ask, and may be told what was just before. */
  boolean isIdle() {
    return bytes.get(MIDDLE) == 0 && earlier.get(MIDDLE) == 0;
  }

  private void rotate() {
    long nanos = clock.nanoTime();
    if (nanos - begunNanos > PERIOD_NANOS) {
      begunNanos = nanos;
      earlier = bytes;
      bytes = new AtomicLongArray(SPREAD);
    }
  }
}
