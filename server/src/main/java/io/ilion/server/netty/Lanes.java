package io.ilion.server.netty;

import io.ilion.runtime.Lane;
import io.ilion.runtime.Scheduler;
import io.ilion.runtime.system.BackgroundThreads;
import io.ilion.server.metrics.Pool;
import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.ServerSocketChannel;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.FastThreadLocalThread;
import io.netty.util.concurrent.SingleThreadEventExecutor;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The lanes of production: lane {@code i} is one event loop with one thread, which also serves its
 * share of the client connections. Uses epoll where there is one, else NIO.
 */
public final class Lanes implements Scheduler, AutoCloseable {
  private static final Logger LOGGER = LoggerFactory.getLogger(Lanes.class);
  private static final long SHUTDOWN_SECONDS = 10;

  private final MultiThreadIoEventLoopGroup group;
  private final boolean epoll;
  private final List<LoopLane> lanes;
  private final ThreadPoolExecutor background;
  private final ThreadPoolExecutor longWork;
  private final ThreadPoolExecutor handshakes;
  private final ConcurrentLinkedQueue<BlockingLane> blockingLanes = new ConcurrentLinkedQueue<>();

  /**
   * Starts the threads.
   *
   * @param laneCount the number of lanes, at least one
   * @param backgroundThreads the number of threads for work that blocks, and as many for work that
   *     takes long
   */
  public Lanes(int laneCount, int backgroundThreads) {
    this(laneCount, backgroundThreads, Epoll.isAvailable());
  }

  Lanes(int laneCount, int backgroundThreads, boolean epoll) {
    this.epoll = epoll;
    IoHandlerFactory handlers = epoll ? EpollIoHandler.newFactory() : NioIoHandler.newFactory();
    AtomicInteger threads = new AtomicInteger();
    ThreadFactory factory = task -> new LaneThread(task, "lane-" + threads.getAndIncrement());
    group = new MultiThreadIoEventLoopGroup(laneCount, factory, handlers);
    lanes = new ArrayList<>(laneCount);
    for (EventExecutor executor : group) {
      LoopLane lane = new LoopLane((EventLoop) executor, lanes.size());
      lanes.add(lane);
      executor
          .submit(() -> ((LaneThread) Thread.currentThread()).lane = lane.index)
          .syncUninterruptibly();
    }
    background = pool(backgroundThreads, named("background"));
    longWork = pool(backgroundThreads, givingWay(named("longwork")));
    handshakes = pool(Math.max(1, laneCount / 2), named("handshake"));
  }

