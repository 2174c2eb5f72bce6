package io.ilion.cql.select;

import io.ilion.cql.ast.Select;
import io.ilion.cql.ast.Term;
import io.ilion.cql.restrict.Restrictions;
import io.ilion.cql.schema.CqlNames;
import io.ilion.cql.term.PreparedTerm;
import io.ilion.cql.term.TermPreparer;
import io.ilion.cql.term.TermText;
import io.ilion.model.CqlException;
import io.ilion.model.schema.ColumnDefinition;
import io.ilion.model.schema.TableDefinition;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The GROUP BY of a SELECT: columns of the primary key in their order, where those that equal one
 * value may be left out; the last may be a monotonic function of a clustering column.
 */
final class Grouping {
  private final TableDefinition table;
  private final Restrictions restrictions;
  private final TermPreparer selection;
  private final List<ColumnDefinition> key = new ArrayList<>();
  private int next;

  Grouping(TableDefinition table, Restrictions restrictions, TermPreparer selection) {
    this.table = table;
    this.restrictions = restrictions;
    this.selection = selection;
    key.addAll(table.partitionKey());
    key.addAll(table.clustering());
  }

  List<PreparedTerm> plan(Select select) {
    List<PreparedTerm> grouping = new ArrayList<>();
    boolean ended = false;
    for (Term term : select.groupBy()) {
      ColumnDefinition column;
      PreparedTerm prepared;
      if (isFunction(term)) {
        ended = true;
        selection.resolve(term);
        selection.refuseAggregate(term);
        prepared = selection.prepareSelection(term, null);
        column = columnOfFunction(term);
      } else if (term instanceof Term.ColumnRef ref) {
        column = column(ref);
        if (!column.isPrimaryKey()) {
          throw CqlException.invalid(
              "Group by is currently only supported on the columns of the PRIMARY KEY, got %s",
              column.name());
        }
        if (ended) {
          throw CqlException.invalid(
              "Functions are only supported on the last element of the GROUP BY clause");
        }
        prepared = selection.prepareSelection(term, null);
      } else {
        throw CqlException.invalid("Invalid GROUP BY element %s", TermText.of(term));
      }
      advanceTo(column);
      grouping.add(prepared);
    }
    if (!grouping.isEmpty() && next < table.partitionKey().size()) {
      throw CqlException.invalid("Group by is not supported on only a part of the partition key");
    }
    if (next > table.partitionKey().size() && select.distinct()) {
      throw CqlException.invalid(
          "Grouping on clustering columns is not allowed for SELECT DISTINCT queries");
    }
    grouping.forEach(TermPreparer::requireMonotonic);
    return grouping;
  }

  private static boolean isFunction(Term term) {
    return term instanceof Term.FunctionCall
        || term instanceof Term.CountRows
        || term instanceof Term.Arithmetic
        || term instanceof Term.Negation;
  }

  private ColumnDefinition column(Term.ColumnRef ref) {
    ColumnDefinition column = table.column(ref.column().name());
    if (column == null) {
      throw CqlException.invalid(
          "Undefined column name %s in table %s", CqlNames.quoted(ref.column().name()), table);
    }
    return column;
  }

  private ColumnDefinition columnOfFunction(Term term) {
    Set<ColumnDefinition> columns = new LinkedHashSet<>();
    collect(term, columns);
    if (columns.isEmpty()) {
      throw CqlException.invalid(
          "GROUP BY functions must have one clustering column name as parameter");
    }
    if (columns.size() > 1) {
      throw CqlException.invalid(
          "GROUP BY functions accept only one clustering column as parameter, got: %s",
          columns.stream()
              .map(column -> CqlNames.quoted(column.name()))
              .collect(Collectors.joining(",")));
    }
    ColumnDefinition column = columns.iterator().next();
    if (!column.isClustering()) {
      throw CqlException.invalid(
          "Group by functions are only supported on clustering columns, got %s", column.name());
    }
    return column;
  }

  private void collect(Term term, Set<ColumnDefinition> columns) {
    switch (term) {
      case Term.ColumnRef t -> columns.add(column(t));
      case Term.FunctionCall t -> t.arguments().forEach(argument -> collect(argument, columns));
      case Term.Arithmetic t -> {
        collect(t.left(), columns);
        collect(t.right(), columns);
      }
      case Term.Negation t -> collect(t.term(), columns);
      case Term.Cast t -> collect(t.term(), columns);
      case Term.TypeHint t -> collect(t.term(), columns);
      default -> {
        // Literals and bind markers name no column.
      }
    }
  }

  /** Passes by the columns before one, each of which must equal one value. */
  private void advanceTo(ColumnDefinition column) {
    while (next < key.size()
        && !key.get(next).equals(column)
        && restrictions.isFixed(key.get(next))) {
      next++;
    }
    if (next >= key.size() || !key.get(next).equals(column)) {
      throw CqlException.invalid(
          "Group by currently only support groups of columns following their declared order in"
              + " the PRIMARY KEY");
    }
    next++;
  }
}
