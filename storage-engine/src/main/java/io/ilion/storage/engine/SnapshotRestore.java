package io.ilion.storage.engine;

import io.ilion.runtime.Files;
import io.ilion.storage.MergeCursor;
import io.ilion.storage.PartitionCursor;
import io.ilion.storage.ReadCommand.PartitionRange;
import io.ilion.storage.Slices;
import io.ilion.storage.TableFile;
import io.ilion.storage.TableFormat;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * Brings the rows of a snapshot back into their table: merged into one new file for each lane, all
 * of which are named in the manifest in one edit. So a snapshot may be of another number of lanes,
 * and is read as a whole, checksums and all, before anything of it is seen.
 */
final class SnapshotRestore {
  private final Files files;
  private final TableFormat format;
  private final Manifest manifest;
  private final Flusher flusher;
  private final Compactions compactions;
  private final LaneEngine[] lanes;
  private final LaneTable[] parts;
  private final long epoch;

  /** A restore into a table. */
  SnapshotRestore(
      Files files,
      TableFormat format,
      Manifest manifest,
      Flusher flusher,
      Compactions compactions,
      LaneEngine[] lanes,
      LaneTable[] parts) {
    this.files = files;
    this.format = format;
    this.manifest = manifest;
    this.flusher = flusher;
    this.compactions = compactions;
    this.lanes = lanes;
    this.parts = parts;
    this.epoch = parts[0].epoch();
  }

  /**
   * Writes the rows as files of the table; blocks.
   *
   * @return the open file of each lane, null where a lane has none
   * @throws IOException if there is no such snapshot, or the disk fails
   * @throws io.ilion.model.data.CorruptDataException if the snapshot is damaged
   */
  List<TableFile> write(String name) throws IOException {
    String from = flusher.directory(parts[0]) + "/" + Recovery.SNAPSHOTS + "/" + name;
    TreeSet<Long> generations = new TreeSet<>();
    files.list(from).forEach(file -> generations.add(format.generationOf(file)));
    generations.remove(-1L);
    if (generations.isEmpty()) {
      throw new IOException("there is no snapshot named " + name + " of this table: " + from);
    }
    List<TableFile> sources = new ArrayList<>();
    List<TableFile> written = new ArrayList<>();
    boolean done = false;
    try {
      for (long generation : generations) {
        sources.add(format.open(from, generation, parts[0].options()));
      }
      for (int lane = 0; lane < lanes.length; lane++) {
        written.add(write(lane, sources));
      }
      done = manifest.edit(edits(written), () -> parts[0].epoch() == epoch);
      if (!done) {
        throw new IOException("the table was truncated or dropped meanwhile");
      }
      return written;
    } finally {
      sources.forEach(TableFile::release);
      if (!done) {
        written.forEach(manifest::discard);
      }
    }
  }

  private TableFile write(int lane, List<TableFile> sources) throws IOException {
    LaneShare own = new LaneShare(lanes.length, lane);
    List<PartitionCursor> cursors = new ArrayList<>();
    for (TableFile source : sources) {
      PartitionCursor cursor =
          new ForeignFile(source, own, List.of()).scan(PartitionRange.ALL, Slices.ALL, null);
      if (cursor != null) {
        cursors.add(cursor);
      }
    }
    try (MergeCursor merged = new MergeCursor(cursors, true)) {
      return format.write(
          flusher.directory(parts[0]), flusher.nextGeneration(), parts[0].options(), merged);
    }
  }

  private List<ManifestEdit> edits(List<TableFile> written) {
    List<ManifestEdit> edits = new ArrayList<>();
    for (int lane = 0; lane < written.size(); lane++) {
      if (written.get(lane) != null) {
        edits.add(
            new ManifestEdit.AddFile(
                parts[0].options().id(),
                written.get(lane).generation(),
                lane,
                lanes.length,
                0,
                flusher.nowSeconds()));
      }
    }
    return edits;
  }

  /** Shows the files to their lanes; completes, with their number, when all see them. */
  CompletionStage<Integer> install(List<TableFile> written) {
    List<CompletableFuture<Void>> seen = new ArrayList<>();
    for (LaneEngine lane : lanes) {
      TableFile file = written.get(lane.index());
      if (file != null) {
        CompletableFuture<Void> done = new CompletableFuture<>();
        seen.add(done);
        lane.lane()
            .execute(
                () -> {
                  show(lane, parts[lane.index()], file);
                  done.complete(null);
                });
      }
    }
    return CompletableFuture.allOf(seen.toArray(new CompletableFuture<?>[0]))
        .thenApply(all -> seen.size());
  }

  private void show(LaneEngine lane, LaneTable table, TableFile file) {
    if (table.epoch() != epoch) {
      flusher.letGo(table, file);
      return;
    }
    table.addFile(file, new LaneTable.Note(0, flusher.nowSeconds()));
    compactions.consider(lane, table);
  }
}
