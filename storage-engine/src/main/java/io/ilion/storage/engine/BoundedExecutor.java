package io.ilion.storage.engine;

import io.ilion.storage.OverloadedException;
import java.util.ArrayDeque;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;

/**
 * A share of a pool for work of one kind: so many tasks of it run at once, so many more wait, and
 * what exceeds that is refused.
 */
final class BoundedExecutor implements Executor {
  private final Executor pool;
  private final String kind;
  private final int atOnce;
  private final int maxWaiting;
  private final ArrayDeque<Runnable> waiting = new ArrayDeque<>();
  private int running;
  private CompletableFuture<Void> idle;

  BoundedExecutor(Executor pool, String kind, int atOnce, int maxWaiting) {
    this.pool = pool;
    this.kind = kind;
    this.atOnce = atOnce;
    this.maxWaiting = maxWaiting;
  }

  /**
   * Runs a task on the pool as soon as there is room.
   *
   * @throws OverloadedException if too many wait
   */
  @Override
  public void execute(Runnable task) {
    synchronized (waiting) {
      if (running >= atOnce) {
        if (waiting.size() >= maxWaiting) {
          throw new OverloadedException("too many " + kind + " wait");
        }
        waiting.add(task);
        return;
      }
      running++;
    }
    pool.execute(() -> run(task));
  }

  private void run(Runnable task) {
    try {
      task.run();
    } finally {
      Runnable next;
      CompletableFuture<Void> done = null;
      synchronized (waiting) {
        next = waiting.poll();
        if (next == null) {
          running--;
          done = running == 0 ? idle : null;
        }
      }
      if (next != null) {
        pool.execute(() -> run(next));
      } else if (done != null) {
        done.complete(null);
      }
    }
  }

  /** Completes when no task runs or waits. */
  CompletionStage<Void> whenIdle() {
    synchronized (waiting) {
      if (running == 0) {
        return CompletableFuture.completedFuture(null);
      }
      if (idle == null || idle.isDone()) {
        idle = new CompletableFuture<>();
      }
      return idle;
    }
  }
}
