package io.ilion.driver.policy;

import java.util.ArrayDeque;
import java.util.Deque;

/** Lets so many requests run at once. */
final class ConcurrencyThrottle implements ThrottlingPolicy {
  private final int limit;
  private final int maxWaiting;
  private final Deque<Throttled> waiting = new ArrayDeque<>();
  private int running;
  private boolean releasing;

  ConcurrencyThrottle(int limit, int maxWaiting) {
    if (limit < 1) {
      throw new IllegalArgumentException("at least one at once");
    }
    this.limit = limit;
    this.maxWaiting = maxWaiting;
  }

  @Override
  public void register(Throttled request) {
    boolean proceed = false;
    synchronized (this) {
      if (running < limit) {
        running++;
        proceed = true;
      } else {
        if (waiting.size() >= maxWaiting) {
          waiting.removeIf(Throttled::isAbandoned);
        }
        if (waiting.size() < maxWaiting) {
          waiting.add(request);
          return;
        }
      }
    }
    if (proceed) {
      request.proceed();
    } else {
      request.refuse(limit + " requests are running and " + maxWaiting + " waiting");
    }
  }

  @Override
  public void done() {
    synchronized (this) {
      running--;
      if (releasing) {
        // Who releases sees it. A request that fails at once is done inside of its proceed: were
        // the next released from there, the stack would be as deep as the queue is long.
        return;
      }
      releasing = true;
    }
    for (Throttled next = next(); next != null; next = next()) {
      next.proceed();
    }
  }

  private synchronized Throttled next() {
    Throttled next = null;
    while (running < limit && next == null && !waiting.isEmpty()) {
      next = waiting.poll();
      if (next.isAbandoned()) {
        next = null;
      }
    }
    if (next == null) {
      releasing = false;
    } else {
      running++;
    }
    return next;
  }
}
