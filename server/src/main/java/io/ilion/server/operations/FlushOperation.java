package io.ilion.server.operations;

import io.ilion.storage.StorageEngine;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** Writes what is in memory to files. */
public final class FlushOperation {
  private final TableNames names;
  private final StorageEngine engine;

  /** Flushes tables of an engine. */
  public FlushOperation(TableNames names, StorageEngine engine) {
    this.names = names;
    this.engine = engine;
  }

  /** The operation. */
  public Operation operation() {
    return Operation.task(
        "flush",
        "writes what tables have in memory to files",
        List.of(TableNames.KEYSPACE, TableNames.TABLES),
        this::run);
  }

  private CompletionStage<Map<String, Object>> run(Arguments arguments, Progress progress) {
    List<CompletableFuture<Void>> flushes =
        names.of(arguments).stream()
            .map(table -> engine.flush(table.id()).toCompletableFuture())
            .toList();
    return CompletableFuture.allOf(flushes.toArray(CompletableFuture<?>[]::new))
        .thenApply(
            done -> {
              Map<String, Object> result = new LinkedHashMap<>();
              result.put("tables", flushes.size());
              return result;
            });
  }
}
