package io.ilion.cql.restrict;

import io.ilion.cql.ast.Operator;
import io.ilion.cql.schema.CqlNames;
import io.ilion.cql.term.Evaluation;
import io.ilion.cql.term.PreparedTerm;
import io.ilion.model.CqlException;
import io.ilion.model.schema.ColumnDefinition;
import io.ilion.model.schema.TableDefinition;
import io.ilion.model.type.ByteSink;
import io.ilion.model.type.ClusteringCodec;
import io.ilion.model.type.CqlType;
import io.ilion.model.type.PartitionKeyCodec;
import io.ilion.model.type.Values;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What a WHERE clause says of a table: the partition keys or the token range, the intervals of
 * clustering keys, and the filter for the rest. Made by {@link RestrictionAnalysis}.
 */
public final class Restrictions {
  private final TableDefinition table;
  private final ClusteringCodec codec;
  private final List<ColumnRestriction> partitionKey;
  private final List<ColumnRestriction> clustering;
  private final List<ColumnRestriction> filters;
  private final TokenBounds tokens;
  private final boolean needsAllowFiltering;

  /** Whether each column of the partition key has one value; the commonest case has a short way. */
  private final boolean onePartition;

  /** Whether the clustering key, or a prefix of it, has one value for each column. */
  private final boolean onePrefix;

  Restrictions(
      TableDefinition table,
      List<ColumnRestriction> partitionKey,
      List<ColumnRestriction> clustering,
      List<ColumnRestriction> filters,
      TokenBounds tokens,
      boolean needsAllowFiltering) {
    this.table = table;
    this.codec = codecOf(table);
    this.partitionKey = partitionKey;
    this.clustering = clustering;
    this.filters = filters;
    this.tokens = tokens;
    this.needsAllowFiltering = needsAllowFiltering;
    this.onePartition =
        !partitionKey.isEmpty() && partitionKey.stream().allMatch(Restrictions::isOneValue);
    this.onePrefix = clustering.stream().allMatch(Restrictions::isOneValue);
  }

  private static boolean isOneValue(ColumnRestriction r) {
    return r.element() == null && r.operator() == Operator.EQ && !r.isTuple();
  }

  /** Whether exactly one partition is named. */
  public boolean namesOnePartition() {
    return onePartition;
  }

  /** The codec of a table's clustering keys. */
  public static ClusteringCodec codecOf(TableDefinition table) {
    return new ClusteringCodec(
        table.clustering().stream().map(ColumnDefinition::type).toList(),
        table.clustering().stream().map(ColumnDefinition::descending).toList());
  }

  /**
   * The bounds of {@code token(...)} relations; each may be null.
   *
   * @param startInclusive whether the start itself belongs to the range
   * @param endInclusive whether the end itself belongs to the range
   */
  record TokenBounds(
      PreparedTerm start, boolean startInclusive, PreparedTerm end, boolean endInclusive) {}

  /** Whether partitions are named by their keys; else they are those of a range of tokens. */
  public boolean hasPartitionKeys() {
    return !partitionKey.isEmpty();
  }

  /** Whether anything is said of partitions, be it that they have to be looked for. */
  public boolean restrictsPartitions() {
    return !partitionKey.isEmpty()
        || tokens != null
        || filters.stream().anyMatch(f -> f.first().isPartitionKey());
  }

  /** Whether a column of the partition key is one of several values. */
  public boolean hasPartitionKeyIn() {
    return Stream.concat(partitionKey.stream(), filters.stream())
        .anyMatch(r -> r.first().isPartitionKey() && r.operator() == Operator.IN);
  }

  /** Whether more than one partition may be named. */
  public boolean mayNameSeveralPartitions() {
    return partitionKey.stream().anyMatch(r -> r.operator() == Operator.IN);
  }

  /** Whether any clustering column is restricted (also by what must be filtered). */
  public boolean restrictsClustering() {
    return !clustering.isEmpty() || filters.stream().anyMatch(f -> f.first().isClustering());
  }

  /** Whether no relation is on rows, but all on the partition key and static columns. */
  public boolean isOnPartitions() {
    return clustering.isEmpty()
        && filters.stream().allMatch(f -> f.first().isPartitionKey() || f.first().isStatic());
  }

  /** Whether rows must be looked at, or partitions in number, so that filtering must be allowed. */
  public boolean needsAllowFiltering() {
    return needsAllowFiltering;
  }

  /** Whether rows must be looked at. */
  public boolean needsFilter() {
    return !filters.isEmpty();
  }

  /** The ids of the columns that the filter looks at. */
  public List<Integer> filteredColumns() {
    return filters.stream().flatMap(f -> f.columns().stream()).map(ColumnDefinition::id).toList();
  }

  /** Whether exactly one row, at most, is named in each partition. */
  public boolean namesRows() {
    int restricted = 0;
    for (ColumnRestriction r : clustering) {
      if (!r.isEquality()) {
        return false;
      }
      restricted += r.columns().size();
    }
    return restricted == table.clustering().size();
  }

