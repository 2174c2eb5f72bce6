package io.ilion.storage.engine;

import io.ilion.storage.StorageEngine.CompactionProgress;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Predicate;

/**
 * What an operator sees of an engine's compactions, and may tell them. What is set holds until the
 * engine is closed. Any thread.
 */
public final class CompactionControl {
  private final Compactions compactions;
  private final Lanes lanes;

  CompactionControl(Compactions compactions, Lanes lanes) {
    this.compactions = compactions;
    this.lanes = lanes;
  }

  /** As {@link io.ilion.storage.StorageEngine#compact}. */
  CompletionStage<Void> compactAll(UUID tableId) {
    return lanes
        .flush(tableId)
        .thenCompose(
            flushed ->
                lanes.untilEach(
                    lane -> {
                      LaneTable table = lane.table(tableId);
                      return table == null
                          ? CompletableFuture.completedFuture(null)
                          : compactions.compactAll(lane, table);
                    }));
  }

  /** The last compactions that have replaced files since the start, the newest first. */
  public List<EndedCompaction> history() {
    return compactions.history();
  }

  /**
   * Ends the compactions that run and fit, without a result. What they were for is begun again
   * after a minute, but for one that somebody asked for.
   *
   * @return how many these are
   */
  public int stop(Predicate<CompactionProgress> which) {
    return compactions.stop(which);
  }

  /** Whether a table is compacted by itself. */
  public boolean isAutomatic(UUID tableId) {
    return compactions.isAutomatic(tableId);
  }

  /** Has a table be compacted by itself, or only when somebody asks for it. What runs goes on. */
  public void setAutomatic(UUID tableId, boolean isAutomatic) {
    compactions.setAutomatic(tableId, isAutomatic);
    if (isAutomatic) {
      lanes.onEach(
          lane -> {
            LaneTable table = lane.table(tableId);
            if (table != null) {
              compactions.consider(lane, table);
            }
            return null;
          });
    }
  }

  /** How fast all compactions together may write; 0 for as fast as they can. */
  public long bytesPerSecond() {
    return compactions.throttle().bytesPerSecond();
  }

  /** From now on compactions may write so fast together; 0 for as fast as they can. */
  public void setBytesPerSecond(long bytes) {
    compactions.throttle().setBytesPerSecond(bytes);
  }
}
