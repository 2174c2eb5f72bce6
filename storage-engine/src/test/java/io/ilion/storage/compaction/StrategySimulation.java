package io.ilion.storage.compaction;

import static org.assertj.core.api.Assertions.assertThat;

import io.ilion.storage.PurgeHorizon;
import io.ilion.storage.TableFile;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;

/**
 * Flushes files and does what a strategy says, several compactions at once, with sizes only. A
 * compaction may take a while; meanwhile others are picked.
 */
final class StrategySimulation {
  /** Files: their level. */
  final Map<TableFile, Integer> files = new LinkedHashMap<>();

  final CompactionStrategy strategy;
  final Random random;
  final long flushBytes;
  long flushed;
  long written;
  int mostRunning;
  private final List<CompactionPlan> running = new ArrayList<>();
  private final Set<TableFile> busy = new HashSet<>();
  private long generation;
  private long time;

  StrategySimulation(Map<String, String> options, long seed, long flushBytes) {
    this.strategy = CompactionStrategy.of(options);
    this.random = new Random(seed);
    this.flushBytes = flushBytes;
  }

  CompactionView view() {
    List<CompactionFile> all = new ArrayList<>();
    files.forEach((file, level) -> all.add(new CompactionFile(file, level, isBusy(file), 0)));
    return new CompactionView(
        all, List.of(), Long.MAX_VALUE, 1000, 10, true, PurgeHorizon.ALL, true, flushBytes);
  }

  private boolean isBusy(TableFile file) {
    return busy.contains(file);
  }

  void flush() {
    long bytes = flushBytes * (80 + random.nextInt(40)) / 100;
    flushed += bytes;
    files.put(FakeFile.of(++generation, bytes, ++time), 0);
  }

  /** Begins what the strategy wants, up to a number at once; false if there was nothing. */
  boolean begin(int atOnce) {
    boolean any = false;
    while (running.size() < atOnce) {
      Optional<CompactionPlan> plan = strategy.next(view());
      if (plan.isEmpty()) {
        return any;
      }
      assertThat(plan.get().sources()).isNotEmpty().doesNotHaveDuplicates();
      for (TableFile source : plan.get().sources()) {
        assertThat(files).containsKey(source);
        assertThat(busy.add(source)).describedAs("picked twice").isTrue();
      }
      running.add(plan.get());
      mostRunning = Math.max(mostRunning, running.size());
      any = true;
    }
    return any;
  }

  /** Ends one of the running compactions. */
  void end() {
    CompactionPlan plan = running.remove(random.nextInt(running.size()));
    plan.sources().forEach(busy::remove);
    plan.sources().forEach(files::remove);
    if (plan.kind() == CompactionPlan.Kind.MOVE) {
      files.put(plan.sources().getFirst(), plan.level());
    } else if (plan.kind() != CompactionPlan.Kind.EXPIRED) {
      outputs(plan).forEach(file -> files.put(file, plan.level()));
    }
  }

  /** Compacts until the strategy is content. */
  void settle(int atOnce) {
    for (int i = 0; i < 100_000; i++) {
      begin(atOnce);
      if (running.isEmpty()) {
        return;
      }
      end();
    }
    throw new AssertionError("the strategy is never content");
  }

  private List<TableFile> outputs(CompactionPlan plan) {
    long bytes = plan.sources().stream().mapToLong(TableFile::bytes).sum();
    long first = plan.sources().stream().mapToLong(TableFile::firstToken).min().orElseThrow();
    long last = plan.sources().stream().mapToLong(TableFile::lastToken).max().orElseThrow();
    long newest = plan.sources().stream().mapToLong(TableFile::maxTimestamp).max().orElseThrow();
    written += bytes;
    // Data is spread evenly over the tokens of the sources.
    double span = (double) last - (double) first;
    int byShard = Math.max(1, plan.split().shards());
    double shard = 0x1p64 / byShard;
    List<TableFile> made = new ArrayList<>();
    double at = first;
    while (at < last) {
      double end = Math.min(last, (Math.floor((at + 0x1p63) / shard + 1e-9) + 1) * shard - 0x1p63);
      double most = plan.split().maxFileBytes() * (span / bytes);
      end = Math.min(end, at + most);
      long size = Math.max(1, (long) (bytes * ((end - at) / span)));
      long from = made.isEmpty() ? first : made.getLast().lastToken() + 1;
      long to = end >= last ? last : (long) end;
      if (to <= from) {
        break;
      }
      made.add(FakeFile.of(++generation, size, from, to, newest));
      at = end;
    }
    return made;
  }

  double writeAmplification() {
    return (double) (written + flushed) / flushed;
  }

  /** How many files at most have one token. */
  int mostOverlapping() {
    List<TableFile> sorted = new ArrayList<>(files.keySet());
    sorted.sort(Comparator.comparingLong(TableFile::firstToken));
    int most = 0;
    for (TableFile file : sorted) {
      int count = 0;
      for (TableFile other : sorted) {
        if (other.firstToken() <= file.firstToken() && other.lastToken() >= file.firstToken()) {
          count++;
        }
      }
      most = Math.max(most, count);
    }
    return most;
  }
}
