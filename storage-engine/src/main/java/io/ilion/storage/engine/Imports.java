package io.ilion.storage.engine;

import io.ilion.storage.PartitionCursor;
import io.ilion.storage.TableFormat;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Supplier;

/** The imports that are under way, so that a node that stops ends them. Any thread. */
final class Imports {
  private final TableFormat format;
  private final Flusher flusher;
  private final Executor executor;
  private final Set<TableImport> underway = Collections.synchronizedSet(new LinkedHashSet<>());
  private volatile boolean closed;

  /** Imports by files of a format that run on an executor. */
  Imports(TableFormat format, Flusher flusher, Executor executor) {
    this.format = format;
    this.flusher = flusher;
    this.executor = executor;
  }

  /** Begins to write what a source has, as {@link TableImport} has it. */
  CompletableFuture<Long> begin(
      PartitionCursor source, LaneTable[] parts, Supplier<FileAddition> addition) {
    TableImport made =
        new TableImport(
            source,
            format,
            flusher,
            parts[0],
            parts.length,
            addition.get(),
            executor,
            () -> closed);
    underway.add(made);
    made.goOn();
    return made.done().whenComplete((bytes, failure) -> underway.remove(made));
  }

  /** Ends those that are under way, and all that come; they fail. */
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
