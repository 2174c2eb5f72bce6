package io.ilion.driver.internal;

import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;

/** The threads of one session, each of which has a share of the connections. */
public final class EventLoops {
  private static final long CLOSE_SECONDS = 5;

  private final DriverThreads threads = new DriverThreads();
  private final EventLoopGroup group;
  private final CompletableFuture<Void> closed = new CompletableFuture<>();

  /** So many threads; each begins with its first connection. */
  public EventLoops(int count) {
    group = new MultiThreadIoEventLoopGroup(count, threads, NioIoHandler.newFactory());
  }

  /** Runs a task on a loop, or not at all when the session was closed. */
  static void execute(EventLoop loop, Runnable task) {
    try {
      loop.execute(task);
    } catch (RejectedExecutionException e) {
      if (!loop.isShuttingDown()) {
        throw e;
      }
    }
  }

  EventLoopGroup group() {
    return group;
  }

  /** Whether the calling thread is one of these. */
  public boolean isCurrent() {
    return threads.isCurrent();
  }

  /** Ends the threads. */
  public void close() {
    group
        .shutdownGracefully(0, CLOSE_SECONDS, TimeUnit.SECONDS)
        .addListener(done -> closed.complete(null));
  }

  /** Completes when the threads have ended. */
  public CompletableFuture<Void> closed() {
    return closed;
  }

  boolean isClosing() {
    return group.isShuttingDown();
  }
}
