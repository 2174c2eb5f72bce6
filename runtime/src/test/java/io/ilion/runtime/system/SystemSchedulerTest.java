package io.ilion.runtime.system;

import static org.assertj.core.api.Assertions.assertThat;

import io.ilion.runtime.Lane;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class SystemSchedulerTest {

  @Test
  void aLaneRunsItsTasksInOrderAndSurvivesThoseThatThrow() throws InterruptedException {
    ConcurrentLinkedQueue<Throwable> thrown = new ConcurrentLinkedQueue<>();
    List<Integer> order = new ArrayList<>();
    CountDownLatch done = new CountDownLatch(3);
    try (SystemScheduler scheduler = new SystemScheduler(2, 1, thrown::add)) {
      Lane lane = scheduler.lane(1);
      lane.execute(
          () -> {
            throw new IllegalStateException("expected");
          });
      for (int i = 0; i < 10_000; i++) {
        int n = i;
        lane.execute(() -> order.add(n));
      }
      lane.execute(
          () -> {
            assertThat(lane.isCurrent()).isTrue();
            done.countDown();
          });
      lane.schedule(1_000, done::countDown);
      lane.schedule(TimeUnit.HOURS.toNanos(1), done::countDown).cancel();
      scheduler.background().execute(done::countDown);
      assertThat(done.await(30, TimeUnit.SECONDS)).isTrue();
      assertThat(lane.isCurrent()).isFalse();
      assertThat(scheduler.blockingLane("log").index()).isEqualTo(-1);
    }
    assertThat(order).hasSize(10_000).isSorted();
    assertThat(thrown).hasSize(1);
  }
}
