package io.ilion.cql.select;

import io.ilion.cql.ast.Identifier;
import io.ilion.cql.ast.Select;
import io.ilion.cql.ast.Term;
import io.ilion.cql.plan.PlanContext;
import io.ilion.cql.restrict.RestrictionAnalysis;
import io.ilion.cql.restrict.RestrictionAnalysis.VectorOrdering;
import io.ilion.cql.restrict.Restrictions;
import io.ilion.cql.schema.CqlNames;
import io.ilion.cql.select.SelectPlan.Column;
import io.ilion.cql.select.SelectPlan.Sort;
import io.ilion.cql.term.BindVariables;
import io.ilion.cql.term.PreparedTerm;
import io.ilion.cql.term.Receiver;
import io.ilion.cql.term.SelectionText;
import io.ilion.cql.term.TermPreparer;
import io.ilion.model.CqlException;
import io.ilion.model.schema.ColumnDefinition;
import io.ilion.model.schema.TableDefinition;
import io.ilion.model.type.CqlType;
import io.ilion.model.type.CqlType.Kind;
import io.ilion.model.type.NativeType;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/** Plans a SELECT. One planner plans one statement. */
public final class SelectPlanner {
  private final TableDefinition table;
  private final Select select;
  private final TermPreparer values;
  private final TermPreparer selection;
  private final BindVariables variables = new BindVariables();
  private final BitSet needed = new BitSet();
  private final Map<ColumnDefinition, Select.Ordering> orderings = new LinkedHashMap<>();
  private VectorOrdering vectorOrdering;
  private boolean readsAttributes;

  private SelectPlanner(PlanContext context, Select select) {
    this.select = select;
    this.table = context.table(select.table());
    this.values = context.preparer(table, variables);
    this.selection = values.forSelection();
  }

  /**
   * Plans a statement.
   *
   * @throws CqlException if it cannot be executed, with Cassandra's message
   */
  public static SelectPlan plan(PlanContext context, Select select) {
    return new SelectPlanner(context, select).plan();
  }

  private SelectPlan plan() {
    noteSelectors();
    readOrderings();
    boolean freely = select.allowFiltering() || isFreelyFiltered();
    Restrictions restrictions =
        RestrictionAnalysis.analyze(
            table, select.where(), values, selectsOnlyStatics(), freely, vectorOrdering);
    BitSet selected = (BitSet) needed.clone();
    List<Column> columns = columns();
    if (select.distinct()) {
      if (restrictions.hasPartitionKeyIn()) {
        // What several partitions are sorted by is selected too.
        orderings.keySet().forEach(column -> selected.set(column.id()));
      }
      checkDistinct(selected, restrictions);
    }
    select.groupBy().forEach(this::note);
    List<PreparedTerm> grouping = new Grouping(table, restrictions, selection).plan(select);
    if (select.perPartitionLimit() != null
        && !selection.aggregates().isEmpty()
        && grouping.isEmpty()) {
      throw CqlException.invalid("PER PARTITION LIMIT is not allowed with aggregate queries.");
    }
    boolean reversed = false;
    List<Sort> sorting = List.of();
    if (!orderings.isEmpty()) {
      checkOrdering(restrictions);
      reversed = isReversed(restrictions);
      if (restrictions.mayNameSeveralPartitions()) {
        sorting = sorting();
      }
    }
    if (restrictions.needsAllowFiltering() && !freely) {
      throw CqlException.invalid(RestrictionAnalysis.NEEDS_FILTERING);
    }
    restrictions.filteredColumns().forEach(needed::set);
    return new SelectPlan(
        table,
        select.json(),
        select.distinct(),
        columns,
        selection.aggregates(),
        grouping,
        restrictions,
        needed,
        readsAttributes,
        reversed,
        sorting,
        limit(select.perPartitionLimit(), "[per_partition_limit]"),
        limit(select.limit(), "[limit]"),
        select.allowFiltering(),
        variables.list(),
        variables.partitionKeyIndexes(table));
  }

