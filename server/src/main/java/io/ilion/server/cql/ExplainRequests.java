package io.ilion.server.cql;

import io.ilion.coordinator.read.Explanation;
import io.ilion.coordinator.read.ReadOptions;
import io.ilion.coordinator.read.ReadProfile;
import io.ilion.coordinator.read.Reader;
import io.ilion.coordinator.read.Rows;
import io.ilion.cql.term.Evaluation;
import io.ilion.model.type.NativeType;
import io.ilion.protocol.ColumnSpec;
import io.ilion.protocol.ColumnType;
import io.ilion.protocol.Digest;
import io.ilion.protocol.QueryParameters;
import io.ilion.protocol.RowsMetadata;
import io.ilion.server.Exchange;
import java.util.ArrayList;
import java.util.List;

/**
 * Answers EXPLAIN and EXPLAIN ANALYZE of a SELECT: a row for each step. {@code parent} is the id of
 * the step that it is a part of, and null in the first row, of which all others are a part. Safe to
 * call from any lane.
 */
final class ExplainRequests {
  private static final RowsMetadata PLANNED = metadata(false);
  private static final RowsMetadata ANALYZED = metadata(true);

  private final RequestContext context;
  private final Reader reader;
  private final ReadRequests reads;

  ExplainRequests(RequestContext context, Reader reader, ReadRequests reads) {
    this.context = context;
    this.reader = reader;
    this.reads = reads;
  }

  /** The columns of an answer. */
  static RowsMetadata columns(boolean analyze) {
    return analyze ? ANALYZED : PLANNED;
  }

  private static RowsMetadata metadata(boolean analyze) {
    List<ColumnSpec> columns = new ArrayList<>();
    columns.add(column("id", NativeType.INT));
    columns.add(column("parent", NativeType.INT));
    columns.add(column("step", NativeType.TEXT));
    columns.add(column("detail", NativeType.TEXT));
    columns.add(column("files", NativeType.BIGINT));
    columns.add(column("partitions", NativeType.BIGINT));
    columns.add(column("rows", NativeType.BIGINT));
    if (analyze) {
      columns.add(column("deletions", NativeType.BIGINT));
      columns.add(column("micros", NativeType.BIGINT));
    }
    return new RowsMetadata(columns);
  }

  private static ColumnSpec column(String name, NativeType type) {
    return new ColumnSpec("system", "explain", name, ColumnType.of(type));
  }

  /** Explains a SELECT, executes it if that is wanted, and answers. */
  void explain(
      Exchange exchange,
      PreparedPlan.Explaining explaining,
      QueryParameters parameters,
      Digest knownMetadata) {
    PreparedPlan.Selecting selecting = explaining.selecting();
    boolean range = reads.check(selecting, parameters);
    Evaluation evaluation = context.evaluation(selecting.variables(), parameters.values());
    Explanation.Callback callback =
        (explanation, failure) -> {
          if (!exchange.claim()) {
            return;
          }
          if (failure != null) {
            exchange.fail(context.failures().ofRead(failure, parameters.consistency()));
          } else {
            Rows rows = rows(explanation, explaining.analyze());
            Answers.rows(exchange, explaining.columns(), rows, parameters, knownMetadata);
          }
        };
    if (explaining.analyze()) {
      analyze(exchange, selecting, parameters, evaluation, callback);
      return;
    }
    ReadOptions options = reads.options(exchange, parameters, null);
    context.deadlines(exchange).read(exchange, parameters.consistency(), range, options.progress());
    reader.explain(selecting.read(), evaluation, options, callback);
  }

  private void analyze(
      Exchange exchange,
      PreparedPlan.Selecting selecting,
      QueryParameters parameters,
      Evaluation evaluation,
      Explanation.Callback callback) {
    ReadProfile profile = new ReadProfile(context.clock(), context.nowSeconds(parameters));
    ReadOptions options = reads.options(exchange, parameters, profile);
    reads.read(
        exchange,
        selecting,
        evaluation,
        options,
        (rows, failure) -> {
          if (failure != null) {
            callback.done(null, failure);
            return;
          }
          Explanation explanation;
          try {
            boolean more = rows.pagingState() != null;
            explanation = Explanation.of(selecting.plan(), evaluation, options, rows.count(), more);
          } catch (RuntimeException e) {
            callback.done(null, e);
            return;
          }
          callback.done(explanation, null);
        });
  }

  private static Rows rows(Explanation explanation, boolean analyze) {
    List<byte[][]> rows = new ArrayList<>();
    for (Explanation.Step step : explanation.steps()) {
      Explanation.Figures figures = step.figures();
      List<byte[]> cells = new ArrayList<>();
      cells.add(NativeType.INT.encode(step.id()));
      cells.add(step.parent() < 0 ? null : NativeType.INT.encode(step.parent()));
      cells.add(NativeType.TEXT.encode(step.name()));
      cells.add(NativeType.TEXT.encode(step.detail()));
      cells.add(bigint(figures.files()));
      cells.add(bigint(figures.partitions()));
      cells.add(bigint(figures.rows()));
      if (analyze) {
        cells.add(bigint(figures.deletions()));
        cells.add(bigint(figures.micros()));
      }
      rows.add(cells.toArray(new byte[0][]));
    }
    return new Rows(rows, null, List.of(), 0);
  }

  private static byte[] bigint(Long value) {
    return value == null ? null : NativeType.BIGINT.encode(value);
  }
}
