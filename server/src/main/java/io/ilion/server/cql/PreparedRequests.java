package io.ilion.server.cql;

import io.ilion.cql.term.Receiver;
import io.ilion.model.CqlException;
import io.ilion.model.ErrorCode;
import io.ilion.protocol.ColumnSpec;
import io.ilion.protocol.ColumnType;
import io.ilion.protocol.Digest;
import io.ilion.protocol.ErrorDetails;
import io.ilion.protocol.ProtocolVersion;
import io.ilion.protocol.Request;
import io.ilion.protocol.Result;
import io.ilion.protocol.RowsMetadata;
import io.ilion.server.Exchange;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;

/** Prepares statements, and finds them again. Safe to call from any lane. */
final class PreparedRequests {
  private static final String USE_WARNING =
      "`USE <keyspace>` with prepared statements is considered to be an anti-pattern due to"
          + " ambiguity in non-qualified table names. Please consider removing instances of"
          + " `Session#setKeyspace(<keyspace>)`, `Session#execute(\"USE <keyspace>\")` and"
          + " `cluster.newSession(<keyspace>)` from your code, and always use fully qualified table"
          + " names (e.g. <keyspace>.<table>). Keyspace used: %s, statement keyspace: %s, statement"
          + " id: %s";

  private final RequestContext context;
  private final StatementCache prepared;
  private final Planning planning;

  PreparedRequests(RequestContext context, StatementCache prepared, Planning planning) {
    this.context = context;
    this.prepared = prepared;
    this.planning = planning;
  }

  /** Prepares a statement, and answers with its id and metadata. */
  void prepare(Exchange exchange, Request.Prepare request) {
    String keyspace =
        request.keyspace() != null ? request.keyspace() : exchange.client().keyspace();
    context.traces().event("Preparing ", request.query());
    StatementCache.Entry known = prepared.find(StatementCache.id(request.query(), keyspace));
    if (known != null && known.isOf(context.schema())) {
      answerPrepared(exchange, request, keyspace, known, false);
      return;
    }
    planning.plan(
        exchange,
        request.query().length(),
        () -> prepared.prepare(request.query(), keyspace, context.schema()),
        entry -> answerPrepared(exchange, request, keyspace, entry, known == null));
  }

  private static void answerPrepared(
      Exchange exchange,
      Request.Prepare request,
      String keyspace,
      StatementCache.Entry entry,
      boolean fresh) {
    PreparedPlan plan = entry.plan();
    if (plan.variables().size() > 65535) {
      throw CqlException.invalid(
          "Too many markers(?). %d markers exceed the allowed maximum of %d",
          plan.variables().size(), 65535);
    }
    Digest id = StatementCache.id(request.query(), keyspace);
    if (fresh && keyspace != null && !entry.qualified()) {
      // The keyspace of a request alone, as in Cassandra, neither asks nor notes what was said.
      boolean own = keyspace.equals(exchange.client().keyspace());
      if (!own || exchange.client().warnOfUse()) {
        warnOfUse(exchange, keyspace, keyspace, id);
      }
    }
    exchange.respond(
        new Result.Prepared(
            id,
            exchange.version().atLeast(ProtocolVersion.V5) ? plan.columns().id() : null,
            variables(plan.variables()),
            plan.partitionKeyVariables(),
            plan.columns()));
  }

  /**
   * Finds the plan that is to be executed, and goes on with it.
   *
   * @throws RequestException UNPREPARED if it is not known
   */
  void find(Exchange exchange, Request.Execute request, Consumer<StatementCache.Entry> then) {
    StatementCache.Entry known = prepared.find(request.id());
    if (known == null) {
      throw unprepared(request.id());
    }
    if (known.isOf(context.schema())) {
      note(exchange, request, known);
      then.accept(known);
      return;
    }
    planning.plan(
        exchange,
        known.cql().length(),
        () -> prepared.current(known, context.schema()),
        entry -> {
          note(exchange, request, entry);
          then.accept(entry);
        });
  }

  /** Notes that a prepared statement is executed, and warns of USE. */
  private void note(Exchange exchange, Request.Execute request, StatementCache.Entry entry) {
    if (context.traces().current() != null) {
      TraceParameters.add(context.traces().current(), entry, request.parameters().values());
    }
    context.metrics().preparedStatement(exchange.client().lane());
    String keyspace = RequestContext.keyspace(exchange, request.parameters());
    if (!entry.qualified()
        && !(entry.plan() instanceof PreparedPlan.Batching)
        && !Objects.equals(keyspace, entry.keyspace())
        && exchange.client().warnOfUse()) {
      warnOfUse(exchange, keyspace, entry.keyspace(), request.id());
    }
  }

  /**
   * A prepared statement as the schema is now.
   *
   * @throws RequestException UNPREPARED if it is not known
   */
  StatementCache.Entry known(Digest id) {
    StatementCache.Entry entry = prepared.find(id);
    if (entry == null) {
      throw unprepared(id);
    }
    return prepared.current(entry, context.schema());
  }

  private static void warnOfUse(
      Exchange exchange, String keyspace, String statementKeyspace, Digest id) {
    exchange.warn(String.format(USE_WARNING, keyspace, statementKeyspace, id));
  }

  private static RowsMetadata variables(List<Receiver> variables) {
    List<ColumnSpec> columns = new ArrayList<>();
    for (Receiver variable : variables) {
      columns.add(
          new ColumnSpec(
              variable.keyspace(),
              variable.table(),
              variable.name(),
              ColumnType.of(variable.type())));
    }
    return new RowsMetadata(columns);
  }

  private static RequestException unprepared(Digest id) {
    return new RequestException(
        ErrorCode.UNPREPARED,
        "Prepared query with ID "
            + id
            + " not found (either the query was not prepared on this host (maybe the host has"
            + " been restarted?) or you have prepared too many queries and it has been evicted"
            + " from the internal cache)",
        new ErrorDetails.Unprepared(id));
  }
}
