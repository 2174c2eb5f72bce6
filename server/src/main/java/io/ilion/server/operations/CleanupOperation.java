package io.ilion.server.operations;

import io.ilion.model.ring.TokenRange;
import io.ilion.model.schema.KeyspaceDefinition;
import io.ilion.model.schema.Schema;
import io.ilion.model.schema.TableDefinition;
import io.ilion.runtime.Lane;
import io.ilion.storage.engine.Engine;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * Drops rows of ranges that this node does not own any more. They are out of sight at once, and
 * their space is free when their files have been rewritten, for which the operation waits.
 */
public final class CleanupOperation {
  private static final long LOOK_NANOS = 100_000_000L;

  private final TableNames names;
  private final Supplier<Schema> schema;
  private final Engine engine;
  private final Function<KeyspaceDefinition, List<TokenRange>> others;
  private final BooleanSupplier isRingChanging;
  private final Lane lane;

  /**
   * Cleans tables of an engine.
   *
   * @param others the ranges of a keyspace that this node has no part in
   * @param isRingChanging whether a node is joining or leaving
   * @param lane on which it looks how far it is
   */
  public CleanupOperation(
      TableNames names,
      Supplier<Schema> schema,
      Engine engine,
      Function<KeyspaceDefinition, List<TokenRange>> others,
      BooleanSupplier isRingChanging,
      Lane lane) {
    this.names = names;
    this.schema = schema;
    this.engine = engine;
    this.others = others;
    this.isRingChanging = isRingChanging;
    this.lane = lane;
  }

  /** The operation. */
  public Operation operation() {
    return Operation.task(
        "cleanup",
        "drops rows of ranges that the node does not own any more",
        List.of(TableNames.KEYSPACE, TableNames.TABLES),
        this::run);
  }

  private CompletionStage<Map<String, Object>> run(Arguments arguments, Progress progress) {
    if (isRingChanging.getAsBoolean()) {
      throw new OperationException(
          OperationException.Reason.REFUSED, "a node is joining or leaving: clean up when it has");
    }
    List<TableDefinition> tables = names.of(arguments);
    CompletionStage<Void> discarded = CompletableFuture.completedFuture(null);
    for (TableDefinition table : tables) {
      discarded = discarded.thenCompose(before -> discard(table));
    }
    CompletableFuture<Map<String, Object>> done = new CompletableFuture<>();
    discarded.whenComplete(
        (hidden, failure) -> {
          if (failure != null) {
            done.completeExceptionally(failure);
          } else {
            lane.execute(() -> await(tables, progress, done));
          }
        });
    return done;
  }

  private CompletionStage<Void> discard(TableDefinition table) {
    return engine
        .flush(table.id())
        .thenCompose(flushed -> engine.discardFlushed(table.id(), () -> others(table)));
  }

  /** What this node has no part in of a table; nothing if that is about to change. */
  private List<TokenRange> others(TableDefinition table) {
    KeyspaceDefinition keyspace = schema.get().keyspace(table.keyspace());
    return keyspace == null || isRingChanging.getAsBoolean() ? List.of() : others.apply(keyspace);
  }

  private void await(
      List<TableDefinition> tables,
      Progress progress,
      CompletableFuture<Map<String, Object>> done) {
    long clean = tables.stream().filter(table -> engine.isClean(table.id())).count();
    progress.at(clean, tables.size(), "tables");
    if (clean == tables.size() || progress.isCancelled()) {
      Map<String, Object> result = new LinkedHashMap<>();
      result.put("tables", clean);
      done.complete(result);
    } else {
      lane.schedule(LOOK_NANOS, () -> await(tables, progress, done));
    }
  }
}