  /**
   * Notes what the selectors read. Cassandra looks at a selector when it needs it: if the table has
   * static columns, as soon as it asks whether only such ones are selected, so that an unknown
   * function there is told before what is wrong with the WHERE clause; else later.
   */
  private void noteSelectors() {
    List<Term> terms = select.selectors().stream().map(s -> countingRows(s.term())).toList();
    boolean hasStatics = table.columns().stream().anyMatch(ColumnDefinition::isStatic);
    if (hasStatics && resolveUntil(terms, ColumnDefinition::isStatic)) {
      needed.clear();
      resolveUntil(terms, c -> !c.isStatic() && !c.isPartitionKey());
    }
    terms.forEach(this::note);
  }

  /** Resolves and notes terms up to the one that reads such a column; false if none does. */
  private boolean resolveUntil(List<Term> terms, Predicate<ColumnDefinition> sought) {
    for (Term term : terms) {
      selection.resolve(term);
      note(term);
      if (table.columns().stream().anyMatch(c -> needed.get(c.id()) && sought.test(c))) {
        return true;
      }
    }
    return false;
  }

  /** Tables in memory may be filtered without asking, as Cassandra's virtual ones. */
  private boolean isFreelyFiltered() {
    return table.isVirtual() && table.keyspace().startsWith("system_v");
  }

  private PreparedTerm limit(Term term, String name) {
    return term == null
        ? null
        : values.prepare(term, new Receiver(table.keyspace(), table.name(), name, NativeType.INT));
  }

  private List<Column> columns() {
    List<Column> columns = new ArrayList<>();
    if (select.isWildcard()) {
      for (ColumnDefinition column : table.columns()) {
        needed.set(column.id());
        columns.add(
            new Column(
                column.name(),
                column.type(),
                selection.prepareSelection(
                    new Term.ColumnRef(Identifier.of(column.name())), null)));
      }
      return columns;
    }
    SelectionText text = new SelectionText(table, selection.types());
    for (Select.Selector selector : select.selectors()) {
      Term selected = countingRows(selector.term());
      selection.resolve(selected);
      PreparedTerm term = selection.prepareSelection(selected, null);
      String name = selector.alias() != null ? selector.alias().name() : text.of(selected);
      columns.add(new Column(name, term.type(), term));
    }
    return columns;
  }

  /** To count a constant, as in {@code count(1)}, is to count rows. */
  private static Term countingRows(Term term) {
    boolean counts =
        term instanceof Term.FunctionCall call
            && call.name().name().equals("count")
            && call.arguments().size() == 1
            && call.arguments().get(0) instanceof Term.Literal;
    return counts ? new Term.CountRows(term.position()) : term;
  }

  /** Notes the columns that a term reads. */
  private void note(Term term) {
    switch (term) {
      case Term.ColumnRef t -> {
        ColumnDefinition column = table.column(t.column().name());
        if (column != null) {
          needed.set(column.id());
        }
      }
      case Term.FunctionCall t -> {
        t.arguments().forEach(this::note);
        if (t.name().name().equals("token")) {
          table.partitionKey().forEach(c -> needed.set(c.id()));
        }
      }
      case Term.Cast t -> note(t.term());
      case Term.TypeHint t -> note(t.term());
      case Term.Arithmetic t -> {
        note(t.left());
        note(t.right());
      }
      case Term.Negation t -> note(t.term());
      case Term.FieldAccess t -> note(t.term());
      case Term.ElementAccess t -> note(t.term());
      case Term.SliceAccess t -> note(t.term());
      case Term.CellAttribute t -> {
        readsAttributes = true;
        note(t.column());
      }
      case Term.ListLiteral t -> t.elements().forEach(this::note);
      case Term.SetLiteral t -> t.elements().forEach(this::note);
      case Term.TupleLiteral t -> t.elements().forEach(this::note);
      case Term.MapLiteral t ->
          t.entries()
              .forEach(
                  e -> {
                    note(e.key());
                    note(e.value());
                  });
      case Term.UserTypeLiteral t -> t.fields().forEach(f -> note(f.value()));
      default -> {
        // Literals and bind markers read nothing.
      }
    }
  }

