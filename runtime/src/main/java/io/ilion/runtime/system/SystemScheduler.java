package io.ilion.runtime.system;

import io.ilion.runtime.Lane;
import io.ilion.runtime.Scheduler;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * Lanes with one thread each, for tools, tests and embedding; a server brings lanes that are the
 * event loops of its network. All threads are daemons.
 */
public final class SystemScheduler implements Scheduler, AutoCloseable {
  private final ScheduledThreadPoolExecutor timer;
  private final ThreadPoolExecutor background;
  private final Consumer<Throwable> uncaught;
  private final ThreadLane[] lanes;
  private final List<ThreadLane> blockingLanes = new ArrayList<>();

  /**
   * Starts the threads.
   *
   * @param lanes the number of lanes
   * @param backgroundThreads the number of threads of the background pool
   * @param uncaught is told what tasks throw; may be called by any thread
   */
  public SystemScheduler(int lanes, int backgroundThreads, Consumer<Throwable> uncaught) {
    if (lanes < 1 || backgroundThreads < 1) {
      throw new IllegalArgumentException("at least one lane and one background thread");
    }
    this.uncaught = uncaught;
    timer =
        new ScheduledThreadPoolExecutor(
            1, Thread.ofPlatform().name("ilion-timer").daemon().factory());
    timer.setRemoveOnCancelPolicy(true);
    background =
        new ThreadPoolExecutor(
            backgroundThreads,
            backgroundThreads,
            10,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(),
            Thread.ofPlatform().name("ilion-background-", 0).daemon().factory());
    background.allowCoreThreadTimeOut(true);
    this.lanes = new ThreadLane[lanes];
    for (int i = 0; i < lanes; i++) {
      this.lanes[i] = new ThreadLane(i, "ilion-lane-" + i, timer, uncaught);
      this.lanes[i].start();
    }
  }

  @Override
  public int laneCount() {
    return lanes.length;
  }

  @Override
  public Lane lane(int index) {
    return lanes[index];
  }

  @Override
  public Executor background() {
    return this::inBackground;
  }

  private void inBackground(Runnable task) {
    background.execute(
        () -> {
          try {
            task.run();
          } catch (Throwable t) {
            uncaught.accept(t);
          }
        });
  }

  @Override
  public Lane blockingLane(String name) {
    ThreadLane lane = new ThreadLane(-1, "ilion-" + name, timer, uncaught);
    synchronized (blockingLanes) {
      blockingLanes.add(lane);
    }
    lane.start();
    return lane;
  }

  /** Runs the tasks that were given, drops those scheduled for later, and ends the threads. */
  @Override
  public void close() {
    timer.shutdownNow();
    background.shutdown();
    try {
      if (!background.awaitTermination(30, TimeUnit.SECONDS)) {
        background.shutdownNow();
      }
      List<ThreadLane> all = new ArrayList<>(List.of(lanes));
      synchronized (blockingLanes) {
        all.addAll(blockingLanes);
      }
      for (ThreadLane lane : all) {
        lane.stop();
      }
      for (ThreadLane lane : all) {
        lane.join();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
