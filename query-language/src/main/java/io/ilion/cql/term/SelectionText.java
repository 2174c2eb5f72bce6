package io.ilion.cql.term;

import io.ilion.cql.ast.RawType;
import io.ilion.cql.ast.Term;
import io.ilion.cql.schema.TypeResolver;
import io.ilion.model.schema.ColumnDefinition;
import io.ilion.model.schema.TableDefinition;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * The text of what is selected, as the names of result columns and messages show it: functions bear
 * the name of their keyspace.
 */
public final class SelectionText {
  private final TableDefinition table;
  private final TypeResolver types;

  /** Texts for selections of a table. */
  public SelectionText(TableDefinition table, TypeResolver types) {
    this.table = table;
    this.types = types;
  }

  /** The text of a term. */
  public String of(Term term) {
    return switch (term) {
      case Term.FunctionCall call -> function(call);
      case Term.CountRows call -> "count";
      case Term.Cast cast when isToItsOwnType(cast) -> of(cast.term());
      case Term.Cast cast ->
          "cast("
              + of(cast.term())
              + " as "
              + cast.type().toString().toLowerCase(Locale.ROOT)
              + ")";
      case Term.FieldAccess access -> of(access.term()) + "." + access.field().name();
      case Term.ElementAccess access -> of(access.term()) + "[" + TermText.of(access.key()) + "]";
      case Term.Arithmetic a -> of(a.left()) + " " + a.operator() + " " + of(a.right());
      case Term.TypeHint hint -> "(" + qualified(hint.type()) + ")" + of(hint.term());
      case Term.Negation n -> "-" + of(n.term());
      case Term.ListLiteral list -> "[" + join(list.elements()) + "]";
      case Term.SetLiteral set -> "{" + join(set.elements()) + "}";
      case Term.TupleLiteral tuple -> "(" + join(tuple.elements()) + ")";
      default -> TermText.of(term);
    };
  }

  /** A type with the keyspaces of the user types in it. */
  private String qualified(RawType type) {
    return switch (type) {
      case RawType.UserType user when !user.name().hasKeyspace() ->
          table.keyspace() + "." + user.name();
      case RawType.FrozenType frozen -> "frozen<" + qualified(frozen.type()) + ">";
      case RawType.ListType list -> "list<" + qualified(list.element()) + ">";
      case RawType.SetType set -> "set<" + qualified(set.element()) + ">";
      case RawType.MapType map ->
          "map<" + qualified(map.key()) + ", " + qualified(map.value()) + ">";
      case RawType.VectorType vector ->
          "vector<" + qualified(vector.element()) + ", " + vector.dimensions() + ">";
      case RawType.TupleType tuple ->
          tuple.elements().stream()
              .map(this::qualified)
              .collect(Collectors.joining(", ", "tuple<", ">"));
      default -> type.toString();
    };
  }

  private String join(List<Term> terms) {
    return String.join(", ", terms.stream().map(this::of).toList());
  }

  /** A cast to the type that a column or an inner cast has already is no cast. */
  private boolean isToItsOwnType(Term.Cast cast) {
    if (cast.term() instanceof Term.Cast inner) {
      return inner.type().equals(cast.type());
    }
    ColumnDefinition column =
        cast.term() instanceof Term.ColumnRef ref ? table.column(ref.column().name()) : null;
    return column != null && column.type().equals(types.resolve(cast.type()));
  }

  private String function(Term.FunctionCall call) {
    List<String> arguments = call.arguments().stream().map(this::of).toList();
    String name = call.name().name();
    if (name.equals("count") || name.equals("countrows")) {
      return arguments.isEmpty() ? "count" : "system.count(" + arguments.get(0) + ")";
    }
    return "system." + name + "(" + String.join(", ", arguments) + ")";
  }
}
