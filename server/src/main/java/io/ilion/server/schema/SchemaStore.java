package io.ilion.server.schema;

import io.ilion.cql.schema.SchemaChange;
import io.ilion.cql.schema.SchemaTransformer;
import io.ilion.gossip.NodeInfo;
import io.ilion.gossip.metadata.Change;
import io.ilion.gossip.metadata.ClusterMetadata;
import io.ilion.gossip.metadata.MetadataException;
import io.ilion.gossip.metadata.MetadataService;
import io.ilion.gossip.topology.Topology;
import io.ilion.model.CqlException;
import io.ilion.model.ErrorCode;
import io.ilion.model.schema.KeyspaceDefinition;
import io.ilion.model.schema.Schema;
import io.ilion.model.schema.TableDefinition;
import io.ilion.model.schema.TableProperties;
import io.ilion.runtime.Clock;
import io.ilion.runtime.Lane;
import io.ilion.storage.StorageEngine;
import io.ilion.storage.TableOptions;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
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
  private static final long FOLLOW_NANOS = 10_000_000_000L;
  private static final long NEWS_NANOS = 1_000_000_000L;

  /** Longer than any request is under way. */
  private static final long TRUNCATED_NANOS = 15_000_000_000L;

  private final MetadataService metadata;
  private final StorageEngine engine;
  private final AutoSnapshots snapshots;
  private final Clock clock;
  private final LongSupplier timeoutNanos;
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
  private CompletableFuture<Void> question;
  private CompletableFuture<Void> nextQuestion;

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
   * @param timeoutNanos how long a change may take, as of now
   * @param lane runs the steps; those of the listener too
   * @param preparation for each epoch, also the one that the node begins with
   */
  public SchemaStore(
      MetadataService metadata,
      StorageEngine engine,
      AutoSnapshots snapshots,
      Map<String, KeyspaceDefinition> builtIn,
      Clock clock,
      LongSupplier timeoutNanos,
      Lane lane,
      Preparation preparation,
      Listener listener) {
    this.metadata = metadata;
    this.engine = engine;
    this.snapshots = snapshots;
    this.clock = clock;
    this.timeoutNanos = timeoutNanos;
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
  private Schema complete(Schema agreed) {
    Map<String, KeyspaceDefinition> all = new HashMap<>(builtIn);
    agreed.keyspaces().forEach((name, kept) -> all.merge(name, kept, SchemaStore::changed));
    return new Schema(agreed.epoch(), all);
  }

  /** A keyspace that is always there, with the replication that was agreed on for it. */
  private static KeyspaceDefinition changed(KeyspaceDefinition builtIn, KeyspaceDefinition kept) {
    return builtIn.withReplication(kept.replication(), kept.durableWrites());
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
    return inTurn(all, table -> engine.putTable(storageOptions(table)))
        .thenCompose(put -> inTurn(truncated, engine::dropTable))
        .thenCompose(gone -> new LeftoverTables(engine, snapshots).forget(known))
        .thenCompose(gone -> preparation.prepare(now, schema));
  }

  /** Whether a table can be truncated by {@link #truncate}: those that are always there cannot. */
  public boolean isAgreedOn(TableDefinition table) {
    return metadata.metadata().schema().table(table.keyspace(), table.name()) != null;
  }

  /**
   * Empties a table in the whole cluster: all that was acknowledged before is gone on a node as
   * soon as it works by the epoch with which this completes.
   *
   * @param newIds gives ids that were never used
   * @return completes when it is decided, and this node works by it; fails as {@link #change} does
   */
  public CompletionStage<Long> truncate(String keyspace, String table, Supplier<UUID> newIds) {
    return metadata
        .change(
            agreed -> {
              KeyspaceDefinition of = agreed.schema().keyspace(keyspace);
              TableDefinition full = of == null ? null : of.tables().get(table);
              if (full == null) {
                throw CqlException.invalid("table %s does not exist", table);
              }
              return List.of(new Change.PutKeyspace(of.withTable(full.truncated(newIds.get()))));
            })
        .handle(
            (agreed, failure) -> {
              if (failure != null) {
                throw refusal(failure);
              }
              return agreed.epoch();
            })
        .thenCompose(epoch -> reachedSoon(epoch, FOLLOW_NANOS).thenApply(here -> epoch));
  }

  /**
   * Makes a change in the whole cluster.
   *
   * @param change from the schema to what becomes of it, perhaps several times; a CqlException
   *     refuses
   * @return completes when it is decided, and this node works by it; fails if that takes longer
   *     than it may, though the node will work by what was decided later
   */
  public CompletionStage<SchemaChange> change(Function<Schema, SchemaChange> change) {
    AtomicReference<SchemaChange> last = new AtomicReference<>();
    long timeout = timeoutNanos.getAsLong();
    long deadline = clock.nanoTime() + timeout;
    return metadata
        .change(
            agreed -> {
              SchemaChange made = change.apply(complete(agreed.schema()));
              last.set(made);
              return made.isChange() ? entries(agreed, made) : List.of();
            },
            timeout)
        .handle(
            (agreed, failure) -> {
              if (failure != null) {
                throw refusal(failure);
              }
              return agreed;
            })
        .thenCompose(
            agreed ->
                last.get().isChange()
                    ? reachedSoon(agreed.epoch(), Math.max(0, deadline - clock.nanoTime()))
                    : CompletableFuture.completedFuture(null))
        .thenApply(here -> last.get());
  }

  /** Whether other nodes may have changed the schema without this one's knowing it yet. */
  public boolean mayBeBehind() {
    return metadata.metadata().nodes().size() > 1;
  }

  /**
   * Asks for what has been agreed on, and follows it.
   *
   * @param known what the caller went by
   * @return whether the schema is another now; false too if nobody who knows answers in a second
   */
  public CompletionStage<Boolean> newerThan(Schema known) {
    if (schema.epoch() != known.epoch()) {
      return CompletableFuture.completedFuture(true);
    }
    CompletableFuture<Void> followed = new CompletableFuture<>();
    Lane.Cancellable tooLate = lane.schedule(NEWS_NANOS, () -> followed.complete(null));
    lane.execute(
        () ->
            news()
                .thenAccept(
                    here -> {
                      tooLate.cancel();
                      followed.complete(null);
                    }));
    return followed.thenApply(over -> schema.epoch() != known.epoch());
  }

  /** One question is under way at a time; who comes meanwhile shares the one behind it. */
  private CompletableFuture<Void> news() {
    if (question != null) {
      nextQuestion = nextQuestion == null ? new CompletableFuture<>() : nextQuestion;
      return nextQuestion;
    }
    question = new CompletableFuture<>();
    ask();
    return question;
  }

  private void ask() {
    CompletableFuture<Void> answered = question;
    // No change is one that is not refused before this node knows what others decided.
    metadata
        .change(agreed -> List.of())
        .thenCompose(agreed -> reached(agreed.epoch()))
        .whenCompleteAsync(
            (here, failure) -> {
              question = nextQuestion;
              nextQuestion = null;
              if (question != null) {
                ask();
              }
              answered.complete(null);
            },
            lane::execute);
  }

  /** Whoever asked for a change is not to wait for ever for what this node cannot do now. */
  private CompletionStage<Void> reachedSoon(long wanted, long nanos) {
    CompletableFuture<Void> done = new CompletableFuture<>();
    Lane.Cancellable tooLate =
        lane.schedule(
            nanos,
            () ->
                done.completeExceptionally(
                    CqlException.server(
                        "The schema was changed, but this node cannot work by it yet")));
    reached(wanted)
        .whenComplete(
            (here, failure) -> {
              tooLate.cancel();
              done.complete(null);
            });
    return done;
  }

  /**
   * The entry of a change. Replicas do not change while a node comes or goes, as in Cassandra: what
   * it has fetched would be of other ranges than those that it will own.
   */
  private List<Change> entries(ClusterMetadata agreed, SchemaChange change) {
    KeyspaceDefinition before = complete(agreed.schema()).keyspace(change.keyspace());
    KeyspaceDefinition after = change.schema().keyspace(change.keyspace());
    NodeInfo moving = Topology.moving(agreed);
    if (moving != null
        && before != null
        && after != null
        && !before.replication().equals(after.replication())) {
      throw CqlException.config(
          "Cannot alter RF while some endpoints are not in normal state (no range movements):"
              + " [/%s]",
          moving.address());
    }
    return List.of(entry(change));
  }

  private Change entry(SchemaChange change) {
    KeyspaceDefinition keyspace = change.schema().keyspace(change.keyspace());
    if (keyspace == null) {
      return new Change.DropKeyspace(change.keyspace());
    }
    boolean always =
        builtIn.containsKey(keyspace.name()) || SchemaTransformer.isSystem(keyspace.name());
    return new Change.PutKeyspace(always ? replicationOf(keyspace) : keyspace);
  }

  /** Of a keyspace that is always there only the replication can have changed. */
  private static KeyspaceDefinition replicationOf(KeyspaceDefinition keyspace) {
    return new KeyspaceDefinition(
        keyspace.name(), keyspace.replication(), keyspace.durableWrites());
  }

  private static RuntimeException refusal(Throwable failure) {
    Throwable cause = failure instanceof CompletionException ? failure.getCause() : failure;
    return switch (cause) {
      case MetadataException e ->
          new CqlException(ErrorCode.SERVER_ERROR, "The schema was not changed: " + e.getMessage());
      case RuntimeException e -> e;
      default -> new CompletionException(cause);
    };
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
        .thenCompose(kept -> inTurn(put, table -> engine.putTable(storageOptions(table))))
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
    return before == null || !storageOptions(table).equals(storageOptions(before));
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

  /** What the storage engine needs to know of a table. */
  public static TableOptions storageOptions(TableDefinition table) {
    TableProperties p = table.properties();
    // A truncated table keeps its directory, and so its snapshots.
    String id = table.schemaId().toString().replace("-", "");
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
