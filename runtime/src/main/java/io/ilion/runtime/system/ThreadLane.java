package io.ilion.runtime.system;

import io.ilion.runtime.Lane;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;

/** A lane with a thread of its own, which parks while there is nothing to do. */
final class ThreadLane implements Lane, Runnable {
  private final int index;
  private final ScheduledExecutorService timer;
  private final Consumer<Throwable> uncaught;
  private final ConcurrentLinkedQueue<Runnable> tasks = new ConcurrentLinkedQueue<>();
  private final AtomicBoolean parked = new AtomicBoolean();
  private final Thread thread;
  private volatile boolean stopping;

  ThreadLane(int index, String name, ScheduledExecutorService timer, Consumer<Throwable> uncaught) {
    this.index = index;
    this.timer = timer;
    this.uncaught = uncaught;
    this.thread = Thread.ofPlatform().name(name).daemon().unstarted(this);
  }

  void start() {
    thread.start();
  }

  /** Ends the thread after the tasks given so far. */
  void stop() {
    stopping = true;
    LockSupport.unpark(thread);
  }

  void join() throws InterruptedException {
    if (!Thread.currentThread().equals(thread)) {
      thread.join();
    }
  }

  @Override
  public void run() {
    while (true) {
      Runnable task = tasks.poll();
      if (task == null) {
        parked.set(true);
        task = tasks.poll();
        while (task == null && parked.get()) {
          if (stopping) {
            return;
          }
          LockSupport.park(this);
          task = tasks.poll();
        }
        parked.set(false);
      }
      if (task != null) {
        try {
          task.run();
        } catch (Throwable t) {
          uncaught.accept(t);
        }
      }
    }
  }

  @Override
  public int index() {
    return index;
  }

  @Override
  public void execute(Runnable task) {
    tasks.add(task);
    if (parked.get() && parked.compareAndSet(true, false)) {
      LockSupport.unpark(thread);
    }
  }

  @Override
  public Cancellable schedule(long delayNanos, Runnable task) {
    Future<?> future = timer.schedule(() -> execute(task), delayNanos, TimeUnit.NANOSECONDS);
    return () -> future.cancel(false);
  }

  @Override
  public boolean isCurrent() {
    return Thread.currentThread().equals(thread);
  }
}
