package io.ilion.runtime;

/**
 * A serial executor: tasks run one at a time, in the order in which they were given. State that a
 * lane owns is touched by its tasks only, and so needs no lock. A task never blocks and never runs
 * long: long work yields by giving the lane its continuation ({@link #continueLater}).
 */
public interface Lane {

  /** The index of this lane in {@code 0 .. Scheduler.laneCount() - 1}, or -1 for other lanes. */
  int index();

  /**
   * Runs the task after those given before it. Any thread may call this. A task given by the same
   * thread before another runs before it.
   */
  void execute(Runnable task);

  /**
   * Goes on with long work when others have had their turn: not only the tasks that the lane was
   * given before, but also what has arrived from outside by now, which a lane may look at only when
   * it has no task left. Called on the lane.
   */
  default void continueLater(Runnable rest) {
    execute(rest);
  }

  /** Runs the task on this lane when at least the delay has passed. Any thread may call this. */
  Cancellable schedule(long delayNanos, Runnable task);

  /** Whether the caller runs on this lane now. */
  boolean isCurrent();

  /** A scheduled task that can still be taken back. */
  interface Cancellable {
    /** Keeps the task from running if it has not begun. Idempotent; any thread may call this. */
    void cancel();
  }
}
