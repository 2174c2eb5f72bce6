package io.ilion.cql.restrict;

import io.ilion.cql.ast.Identifier;
import io.ilion.cql.ast.Operator;
import io.ilion.cql.ast.Relation;
import io.ilion.cql.ast.Term;
import io.ilion.cql.restrict.Restrictions.TokenBounds;
import io.ilion.cql.schema.CqlNames;
import io.ilion.cql.term.PreparedTerm;
import io.ilion.cql.term.Receiver;
import io.ilion.cql.term.TermPreparer;
import io.ilion.cql.term.TermText;
import io.ilion.model.CqlException;
import io.ilion.model.schema.ColumnDefinition;
import io.ilion.model.schema.TableDefinition;
import io.ilion.model.type.CqlType;
import io.ilion.model.type.CqlType.Kind;
import io.ilion.model.type.ListType;
import io.ilion.model.type.NativeType;
import java.util.ArrayList;
import java.util.List;

/**
 * Prepares the relations of a WHERE clause, of whatever statement, and sorts them by the part of
 * the table that they are on. What two relations on one column may say is decided here; which
 * columns a statement must or may restrict is not.
 */
final class PreparedRelations {
  private final TableDefinition table;
  private final TermPreparer preparer;
  private final boolean allowFiltering;
  final List<ColumnRestriction> onKey = new ArrayList<>();
  final List<ColumnRestriction> onClustering = new ArrayList<>();
  final List<ColumnRestriction> onOthers = new ArrayList<>();
  private PreparedTerm tokenStart;
  private boolean tokenStartInclusive;
  private PreparedTerm tokenEnd;
  private boolean tokenEndInclusive;
  private boolean hasToken;
  private boolean tokenEquality;

  private PreparedRelations(TableDefinition table, TermPreparer preparer, boolean allowFiltering) {
    this.table = table;
    this.preparer = preparer;
    this.allowFiltering = allowFiltering;
  }

  /**
   * Prepares relations.
   *
   * @param allowFiltering whether rows may be looked at, so that clustering columns need not narrow
   *     an interval
   */
  static PreparedRelations of(
      TableDefinition table,
      List<Relation> relations,
      TermPreparer preparer,
      boolean allowFiltering) {
    PreparedRelations prepared = new PreparedRelations(table, preparer, allowFiltering);
    relations.forEach(prepared::add);
    prepared.onKey.sort(Restrictions.byPosition());
    prepared.onClustering.sort(Restrictions.byPosition());
    return prepared;
  }

  boolean hasToken() {
    return hasToken;
  }

  /** The bounds of tokens, or null if no relation is on them. */
  TokenBounds tokens() {
    return hasToken
        ? new TokenBounds(tokenStart, tokenStartInclusive, tokenEnd, tokenEndInclusive)
        : null;
  }

  private ColumnDefinition column(Identifier name) {
    ColumnDefinition column = table.column(name.name());
    if (column == null) {
      throw CqlException.invalid(
          "Undefined column name %s in table %s", CqlNames.quoted(name.name()), table);
    }
    return column;
  }

  private void add(Relation relation) {
    String unequal = textOfUnequal(relation);
    if (unequal != null) {
      // Nothing else is looked at, not even whether there is such a column.
      throw CqlException.invalid("Unsupported \"!=\" relation: %s", unequal);
    }
    switch (relation) {
      case Relation.OnColumn r -> addColumn(r);
      case Relation.OnElement r -> addElement(r);
      case Relation.OnToken r -> addToken(r);
      case Relation.OnTuple r when isOfOne(r) ->
          addColumn(new Relation.OnColumn(r.columns().get(0), r.operator(), ofOne(r.value())));
      case Relation.OnTuple r -> addTuple(r);
      case Relation.IsNotNull r ->
          throw CqlException.invalid("Unsupported restriction: %s IS NOT NULL", r.column().name());
      case Relation.OnIndex r ->
          throw CqlException.invalid("Invalid expression: custom indexes are not supported yet");
    }
  }

  /** The text of a relation with {@code !=}; null of any other. */
  private static String textOfUnequal(Relation relation) {
    return switch (relation) {
      case Relation.OnColumn r when r.operator() == Operator.NEQ ->
          CqlNames.quoted(r.column().name()) + " != " + TermText.ofValue(r.value());
      case Relation.OnElement r when r.operator() == Operator.NEQ ->
          "%s[%s] != %s"
              .formatted(
                  CqlNames.quoted(r.column().name()),
                  TermText.ofValue(r.key()),
                  TermText.ofValue(r.value()));
      case Relation.OnTuple r when r.operator() == Operator.NEQ -> text(r);
      case Relation.OnToken r when r.operator() == Operator.NEQ ->
          "token(%s) != %s".formatted(names(r.columns()), TermText.ofValue(r.value()));
      default -> null;
    };
  }

