package io.ilion.driver.internal;

import io.netty.util.concurrent.FastThreadLocalThread;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicInteger;

/** Makes the threads of one session's event loops, and knows them again. */
final class DriverThreads implements ThreadFactory {
  private final AtomicInteger count = new AtomicInteger();

  @Override
  public Thread newThread(Runnable task) {
    return new DriverThread(this, task, "ilion-driver-" + count.incrementAndGet());
  }

  /** Whether the calling thread is one of these. */
  boolean isCurrent() {
    return Thread.currentThread() instanceof DriverThread thread && thread.owner == this;
  }

  private static final class DriverThread extends FastThreadLocalThread {
    private final DriverThreads owner;

    DriverThread(DriverThreads owner, Runnable task, String name) {
      super(task, name);
      this.owner = owner;
      // The driver does not keep a process alive whose own threads have ended.
      setDaemon(true);
    }
  }
}
