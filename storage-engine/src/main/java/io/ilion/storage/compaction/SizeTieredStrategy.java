package io.ilion.storage.compaction;

import io.ilion.storage.TableFile;
import java.util.List;
import java.util.Optional;

/**
 * Gathers files of like size: min_threshold of them at least, max_threshold at most, alike by
 * bucket_low, bucket_high and min_sstable_size.
 */
final class SizeTieredStrategy implements CompactionStrategy {
  private final SizeTiers tiers;
  private final TombstoneRule tombstones;

  SizeTieredStrategy(StrategyOptions options) {
    tiers = SizeTiers.of(options);
    tombstones = TombstoneRule.of(options);
  }

  @Override
  public Optional<CompactionPlan> next(CompactionView view) {
    Optional<CompactionPlan> expired = ExpiredFiles.find(view, false);
    if (expired.isPresent()) {
      return expired;
    }
    List<CompactionFile> tier = tiers.largest(view.free());
    return tier.isEmpty()
        ? tombstones.find(view, this)
        : Optional.of(
            CompactionPlan.merge(CompactionPlan.Kind.COMPACTION, tier, 0, OutputSplit.WHOLE));
  }

  @Override
  public List<CompactionPlan> major(CompactionView view) {
    return view.files().isEmpty()
        ? List.of()
        : List.of(
            CompactionPlan.merge(CompactionPlan.Kind.MAJOR, view.files(), 0, OutputSplit.WHOLE));
  }

  @Override
  public OutputSplit splitOf(List<TableFile> sources) {
    return OutputSplit.WHOLE;
  }
}
