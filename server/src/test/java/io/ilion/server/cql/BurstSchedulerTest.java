package io.ilion.server.cql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ilion.runtime.Lane;
import io.ilion.runtime.Scheduler;
import io.ilion.server.tracing.TraceContext;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.Executor;
import org.junit.jupiter.api.Test;

class BurstSchedulerTest {
  /** A scheduler of one lane, whose tasks the test runs. */
  private static final class OneLane implements Scheduler, Lane {
    private final Queue<Runnable> tasks = new ArrayDeque<>();

    @Override
    public int laneCount() {
      return 1;
    }

    @Override
    public Lane lane(int index) {
      return this;
    }

    @Override
    public Executor background() {
      throw new UnsupportedOperationException();
    }

    @Override
    public Lane blockingLane(String name) {
      throw new UnsupportedOperationException();
    }

    @Override
    public int index() {
      return 0;
    }

    @Override
    public void execute(Runnable task) {
      tasks.add(task);
    }

    @Override
    public Cancellable schedule(long delayNanos, Runnable task) {
      throw new UnsupportedOperationException();
    }

    @Override
    public boolean isCurrent() {
      return false;
    }
  }

  private final OneLane lane = new OneLane();
  private final BurstScheduler bursts = new BurstScheduler(lane, new TraceContext());
  private final List<Integer> done = new ArrayList<>();

  @Test
  void whatABurstGivesToALaneArrivesAsOneTask() {
    bursts.burst(
        () -> {
          bursts.lane(0).execute(() -> done.add(1));
          bursts.burst(() -> bursts.lane(0).execute(() -> done.add(2)));
          assertThat(lane.tasks).isEmpty();
        });
    assertThat(lane.tasks).hasSize(1);
    lane.tasks.poll().run();
    assertThat(done).containsExactly(1, 2);
  }

  @Test
  void aTaskThatFailsTakesNoOtherWithIt() {
    bursts.burst(
        () -> {
          bursts.lane(0).execute(() -> done.add(1));
          bursts
              .lane(0)
              .execute(
                  () -> {
                    throw new IllegalStateException("a bug");
                  });
          bursts.lane(0).execute(() -> done.add(3));
        });
    assertThatThrownBy(() -> lane.tasks.poll().run()).hasMessage("a bug");
    lane.tasks.poll().run();
    assertThat(done).containsExactly(1, 3);
    assertThat(lane.tasks).isEmpty();
  }
}
