package io.ilion.tools.load.run;

import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;

/**
 * How many requests are on their way at most. Additive increase while all goes well and the window
 * is full, multiplicative decrease when the cluster says that it has too much, at most once in a
 * while, since what was on its way then says the same again.
 */
public final class Window {
  private static final double DECREASE = 0.5;
  private static final long COOL_DOWN_NANOS = 200_000_000;
  private static final int LEAST = 1;

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition free = lock.newCondition();
  private final int most;
  private final LongSupplier nanos;
  private double limit;
  private int running;
  private long lowered;
  private int least;

  /** A window that begins with some requests and grows up to the most. */
  public Window(int first, int most, LongSupplier nanos) {
    this.most = Math.max(LEAST, most);
    this.limit = Math.max(LEAST, Math.min(first, most));
    this.nanos = nanos;
  }

  /** Waits until one more may be sent. */
  public void acquire() throws InterruptedException {
    lock.lock();
    try {
      while (running >= (int) limit) {
        free.await();
      }
      running++;
    } finally {
      lock.unlock();
    }
  }

  /** One has its answer and all was well. */
  public void succeeded() {
    lock.lock();
    try {
      if (running >= (int) limit) {
        // One more for each window of answers; twice as many until it was too much once.
        limit = Math.min(most, limit + (least > 0 ? 1 / limit : 1));
      }
      released();
    } finally {
      lock.unlock();
    }
  }

  /** One has ended otherwise. */
  public void failed() {
    lock.lock();
    try {
      released();
    } finally {
      lock.unlock();
    }
  }

  /** The cluster has too much to do. */
  public void overloaded() {
    lock.lock();
    try {
      long now = nanos.getAsLong();
      if (least == 0 || now - lowered >= COOL_DOWN_NANOS) {
        lowered = now;
        limit = Math.max(LEAST, limit * DECREASE);
        least = least == 0 ? (int) limit : Math.min(least, (int) limit);
      }
    } finally {
      lock.unlock();
    }
  }

  private void released() {
    running--;
    if (running < (int) limit) {
      free.signal();
      if (running + 1 < (int) limit) {
        free.signal();
      }
    }
  }

  /** How many may be on their way now. */
  public int limit() {
    lock.lock();
    try {
      return (int) limit;
    } finally {
      lock.unlock();
    }
  }

  /** How few there ever might be because the cluster had too much to do; 0 if it never had. */
  public int least() {
    lock.lock();
    try {
      return least;
    } finally {
      lock.unlock();
    }
  }

  /** How many are on their way. */
  public int running() {
    lock.lock();
    try {
      return running;
    } finally {
      lock.unlock();
    }
  }
}