  /** Whether a column has exactly one value in every row that is read. */
  public boolean isFixed(ColumnDefinition column) {
    return clustering.stream()
            .anyMatch(r -> r.columns().contains(column) && r.operator() == Operator.EQ)
        || partitionKey.stream()
            .anyMatch(r -> r.columns().contains(column) && r.operator() == Operator.EQ);
  }

  /** Whether a clustering column is restricted by IN. */
  public boolean hasClusteringIn() {
    return clustering.stream().anyMatch(r -> r.operator() == Operator.IN);
  }

  /** The named partition keys, each once, in the order of their values. */
  public List<byte[]> partitionKeys(Evaluation evaluation) {
    if (onePartition) {
      List<byte[]> parts = new ArrayList<>(partitionKey.size());
      for (ColumnRestriction r : partitionKey) {
        parts.add(checkedKey(value(r, evaluation)));
      }
      return List.of(PartitionKeyCodec.compose(parts));
    }
    List<List<byte[]>> keys = new ArrayList<>();
    keys.add(List.of());
    for (ColumnRestriction r : partitionKey) {
      List<byte[]> values = sorted(r, evaluation);
      values.forEach(this::checkedKey);
      keys = product(keys, values);
    }
    return keys.stream().map(PartitionKeyCodec::compose).toList();
  }

  /** The one value of an equality. */
  private static byte[] value(ColumnRestriction r, Evaluation evaluation) {
    byte[] value = r.values().values(evaluation, r.first().name()).get(0);
    r.first().type().validate(value);
    return value;
  }

  private byte[] checkedKey(byte[] value) {
    if (value.length == 0 && table.partitionKey().size() == 1) {
      throw CqlException.invalid("Key may not be empty");
    }
    if (value.length > 0xffff) {
      throw CqlException.invalid("Key length of %d is longer than maximum of 65535", value.length);
    }
    return value;
  }

  private static List<byte[]> sorted(ColumnRestriction r, Evaluation evaluation) {
    List<byte[]> values = r.values().values(evaluation, r.first().name());
    CqlType type = r.first().type();
    values.forEach(type::validate);
    if (values.size() < 2) {
      return values;
    }
    Set<byte[]> distinct = new TreeSet<>(type::compare);
    distinct.addAll(values);
    return List.copyOf(distinct);
  }

  private static List<List<byte[]>> product(List<List<byte[]>> heads, List<byte[]> values) {
    List<List<byte[]>> result = new ArrayList<>(heads.size() * values.size());
    for (List<byte[]> head : heads) {
      for (byte[] value : values) {
        List<byte[]> longer = new ArrayList<>(head);
        longer.add(value);
        result.add(longer);
      }
    }
    return result;
  }

  /**
   * The range of tokens, both ends inclusive; null if it is empty.
   *
   * @return an array of start and end
   */
  public long[] tokenRange(Evaluation evaluation) {
    long start = Long.MIN_VALUE;
    long end = Long.MAX_VALUE;
    if (tokens != null && tokens.start() != null) {
      start = token(tokens.start(), evaluation);
      if (!tokens.startInclusive()) {
        if (start == Long.MAX_VALUE) {
          return null;
        }
        start++;
      }
    }
    if (tokens != null && tokens.end() != null) {
      end = token(tokens.end(), evaluation);
      // The smallest token stands for the end of the ring where a range ends.
      if (end == Long.MIN_VALUE) {
        end = Long.MAX_VALUE;
      } else if (!tokens.endInclusive()) {
        end--;
      }
    }
    return start > end ? null : new long[] {start, end};
  }

  private static long token(PreparedTerm term, Evaluation evaluation) {
    byte[] value = term.evaluate(evaluation);
    if (Values.isUnset(value)) {
      throw CqlException.invalid("Invalid unset value for argument in call to function token");
    }
    if (value == null) {
      throw CqlException.invalid("Invalid null token value");
    }
    return io.ilion.model.data.Bytes.getLong(value, 0);
  }

  /** The intervals of clustering keys, ascending and disjoint; empty where nothing can match. */
  public List<Interval> intervals(Evaluation evaluation) {
    if (onePrefix) {
      if (clustering.isEmpty()) {
        return List.of(Interval.ALL);
      }
      List<byte[]> values = new ArrayList<>(clustering.size());
      for (ColumnRestriction r : clustering) {
        values.add(value(r, evaluation));
      }
      byte[] key = codec.encode(values);
      return List.of(new Interval(key, ClusteringCodec.behind(key)));
    }
    List<List<byte[]>> prefixes = new ArrayList<>();
    prefixes.add(List.of());
    int at = 0;
    for (int i = 0; i < clustering.size(); i++) {
      ColumnRestriction r = clustering.get(i);
      if (r.isEquality()) {
        List<List<byte[]>> values = tuples(r, evaluation);
        List<List<byte[]>> longer = new ArrayList<>();
        for (List<byte[]> prefix : prefixes) {
          for (List<byte[]> value : values) {
            List<byte[]> joined = new ArrayList<>(prefix);
            joined.addAll(value);
            longer.add(joined);
          }
        }
        prefixes = longer;
        at += r.columns().size();
      } else {
        return sliced(prefixes, clustering.subList(i, clustering.size()), at, evaluation);
      }
    }
    List<Interval> intervals = new ArrayList<>();
    for (List<byte[]> prefix : prefixes) {
      byte[] key = codec.encode(prefix);
      intervals.add(
          prefix.isEmpty()
              ? new Interval(Interval.BOTTOM, Interval.TOP)
              : new Interval(key, ClusteringCodec.behind(key)));
    }
    return Interval.normalize(intervals);
  }

