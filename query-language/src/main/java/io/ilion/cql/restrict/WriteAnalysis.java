package io.ilion.cql.restrict;

import io.ilion.cql.ast.Operator;
import io.ilion.cql.ast.Relation;
import io.ilion.cql.term.PreparedTerm;
import io.ilion.cql.term.TermPreparer;
import io.ilion.model.CqlException;
import io.ilion.model.schema.ColumnDefinition;
import io.ilion.model.schema.TableDefinition;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Turns the WHERE clause of a statement that writes into {@link Restrictions}, with Cassandra's
 * rules: every column of the partition key by = or IN, clustering columns by = and IN and, in a
 * DELETE, ranges, and nothing else.
 */
public final class WriteAnalysis {
  /** The statements, by the names that messages give them. */
  public enum Kind {
    INSERT,
    UPDATE,
    DELETE
  }

  private final Kind kind;
  private final TableDefinition table;
  private final boolean onlyStatics;
  private final PreparedRelations relations;

  private WriteAnalysis(
      Kind kind, TableDefinition table, boolean onlyStatics, PreparedRelations relations) {
    this.kind = kind;
    this.table = table;
    this.onlyStatics = onlyStatics;
    this.relations = relations;
  }

  /**
   * Analyses relations.
   *
   * @param onlyStatics whether nothing but static columns is written
   */
  public static Restrictions analyze(
      Kind kind,
      TableDefinition table,
      List<Relation> where,
      TermPreparer preparer,
      boolean onlyStatics) {
    where.forEach(relation -> refuseOfReads(kind, relation));
    PreparedRelations relations = PreparedRelations.of(table, where, preparer, false);
    WriteAnalysis analysis = new WriteAnalysis(kind, table, onlyStatics, relations);
    analysis.checkPartitionKey();
    analysis.checkClustering();
    analysis.checkOthers();
    return restrictions(table, relations.onKey, relations.onClustering);
  }

  private static void refuseOfReads(Kind kind, Relation relation) {
    if (relation instanceof Relation.OnIndex) {
      throw CqlException.invalid(
          "Custom index expressions cannot be used in WHERE clauses for UPDATE or DELETE"
              + " statements");
    }
    if (relation instanceof Relation.OnColumn r
        && (r.operator() == Operator.CONTAINS || r.operator() == Operator.CONTAINS_KEY)) {
      throw CqlException.invalid("Cannot use %s with %s", kind, r.operator());
    }
  }

  /** Restrictions that set every column of the primary key equal to a value. */
  public static Restrictions ofValues(
      TableDefinition table, Function<ColumnDefinition, PreparedTerm> values) {
    Function<List<ColumnDefinition>, List<ColumnRestriction>> equalities =
        columns ->
            columns.stream()
                .map(
                    column ->
                        new ColumnRestriction(
                            List.of(column),
                            Operator.EQ,
                            null,
                            ValueList.one(values.apply(column)),
                            false))
                .toList();
    return restrictions(
        table, equalities.apply(table.partitionKey()), equalities.apply(table.clustering()));
  }

  private static Restrictions restrictions(
      TableDefinition table, List<ColumnRestriction> onKey, List<ColumnRestriction> onClustering) {
    return new Restrictions(table, onKey, onClustering, List.of(), null, false, true);
  }

  private void checkPartitionKey() {
    if (relations.hasToken()) {
      throw CqlException.invalid(
          "The token function cannot be used in WHERE clauses for %s statements", kind);
    }
    String missing = missing(table.partitionKey(), relations.onKey);
    if (!missing.isEmpty()) {
      throw CqlException.invalid("Some partition key parts are missing: %s", missing);
    }
    if (!relations.onKey.stream().allMatch(ColumnRestriction::isEquality)) {
      throw CqlException.invalid(
          "Only EQ and IN relation are supported on the partition key (unless you use the token()"
              + " function) for %s statements",
          kind);
    }
  }

  private static String missing(
      List<ColumnDefinition> columns, List<ColumnRestriction> restrictions) {
    List<ColumnDefinition> restricted = new ArrayList<>();
    restrictions.forEach(r -> restricted.addAll(r.columns()));
    return columns.stream()
        .filter(column -> !restricted.contains(column))
        .map(ColumnDefinition::name)
        .collect(Collectors.joining(", "));
  }

  private void checkClustering() {
    List<ColumnRestriction> clustering = relations.onClustering;
    if (onlyStatics && !clustering.isEmpty() && kind != Kind.INSERT) {
      throw CqlException.invalid(
          "Invalid restrictions on clustering columns since the %s statement modifies only static"
              + " columns",
          kind);
    }
    if (kind == Kind.DELETE) {
      checkPrefix();
      return;
    }
    if (clustering.stream().anyMatch(ColumnRestriction::isSlice)) {
      throw CqlException.invalid(
          "Slice restrictions are not supported on the clustering columns in %s statements", kind);
    }
    String missing = missing(table.clustering(), clustering);
    if (!onlyStatics && !missing.isEmpty()) {
      throw CqlException.invalid("Some clustering keys are missing: %s", missing);
    }
  }

  /** In a DELETE, restrictions are on a prefix of the clustering columns. */
  private void checkPrefix() {
    int next = 0;
    for (ColumnRestriction r : relations.onClustering) {
      if (r.first().position() > next) {
        throw CqlException.invalid(
            "PRIMARY KEY column \"%s\" cannot be restricted as preceding column \"%s\" is not"
                + " restricted",
            r.first().name(), table.clustering().get(next).name());
      }
      if (r.isEquality()) {
        next = r.columns().getLast().position() + 1;
      }
    }
  }

  private void checkOthers() {
    if (!relations.onOthers.isEmpty()) {
      throw CqlException.invalid(
          "Non PRIMARY KEY columns found in where clause: %s ",
          relations.onOthers.stream()
              .map(r -> r.first().name())
              .distinct()
              .collect(Collectors.joining(", ")));
    }
  }
}
