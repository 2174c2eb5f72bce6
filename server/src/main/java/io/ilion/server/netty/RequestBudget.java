package io.ilion.server.netty;

import io.ilion.server.Exchange;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The bytes that requests without an answer may hold: of the whole node, or of one client address;
 * or those of messages that wait for other nodes. Lanes draw from it in portions, so that requests
 * do not contend for one number.
 */
final class RequestBudget {
  /** What a request costs beyond its bytes: the objects that stand for it. */
  static final int OVERHEAD = 512;

  private static final long LARGEST_PORTION = 64 << 10;

  /** What idle lanes hold back is at most a quarter of the whole: two portions each. */
  private static final int PORTIONS_OF_A_LANE = 8;

  private final long most;
  private final AtomicLong free;
  private final long portion;

  /** A budget that so many lanes draw from. */
  RequestBudget(long bytes, int lanes) {
    most = bytes;
    free = new AtomicLong(bytes);
    portion = Math.min(LARGEST_PORTION, bytes / PORTIONS_OF_A_LANE / lanes);
  }

  /** What a request takes until it has its answer. */
  static long cost(Exchange exchange) {
    return (long) exchange.size() + OVERHEAD;
  }

  /** What nobody has drawn; negative while more is out than there was. */
  long free() {
    return free.get();
  }

  private boolean tryTake(long bytes) {
    if (free.addAndGet(-bytes) >= 0) {
      return true;
    }
    free.addAndGet(bytes);
    return false;
  }

  /** What one lane has drawn; owned by that lane. */
  final class Share {
    private long credit;
    private boolean closed;

    /** Whether so much is left; where that is much of the whole, whether half of it is. */
    boolean hasRoom(long bytes) {
      return free.get() >= Math.min(bytes, most / 2);
    }

    /** Takes so many bytes; false when there are no more. */
    boolean tryAcquire(long bytes) {
      if (credit < bytes) {
        long more = Math.max(bytes - credit, portion);
        if (tryTake(more)) {
          credit += more;
        } else if (tryTake(bytes - credit)) {
          credit = bytes;
        } else {
          return false;
        }
      }
      credit -= bytes;
      return true;
    }

    /** Takes so many bytes whether or not they are there. */
    void acquire(long bytes) {
      if (!tryAcquire(bytes)) {
        free.addAndGet(-bytes);
      }
    }

    void release(long bytes) {
      credit += bytes;
      if (closed || credit > 2 * portion || free.get() < 0) {
        giveBack();
      }
    }

    /** Holds nothing back any more; what is out comes back by {@link #release}. */
    void close() {
      closed = true;
      giveBack();
    }

    private void giveBack() {
      free.addAndGet(credit);
      credit = 0;
    }
  }

  /** Of two budgets what a lane takes of both, or of neither; owned by that lane. */
  record Both(Share one, Share other) {
    boolean hasRoom(long bytes) {
      return one.hasRoom(bytes) && other.hasRoom(bytes);
    }

    boolean tryAcquire(long bytes) {
      if (!one.tryAcquire(bytes)) {
        return false;
      }
      if (other.tryAcquire(bytes)) {
        return true;
      }
      one.release(bytes);
      return false;
    }

    void acquire(long bytes) {
      one.acquire(bytes);
      other.acquire(bytes);
    }

    void release(long bytes) {
      one.release(bytes);
      other.release(bytes);
    }
  }
}
