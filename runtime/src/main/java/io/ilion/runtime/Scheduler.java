package io.ilion.runtime;

import java.util.concurrent.Executor;

/**
 * Where a node's work runs. In production lanes are event loops and the pools are threads; in
 * simulation all of them drain from one queue ordered by virtual time and seed.
 */
public interface Scheduler {

  /** The number of lanes that own token space; at least one. */
  int laneCount();

  /** The lane of an index in {@code 0 .. laneCount() - 1}. */
  Lane lane(int index);

  /**
   * The bounded pool for work that may block or take long: flushes, compactions, reads that miss
   * the cache. Tasks may run at once and in any order; they hand results back by {@link
   * Lane#execute}.
   */
  Executor background();

  /** As {@link #background}, for tasks that keep the processor busy for long and may be late. */
  default Executor longWork() {
    return background();
  }

  /**
   * Makes a further serial lane whose tasks may block, such as the writer of the commit log. It has
   * its own thread in production; its {@link Lane#index} is -1.
   *
   * @param name names the thread, for people who read thread dumps
   */
  Lane blockingLane(String name);
}
