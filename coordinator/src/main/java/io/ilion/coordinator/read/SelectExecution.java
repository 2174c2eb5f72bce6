package io.ilion.coordinator.read;

import io.ilion.coordinator.replica.read.ReplicaReads;
import io.ilion.cql.function.AggregateFunction;
import io.ilion.cql.select.SelectPlan;
import io.ilion.cql.term.AggregateCall;
import io.ilion.cql.term.Evaluation;
import io.ilion.cql.term.PreparedTerm;
import io.ilion.model.CqlException;
import io.ilion.model.type.CqlType;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;

/**
 * One execution of a SELECT: takes rows from a source, filters having happened there, folds them
 * into groups or selects from each, and stops at the end of the page.
 */
final class SelectExecution implements RowSource.Callback {
  /** How many rows are asked for at a time where nothing limits them. */
  private static final int CHUNK = 1000;

  private final SelectPlan plan;
  private final Evaluation evaluation;
  private final RowSource source;
  private final ReadReport report;
  private final int pageSize;
  private final int pageLimit;
  private final boolean isLimited;
  private final Rows.Callback callback;
  private final List<byte[][]> result = new ArrayList<>();

  /** What is sorted in the end: rows, or the first row of each group in the result. */
  private final List<SourceRow> toSort = new ArrayList<>();

  private int remaining;
  private SourceRow last;
  private int givenInPartition;
  private Group group;
  private byte[] countedPartition;
  private int groupsInPartition;
  private final Turns turns = new Turns();
  private final ResultBudget.Account account;
  private final BooleanSupplier abandoned;

  /** Whether the page has as many bytes as it may, whatever its rows. */
  private boolean fullOfBytes;

  private boolean sourceEnded;

  /** The partition that an earlier page ended in, or null. */
  private final byte[] resumed;

  SelectExecution(
      SelectPlan plan,
      Evaluation evaluation,
      RowSource source,
      ReadReport report,
      ReadOptions options,
      PagingState from,
      ResultBudget.Account account,
      Rows.Callback callback) {
    this.plan = plan;
    this.evaluation = evaluation;
    this.source = source;
    this.report = report;
    this.callback = callback;
    this.remaining = from == null ? plan.limit(evaluation) : from.remaining();
    this.givenInPartition = from == null ? 0 : from.givenInPartition();
    boolean one = plan.isAggregate() && plan.grouping().isEmpty();
    boolean whole = one || !isPaged(plan, options);
    this.pageSize = whole ? Integer.MAX_VALUE : options.pageSize();
    this.account = account;
    this.abandoned = options.abandoned();
    this.isLimited = plan.limit(evaluation) != Integer.MAX_VALUE;
    this.pageLimit = options.pageSize() <= 0 ? Integer.MAX_VALUE : options.pageSize();
    this.countedPartition = from == null ? null : from.partitionKey();
    this.resumed = countedPartition;
    this.groupsInPartition = givenInPartition;
  }

  void start() {
    if (plan.isAggregate() && plan.grouping().isEmpty()) {
      group = new Group(null);
    }
    pump();
  }

  /** Asks until an answer does not come at once; then the answer goes on. */
  private void pump() {
    do {
      turns.begin();
      report.setLimit(limit());
      source.next(wanted(), this);
    } while (turns.endedWithin());
  }

  /** How many rows may come still: of the page, or where rows are folded of the statement. */
  private int limit() {
    return plan.isAggregate() || !plan.sorting().isEmpty()
        ? pageLimit
        : Math.min(
            isLimited ? remaining : Integer.MAX_VALUE,
            pageSize == Integer.MAX_VALUE ? pageSize : pageSize - result.size());
  }

  private int wanted() {
    return plan.isAggregate() || !plan.sorting().isEmpty()
        ? CHUNK
        : Math.min(CHUNK, Math.min(remaining, pageSize - result.size()));
  }

  @Override
  public void rows(List<SourceRow> rows, boolean exhausted) {
    try {
      boolean full = false;
      for (SourceRow row : rows) {
        ReadOptions.check(abandoned);
        if (take(row)) {
          full = true;
          break;
        }
      }
      account.release();
      if (full || exhausted) {
        finish(full);
        return;
      }
    } catch (RuntimeException e) {
      endSource();
      done(null, account.reason(e));
      return;
    }
    if (!turns.end()) {
      pump();
    }
  }

  @Override
  public void failed(Throwable cause) {
    if (ReplicaReads.isOfRoom(cause) && mayEndPage()) {
      finish(true);
      return;
    }
    endSource();
    done(null, account.reason(cause));
  }

