package io.ilion.driver.policy;

import java.util.ArrayDeque;
import java.util.Deque;

/** Lets so many requests run at once. */
final class ConcurrencyThrottle implements ThrottlingPolicy {
  private final int limit;
  private final int maxWaiting;
  private final Deque<Throttled> waiting = new ArrayDeque<>();
  private int running;

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
    Throttled next;
    synchronized (this) {
      do {
        next = waiting.poll();
      } while (next != null && next.isAbandoned());
      if (next == null) {
        running--;
      }
    }
    if (next != null) {
      next.proceed();
    }
  }
}
