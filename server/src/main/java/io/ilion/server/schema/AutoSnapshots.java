package io.ilion.server.schema;

import io.ilion.model.schema.TableDefinition;
import io.ilion.runtime.Clock;
import io.ilion.storage.StorageEngine;
import java.util.UUID;
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

  /**
   * Completes when a table may be forgotten that was dropped already; whether it wanted a snapshot
   * nobody knows any more.
   */
  CompletionStage<Void> beforeForgetting(UUID id, String table) {
    return enabled ? keep(id, table, "dropped") : CompletableFuture.completedFuture(null);
  }

  /** Completes when data may be forgotten that a table had before it was truncated. */
  CompletionStage<Void> beforeForgetting(TableDefinition table, UUID formerId) {
    return enabled && table.properties().allowAutoSnapshot()
        ? keep(formerId, table.name(), "truncated")
        : CompletableFuture.completedFuture(null);
  }

  private CompletionStage<Void> keep(TableDefinition table, String reason) {
    return enabled && table.properties().allowAutoSnapshot()
        ? keep(table.id(), table.name(), reason)
        : CompletableFuture.completedFuture(null);
  }

  private CompletionStage<Void> keep(UUID id, String table, String reason) {
    String name = reason + "-" + clock.wallMillis() + "-" + table;
    return engine.snapshot(id, name).thenAccept(bytes -> {});
  }
}
