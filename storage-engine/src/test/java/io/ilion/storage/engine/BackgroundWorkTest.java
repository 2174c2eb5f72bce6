package io.ilion.storage.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ilion.storage.OverloadedException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;

class BackgroundWorkTest {
  /** What was given to the pool and has not begun. */
  private final ArrayDeque<Runnable> pool = new ArrayDeque<>();

  private final List<String> done = new ArrayList<>();

  private Runnable task(String name) {
    return () -> done.add(name);
  }

  @Test
  void soManyRunAndSoManyWait() {
    BoundedExecutor executor = new BoundedExecutor(pool::add, "things", 2, 1);
    for (String name : List.of("a", "b", "c")) {
      executor.execute(task(name));
    }
    assertThat(pool).hasSize(2);
    assertThatThrownBy(() -> executor.execute(task("d")))
        .isInstanceOf(OverloadedException.class)
        .hasMessage("too many things wait");
    pool.poll().run();
    assertThat(pool).hasSize(2);
    executor.execute(task("e"));
    while (!pool.isEmpty()) {
      pool.poll().run();
    }
    assertThat(done).containsExactly("a", "b", "c", "e");
  }

  @Test
  void aTaskThatFailsLeavesItsPlace() {
    BoundedExecutor executor = new BoundedExecutor(pool::add, "things", 1, 1);
    executor.execute(
        () -> {
          throw new IllegalStateException("failed");
        });
    executor.execute(task("next"));
    CompletionStage<Void> idle = executor.whenIdle();
    assertThatThrownBy(() -> pool.poll().run()).hasMessage("failed");
    assertThat(idle.toCompletableFuture()).isNotDone();
    pool.poll().run();
    assertThat(done).containsExactly("next");
    assertThat(idle.toCompletableFuture()).isDone();
    assertThat(executor.whenIdle().toCompletableFuture()).isDone();
  }

  @Test
  void noKindOfWorkKeepsThePoolFromAnother() {
    BackgroundWork work = new BackgroundWork(pool::add, pool::add, 2);
    for (int i = 0; i < 4; i++) {
      work.compactions().execute(task("compaction"));
    }
    assertThatThrownBy(() -> work.compactions().execute(task("compaction")))
        .isInstanceOf(OverloadedException.class);
    for (int i = 0; i < 100; i++) {
      work.flushes().execute(task("flush"));
      work.chore(Executors.callable(task("chore")));
    }
    // So many threads are enough for all of these to run, and more for reads.
    assertThat(pool).hasSize(2 + 2 + 1);
    work.reads().execute(task("read"));
    assertThat(pool).hasSize(6);
    CompletionStage<Void> idle = work.whenIdle();
    while (!pool.isEmpty()) {
      assertThat(idle.toCompletableFuture().isDone() && done.size() < 204).isFalse();
      pool.poll().run();
    }
    assertThat(idle.toCompletableFuture()).isDone();
    assertThat(done).hasSize(205);
  }
}
