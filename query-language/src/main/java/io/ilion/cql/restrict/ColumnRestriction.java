package io.ilion.cql.restrict;

import io.ilion.cql.ast.Operator;
import io.ilion.cql.term.PreparedTerm;
import io.ilion.model.schema.ColumnDefinition;
import java.util.List;

/**
 * One relation on columns: {@code c op value}, {@code (a, b) op (x, y)}, {@code m[k] = v}.
 *
 * @param columns one, or several for a relation on a tuple
 * @param element the key where the relation is on an element, else null
 */
record ColumnRestriction(
    List<ColumnDefinition> columns, Operator operator, PreparedTerm element, ValueList values) {

  ColumnDefinition first() {
    return columns.get(0);
  }

  /** To be in a list of one value is to equal it. */
  ColumnRestriction simplified() {
    boolean one = operator == Operator.IN && !values.bound() && values.terms().size() == 1;
    return one ? new ColumnRestriction(columns, Operator.EQ, element, values) : this;
  }

  boolean isTuple() {
    return columns.size() > 1;
  }

  boolean isEquality() {
    return element == null && (operator == Operator.EQ || operator == Operator.IN);
  }

  boolean isSlice() {
    return element == null && operator.isSlice();
  }
}