  /** Whether the rows that there are make a page; the next one may have room for more. */
  private boolean mayEndPage() {
    return pageSize != Integer.MAX_VALUE
        && !plan.isAggregate()
        && plan.sorting().isEmpty()
        && !result.isEmpty();
  }

  private void endSource() {
    if (!sourceEnded) {
      sourceEnded = true;
      source.end();
    }
  }

  private void done(Rows rows, Throwable failure) {
    try {
      callback.done(rows, failure);
    } finally {
      account.close();
    }
  }

  private void add(byte[][] row) {
    result.add(row);
    fullOfBytes |= account.add(bytes(row));
  }

  private static long bytes(byte[][] row) {
    long bytes = 16;
    for (byte[] value : row) {
      bytes += ResultBudget.bytes(value);
    }
    return bytes;
  }

  private boolean isPageFull() {
    return result.size() >= pageSize || fullOfBytes;
  }

  /** Returns whether the page, or the statement, has all it wants. */
  private boolean take(SourceRow row) {
    if (plan.isAggregate()) {
      return takeIntoGroup(row);
    }
    if (!plan.sorting().isEmpty()) {
      toSort.add(row);
      account.add(row.bytes());
      return false;
    }
    byte[] before = last == null ? resumed : last.partitionKey;
    givenInPartition = Arrays.equals(before, row.partitionKey) ? givenInPartition + 1 : 1;
    last = row;
    add(select(evaluation.on(row)));
    remaining--;
    return remaining == 0 || isPageFull();
  }

  private byte[][] select(Evaluation at) {
    List<SelectPlan.Column> columns = plan.columns();
    byte[][] values = new byte[columns.size()][];
    for (int i = 0; i < values.length; i++) {
      values[i] = columns.get(i).term().evaluate(at);
    }
    return plan.json() ? new byte[][] {json(values)} : values;
  }

  private byte[] json(byte[][] values) {
    StringBuilder out = new StringBuilder("{");
    for (int i = 0; i < values.length; i++) {
      SelectPlan.Column column = plan.columns().get(i);
      String name = column.name();
      String key = name.equals(name.toLowerCase(Locale.US)) ? name : '"' + name + '"';
      out.append(i > 0 ? ", " : "").append(quote(key)).append(": ");
      CqlType type = column.type();
      out.append(values[i] == null ? "null" : type.toJson(values[i]));
    }
    return out.append('}').toString().getBytes(StandardCharsets.UTF_8);
  }

  private static String quote(String text) {
    return '"' + text.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
  }

  private boolean takeIntoGroup(SourceRow row) {
    evaluation.on(row);
    if (!plan.grouping().isEmpty()) {
      List<byte[]> key = new ArrayList<>();
      key.add(row.partitionKey);
      for (PreparedTerm term : plan.grouping()) {
        key.add(term.evaluate(evaluation));
      }
      if (group != null && !group.hasKey(key)) {
        endGroup();
        if (remaining == 0 || isPageFull()) {
          return true;
        }
      }
      if (group == null) {
        group = new Group(key);
      }
    }
    evaluation.on(row);
    group.add(row);
    last = row;
    return false;
  }

  private void endGroup() {
    if (perPartitionReached()) {
      group = null;
      return;
    }
    if (isSortedByGroup()) {
      toSort.add(group.first);
      account.add(group.first.bytes());
    } else {
      remaining--;
    }
    add(group.result());
    group = null;
  }

  private boolean isSortedByGroup() {
    return !plan.grouping().isEmpty() && !plan.sorting().isEmpty();
  }

  private void sortGroups() {
    List<byte[][]> sorted =
        IntStream.range(0, result.size())
            .boxed()
            .sorted((a, b) -> compare(toSort.get(a), toSort.get(b)))
            .limit(remaining)
            .map(result::get)
            .toList();
    result.clear();
    result.addAll(sorted);
  }

  private boolean perPartitionReached() {
    int limit = plan.perPartitionLimit(evaluation);
    if (limit == Integer.MAX_VALUE || group.first == null) {
      return false;
    }
    if (!Arrays.equals(countedPartition, group.first.partitionKey)) {
      countedPartition = group.first.partitionKey;
      groupsInPartition = 0;
    }
    return groupsInPartition++ >= limit;
  }

