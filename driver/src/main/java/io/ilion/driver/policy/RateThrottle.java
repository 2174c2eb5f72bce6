package io.ilion.driver.policy;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;

/** Lets so many requests begin in a second, evenly: a bucket with room for a twentieth of them. */
final class RateThrottle implements ThrottlingPolicy {
  private static final long SECOND = 1_000_000_000L;

  private final long nanosEach;
  private final long burstNanos;
  private final int perSecond;
  private final int maxWaiting;
  private final Deque<Throttled> waiting = new ArrayDeque<>();

  /** When the next request may begin if all that were let go had begun evenly. */
  private long nextAt;

  private boolean scheduled;

  RateThrottle(int perSecond, int maxWaiting) {
    if (perSecond < 1) {
      throw new IllegalArgumentException("at least one a second");
    }
    this.perSecond = perSecond;
    this.maxWaiting = maxWaiting;
    this.nanosEach = SECOND / perSecond;
    this.burstNanos = SECOND / 20;
    this.nextAt = System.nanoTime() - burstNanos;
  }

  @Override
  public void register(Throttled request) {
    boolean proceed = false;
    synchronized (this) {
      if (waiting.isEmpty() && takes(System.nanoTime())) {
        proceed = true;
      } else {
        if (waiting.size() >= maxWaiting) {
          waiting.removeIf(Throttled::isAbandoned);
        }
        if (waiting.size() < maxWaiting) {
          waiting.add(request);
          schedule();
          return;
        }
      }
    }
    if (proceed) {
      request.proceed();
    } else {
      request.refuse(perSecond + " requests a second are allowed, and " + maxWaiting + " wait");
    }
  }

  private boolean takes(long now) {
    if (nextAt - (now - burstNanos) < 0) {
      nextAt = now - burstNanos;
    }
    if (nextAt - now > 0) {
      return false;
    }
    nextAt += nanosEach;
    return true;
  }

  private void schedule() {
    if (!scheduled) {
      scheduled = true;
      Executor later =
          CompletableFuture.delayedExecutor(
              Math.max(1, nextAt - System.nanoTime()), TimeUnit.NANOSECONDS);
      later.execute(this::release);
    }
  }

  private void release() {
    List<Throttled> released = new ArrayList<>();
    synchronized (this) {
      scheduled = false;
      long now = System.nanoTime();
      waiting.removeIf(Throttled::isAbandoned);
      while (!waiting.isEmpty() && takes(now)) {
        released.add(waiting.poll());
      }
      if (!waiting.isEmpty()) {
        schedule();
      }
    }
    released.forEach(Throttled::proceed);
  }

  @Override
  public void done() {
    // Only beginnings count.
  }
}
