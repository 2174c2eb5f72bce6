package io.ilion.storage.engine;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Runs histories of fresh seeds for a time. Arguments: seconds, the first seed, threads, steps of a
 * history. Odd seeds purge deletions. With 0 seconds just the first seed runs, and all of its
 * failure is shown.
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
    HistoryCounts counts = new HistoryCounts();
    List<Thread> running = new ArrayList<>();
    for (int i = 0; i < threads; i++) {
      Thread thread =
          new Thread(
              () -> {
                do {
                  run(seed.getAndIncrement(), steps, counts, seconds == 0);
                } while (System.nanoTime() < end);
              });
      thread.start();
      running.add(thread);
    }
    for (Thread thread : running) {
      thread.join();
    }
    System.out.printf("seeds %d to %d, %d steps each: %s%n", first, seed.get() - 1, steps, counts);
    System.exit(counts.failures() == 0 ? 0 : 1);
  }

  private static void run(long seed, int steps, HistoryCounts counts, boolean wholeTrace) {
    try {
      counts.add(new History(seed, seed % 2 == 1, Defects.NONE).run(steps));
    } catch (Throwable e) {
      counts.failed();
      Throwable cause = e;
      while (cause.getCause() != null) {
        cause = cause.getCause();
      }
      System.out.printf("seed %d failed: %s%n", seed, cause);
      if (wholeTrace) {
        e.printStackTrace(System.out);
      }
    }
  }
}
