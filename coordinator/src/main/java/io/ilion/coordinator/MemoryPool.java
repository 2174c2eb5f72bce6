package io.ilion.coordinator;

import java.util.concurrent.atomic.AtomicLong;

/**
 * Bytes that many hold for a while, and all together no more than there are. Nobody waits for them:
 * who gets none gives up. Safe to use from any thread.
 */
public final class MemoryPool {
  private final long most;
  private final AtomicLong free;

  /** A pool of so many bytes, none of which are taken. */
  public MemoryPool(long bytes) {
    most = bytes;
    free = new AtomicLong(bytes);
  }

  /** A pool that is never empty. */
  public static MemoryPool unlimited() {
    return new MemoryPool(Long.MAX_VALUE);
  }

  /**
   * Takes bytes, whether or not there are so many.
   *
   * @param own what the caller has taken before
   * @return whether they were there, or nobody else has any; if not they are still to be given back
   */
  public boolean take(long bytes, long own) {
    long left = free.addAndGet(-bytes);
    return left >= 0 || left + own + bytes >= most;
  }

  /** Gives back what was taken. */
  public void giveBack(long bytes) {
    free.addAndGet(bytes);
  }

  /** What there is, taken or not. */
  public long most() {
    return most;
  }

  /** What is taken now. */
  public long taken() {
    return most - free.get();
  }
}
