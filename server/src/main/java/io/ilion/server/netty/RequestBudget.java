package io.ilion.server.netty;

import java.util.concurrent.atomic.AtomicLong;

/**
 * The bytes that requests without an answer may hold, for the whole node. Lanes draw from it in
 * portions, so that requests do not contend for one number.
 */
final class RequestBudget {
  private static final long PORTION = 64 << 10;

  private final AtomicLong free;

  RequestBudget(long bytes) {
    free = new AtomicLong(bytes);
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

    /** Takes so many bytes; false when the node has no more. */
    boolean tryAcquire(long bytes) {
      if (credit < bytes) {
        long more = Math.max(bytes - credit, PORTION);
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
      if (credit > 2 * PORTION || free.get() < 0) {
        free.addAndGet(credit);
        credit = 0;
      }
    }
  }
}
