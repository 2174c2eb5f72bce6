package io.ilion.server.schema;

import io.ilion.gossip.metadata.ClusterMetadata;
import io.ilion.gossip.metadata.MetadataService;
import io.ilion.model.schema.KeyspaceDefinition;
import io.ilion.model.schema.Schema;
import io.ilion.model.schema.TableDefinition;
import io.ilion.runtime.Lane;
import io.ilion.storage.StorageEngine;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The schema that a node works by: that of the cluster's metadata, as far as this node has followed
 * them. It follows an epoch in steps, one after another: what is about to be dropped is kept in a
 * snapshot, then the storage engine learns of new tables, and forgets what it may have of ranges
 * that the node gets, then all of the node works by the epoch, and last the engine forgets what was
 * dropped. Epochs that pile up are followed at once.
 *
 * <p>A truncation is an epoch in which the table's data has another id. So each node cuts between
 * what came before and what comes after at one moment, and nothing that is still on its way from
 * before (a hint, a batch, an agreement, a repair, a message that is late) can ever come into the
 * new data. What this node itself has under way ends in the old data, which stay for a while.
 *
 * <p>What was decided has to be followed: a step that fails is tried again.
 */
public final class SchemaStore {
  private static final Logger LOGGER = LoggerFactory.getLogger(SchemaStore.class);
  private static final long RETRY_NANOS = 1_000_000_000L;

  /** Longer than any request is under way. */
  private static final long TRUNCATED_NANOS = 15_000_000_000L;

  private final MetadataService metadata;
  private final StorageEngine engine;
  private final AutoSnapshots snapshots;
  private final Lane lane;
  private final Preparation preparation;
  private final Listener listener;
  private final Map<String, KeyspaceDefinition> builtIn;
  private volatile Schema schema;
  private volatile long epoch;

  // The lane's own.
  private ClusterMetadata newest;
  private boolean isFollowing;
  private final TreeMap<Long, List<CompletableFuture<Void>>> waiters = new TreeMap<>();

  /** What has to be done before the node works by newer metadata. */
  public interface Preparation {
    /** Begins; the engine knows all tables of the schema. */
    CompletionStage<Void> prepare(ClusterMetadata newer, Schema schema);
  }

  /** Told, on the lane, when the node goes on to newer metadata. */
  public interface Listener {
    /**
     * The schema is the newer one already; nobody has been told of the epoch.
     *
     * @param before the schema until now
     */
    void follows(ClusterMetadata newer, Schema before, Schema after);
  }

  /**
   * Begins with what the node knows.
   *
   * @param builtIn keyspaces that are always there; the metadata have at most their replication
   * @param lane runs the steps; those of the listener too
   * @param preparation for each epoch, also the one that the node begins with
   */
  public SchemaStore(
      MetadataService metadata,
      StorageEngine engine,
      AutoSnapshots snapshots,
      Map<String, KeyspaceDefinition> builtIn,
      Lane lane,
      Preparation preparation,
      Listener listener) {
    this.metadata = metadata;
    this.engine = engine;
    this.snapshots = snapshots;
    this.lane = lane;
    this.preparation = preparation;
    this.listener = listener;
    this.builtIn = Map.copyOf(builtIn);
    ClusterMetadata now = metadata.metadata();
    this.schema = complete(now.schema());
    this.epoch = now.epoch();
    this.newest = now;
    metadata.listen(newer -> lane.execute(() -> follow(newer)));
  }

  /** The schema of the metadata and the keyspaces that are always there. */
  Schema complete(Schema agreed) {
    Map<String, KeyspaceDefinition> all = new HashMap<>(builtIn);
    agreed.keyspaces().forEach((name, kept) -> all.merge(name, kept, SchemaStore::changed));
    return new Schema(agreed.epoch(), all);
  }

  /** A keyspace that is always there, with the replication that was agreed on for it. */
  private static KeyspaceDefinition changed(KeyspaceDefinition builtIn, KeyspaceDefinition kept) {
    return builtIn.withReplication(kept.replication(), kept.durableWrites());
  }

  /** Whether a keyspace is one of those that are always there. */
  boolean isBuiltIn(String keyspace) {
    return builtIn.containsKey(keyspace);
  }

  /** The schema as of now. */
  public Schema schema() {
    return schema;
  }

  /** A value that tells schemas apart, as clients compare it between nodes. */
  public UUID version() {
    return version(schema.epoch());
  }

  /** The {@link #version()} of the schema of an epoch. */
  public static UUID version(long epoch) {
    return new UUID(0x4000L, Long.MIN_VALUE | epoch);
  }

  /**
   * Has the storage engine know all tables; to be waited for before anything is read or written.
   *
   * @param stored the tables among those that are always there that the engine has
   */
  public CompletionStage<Void> begin(Iterable<TableDefinition> stored) {
    List<TableDefinition> all = new ArrayList<>();
    stored.forEach(all::add);
    metadata
        .metadata()
        .schema()
        .keyspaces()
        .values()
        .forEach(keyspace -> all.addAll(keyspace.tables().values()));
    ClusterMetadata now = newest;
    // The node may have ended before it forgot what was truncated.
    List<UUID> truncated =
        engine.statistics().stream()
            .map(StorageEngine.TableStatistics::tableId)
            .filter(id -> schema.truncated(id) != null)
            .toList();
    Set<UUID> known = all.stream().map(TableDefinition::id).collect(Collectors.toSet());
    known.addAll(truncated);
    return inTurn(all, table -> engine.putTable(StorageOptions.of(table)))
        .thenCompose(put -> inTurn(truncated, this::forgetTruncated))
        .thenCompose(gone -> new LeftoverTables(engine, snapshots).forget(known))
        .thenCompose(gone -> preparation.prepare(now, schema));
  }

