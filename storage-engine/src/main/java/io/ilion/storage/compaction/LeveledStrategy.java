package io.ilion.storage.compaction;

import io.ilion.storage.TableFile;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * Keeps files of sstable_size_in_mb in levels, each fanout_size times as large as the one before.
 * The files of a level from 1 on do not overlap, so that a partition is in one file of each level
 * at most. Level 0 has what was flushed; with four files in it, or as many bytes as one file takes,
 * it is merged into level 1, or within itself by size while it is smaller than one file.
 *
 * <p>A level that is too large gives one file to the next: that which overlaps the least there for
 * its size, since what it overlaps is rewritten with it. A compaction takes all files of the next
 * level that lie between the first and the last token of its sources, and never begins if one of
 * them is busy; so what concurrent compactions write into a level does not overlap either.
 */
final class LeveledStrategy implements CompactionStrategy {
  private static final int MAX_LEVEL = 8;
  private static final int LEAST_IN_LEVEL_0 = 4;
  private static final int MOST_OF_LEVEL_0 = 32;

  private final long fileBytes;
  private final int fanOut;
  private final boolean moves;
  private final SizeTiers tiers;
  private final TombstoneRule tombstones;

  LeveledStrategy(StrategyOptions o) {
    fileBytes = (long) o.whole("sstable_size_in_mb", 160, 1, Integer.MAX_VALUE) << 20;
    fanOut = o.whole("fanout_size", 10, 2, Integer.MAX_VALUE);
    moves = o.flag("single_sstable_uplevel", true);
    tiers = SizeTiers.of(o, LEAST_IN_LEVEL_0, MOST_OF_LEVEL_0);
    tombstones = TombstoneRule.of(o);
  }

  /** How many bytes a level from 1 on should have at most. */
  double maxBytes(int level) {
    return fileBytes * Math.pow(fanOut, level);
  }

  private static List<CompactionFile> level(List<CompactionFile> files, int level) {
    return files.stream().filter(f -> Math.min(f.level(), MAX_LEVEL) == level).toList();
  }

  private static long bytes(List<CompactionFile> files) {
    return files.stream().mapToLong(CompactionFile::bytes).sum();
  }

  @Override
  public Optional<CompactionPlan> next(CompactionView view) {
    Optional<CompactionPlan> expired = ExpiredFiles.find(view, false);
    if (expired.isPresent()) {
      return expired;
    }
    List<CompactionFile> flushed = level(view.files(), 0);
    if (flushed.size() > MOST_OF_LEVEL_0) {
      // Level 0 has fallen behind, and every read asks all of it: gather it by size first.
      Optional<CompactionPlan> gathered = gather(view);
      if (gathered.isPresent()) {
        return gathered;
      }
    }
    for (int level = MAX_LEVEL - 1; level > 0; level--) {
      List<CompactionFile> free = level(view.free(), level);
      if (bytes(free) > maxBytes(level)) {
        Optional<CompactionPlan> plan = promote(view, free, level);
        if (plan.isPresent()) {
          return plan;
        }
      }
    }
    Optional<CompactionPlan> plan = fromLevel0(view, flushed);
    return plan.isPresent() ? plan : tombstones.find(view, this);
  }

  private Optional<CompactionPlan> gather(CompactionView view) {
    List<CompactionFile> tier = tiers.largest(level(view.free(), 0));
    return tier.isEmpty()
        ? Optional.empty()
        : Optional.of(
            CompactionPlan.merge(CompactionPlan.Kind.COMPACTION, tier, 0, OutputSplit.WHOLE));
  }

  /** The file of a level that costs the least to bring into the next one. */
  private Optional<CompactionPlan> promote(
      CompactionView view, List<CompactionFile> free, int level) {
    CompactionFile best = null;
    List<CompactionFile> below = List.of();
    double least = Double.MAX_VALUE;
    for (CompactionFile file : free) {
      List<CompactionFile> overlapped =
          overlapping(view.files(), level + 1, file.first(), file.last());
      double cost = (double) bytes(overlapped) / Math.max(1, file.bytes());
      if (cost < least && overlapped.stream().noneMatch(CompactionFile::busy)) {
        best = file;
        below = overlapped;
        least = cost;
      }
    }
    if (best == null) {
      return Optional.empty();
    }
    if (below.isEmpty() && moves) {
      return Optional.of(
          new CompactionPlan(
              CompactionPlan.Kind.MOVE, List.of(best.file()), level + 1, OutputSplit.WHOLE, false));
    }
    List<CompactionFile> sources = new ArrayList<>(below);
    sources.add(best);
    return Optional.of(merge(CompactionPlan.Kind.COMPACTION, sources, level + 1));
  }

  private static List<CompactionFile> overlapping(
      List<CompactionFile> files, int level, long first, long last) {
    return level(files, level).stream().filter(f -> f.overlaps(first, last)).toList();
  }

  private CompactionPlan merge(CompactionPlan.Kind kind, List<CompactionFile> sources, int level) {
    return new CompactionPlan(
        kind, CompactionPlan.files(sources), level, new OutputSplit(1, fileBytes), false);
  }

  private Optional<CompactionPlan> fromLevel0(CompactionView view, List<CompactionFile> flushed) {
    // One at a time: two could write files into level 1 that overlap.
    if (flushed.size() < 2 || flushed.stream().anyMatch(CompactionFile::busy)) {
      return Optional.empty();
    }
    if (bytes(flushed) < fileBytes) {
      return gather(view);
    }
    List<CompactionFile> oldest =
        flushed.stream()
            .sorted(Comparator.comparingLong(f -> f.file().maxTimestamp()))
            .limit(MOST_OF_LEVEL_0)
            .toList();
    long first = oldest.stream().mapToLong(CompactionFile::first).min().orElseThrow();
    long last = oldest.stream().mapToLong(CompactionFile::last).max().orElseThrow();
    List<CompactionFile> below = overlapping(view.files(), 1, first, last);
    if (below.stream().anyMatch(CompactionFile::busy)) {
      return Optional.empty();
    }
    List<CompactionFile> sources = new ArrayList<>(oldest);
    sources.addAll(below);
    return Optional.of(merge(CompactionPlan.Kind.COMPACTION, sources, 1));
  }

  @Override
  public List<CompactionPlan> major(CompactionView view) {
    if (view.files().isEmpty()) {
      return List.of();
    }
    int level = 1;
    while (level < MAX_LEVEL && maxBytes(level) < bytes(view.files())) {
      level++;
    }
    return List.of(merge(CompactionPlan.Kind.MAJOR, view.files(), level));
  }

  @Override
  public OutputSplit splitOf(List<TableFile> sources) {
    return new OutputSplit(1, fileBytes);
  }
}
