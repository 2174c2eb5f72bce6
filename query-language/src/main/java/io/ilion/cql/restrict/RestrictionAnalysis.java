package io.ilion.cql.restrict;

import io.ilion.cql.ast.Relation;
import io.ilion.cql.term.TermPreparer;
import io.ilion.model.CqlException;
import io.ilion.model.schema.ColumnDefinition;
import io.ilion.model.schema.TableDefinition;
import io.ilion.model.type.CqlType;
import io.ilion.model.type.CqlType.Kind;
import io.ilion.model.type.NativeType;
import java.util.ArrayList;
import java.util.List;

/**
 * Sorts the relations of a SELECT's WHERE clause into {@link Restrictions}, with Cassandra's rules.
 */
public final class RestrictionAnalysis {
  /** Said where rows would have to be looked at and the statement did not allow it. */
  public static final String NEEDS_FILTERING =
      "Cannot execute this query as it might involve data filtering and thus may have unpredictable"
          + " performance. If you want to execute this query despite the performance"
          + " unpredictability, use ALLOW FILTERING";

  /**
   * An ordering by the distance to a vector, which takes an index; there are none yet.
   *
   * @param alone whether it is the only ordering
   */
  public record VectorOrdering(ColumnDefinition column, boolean alone, boolean descending) {}

  private final TableDefinition table;
  private final PreparedRelations relations;
  private final boolean allowFiltering;
  private final VectorOrdering ordering;
  private boolean needsAllowFiltering;

  private RestrictionAnalysis(
      TableDefinition table,
      PreparedRelations relations,
      boolean allowFiltering,
      VectorOrdering ordering) {
    this.table = table;
    this.relations = relations;
    this.allowFiltering = allowFiltering;
    this.ordering = ordering;
  }

  /**
   * Analyses the relations of a SELECT.
   *
   * @param onlyStatics whether nothing but static columns and the partition key is selected
   * @param allowFiltering whether rows may be looked at; if not, that is left to be refused later
   *     where it only is costly ({@link Restrictions#needsAllowFiltering})
   * @param ordering what is asked for, or null
   */
  public static Restrictions analyze(
      TableDefinition table,
      List<Relation> where,
      TermPreparer preparer,
      boolean onlyStatics,
      boolean allowFiltering,
      VectorOrdering ordering) {
    PreparedRelations relations = PreparedRelations.of(table, where, preparer, allowFiltering);
    if (ordering != null && !ordering.alone()) {
      throw CqlException.invalid("ANN ordering does not support any other ordering");
    }
    if (ordering != null && ordering.descending()) {
      throw CqlException.invalid("Descending ANN ordering is not supported");
    }
    RestrictionAnalysis analysis =
        new RestrictionAnalysis(table, relations, allowFiltering, ordering);
    if (!allowFiltering && !relations.onKey.isEmpty() && !analysis.namesPartitions()) {
      throw CqlException.invalid(NEEDS_FILTERING);
    }
    if (onlyStatics && !relations.onClustering.isEmpty()) {
      throw CqlException.invalid(
          "Cannot restrict clustering columns when selecting only static columns");
    }
    return analysis.sort();
  }

  private Restrictions sort() {
    List<ColumnRestriction> filters = new ArrayList<>();
    List<ColumnRestriction> keys = namesPartitions() ? relations.onKey : List.of();
    if (keys.isEmpty()) {
      filters.addAll(relations.onKey);
    }
    List<ColumnRestriction> clustering = sortClustering(filters);
    if (ordering != null) {
      throw CqlException.invalid(
          isOfFloats(ordering.column().type())
              ? "ANN ordering by vector requires the column to be indexed"
              : "ANN ordering is only supported on float vector indexes");
    }
    if (!allowFiltering && !relations.onOthers.isEmpty()) {
      throw CqlException.invalid(NEEDS_FILTERING);
    }
    filters.addAll(relations.onOthers);
    return new Restrictions(
        table, keys, clustering, filters, relations.tokens(), needsAllowFiltering, false);
  }

  private static boolean isOfFloats(CqlType type) {
    return type.kind() == Kind.VECTOR && type.componentTypes().get(0).equals(NativeType.FLOAT);
  }

  /** Whether each column of the partition key has a value, or some. */
  private boolean namesPartitions() {
    return relations.onKey.size() == table.partitionKey().size()
        && relations.onKey.stream().allMatch(ColumnRestriction::isEquality);
  }

  private List<ColumnRestriction> sortClustering(List<ColumnRestriction> filters) {
    List<ColumnRestriction> used = new ArrayList<>();
    int next = 0;
    int sliceAt = -1;
    boolean stopped = false;
    for (ColumnRestriction r : relations.onClustering) {
      int position = r.first().position();
      boolean keyed = r.isEquality() || r.isSlice();
      if (!stopped && keyed && sliceAt < 0 && position == next) {
        used.add(r);
        if (r.isEquality()) {
          next = position + r.columns().size();
        } else {
          sliceAt = position;
        }
      } else if (!stopped && r.isSlice() && sliceAt == position) {
        used.add(r);
      } else {
        if (!allowFiltering && keyed) {
          throw CqlException.invalid(
              "PRIMARY KEY column \"%s\" cannot be restricted as preceding column \"%s\" is not"
                  + " restricted",
              r.first().name(), table.clustering().get(next).name());
        }
        stopped = true;
        filters.add(r);
        needsAllowFiltering = true;
      }
    }
    needsAllowFiltering |= !used.isEmpty() && relations.onKey.isEmpty();
    return used;
  }
}
