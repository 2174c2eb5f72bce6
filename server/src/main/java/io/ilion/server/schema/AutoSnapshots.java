package io.ilion.server.schema;

import io.ilion.model.schema.TableDefinition;
import io.ilion.runtime.Clock;
import io.ilion.storage.StorageEngine;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * Keeps a snapshot of what a statement is about to remove, named {@code truncated-MILLIS-TABLE} or
 * {@code dropped-MILLIS-TABLE}. It stays in the directory of the table until somebody deletes it.
 */
public final class AutoSnapshots {
  private final StorageEngine engine;
  private final Clock clock;
  private final boolean enabled;

  /** Snapshots by this engine; none unless enabled. */
  public AutoSnapshots(StorageEngine engine, Clock clock, boolean enabled) {
    this.engine = engine;
    this.clock = clock;
    this.enabled = enabled;
  }

  /** Completes when a table may be truncated. */
  public CompletionStage<Void> beforeTruncate(TableDefinition table) {
    return keep(table, "truncated");
  }

  /** Completes when a table may be dropped. */
  public CompletionStage<Void> beforeDrop(TableDefinition table) {
    return keep(table, "dropped");
  }

  private CompletionStage<Void> keep(TableDefinition table, String reason) {
    if (!enabled || !table.properties().allowAutoSnapshot()) {
      return CompletableFuture.completedFuture(null);
    }
    String name = reason + "-" + clock.wallMillis() + "-" + table.name();
    return engine.snapshot(table.id(), name).thenAccept(bytes -> {});
  }
}
