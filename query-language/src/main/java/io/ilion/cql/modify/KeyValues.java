package io.ilion.cql.modify;

import io.ilion.cql.ast.Operator;
import io.ilion.cql.modify.WhereClause.Restriction;
import io.ilion.cql.term.Evaluation;
import io.ilion.cql.term.PreparedTerm;
import io.ilion.cql.term.WireValues;
import io.ilion.model.CqlException;
import io.ilion.model.schema.ColumnDefinition;
import io.ilion.model.schema.TableDefinition;
import io.ilion.model.type.ByteSink;
import io.ilion.model.type.ClusteringCodec;
import io.ilion.model.type.PartitionKeyCodec;
import io.ilion.model.type.Values;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;

/** The partition keys, rows and ranges that a WHERE clause selects in one execution. */
final class KeyValues {
  private static final int MAX_KEY_BYTES = 0xffff;

  private final TableDefinition table;
  private final WhereClause where;
  private final ClusteringCodec codec;

  /** Whether each column of the partition key, or each clustering column, equals one value. */
  private final boolean onePartition;

  private final boolean oneRow;

  KeyValues(TableDefinition table, WhereClause where) {
    this.table = table;
    this.where = where;
    List<ColumnDefinition> clustering = table.clustering();
    codec =
        new ClusteringCodec(
            clustering.stream().map(ColumnDefinition::type).toList(),
            clustering.stream().map(ColumnDefinition::descending).toList());
    onePartition = where.partition().stream().allMatch(KeyValues::isOneValue);
    oneRow = where.clustering().stream().allMatch(KeyValues::isOneValue);
  }

  private static boolean isOneValue(Restriction restriction) {
    return restriction.operator() == Operator.EQ
        && restriction.columns().size() == 1
        && restriction.marker() == null
        && restriction.options().size() == 1;
  }

  /** The values of restrictions that have one each: the way of nearly every write. */
  private static List<byte[]> single(List<Restriction> restrictions, Evaluation evaluation) {
    byte[][] values = new byte[restrictions.size()][];
    for (int i = 0; i < values.length; i++) {
      Restriction restriction = restrictions.get(i);
      values[i] = restriction.options().get(0).get(0).evaluate(evaluation);
      check(restriction.columns().get(0), values[i]);
    }
    return Arrays.asList(values);
  }

  /** A half-open interval of clustering keys. */
  record Range(byte[] start, byte[] end) {}

  List<byte[]> partitionKeys(Evaluation evaluation) {
    if (onePartition) {
      return List.of(compose(single(where.partition(), evaluation)));
    }
    List<List<byte[]>> keys = List.of(List.of());
    for (Restriction restriction : where.partition()) {
      keys = product(keys, values(restriction, evaluation));
    }
    List<byte[]> composed = new ArrayList<>(keys.size());
    for (List<byte[]> key : keys) {
      composed.add(compose(key));
    }
    return unique(composed);
  }

  private static byte[] compose(List<byte[]> values) {
    if (values.size() == 1 && values.get(0).length == 0) {
      throw CqlException.invalid("Key may not be empty");
    }
    long length = 0;
    for (byte[] value : values) {
      length += value.length + (values.size() == 1 ? 0 : 3);
    }
    if (length > MAX_KEY_BYTES) {
      throw CqlException.invalid(
          "Key length of %d is longer than maximum of %d", length, MAX_KEY_BYTES);
    }
    return PartitionKeyCodec.compose(values);
  }

  private static List<byte[]> unique(List<byte[]> keys) {
    if (keys.size() < 2) {
      return keys;
    }
    List<byte[]> unique = new ArrayList<>();
    keys.stream()
        .sorted(Arrays::compareUnsigned)
        .forEach(
            key -> {
              if (unique.isEmpty() || !Arrays.equals(unique.getLast(), key)) {
                unique.add(key);
              }
            });
    return unique;
  }

  /** The keys of the rows that =, IN and nothing else select. */
  List<byte[]> clusteringKeys(Evaluation evaluation) {
    return oneRow
        ? List.of(encode(single(where.clustering(), evaluation)))
        : unique(prefixes(evaluation));
  }

  private byte[] encode(List<byte[]> row) {
    int length = 0;
    for (byte[] value : row) {
      length += value.length;
    }
    if (length > MAX_KEY_BYTES) {
      throw CqlException.invalid(
          "Key length of %d is longer than maximum of %d", length, MAX_KEY_BYTES);
    }
    return codec.encode(row);
  }

  private List<byte[]> prefixes(Evaluation evaluation) {
    List<List<byte[]>> rows = List.of(List.of());
    for (Restriction restriction : where.clustering()) {
      if (!restriction.isSlice()) {
        rows = product(rows, values(restriction, evaluation));
      }
    }
    List<byte[]> keys = new ArrayList<>(rows.size());
    for (List<byte[]> row : rows) {
      keys.add(encode(row));
    }
    return keys;
  }

