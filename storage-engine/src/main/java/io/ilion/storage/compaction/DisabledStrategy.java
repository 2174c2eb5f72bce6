package io.ilion.storage.compaction;

import io.ilion.storage.TableFile;
import java.util.List;
import java.util.Optional;

/** Compacts only when somebody asks for it. */
record DisabledStrategy(CompactionStrategy strategy) implements CompactionStrategy {

  @Override
  public Optional<CompactionPlan> next(CompactionView view) {
    return Optional.empty();
  }

  @Override
  public List<CompactionPlan> major(CompactionView view) {
    return strategy.major(view);
  }

  @Override
  public OutputSplit splitOf(List<TableFile> sources) {
    return strategy.splitOf(sources);
  }
}
