package io.ilion.server.cql;

import io.ilion.coordinator.batch.Batchlog;
import io.ilion.coordinator.replica.ClusterTruncation;
import io.ilion.cql.schema.SchemaTransformer;
import io.ilion.gossip.ClusterView;
import io.ilion.gossip.NodeInfo;
import io.ilion.model.CqlException;
import io.ilion.model.schema.TableDefinition;
import io.ilion.protocol.QueryParameters;
import io.ilion.protocol.Result;
import io.ilion.server.Exchange;
import io.ilion.server.schema.AutoSnapshots;
import io.ilion.server.schema.SchemaChanges;
import io.ilion.storage.StorageEngine;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.function.Predicate;
import java.util.function.Supplier;

/** Executes what defines keyspaces, types and tables, USE and TRUNCATE. Safe on any lane. */
final class SchemaRequests {
  private final RequestContext context;
  private final SchemaChanges changes;
  private final StorageEngine engine;
  private final AutoSnapshots snapshots;
  private final Batchlog batchlog;
  private final Predicate<TableDefinition> replicated;
  private final ClusterTruncation truncation;
  private final ClusterView view;

  /**
   * Creates it.
   *
   * @param replicated whether other nodes keep a table too
   * @param truncation of those
   * @param view the data centres, against which keyspaces are checked
   */
  SchemaRequests(
      RequestContext context,
      SchemaChanges changes,
      StorageEngine engine,
      AutoSnapshots snapshots,
      Batchlog batchlog,
      Predicate<TableDefinition> replicated,
      ClusterTruncation truncation,
      ClusterView view) {
    this.context = context;
    this.changes = changes;
    this.engine = engine;
    this.snapshots = snapshots;
    this.batchlog = batchlog;
    this.replicated = replicated;
    this.truncation = truncation;
    this.view = view;
  }

  /** Refuses a keyspace that does not exist. */
  void checkExists(String keyspace) {
    if (context.schema().keyspace(keyspace) == null) {
      throw CqlException.invalid("Keyspace '%s' does not exist", keyspace);
    }
  }

  /** Makes a keyspace that of the connection. */
  void use(Exchange exchange, String keyspace) {
    checkExists(keyspace);
    exchange.client().useKeyspace(keyspace);
    exchange.respond(new Result.SetKeyspace(keyspace));
  }

  /** Empties a table, and keeps a snapshot of it if the node is to. */
  void truncate(Exchange exchange, TableDefinition table) {
    context.traces().event("Truncating ", table.name());
    context.deadlines(exchange).truncate(exchange);
    truncated(table)
        .whenComplete(
            (done, failure) ->
                Answers.done(
                    exchange, failure == null ? null : context.failures().ofTruncate(failure)));
  }

  private CompletionStage<?> truncated(TableDefinition table) {
    if (!changes.isAgreedOn(table)) {
      return replicated.test(table) ? truncation.truncate(table) : truncateHere(table);
    }
    Supplier<CompletionStage<?>> decision =
        () -> changes.truncate(table.keyspace(), table.name(), context::newTimeUuid);
    return replicated.test(table) ? truncation.truncate(table, decision) : decision.get();
  }

  private CompletionStage<Void> truncateHere(TableDefinition table) {
    // A batch that began before must not be replayed after.
    return batchlog
        .settle()
        .thenCompose(settled -> snapshots.beforeTruncate(table))
        .thenCompose(kept -> engine.truncate(table.id()));
  }

  /** Changes the schema. */
  void define(Exchange exchange, PreparedPlan.Defining defining, QueryParameters parameters) {
    String keyspace = RequestContext.keyspace(exchange, parameters);
    changes
        .change(
            schema ->
                new SchemaTransformer(
                        schema,
                        keyspace,
                        context::newTimeUuid,
                        context.clock().wallMicros(),
                        nodesByDatacenter())
                    .apply(defining.statement()))
        .whenComplete(
            (change, failure) -> {
              if (failure != null) {
                exchange.fail(context.failures().ofDefinition(failure));
              } else if (!change.isChange()) {
                exchange.respond(new Result.Void(), null, change.warnings(), null);
              } else {
                exchange.respond(
                    new Result.SchemaChanged(QueryProcessor.event(change)),
                    null,
                    change.warnings(),
                    null);
              }
            });
  }

  /** How many nodes each data centre has, which is what keyspaces can be replicated to. */
  private Map<String, Integer> nodesByDatacenter() {
    Map<String, Integer> count = new HashMap<>();
    for (NodeInfo node : view.nodes()) {
      if (node.state() != NodeInfo.State.LEFT) {
        count.merge(node.datacenter(), 1, Integer::sum);
      }
    }
    return count;
  }
}
