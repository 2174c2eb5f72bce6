package io.ilion.coordinator.read;

import io.ilion.cql.restrict.Interval;
import io.ilion.cql.restrict.RowFilter;
import io.ilion.cql.select.SelectPlan;
import io.ilion.cql.term.Evaluation;
import io.ilion.model.Consistency;
import io.ilion.model.ring.Murmur3;
import io.ilion.runtime.Lane;
import io.ilion.runtime.Scheduler;
import io.ilion.storage.ReadCommand;
import io.ilion.storage.Slices;
import io.ilion.storage.StorageEngine;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Executes SELECT plans over a storage engine. Safe to call from any lane. */
public final class Reader {
  private final LaneReads reads;
  private final StorageEngine engine;
  private final Scheduler scheduler;
  private final VirtualTables virtualTables;
  private final ReplicatedReads replicated;

  /** What a plain read may collect before it is counted: most never wait between two rows. */
  private static final long PLAIN_UNCOUNTED_BYTES = 64 << 10;

  private final ReadLimits limits;
  private final ResultBudget results;
  private final CellBuffers[] buffers;

  /**
   * A reader over an engine whose lanes are the scheduler's, and over computed tables.
   *
   * @param replicated reads what other nodes keep too; null for a node without others
   */
  public Reader(
      StorageEngine engine,
      Scheduler scheduler,
      VirtualTables virtualTables,
      ReadLimits limits,
      ResultBudget results,
      ReplicatedReads replicated) {
    this.reads = new LaneReads(engine, scheduler, replicated);
    this.replicated = replicated;
    this.limits = limits;
    this.results = results;
    this.engine = engine;
    this.scheduler = scheduler;
    this.virtualTables = virtualTables;
    this.buffers = new CellBuffers[scheduler.laneCount()];
    Arrays.setAll(buffers, lane -> new CellBuffers());
  }

  /**
   * Reads one page.
   *
   * @param evaluation of this execution; not to be used otherwise meanwhile
   * @param callback told once, on any lane, maybe before this method returns
   */
  public void read(
      ReadPlan prepared, Evaluation evaluation, ReadOptions options, Rows.Callback callback) {
    try {
      if (prepared.plain() != null && options.pagingState() == null && !isSerial(options)) {
        readPlain(prepared, evaluation, options, callback);
        return;
      }
      execution(prepared, evaluation, options, callback).start();
    } catch (RuntimeException e) {
      callback.done(null, e);
    }
  }

  /**
   * Tells how a page would be read, without reading it.
   *
   * @param evaluation as above
   * @param callback told once, on any lane, maybe before this method returns
   */
  public void explain(
      ReadPlan prepared,
      Evaluation evaluation,
      ReadOptions options,
      Explanation.Callback callback) {
    try {
      SelectPlan plan = prepared.select();
      plan.limit(evaluation);
      plan.perPartitionLimit(evaluation);
      SelectExecution.checkPaging(plan, evaluation, options);
      if (plan.restrictions().hasPartitionKeys()) {
        new ReadReport(plan, evaluation, limits, options.pageSize() > 0, options.warnings())
            .checkKeys(plan.restrictions().partitionKeys(evaluation).size());
      }
      new Explainer(engine, scheduler, replicated, plan, evaluation, options, callback).start();
    } catch (RuntimeException e) {
      callback.done(null, e);
    }
  }

  /**
   * Reads one page of a statement with so many values that to look through them takes long: that is
   * done beside the lanes.
   *
   * @param lane where it goes on
   */
  public void readLarge(
      ReadPlan prepared,
      Evaluation evaluation,
      ReadOptions options,
      Lane lane,
      Rows.Callback callback) {
    scheduler
        .background()
        .execute(
            () -> {
              SelectExecution execution;
              try {
                execution = execution(prepared, evaluation, options, callback);
              } catch (RuntimeException e) {
                lane.execute(() -> callback.done(null, e));
                return;
              }
              lane.execute(
                  () -> {
                    try {
                      execution.start();
                    } catch (RuntimeException e) {
                      execution.failed(e);
                    }
                  });
            });
  }

