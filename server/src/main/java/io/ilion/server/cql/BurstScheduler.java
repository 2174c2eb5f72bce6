package io.ilion.server.cql;

import io.ilion.runtime.Lane;
import io.ilion.runtime.Scheduler;
import io.ilion.server.tracing.TraceContext;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;

/**
 * Requests that arrive together travel together: what a thread gives to other lanes while it works
 * off a burst is gathered, and each lane gets its part as one task. A hand-over for each request
 * costs half as much again as the request.
 */
public final class BurstScheduler implements Scheduler {
  private final Scheduler lanes;
  private final TraceContext traces;
  private final List<Lane> gathering = new ArrayList<>();
  private final ThreadLocal<Burst> bursts;

  /**
   * Gathers for the lanes of another scheduler.
   *
   * @param traces what a task of a traced request takes along
   */
  public BurstScheduler(Scheduler lanes, TraceContext traces) {
    this.lanes = lanes;
    this.traces = traces;
    this.bursts = ThreadLocal.withInitial(() -> new Burst(lanes.laneCount()));
    for (int i = 0; i < lanes.laneCount(); i++) {
      gathering.add(new GatheringLane(lanes.lane(i)));
    }
  }

  /** What one thread has gathered. */
  private static final class Burst {
    private final List<List<Runnable>> tasks = new ArrayList<>();
    private boolean open;

    Burst(int laneCount) {
      for (int i = 0; i < laneCount; i++) {
        tasks.add(new ArrayList<>());
      }
    }
  }

  /** Runs some work; what it gives to lanes leaves when it ends. */
  public void burst(Runnable work) {
    Burst burst = bursts.get();
    if (burst.open) {
      work.run();
      return;
    }
    burst.open = true;
    try {
      work.run();
    } finally {
      burst.open = false;
      for (int i = 0; i < burst.tasks.size(); i++) {
        send(burst, i);
      }
    }
  }

  private void send(Burst burst, int index) {
    List<Runnable> tasks = burst.tasks.get(index);
    if (tasks.isEmpty()) {
      return;
    }
    burst.tasks.set(index, new ArrayList<>(tasks.size()));
    Lane lane = lanes.lane(index);
    lane.execute(() -> run(lane, tasks, 0));
  }

  /** Runs tasks from one on; when it throws, those of other requests behind it run all the same. */
  private static void run(Lane lane, List<Runnable> tasks, int from) {
    int at = from;
    try {
      while (at < tasks.size()) {
        tasks.get(at++).run();
      }
    } finally {
      if (at < tasks.size()) {
        int next = at;
        lane.execute(() -> run(lane, tasks, next));
      }
    }
  }

  @Override
  public int laneCount() {
    return lanes.laneCount();
  }

  @Override
  public Lane lane(int index) {
    return gathering.get(index);
  }

  @Override
  public Executor background() {
    return lanes.background();
  }

  @Override
  public Executor longWork() {
    return lanes.longWork();
  }

  @Override
  public Lane blockingLane(String name) {
    return lanes.blockingLane(name);
  }

  /** A lane whose tasks wait for the end of the burst in which they were given. */
  private final class GatheringLane implements Lane {
    private final Lane lane;

    GatheringLane(Lane lane) {
      this.lane = lane;
    }

    @Override
    public int index() {
      return lane.index();
    }

    @Override
    public void execute(Runnable given) {
      Runnable task = traces.carrying(given);
      Burst burst = bursts.get();
      if (burst.open) {
        burst.tasks.get(lane.index()).add(task);
      } else {
        lane.execute(task);
      }
    }

    @Override
    public void continueLater(Runnable rest) {
      lane.continueLater(traces.carrying(rest));
    }

    @Override
    public Cancellable schedule(long delayNanos, Runnable task) {
      return lane.schedule(delayNanos, task);
    }

    @Override
    public boolean isCurrent() {
      return lane.isCurrent();
    }
  }
}
