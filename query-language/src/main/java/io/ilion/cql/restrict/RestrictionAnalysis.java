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
 * Sorts the relations of a SELECT's WHERE clause into {@link Restrictions}, with Cassandra's rules.
 */
public final class RestrictionAnalysis {
  /** Said where rows would have to be looked at and the statement did not allow it. */
  public static final String NEEDS_FILTERING =
      "Cannot execute this query as it might involve data filtering and thus may have unpredictable"
          + " performance. If you want to execute this query despite the performance"
          + " unpredictability, use ALLOW FILTERING";

  private final TableDefinition table;
  private final TermPreparer preparer;
  private final boolean allowFiltering;
  private final List<ColumnRestriction> onKey = new ArrayList<>();
  private final List<ColumnRestriction> onClustering = new ArrayList<>();
  private final List<ColumnRestriction> onOthers = new ArrayList<>();
  private PreparedTerm tokenStart;
  private boolean tokenStartInclusive;
  private PreparedTerm tokenEnd;
  private boolean tokenEndInclusive;
  private boolean hasToken;
  private boolean tokenEquality;
  private boolean needsAllowFiltering;

  private RestrictionAnalysis(
      TableDefinition table, TermPreparer preparer, boolean allowFiltering) {
    this.table = table;
    this.preparer = preparer;
    this.allowFiltering = allowFiltering;
  }

