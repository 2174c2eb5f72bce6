package io.ilion.server.cql;

import io.ilion.coordinator.read.Rows;
import io.ilion.coordinator.write.Attempt;
import io.ilion.coordinator.write.ConditionalResult;
import io.ilion.coordinator.write.WriteProgress;
import io.ilion.coordinator.write.Writer;
import io.ilion.cql.ast.Batch;
import io.ilion.cql.modify.BatchPlan;
import io.ilion.cql.modify.BoundModification;
import io.ilion.cql.modify.ModificationPlan;
import io.ilion.cql.term.Evaluation;
import io.ilion.model.Consistency;
import io.ilion.model.CqlException;
import io.ilion.model.WriteType;
import io.ilion.model.schema.ColumnDefinition;
import io.ilion.model.schema.TableDefinition;
import io.ilion.model.type.NativeType;
import io.ilion.protocol.ColumnSpec;
import io.ilion.protocol.ColumnType;
import io.ilion.protocol.QueryParameters;
import io.ilion.protocol.RowsMetadata;
import io.ilion.server.Exchange;
import io.ilion.server.metrics.RequestMetrics;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/** Executes INSERT, UPDATE, DELETE and batches. Safe to call from any lane. */
final class WriteRequests {
  private final RequestContext context;
  private final Writer writer;

  WriteRequests(RequestContext context, Writer writer) {
    this.context = context;
    this.writer = writer;
  }

  /** Executes a modification, conditional or not, and answers it. */
  void modify(Exchange exchange, PreparedPlan.Modifying modifying, QueryParameters parameters) {
    Evaluation evaluation = context.evaluation(modifying.variables(), parameters.values());
    ModificationPlan plan = modifying.plan();
    refuseVirtual(plan);
    long nowSeconds = context.nowSeconds(parameters);
    if (plan.isConditional()) {
      context.consistency().checkDecision(plan.table(), parameters, context.schema());
      context.traces().event("Reading existing values for CAS precondition");
      writer.decide(
          timestamp -> List.of(plan.bind(evaluation, timestamp, nowSeconds)),
          parameters.serialConsistency(),
          parameters.consistency(),
          false,
          nowSeconds,
          exchange::warn,
          attempt(exchange, parameters),
          (result, failure) ->
              answerDecided(exchange, plan.table(), result, decisionFailure(failure, parameters)));
      return;
    }
    context.consistency().checkWrite(plan.table(), parameters.consistency(), context.schema());
    BoundModification bound = plan.bind(evaluation, context.timestamp(parameters), nowSeconds);
    context.traces().event("Determining replicas for mutation");
    WriteProgress progress =
        context
            .deadlines(exchange)
            .write(exchange, parameters.consistency(), plan.table().isCounter());
    writer.write(
        bound,
        parameters.consistency(),
        nowSeconds,
        exchange::warn,
        progress,
        failure ->
            answerWritten(exchange, plan.table(), writeFailure(failure, parameters, progress)));
  }

  /**
   * Executes a batch, and answers it.
   *
   * @param own the values of the batch itself
   * @param evaluations the values of each of its statements
   */
  void batch(
      Exchange exchange,
      BatchPlan plan,
      Evaluation own,
      List<Evaluation> evaluations,
      QueryParameters parameters) {
    if (plan.statements().isEmpty()) {
      exchange.respondVoid();
      return;
    }
    plan.statements().forEach(WriteRequests::refuseVirtual);
    long nowSeconds = context.nowSeconds(parameters);
    TableDefinition table = plan.statements().get(0).table();
    if (plan.isConditional()) {
      context.consistency().checkDecision(table, parameters, context.schema());
      context.traces().event("Reading existing values for CAS precondition");
      Function<Long, List<BoundModification>> bind =
          timestamp -> plan.bind(own, evaluations, timestamp, nowSeconds);
      writer.decide(
          bind,
          parameters.serialConsistency(),
          parameters.consistency(),
          true,
          nowSeconds,
          exchange::warn,
          attempt(exchange, parameters),
          (result, failure) ->
              answerDecided(exchange, table, result, decisionFailure(failure, parameters)));
      return;
    }
    context.consistency().checkBatch(table, parameters.consistency(), context.schema());
    List<BoundModification> bound =
        plan.bind(own, evaluations, context.timestamp(parameters), nowSeconds);
    boolean counter = table.isCounter();
    context
        .traces()
        .event(
            plan.kind() == Batch.Kind.LOGGED
                ? "Determining replicas for atomic batch"
                : "Determining replicas for mutation");
    WriteProgress progress =
        context.deadlines(exchange).write(exchange, parameters.consistency(), counter);
    writer.writeBatch(
        bound,
        plan.kind(),
        parameters.consistency(),
        nowSeconds,
        exchange::warn,
        progress,
        failure -> {
          context
              .metrics()
              .batch(RequestMetrics.Batches.valueOf(plan.kind().name()), progress.partitions());
          answerWritten(exchange, table, writeFailure(failure, parameters, progress));
        });
  }

  private static void refuseVirtual(ModificationPlan plan) {
    if (plan.table().isVirtual()) {
      throw CqlException.invalid("Modification is not supported by table %s", plan.table());
    }
  }

  private Attempt attempt(Exchange exchange, QueryParameters parameters) {
    Attempt attempt = new Attempt();
    context.deadlines(exchange).decide(exchange, parameters.serialConsistency(), attempt);
    return attempt;
  }

  private Throwable writeFailure(
      Throwable failure, QueryParameters parameters, WriteProgress progress) {
    return failure == null
        ? null
        : context.failures().ofWrite(failure, parameters.consistency(), progress.type());
  }

  private Throwable decisionFailure(Throwable failure, QueryParameters parameters) {
    return failure == null
        ? null
        : context.failures().ofWrite(failure, parameters.serialConsistency(), WriteType.CAS);
  }

  private void answerWritten(Exchange exchange, TableDefinition table, Throwable failure) {
    if (failure == null) {
      context.took(exchange, context.metrics().write(table.schemaId(), exchange.startedNanos()));
    }
    Answers.done(exchange, failure);
  }

  private void answerDecided(
      Exchange exchange, TableDefinition table, ConditionalResult result, Throwable failure) {
    if (!exchange.claim()) {
      return;
    }
    if (failure != null) {
      exchange.fail(failure);
      return;
    }
    context.took(exchange, context.metrics().write(table.schemaId(), exchange.startedNanos()));
    context
        .traces()
        .event(result.applied() ? "CAS applied successfully" : "CAS precondition does not match");
    List<ColumnSpec> columns = new ArrayList<>();
    columns.add(
        new ColumnSpec(
            table.keyspace(), table.name(), "[applied]", ColumnType.of(NativeType.BOOLEAN)));
    for (ColumnDefinition column : result.columns()) {
      columns.add(
          new ColumnSpec(
              table.keyspace(), table.name(), column.name(), ColumnType.of(column.type())));
    }
    List<byte[][]> rows = new ArrayList<>();
    byte[] applied = {(byte) (result.applied() ? 1 : 0)};
    for (byte[][] values : result.rows()) {
      byte[][] row = new byte[values.length + 1][];
      row[0] = applied;
      System.arraycopy(values, 0, row, 1, values.length);
      rows.add(row);
    }
    if (rows.isEmpty()) {
      rows.add(new byte[][] {applied});
    }
    Answers.rows(
        exchange,
        new RowsMetadata(columns),
        new Rows(rows, null, List.of(), 0),
        QueryParameters.of(Consistency.ONE),
        null);
  }
}
