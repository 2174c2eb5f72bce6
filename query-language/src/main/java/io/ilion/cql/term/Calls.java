package io.ilion.cql.term;

import io.ilion.cql.ast.FunctionName;
import io.ilion.cql.ast.Term;
import io.ilion.cql.function.AggregateFunction;
import io.ilion.cql.function.Argument;
import io.ilion.cql.function.CqlFunction;
import io.ilion.cql.function.FunctionRegistry;
import io.ilion.cql.function.ScalarFunction;
import io.ilion.cql.term.TermPreparer.AggregateTerm;
import io.ilion.cql.term.TermPreparer.CallTerm;
import io.ilion.model.CqlException;
import io.ilion.model.schema.TableDefinition;
import io.ilion.model.type.CqlType;
import io.ilion.model.type.CqlType.Assignment;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Resolves calls of functions, operators among them, by Cassandra's rule: of the overloads that
 * give what is wished, the one that the arguments match exactly; else the only one that takes them.
 */
final class Calls {
  private final TermPreparer preparer;
  private final FunctionRegistry functions;
  private final TableDefinition table;
  private final List<AggregateCall> aggregates;

  Calls(
      TermPreparer preparer,
      FunctionRegistry functions,
      TableDefinition table,
      List<AggregateCall> aggregates) {
    this.preparer = preparer;
    this.functions = functions;
    this.table = table;
    this.aggregates = aggregates;
  }

  PreparedTerm negation(Term.Negation term, CqlType wish) {
    return calling(negationFunction(term, wish), List.of(term.term()));
  }

  CqlFunction negationFunction(Term.Negation term, CqlType wish) {
    return operation("_negate", "-", List.of(term.term()), wish);
  }

  PreparedTerm arithmetic(Term.Arithmetic term, CqlType wish) {
    return calling(arithmeticFunction(term, wish), List.of(term.left(), term.right()));
  }

  CqlFunction arithmeticFunction(Term.Arithmetic term, CqlType wish) {
    String name = term.operator().function();
    return operation(name, term.operator().toString(), List.of(term.left(), term.right()), wish);
  }

  private CqlFunction operation(String name, String symbol, List<Term> operands, CqlType wish) {
    prepareFirst(operands);
    List<CqlFunction> overloads = functions.candidates(name, List.of(), wish, table);
    CqlFunction exact = exact(overloads, operands, wish);
    if (exact != null) {
      return exact;
    }
    List<CqlFunction> compatible = new ArrayList<>();
    for (CqlFunction overload : overloads) {
      Assignment match = match(overload, operands, wish);
      if (match == Assignment.EXACT) {
        return overload;
      }
      if (match == Assignment.WEAK) {
        compatible.add(overload);
      }
    }
    boolean binary = operands.size() == 2;
    if (compatible.isEmpty()) {
      throw binary
          ? CqlException.invalid(
              "the '%s' operation is not supported between %s and %s",
              symbol, text(operands.get(0)), text(operands.get(1)))
          : noMatch("system." + name, overloads);
    }
    if (compatible.size() == 1) {
      return compatible.get(0);
    }
    if (!binary) {
      throw CqlException.invalid("Ambiguous negation: use type casts to disambiguate");
    }
    if (wish != null && operands.stream().noneMatch(Term.BindMarker.class::isInstance)) {
      for (CqlFunction overload : compatible) {
        if (overload.argumentTypes().stream().allMatch(wish::equals)) {
          return overload;
        }
      }
    }
    throw CqlException.invalid(
        "Ambiguous '%s' operation with args %s and %s: use type hint to disambiguate, example"
            + " '(int) ?'",
        symbol, text(operands.get(0)), text(operands.get(1)));
  }

  private String text(Term term) {
    return preparer.isSelection()
        ? new SelectionText(table, preparer.types()).of(term)
        : TermText.of(term);
  }

  /** The overload whose types are those of the arguments, found without trying the others. */
  private CqlFunction exact(List<CqlFunction> overloads, List<Term> arguments, CqlType wish) {
    List<CqlType> types = new ArrayList<>();
    for (Term argument : arguments) {
      CqlType type = preparer.isSelection() ? own(argument) : literalType(argument);
      if (type == null) {
        return null;
      }
      types.add(type);
    }
    for (CqlFunction overload : overloads) {
      if (overload.argumentTypes().equals(types) && gives(overload, wish)) {
        return overload;
      }
    }
    return null;
  }

