package io.ilion.cql.ast;

/** One of the things that a DELETE names before FROM. */
public sealed interface ColumnDeletion {
  /** The column. */
  Identifier column();

  /** {@code column}. */
  record Whole(Identifier column) implements ColumnDeletion {}

  /** {@code column[key]}. */
  record Element(Identifier column, Term key) implements ColumnDeletion {}

  /** {@code column.field}. */
  record Field(Identifier column, Identifier field) implements ColumnDeletion {}
}