  private SelectExecution execution(
      ReadPlan prepared, Evaluation evaluation, ReadOptions options, Rows.Callback callback) {
    SelectPlan plan = prepared.select();
    plan.limit(evaluation);
    plan.perPartitionLimit(evaluation);
    PagingState from =
        options.pagingState() == null ? null : PagingState.decode(options.pagingState());
    ReadReport report =
        new ReadReport(plan, evaluation, limits, options.pageSize() > 0, options.warnings());
    ResultBudget.Account account = results.open(SelectExecution.isPaged(plan, options), 0);
    RowSource source = source(prepared, evaluation, options, from, report, account);
    // Values that cannot be are told without that warning.
    SelectExecution.warn(plan, options);
    SelectExecution.checkPaging(plan, evaluation, options);
    if (options.profile() != null) {
      source = options.profile().watched(source);
    }
    return new SelectExecution(plan, evaluation, source, report, options, from, account, callback);
  }

  /** The first page of a plain statement. */
  private void readPlain(
      ReadPlan prepared, Evaluation evaluation, ReadOptions options, Rows.Callback callback) {
    PlainSelect plain = prepared.plain();
    SelectPlan plan = plain.plan();
    int limit = plan.limit(evaluation);
    // Asked for in any case: a limit that cannot be is an error.
    int perPartition = plan.perPartitionLimit(evaluation);
    int most = plan.table().clustering().isEmpty() ? 1 : perPartition;
    int remaining = Math.min(limit, most);
    int wanted = Math.min(remaining, pageSize(options));
    byte[] key = plan.restrictions().partitionKeys(evaluation).get(0);
    List<Interval> intervals = plan.restrictions().intervals(evaluation);
    List<Slices.Interval> parts = new ArrayList<>(intervals.size());
    for (Interval interval : intervals) {
      parts.add(new Slices.Interval(interval.start(), interval.end()));
    }
    Slices slices = new Slices(parts);
    long token = Murmur3.token(key);
    int index = engine.laneOf(token);
    boolean elsewhere =
        replicated != null && replicated.concerns(plan.table(), options.consistency(), token);
    // Of other replicas' rows with a TTL nothing could be left out.
    boolean expires = plan.table().properties().defaultTimeToLive() > 0;
    ReadCommand command =
        plain.namesOneRow() && !(elsewhere && expires)
            ? ReadCommand.row(plan.table().id(), key, token, slices, plain.cells())
            : ReadCommand.partition(plan.table().id(), key, token, slices, plan.reversed());
    Runnable read =
        () -> {
          ResultBudget.Account account =
              results.open(options.pageSize() > 0, PLAIN_UNCOUNTED_BYTES);
          PlainSink sink =
              new PlainSink(
                  prepared,
                  new PlainSink.Demand(
                      key, token, wanted, remaining, options.nowSeconds(), options.abandoned()),
                  new Tombstones(limits.tombstonesFail()),
                  met -> report(plan, evaluation, options, key, met),
                  buffers[index],
                  account,
                  callback);
          if (elsewhere) {
            replicated.partition(
                replicated.context(plan.table(), options, false, account),
                command,
                wanted,
                ReadProfile.watched(options.profile(), sink));
          } else {
            ReadProfile.read(options.profile(), engine.lane(index), command, sink);
          }
        };
    Lane lane = scheduler.lane(index);
    if (lane.isCurrent()) {
      read.run();
    } else {
      lane.execute(read);
    }
  }

  private static boolean isSerial(ReadOptions options) {
    return options.consistency() == Consistency.SERIAL
        || options.consistency() == Consistency.LOCAL_SERIAL;
  }

  private static int pageSize(ReadOptions options) {
    return options.pageSize() > 0 ? options.pageSize() : Integer.MAX_VALUE;
  }

  /** Tells of the tombstones that a plain statement met, if they are many. */
  private void report(
      SelectPlan plan, Evaluation evaluation, ReadOptions options, byte[] key, Tombstones met) {
    if (limits.tombstonesWarn() >= 0 && met.count() > limits.tombstonesWarn()) {
      new ReadReport(plan, evaluation, limits, options.pageSize() > 0, options.warnings())
          .partition(key, Math.min(plan.limit(evaluation), pageSize(options)), met);
    }
  }

  private RowSource source(
      ReadPlan prepared,
      Evaluation evaluation,
      ReadOptions options,
      PagingState from,
      ReadReport report,
      ResultBudget.Account account) {
    SelectPlan plan = prepared.select();
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
            plan.table(),
            prepared.layout(),
            filter,
            intervals,
            plan.reversed(),
            demand,
            options,
            plan.restrictions().needsFilter(),
            report,
            account);
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