  private void finish(boolean full) {
    endSource();
    if (group != null && remaining > 0) {
      endGroup();
    }
    if (isSortedByGroup()) {
      sortGroups();
    } else if (!plan.sorting().isEmpty()) {
      toSort.sort(this::compare);
      for (SourceRow row : toSort.subList(0, Math.min(remaining, toSort.size()))) {
        result.add(select(evaluation.on(row)));
      }
    }
    byte[] state = null;
    boolean fullOfGroups = !plan.grouping().isEmpty() && isPageFull();
    boolean more = (plan.isAggregate() ? fullOfGroups : full) && !isLastPartitionRead();
    if (more && remaining > 0 && last != null) {
      int given = plan.isAggregate() ? groupsInPartition : givenInPartition;
      state = new PagingState(last.partitionKey, last.clusteringKey, remaining, given).encode();
    }
    done(new Rows(result, state, List.of(), report.tombstones()), null);
  }

  /** Whether the last of the named partitions has given all the rows that one may. */
  private boolean isLastPartitionRead() {
    boolean one = plan.distinct() || plan.table().clustering().isEmpty();
    boolean done =
        one || (!plan.isAggregate() && givenInPartition >= plan.perPartitionLimit(evaluation));
    if (!done || last == null || !plan.restrictions().hasPartitionKeys()) {
      return false;
    }
    List<byte[]> keys = plan.restrictions().partitionKeys(evaluation);
    return Arrays.equals(keys.get(keys.size() - 1), last.partitionKey);
  }

  /** Warns of an aggregation over many partitions; it may still fail. */
  static void warn(SelectPlan plan, ReadOptions options) {
    if (!plan.isAggregate()) {
      return;
    }
    if (!plan.restrictions().restrictsPartitions()) {
      options.warnings().accept("Aggregation query used without partition key");
    } else if (plan.restrictions().hasPartitionKeyIn()) {
      options
          .warnings()
          .accept("Aggregation query used on multiple partition keys (IN restriction)");
    }
  }

  private int compare(SourceRow a, SourceRow b) {
    for (SelectPlan.Sort sort : plan.sorting()) {
      byte[] x = a.value(sort.columnId());
      byte[] y = b.value(sort.columnId());
      int order =
          x == null || y == null
              ? Boolean.compare(x != null, y != null)
              : sort.type().compare(x, y);
      if (order != 0) {
        return sort.descending() ? -order : order;
      }
    }
    return 0;
  }

  /** The rows that fold into one. */
  private final class Group {
    private final List<byte[]> key;
    private final List<AggregateFunction.State> states = new ArrayList<>();
    private SourceRow first;

    Group(List<byte[]> key) {
      this.key = key;
      for (AggregateCall call : plan.aggregates()) {
        states.add(call.function().newState());
      }
    }

    boolean hasKey(List<byte[]> other) {
      for (int i = 0; i < key.size(); i++) {
        if (!Arrays.equals(key.get(i), other.get(i))) {
          return false;
        }
      }
      return true;
    }

    void add(SourceRow row) {
      if (first == null) {
        first = row;
      }
      for (int i = 0; i < states.size(); i++) {
        List<PreparedTerm> terms = plan.aggregates().get(i).arguments();
        byte[][] arguments = new byte[terms.size()][];
        for (int j = 0; j < arguments.length; j++) {
          arguments[j] = terms.get(j).evaluate(evaluation);
        }
        states.get(i).add(arguments);
      }
    }

    byte[][] result() {
      byte[][] values = new byte[states.size()][];
      for (int i = 0; i < values.length; i++) {
        values[i] = states.get(i).result();
      }
      return select(evaluation.withAggregates(values).on(first == null ? NoRow.INSTANCE : first));
    }
  }

  /** What plain columns beside an aggregate over no rows are: null. */
  private enum NoRow implements Evaluation.RowValues {
    INSTANCE;

    @Override
    public byte[] value(int columnId) {
      return null;
    }

    @Override
    public byte[] attribute(int columnId, Evaluation.Attribute attribute, Evaluation.Cells cells) {
      return null;
    }
  }

  /** Whether the answer may be a part of the result. */
  static boolean isPaged(SelectPlan plan, ReadOptions options) {
    return options.pageSize() > 0 && plan.sorting().isEmpty();
  }

  /** Refuses what cannot be done page by page. */
  static void checkPaging(SelectPlan plan, Evaluation evaluation, ReadOptions options) {
    boolean paged =
        options.pageSize() > 0
            && (plan.isAggregate() || plan.limit(evaluation) > options.pageSize());
    if (paged
        && !plan.sorting().isEmpty()
        && !plan.restrictions().partitionKeys(evaluation).isEmpty()) {
      throw CqlException.invalid(
          "Cannot page queries with both ORDER BY and a IN restriction on the partition key; you"
              + " must either remove the ORDER BY or the IN and sort client side, or disable paging"
              + " for this query");
    }
  }
}
