package io.ilion.storage.engine;

import io.ilion.storage.PartitionCursor;
import io.ilion.storage.TableFormat;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.function.Supplier;

/** The imports that are under way, so that a node that stops ends them. Any thread. */
final class Imports {
  private final TableFormat format;
  private final Flusher flusher;
  private final Executor executor;
  private final Set<TableImport> underway = ConcurrentHashMap.newKeySet();
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
    underway.forEach(TableImport::goOn);
  }
}
