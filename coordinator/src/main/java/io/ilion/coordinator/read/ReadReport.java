package io.ilion.coordinator.read;

import io.ilion.cql.restrict.Restrictions;
import io.ilion.cql.schema.CqlNames;
import io.ilion.cql.select.SelectPlan;
import io.ilion.cql.term.Evaluation;
import io.ilion.model.CqlException;
import io.ilion.model.schema.ColumnDefinition;
import io.ilion.model.schema.TableDefinition;
import io.ilion.model.type.PartitionKeyCodec;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/**
 * What one SELECT tells its client beside the rows: that it met many tombstones, with the text that
 * Cassandra gives of each read that it makes for the statement.
 */
final class ReadReport {
  private static final int MAX_TEXT = 512;

  /** The size of Cassandra's own pages where it folds the rows of many partitions. */
  private static final int AGGREGATE_PAGE = 10_000;

  private final SelectPlan plan;
  private final Evaluation evaluation;
  private final ReadLimits limits;
  private final boolean paged;
  private final Consumer<String> warnings;
  private int limit = Integer.MAX_VALUE;
  private long tombstones;

  ReadReport(
      SelectPlan plan,
      Evaluation evaluation,
      ReadLimits limits,
      boolean paged,
      Consumer<String> warnings) {
    this.plan = plan;
    this.evaluation = evaluation;
    this.limits = limits;
    this.paged = paged;
    this.warnings = warnings;
  }

  /** A count for one read. */
  Tombstones count() {
    return new Tombstones(limits.tombstonesFail());
  }

  /** The tombstones of all reads that are over. */
  long tombstones() {
    return tombstones;
  }

  /** Notes how many rows are wanted from now on at most. */
  void setLimit(int rows) {
    limit = rows;
  }

  /** How many rows are wanted now at most. */
  int limit() {
    return limit;
  }

  /** Tells of a read of one partition that is over. */
  void partition(byte[] key, int atLimit, Tombstones met) {
    tombstones += met.count();
    if (isMany(met)) {
      warn(
          met, text(keyTexts(plan.table(), key), atLimit, plan.isAggregate() && !paged ? " " : ""));
    }
  }

  /**
   * Tells of a read of a range that is over.
   *
   * @param after the partition behind which it began, or null
   */
  void range(byte[] after, int atLimit, Tombstones met) {
    tombstones += met.count();
    if (isMany(met)) {
      List<String> bounds = plan.restrictions().tokenTexts(evaluation);
      if (after != null) {
        bounds.removeIf(bound -> bound.contains(" > ") || bound.contains(" >= "));
        bounds.add(0, keyBound(after));
      }
      int shown = plan.isAggregate() && !paged ? AGGREGATE_PAGE : atLimit;
      warn(met, text(bounds, shown, ""));
    }
  }

  private boolean isMany(Tombstones met) {
    return limits.tombstonesWarn() >= 0 && met.count() > limits.tombstonesWarn();
  }

  private void warn(Tombstones met, String query) {
    String shown = query.length() > MAX_TEXT ? query.substring(0, MAX_TEXT) : query;
    warnings.accept(
        String.format(
            "Read %d live rows and %d tombstone cells for query %s; token %d"
                + " (see tombstone_warn_threshold)",
            met.live(), met.count(), shown, met.token()));
  }

  /** Warns of a SELECT that names many partitions, or refuses it. */
  void checkKeys(int keys) {
    String table = plan.table().name();
    if (limits.partitionKeysFail() >= 0 && keys > limits.partitionKeysFail()) {
      throw CqlException.invalid(
          "Guardrail partition_keys_in_select violated: Aborting query with partition keys in IN"
              + " clause on table %s, number of partition keys %d exceeds fail threshold of %d.",
          table, keys, limits.partitionKeysFail());
    }
    if (limits.partitionKeysWarn() >= 0 && keys > limits.partitionKeysWarn()) {
      warnings.accept(
          String.format(
              "Guardrail partition_keys_in_select violated: Query with partition keys in IN clause"
                  + " on table %s, with number of partition keys %d exceeds warning threshold of"
                  + " %d.",
              table, keys, limits.partitionKeysWarn()));
    }
  }

  private String text(List<String> partitions, int atLimit, String gap) {
    TableDefinition table = plan.table();
    Restrictions restrictions = plan.restrictions();
    List<String> conditions = new ArrayList<>(partitions);
    conditions.addAll(restrictions.rowTexts(evaluation));
    StringBuilder out = new StringBuilder("SELECT ").append(columns()).append(" FROM ");
    out.append(CqlNames.quoted(table.keyspace())).append('.').append(CqlNames.quoted(table.name()));
    if (!conditions.isEmpty()) {
      out.append(" WHERE ").append(String.join(" AND ", conditions));
    }
    if (plan.reversed()) {
      out.append(" ORDER BY ");
      out.append(
          table.clustering().stream()
              .map(c -> CqlNames.quoted(c.name()) + (c.descending() ? " ASC" : " DESC"))
              .collect(Collectors.joining(", ")));
    }
    if (atLimit != Integer.MAX_VALUE) {
      out.append(" LIMIT ").append(atLimit);
    }
    int perPartition = plan.distinct() ? 1 : plan.perPartitionLimit(evaluation);
    if (perPartition != Integer.MAX_VALUE) {
      out.append(" PER PARTITION LIMIT ").append(perPartition);
    }
    return out.append(gap).append(" ALLOW FILTERING").toString();
  }

  private String columns() {
    TableDefinition table = plan.table();
    List<ColumnDefinition> all = table.columns();
    boolean star = plan.columns().size() == all.size() && !plan.isAggregate() && !plan.json();
    for (int i = 0; star && i < all.size(); i++) {
      star = plan.columns().get(i).name().equals(all.get(i).name());
    }
    String names =
        all.stream()
            .filter(c -> !c.isPrimaryKey() && plan.neededColumns().get(c.id()))
            .map(c -> CqlNames.quoted(c.name()))
            .collect(Collectors.joining(", "));
    return star || names.isEmpty() ? "*" : names;
  }

  /** The relations that name a partition. */
  static List<String> keyTexts(TableDefinition table, byte[] key) {
    List<String> texts = new ArrayList<>();
    List<String> values = keyValues(table, key);
    for (int i = 0; i < values.size(); i++) {
      texts.add(CqlNames.quoted(table.partitionKey().get(i).name()) + " = " + values.get(i));
    }
    return texts;
  }

  private static List<String> keyValues(TableDefinition table, byte[] key) {
    List<ColumnDefinition> columns = table.partitionKey();
    byte[][] parts = PartitionKeyCodec.split(key, columns.size());
    List<String> values = new ArrayList<>();
    for (int i = 0; i < parts.length; i++) {
      values.add(columns.get(i).type().toCqlLiteral(parts[i]));
    }
    return values;
  }

  private String keyBound(byte[] key) {
    String names =
        plan.table().partitionKey().stream()
            .map(c -> CqlNames.quoted(c.name()))
            .collect(Collectors.joining(", "));
    return "token(" + names + ") > token(" + String.join(", ", keyValues(plan.table(), key)) + ")";
  }
}
