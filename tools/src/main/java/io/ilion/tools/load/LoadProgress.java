package io.ilion.tools.load;

import io.ilion.tools.console.Progress;
import io.ilion.tools.load.run.LoadRun;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;

/** The line that shows how far a load is: bar, rows, rate, remaining time, errors. */
final class LoadProgress implements Supplier<String> {
  private static final int BAR = 20;
  private static final double WEIGHT = 0.3;

  private final LoadRun run;
  private final long total;
  private final AtomicLong read;
  private final long start;
  private long lastNanos;
  private long lastRows;
  private double rate;

  /**
   * @param total how many bytes there are, or a negative number
   * @param read how many of them were read
   */
  LoadProgress(LoadRun run, long total, AtomicLong read, long start) {
    this.run = run;
    this.total = total;
    this.read = read;
    this.start = start;
    this.lastNanos = start;
  }

  @Override
  public String get() {
    long now = System.nanoTime();
    long rows = run.loaded.get();
    double seconds = Math.max(1e-3, (now - lastNanos) / 1e9);
    double current = (rows - lastRows) / seconds;
    rate = lastRows == 0 ? current : rate + WEIGHT * (current - rate);
    lastNanos = now;
    lastRows = rows;
    StringBuilder line = new StringBuilder();
    double share = total <= 0 ? 0 : Math.min(1, run.doneOfRead() * read.get() / total);
    if (total > 0) {
      line.append(Progress.bar(share, BAR)).append(String.format("%3.0f%%  ", share * 100));
    }
    line.append(Progress.count(rows)).append(" rows, ");
    line.append(Progress.count(Math.round(rate))).append("/s");
    if (share > 0) {
      double remaining = (now - start) / 1e9 * (1 - share) / share;
      line.append(", ").append(Progress.duration(Duration.ofSeconds((long) remaining)));
      line.append(" left");
    }
    if (run.bad.get() > 0) {
      line.append(", ").append(Progress.count(run.bad.get())).append(" bad");
    }
    if (run.retries.get() > 0) {
      line.append(", ").append(Progress.count(run.retries.get())).append(" retries");
    }
    return line.append(", ").append(run.inFlight()).toString();
  }
}
