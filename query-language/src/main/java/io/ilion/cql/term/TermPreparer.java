package io.ilion.cql.term;

import io.ilion.cql.ast.FunctionName;
import io.ilion.cql.ast.Identifier;
import io.ilion.cql.ast.Term;
import io.ilion.cql.function.AggregateFunction;
import io.ilion.cql.function.CqlFunction;
import io.ilion.cql.function.FunctionRegistry;
import io.ilion.cql.function.ScalarFunction;
import io.ilion.cql.schema.TypeResolver;
import io.ilion.model.CqlException;
import io.ilion.model.schema.ColumnDefinition;
import io.ilion.model.schema.TableDefinition;
import io.ilion.model.type.CqlType;
import io.ilion.model.type.CqlType.Assignment;
import io.ilion.model.type.CqlType.Kind;
import io.ilion.model.type.NativeType;
import io.ilion.model.type.Values;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * Makes terms ready: checks them against their receivers, with Cassandra's messages, collects the
 * bind variables, and resolves functions. One preparer serves one statement.
 *
 * <p>In a selection columns can be named and aggregates called ({@link #forSelection}); elsewhere
 * not.
 */
public final class TermPreparer {
  private final TypeResolver types;
  private final FunctionRegistry functions;
  private final BindVariables variables;
  private final TableDefinition table;
  private final boolean selection;
  private final List<AggregateCall> aggregates = new ArrayList<>();

  /** A preparer for values. */
  public TermPreparer(
      TypeResolver types,
      FunctionRegistry functions,
      BindVariables variables,
      TableDefinition table) {
    this(types, functions, variables, table, false);
  }

  private TermPreparer(
      TypeResolver types,
      FunctionRegistry functions,
      BindVariables variables,
      TableDefinition table,
      boolean selection) {
    this.types = types;
    this.functions = functions;
    this.variables = variables;
    this.table = table;
    this.selection = selection;
  }

  /** The same, for what a SELECT selects. */
  public TermPreparer forSelection() {
    return new TermPreparer(types, functions, variables, table, true);
  }

  /** The aggregates called so far, by slot. */
  public List<AggregateCall> aggregates() {
    return aggregates;
  }

  /** The variables found so far. */
  public BindVariables variables() {
    return variables;
  }

  /** What resolves the names of types. */
  public TypeResolver types() {
    return types;
  }

  /**
   * Prepares a term for a receiver.
   *
   * @throws CqlException INVALID if it does not fit
   */
  public PreparedTerm prepare(Term term, Receiver receiver) {
    return switch (term) {
      case Term.Literal t -> Literals.prepare(t, receiver);
      case Term.NullLiteral t -> new PreparedTerm.Constant(receiver.type(), null);
      case Term.BindMarker t -> {
        variables.add(t, receiver);
        yield new MarkerTerm(receiver.type(), t.index());
      }
      case Term.ListLiteral t -> CollectionTerms.list(this, t, receiver);
      case Term.SetLiteral t -> CollectionTerms.set(this, t, receiver);
      case Term.MapLiteral t -> CollectionTerms.map(this, t, receiver);
      case Term.UserTypeLiteral t -> CollectionTerms.userType(this, t, receiver);
      case Term.TupleLiteral t -> CollectionTerms.tuple(this, t, receiver);
      case Term.FunctionCall t -> checked(call(t, receiver.type()), t, receiver);
      case Term.Cast t -> checked(prepareSelection(t, null), t, receiver);
      case Term.TypeHint t -> hint(t, receiver);
      case Term.Arithmetic t -> checked(arithmetic(t, receiver.type()), t, receiver);
      case Term.Negation t -> checked(negation(t, receiver.type()), t, receiver);
      case Term.InList t ->
          throw CqlException.invalid("Invalid list of values for %s", receiver.name());
      default -> {
        PreparedTerm prepared = prepareSelection(term, receiver.type());
        if (!receiver.type().assignmentFrom(prepared.type()).isAssignable()) {
          throw CqlException.invalid(
              "Type error: cannot assign %s (type %s) to %s (type %s)",
              TermText.of(term), prepared.type(), receiver.name(), receiver.type());
        }
        yield prepared;
      }
    };
  }

  private PreparedTerm checked(PreparedTerm prepared, Term term, Receiver receiver) {
    if (!receiver.type().assignmentFrom(prepared.type()).isAssignable()) {
      String what =
          term instanceof Term.FunctionCall call
              ? "result of function "
                  + (call.name().hasKeyspace() ? call.name() : "system." + call.name())
              : "result of operation " + TermText.of(term);
      throw CqlException.invalid(
          "Type error: cannot assign %s (type %s) to %s (type %s)",
          what, prepared.type(), receiver.name(), receiver.type());
    }
    return prepared;
  }

  private PreparedTerm hint(Term.TypeHint hint, Receiver receiver) {
    CqlType type = types.resolve(hint.type());
    if (!receiver.type().assignmentFrom(type).isAssignable()) {
      throw CqlException.invalid(
          "Cannot assign value %s to %s of type %s",
          TermText.of(hint), receiver.name(), receiver.type());
    }
    return hinted(hint, type, receiver);
  }

  private PreparedTerm hinted(Term.TypeHint hint, CqlType type, Receiver base) {
    String name = receiverName(hint.term(), TermText.of(hint));
    Receiver inner =
        base == null ? new Receiver(keyspace(), tableName(), name, type) : base.with(name, type);
    if (!test(hint.term(), inner).isAssignable()) {
      throw CqlException.invalid(
          "Cannot cast value %s to type %s", TermText.of(hint.term()), hint.type());
    }
    return prepare(hint.term(), inner);
  }

  /**
   * Prepares a term of a selection, which has no receiver but may have a wish.
   *
   * @param wish the type that the context would like, or null
   */
  public PreparedTerm prepareSelection(Term term, CqlType wish) {
    return switch (term) {
      case Term.ColumnRef t -> {
        ColumnDefinition column = column(t.column());
        yield new ColumnTerm(column.type(), column.id());
      }
      case Term.FunctionCall t -> call(t, wish);
      case Term.CountRows t -> aggregate("countRows", List.of(), List.of(), wish, t);
      case Term.Cast t -> cast(t);
      case Term.TypeHint t -> hinted(t, types.resolve(t.type()), null);
      case Term.Arithmetic t -> arithmetic(t, wish);
      case Term.Negation t -> negation(t, wish);
      case Term.FieldAccess t -> AccessTerms.field(prepareSelection(t.term(), null), t);
      case Term.ElementAccess t ->
          AccessTerms.element(this, prepareSelection(t.term(), null), t, keyspace(), tableName());
      case Term.SliceAccess t ->
          AccessTerms.slice(this, prepareSelection(t.term(), null), t, keyspace(), tableName());
      case Term.CellAttribute t -> AccessTerms.attribute(this, t);
      default -> {
        CqlType type = wish != null ? wish : typeOf(term);
        if (type == null) {
          throw CqlException.invalid(
              "Cannot infer type for term %s in selection clause (try using a cast to force a"
                  + " type)",
              TermText.of(term));
        }
        yield prepare(term, new Receiver(keyspace(), tableName(), TermText.of(term), type));
      }
    };
  }

  private String keyspace() {
    return table == null ? "" : table.keyspace();
  }

  private String tableName() {
    return table == null ? "" : table.name();
  }

  ColumnDefinition column(Identifier name) {
    ColumnDefinition column = table == null ? null : table.column(name.name());
    if (column == null) {
      throw CqlException.invalid(
          "Undefined column name %s in table %s", name.name(), table == null ? "" : table);
    }
    if (!selection) {
      throw CqlException.invalid("Column %s cannot be used here", name.name());
    }
    return column;
  }

  /** How well a term fits a receiver. */
  public Assignment test(Term term, Receiver receiver) {
    CqlType type = receiver.type();
    return switch (term) {
      case Term.Literal t -> Literals.test(t, type);
      case Term.NullLiteral t -> Assignment.WEAK;
      case Term.BindMarker t -> Assignment.WEAK;
      case Term.ListLiteral t -> CollectionTerms.testList(this, t, receiver);
      case Term.SetLiteral t -> CollectionTerms.testSet(this, t, receiver);
      case Term.MapLiteral t -> CollectionTerms.testMap(this, t, receiver);
      case Term.UserTypeLiteral t -> CollectionTerms.testUserType(this, t, receiver);
      case Term.TupleLiteral t -> CollectionTerms.testTuple(this, t, receiver);
      default -> {
        CqlType known = typeOf(term, type);
        yield known == null ? Assignment.WEAK : type.assignmentFrom(known);
      }
    };
  }

  /** The type that a term has by itself, or null if only a receiver could tell. */
  public CqlType typeOf(Term term) {
    return typeOf(term, null);
  }

  private CqlType typeOf(Term term, CqlType wish) {
    return switch (term) {
      case Term.Literal t -> Literals.exactType(t);
      case Term.NullLiteral t -> null;
      case Term.BindMarker t -> null;
      case Term.InList t -> null;
      case Term.TypeHint t -> types.resolve(t.type());
      case Term.ListLiteral t -> CollectionTerms.typeOfList(this, t);
      case Term.SetLiteral t -> CollectionTerms.typeOfSet(this, t);
      case Term.MapLiteral t -> CollectionTerms.typeOfMap(this, t);
      case Term.TupleLiteral t -> CollectionTerms.typeOfTuple(this, t);
      case Term.UserTypeLiteral t -> null;
      default -> {
        int before = aggregates.size();
        CqlType type =
            new TermPreparer(types, functions, new BindVariables(), table, selection)
                .prepareSelection(term, wish)
                .type();
        while (aggregates.size() > before) {
          aggregates.remove(aggregates.size() - 1);
        }
        yield type;
      }
    };
  }

  /** As {@link #typeOf}, but literals have the type that they prefer. */
  CqlType preferredTypeOf(Term term) {
    return term instanceof Term.Literal literal
        ? Literals.preferredType(literal)
        : typeOf(term, null);
  }

  private PreparedTerm cast(Term.Cast cast) {
    PreparedTerm argument = prepareSelection(cast.term(), null);
    CqlType target = types.resolve(cast.type());
    if (argument.type().equals(target)) {
      return argument;
    }
    List<CqlFunction> candidates =
        functions.candidates(
            "cast", List.of(argument.type()), List.of(TermText.of(cast.term())), target, table);
    if (candidates.isEmpty()) {
      String function = "cast_as_" + target.cqlName();
      List<CqlFunction> others = functions.candidates(function, List.of(), List.of(), null, table);
      throw others.isEmpty()
          ? CqlException.invalid(
              "%s cannot be cast to %s", TermText.of(cast.term()), target.cqlName())
          : noMatch("system." + function, others);
    }
    return new CallTerm((ScalarFunction) candidates.get(0), List.of(argument));
  }

  private PreparedTerm negation(Term.Negation term, CqlType wish) {
    return operation("_negate", "-", List.of(term.term()), wish);
  }

  private PreparedTerm arithmetic(Term.Arithmetic term, CqlType wish) {
    String name =
        switch (term.operator()) {
          case ADD -> "_add";
          case SUBTRACT -> "_substract";
          case MULTIPLY -> "_multiply";
          case DIVIDE -> "_divide";
          case MODULO -> "_modulo";
        };
    return operation(name, term.operator().toString(), List.of(term.left(), term.right()), wish);
  }

  private PreparedTerm operation(String name, String symbol, List<Term> operands, CqlType wish) {
    List<CqlType> known = new ArrayList<>();
    for (Term operand : operands) {
      known.add(
          operand instanceof Term.Literal
                  && wish != null
                  && Literals.test((Term.Literal) operand, wish).isAssignable()
                  && (isNumber(wish) || wish.kind() == Kind.TIMESTAMP || wish.kind() == Kind.DATE)
              ? wish
              : preferredTypeOf(operand));
    }
    if (known.stream().allMatch(Objects::isNull)) {
      if (wish == null) {
        throw CqlException.invalid(
            "Ambiguous '%s' operation with args %s%s: use type hint to disambiguate, example '(int)"
                + " ?'",
            symbol,
            TermText.of(operands.get(0)),
            operands.size() > 1 ? " and " + TermText.of(operands.get(1)) : "");
      }
      known.replaceAll(t -> wish);
    }
    CqlType other = known.stream().filter(Objects::nonNull).findFirst().orElseThrow();
    known.replaceAll(t -> t == null ? other : t);
    List<CqlFunction> candidates = functions.candidates(name, known, texts(operands), wish, table);
    if (candidates.isEmpty()) {
      throw CqlException.invalid(
          operands.size() == 1
              ? "the '%s' operation is not supported on %s"
              : "the '%s' operation is not supported between %s and %s",
          symbol,
          TermText.of(operands.get(0)),
          operands.size() == 1 ? "" : TermText.of(operands.get(1)));
    }
    CqlFunction function = candidates.get(0);
    List<PreparedTerm> arguments = new ArrayList<>();
    for (int i = 0; i < operands.size(); i++) {
      arguments.add(argument(operands.get(i), function, i));
    }
    return new CallTerm((ScalarFunction) function, arguments);
  }

  private static boolean isNumber(CqlType type) {
    return switch (type.kind()) {
      case TINYINT, SMALLINT, INT, BIGINT, VARINT, FLOAT, DOUBLE, DECIMAL -> true;
      default -> false;
    };
  }

  private CqlException unknownFunction(FunctionName name) {
    return CqlException.invalid(
        selection ? "Unknown function '%s'" : "Unknown function %s called", name);
  }

  private PreparedTerm call(Term.FunctionCall call, CqlType wish) {
    String name = call.name().name();
    if (name.equals("count")
        && call.arguments().size() == 1
        && call.arguments().get(0) instanceof Term.Literal) {
      return aggregate("countRows", List.of(), List.of(), wish, call);
    }
    if (call.name().hasKeyspace() && !call.name().keyspace().equals("system")) {
      throw unknownFunction(call.name());
    }
    List<CqlType> known = new ArrayList<>();
    for (Term argument : call.arguments()) {
      known.add(typeOf(argument));
    }
    List<CqlFunction> candidates =
        functions.candidates(name, known, texts(call.arguments()), wish, table);
    if (candidates.isEmpty()) {
      throw unknownFunction(call.name());
    }
    CqlFunction function = resolve(call, candidates, wish);
    List<PreparedTerm> arguments = new ArrayList<>();
    for (int i = 0; i < call.arguments().size(); i++) {
      arguments.add(argument(call.arguments().get(i), function, i));
    }
    if (function instanceof AggregateFunction aggregate) {
      return aggregateTerm(aggregate, arguments);
    }
    return new CallTerm((ScalarFunction) function, arguments);
  }

  private static List<String> texts(List<Term> terms) {
    return terms.stream().map(TermText::of).toList();
  }

  /** What a term is for, by name; all that is bound in a selection has one name. */
  private String receiverName(Term term, String otherwise) {
    return selection && term instanceof Term.BindMarker ? "[selection]" : otherwise;
  }

  private PreparedTerm argument(Term term, CqlFunction function, int index) {
    CqlType type = function.argumentTypes().get(index);
    Receiver receiver =
        new Receiver(
            keyspace(),
            tableName(),
            receiverName(term, "arg" + index + "(" + qualified(function) + ")"),
            type);
    return selection && !(term instanceof Term.Literal) && !(term instanceof Term.BindMarker)
        ? prepareSelectionFor(term, receiver)
        : prepare(term, receiver);
  }

  private PreparedTerm prepareSelectionFor(Term term, Receiver receiver) {
    return switch (term) {
      case Term.ColumnRef t -> prepareSelection(t, null);
      case Term.CellAttribute t -> prepareSelection(t, null);
      case Term.FieldAccess t -> prepareSelection(t, null);
      case Term.ElementAccess t -> prepareSelection(t, null);
      case Term.SliceAccess t -> prepareSelection(t, null);
      default -> prepare(term, receiver);
    };
  }

  private PreparedTerm aggregate(
      String name, List<CqlType> types, List<PreparedTerm> arguments, CqlType wish, Term term) {
    List<CqlFunction> candidates = functions.candidates(name, types, List.of(), wish, table);
    if (candidates.isEmpty()) {
      throw CqlException.invalid("Unknown function '%s'", TermText.of(term));
    }
    return aggregateTerm((AggregateFunction) candidates.get(0), arguments);
  }

  private PreparedTerm aggregateTerm(AggregateFunction function, List<PreparedTerm> arguments) {
    if (!selection) {
      throw CqlException.invalid("Aggregation function are not supported in the where clause");
    }
    if (arguments.stream().anyMatch(AggregateTerm.class::isInstance)) {
      throw CqlException.invalid(
          "aggregate functions cannot be used as arguments of aggregate functions");
    }
    aggregates.add(new AggregateCall(function, arguments));
    return new AggregateTerm(function.returnType(), aggregates.size() - 1);
  }

  private CqlFunction resolve(Term.FunctionCall call, List<CqlFunction> candidates, CqlType wish) {
    if (candidates.size() == 1) {
      CqlFunction only = candidates.get(0);
      checkArguments(call, only);
      return only;
    }
    List<CqlFunction> compatible = new ArrayList<>();
    for (CqlFunction candidate : candidates) {
      Assignment match = match(call, candidate);
      if (match == Assignment.EXACT) {
        return candidate;
      }
      if (match == Assignment.WEAK) {
        compatible.add(candidate);
      }
    }
    if (compatible.size() > 1 && wish != null) {
      List<CqlFunction> wished =
          compatible.stream().filter(f -> f.returnType().equals(wish)).toList();
      if (wished.size() == 1) {
        return wished.get(0);
      }
    }
    if (compatible.isEmpty()) {
      throw noMatch(call.name().toString(), candidates);
    }
    if (compatible.size() > 1) {
      throw CqlException.invalid(
          "Ambiguous call to function %s (can be matched by following signatures: %s): use type"
              + " casts to disambiguate",
          call.name(), signatures(compatible));
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
      CqlType type = function.argumentTypes().get(i);
      if (!test(call.arguments().get(i), new Receiver(keyspace(), tableName(), "", type))
          .isAssignable()) {
        throw CqlException.invalid(
            "Type error: %s cannot be passed as argument %d of function %s of type %s",
            TermText.of(call.arguments().get(i)), i, qualified(function), type.cqlName());
      }
    }
  }

  private Assignment match(Term.FunctionCall call, CqlFunction function) {
    if (call.arguments().size() != function.argumentTypes().size()) {
      return Assignment.NOT;
    }
    Assignment result = Assignment.EXACT;
    for (int i = 0; i < call.arguments().size(); i++) {
      CqlType type = function.argumentTypes().get(i);
      Assignment one =
          test(call.arguments().get(i), new Receiver(keyspace(), tableName(), "", type));
      if (one == Assignment.NOT) {
        return Assignment.NOT;
      }
      if (one == Assignment.WEAK) {
        result = Assignment.WEAK;
      }
    }
    return result;
  }

  private static String qualified(CqlFunction function) {
    return "system." + function.name();
  }

  private static CqlException noMatch(String function, List<CqlFunction> known) {
    return CqlException.invalid(
        "Invalid call to function %s, none of its type signatures match (known type signatures:"
            + " %s)",
        function, signatures(known));
  }

  private static String signatures(List<CqlFunction> functions) {
    return functions.stream()
        .map(TermPreparer::signature)
        .collect(java.util.stream.Collectors.joining(", "));
  }

  private static String signature(CqlFunction function) {
    return function.argumentTypes().stream()
        .map(CqlType::cqlName)
        .collect(
            java.util.stream.Collectors.joining(
                ", ", qualified(function) + " : (", ") -> " + function.returnType().cqlName()));
  }

  /** A bind marker. */
  private record MarkerTerm(CqlType type, int index) implements PreparedTerm {
    @Override
    public byte[] evaluate(Evaluation evaluation) {
      byte[] value = evaluation.bound(index);
      if (value != null && !Values.isUnset(value)) {
        type.validate(value);
      }
      return value;
    }
  }

  private record ColumnTerm(CqlType type, int columnId) implements PreparedTerm {
    @Override
    public byte[] evaluate(Evaluation evaluation) {
      return evaluation.row().value(columnId);
    }
  }

  private record AggregateTerm(CqlType type, int slot) implements PreparedTerm {
    @Override
    public byte[] evaluate(Evaluation evaluation) {
      return evaluation.aggregate(slot);
    }
  }

  private record CallTerm(ScalarFunction function, List<PreparedTerm> arguments)
      implements PreparedTerm {
    @Override
    public CqlType type() {
      return function.returnType();
    }

    @Override
    public byte[] evaluate(Evaluation evaluation) {
      byte[][] values = new byte[arguments.size()][];
      for (int i = 0; i < values.length; i++) {
        values[i] = arguments.get(i).evaluate(evaluation);
        if (Values.isUnset(values[i])) {
          throw CqlException.invalid(
              "Invalid unset value for argument in call to function %s", function.name());
        }
      }
      return function.execute(values, evaluation.functions());
    }
  }

  /** The number of the column that a selected term is, or 0 if it is anything else. */
  public static int columnId(PreparedTerm term) {
    return term instanceof ColumnTerm column ? column.columnId : 0;
  }

  /** Whether a type is one whose native kind is given. */
  static boolean is(CqlType type, Kind kind) {
    return type instanceof NativeType && type.kind() == kind;
  }
}
