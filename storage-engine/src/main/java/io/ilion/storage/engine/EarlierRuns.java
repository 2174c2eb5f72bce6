package io.ilion.storage.engine;

import io.ilion.runtime.DiskFullException;
import io.ilion.runtime.Lane;
import io.ilion.storage.commitlog.CommitLog;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The log that earlier runs of the node have left. It is needed until all that was replayed of it
 * is in files and the manifest says so. Until then no deletion is purged: it would be missing when
 * older writes are replayed again.
 */
final class EarlierRuns {
  private static final Logger LOG = LoggerFactory.getLogger(EarlierRuns.class);

  private final Lane lane;
  private final Manifest manifest;
  private final CommitLog log;
  private final Compactions compactions;
  private final long run;
  private final Lanes lanes;
  private final Tables tables;
  private final BackgroundWork background;
  private final CompletableFuture<Void> forgotten = new CompletableFuture<>();

  /**
   * Those before this run.
   *
   * @param lane on which it waits for room on the disk
   * @param run the number of this run
   */
  EarlierRuns(
      Lane lane,
      Manifest manifest,
      CommitLog log,
      Compactions compactions,
      long run,
      Lanes lanes,
      Tables tables,
      BackgroundWork background) {
    this.lane = lane;
    this.manifest = manifest;
    this.log = log;
    this.compactions = compactions;
    this.run = run;
    this.lanes = lanes;
    this.tables = tables;
    this.background = background;
  }

  /** Completes when they are needed no more. */
  CompletionStage<Void> forgotten() {
    return forgotten;
  }

  /** Flushes what was replayed, if they left anything; then they are forgotten. */
  void forget(boolean leftNothing) {
    if (leftNothing) {
      compactions.beginPurging();
      forgotten.complete(null);
    } else {
      flush();
    }
  }

  private void flush() {
    List<UUID> replayed = new ArrayList<>();
    Map<LaneTable, Long> epochs = new HashMap<>();
    tables.forEach(
        (id, parts) -> {
          replayed.add(id);
          Arrays.stream(parts).forEach(part -> epochs.put(part, part.epoch()));
        });
    lanes
        .flush(null)
        .thenCompose(
            done -> {
              if (epochs.entrySet().stream().anyMatch(e -> e.getKey().epoch() != e.getValue())) {
                // A truncation ended the flush of its table. Until the manifest says so the log
                // is needed, which it does before another round gets there.
                flush();
                return CompletableFuture.completedFuture(null);
              }
              return background.chore(
                  () -> {
                    List<ManifestEdit> edits = new ArrayList<>();
                    replayed.forEach(id -> edits.add(new ManifestEdit.MinRun(id, run)));
                    manifest.edit(edits);
                    log.discardEarlierRuns();
                    compactions.beginPurging();
                    forgotten.complete(null);
                    return null;
                  });
            })
        .whenComplete((done, failure) -> ended(failure));
  }

  private void ended(Throwable failure) {
    Throwable cause = failure instanceof CompletionException ? failure.getCause() : failure;
    if (cause instanceof DiskFullException) {
      LOG.warn("the log of earlier runs stays until there is room on the disk");
      lane.schedule(Flusher.RETRY_NANOS, this::flush);
    } else if (failure != null) {
      LOG.error("the log of earlier runs stays until the next start", failure);
      forgotten.completeExceptionally(failure);
    }
  }
}
