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

/**
 * Brings the rows of a snapshot back into their table: merged into one new file for each lane, all
 * of which are named in the manifest in one edit. So a snapshot may be of another number of lanes,
 * and is read as a whole, checksums and all, before anything of it is seen.
 */
final class SnapshotRestore {
  private final Files files;
  private final TableFormat format;
  private final Flusher flusher;
  private final LaneTable[] parts;
  private final FileAddition written;

  /** A restore into a table. */
  SnapshotRestore(
      Files files, TableFormat format, Flusher flusher, LaneTable[] parts, FileAddition written) {
    this.files = files;
    this.format = format;
    this.flusher = flusher;
    this.parts = parts;
    this.written = written;
  }

  /**
   * Writes the rows as files of the table that the manifest names, and no lane sees yet; blocks.
   *
   * @throws IOException if there is no such snapshot, or the disk fails
   * @throws io.ilion.model.data.CorruptDataException if the snapshot is damaged
   */
  FileAddition write(String name) throws IOException {
    String from = flusher.directory(parts[0]) + "/" + Recovery.SNAPSHOTS + "/" + name;
    TreeSet<Long> generations = new TreeSet<>();
    files.list(from).forEach(file -> generations.add(format.generationOf(file)));
    generations.remove(-1L);
    if (generations.isEmpty()) {
      throw new IOException("there is no snapshot named " + name + " of this table: " + from);
    }
    List<TableFile> sources = new ArrayList<>();
    boolean done = false;
    try {
      for (long generation : generations) {
        sources.add(format.open(from, generation, parts[0].options()));
      }
      for (int lane = 0; lane < parts.length; lane++) {
        written.add(lane, write(lane, sources));
      }
      written.commit();
      done = true;
      return written;
    } finally {
      sources.forEach(TableFile::release);
      if (!done) {
        written.discard();
      }
    }
  }

  private TableFile write(int lane, List<TableFile> sources) throws IOException {
    LaneShare own = new LaneShare(parts.length, lane);
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
}