  /** The values of an equality, each a list of one value for each of its columns. */
  private List<List<byte[]>> tuples(ColumnRestriction r, Evaluation evaluation) {
    List<List<byte[]>> result = new ArrayList<>();
    String name = r.first().name();
    for (byte[] value : r.values().values(evaluation, name)) {
      if (r.isTuple()) {
        List<byte[]> parts = io.ilion.cql.term.WireValues.fields(value);
        for (int i = 0; i < parts.size(); i++) {
          if (parts.get(i) == null) {
            throw CqlException.invalid(
                r.isSlice()
                    ? "Invalid null value in condition for column %s"
                    : "Invalid null value for column %s",
                r.columns().get(i).name());
          }
          r.columns().get(i).type().validate(parts.get(i));
        }
        result.add(parts);
      } else {
        r.first().type().validate(value);
        result.add(List.of(value));
      }
    }
    return result;
  }

  private List<Interval> sliced(
      List<List<byte[]>> prefixes, List<ColumnRestriction> slices, int at, Evaluation evaluation) {
    List<Interval> all = new ArrayList<>();
    for (List<byte[]> prefix : prefixes) {
      byte[] key = codec.encode(prefix);
      List<Interval> within =
          List.of(
              prefix.isEmpty()
                  ? new Interval(Interval.BOTTOM, Interval.TOP)
                  : new Interval(key, ClusteringCodec.behind(key)));
      for (ColumnRestriction slice : slices) {
        within = Interval.intersect(within, slice(key, slice, at, evaluation));
      }
      all.addAll(within);
    }
    return Interval.normalize(all);
  }

  /**
   * The intervals of one bound on columns from {@code at} on: those that agree with the bound's
   * first values and are beyond it in the next column, for each number of agreeing values; so mixed
   * orders come out right.
   */
  private List<Interval> slice(byte[] prefix, ColumnRestriction r, int at, Evaluation evaluation) {
    boolean lower = r.operator() == Operator.GT || r.operator() == Operator.GTE;
    if (!r.isTuple() && r.values().isNull(evaluation)) {
      // Null is before every value in the order of the table.
      byte[] end = prefix.length == 0 ? Interval.TOP : ClusteringCodec.behind(prefix);
      return lower != codec.isDescending(at) ? List.of(new Interval(prefix, end)) : List.of();
    }
    List<byte[]> values = tuples(r, evaluation).get(0);
    boolean inclusive = r.operator() == Operator.GTE || r.operator() == Operator.LTE;
    List<Interval> intervals = new ArrayList<>();
    ByteSink head = new ByteSink();
    head.writeBytes(prefix);
    for (int i = 0; i < values.size(); i++) {
      byte[] before = head.toByteArray();
      codec.write(at + i, values.get(i), head);
      byte[] bound = head.toByteArray();
      byte[] behind = ClusteringCodec.behind(bound);
      byte[] end = before.length == 0 ? Interval.TOP : ClusteringCodec.behind(before);
      boolean ascendingBeyond = lower != codec.isDescending(at + i);
      boolean withEqual = inclusive && i == values.size() - 1;
      intervals.add(
          ascendingBeyond
              ? new Interval(withEqual ? bound : behind, end)
              : new Interval(before, withEqual ? behind : bound));
    }
    return Interval.normalize(intervals);
  }

  /** The relations on rows, with the values of one execution, as Cassandra's warnings tell them. */
  public List<String> rowTexts(Evaluation evaluation) {
    RestrictionTexts texts = new RestrictionTexts(evaluation);
    texts.addClustering(clustering, table.clustering());
    filters.forEach(texts::addFilter);
    return texts.texts();
  }

  /** The relations on tokens, likewise. */
  public List<String> tokenTexts(Evaluation evaluation) {
    List<String> texts = new ArrayList<>();
    if (tokens != null) {
      String names =
          table.partitionKey().stream()
              .map(c -> CqlNames.quoted(c.name()))
              .collect(Collectors.joining(", ", "token(", ") "));
      if (tokens.start() != null) {
        long start = token(tokens.start(), evaluation);
        if (start != Long.MIN_VALUE) {
          texts.add(names + (tokens.startInclusive() ? ">= " : "> ") + start);
        }
      }
      if (tokens.end() != null) {
        texts.add(names + (tokens.endInclusive() ? "<= " : "< ") + token(tokens.end(), evaluation));
      }
    }
    return texts;
  }

  /** The filter of one execution. */
  public RowFilter filter(Evaluation evaluation) {
    return new RowFilter(filters, evaluation);
  }

  /** The indexes of the bind variables that are the partition key, or empty. */
  static Comparator<ColumnRestriction> byPosition() {
    return Comparator.comparingInt(r -> r.first().position());
  }
}
