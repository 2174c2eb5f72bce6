package io.ilion.runtime.simulated;

import io.ilion.runtime.Lane;
import io.ilion.runtime.NodeAddress;
import io.ilion.runtime.NodeRuntime;
import io.ilion.runtime.Scheduler;
import java.util.ArrayDeque;
import java.util.concurrent.Executor;

/**
 * A machine: a clock, a disk, an address, and at most one process that runs on it. When the process
 * ends none of its tasks runs any more. The disk stays: after {@link #kill} with all that was
 * written, after {@link #crash} with what was synced and some of the rest.
 */
public final class SimulatedNode {
  private static final int LANE = 1;
  private static final int BACKGROUND = 2;
  private static final int TIMER = 3;

  private final SimulatedWorld world;
  private final NodeAddress address;
  private final int number;
  private final SimulatedRandom random;
  private final SimulatedClock clock;
  private final SimulatedFiles files;
  private Process process;
  private long stoppedUntilNanos;
  private boolean steady;

  SimulatedNode(SimulatedWorld world, NodeAddress address, int number, SimulatedRandom random) {
    this.world = world;
    this.address = address;
    this.number = number;
    this.random = random;
    clock = new SimulatedClock(world);
    files = new SimulatedFiles(world, random.split(), this::ended);
  }

  /** Where other nodes send their messages. */
  public NodeAddress address() {
    return address;
  }

  /** The node's time, and its faults. */
  public SimulatedClock clock() {
    return clock;
  }

  /** The node's disk, and its faults. */
  public SimulatedFiles files() {
    return files;
  }

  /** Has each task take the same little time from now on, in place of a random one. */
  public void setSteady() {
    steady = true;
  }

  /** Whether a process runs here. */
  public boolean isRunning() {
    return process != null && process.alive;
  }

  /**
   * Begins a process with a number of lanes; one that still runs is killed first.
   *
   * @return all that the process has of the world
   */
  public NodeRuntime start(int lanes) {
    kill();
    files.processBegins();
    process = new Process(lanes);
    world.note(lanes);
    return new NodeRuntime(
        clock, process, world.network().of(this, process), files, random.generator(), true);
  }

  /** What the process that runs now uses as its lanes and pools. */
  public Scheduler scheduler() {
    return process;
  }

  /** Stops the process for a while, as SIGSTOP does: its clocks go on, it does not. */
  public void stop(long nanos) {
    stoppedUntilNanos = Math.max(stoppedUntilNanos, world.nanos() + nanos);
  }

  /** Lets the process go on. */
  public void resume() {
    stoppedUntilNanos = 0;
  }

  /** How long the process still is stopped; 0 if it is not. */
  private long stopped() {
    return Math.max(0, stoppedUntilNanos - world.nanos());
  }

  /** Ends the process at once; the operating system still writes what the process has written. */
  public void kill() {
    ended();
    resume();
    files.processEnded();
  }

  /** Cuts the power: the process ends, and the disk keeps only what {@link SimulatedFiles} says. */
  public void crash() {
    kill();
    files.powerFailed();
  }

  private void ended() {
    if (process != null && process.alive) {
      process.alive = false;
      world.network().ended(this);
    }
  }

  /** One run of the node's program. */
  final class Process implements Scheduler {
    private final SimulatedLane[] lanes;
    private boolean alive = true;
    private SimulatedLane current;

    Process(int count) {
      if (count < 1) {
        throw new IllegalArgumentException("at least one lane");
      }
      lanes = new SimulatedLane[count];
      for (int i = 0; i < count; i++) {
        lanes[i] = new SimulatedLane(this, i);
      }
    }

    boolean isAlive() {
      return alive;
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
      return task -> {
        long delay =
            steady ? 1_000 : random.between(1_000, random.oneIn(12) ? 30_000_000 : 500_000);
        world.schedule(delay, this::isAlive, number << 2 | BACKGROUND, () -> inBackground(task));
      };
    }

    private void inBackground(Runnable task) {
      if (stopped() > 0) {
        world.schedule(
            stopped(), this::isAlive, number << 2 | BACKGROUND, () -> inBackground(task));
      } else {
        task.run();
      }
    }

    @Override
    public Lane blockingLane(String name) {
      return new SimulatedLane(this, -1);
    }
  }

  /** Runs tasks in turn, each some time after the one before. */
  private final class SimulatedLane implements Lane {
    private final Process owner;
    private final int index;
    private final ArrayDeque<Runnable> tasks = new ArrayDeque<>();
    private boolean awake;

    /** Its last task waits for the disk until then. */
    private long busyUntilNanos;

    SimulatedLane(Process owner, int index) {
      this.owner = owner;
      this.index = index;
    }

    private void wake() {
      awake = true;
      long delay = steady ? 1_000 : random.between(200, random.oneIn(50) ? 2_000_000 : 20_000);
      long rest = Math.max(0, busyUntilNanos - world.nanos());
      world.schedule(rest + delay, owner::isAlive, number << 2 | LANE, this::runNext);
    }

    private void runNext() {
      if (stopped() > 0) {
        world.schedule(stopped(), owner::isAlive, number << 2 | LANE, this::runNext);
        return;
      }
      SimulatedLane outer = owner.current;
      owner.current = this;
      try {
        tasks.poll().run();
      } finally {
        owner.current = outer;
        awake = false;
        busyUntilNanos = world.nanos();
        if (!tasks.isEmpty()) {
          wake();
        }
      }
    }

    @Override
    public int index() {
      return index;
    }

    @Override
    public void execute(Runnable task) {
      world.give(owner::isAlive, number << 2 | LANE, () -> take(task));
    }

    private void take(Runnable task) {
      tasks.add(task);
      if (!awake) {
        wake();
      }
    }

    @Override
    public Cancellable schedule(long delayNanos, Runnable task) {
      boolean[] cancelled = new boolean[1];
      world.schedule(
          clock.worldNanos(delayNanos) + random.between(0, 50_000),
          () -> owner.alive && !cancelled[0],
          number << 2 | TIMER,
          () -> execute(task));
      return () -> cancelled[0] = true;
    }

    @Override
    public boolean isCurrent() {
      return owner.current == this;
    }
  }
}
