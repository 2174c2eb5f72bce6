package io.ilion.cql.restrict;

import io.ilion.cql.ast.Operator;
import io.ilion.cql.term.PreparedTerm;
import io.ilion.model.schema.ColumnDefinition;
import java.util.List;

/**
 * One relation on columns: {@code c op value}, {@code (a, b) op (x, y)}, {@code m[k] = v}.
 *
 * @param columns one, or those of a tuple
 * @param element the key where the relation is on an element, else null
 * @param isTuple whether its values are tuples, with a value for each column
 */
record ColumnRestriction(
    List<ColumnDefinition> columns,
    Operator operator,
    PreparedTerm element,
    ValueList values,
    boolean isTuple) {

  ColumnDefinition first() {
    return columns.get(0);
  }

  boolean isEquality() {
    return element == null && (operator == Operator.EQ || operator == Operator.IN);
  }

  boolean isSlice() {
    return element == null && operator.isSlice();
  }

  /** Of a slice, whether it says where that begins. */
  boolean isLowerBound() {
    return operator == Operator.GT || operator == Operator.GTE;
  }

  /** Whether it gives its column one value. */
  boolean isOneValue() {
    return element == null && operator == Operator.EQ && !isTuple;
  }
}
