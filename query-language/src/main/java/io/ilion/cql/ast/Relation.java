package io.ilion.cql.ast;

import java.util.List;

/** One of the predicates of a WHERE clause; all of them have to hold. */
public sealed interface Relation {
  /** Where it begins. */
  Position position();

  /**
   * {@code column operator value}.
   *
   * @param operator any but {@link Operator#IS_NOT}
   * @param value with IN an {@link Term.InList} or a {@link Term.BindMarker}
   */
  record OnColumn(Identifier column, Operator operator, Term value) implements Relation {
    @Override
    public Position position() {
      return column.position();
    }
  }

  /** {@code column IS NOT NULL}. */
  record IsNotNull(Identifier column) implements Relation {
    @Override
    public Position position() {
      return column.position();
    }
  }

  /** {@code column[key] operator value}. */
  record OnElement(Identifier column, Term key, Operator operator, Term value) implements Relation {
    @Override
    public Position position() {
      return column.position();
    }
  }

  /** {@code token(columns) operator value}. */
  record OnToken(List<Identifier> columns, Operator operator, Term value, Position position)
      implements Relation {}

  /**
   * {@code (columns) operator value}.
   *
   * @param value a {@link Term.TupleLiteral} or a {@link Term.BindMarker}; with IN an {@link
   *     Term.InList} of these, or a marker for all
   */
  record OnTuple(List<Identifier> columns, Operator operator, Term value, Position position)
      implements Relation {}

  /** {@code expr(index, value)}. */
  record OnIndex(QualifiedName index, Term value, Position position) implements Relation {}
}
