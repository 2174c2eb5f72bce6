package io.ilion.storage.engine;

import io.ilion.runtime.DiskFullException;
import io.ilion.runtime.Files;
import io.ilion.storage.TableFile;
import io.ilion.storage.TableOptions;
import io.ilion.storage.commitlog.CommitLog;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How tables come, are emptied and go: in which order the manifest, the lanes, the commit log and
 * the disk learn of it. A new table is in the manifest before a lane knows it; what a lane forgets
 * is durable when the manifest says so, and before the log and the files are let go.
 */
final class TableChanges {
  private static final Logger LOG = LoggerFactory.getLogger(TableChanges.class);

  private final Files files;
  private final Manifest manifest;
  private final Flusher flusher;
  private final Compactions compactions;
  private final CommitLog log;
  private final long run;
  private final Lanes lanes;
  private final Tables tables;
  private final BackgroundWork background;

  /**
   * Changes of an engine's tables.
   *
   * @param log of this run of the node
   * @param run its number
   */
  TableChanges(
      Files files,
      Manifest manifest,
      Flusher flusher,
      Compactions compactions,
      CommitLog log,
      long run,
      Lanes lanes,
      Tables tables,
      BackgroundWork background) {
    this.files = files;
    this.manifest = manifest;
    this.flusher = flusher;
    this.compactions = compactions;
    this.log = log;
    this.run = run;
    this.lanes = lanes;
    this.tables = tables;
    this.background = background;
  }

  /** Makes a table known, or changes its options; completes when every lane knows it. */
  CompletionStage<Void> put(TableOptions options) {
    return background
        .chore(
            () -> {
              // A start puts all tables again, mostly without any change.
              boolean known =
                  manifest.read(
                      s -> {
                        ManifestState.Table table = s.tables.get(options.id());
                        return table != null && options.equals(table.options);
                      });
              if (!known) {
                files.createDirectories(flusher.directory(options));
                manifest.edit(List.of(new ManifestEdit.PutTable(options)));
              }
              return tables.partsFor(options);
            })
        .thenCompose(
            parts ->
                lanes.onEach(
                    lane -> {
                      LaneTable part = parts[lane.index()];
                      lane.putTable(options, part);
                      // Another strategy may find something to do.
                      compactions.consider(lane, part);
                      return null;
                    }))
        .thenApply(done -> null);
  }

  /** Forgets a table and deletes its files. */
  CompletionStage<Void> drop(UUID tableId) {
    LaneTable[] parts = tables.remove(tableId);
    if (parts == null) {
      return CompletableFuture.completedFuture(null);
    }
    return lanes
        .onEach(lane -> lane.dropTable(tableId))
        .thenCompose(
            old ->
                persist(
                    () -> {
                      manifest.edit(List.of(new ManifestEdit.DropTable(tableId)));
                      whenHandedOver(
                          () -> {
                            for (LaneTable part : parts) {
                              log.flushed(part.logTable(), Long.MAX_VALUE);
                            }
                          });
                      letGo(old);
                      return null;
                    }));
  }

  /**
   * Tells the log something when lanes have handed it all that they wrote before they forgot data:
   * what came behind that would seem to be new, and keep its segment for ever.
   */
  private void whenHandedOver(Runnable tellLog) {
    lanes.onEach(lane -> null).thenRun(tellLog);
  }

  /**
   * Makes durable that lanes have forgotten data, which they cannot take back: where there is no
   * room for that, whoever waits is told so, and it is tried again until there is.
   */
  private CompletionStage<Void> persist(Callable<Void> chore) {
    return background
        .chore(chore)
        .whenComplete(
            (done, failure) -> {
              if (failure instanceof DiskFullException) {
                LOG.warn("what was truncated or dropped stays on the disk until there is room");
                lanes.get(0).lane().schedule(Flusher.RETRY_NANOS, () -> persist(chore));
              }
            });
  }

  private static void letGo(List<TableFile[]> old) {
    for (TableFile[] ofLane : old) {
      for (TableFile file : ofLane) {
        file.markObsolete();
        file.release();
      }
    }
  }

  /** What a lane had when it truncated a table. */
  private record Truncated(long number, long lastGeneration, TableFile[] files) {}

  /** Deletes all data of a table that was acknowledged before the call, durably. */
  CompletionStage<Void> truncate(UUID tableId) {
    return tables.with(
        tableId,
        parts ->
            lanes
                .onEach(
                    lane -> {
                      long number = lane.lastNumber();
                      // A flush that began before gets its generation before this, or finds the new
                      // epoch.
                      TableFile[] old = lane.clear(parts[lane.index()]);
                      Truncated truncated = new Truncated(number, flusher.lastGeneration(), old);
                      // Only now: what waits for memory comes in, and may be flushed at once.
                      lane.goOn();
                      return truncated;
                    })
                .thenCompose(
                    truncated ->
                        persist(
                            () -> {
                              manifest.edit(truncation(tableId, truncated));
                              whenHandedOver(
                                  () -> {
                                    for (int i = 0; i < parts.length; i++) {
                                      log.flushed(parts[i].logTable(), truncated.get(i).number());
                                    }
                                  });
                              letGo(truncated.stream().map(Truncated::files).toList());
                              return null;
                            })));
  }

  private List<ManifestEdit> truncation(UUID tableId, List<Truncated> truncated) {
    List<ManifestEdit> edits = new ArrayList<>();
    edits.add(new ManifestEdit.MinRun(tableId, run));
    for (int i = 0; i < lanes.count(); i++) {
      edits.add(new ManifestEdit.Flushed(tableId, run, i, truncated.get(i).number()));
    }
    List<ManifestState.LiveFile> live =
        manifest.read(
            s -> {
              ManifestState.Table table = s.tables.get(tableId);
              return table == null ? List.of() : List.copyOf(table.files.values());
            });
    for (ManifestState.LiveFile file : live) {
      if (!file.isOf(lanes.count())
          || file.generation() <= truncated.get(file.lane()).lastGeneration()) {
        edits.add(new ManifestEdit.RemoveFile(tableId, file.generation()));
      }
    }
    return edits;
  }
}
