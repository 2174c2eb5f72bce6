package io.ilion.coordinator;

/**
 * What one has of a {@link MemoryPool} who takes in several places, maybe on several threads at
 * once: none of them is seen as another who has something. Safe to use from any thread.
 */
public class MemoryShare {
  private final MemoryPool pool;
  private long taken;

  /** A share with nothing in it yet. */
  public MemoryShare(MemoryPool pool) {
    this.pool = pool;
  }

  /**
   * Takes bytes, whether or not there are so many.
   *
   * @return whether they were there, or nobody else has any; if not they are still to be given back
   */
  public final synchronized boolean take(long bytes) {
    long before = taken;
    taken += bytes;
    return pool.take(bytes, before);
  }

  /** Whether this has more than half of all: others are not why there is no room. */
  public final synchronized boolean hasMost() {
    return taken > pool.most() / 2;
  }

  /** Has what was taken counted by another share of the same pool. */
  public final void move(long bytes, MemoryShare to) {
    synchronized (to) {
      to.taken += bytes;
    }
    synchronized (this) {
      taken -= bytes;
    }
  }

  /** Gives back what was taken. */
  public final synchronized void giveBack(long bytes) {
    taken -= bytes;
    pool.giveBack(bytes);
  }
}
