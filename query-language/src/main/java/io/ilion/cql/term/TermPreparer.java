package io.ilion.cql.term;

import io.ilion.cql.ast.ArithmeticOperator;
import io.ilion.cql.ast.Identifier;
import io.ilion.cql.ast.Term;
import io.ilion.cql.function.CqlFunction;
import io.ilion.cql.function.FunctionRegistry;
import io.ilion.cql.function.ScalarFunction;
import io.ilion.cql.schema.CqlNames;
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
import java.util.Locale;

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
  private final KnownTypes knownTypes;
  private final Calls calls;

  /** A preparer for values. */
  public TermPreparer(
      TypeResolver types,
      FunctionRegistry functions,
      BindVariables variables,
      TableDefinition table) {
    this(types, functions, variables, table, false, new KnownTypes());
  }

  private TermPreparer(
      TypeResolver types,
      FunctionRegistry functions,
      BindVariables variables,
      TableDefinition table,
      boolean selection,
      KnownTypes knownTypes) {
    this.types = types;
    this.functions = functions;
    this.variables = variables;
    this.table = table;
    this.selection = selection;
    this.knownTypes = knownTypes;
    calls = new Calls(this, functions, table, aggregates);
  }

  /** The same, for what a SELECT selects. */
  public TermPreparer forSelection() {
    return new TermPreparer(types, functions, variables, table, true, new KnownTypes());
  }

  /** The same, for values in a selection that cannot name columns, such as keys of elements. */
  TermPreparer forValues() {
    return selection
        ? new TermPreparer(types, functions, variables, table, false, new KnownTypes())
        : this;
  }

  boolean isSelection() {
    return selection;
  }

  /** What a function is asked to give: in a selection it is resolved by its arguments alone. */
  private CqlType wish(Receiver receiver) {
    return selection ? null : receiver.type();
  }

  /** The aggregates called so far, by slot. */
  public List<AggregateCall> aggregates() {
    return aggregates;
  }

  /** The variables found so far. */
  public BindVariables variables() {
    return variables;
  }

  /** The function that adds two values of a type, numbers or texts; null for other types. */
  public ScalarFunction sumOf(CqlType type) {
    for (CqlFunction overload :
        functions.candidates(ArithmeticOperator.ADD.function(), List.of(), type, table)) {
      if (overload.returnType().equals(type)
          && overload.argumentTypes().stream().allMatch(type::equals)) {
        return (ScalarFunction) overload;
      }
    }
    return null;
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
        // All that is bound in a selection has one name.
        variables.add(t, selection ? receiver.with("[selection]", receiver.type()) : receiver);
        yield new MarkerTerm(receiver.type(), t.index());
      }
      case Term.ListLiteral t -> CollectionTerms.list(this, t, receiver);
      case Term.SetLiteral t -> CollectionTerms.set(this, t, receiver);
      case Term.MapLiteral t when isUserType(t, receiver) ->
          CollectionTerms.userType(this, asUserType(t), receiver);
      case Term.MapLiteral t -> CollectionTerms.map(this, t, receiver);
      case Term.UserTypeLiteral t -> CollectionTerms.userType(this, t, receiver);
      case Term.TupleLiteral t -> CollectionTerms.tuple(this, t, receiver);
      case Term.FunctionCall t -> checked(calls.call(t, wish(receiver)), t, receiver);
      case Term.Cast t -> checked(prepareSelection(t, null), t, receiver);
      case Term.TypeHint t -> hint(t, receiver);
      case Term.Arithmetic t -> checked(calls.arithmetic(t, wish(receiver)), t, receiver);
      case Term.Negation t -> checked(calls.negation(t, wish(receiver)), t, receiver);
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

  /** In a selection names before colons may be columns or fields: the receiver decides. */
  private boolean isUserType(Term.MapLiteral literal, Receiver receiver) {
    return selection
        && receiver.type().isUdt()
        && literal.entries().stream().allMatch(e -> e.key() instanceof Term.ColumnRef);
  }

  private static Term.UserTypeLiteral asUserType(Term.MapLiteral literal) {
    List<Term.FieldValue> fields = new ArrayList<>();
    for (Term.MapEntry entry : literal.entries()) {
      fields.add(new Term.FieldValue(((Term.ColumnRef) entry.key()).column(), entry.value()));
    }
    return new Term.UserTypeLiteral(fields, literal.position());
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
    String name = TermText.of(hint);
    Receiver inner = new Receiver(keyspace(), tableName(), name, type);
    if (!test(hint.term(), inner).isAssignable()) {
      throw selection
          ? CqlException.invalid("Cannot assign value %s to %s of type %s", name, name, type)
          : CqlException.invalid(
              "Cannot cast value %s to type %s", TermText.of(hint.term()), hint.type());
    }
    return prepare(hint.term(), selection || base == null ? inner : base);
  }

  /**
   * Resolves the functions and columns that a term of a selection names, which comes before any
   * other check.
   */
  public void resolve(Term term) {
    switch (term) {
      case Term.ColumnRef t -> column(t.column());
      case Term.CellAttribute t -> resolve(t.column());
      case Term.FieldAccess t -> resolve(t.term());
      case Term.ElementAccess t -> resolve(t.term());
      case Term.SliceAccess t -> resolve(t.term());
      case Term.Cast t -> resolve(t.term());
      case Term.TypeHint t -> resolve(t.term());
      case Term.ListLiteral t -> t.elements().forEach(this::resolve);
      case Term.SetLiteral t -> t.elements().forEach(this::resolve);
      case Term.TupleLiteral t -> t.elements().forEach(this::resolve);
      case Term.MapLiteral t -> t.entries().forEach(e -> resolve(e.value()));
      case Term.UserTypeLiteral t -> t.fields().forEach(f -> resolve(f.value()));
      case Term.FunctionCall t -> {
        t.arguments().forEach(this::resolve);
        calls.resolve(t, null);
      }
      case Term.Arithmetic t -> {
        resolve(t.left());
        resolve(t.right());
        calls.arithmeticFunction(t, null);
      }
      case Term.Negation t -> {
        resolve(t.term());
        calls.negationFunction(t, null);
      }
      default -> {
        // Literals and bind markers name nothing.
      }
    }
  }

  /** Refuses a call of an aggregate in GROUP BY. */
  public void refuseAggregate(Term term) {
    if (term instanceof Term.FunctionCall call && calls.resolve(call, null).isAggregate()) {
      throw CqlException.invalid(
          "Aggregate functions are not supported within the GROUP BY clause, got: system.%s",
          calls.resolve(call, null).name().equals("countRows") ? "count_rows" : call.name().name());
    }
    if (term instanceof Term.CountRows) {
      throw CqlException.invalid(
          "Aggregate functions are not supported within the GROUP BY clause, got:"
              + " system.count_rows");
    }
  }

  /** Refuses calls in GROUP BY of functions that would take rows apart that stand together. */
  public static void requireMonotonic(PreparedTerm term) {
    if (term instanceof CallTerm call) {
      if (!call.function.isMonotonic()) {
        List<Boolean> constants = call.arguments.stream().map(PreparedTerm::isConstant).toList();
        throw CqlException.invalid(
            "Only monotonic functions are supported in the GROUP BY clause. Got: %s ",
            Calls.partialText(call.function, constants));
      }
      call.arguments.forEach(TermPreparer::requireMonotonic);
    }
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
      case Term.FunctionCall t -> calls.call(t, null);
      case Term.CountRows t -> calls.countRows(t);
      case Term.Cast t -> cast(t);
      case Term.TypeHint t -> hinted(t, types.resolve(t.type()), null);
      case Term.Arithmetic t -> calls.arithmetic(t, null);
      case Term.Negation t -> calls.negation(t, null);
      case Term.FieldAccess t -> AccessTerms.field(prepareSelection(t.term(), null), t);
      case Term.ElementAccess t ->
          AccessTerms.element(this, prepareSelection(t.term(), null), t, keyspace(), tableName());
      case Term.SliceAccess t ->
          AccessTerms.slice(this, prepareSelection(t.term(), null), t, keyspace(), tableName());
      case Term.CellAttribute t -> AccessTerms.attribute(this, t);
      default -> {
        CqlType type = wish != null ? wish : isOfLiterals(term) ? null : typeOf(term);
        if (type == null) {
          throw CqlException.invalid(
              "Cannot infer type for term %s in selection clause (try using a cast to force a"
                  + " type)",
              new SelectionText(table, types).of(term));
        }
        yield prepare(term, new Receiver(keyspace(), tableName(), TermText.of(term), type));
      }
    };
  }

  /** Whether a term is a literal, or made of literals alone: these could be of several types. */
  private static boolean isOfLiterals(Term term) {
    return switch (term) {
      case Term.Literal t -> true;
      case Term.ListLiteral t -> t.elements().stream().allMatch(TermPreparer::isOfLiterals);
      case Term.SetLiteral t -> t.elements().stream().allMatch(TermPreparer::isOfLiterals);
      case Term.TupleLiteral t -> t.elements().stream().anyMatch(TermPreparer::isOfLiterals);
      default -> false;
    };
  }

  String keyspace() {
    return table == null ? "" : table.keyspace();
  }

  String tableName() {
    return table == null ? "" : table.name();
  }

  ColumnDefinition column(Identifier name) {
    ColumnDefinition column = table == null ? null : table.column(name.name());
    if (column == null) {
      throw CqlException.invalid(
          "Undefined column name %s in table %s",
          CqlNames.quoted(name.name()), table == null ? "" : table);
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
      case Term.NullLiteral t -> type.isCounter() ? Assignment.NOT : Assignment.WEAK;
      case Term.BindMarker t -> Assignment.WEAK;
      case Term.ListLiteral t -> CollectionTerms.testList(this, t, receiver);
      case Term.SetLiteral t -> CollectionTerms.testSet(this, t, receiver);
      case Term.MapLiteral t when isUserType(t, receiver) ->
          CollectionTerms.testUserType(this, asUserType(t), receiver);
      case Term.MapLiteral t -> CollectionTerms.testMap(this, t, receiver);
      case Term.UserTypeLiteral t -> CollectionTerms.testUserType(this, t, receiver);
      case Term.TupleLiteral t -> CollectionTerms.testTuple(this, t, receiver);
      default -> {
        CqlType known = typeOf(term, wish(receiver));
        if (known != null) {
          yield type.assignmentFrom(known);
        }
        boolean part = term instanceof Term.ElementAccess || term instanceof Term.SliceAccess;
        yield part ? Assignment.NOT : Assignment.WEAK;
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
      case Term.ListLiteral t -> CommonTypes.ofList(this, t);
      case Term.SetLiteral t -> CommonTypes.ofSet(this, t);
      case Term.MapLiteral t -> selection ? null : CommonTypes.ofMap(this, t);
      case Term.TupleLiteral t -> CommonTypes.ofTuple(this, t);
      case Term.UserTypeLiteral t -> null;
      default -> knownTypes.of(term, wish, () -> resultType(term, wish));
    };
  }

  /** The type of a call; null where it fails outside of a selection, since it fails again later. */
  private CqlType resultType(Term term, CqlType wish) {
    try {
      TermPreparer trial =
          new TermPreparer(types, functions, new BindVariables(), table, selection, knownTypes);
      return switch (term) {
        case Term.FunctionCall t -> trial.calls.resolve(t, wish).returnType();
        case Term.Arithmetic t -> trial.calls.arithmeticFunction(t, wish).returnType();
        case Term.Negation t -> trial.calls.negationFunction(t, wish).returnType();
        case Term.CellAttribute t -> AccessTerms.attributeType(trial, t);
        case Term.SliceAccess t -> AccessTerms.sliceType(trial, t);
        case Term.ElementAccess t -> AccessTerms.elementType(trial, t);
        case Term.Cast t -> types.resolve(t.type());
        default -> trial.prepareSelection(term, wish).type();
      };
    } catch (CqlException e) {
      if (selection) {
        throw e;
      }
      return null;
    }
  }

  /** A cast is a call of the function that is named after its type. */
  private PreparedTerm cast(Term.Cast cast) {
    PreparedTerm argument = prepareSelection(cast.term(), null);
    CqlType target = types.resolve(cast.type());
    if (argument.type().equals(target)) {
      return argument;
    }
    String function = "cast_as_" + cast.type().toString().toLowerCase(Locale.ROOT);
    List<CqlFunction> overloads = functions.candidates(function, List.of(), null, table);
    if (overloads.isEmpty()) {
      throw selection
          ? CqlException.invalid(
              "%s cannot be cast to %s",
              new SelectionText(table, types).of(cast.term()), cast.type())
          : CqlException.invalid("Unknown function system.%s called", function);
    }
    CqlFunction found = calls.conversion("system." + function, overloads, argument.type());
    return new CallTerm((ScalarFunction) found, List.of(argument));
  }

  /** A bind marker. */
  private record MarkerTerm(CqlType type, int index) implements PreparedTerm {
    @Override
    public boolean hasMarker() {
      return true;
    }

    @Override
    public byte[] evaluate(Evaluation evaluation) {
      byte[] value = evaluation.bound(index);
      if (value != null && !Values.isUnset(value)) {
        type.validate(value);
        return type.ordered(value);
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

  record AggregateTerm(CqlType type, int slot) implements PreparedTerm {
    @Override
    public byte[] evaluate(Evaluation evaluation) {
      return evaluation.aggregate(slot);
    }
  }

  record CallTerm(ScalarFunction function, List<PreparedTerm> arguments) implements PreparedTerm {
    @Override
    public CqlType type() {
      return function.returnType();
    }

    @Override
    public boolean hasMarker() {
      return arguments.stream().anyMatch(PreparedTerm::hasMarker);
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