  /**
   * Analyses the relations of a SELECT.
   *
   * @param onlyStatics whether nothing but static columns and the partition key is selected
   * @param allowFiltering whether rows may be looked at; if not, that is left to be refused later
   *     where it only is costly ({@link Restrictions#needsAllowFiltering})
   */
  public static Restrictions analyze(
      TableDefinition table,
      List<Relation> where,
      TermPreparer preparer,
      boolean onlyStatics,
      boolean allowFiltering) {
    RestrictionAnalysis analysis = new RestrictionAnalysis(table, preparer, allowFiltering);
    where.forEach(analysis::add);
    if (!allowFiltering && analysis.filtersPartitions()) {
      throw CqlException.invalid(NEEDS_FILTERING);
    }
    if (onlyStatics && !analysis.onClustering.isEmpty()) {
      throw CqlException.invalid(
          "Cannot restrict clustering columns when selecting only static columns");
    }
    return analysis.sort();
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

  /** Whether a relation is on a tuple of one clustering column and of values that stand there. */
  private boolean isOfOne(Relation.OnTuple r) {
    ColumnDefinition column = table.column(r.columns().get(0).name());
    boolean given =
        isTupleOfOne(r.value())
            || (r.value() instanceof Term.InList in
                && in.elements().stream().allMatch(RestrictionAnalysis::isTupleOfOne));
    return r.columns().size() == 1 && given && column != null && column.isClustering();
  }

  private static boolean isTupleOfOne(Term term) {
    return term instanceof Term.TupleLiteral tuple && tuple.elements().size() == 1;
  }

  private static Term ofOne(Term value) {
    return value instanceof Term.InList in
        ? new Term.InList(
            in.elements().stream().map(RestrictionAnalysis::ofOne).toList(), in.position())
        : ((Term.TupleLiteral) value).elements().get(0);
  }

  private void addColumn(Relation.OnColumn r) {
    ColumnDefinition column = column(r.column());
    CqlType type = column.type();
    if (r.operator() == Operator.LIKE) {
      throw CqlException.invalid(
          "LIKE restriction is only supported on properly indexed columns. %s LIKE %s is not"
              + " valid.",
          column.name(), TermText.of(r.value()));
    }
    if (r.operator() == Operator.NEQ) {
      throw CqlException.invalid(
          "Unsupported \"!=\" relation: %s != %s",
          CqlNames.quoted(column.name()), TermText.of(r.value()));
    }
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
    ValueList values =
        r.operator() == Operator.IN
            ? inValues(r.value(), receiver)
            : ValueList.one(preparer.prepare(r.value(), receiver));
    put(new ColumnRestriction(List.of(column), r.operator(), null, values));
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
      throw CqlException.invalid(
          "Only EQ relations are supported on map entries, but found %s[%s] %s %s",
          column.name(), TermText.of(r.key()), r.operator(), TermText.of(r.value()));
    }
    Receiver base = Receiver.of(table, column);
    PreparedTerm key =
        preparer.prepare(
            r.key(), base.with("key(" + column.name() + ")", type.componentTypes().get(0)));
    PreparedTerm value =
        preparer.prepare(
            r.value(), base.with("value(" + column.name() + ")", type.componentTypes().get(1)));
    put(new ColumnRestriction(List.of(column), r.operator(), key, ValueList.one(value)));
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
    if (r.operator() == Operator.NEQ) {
      throw CqlException.invalid("Unsupported \"!=\" relation: %s", text(r));
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
    ValueList values =
        r.operator() == Operator.IN
            ? inValues(r.value(), receiver)
            : ValueList.one(preparer.prepare(r.value(), receiver));
    for (Term tuple : tuples) {
      if (tuple instanceof Term.TupleLiteral literal) {
        nameMarkers(columns, literal);
      }
    }
    put(new ColumnRestriction(columns, r.operator(), null, values));
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
    String names =
        String.join(", ", r.columns().stream().map(c -> CqlNames.quoted(c.name())).toList());
    return "(" + names + ") " + r.operator() + " " + TermText.of(r.value());
  }

  /** A literal tuple must fit its columns one by one; the errors name the column. */
  private void checkComponents(List<ColumnDefinition> columns, Term.TupleLiteral tuple) {
    if (tuple.elements().size() != columns.size()) {
      throw CqlException.invalid(
          "Expected %d elements in value tuple, but got %d: %s",
          columns.size(), tuple.elements().size(), TermText.of(tuple));
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
    if (hasToken && tokenEquality) {
      throw CqlException.invalid(
          "%s cannot be restricted by more than one relation if it includes an Equal", keyNames());
    }
    if (hasToken && r.operator() == Operator.EQ) {
      throw CqlException.invalid(
          "Columns \"%s\" cannot be restricted by both an equality and an inequality relation",
          keyNames());
    }
    hasToken = true;
    tokenEquality = r.operator() == Operator.EQ;
    PreparedTerm value =
        preparer.prepare(
            r.value(),
            new Receiver(table.keyspace(), table.name(), "partition key token", NativeType.BIGINT));
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

  private void put(ColumnRestriction given) {
    ColumnRestriction r = given.simplified();
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

  private static void checkTogether(ColumnRestriction a, ColumnRestriction b) {
    boolean shares = a.columns().stream().anyMatch(b.columns()::contains);
    if (!shares || a.element() != null || b.element() != null) {
      return;
    }
    String names = String.join(" ,", b.columns().stream().map(ColumnDefinition::name).toList());
    if (a.isEquality()) {
      throw CqlException.invalid(
          a.operator() == Operator.IN
              ? "%s cannot be restricted by more than one relation if it includes a IN"
              : "%s cannot be restricted by more than one relation if it includes an Equal",
          names);
    }
    if (a.isSlice() && b.isEquality()) {
      throw CqlException.invalid(
          "Column \"%s\" cannot be restricted by both an equality and an inequality relation",
          names);
    }
    if (a.isSlice() && b.isSlice()) {
      boolean lowerA = a.operator() == Operator.GT || a.operator() == Operator.GTE;
      boolean lowerB = b.operator() == Operator.GT || b.operator() == Operator.GTE;
      if (lowerA == lowerB) {
        throw CqlException.invalid(
            "More than one restriction was found for the %s bound on %s",
            lowerA ? "start" : "end", names);
      }
    }
  }

  private Restrictions sort() {
    List<ColumnRestriction> filters = new ArrayList<>();
    List<ColumnRestriction> keys = sortKey(filters);
    List<ColumnRestriction> clustering = sortClustering(filters);
    if (!allowFiltering && !onOthers.isEmpty()) {
      throw CqlException.invalid(NEEDS_FILTERING);
    }
    filters.addAll(onOthers);
    return new Restrictions(
        table,
        keys,
        clustering,
        filters,
        hasToken
            ? new TokenBounds(tokenStart, tokenStartInclusive, tokenEnd, tokenEndInclusive)
            : null,
        needsAllowFiltering);
  }

  /** Whether each column of the partition key has a value, or some. */
  private boolean namesPartitions() {
    return onKey.size() == table.partitionKey().size()
        && onKey.stream().allMatch(ColumnRestriction::isEquality);
  }

  /** Whether partitions must be looked for by a part of their key. */
  private boolean filtersPartitions() {
    return !onKey.isEmpty() && !namesPartitions();
  }

  private List<ColumnRestriction> sortKey(List<ColumnRestriction> filters) {
    onKey.sort(Restrictions.byPosition());
    if (!hasToken && namesPartitions()) {
      return onKey;
    }
    filters.addAll(onKey);
    return List.of();
  }

  private List<ColumnRestriction> sortClustering(List<ColumnRestriction> filters) {
    onClustering.sort(Restrictions.byPosition());
    List<ColumnRestriction> used = new ArrayList<>();
    int next = 0;
    int sliceAt = -1;
    boolean stopped = false;
    for (ColumnRestriction r : onClustering) {
      int position = r.first().position();
      boolean keyed = r.isEquality() || r.isSlice();
      if (!stopped && keyed && sliceAt < 0 && position == next) {
        used.add(r);
        if (r.isEquality()) {
          next = position + r.columns().size();
        } else {
          sliceAt = position;
        }
      } else if (!stopped && r.isSlice() && sliceAt == position) {
        used.add(r);
      } else {
        if (!allowFiltering && keyed) {
          throw CqlException.invalid(
              "PRIMARY KEY column \"%s\" cannot be restricted as preceding column \"%s\" is not"
                  + " restricted",
              r.first().name(), table.clustering().get(next).name());
        }
        stopped = true;
        filters.add(r);
        needsAllowFiltering = true;
      }
    }
    needsAllowFiltering |= !used.isEmpty() && onKey.isEmpty();
    return used;
  }
}