  private static CqlType literalType(Term term) {
    return term instanceof Term.Literal literal ? Literals.preferredType(literal) : null;
  }

  /** The type that a term matches exactly; one in parentheses is taken out of them. */
  private CqlType own(Term term) {
    if (term instanceof Term.TupleLiteral tuple && tuple.elements().size() == 1) {
      return own(tuple.elements().get(0));
    }
    return term instanceof Term.Literal ? literalType(term) : preparer.typeOf(term);
  }

  private static boolean gives(CqlFunction function, CqlType wish) {
    return wish == null || wish.assignmentFrom(function.returnType()).isAssignable();
  }

  /** In a selection what is inside is resolved, or refused, before what is around it. */
  private void prepareFirst(List<Term> arguments) {
    if (preparer.isSelection()) {
      arguments.forEach(this::own);
    }
  }

  /** {@code count(*)}. */
  PreparedTerm countRows(Term term) {
    List<CqlFunction> candidates = functions.candidates("countRows", List.of(), null, table);
    if (candidates.isEmpty()) {
      throw CqlException.invalid("Unknown function '%s'", TermText.of(term));
    }
    return aggregate((AggregateFunction) candidates.get(0), List.of());
  }

  PreparedTerm call(Term.FunctionCall call, CqlType wish) {
    CqlFunction function = resolve(call, wish);
    return calling(function, function.argumentTypes().isEmpty() ? List.of() : call.arguments());
  }

  CqlFunction resolve(Term.FunctionCall call, CqlType wish) {
    String name = call.name().name();
    if (name.equals("count")
        && call.arguments().size() == 1
        && call.arguments().get(0) instanceof Term.Literal) {
      return functions.candidates("countRows", List.of(), null, table).get(0);
    }
    if (call.name().hasKeyspace() && !call.name().keyspace().equals("system")) {
      throw unknownFunction(call.name());
    }
    prepareFirst(call.arguments());
    List<Argument> known = new ArrayList<>();
    for (Term argument : call.arguments()) {
      int elements = argument instanceof Term.ListLiteral list ? list.elements().size() : -1;
      known.add(
          new Argument(CommonTypes.preferred(preparer, argument), TermText.of(argument), elements));
    }
    List<CqlFunction> candidates = functions.candidates(name, known, wish, table);
    if (candidates.isEmpty()) {
      throw unknownFunction(call.name());
    }
    return best(call, candidates, wish);
  }

  private CqlException unknownFunction(FunctionName name) {
    return CqlException.invalid(
        preparer.isSelection() ? "Unknown function '%s'" : "Unknown function %s called", name);
  }

  private PreparedTerm calling(CqlFunction function, List<Term> terms) {
    List<PreparedTerm> arguments = new ArrayList<>();
    for (int i = 0; i < terms.size(); i++) {
      arguments.add(argument(terms.get(i), function, i));
    }
    return function instanceof AggregateFunction aggregate
        ? aggregate(aggregate, arguments)
        : new CallTerm((ScalarFunction) function, arguments);
  }

  private Receiver receiver(CqlFunction function, int index) {
    return new Receiver(
        preparer.keyspace(),
        preparer.tableName(),
        "arg" + index + "(system." + function.name() + ")",
        function.argumentTypes().get(index));
  }

  private PreparedTerm argument(Term term, CqlFunction function, int index) {
    Receiver receiver = receiver(function, index);
    if (!preparer.isSelection()) {
      return preparer.prepare(term, receiver);
    }
    return switch (term) {
      case Term.ColumnRef t -> preparer.prepareSelection(t, null);
      case Term.CellAttribute t -> preparer.prepareSelection(t, null);
      case Term.FieldAccess t -> preparer.prepareSelection(t, null);
      case Term.ElementAccess t -> preparer.prepareSelection(t, null);
      case Term.SliceAccess t -> preparer.prepareSelection(t, null);
      default -> preparer.prepare(term, receiver);
    };
  }

  private PreparedTerm aggregate(AggregateFunction function, List<PreparedTerm> arguments) {
    if (!preparer.isSelection()) {
      throw CqlException.invalid("Aggregation function are not supported in the where clause");
    }
    if (arguments.stream().anyMatch(AggregateTerm.class::isInstance)) {
      throw CqlException.invalid(
          "aggregate functions cannot be used as arguments of aggregate functions");
    }
    aggregates.add(new AggregateCall(function, arguments));
    return new AggregateTerm(function.returnType(), aggregates.size() - 1);
  }

