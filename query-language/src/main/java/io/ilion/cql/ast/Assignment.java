package io.ilion.cql.ast;

/** One of the assignments of an UPDATE. */
public sealed interface Assignment {
  /** The column that changes. */
  Identifier column();

  /** {@code column = value}. */
  record SetValue(Identifier column, Term value) implements Assignment {}

  /** {@code column = column + value} or {@code column += value}: append, union, increment. */
  record Add(Identifier column, Term value) implements Assignment {}

  /** {@code column = value + column}. */
  record Prepend(Identifier column, Term value) implements Assignment {}

  /** {@code column = column - value} or {@code column -= value}: difference, decrement. */
  record Subtract(Identifier column, Term value) implements Assignment {}

  /** {@code column[key] = value}. */
  record SetElement(Identifier column, Term key, Term value) implements Assignment {}

  /** {@code column.field = value}. */
  record SetField(Identifier column, Identifier field, Term value) implements Assignment {}
}
