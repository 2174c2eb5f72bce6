package io.ilion.cql.restrict;

import io.ilion.cql.ast.Operator;
import io.ilion.cql.schema.CqlNames;
import io.ilion.cql.term.Evaluation;
import io.ilion.cql.term.WireValues;
import io.ilion.model.schema.ColumnDefinition;
import io.ilion.model.type.CqlType;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** Relations with the values of one execution, as Cassandra writes them in its warnings. */
final class RestrictionTexts {
  private final Evaluation evaluation;
  private final List<String> texts = new ArrayList<>();

  RestrictionTexts(Evaluation evaluation) {
    this.evaluation = evaluation;
  }

  List<String> texts() {
    return texts;
  }

  /** Adds relations on clustering columns: column by column, lower bounds before upper ones. */
  void addClustering(List<ColumnRestriction> restrictions, List<ColumnDefinition> columns) {
    for (ColumnDefinition column : columns) {
      for (ColumnRestriction r : restrictions) {
        if (!isUpper(r.operator())) {
          add(r, column);
        }
      }
      for (ColumnRestriction r : restrictions) {
        if (isUpper(r.operator())) {
          add(r, column);
        }
      }
    }
  }

  private static boolean isUpper(Operator operator) {
    return operator == Operator.LT || operator == Operator.LTE;
  }

  /** Adds what a relation says of one of its columns. */
  private void add(ColumnRestriction r, ColumnDefinition column) {
    int index = r.columns().indexOf(column);
    if (index < 0) {
      return;
    }
    List<byte[]> values = new ArrayList<>();
    if (r.isTuple()) {
      r.values()
          .tuples(evaluation, r.columns())
          .forEach(tuple -> values.add(WireValues.fields(tuple).get(index)));
    } else {
      values.addAll(r.values().values(evaluation, column.name()));
    }
    add(CqlNames.quoted(column.name()), r.operator(), column.type(), values);
  }

  /** Adds a relation that rows are filtered by. */
  void addFilter(ColumnRestriction r) {
    if (r.isTuple()) {
      r.columns().forEach(column -> add(r, column));
      return;
    }
    ColumnDefinition column = r.first();
    CqlType type = column.type();
    String name = CqlNames.quoted(column.name());
    if (r.element() != null) {
      List<CqlType> types = type.componentTypes();
      name += "[" + types.get(0).toCqlLiteral(r.element().evaluate(evaluation)) + "]";
      type = types.get(types.size() - 1);
    } else if (r.operator() == Operator.CONTAINS) {
      type = type.componentTypes().get(type.componentTypes().size() - 1);
    } else if (r.operator() == Operator.CONTAINS_KEY) {
      type = type.componentTypes().get(0);
    }
    add(name, r.operator(), type, r.values().values(evaluation, column.name()));
  }

  private void add(String name, Operator operator, CqlType type, List<byte[]> values) {
    String text = values.stream().map(type::toCqlLiteral).collect(Collectors.joining(", "));
    texts.add(name + " " + operator + " " + (operator == Operator.IN ? "(" + text + ")" : text));
  }
}