  /** The ranges that the clustering columns select, ascending. */
  List<Range> ranges(Evaluation evaluation) {
    List<Range> ranges = new ArrayList<>();
    for (byte[] prefix : unique(prefixes(evaluation))) {
      List<Range> within = List.of(new Range(prefix, ClusteringCodec.behind(prefix)));
      for (Restriction restriction : where.clustering()) {
        if (restriction.isSlice()) {
          within = intersect(within, slices(prefix, restriction, evaluation));
        }
      }
      ranges.addAll(within);
    }
    return ranges;
  }

  private static List<Range> intersect(List<Range> left, List<Range> right) {
    List<Range> both = new ArrayList<>();
    for (Range a : left) {
      for (Range b : right) {
        byte[] start = Arrays.compareUnsigned(a.start, b.start) > 0 ? a.start : b.start;
        byte[] end = Arrays.compareUnsigned(a.end, b.end) < 0 ? a.end : b.end;
        if (Arrays.compareUnsigned(start, end) < 0) {
          both.add(new Range(start, end));
        }
      }
    }
    return both;
  }

  /**
   * The ranges of a bound on one or several columns: (a, b) > (1, 2) is a > 1, and a = 1 with b >
   * 2; each of them is one range, whichever way its last column is ordered.
   */
  private List<Range> slices(byte[] prefix, Restriction restriction, Evaluation evaluation) {
    List<byte[]> values = values(restriction, evaluation).get(0);
    Operator operator = restriction.operator();
    boolean greater = operator == Operator.GT || operator == Operator.GTE;
    boolean inclusive = operator == Operator.GTE || operator == Operator.LTE;
    List<Range> ranges = new ArrayList<>();
    byte[] before = prefix;
    for (int i = 0; i < values.size(); i++) {
      int column = restriction.columns().get(i).position();
      ByteSink sink = new ByteSink();
      sink.writeBytes(before);
      codec.write(column, values.get(i), sink);
      byte[] bound = sink.toByteArray();
      boolean last = i == values.size() - 1;
      boolean includes = last && inclusive;
      boolean upwards = greater != codec.isDescending(column);
      Range range =
          upwards
              ? new Range(
                  includes ? bound : ClusteringCodec.behind(bound), ClusteringCodec.behind(before))
              : new Range(before, includes ? ClusteringCodec.behind(bound) : bound);
      if (Arrays.compareUnsigned(range.start, range.end) < 0) {
        ranges.add(range);
      }
      before = bound;
    }
    ranges.sort((a, b) -> Arrays.compareUnsigned(a.start, b.start));
    return ranges;
  }

  private static List<List<byte[]>> product(List<List<byte[]>> rows, List<List<byte[]>> options) {
    List<List<byte[]>> all = new ArrayList<>(rows.size() * options.size());
    for (List<byte[]> row : rows) {
      for (List<byte[]> option : options) {
        List<byte[]> longer = new ArrayList<>(row.size() + option.size());
        longer.addAll(row);
        longer.addAll(option);
        all.add(longer);
      }
    }
    return all;
  }

  private List<List<byte[]>> values(Restriction restriction, Evaluation evaluation) {
    List<ColumnDefinition> columns = restriction.columns();
    List<List<byte[]>> all = new ArrayList<>();
    if (restriction.marker() != null) {
      byte[] list = restriction.marker().evaluate(evaluation);
      if (list == null) {
        throw CqlException.invalid("Invalid null value for column %s", columns.get(0).name());
      }
      if (Values.isUnset(list)) {
        throw CqlException.invalid("Invalid unset value for column %s", columns.get(0).name());
      }
      for (byte[] element : WireValues.elements(list)) {
        all.add(
            checked(
                columns,
                columns.size() == 1
                    ? Collections.singletonList(element)
                    : WireValues.fields(element)));
      }
      return all;
    }
    for (List<PreparedTerm> option : restriction.options()) {
      List<byte[]> values = new ArrayList<>(columns.size());
      if (option.size() < columns.size()) {
        byte[] tuple = option.get(0).evaluate(evaluation);
        values =
            tuple == null || Values.isUnset(tuple)
                ? Collections.singletonList(tuple)
                : WireValues.fields(tuple);
      } else {
        for (PreparedTerm term : option) {
          values.add(term.evaluate(evaluation));
        }
      }
      all.add(checked(columns, values));
    }
    return all;
  }

  private static List<byte[]> checked(List<ColumnDefinition> columns, List<byte[]> values) {
    for (int i = 0; i < columns.size(); i++) {
      check(columns.get(i), i < values.size() ? values.get(i) : null);
    }
    return values;
  }

  private static void check(ColumnDefinition column, byte[] value) {
    if (value == null) {
      throw CqlException.invalid("Invalid null value in condition for column %s", column.name());
    }
    if (Values.isUnset(value)) {
      throw CqlException.invalid("Invalid unset value for column %s", column.name());
    }
  }

  /** The table. */
  TableDefinition table() {
    return table;
  }
}
