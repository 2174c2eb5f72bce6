package io.ilion.storage.compaction;

import io.ilion.storage.TableFile;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Decides what to compact. Has no state: the same view gives the same plan. */
public interface CompactionStrategy {

  /** What to compact next, of files that are not busy; empty if nothing is worth it. */
  Optional<CompactionPlan> next(CompactionView view);

  /** Compacts everything; the plans share no file, and no file is busy. */
  List<CompactionPlan> major(CompactionView view);

  /**
   * What makes reads find a partition in one file, although there are not too many; empty if files
   * are apart for a reason, or cannot all be merged now.
   */
  default Optional<CompactionPlan> forReads(CompactionView view) {
    return Optional.empty();
  }

  /** How the output of some files is cut that are rewritten for another reason. */
  OutputSplit splitOf(List<TableFile> sources);

  /** How long not to look again for files that have expired as a whole. */
  default long expiredCheckSeconds() {
    return 600;
  }

  /** The strategy of a table's options; one that never compacts by itself if it is not enabled. */
  static CompactionStrategy of(Map<String, String> compaction) {
    StrategyOptions options = new StrategyOptions(compaction);
    String name = options.text("class", "");
    CompactionStrategy strategy;
    if (name.endsWith("SizeTieredCompactionStrategy")) {
      strategy = new SizeTieredStrategy(options);
    } else if (name.endsWith("LeveledCompactionStrategy")) {
      strategy = new LeveledStrategy(options);
    } else if (name.endsWith("TimeWindowCompactionStrategy")) {
      strategy = new TimeWindowStrategy(options);
    } else {
      strategy = new UnifiedStrategy(options);
    }
    return options.flag("enabled", true) ? strategy : new DisabledStrategy(strategy);
  }
}
