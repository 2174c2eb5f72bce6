package io.ilion.cql.ast;

import java.util.List;

/**
 * An expression. Most may stand as a value in any statement; the last six only in the selectors of
 * a SELECT and its GROUP BY.
 */
public sealed interface Term {
  /** Where it begins. */
  Position position();

  /** The kinds of literals that the lexer tells apart. */
  enum LiteralKind {
    STRING,
    INTEGER,
    FLOAT,
    BOOLEAN,
    DURATION,
    UUID,
    HEX
  }

  /**
   * A constant.
   *
   * @param kind what it looks like
   * @param text a string without its quotes, NaN and the infinities as {@code NaN}, {@code
   *     Infinity}, {@code -Infinity}, everything else as written
   */
  record Literal(LiteralKind kind, String text, Position position) implements Term {}

  /** {@code NULL}. */
  record NullLiteral(Position position) implements Term {}

  /**
   * A place for a value that comes with the request.
   *
   * @param index the marker's number in the whole statement (or batch), from 0, in the order of the
   *     text
   * @param name the name after the colon, or null for {@code ?}
   */
  record BindMarker(int index, String name, Position position) implements Term {}

  /** {@code [a, b]}: a list or a vector. */
  record ListLiteral(List<Term> elements, Position position) implements Term {}

  /** {@code {a, b}}; without elements it is the empty set or the empty map. */
  record SetLiteral(List<Term> elements, Position position) implements Term {}

  /**
   * {@code {a: b}}. In a selector whose keys are plain column names it may as well be a value of a
   * user type: its keys are {@link ColumnRef} then.
   */
  record MapLiteral(List<MapEntry> entries, Position position) implements Term {}

  /** One entry of a map literal. */
  record MapEntry(Term key, Term value) {}

  /** {@code {field: value}}: a value of a user type. Never empty. */
  record UserTypeLiteral(List<FieldValue> fields, Position position) implements Term {}

  /** One field of a literal of a user type. */
  record FieldValue(Identifier field, Term value) {}

  /** {@code (a, b)}: a tuple. In a selector, one alone may just be an expression in parentheses. */
  record TupleLiteral(List<Term> elements, Position position) implements Term {}

  /** The values after IN: {@code (a, b)}, perhaps none. Only the operand of {@link Operator#IN}. */
  record InList(List<Term> elements, Position position) implements Term {}

  /** {@code f(a, b)}. */
  record FunctionCall(FunctionName name, List<Term> arguments, Position position) implements Term {}

  /** {@code CAST(term AS type)}; the type is a {@link RawType.Native}. */
  record Cast(Term term, RawType type, Position position) implements Term {}

  /** {@code (type) term}: says what type the term has, converts nothing. */
  record TypeHint(RawType type, Term term, Position position) implements Term {}

  /** {@code left + right} and so on. */
  record Arithmetic(ArithmeticOperator operator, Term left, Term right, Position position)
      implements Term {}

  /** {@code -term}; negative numbers are literals, not this. */
  record Negation(Term term, Position position) implements Term {}

  /** A column. Only in selectors. */
  record ColumnRef(Identifier column) implements Term {
    @Override
    public Position position() {
      return column.position();
    }
  }

  /** {@code term.field}. Only in selectors. */
  record FieldAccess(Term term, Identifier field, Position position) implements Term {}

  /** {@code term[key]}. Only in selectors. */
  record ElementAccess(Term term, Term key, Position position) implements Term {}

  /**
   * {@code term[from..to]}. Only in selectors.
   *
   * @param from the first key, or null
   * @param to the last key, or null
   */
  record SliceAccess(Term term, Term from, Term to, Position position) implements Term {}

  /** {@code count(*)}. Only in selectors. */
  record CountRows(Position position) implements Term {}

  /**
   * {@code writetime(column)} and its kin. Only in selectors.
   *
   * @param column a {@link ColumnRef}, or accesses to one
   */
  record CellAttribute(Kind kind, Term column, Position position) implements Term {
    /** Which attribute. */
    public enum Kind {
      WRITETIME,
      MAXWRITETIME,
      TTL
    }
  }
}