  private static String names(List<Identifier> columns) {
    return String.join(", ", columns.stream().map(c -> CqlNames.quoted(c.name())).toList());
  }

  /** Whether a relation is on a tuple of one clustering column and of values that stand there. */
  private boolean isOfOne(Relation.OnTuple r) {
    ColumnDefinition column = table.column(r.columns().get(0).name());
    boolean given =
        isTupleOfOne(r.value())
            || (r.value() instanceof Term.InList in
                && in.elements().stream().allMatch(PreparedRelations::isTupleOfOne));
    return r.columns().size() == 1 && given && column != null && column.isClustering();
  }

  private static boolean isTupleOfOne(Term term) {
    return term instanceof Term.TupleLiteral tuple && tuple.elements().size() == 1;
  }

  private static Term ofOne(Term value) {
    return value instanceof Term.InList in
        ? new Term.InList(
            in.elements().stream().map(PreparedRelations::ofOne).toList(), in.position())
        : ((Term.TupleLiteral) value).elements().get(0);
  }

  private void addColumn(Relation.OnColumn r) {
    ColumnDefinition column = column(r.column());
    CqlType type = column.type();
    Receiver receiver = Receiver.of(table, column);
    boolean contains = r.operator() == Operator.CONTAINS || r.operator() == Operator.CONTAINS_KEY;
    if (contains) {
      receiver = containsReceiver(column, r.operator(), receiver);
    } else if (type.isMultiCell() && type.isCollection()) {
      throw CqlException.invalid(
          "Collection column '%s' (%s) cannot be restricted by a '%s' relation",
          column.name(), type.cqlName(), r.operator());
    } else if (r.operator().isSlice() && type.referencesDuration()) {
      throw CqlException.invalid(
          type.kind() == Kind.DURATION
              ? "Slice restrictions are not supported on duration columns"
              : "Slice restrictions are not supported on %s containing durations",
          type.isCollection() ? "collections" : type.isUdt() ? "UDTs" : "tuples");
    }
    if (type.isUdt() && type.isMultiCell()) {
      throw CqlException.invalid(
          "Non-frozen UDT column '%s' (%s) cannot be restricted by any relation",
          column.name(), type.cqlName());
    }
    if (r.operator() == Operator.LIKE) {
      preparer.prepare(r.value(), receiver);
      throw CqlException.invalid(
          "LIKE restriction is only supported on properly indexed columns. %s LIKE %s is not"
              + " valid.",
          column.name(), TermText.ofValue(r.value()));
    }
    put(restriction(List.of(column), r.operator(), r.value(), receiver, false));
  }

  /** A single value behind IN is the same as =. */
  private ColumnRestriction restriction(
      List<ColumnDefinition> columns,
      Operator operator,
      Term value,
      Receiver receiver,
      boolean isTuple) {
    if (operator != Operator.IN) {
      ValueList values = ValueList.one(preparer.prepare(value, receiver));
      return new ColumnRestriction(columns, operator, null, values, isTuple);
    }
    ValueList values = inValues(value, receiver);
    boolean one = !values.bound() && values.terms().size() == 1;
    return new ColumnRestriction(columns, one ? Operator.EQ : operator, null, values, isTuple);
  }

  private static Receiver containsReceiver(
      ColumnDefinition column, Operator operator, Receiver receiver) {
    CqlType type = column.type();
    boolean keys = operator == Operator.CONTAINS_KEY;
    if (!type.isCollection() || (keys && type.kind() != Kind.MAP)) {
      throw CqlException.invalid(
          keys
              ? "Cannot use CONTAINS KEY on non-map column %s"
              : "Cannot use CONTAINS on non-collection column %s",
          column.name());
    }
    CqlType element = type.componentTypes().get(type.kind() == Kind.MAP && !keys ? 1 : 0);
    return receiver.with((keys ? "key(" : "value(") + column.name() + ")", element);
  }

  private ValueList inValues(Term value, Receiver receiver) {
    if (value instanceof Term.InList list) {
      List<PreparedTerm> terms = new ArrayList<>();
      for (Term element : list.elements()) {
        terms.add(preparer.prepare(element, receiver));
      }
      return new ValueList(terms, false);
    }
    String names = receiver.name().startsWith("(") ? receiver.name() : "(" + receiver.name() + ")";
    Receiver whole = receiver.with("in" + names, ListType.ofValues(receiver.type(), true));
    return new ValueList(List.of(preparer.prepare(value, whole)), true);
  }

