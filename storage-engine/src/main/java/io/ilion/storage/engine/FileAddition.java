package io.ilion.storage.engine;

import io.ilion.storage.TableFile;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * Adds files to a table that were written beside the commit log: the manifest names all of them in
 * one edit, or none, and then their lanes see them.
 */
final class FileAddition {
  private final Manifest manifest;
  private final Flusher flusher;
  private final Compactions compactions;
  private final Lanes lanes;
  private final LaneTable[] parts;
  private final long[] epochs;
  private final List<Added> files = new ArrayList<>();

  /** A file with rows of one lane. */
  private record Added(int lane, TableFile file) {}

  /** An addition to a table as it is now: if its data goes meanwhile, nothing is added. */
  FileAddition(
      Manifest manifest, Flusher flusher, Compactions compactions, Lanes lanes, LaneTable[] parts) {
    this.manifest = manifest;
    this.flusher = flusher;
    this.compactions = compactions;
    this.lanes = lanes;
    this.parts = parts;
    epochs = Arrays.stream(parts).mapToLong(LaneTable::epoch).toArray();
  }

  /** Takes an open file with rows of a lane, or null where there are none. */
  void add(int lane, TableFile file) {
    if (file != null) {
      files.add(new Added(lane, file));
    }
  }

  /** The bytes of all files so far. */
  long bytes() {
    return files.stream().mapToLong(added -> added.file.bytes()).sum();
  }

  /** Whether the table still has the data that it had. */
  boolean isValid() {
    for (int i = 0; i < parts.length; i++) {
      // A lane that is cleared later takes the files along that have their generations by now.
      if (parts[i].epoch() != epochs[i]) {
        return false;
      }
    }
    return true;
  }

  /**
   * Names the files durably; blocks.
   *
   * @throws IOException if the table has lost its data meanwhile, or the disk fails; then the files
   *     are not named, and {@link #discard} lets them go
   */
  void commit() throws IOException {
    List<ManifestEdit> edits = new ArrayList<>();
    for (Added added : files) {
      edits.add(
          new ManifestEdit.AddFile(
              parts[0].options().id(),
              added.file.generation(),
              added.lane,
              lanes.count(),
              0,
              flusher.nowSeconds()));
    }
    if (!manifest.edit(edits, this::isValid)) {
      throw new IOException("the table was truncated or dropped meanwhile");
    }
  }

  /** Lets the files go that are not named. */
  void discard() {
    files.forEach(added -> manifest.discard(added.file));
    files.clear();
  }

  /** Shows the files to their lanes; completes, with their number, when all see them. */
  CompletionStage<Integer> install() {
    List<CompletableFuture<Void>> seen = new ArrayList<>();
    for (Added added : files) {
      CompletableFuture<Void> done = new CompletableFuture<>();
      seen.add(done);
      LaneEngine lane = lanes.get(added.lane);
      lane.lane()
          .execute(
              () -> {
                try {
                  show(lane, parts[added.lane], added.file);
                  done.complete(null);
                } catch (RuntimeException e) {
                  done.completeExceptionally(e);
                }
              });
    }
    return CompletableFuture.allOf(seen.toArray(new CompletableFuture<?>[0]))
        .thenApply(all -> seen.size());
  }

  private void show(LaneEngine lane, LaneTable table, TableFile file) {
    if (table.epoch() != epochs[lane.index()]) {
      flusher.letGo(table, file);
      return;
    }
    table.addFile(file, new LaneTable.Note(0, flusher.nowSeconds()));
    compactions.consider(lane, table);
  }
}
