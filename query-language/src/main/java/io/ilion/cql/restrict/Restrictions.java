package io.ilion.cql.restrict;

import io.ilion.cql.ast.Operator;
import io.ilion.cql.schema.CqlNames;
import io.ilion.cql.term.Evaluation;
import io.ilion.cql.term.PreparedTerm;
import io.ilion.cql.term.WireValues;
import io.ilion.model.CqlException;
import io.ilion.model.data.Bytes;
import io.ilion.model.ring.Murmur3;
import io.ilion.model.schema.ColumnDefinition;
import io.ilion.model.schema.TableDefinition;
import io.ilion.model.type.ByteSink;
import io.ilion.model.type.ClusteringCodec;
import io.ilion.model.type.PartitionKeyCodec;
import io.ilion.model.type.Values;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What a WHERE clause says of a table: the partition keys or the token range, the rows or the
 * intervals of clustering keys, and the filter for the rest. Made by {@link RestrictionAnalysis}
 * and {@link WriteAnalysis}.
 */
public final class Restrictions {
  private static final int MAX_KEY_BYTES = 0xffff;

  /** Two lists of so many bytes as a request may have would make billions of keys. */
  private static final int MAX_PRODUCT = 100_000;

  private final TableDefinition table;
  private final ClusteringCodec codec;
  private final List<ColumnRestriction> partitionKey;
  private final List<ColumnRestriction> clustering;
  private final List<ColumnRestriction> filters;
  private final TokenBounds tokens;
  private final boolean needsAllowFiltering;
  private final boolean forWrite;

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
      boolean needsAllowFiltering,
      boolean forWrite) {
    this.table = table;
    this.codec = codecOf(table);
    this.partitionKey = partitionKey;
    this.clustering = clustering;
    this.filters = filters;
    this.tokens = tokens;
    this.needsAllowFiltering = needsAllowFiltering;
    this.forWrite = forWrite;
    this.onePartition =
        !partitionKey.isEmpty()
            && tokens == null
            && partitionKey.stream().allMatch(ColumnRestriction::isOneValue);
    this.onePrefix = clustering.stream().allMatch(ColumnRestriction::isOneValue);
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
    return Stream.of(partitionKey, clustering, filters)
        .flatMap(List::stream)
        .anyMatch(
            r ->
                r.columns().contains(column) && r.element() == null && r.operator() == Operator.EQ);
  }

  /** Whether a clustering column is restricted by IN. */
  public boolean hasClusteringIn() {
    return clustering.stream().anyMatch(r -> r.operator() == Operator.IN);
  }

  /** The named partition keys, each once, in the order of their values. */
  public List<byte[]> partitionKeys(Evaluation evaluation) {
    if (onePartition) {
      return List.of(partitionKey(single(partitionKey, evaluation)));
    }
    List<List<byte[]>> keys = List.of(List.of());
    for (ColumnRestriction r : partitionKey) {
      List<byte[]> values = sorted(r, evaluation);
      checkProduct("partition key", keys.size(), values.size());
      keys = product(keys, values);
    }
    List<byte[]> composed = new ArrayList<>(keys.size());
    keys.forEach(key -> composed.add(partitionKey(key)));
    if (tokens != null) {
      long[] range = tokenRange(evaluation);
      composed.removeIf(key -> range == null || !isWithin(range, Murmur3.token(key)));
    }
    return composed;
  }

  private static boolean isWithin(long[] range, long token) {
    return range[0] <= token && token <= range[1];
  }

  /** The values of restrictions that have one each: the way of most statements. */
  private static List<byte[]> single(List<ColumnRestriction> restrictions, Evaluation evaluation) {
    byte[][] values = new byte[restrictions.size()][];
    for (int i = 0; i < values.length; i++) {
      ColumnRestriction r = restrictions.get(i);
      values[i] = r.values().one(evaluation, r.first().name());
    }
    return Arrays.asList(values);
  }

  private static byte[] partitionKey(List<byte[]> values) {
    if (values.size() == 1 && values.get(0).length == 0) {
      throw CqlException.invalid("Key may not be empty");
    }
    checkLength(values, values.size() == 1 ? 0 : 3);
    return PartitionKeyCodec.compose(values);
  }

  private static void checkLength(List<byte[]> values, int overhead) {
    long length = 0;
    for (byte[] value : values) {
      length += value.length + overhead;
    }
    if (length > MAX_KEY_BYTES) {
      throw CqlException.invalid(
          "Key length of %d is longer than maximum of %d", length, MAX_KEY_BYTES);
    }
  }

  private static List<byte[]> sorted(ColumnRestriction r, Evaluation evaluation) {
    List<byte[]> values = r.values().values(evaluation, r.first().name());
    if (values.size() < 2) {
      return values;
    }
    Set<byte[]> distinct = new TreeSet<>(r.first().type()::compare);
    distinct.addAll(values);
    return List.copyOf(distinct);
  }

  /**
   * Refuses to combine the values of several IN if they are too many in all, in the words of
   * Cassandra's guardrail; one IN may have as many as a request holds.
   *
   * @param what part of the primary key the values are of
   */
  public static void checkProduct(String what, int heads, int values) {
    long product = (long) heads * values;
    if (heads > 1 && values > 1 && product > MAX_PRODUCT) {
      throw CqlException.invalid(
          "Guardrail in_select_cartesian_product violated: Aborting query because the cartesian"
              + " product of the IN restrictions on %s produces %d values, this exceeds fail"
              + " threshold of %d.",
          what, product, MAX_PRODUCT);
    }
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
    return Bytes.getLong(value, 0);
  }

  /** The keys of the rows that =, IN and nothing else name, each once, ascending. */
  public List<byte[]> clusteringKeys(Evaluation evaluation) {
    if (onePrefix) {
      List<byte[]> values = single(clustering, evaluation);
      checkLength(values, 0);
      return List.of(codec.encode(values));
    }
    Set<byte[]> keys = new TreeSet<>(Arrays::compareUnsigned);
    for (List<byte[]> row : prefixes(clustering, evaluation)) {
      checkLength(row, 0);
      keys.add(codec.encode(row));
    }
    return List.copyOf(keys);
  }

  /** The intervals of clustering keys, ascending and disjoint; empty where nothing can match. */
  public List<Interval> intervals(Evaluation evaluation) {
    if (clustering.isEmpty()) {
      return List.of(Interval.ALL);
    }
    if (onePrefix) {
      return List.of(Interval.of(codec.encode(single(clustering, evaluation))));
    }
    int equalities = 0;
    int columns = 0;
    while (equalities < clustering.size() && clustering.get(equalities).isEquality()) {
      columns += clustering.get(equalities).columns().size();
      equalities++;
    }
    List<ColumnRestriction> slices = clustering.subList(equalities, clustering.size());
    List<Interval> all = new ArrayList<>();
    for (List<byte[]> prefix : prefixes(clustering.subList(0, equalities), evaluation)) {
      byte[] key = codec.encode(prefix);
      List<Interval> within = List.of(Interval.of(key));
      for (ColumnRestriction slice : slices) {
        within = Interval.intersect(within, slice(key, slice, columns, evaluation));
      }
      all.addAll(within);
    }
    return Interval.normalize(all);
  }

  private static List<List<byte[]>> prefixes(
      List<ColumnRestriction> equalities, Evaluation evaluation) {
    List<List<byte[]>> prefixes = List.of(List.of());
    for (ColumnRestriction r : equalities) {
      List<List<byte[]>> longer = new ArrayList<>();
      List<List<byte[]>> values = tuples(r, evaluation);
      checkProduct("clustering key", prefixes.size(), values.size());
      for (List<byte[]> prefix : prefixes) {
        for (List<byte[]> value : values) {
          List<byte[]> joined = new ArrayList<>(prefix);
          joined.addAll(value);
          longer.add(joined);
        }
      }
      prefixes = longer;
    }
    return prefixes;
  }

  /** The values of a relation, each a list of one value for each of its columns. */
  private static List<List<byte[]>> tuples(ColumnRestriction r, Evaluation evaluation) {
    List<List<byte[]>> result = new ArrayList<>();
    if (!r.isTuple()) {
      for (byte[] value : r.values().values(evaluation, r.first().name())) {
        result.add(List.of(value));
      }
      return result;
    }
    for (byte[] tuple : r.values().tuples(evaluation, r.columns())) {
      List<byte[]> parts = WireValues.fields(tuple);
      for (int i = 0; i < r.columns().size(); i++) {
        if (i >= parts.size() || parts.get(i) == null) {
          throw nullIn(r, r.columns().get(i));
        }
      }
      result.add(parts);
    }
    return result;
  }

  private static CqlException nullIn(ColumnRestriction r, ColumnDefinition column) {
    if (r.values().bound()) {
      return CqlException.invalid(
          "Invalid null value in condition for columns: %s",
          r.columns().stream().map(ColumnDefinition::name).toList());
    }
    return CqlException.invalid(
        r.isSlice()
            ? "Invalid null value in condition for column %s"
            : "Invalid null value for column %s",
        column.name());
  }

  /**
   * The intervals of one bound on columns from {@code at} on: those that agree with the bound's
   * first values and are beyond it in the next column, for each number of agreeing values; so mixed
   * orders come out right.
   */
  private List<Interval> slice(byte[] prefix, ColumnRestriction r, int at, Evaluation evaluation) {
    boolean lower = r.isLowerBound();
    if (!forWrite && !r.isTuple() && r.values().isNull(evaluation)) {
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

  /** Those of them that say which rows of a partition are read. */
  public List<String> clusteringTexts(Evaluation evaluation) {
    RestrictionTexts texts = new RestrictionTexts(evaluation);
    texts.addClustering(clustering, table.clustering());
    return texts.texts();
  }

  /** Those of them that are looked at when a row has been read. */
  public List<String> filterTexts(Evaluation evaluation) {
    RestrictionTexts texts = new RestrictionTexts(evaluation);
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

  static Comparator<ColumnRestriction> byPosition() {
    return Comparator.comparingInt(r -> r.first().position());
  }
}
