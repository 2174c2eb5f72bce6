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
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
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
        () -> {
          try {
            done.complete(make(change));
          } catch (RuntimeException | IOException e) {
            done.completeExceptionally(e);
          }
        });
    return done;
  }

  private SchemaChange make(Function<Schema, SchemaChange> function) throws IOException {
    Schema before = schema;
    SchemaChange change = function.apply(before);
    if (!change.isChange()) {
      return change;
    }
    Schema after = change.schema();
    List<TableDefinition> dropped = dropped(before.keyspace(change.keyspace()), after);
    for (TableDefinition table : dropped) {
      snapshots.beforeDrop(table).toCompletableFuture().join();
    }
    KeyspaceDefinition keyspace = after.keyspace(change.keyspace());
    if (keyspace != null) {
      for (TableDefinition table : keyspace.tables().values()) {
        if (!table.equals(before.table(table.id()))) {
          engine.putTable(storageOptions(table)).toCompletableFuture().join();
        }
      }
      log.put(after.epoch(), isBuiltIn(keyspace.name()) ? replicationOf(keyspace) : keyspace);
    } else {
      log.drop(after.epoch(), change.keyspace());
    }
    schema = after;
    for (TableDefinition table : dropped) {
      engine.dropTable(table.id()).toCompletableFuture().join();
    }
    listener.accept(change);
    return change;
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
