package io.ilion.storage.engine;

import io.ilion.model.data.CorruptDataException;
import io.ilion.runtime.Files;
import io.ilion.storage.MergeCursor;
import io.ilion.storage.PartitionCursor;
import io.ilion.storage.ReadCommand.PartitionRange;
import io.ilion.storage.Slices;
import io.ilion.storage.TableFile;
import io.ilion.storage.TableFormat;
import io.ilion.storage.TableOptions;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.UUID;

/**
 * Brings the rows of SSTables, of a snapshot or from elsewhere, into their table: merged into one
 * new file for each lane, all of which are named in the manifest in one edit. So they may be of
 * another number of lanes, and are read as a whole, checksums and all, before anything of them is
 * seen.
 */
final class FileImport {
  private final Files files;
  private final TableFormat format;
  private final Flusher flusher;
  private final LaneTable[] parts;
  private final List<UUID> formerIds;
  private final FileAddition written;
  private final TokenSet foreign;
  private final boolean trim;
  private int sourceCount;
  private int fileCount;
  private long partitions;
  private long rows;
  private long leftOut;

  /**
   * An import into a table.
   *
   * @param formerIds that the table had; its files may have been written under one of them
   * @param foreign tokens that do not belong here
   * @param trim whether their partitions are left out; else one of them fails it all
   */
  FileImport(
      Files files,
      TableFormat format,
      Flusher flusher,
      LaneTable[] parts,
      List<UUID> formerIds,
      FileAddition written,
      TokenSet foreign,
      boolean trim) {
    this.files = files;
    this.format = format;
    this.flusher = flusher;
    this.parts = parts;
    this.formerIds = formerIds;
    this.written = written;
    this.foreign = foreign;
    this.trim = trim;
  }

  /**
   * Writes the rows as files of the table that the manifest names, and no lane sees yet; blocks.
   *
   * @param ifNone what is wrong if there are no files
   * @throws IOException if there are no files, one has rows that do not belong here, or the disk
   *     fails
   * @throws io.ilion.model.data.CorruptDataException if one is damaged, or of another table
   */
  FileAddition write(List<String> directories, String ifNone) throws IOException {
    List<TableFile> sources = new ArrayList<>();
    boolean done = false;
    try {
      for (String directory : directories) {
        List<String> there = files.list(directory);
        if (there.contains(Snapshots.UNFINISHED)) {
          continue;
        }
        TreeSet<Long> generations = new TreeSet<>();
        there.forEach(file -> generations.add(format.generationOf(file)));
        generations.remove(-1L);
        HiddenParts hidden = HiddenParts.in(files, directory);
        for (long generation : generations) {
          sources.add(hidden.hide(generation, open(directory, generation)));
        }
      }
      if (sources.isEmpty()) {
        throw new IOException(ifNone);
      }
      sourceCount = sources.size();
      for (int lane = 0; lane < parts.length; lane++) {
        TableFile file = write(lane, sources);
        if (file != null) {
          fileCount++;
          partitions += file.partitions();
          rows += file.rows();
        }
        written.add(lane, file);
      }
      written.commit();
      done = true;
      return written;
    } catch (UncheckedIOException e) {
      throw e.getCause();
    } finally {
      sources.forEach(TableFile::release);
      if (!done) {
        written.discard();
      }
    }
  }

  private TableFile open(String directory, long generation) throws IOException {
    TableOptions now = parts[0].options();
    CorruptDataException first;
    try {
      return format.open(directory, generation, now, flusher.nextGeneration());
    } catch (CorruptDataException e) {
      first = e;
    }
    for (UUID former : formerIds) {
      try {
        return format.open(directory, generation, now.of(former), flusher.nextGeneration());
      } catch (CorruptDataException e) {
        // Of another id, or damaged, as it is under each: the first says so.
        first.addSuppressed(e);
      }
    }
    throw first;
  }

  /** What was written. */
  ImportedFiles summary() {
    return new ImportedFiles(sourceCount, fileCount, partitions, rows, leftOut);
  }

  /** A file as one lane takes it, without what does not belong here. */
  private final class OwnPart extends PartialFile {
    private final LaneShare own;

    OwnPart(TableFile file, LaneShare own) {
      super(file);
      this.own = own;
    }

    @Override
    boolean shows(long token) {
      if (!own.contains(token)) {
        return false;
      }
      if (!foreign.contains(token)) {
        return true;
      }
      if (!trim) {
        throw new UncheckedIOException(
            new IOException(
                "there is a partition with token " + token + ", which this node does not own"));
      }
      leftOut++;
      return false;
    }
  }

  private TableFile write(int lane, List<TableFile> sources) throws IOException {
    LaneShare own = new LaneShare(parts.length, lane);
    List<PartitionCursor> cursors = new ArrayList<>();
    for (TableFile source : sources) {
      PartitionCursor cursor = new OwnPart(source, own).scan(PartitionRange.ALL, Slices.ALL, null);
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