  /** Whether only columns of the partition are selected, one of them static. */
  private boolean selectsOnlyStatics() {
    boolean anyStatic = false;
    for (ColumnDefinition column : table.columns()) {
      if (needed.get(column.id())) {
        if (!column.isStatic() && !column.isPartitionKey()) {
          return false;
        }
        anyStatic |= column.isStatic();
      }
    }
    return anyStatic;
  }

  private void checkDistinct(BitSet selected, Restrictions restrictions) {
    if (select.perPartitionLimit() != null) {
      throw CqlException.invalid("PER PARTITION LIMIT is not allowed with SELECT DISTINCT queries");
    }
    if (!restrictions.isOnPartitions()) {
      throw CqlException.invalid(
          "SELECT DISTINCT with WHERE clause only supports restriction by partition key and/or"
              + " static columns.");
    }
    boolean all = select.isWildcard();
    for (ColumnDefinition column : table.columns()) {
      boolean onRows = !column.isPartitionKey() && !column.isStatic();
      if (onRows && (all || selected.get(column.id()))) {
        throw CqlException.invalid(
            "SELECT DISTINCT queries must only request partition key columns and/or static columns"
                + " (not %s)",
            column.name());
      }
    }
    for (ColumnDefinition key : table.partitionKey()) {
      if (!all && !selected.get(key.id()) && !restrictions.hasPartitionKeys()) {
        throw CqlException.invalid(
            "SELECT DISTINCT queries must request all the partition key columns (missing %s)",
            key.name());
      }
    }
  }

  private void checkOrdering(Restrictions restrictions) {
    if (!restrictions.hasPartitionKeys()) {
      throw CqlException.invalid(
          "ORDER BY is only supported when the partition key is restricted by an EQ or an IN.");
    }
  }

  /** Of several orderings by one column the last counts, at the place of the first. */
  private void readOrderings() {
    for (Select.Ordering ordering : select.orderBy()) {
      ColumnDefinition column = table.column(ordering.column().name());
      if (column == null) {
        throw CqlException.invalid(
            "Undefined column name %s in table %s",
            CqlNames.quoted(ordering.column().name()), table);
      }
      if (ordering.annOf() != null) {
        CqlType type = column.type();
        if (type.kind() != Kind.LIST && type.kind() != Kind.VECTOR) {
          throw CqlException.invalid(
              "Unexpected receiver type '%s'; only list and vector are expected", type.cqlName());
        }
        values.prepare(ordering.annOf(), Receiver.of(table, column));
      }
      orderings.put(column, ordering);
    }
    orderings.forEach(
        (column, ordering) -> {
          if (ordering.annOf() != null) {
            vectorOrdering =
                new VectorOrdering(column, orderings.size() == 1, ordering.descending());
          }
        });
  }

  private static void requireClustering(ColumnDefinition column) {
    if (!column.isClustering()) {
      throw CqlException.invalid(
          "Order by is currently only supported on the clustered columns of the PRIMARY KEY, got"
              + " %s",
          column.name());
    }
  }

  private boolean isReversed(Restrictions restrictions) {
    Boolean reversed = null;
    int next = 0;
    for (Map.Entry<ColumnDefinition, Select.Ordering> entry : orderings.entrySet()) {
      ColumnDefinition column = entry.getKey();
      requireClustering(column);
      while (next < column.position() && restrictions.isFixed(table.clustering().get(next))) {
        next++;
      }
      if (column.position() != next) {
        throw CqlException.invalid(
            "Order by currently only supports the ordering of columns following their declared"
                + " order in the PRIMARY KEY");
      }
      next++;
      boolean here = entry.getValue().descending() != column.descending();
      if (reversed != null && reversed != here) {
        throw CqlException.invalid("Unsupported order by relation");
      }
      reversed = here;
    }
    return Boolean.TRUE.equals(reversed);
  }

  private List<Sort> sorting() {
    List<Sort> sorting = new ArrayList<>();
    orderings.forEach(
        (column, ordering) -> {
          needed.set(column.id());
          sorting.add(new Sort(column.id(), column.type(), ordering.descending()));
        });
    return sorting;
  }
}
