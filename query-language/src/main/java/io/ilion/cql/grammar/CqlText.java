package io.ilion.cql.grammar;

import io.ilion.cql.ast.Term;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** Writes terms as CQL, the way error messages and the names of results show them. */
final class CqlText {
  private CqlText() {}

  /** The text of a term. */
  static String of(Term term) {
    return switch (term) {
      case Term.Literal literal -> literal(literal);
      case Term.NullLiteral ignored -> "NULL";
      case Term.BindMarker marker -> marker.name() == null ? "?" : ":" + marker.name();
      case Term.ListLiteral list -> join(list.elements(), "[", "]");
      case Term.SetLiteral set -> join(set.elements(), "{", "}");
      case Term.MapLiteral map ->
          map.entries().stream()
              .map(entry -> of(entry.key()) + ": " + of(entry.value()))
              .collect(Collectors.joining(", ", "{", "}"));
      case Term.UserTypeLiteral value ->
          value.fields().stream()
              .map(field -> field.field() + ": " + of(field.value()))
              .collect(Collectors.joining(", ", "{", "}"));
      case Term.TupleLiteral tuple -> join(tuple.elements(), "(", ")");
      case Term.InList list -> join(list.elements(), "(", ")");
      case Term.FunctionCall call -> call.name() + join(call.arguments(), "(", ")");
      case Term.Cast cast -> "cast(" + of(cast.term()) + " as " + cast.type() + ")";
      case Term.TypeHint hint -> "(" + hint.type() + ")" + of(hint.term());
      case Term.Arithmetic sum -> of(sum.left()) + " " + sum.operator() + " " + of(sum.right());
      case Term.Negation negation -> "-" + of(negation.term());
      case Term.ColumnRef column -> column.column().name();
      case Term.FieldAccess access -> of(access.term()) + "." + access.field();
      case Term.ElementAccess access -> of(access.term()) + "[" + of(access.key()) + "]";
      case Term.SliceAccess access ->
          of(access.term()) + "[" + orNothing(access.from()) + ".." + orNothing(access.to()) + "]";
      case Term.CountRows ignored -> "count(*)";
      case Term.CellAttribute attribute ->
          attribute.kind().name().toLowerCase(Locale.ROOT) + "(" + of(attribute.column()) + ")";
    };
  }

  private static String orNothing(Term term) {
    return term == null ? "" : of(term);
  }

  private static String literal(Term.Literal literal) {
    return literal.kind() == Term.LiteralKind.STRING
        ? "'" + literal.text().replace("'", "''") + "'"
        : literal.text();
  }

  private static String join(List<Term> terms, String open, String close) {
    return terms.stream().map(CqlText::of).collect(Collectors.joining(", ", open, close));
  }
}
