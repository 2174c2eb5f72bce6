package io.ilion.bench;

import io.ilion.runtime.Lane;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/**
 * A lane whose thread is whoever calls {@link #until}, one at a time: so a benchmark's thread uses
 * the engine as a lane's own tasks do, without a hand-over.
 */
final class CallerLane implements Lane {
  private final int index;
  private final Lane timer;
  private final ConcurrentLinkedQueue<Runnable> tasks = new ConcurrentLinkedQueue<>();
  private volatile Thread waiting;

  /**
   * Makes a lane.
   *
   * @param timer runs the delays
   */
  CallerLane(int index, Lane timer) {
    this.index = index;
    this.timer = timer;
  }

  /** Runs tasks until something holds that a task or another thread brings about. */
  void until(BooleanSupplier condition) {
    while (!condition.getAsBoolean()) {
      Runnable task = tasks.poll();
      if (task == null) {
        waiting = Thread.currentThread();
        if (tasks.isEmpty() && !condition.getAsBoolean()) {
          LockSupport.parkNanos(this, 1_000_000);
        }
        waiting = null;
      } else {
        task.run();
      }
    }
  }

  /** Runs the tasks that are here. */
  void drain() {
    Runnable task;
    while ((task = tasks.poll()) != null) {
      task.run();
    }
  }

  @Override
  public int index() {
    return index;
  }

  @Override
  public void execute(Runnable task) {
    tasks.add(task);
    Thread thread = waiting;
    if (thread != null) {
      LockSupport.unpark(thread);
    }
  }

  @Override
  public Cancellable schedule(long delayNanos, Runnable task) {
    return timer.schedule(delayNanos, () -> execute(task));
  }

  @Override
  public boolean isCurrent() {
    return true;
  }
}
