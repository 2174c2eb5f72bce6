package io.ilion.storage.engine;

import io.ilion.model.ring.TokenRange;
import io.ilion.runtime.Files;
import io.ilion.storage.PartitionCursor;
import io.ilion.storage.TableFormat;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.stream.Stream;

/**
 * What comes into tables beside the commit log: rows that other nodes stream, and SSTables that
 * were written elsewhere, snapshots among them. It knows the imports of rows that are under way, so
 * that a node that stops ends them. Any thread.
 */
final class Imports {
  private final Files files;
  private final TableFormat format;
  private final Manifest manifest;
  private final Flusher flusher;
  private final Compactions compactions;
  private final Lanes lanes;
  private final BackgroundWork background;
  private final Set<TableImport> underway = Collections.synchronizedSet(new LinkedHashSet<>());
  private volatile boolean closed;

  /** Imports into an engine's tables. */
  Imports(
      Files files,
      TableFormat format,
      Manifest manifest,
      Flusher flusher,
      Compactions compactions,
      Lanes lanes,
      BackgroundWork background) {
    this.files = files;
    this.format = format;
    this.manifest = manifest;
    this.flusher = flusher;
    this.compactions = compactions;
    this.lanes = lanes;
    this.background = background;
  }

  private FileAddition addition(LaneTable[] parts) {
    return new FileAddition(manifest, flusher, compactions, lanes, parts);
  }

  /** Begins to write what a source has, as {@link TableImport} has it. */
  CompletableFuture<Long> addRows(PartitionCursor source, LaneTable[] parts) {
    TableImport made =
        new TableImport(
            source,
            format,
            flusher,
            parts[0],
            parts.length,
            addition(parts),
            background.imports(),
            () -> closed);
    underway.add(made);
    made.goOn();
    return made.done().whenComplete((bytes, failure) -> underway.remove(made));
  }

  /**
   * Adds the rows of SSTables, as {@link FileImport} has it.
   *
   * @param ifNone what is wrong if there are no files
   */
  CompletionStage<ImportedFiles> addFiles(
      LaneTable[] parts,
      List<UUID> formerIds,
      List<String> directories,
      Collection<TokenRange> foreign,
      boolean trim,
      String ifNone) {
    long before = discards(parts);
    FileImport added =
        new FileImport(
            files, format, flusher, parts, formerIds, addition(parts), TokenSet.of(foreign), trim);
    // Beside the chores: it may take long, and they are one at a time.
    return CompletableFuture.supplyAsync(
            () -> {
              try {
                return added.write(directories, ifNone);
              } catch (IOException e) {
                throw new UncheckedIOException(e);
              }
            },
            background.restores())
        .thenCompose(FileAddition::install)
        .thenApply(
            seen -> {
              if (discards(parts) != before) {
                throw new UncheckedIOException(
                    new IOException(
                        "ranges of the table were given up meanwhile, and with them maybe some of"
                            + " what was imported: do it once more"));
              }
              return added.summary();
            });
  }

  /** A discard hides files that have their generation already, also if they come later. */
  private static long discards(LaneTable[] parts) {
    return Stream.of(parts).mapToLong(LaneTable::discards).sum();
  }

  /** Ends the imports of rows that are under way, and all that come; they fail. */
  void close() {
    closed = true;
    List<TableImport> all;
    synchronized (underway) {
      all = List.copyOf(underway);
    }
    // In the order in which they began, so that a simulated run is the same each time.
    all.forEach(TableImport::goOn);
  }
}
