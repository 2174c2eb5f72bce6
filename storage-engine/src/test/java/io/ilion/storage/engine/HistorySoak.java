package io.ilion.storage.engine;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Runs histories of fresh seeds for a time, on all processors or fewer, and stops at the first that
 * fails. Arguments: seconds, the first seed, threads, steps of a history.
 */
public final class HistorySoak {
  private HistorySoak() {}

  /** Prints how far it got, and exits with 1 if a history failed. */
  public static void main(String[] arguments) throws InterruptedException {
    long seconds = Long.parseLong(arguments[0]);
    AtomicLong seed = new AtomicLong(Long.parseLong(arguments[1]));
    int threads = Integer.parseInt(arguments[2]);
    int steps = Integer.parseInt(arguments[3]);
    long first = seed.get();
    long end = System.nanoTime() + seconds * 1_000_000_000L;
    AtomicLong operations = new AtomicLong();
    List<Throwable> failures = new ArrayList<>();
    List<Thread> running = new ArrayList<>();
    for (int i = 0; i < threads; i++) {
      Thread thread =
          new Thread(
              () -> {
                while (System.nanoTime() < end) {
                  long mine = seed.getAndIncrement();
                  try {
                    History history = new History(mine, mine % 2 == 1, Defects.NONE);
                    operations.addAndGet(history.run(steps).operations());
                  } catch (Throwable e) {
                    synchronized (failures) {
                      failures.add(new AssertionError("seed " + mine, e));
                    }
                  }
                }
              });
      thread.start();
      running.add(thread);
    }
    for (Thread thread : running) {
      thread.join();
    }
    System.out.printf(
        "seeds %d to %d, %d steps each: %d operations, %d failures%n",
        first, seed.get() - 1, steps, operations.get(), failures.size());
    failures.stream().limit(5).forEach(Throwable::printStackTrace);
    System.exit(failures.isEmpty() ? 0 : 1);
  }
}
