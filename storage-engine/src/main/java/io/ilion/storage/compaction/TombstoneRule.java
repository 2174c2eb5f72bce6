package io.ilion.storage.compaction;

import io.ilion.storage.TableFile;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Finds a single file that is worth rewriting because much in it is deleted and may go.
 *
 * @param threshold the fraction of deletions above which a file counts
 * @param intervalSeconds how old a file has to be
 * @param unchecked whether files count that lie over others with older data
 */
record TombstoneRule(double threshold, long intervalSeconds, boolean unchecked) {

  static TombstoneRule of(StrategyOptions o) {
    return new TombstoneRule(
        o.fraction("tombstone_threshold", 0.2),
        o.whole("tombstone_compaction_interval", 86_400L),
        o.flag("unchecked_tombstone_compaction", false));
  }

  /** The file of the highest fraction of deletions; it keeps its level. */
  Optional<CompactionPlan> find(CompactionView view, CompactionStrategy strategy) {
    if (!view.purging()) {
      return Optional.empty();
    }
    CompactionFile best = null;
    double highest = threshold;
    for (CompactionFile file : view.files()) {
      long before = view.purgeBeforeSeconds(file.file());
      double ratio = ratio(file.file(), before);
      if (ratio > highest
          && !file.busy()
          && file.createdSeconds() + intervalSeconds < view.nowSeconds()
          && file.file().minLocalDeletion() < before
          && (unchecked || mayPurge(file, view))) {
        best = file;
        highest = ratio;
      }
    }
    if (best == null) {
      return Optional.empty();
    }
    List<TableFile> source = List.of(best.file());
    return Optional.of(
        new CompactionPlan(
            CompactionPlan.Kind.TOMBSTONES, source, best.level(), strategy.splitOf(source), false));
  }

  private static double ratio(TableFile file, long seconds) {
    return (double) file.deletedOrExpiredBefore(seconds) / Math.max(1, file.cells() + file.rows());
  }

  /** Whether something in the file is older than all that may lie below it. */
  private static boolean mayPurge(CompactionFile file, CompactionView view) {
    List<TableFile> others = new ArrayList<>(view.outside());
    view.files().stream().filter(f -> !f.equals(file)).forEach(f -> others.add(f.file()));
    long oldest = file.file().minTimestamp();
    return oldest < view.oldestInMemory()
        && others.stream()
            .noneMatch(
                o -> o.minTimestamp() <= oldest && file.overlaps(o.firstToken(), o.lastToken()));
  }
}