  /** As it would have gone, with a snapshot first: whether that was made nobody knows any more. */
  private CompletionStage<Void> forgetTruncated(UUID former) {
    return snapshots
        .beforeForgetting(schema.truncated(former), former)
        .thenCompose(kept -> engine.dropTable(former))
        .exceptionally(
            failure -> {
              LOGGER.warn("what was truncated stays until the next start", failure);
              return null;
            });
  }

  /** Completes, on the lane, when this node works by an epoch or a later one. */
  public CompletionStage<Void> reached(long wanted) {
    if (epoch >= wanted) {
      return CompletableFuture.completedFuture(null);
    }
    CompletableFuture<Void> done = new CompletableFuture<>();
    lane.execute(
        () -> {
          if (epoch >= wanted) {
            done.complete(null);
          } else {
            waiters.computeIfAbsent(wanted, e -> new ArrayList<>()).add(done);
          }
        });
    return done;
  }

  private void follow(ClusterMetadata newer) {
    if (newer.epoch() > newest.epoch()) {
      newest = newer;
    }
    if (!isFollowing && newest.epoch() > epoch) {
      isFollowing = true;
      step(newest);
    }
  }

  private void step(ClusterMetadata next) {
    CompletableFuture.completedFuture(next)
        .thenCompose(this::steps)
        .whenCompleteAsync(
            (gone, failure) -> {
              if (failure == null) {
                isFollowing = false;
                follow(newest);
              } else if (epoch >= next.epoch()) {
                LOGGER.error("what was dropped is not all gone from the disk", failure);
                isFollowing = false;
                follow(newest);
              } else {
                LOGGER.error("epoch {} is not followed yet", next.epoch(), failure);
                lane.schedule(RETRY_NANOS, () -> step(newest));
              }
            },
            lane::execute);
  }

  private CompletionStage<Void> steps(ClusterMetadata next) {
    Schema before = schema;
    Schema after = complete(next.schema());
    List<TableDefinition> put = new ArrayList<>();
    List<TableDefinition> dropped = new ArrayList<>();
    if (after.epoch() != before.epoch()) {
      tables(after).filter(t -> isNews(t, before.table(t.id()))).forEach(put::add);
      tables(before).filter(t -> after.table(t.id()) == null).forEach(dropped::add);
    }
    return inTurn(dropped, table -> keep(table, after))
        .thenCompose(kept -> inTurn(put, table -> engine.putTable(StorageOptions.of(table))))
        .thenCompose(known -> preparation.prepare(next, after))
        .thenRunAsync(() -> reach(next, after), lane::execute)
        .thenCompose(visible -> inTurn(dropped, table -> forget(table, after)));
  }

  private CompletionStage<Void> keep(TableDefinition table, Schema after) {
    return after.truncated(table.id()) == null
        ? snapshots.beforeDrop(table)
        : snapshots.beforeTruncate(table);
  }

  private CompletionStage<Void> forget(TableDefinition table, Schema after) {
    if (after.truncated(table.id()) == null) {
      return engine.dropTable(table.id());
    }
    lane.schedule(
        TRUNCATED_NANOS,
        () ->
            engine
                .dropTable(table.id())
                .whenComplete(
                    (gone, failure) -> {
                      if (failure != null) {
                        LOGGER.error("what was truncated is not all gone from the disk", failure);
                      }
                    }));
    return CompletableFuture.completedFuture(null);
  }

  /** Whether the engine has to be told of a table. */
  private static boolean isNews(TableDefinition table, TableDefinition before) {
    return before == null || !StorageOptions.of(table).equals(StorageOptions.of(before));
  }

  private static Stream<TableDefinition> tables(Schema schema) {
    return schema.keyspaces().values().stream().flatMap(k -> k.tables().values().stream());
  }

  private void reach(ClusterMetadata next, Schema after) {
    Schema before = schema;
    schema = after;
    try {
      listener.follows(next, before, after);
    } catch (RuntimeException | Error e) {
      // The next attempt is to tell of the same difference.
      schema = before;
      throw e;
    }
    epoch = next.epoch();
    Map<Long, List<CompletableFuture<Void>>> there = waiters.headMap(epoch, true);
    List<CompletableFuture<Void>> over = there.values().stream().flatMap(List::stream).toList();
    there.clear();
    over.forEach(waiter -> waiter.complete(null));
  }

  /** Does something for each table, one after another. */
  private static <T> CompletionStage<Void> inTurn(
      List<T> tables, Function<T, CompletionStage<Void>> step) {
    CompletionStage<Void> done = CompletableFuture.completedFuture(null);
    for (T table : tables) {
      done = done.thenCompose(before -> step.apply(table));
    }
    return done;
  }
}
