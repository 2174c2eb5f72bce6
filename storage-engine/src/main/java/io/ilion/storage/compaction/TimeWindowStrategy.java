package io.ilion.storage.compaction;

import io.ilion.storage.TableFile;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/**
 * Keeps windows of time apart, by the newest write in a file: in the newest window files of like
 * size are gathered, each older one becomes one file, and files that expired as a whole are deleted
 * unread. Single files are rewritten for their deletions only if an option about that was given,
 * since in time series data expires by itself.
 */
final class TimeWindowStrategy implements CompactionStrategy {
  private final long windowMicros;
  private final TimeUnit resolution;
  private final long expiredCheckSeconds;
  private final boolean aggressive;
  private final SizeTiers tiers;
  private final TombstoneRule tombstones;

  TimeWindowStrategy(StrategyOptions o) {
    TimeUnit unit = unit(o.text("compaction_window_unit", "DAYS"), TimeUnit.DAYS);
    windowMicros = unit.toMicros(o.whole("compaction_window_size", 1, 1, Integer.MAX_VALUE));
    resolution = unit(o.text("timestamp_resolution", "MICROSECONDS"), TimeUnit.MICROSECONDS);
    expiredCheckSeconds = o.whole("expired_sstable_check_frequency_seconds", 600L);
    aggressive = o.flag("unsafe_aggressive_sstable_expiration", false);
    tiers = SizeTiers.of(o);
    tombstones =
        o.has("tombstone_threshold")
                || o.has("tombstone_compaction_interval")
                || o.has("unchecked_tombstone_compaction")
            ? TombstoneRule.of(o)
            : null;
  }

  private static TimeUnit unit(String name, TimeUnit otherwise) {
    for (TimeUnit unit : TimeUnit.values()) {
      if (unit.name().equals(name)) {
        return unit;
      }
    }
    return otherwise;
  }

  private TreeMap<Long, List<CompactionFile>> windows(List<CompactionFile> files) {
    TreeMap<Long, List<CompactionFile>> windows = new TreeMap<>();
    for (CompactionFile file : files) {
      long micros = resolution.toMicros(file.file().maxTimestamp());
      windows
          .computeIfAbsent(Math.floorDiv(micros, windowMicros), w -> new ArrayList<>())
          .add(file);
    }
    return windows;
  }

  @Override
  public Optional<CompactionPlan> next(CompactionView view) {
    Optional<CompactionPlan> expired = ExpiredFiles.find(view, aggressive);
    if (expired.isPresent()) {
      return expired;
    }
    // Which window is the newest, busy files say too.
    TreeMap<Long, List<CompactionFile>> all = windows(view.files());
    if (all.isEmpty()) {
      return Optional.empty();
    }
    long newest = all.lastKey();
    TreeMap<Long, List<CompactionFile>> free = windows(view.free());
    List<CompactionFile> picked = tiers.largest(free.getOrDefault(newest, List.of()));
    if (picked.isEmpty()) {
      picked =
          free.headMap(newest, false).descendingMap().values().stream()
              .filter(window -> window.size() > 1)
              .findFirst()
              .map(this::smallest)
              .orElse(List.of());
    }
    if (!picked.isEmpty()) {
      return Optional.of(
          CompactionPlan.merge(CompactionPlan.Kind.COMPACTION, picked, 0, OutputSplit.WHOLE));
    }
    return tombstones == null ? Optional.empty() : tombstones.find(view, this);
  }

  private List<CompactionFile> smallest(List<CompactionFile> window) {
    return window.stream()
        .sorted(Comparator.comparingLong(CompactionFile::bytes))
        .limit(tiers.most())
        .toList();
  }

  @Override
  public List<CompactionPlan> major(CompactionView view) {
    return windows(view.files()).values().stream()
        .map(w -> CompactionPlan.merge(CompactionPlan.Kind.MAJOR, w, 0, OutputSplit.WHOLE))
        .toList();
  }

  @Override
  public OutputSplit splitOf(List<TableFile> sources) {
    return OutputSplit.WHOLE;
  }

  @Override
  public long expiredCheckSeconds() {
    return expiredCheckSeconds;
  }
}
