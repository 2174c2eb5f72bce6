package io.ilion.coordinator.read;

import io.ilion.cql.restrict.Interval;
import io.ilion.cql.restrict.RowFilter;
import io.ilion.model.ring.Murmur3;
import io.ilion.model.schema.ColumnDefinition;
import io.ilion.model.schema.TableDefinition;
import io.ilion.model.type.ClusteringCodec;
import io.ilion.model.type.PartitionKeyCodec;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/** The rows of a computed table, in the order and within the restrictions of a statement. */
final class VirtualSource implements RowSource {
  private final List<SourceRow> rows;
  private int at;

  private VirtualSource(List<SourceRow> rows) {
    this.rows = rows;
  }

  /**
   * Chooses and sorts the rows.
   *
   * @param byKeyOrder whether partitions come in the order of their keys, not of their tokens
   * @param keys the wanted partition keys, or null for those in the range of tokens
   */
  static RowSource of(
      ColumnLayout layout,
      List<byte[][]> all,
      boolean byKeyOrder,
      List<byte[]> keys,
      long[] tokens,
      List<Interval> intervals,
      boolean reversed,
      RowFilter filter,
      RowCollector.Demand demand,
      PagingState from) {
    TableDefinition table = layout.table();
    int keyColumns = table.partitionKey().size();
    int clusteringColumns = table.clustering().size();
    ClusteringCodec codec = layout.clustering();
    List<SourceRow> rows = new ArrayList<>();
    for (byte[][] values : all) {
      byte[] key = PartitionKeyCodec.compose(Arrays.asList(values).subList(0, keyColumns));
      long token = Murmur3.token(key);
      byte[] clustering =
          codec.encode(Arrays.asList(values).subList(keyColumns, keyColumns + clusteringColumns));
      boolean wanted =
          keys != null
              ? keys.stream().anyMatch(k -> Arrays.equals(k, key))
              : tokens != null && token >= tokens[0] && token <= tokens[1];
      SourceRow row =
          new SourceRow(layout, token, key, clustering, values, null, null, demand.nowSeconds());
      if (wanted && isWithin(clustering, intervals) && filter.matches(row)) {
        rows.add(row);
      }
    }
    Comparator<SourceRow> byKey;
    if (byKeyOrder) {
      byKey = byKeyColumns(table.partitionKey());
    } else if (keys != null) {
      byKey = Comparator.comparingInt(r -> indexOf(keys, r.partitionKey));
    } else {
      byKey =
          Comparator.comparingLong((SourceRow r) -> r.token)
              .thenComparing(r -> r.partitionKey, Arrays::compareUnsigned);
    }
    Comparator<SourceRow> byClustering =
        Comparator.comparing(r -> r.clusteringKey, Arrays::compareUnsigned);
    rows.sort(byKey.thenComparing(reversed ? byClustering.reversed() : byClustering));
    rows = limited(rows, demand);
    VirtualSource source = new VirtualSource(rows);
    if (from != null) {
      source.skip(from);
    }
    return source;
  }

  private static Comparator<SourceRow> byKeyColumns(List<ColumnDefinition> columns) {
    Comparator<SourceRow> order = (a, b) -> 0;
    for (ColumnDefinition column : columns) {
      order =
          order.thenComparing(
              (a, b) -> column.type().compare(a.value(column.id()), b.value(column.id())));
    }
    return order;
  }

  private static int indexOf(List<byte[]> keys, byte[] key) {
    for (int i = 0; i < keys.size(); i++) {
      if (Arrays.equals(keys.get(i), key)) {
        return i;
      }
    }
    return keys.size();
  }

  private static boolean isWithin(byte[] clustering, List<Interval> intervals) {
    for (Interval interval : intervals) {
      if (Arrays.compareUnsigned(interval.start(), clustering) <= 0
          && Arrays.compareUnsigned(clustering, interval.end()) < 0) {
        return true;
      }
    }
    return false;
  }

  private static List<SourceRow> limited(List<SourceRow> rows, RowCollector.Demand demand) {
    int perPartition = demand.distinct() ? 1 : demand.perPartition();
    List<SourceRow> kept = new ArrayList<>();
    byte[] key = null;
    int count = 0;
    for (SourceRow row : rows) {
      count = Arrays.equals(key, row.partitionKey) ? count + 1 : 1;
      key = row.partitionKey;
      if (count <= perPartition) {
        kept.add(row);
      }
    }
    return kept;
  }

  private void skip(PagingState from) {
    while (at < rows.size()) {
      SourceRow row = rows.get(at++);
      if (Arrays.equals(row.partitionKey, from.partitionKey())
          && Arrays.equals(row.clusteringKey, from.clusteringKey())) {
        return;
      }
    }
  }

  @Override
  public void next(int wanted, Callback callback) {
    int end = Math.min(rows.size(), at + Math.max(1, wanted));
    List<SourceRow> page = rows.subList(at, end);
    at = end;
    callback.rows(page, at == rows.size());
  }
}