  private static ThreadPoolExecutor pool(int threads, ThreadFactory factory) {
    ThreadPoolExecutor pool =
        new ThreadPoolExecutor(
            threads, threads, 30, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), factory);
    pool.allowCoreThreadTimeOut(true);
    return pool;
  }

  private static ThreadFactory givingWay(ThreadFactory factory) {
    return task ->
        factory.newThread(
            () -> {
              BackgroundThreads.giveWay();
              task.run();
            });
  }

  private static ThreadFactory named(String name) {
    AtomicInteger count = new AtomicInteger();
    return task -> new FastThreadLocalThread(task, name + "-" + count.getAndIncrement());
  }

  @Override
  public int laneCount() {
    return lanes.size();
  }

  @Override
  public Lane lane(int index) {
    return lanes.get(index);
  }

  @Override
  public Executor background() {
    return background;
  }

  @Override
  public Executor longWork() {
    return longWork;
  }

  /**
   * What takes long of agreeing on encryption with clients. So many may come at once that they
   * would be in the way of everything else in the background, and of the lanes if they had all
   * processors.
   */
  Executor handshakes() {
    return handshakes;
  }

  @Override
  public Lane blockingLane(String name) {
    BlockingLane lane = new BlockingLane(name);
    blockingLanes.add(lane);
    return lane;
  }

  /** The index of the lane that the caller runs on, or -1. */
  public static int current() {
    return Thread.currentThread() instanceof LaneThread thread ? thread.lane : -1;
  }

  /** The lanes, each by itself, and the threads in the background. */
  public List<Pool> pools() {
    List<Pool> pools = new ArrayList<>();
    for (LoopLane lane : lanes) {
      int pending = lane.loop instanceof SingleThreadEventExecutor loop ? loop.pendingTasks() : 0;
      pools.add(new Pool("lane-" + lane.index, -1, 1, -1, pending));
    }
    pools.add(measured("background", background));
    pools.add(measured("longwork", longWork));
    pools.add(measured("handshake", handshakes));
    return pools;
  }

  private static Pool measured(String name, ThreadPoolExecutor pool) {
    return new Pool(
        name,
        pool.getActiveCount(),
        pool.getMaximumPoolSize(),
        pool.getCompletedTaskCount(),
        pool.getQueue().size());
  }

  EventLoop loop(int index) {
    return lanes.get(index).loop;
  }

  /**
   * Has a connection be read into buffers of at most 16 KiB: larger ones are not pooled in a small
   * heap, and to make one for each read takes longer than the read.
   */
  static void limitReads(Channel channel) {
    channel.config().setRecvByteBufAllocator(new AdaptiveRecvByteBufAllocator(64, 2048, 16 << 10));
  }

  SocketChannel newChannel() {
    return epoll ? new EpollSocketChannel() : new NioSocketChannel();
  }

  ServerSocketChannel newServerChannel() {
    return epoll ? new EpollServerSocketChannel() : new NioServerSocketChannel();
  }

  /** Ends all threads after the tasks that they were given; waits for them for some seconds. */
  @Override
  public void close() {
    List<ExecutorService> others = new ArrayList<>();
    others.add(background);
    others.add(longWork);
    others.add(handshakes);
    blockingLanes.forEach(lane -> others.add(lane.executor));
    others.forEach(ExecutorService::shutdown);
    try {
      for (ExecutorService executor : others) {
        if (!executor.awaitTermination(SHUTDOWN_SECONDS, TimeUnit.SECONDS)) {
          LOGGER.warn("work is left undone in the background");
          executor.shutdownNow();
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    group
        .shutdownGracefully(0, SHUTDOWN_SECONDS, TimeUnit.SECONDS)
        .awaitUninterruptibly(SHUTDOWN_SECONDS, TimeUnit.SECONDS);
  }

  private static void run(Runnable task) {
    try {
      task.run();
    } catch (Throwable e) {
      LOGGER.error("a task failed", e);
    }
  }

  /** A thread that knows its lane. */
  private static final class LaneThread extends FastThreadLocalThread {
    private int lane = -1;

    LaneThread(Runnable task, String name) {
      super(task, name);
    }
  }

  private record LoopLane(EventLoop loop, int index) implements Lane {
    @Override
    public void execute(Runnable task) {
      loop.execute(task);
    }

    /** Netty runs tasks for up to a second before it looks at sockets, but not those for later. */
    @Override
    public void continueLater(Runnable rest) {
      loop.schedule(() -> Lanes.run(rest), 0, TimeUnit.NANOSECONDS);
    }

    @Override
    public Cancellable schedule(long delayNanos, Runnable task) {
      ScheduledFuture<?> future =
          loop.schedule(() -> Lanes.run(task), delayNanos, TimeUnit.NANOSECONDS);
      return () -> future.cancel(false);
    }

    @Override
    public boolean isCurrent() {
      return loop.inEventLoop();
    }
  }

  /** A lane with a thread of its own, whose tasks may block. */
  private static final class BlockingLane implements Lane {
    private final ScheduledThreadPoolExecutor executor;
    private volatile Thread thread;

    BlockingLane(String name) {
      executor =
          new ScheduledThreadPoolExecutor(
              1,
              task -> {
                Thread created = new FastThreadLocalThread(task, name);
                thread = created;
                return created;
              });
      executor.setRemoveOnCancelPolicy(true);
      executor.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
    }

    @Override
    public int index() {
      return -1;
    }

    @Override
    public void execute(Runnable task) {
      executor.execute(() -> Lanes.run(task));
    }

    @Override
    public Cancellable schedule(long delayNanos, Runnable task) {
      ScheduledFuture<?> future =
          executor.schedule(() -> Lanes.run(task), delayNanos, TimeUnit.NANOSECONDS);
      return () -> future.cancel(false);
    }

    @Override
    public boolean isCurrent() {
      return Thread.currentThread().equals(thread);
    }
  }
}
