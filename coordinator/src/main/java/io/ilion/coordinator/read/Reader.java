package io.ilion.coordinator.read;

import io.ilion.cql.restrict.Interval;
import io.ilion.cql.restrict.RowFilter;
import io.ilion.cql.select.SelectPlan;
import io.ilion.cql.term.Evaluation;
import io.ilion.runtime.Scheduler;
import io.ilion.storage.StorageEngine;
import java.util.List;

/** Executes SELECT plans over a storage engine. Safe to call from any lane. */
public final class Reader {
  private final LaneReads reads;
  private final VirtualTables virtualTables;
  private final ReadLimits limits;

  /** A reader over an engine whose lanes are the scheduler's, and over computed tables. */
  public Reader(
      StorageEngine engine, Scheduler scheduler, VirtualTables virtualTables, ReadLimits limits) {
    this.reads = new LaneReads(engine, scheduler);
    this.limits = limits;
    this.virtualTables = virtualTables;
  }

  /**
   * Reads one page.
   *
   * @param evaluation of this execution; not to be used otherwise meanwhile
   * @param callback told once, on any lane, maybe before this method returns
   */
  public void read(
      SelectPlan plan, Evaluation evaluation, ReadOptions options, Rows.Callback callback) {
    try {
      SelectExecution.checkPaging(plan, options);
      PagingState from =
          options.pagingState() == null ? null : PagingState.decode(options.pagingState());
      ReadReport report =
          new ReadReport(plan, evaluation, limits, options.pageSize() > 0, options.warnings());
      RowSource source = source(plan, evaluation, options, from, report);
      new SelectExecution(plan, evaluation, source, report, options, from, callback).start();
    } catch (RuntimeException e) {
      callback.done(null, e);
    }
  }

  private RowSource source(
      SelectPlan plan,
      Evaluation evaluation,
      ReadOptions options,
      PagingState from,
      ReadReport report) {
    RowFilter filter = plan.restrictions().filter(evaluation);
    List<Interval> intervals = plan.restrictions().intervals(evaluation);
    boolean grouped = plan.isAggregate();
    RowCollector.Demand demand =
        new RowCollector.Demand(
            0,
            grouped ? Integer.MAX_VALUE : plan.perPartitionLimit(evaluation),
            0,
            plan.table().hasStaticColumns() && !plan.restrictions().restrictsClustering(),
            plan.distinct(),
            readsStatics(plan),
            plan.readsAttributes(),
            options.nowSeconds());
    LaneReads.Shape shape =
        new LaneReads.Shape(
            plan.table().id(),
            new ColumnLayout(plan.table(), plan.neededColumns()),
            filter,
            intervals,
            plan.reversed(),
            demand,
            report);
    if (plan.table().isVirtual()) {
      boolean named = plan.restrictions().hasPartitionKeys();
      return VirtualSource.of(
          shape.layout(),
          virtualTables.rows(plan.table()),
          virtualTables.isOrderedByKey(plan.table()),
          named ? plan.restrictions().partitionKeys(evaluation) : null,
          named ? null : plan.restrictions().tokenRange(evaluation),
          intervals,
          plan.reversed(),
          filter,
          demand,
          from);
    }
    if (plan.restrictions().hasPartitionKeys()) {
      List<byte[]> keys = plan.restrictions().partitionKeys(evaluation);
      report.checkKeys(keys.size());
      return reads.partitions(shape, keys, from);
    }
    long[] tokens = plan.restrictions().tokenRange(evaluation);
    return tokens == null || intervals.isEmpty()
        ? (wanted, callback) -> callback.rows(List.of(), true)
        : reads.range(shape, tokens[0], tokens[1], from);
  }

  /** Whether Cassandra would read static rows: if selected, or to find partitions without rows. */
  private static boolean readsStatics(SelectPlan plan) {
    return plan.table().hasStaticColumns()
        && (!plan.restrictions().restrictsClustering()
            || plan.table().staticColumns().stream()
                .anyMatch(c -> plan.neededColumns().get(c.id())));
  }
}
