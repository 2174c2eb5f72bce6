package io.ilion.cql.term;

import io.ilion.cql.ast.Identifier;
import io.ilion.cql.ast.Term;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;

/** Terms as text, as error messages and the names of result columns show them. */
public final class TermText {
  private TermText() {}

  /** The text of a term as it is written. */
  public static String of(Term term) {
    return of(term, false);
  }

  /** The text of a value, in which operators and casts are calls of their functions. */
  public static String ofValue(Term term) {
    return of(term, true);
  }

  private static String of(Term term, boolean calls) {
    Function<Term, String> inner = t -> of(t, calls);
    return switch (term) {
      case Term.Literal t -> t.kind() == Term.LiteralKind.STRING ? "'" + t.text() + "'" : t.text();
      case Term.NullLiteral t -> "NULL";
      case Term.BindMarker t -> "?";
      case Term.ListLiteral t -> join(t.elements(), inner, "[", "]");
      case Term.SetLiteral t -> join(t.elements(), inner, "{", "}");
      case Term.MapLiteral t ->
          join(t.entries(), e -> inner.apply(e.key()) + ": " + inner.apply(e.value()), "{", "}");
      case Term.UserTypeLiteral t ->
          join(byHash(t.fields()), f -> f.field().name() + ": " + inner.apply(f.value()), "{", "}");
      case Term.TupleLiteral t -> join(t.elements(), inner, "(", ")");
      case Term.InList t -> join(t.elements(), inner, "(", ")");
      case Term.FunctionCall t -> t.name() + join(t.arguments(), inner, "(", ")");
      case Term.Cast t when calls ->
          "system.cast_as_"
              + t.type().toString().toLowerCase(Locale.ROOT)
              + ("(" + inner.apply(t.term()) + ")");
      case Term.Cast t -> "cast(" + inner.apply(t.term()) + " as " + t.type() + ")";
      case Term.TypeHint t -> "(" + t.type() + ")" + inner.apply(t.term());
      case Term.Arithmetic t when calls ->
          "system.\"%s\"(%s, %s)"
              .formatted(t.operator().function(), inner.apply(t.left()), inner.apply(t.right()));
      case Term.Arithmetic t ->
          inner.apply(t.left()) + " " + t.operator() + " " + inner.apply(t.right());
      case Term.Negation t when calls -> "system.\"_negate\"(" + inner.apply(t.term()) + ")";
      case Term.Negation t -> "-" + inner.apply(t.term());
      case Term.ColumnRef t -> quoteIfNeeded(t.column());
      case Term.FieldAccess t -> inner.apply(t.term()) + "." + t.field().name();
      case Term.ElementAccess t -> inner.apply(t.term()) + "[" + inner.apply(t.key()) + "]";
      case Term.SliceAccess t ->
          inner.apply(t.term())
              + "["
              + (t.from() == null ? "" : inner.apply(t.from()))
              + ".."
              + (t.to() == null ? "" : inner.apply(t.to()))
              + "]";
      case Term.CountRows t -> "count";
      case Term.CellAttribute t ->
          t.kind().name().toLowerCase(Locale.ROOT) + "(" + inner.apply(t.column()) + ")";
    };
  }

  private static String quoteIfNeeded(Identifier column) {
    return column.name();
  }

  /** Cassandra shows the fields in the order of its hash table, which is that of Java. */
  private static List<Term.FieldValue> byHash(List<Term.FieldValue> fields) {
    Map<ByteBuffer, Term.FieldValue> table = new HashMap<>();
    for (Term.FieldValue field : fields) {
      table.put(StandardCharsets.UTF_8.encode(field.field().name()), field);
    }
    return List.copyOf(table.values());
  }

  private static <T> String join(
      List<T> items, Function<T, String> text, String open, String close) {
    return items.stream().map(text).collect(Collectors.joining(", ", open, close));
  }
}
