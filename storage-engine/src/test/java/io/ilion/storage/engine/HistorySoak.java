package io.ilion.storage.engine;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/**
 * Runs histories of one seed after the other for {@code -Dilion.soak.seconds} (60) on {@code
 * -Dilion.soak.threads} (1), from {@code -Dilion.seed} on (else from one that nobody has had). Each
 * has {@code -Dilion.soak.steps} (2000) steps; odd seeds purge deletions. It runs only when named:
 * {@code -Dtest=HistorySoak}. With 0 seconds just the first seed runs, as it ran before.
 */
class HistorySoak {
  private final long seconds = Long.getLong("ilion.soak.seconds", 60);
  private final int steps = Integer.getInteger("ilion.soak.steps", 2_000);
  private final AtomicLong seed =
      new AtomicLong(Long.getLong("ilion.seed", System.currentTimeMillis() * 1_000));
  private final HistoryCounts counts = new HistoryCounts();
  private final List<Throwable> failures = new ArrayList<>();

  @Test
  void everySeedPasses() throws InterruptedException {
    long first = seed.get();
    long end = System.nanoTime() + seconds * 1_000_000_000L;
    List<Thread> running = new ArrayList<>();
    for (int i = Integer.getInteger("ilion.soak.threads", 1); i > 0; i--) {
      Thread thread =
          new Thread(
              () -> {
                do {
                  run(seed.getAndIncrement());
                } while (System.nanoTime() < end);
              });
      thread.start();
      running.add(thread);
    }
    for (Thread thread : running) {
      thread.join();
    }
    System.out.printf("seeds %d to %d, %d steps each: %s%n", first, seed.get() - 1, steps, counts);
    if (!failures.isEmpty()) {
      throw new AssertionError(failures.size() + " histories failed", failures.getFirst());
    }
  }

  private void run(long mine) {
    try {
      counts.add(new History(mine, mine % 2 == 1, Defects.NONE).run(steps));
    } catch (Throwable e) {
      counts.failed();
      System.out.printf("seed %d failed: %s%n", mine, e);
      synchronized (failures) {
        failures.add(e);
      }
    }
  }
}