  private void addElement(Relation.OnElement r) {
    ColumnDefinition column = column(r.column());
    CqlType type = column.type();
    if (type.kind() == Kind.LIST) {
      throw CqlException.invalid(
          "Indexes on list entries (%s[index] = value) are not currently supported.",
          column.name());
    }
    if (type.kind() != Kind.MAP) {
      throw CqlException.invalid("Column %s cannot be used as a map", column.name());
    }
    if (!type.isMultiCell()) {
      throw CqlException.invalid(
          "Map-entry equality predicates on frozen map column %s are not supported", column.name());
    }
    if (r.operator() != Operator.EQ) {
      throw CqlException.invalid("Only EQ relations are supported on map entries");
    }
    Receiver base = Receiver.of(table, column);
    PreparedTerm key =
        preparer.prepare(
            r.key(), base.with("key(" + column.name() + ")", type.componentTypes().get(0)));
    PreparedTerm value =
        preparer.prepare(
            r.value(), base.with("value(" + column.name() + ")", type.componentTypes().get(1)));
    put(new ColumnRestriction(List.of(column), r.operator(), key, ValueList.one(value), false));
  }

  private void addTuple(Relation.OnTuple r) {
    List<ColumnDefinition> columns = new ArrayList<>();
    for (Identifier name : r.columns()) {
      ColumnDefinition column = column(name);
      if (!column.isClustering()) {
        throw CqlException.invalid(
            "Multi-column relations can only be applied to clustering columns but was applied to:"
                + " %s",
            column.name());
      }
      if (columns.contains(column)) {
        throw CqlException.invalid(
            "Column \"%s\" appeared twice in a relation: %s", column.name(), text(r));
      }
      if (!columns.isEmpty()
          && column.position() != columns.get(columns.size() - 1).position() + 1) {
        throw CqlException.invalid(
            "Clustering columns must appear in the PRIMARY KEY order in multi-column relations: %s",
            text(r));
      }
      columns.add(column);
    }
    List<Term> tuples = r.value() instanceof Term.InList in ? in.elements() : List.of(r.value());
    for (Term tuple : tuples) {
      if (tuple instanceof Term.TupleLiteral literal) {
        checkComponents(columns, literal);
      }
    }
    CqlType type = preparer.types().tupleOf(columns.stream().map(ColumnDefinition::type).toList());
    String names =
        "(" + String.join(",", columns.stream().map(ColumnDefinition::name).toList()) + ")";
    Receiver receiver = new Receiver(table.keyspace(), table.name(), names, type);
    ColumnRestriction restriction = restriction(columns, r.operator(), r.value(), receiver, true);
    for (Term tuple : tuples) {
      if (tuple instanceof Term.TupleLiteral literal) {
        nameMarkers(columns, literal);
      }
    }
    put(restriction);
  }

  /** A marker inside a tuple is named after its column. */
  private void nameMarkers(List<ColumnDefinition> columns, Term.TupleLiteral tuple) {
    for (int i = 0; i < columns.size(); i++) {
      if (tuple.elements().get(i) instanceof Term.BindMarker marker) {
        preparer.prepare(marker, Receiver.of(table, columns.get(i)));
      }
    }
  }

  private static String text(Relation.OnTuple r) {
    return "(" + names(r.columns()) + ") " + r.operator() + " " + TermText.ofValue(r.value());
  }

  /** A literal tuple must fit its columns one by one; the errors name the column. */
  private void checkComponents(List<ColumnDefinition> columns, Term.TupleLiteral tuple) {
    if (tuple.elements().size() != columns.size()) {
      throw CqlException.invalid(
          "Expected %d elements in value tuple, but got %d: %s",
          columns.size(), tuple.elements().size(), TermText.ofValue(tuple));
    }
    for (int i = 0; i < columns.size(); i++) {
      Term component = tuple.elements().get(i);
      if (!(component instanceof Term.BindMarker)) {
        preparer.prepare(component, Receiver.of(table, columns.get(i)));
      }
    }
  }