  private CqlFunction best(Term.FunctionCall call, List<CqlFunction> candidates, CqlType wish) {
    if (candidates.size() == 1) {
      CqlFunction only = candidates.get(0);
      checkArguments(call, only);
      return only;
    }
    List<CqlFunction> compatible = new ArrayList<>();
    for (CqlFunction candidate : candidates) {
      Assignment match = match(candidate, call.arguments(), wish);
      if (match == Assignment.EXACT) {
        return candidate;
      }
      if (match == Assignment.WEAK) {
        compatible.add(candidate);
      }
    }
    if (compatible.isEmpty()) {
      throw noMatch(call.name().toString(), candidates);
    }
    if (compatible.size() > 1) {
      throw ambiguous(call.name().toString(), compatible);
    }
    return compatible.get(0);
  }

  private static CqlException ambiguous(String function, List<CqlFunction> compatible) {
    return CqlException.invalid(
        "Ambiguous call to function %s (can be matched by following signatures: %s): use type"
            + " casts to disambiguate",
        function, signatures(compatible));
  }

  /** The overload of one argument that takes a value of a type. */
  CqlFunction conversion(String name, List<CqlFunction> overloads, CqlType argument) {
    List<CqlFunction> compatible = new ArrayList<>();
    for (CqlFunction overload : overloads) {
      Assignment match = overload.argumentTypes().get(0).assignmentFrom(argument);
      if (match == Assignment.EXACT) {
        return overload;
      }
      if (match == Assignment.WEAK) {
        compatible.add(overload);
      }
    }
    if (compatible.isEmpty()) {
      throw noMatch(name, overloads);
    }
    if (compatible.size() > 1) {
      throw ambiguous(name, compatible);
    }
    return compatible.get(0);
  }

  private void checkArguments(Term.FunctionCall call, CqlFunction function) {
    int expected = function.argumentTypes().size();
    if (call.arguments().size() != expected) {
      throw CqlException.invalid(
          "Invalid number of arguments in call to function %s: %d required but %d provided",
          qualified(function), expected, call.arguments().size());
    }
    for (int i = 0; i < expected; i++) {
      if (!preparer.test(call.arguments().get(i), receiver(function, i)).isAssignable()) {
        throw CqlException.invalid(
            "Type error: %s cannot be passed as argument %d of function %s of type %s",
            TermText.of(call.arguments().get(i)),
            i,
            qualified(function),
            function.argumentTypes().get(i).cqlName());
      }
    }
  }

  private Assignment match(CqlFunction function, List<Term> arguments, CqlType wish) {
    if (arguments.size() != function.argumentTypes().size() || !gives(function, wish)) {
      return Assignment.NOT;
    }
    Assignment result = Assignment.EXACT;
    for (int i = 0; i < arguments.size(); i++) {
      Assignment one = preparer.test(arguments.get(i), receiver(function, i));
      if (one == Assignment.NOT) {
        return Assignment.NOT;
      }
      if (one == Assignment.WEAK) {
        result = Assignment.WEAK;
      }
    }
    return result;
  }

  /** The function with its arguments, of which some are constants. */
  static String partialText(CqlFunction function, List<Boolean> constants) {
    StringBuilder text = new StringBuilder();
    text.append(function.name().equals("token") ? "token" : qualified(function)).append(" : (");
    for (int i = 0; i < constants.size(); i++) {
      text.append(i > 0 ? ", " : "").append(function.argumentTypes().get(i).cqlName());
      text.append(constants.get(i) ? "(constant)" : "");
    }
    return text.append(") -> ").append(function.returnType().cqlName()).toString();
  }

  private static String qualified(CqlFunction function) {
    String name = function.name();
    return "system." + (name.startsWith("_") ? '"' + name + '"' : name);
  }

  static CqlException noMatch(String function, List<CqlFunction> known) {
    return CqlException.invalid(
        "Invalid call to function %s, none of its type signatures match (known type signatures:"
            + " %s)",
        function, signatures(known));
  }

  private static String signatures(List<CqlFunction> functions) {
    return functions.stream().map(Calls::signature).sorted().collect(Collectors.joining(", "));
  }

  private static String signature(CqlFunction function) {
    return function.argumentTypes().stream()
        .map(CqlType::cqlName)
        .collect(
            Collectors.joining(
                ", ", qualified(function) + " : (", ") -> " + function.returnType().cqlName()));
  }
}
