package io.ilion.server.schema;

import io.ilion.cql.schema.SchemaChange;
import io.ilion.cql.schema.SchemaTransformer;
import io.ilion.model.schema.KeyspaceDefinition;
import io.ilion.model.schema.Schema;
import io.ilion.model.schema.TableDefinition;
import io.ilion.model.schema.TableProperties;
import io.ilion.runtime.Lane;
import io.ilion.storage.StorageEngine;
import io.ilion.storage.TableOptions;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * The schema that a node works by. Changes are made one after another on a lane of their own: first
 * to the storage engine where a table appears, then durably to the log, then for everybody to see,
 * and last to the storage engine where a table vanishes.
 */
public final class SchemaStore {
  private final MetadataLog log;
  private final StorageEngine engine;
  private final AutoSnapshots snapshots;
  private final Lane lane;
  private final Consumer<SchemaChange> listener;
  private final Map<String, KeyspaceDefinition> builtIn;
  private volatile Schema schema;

  /** Completes when the changes so far are over; never fails; the lane's own. */
  private CompletionStage<Void> last = CompletableFuture.completedFuture(null);

  /**
   * Begins with what the log kept.
   *
   * @param builtIn keyspaces that are always there; the log has at most their replication
   * @param lane runs the changes; may block
   * @param listener told of every change, on the lane
   */
  public SchemaStore(
      MetadataLog log,
      StorageEngine engine,
      AutoSnapshots snapshots,
      Map<String, KeyspaceDefinition> builtIn,
      Lane lane,
      Consumer<SchemaChange> listener) {
    this.log = log;
    this.engine = engine;
    this.snapshots = snapshots;
    this.lane = lane;
    this.listener = listener;
    this.builtIn = Map.copyOf(builtIn);
    Map<String, KeyspaceDefinition> all = new HashMap<>(builtIn);
    log.schema().keyspaces().forEach((name, kept) -> all.merge(name, kept, SchemaStore::changed));
    this.schema = new Schema(log.schema().epoch(), all);
  }

  /** A keyspace that is always there, with the replication that was kept for it. */
  private static KeyspaceDefinition changed(KeyspaceDefinition builtIn, KeyspaceDefinition kept) {
    return builtIn.withReplication(kept.replication(), kept.durableWrites());
  }

  /** The schema as of now. */
  public Schema schema() {
    return schema;
  }

  /** A value that tells schemas apart, as clients compare it between nodes. */
  public UUID version() {
    return new UUID(0x4000L, Long.MIN_VALUE | schema.epoch());
  }

  /**
   * Makes a change.
   *
   * @param change from the schema to what becomes of it; a CqlException refuses
   */
  public CompletionStage<SchemaChange> change(Function<Schema, SchemaChange> change) {
    CompletableFuture<SchemaChange> done = new CompletableFuture<>();
    lane.execute(
        () ->
            last =
                last.thenComposeAsync(before -> make(change), lane::execute)
                    .handle(
                        (made, failure) -> {
                          if (failure != null) {
                            done.completeExceptionally(cause(failure));
                          } else {
                            done.complete(made);
                          }
                          return null;
                        }));
    return done;
  }

  private static Throwable cause(Throwable failure) {
    return failure instanceof CompletionException && failure.getCause() != null
        ? failure.getCause()
        : failure;
  }

  /** The steps of one change; the lane does nothing else until they are done. */
  private CompletionStage<SchemaChange> make(Function<Schema, SchemaChange> function) {
    Schema before = schema;
    SchemaChange change = function.apply(before);
    if (!change.isChange()) {
      return CompletableFuture.completedFuture(change);
    }
    Schema after = change.schema();
    KeyspaceDefinition keyspace = after.keyspace(change.keyspace());
    List<TableDefinition> dropped = dropped(before.keyspace(change.keyspace()), after);
    List<TableDefinition> put =
        keyspace == null
            ? List.of()
            : keyspace.tables().values().stream()
                .filter(table -> !table.equals(before.table(table.id())))
                .toList();
    return inTurn(dropped, snapshots::beforeDrop)
        .thenCompose(kept -> inTurn(put, table -> engine.putTable(storageOptions(table))))
        .thenAcceptAsync(known -> keep(change), lane::execute)
        .thenCompose(kept -> inTurn(dropped, table -> engine.dropTable(table.id())))
        .thenApply(
            gone -> {
              listener.accept(change);
              return change;
            });
  }

  /** Does something for each table, one after another. */
  private static CompletionStage<Void> inTurn(
      List<TableDefinition> tables, Function<TableDefinition, CompletionStage<Void>> step) {
    CompletionStage<Void> done = CompletableFuture.completedFuture(null);
    for (TableDefinition table : tables) {
      done = done.thenCompose(before -> step.apply(table));
    }
    return done;
  }

  /** Makes a change durable, then visible. */
  private void keep(SchemaChange change) {
    Schema after = change.schema();
    KeyspaceDefinition keyspace = after.keyspace(change.keyspace());
    try {
      if (keyspace != null) {
        log.put(after.epoch(), isBuiltIn(keyspace.name()) ? replicationOf(keyspace) : keyspace);
      } else {
        log.drop(after.epoch(), change.keyspace());
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    schema = after;
  }

  private static List<TableDefinition> dropped(KeyspaceDefinition before, Schema after) {
    return before == null
        ? List.of()
        : before.tables().values().stream().filter(t -> after.table(t.id()) == null).toList();
  }

  /** Of a keyspace that is always there only the replication can have changed. */
  private static KeyspaceDefinition replicationOf(KeyspaceDefinition keyspace) {
    return new KeyspaceDefinition(
        keyspace.name(), keyspace.replication(), keyspace.durableWrites());
  }

  /** Whether a keyspace is always there. */
  private boolean isBuiltIn(String keyspace) {
    return builtIn.containsKey(keyspace) || SchemaTransformer.isSystem(keyspace);
  }

  /** What the storage engine needs to know of a table. */
  public static TableOptions storageOptions(TableDefinition table) {
    TableProperties p = table.properties();
    String id = table.id().toString().replace("-", "");
    return new TableOptions(
        table.id(),
        table.keyspace() + "-" + table.name() + "-" + id,
        p.gcGraceSeconds(),
        p.bloomFilterFpChance(),
        compaction(p),
        p.compression(),
        table.clustering().size());
  }

  /**
   * As Cassandra does without a switch of its own, nothing is made to expire that is overlapped.
   */
  private static Map<String, String> compaction(TableProperties properties) {
    Map<String, String> options = new TreeMap<>(properties.compaction());
    options.remove("unsafe_aggressive_sstable_expiration");
    return options;
  }
}
