package io.ilion.storage.world;

import io.ilion.runtime.Clock;
import io.ilion.runtime.Files;
import io.ilion.runtime.Lane;
import io.ilion.runtime.NodeRuntime;
import io.ilion.runtime.Scheduler;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.function.BooleanSupplier;

/** All lanes and pools of one node on the calling thread; a seed decides who goes next. */
public final class World implements Scheduler, Clock {
  private final Random random;
  private final List<QueueLane> queues = new ArrayList<>();
  private final int laneCount;
  private final List<Runnable> pool = new ArrayList<>();
  private final PriorityQueue<Timer> timers =
      new PriorityQueue<>((a, b) -> Long.compare(a.at, b.at));
  private QueueLane current;
  private long nanos = 1;

  private record Timer(long at, QueueLane lane, Runnable task, boolean[] cancelled) {}

  /** A world of a number of lanes. */
  public World(Random random, int laneCount) {
    this.random = random;
    this.laneCount = laneCount;
    for (int i = 0; i < laneCount; i++) {
      queues.add(new QueueLane(i));
    }
  }

  /** The runtime of the node. */
  public NodeRuntime runtime(Files files) {
    return new NodeRuntime(this, this, files, new SplittableRandom(random.nextLong()));
  }

  /** Runs one task; advances the time if only timers are left. False if nothing is left. */
  public boolean step() {
    List<QueueLane> busy = new ArrayList<>();
    for (QueueLane lane : queues) {
      if (!lane.tasks.isEmpty()) {
        busy.add(lane);
      }
    }
    int choices = busy.size() + (pool.isEmpty() ? 0 : 1);
    if (choices == 0) {
      Timer timer = timers.poll();
      if (timer == null) {
        return false;
      }
      nanos = Math.max(nanos, timer.at);
      if (!timer.cancelled[0]) {
        timer.lane.tasks.add(timer.task);
      }
      return true;
    }
    nanos += 1_000;
    int choice = random.nextInt(choices);
    if (choice == busy.size()) {
      pool.remove(random.nextInt(pool.size())).run();
    } else {
      current = busy.get(choice);
      current.tasks.poll().run();
      current = null;
    }
    return true;
  }

  /** Runs until something holds. */
  public void until(BooleanSupplier condition) {
    for (int i = 0; !condition.getAsBoolean(); i++) {
      if (i > 5_000_000 || !step()) {
        throw new AssertionError("nothing more happens, and it is not done");
      }
    }
  }

  /** Runs until a stage completes, and returns its result. */
  public <T> T await(CompletionStage<T> stage) {
    until(() -> stage.toCompletableFuture().isDone());
    return stage.toCompletableFuture().join();
  }

  @Override
  public long nanoTime() {
    return nanos;
  }

  @Override
  public long wallMicros() {
    return 1_000_000_000L + nanos / 1_000;
  }

  @Override
  public int laneCount() {
    return laneCount;
  }

  @Override
  public Lane lane(int index) {
    return queues.get(index);
  }

  @Override
  public Executor background() {
    return pool::add;
  }

  @Override
  public Lane blockingLane(String name) {
    QueueLane lane = new QueueLane(-1);
    queues.add(lane);
    return lane;
  }

  private final class QueueLane implements Lane {
    private final int index;
    private final ArrayDeque<Runnable> tasks = new ArrayDeque<>();

    QueueLane(int index) {
      this.index = index;
    }

    @Override
    public int index() {
      return index;
    }

    @Override
    public void execute(Runnable task) {
      tasks.add(task);
    }

    @Override
    public Cancellable schedule(long delayNanos, Runnable task) {
      boolean[] cancelled = {false};
      timers.add(new Timer(nanos + delayNanos, this, task, cancelled));
      return () -> cancelled[0] = true;
    }

    @Override
    public boolean isCurrent() {
      return equals(current);
    }
  }
}
