package io.ilion.cql.term;

import io.ilion.cql.ast.Identifier;
import io.ilion.cql.ast.Term;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;

/** Terms as text, as error messages and the names of result columns show them. */
public final class TermText {
  private TermText() {}

  /** The text of a term. */
  public static String of(Term term) {
    return switch (term) {
      case Term.Literal t -> t.kind() == Term.LiteralKind.STRING ? "'" + t.text() + "'" : t.text();
      case Term.NullLiteral t -> "NULL";
      case Term.BindMarker t -> t.name() == null ? "?" : ":" + t.name();
      case Term.ListLiteral t -> join(t.elements(), "[", "]");
      case Term.SetLiteral t -> join(t.elements(), "{", "}");
      case Term.MapLiteral t ->
          join(t.entries(), e -> of(e.key()) + ": " + of(e.value()), "{", "}");
      case Term.UserTypeLiteral t ->
          join(byHash(t.fields()), f -> f.field().name() + ": " + of(f.value()), "{", "}");
      case Term.TupleLiteral t -> join(t.elements(), "(", ")");
      case Term.InList t -> join(t.elements(), "(", ")");
      case Term.FunctionCall t -> t.name() + join(t.arguments(), "(", ")");
      case Term.Cast t -> "cast(" + of(t.term()) + " as " + t.type() + ")";
      case Term.TypeHint t -> "(" + t.type() + ")" + of(t.term());
      case Term.Arithmetic t -> of(t.left()) + " " + t.operator() + " " + of(t.right());
      case Term.Negation t -> "-" + of(t.term());
      case Term.ColumnRef t -> quoteIfNeeded(t.column());
      case Term.FieldAccess t -> of(t.term()) + "." + t.field().name();
      case Term.ElementAccess t -> of(t.term()) + "[" + of(t.key()) + "]";
      case Term.SliceAccess t ->
          of(t.term())
              + "["
              + (t.from() == null ? "" : of(t.from()))
              + ".."
              + (t.to() == null ? "" : of(t.to()))
              + "]";
      case Term.CountRows t -> "count";
      case Term.CellAttribute t ->
          t.kind().name().toLowerCase(java.util.Locale.ROOT) + "(" + of(t.column()) + ")";
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

  private static String join(List<Term> terms, String open, String close) {
    return join(terms, TermText::of, open, close);
  }

  private static <T> String join(
      List<T> items, Function<T, String> text, String open, String close) {
    return items.stream().map(text).collect(Collectors.joining(", ", open, close));
  }
}
