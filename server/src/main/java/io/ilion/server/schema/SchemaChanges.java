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
import io.ilion.runtime.Clock;
import io.ilion.runtime.Lane;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * Has the cluster agree on changes of the schema, and asks whether it has agreed on some that this
 * node does not know of. A change is made when this node works by it ({@link SchemaStore}). Safe to
 * call from any lane.
 */
public final class SchemaChanges {
  private static final long FOLLOW_NANOS = 10_000_000_000L;
  private static final long NEWS_NANOS = 1_000_000_000L;

  private final MetadataService metadata;
  private final SchemaStore store;
  private final Clock clock;
  private final LongSupplier timeoutNanos;
  private final Lane lane;

  // The lane's own.
  private CompletableFuture<Void> question;
  private CompletableFuture<Void> nextQuestion;

  /**
   * Changes of what a node follows.
   *
   * @param timeoutNanos how long a change may take, as of now
   * @param lane the one of the store
   */
  public SchemaChanges(
      MetadataService metadata,
      SchemaStore store,
      Clock clock,
      LongSupplier timeoutNanos,
      Lane lane) {
    this.metadata = metadata;
    this.store = store;
    this.clock = clock;
    this.timeoutNanos = timeoutNanos;
    this.lane = lane;
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
              SchemaChange made = change.apply(store.complete(agreed.schema()));
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
    if (store.schema().epoch() != known.epoch()) {
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
    return followed.thenApply(over -> store.schema().epoch() != known.epoch());
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
        .thenCompose(agreed -> store.reached(agreed.epoch()))
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
    store
        .reached(wanted)
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
    KeyspaceDefinition before = store.complete(agreed.schema()).keyspace(change.keyspace());
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
        store.isBuiltIn(keyspace.name()) || SchemaTransformer.isSystem(keyspace.name());
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
}