  private void addToken(Relation.OnToken r) {
    List<String> wanted = table.partitionKey().stream().map(ColumnDefinition::name).toList();
    List<String> given = r.columns().stream().map(c -> column(c).name()).toList();
    if (!given.equals(wanted)) {
      if (!given.containsAll(wanted)) {
        throw CqlException.invalid(
            "The token() function must be applied to all partition key components or none of them");
      }
      if (!wanted.containsAll(given)) {
        throw CqlException.invalid(
            "The token() function must contains only partition key components");
      }
      throw CqlException.invalid(
          "The token function arguments must be in the partition key order: %s",
          String.join(", ", wanted));
    }
    PreparedTerm value =
        preparer.prepare(
            r.value(),
            new Receiver(table.keyspace(), table.name(), "partition key token", NativeType.BIGINT));
    if (hasToken && (tokenEquality || r.operator() == Operator.EQ)) {
      throw CqlException.invalid(
          tokenEquality
              ? "%s cannot be restricted by more than one relation if it includes an Equal"
              : "Columns \"%s\" cannot be restricted by both an equality and an inequality"
                  + " relation",
          keyNames());
    }
    hasToken = true;
    tokenEquality = r.operator() == Operator.EQ;
    switch (r.operator()) {
      case EQ -> {
        start(value, true);
        end(value, true);
      }
      case GT, GTE -> start(value, r.operator() == Operator.GTE);
      case LT, LTE -> end(value, r.operator() == Operator.LTE);
      default ->
          throw CqlException.invalid("%s cannot be used with the token function", r.operator());
    }
  }

  private void start(PreparedTerm value, boolean inclusive) {
    if (tokenStart != null) {
      throw CqlException.invalid(
          "More than one restriction was found for the start bound on %s", keyNames());
    }
    tokenStart = value;
    tokenStartInclusive = inclusive;
  }

  private void end(PreparedTerm value, boolean inclusive) {
    if (tokenEnd != null) {
      throw CqlException.invalid(
          "More than one restriction was found for the end bound on %s", keyNames());
    }
    tokenEnd = value;
    tokenEndInclusive = inclusive;
  }

  private String keyNames() {
    return String.join(", ", table.partitionKey().stream().map(ColumnDefinition::name).toList());
  }

  private void put(ColumnRestriction r) {
    ColumnDefinition first = r.first();
    List<ColumnRestriction> group =
        first.isPartitionKey() ? onKey : first.isClustering() ? onClustering : onOthers;
    for (ColumnRestriction other : group) {
      checkTogether(other, r);
    }
    if (first.isClustering() && !allowFiltering) {
      checkSlice(r);
    }
    group.add(r);
  }

  /** Behind a slice no further clustering column can narrow the rows. */
  private void checkSlice(ColumnRestriction added) {
    int position = added.first().position();
    ColumnRestriction last = null;
    ColumnRestriction next = null;
    for (ColumnRestriction r : onClustering) {
      int other = r.first().position();
      last = last == null || other >= last.first().position() ? r : last;
      boolean nearer = next == null || other < next.first().position();
      next = other > position && nearer ? r : next;
    }
    if (last != null && last.isSlice() && position > last.first().position()) {
      throw CqlException.invalid(
          "Clustering column \"%s\" cannot be restricted (preceding column \"%s\" is restricted by"
              + " a non-EQ relation)",
          added.first().name(), last.first().name());
    }
    if (next != null && added.isSlice()) {
      throw CqlException.invalid(
          "PRIMARY KEY column \"%s\" cannot be restricted (preceding column \"%s\" is restricted by"
              + " a non-EQ relation)",
          next.first().name(), added.first().name());
    }
  }

  /** What a relation says of columns that one before it restricts too. */
  private static void checkTogether(ColumnRestriction before, ColumnRestriction now) {
    List<ColumnDefinition> shared =
        now.columns().stream().filter(before.columns()::contains).toList();
    if (shared.isEmpty() || before.element() != null) {
      return;
    }
    String names = String.join(" ,", shared.stream().map(ColumnDefinition::name).toList());
    if (before.isEquality()) {
      throw CqlException.invalid(
          "%s cannot be restricted by more than one relation if it includes %s",
          names, before.operator() == Operator.EQ ? "an Equal" : "a IN");
    }
    if (before.isSlice()) {
      checkSlices(before, now, names);
    } else if (now.isEquality() || now.isSlice()) {
      throw CqlException.invalid(
          "Collection column %s can only be restricted by CONTAINS, CONTAINS KEY, or map-entry"
              + " equality",
          names);
    }
  }

  private static void checkSlices(ColumnRestriction before, ColumnRestriction now, String names) {
    if (!now.isSlice()) {
      throw CqlException.invalid(
          "Column \"%s\" cannot be restricted by both an equality and an inequality relation",
          names);
    }
    ColumnDefinition first = before.first();
    if (!first.equals(now.first())) {
      throw CqlException.invalid(
          "Column \"%s\" cannot be restricted by two inequalities not starting with the same"
              + " column",
          (first.position() > now.first().position() ? first : now.first()).name());
    }
    if (before.isLowerBound() == now.isLowerBound()) {
      throw CqlException.invalid(
          "More than one restriction was found for the %s bound on %s",
          now.isLowerBound() ? "start" : "end", names);
    }
  }
}
