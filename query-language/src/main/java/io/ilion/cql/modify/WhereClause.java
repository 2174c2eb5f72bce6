package io.ilion.cql.modify;

import io.ilion.cql.ast.Operator;
import io.ilion.cql.ast.Relation;
import io.ilion.cql.ast.Term;
import io.ilion.cql.schema.CqlNames;
import io.ilion.cql.term.PreparedTerm;
import io.ilion.cql.term.Receiver;
import io.ilion.cql.term.TermPreparer;
import io.ilion.cql.term.TermText;
import io.ilion.model.CqlException;
import io.ilion.model.schema.ColumnDefinition;
import io.ilion.model.schema.TableDefinition;
import io.ilion.model.type.CqlType;
import io.ilion.model.type.ListType;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * The WHERE clause of a statement that writes, checked against the primary key: restrictions of
 * every column of the partition key by = or IN, and of clustering columns by =, IN and, in a
 * DELETE, ranges.
 */
final class WhereClause {
  /** The statements, by the names that messages give them. */
  enum Kind {
    INSERT,
    UPDATE,
    DELETE
  }

  /**
   * One relation on successive columns of the key.
   *
   * @param options with = one, with IN any number of lists of terms; with an IN marker null
   * @param marker the term of an IN marker or of a tuple marker, else null
   */
  record Restriction(
      List<ColumnDefinition> columns,
      Operator operator,
      List<List<PreparedTerm>> options,
      PreparedTerm marker) {
    boolean isSlice() {
      return operator.isSlice();
    }

    boolean isIn() {
      return operator == Operator.IN;
    }
  }

  private final Kind kind;
  private final TableDefinition table;
  private final TermPreparer preparer;
  private final boolean onlyStaticColumns;
  private final List<Restriction> partition = new ArrayList<>();
  private final List<Restriction> clustering = new ArrayList<>();
  private final Set<String> others = new LinkedHashSet<>();

  private WhereClause(
      Kind kind, TableDefinition table, TermPreparer preparer, boolean onlyStaticColumns) {
    this.kind = kind;
    this.table = table;
    this.preparer = preparer;
    this.onlyStaticColumns = onlyStaticColumns;
  }

  /** Prepares and checks the relations. */
  static WhereClause prepare(
      Kind kind,
      TableDefinition table,
      List<Relation> relations,
      TermPreparer preparer,
      boolean onlyStaticColumns) {
    WhereClause where = new WhereClause(kind, table, preparer, onlyStaticColumns);
    relations.forEach(where::add);
    where.checkPartitionKey();
    where.checkClustering();
    where.checkOthers();
    return where;
  }

  /** A clause that sets every column of the primary key equal to a value. */
  static WhereClause ofValues(
      Kind kind, TableDefinition table, Function<ColumnDefinition, PreparedTerm> values) {
    WhereClause where = new WhereClause(kind, table, null, false);
    for (ColumnDefinition column : table.columns()) {
      if (column.isPrimaryKey()) {
        where.place(
            new Restriction(
                List.of(column), Operator.EQ, List.of(List.of(values.apply(column))), null));
      }
    }
    return where;
  }

  /** The restrictions of the partition key, one for each column, in their order. */
  List<Restriction> partition() {
    return partition;
  }

  /** The restrictions of clustering columns by their first column. */
  List<Restriction> clustering() {
    return clustering;
  }

  /** Whether the partition key is restricted by IN. */
  boolean partitionIn() {
    return partition.stream().anyMatch(Restriction::isIn);
  }

  /** Whether a clustering column is restricted by IN. */
  boolean clusteringIn() {
    return clustering.stream().anyMatch(Restriction::isIn);
  }

  /** Whether it selects single rows rather than ranges or whole partitions. */
  boolean isRows() {
    int restricted =
        clustering.stream().filter(r -> !r.isSlice()).mapToInt(r -> r.columns().size()).sum();
    return restricted == table.clustering().size()
        && clustering.stream().noneMatch(Restriction::isSlice);
  }

  // ---- relations ----

  private void add(Relation relation) {
    switch (relation) {
      case Relation.OnColumn r -> addColumn(r);
      case Relation.OnTuple r -> addTuple(r);
      case Relation.OnToken r ->
          throw CqlException.invalid(
              "The token function cannot be used in WHERE clauses for %s statements", kind);
      case Relation.OnElement r -> {
        ColumnDefinition column = column(r.column().name());
        preparer.prepare(r.value(), Receivers.value(table, column));
        others.add(column.name());
      }
      case Relation.IsNotNull r ->
          throw CqlException.invalid("Unsupported restriction: %s IS NOT NULL", r.column().name());
      case Relation.OnIndex r ->
          throw CqlException.invalid(
              "Custom index expressions cannot be used in WHERE clauses for %s statements",
              kind.name().toLowerCase(Locale.ROOT));
    }
  }

  private ColumnDefinition column(String name) {
    ColumnDefinition column = table.column(name);
    if (column == null) {
      throw CqlException.invalid(
          "Undefined column name %s in table %s", CqlNames.quoted(name), table);
    }
    return column;
  }

  private void addColumn(Relation.OnColumn relation) {
    ColumnDefinition column = column(relation.column().name());
    Operator operator = relation.operator();
    Receiver receiver = Receiver.of(table, column);
    switch (operator) {
      case CONTAINS, CONTAINS_KEY -> {
        requireContainable(column, operator);
        others.add(column.name());
        return;
      }
      case NEQ ->
          throw CqlException.invalid(
              "Unsupported \"!=\" relation: %s", text(column.name(), relation));
      case LIKE ->
          throw CqlException.invalid(
              "LIKE restriction is only supported on properly indexed columns. %s is not valid.",
              text(column.name(), relation));
      default -> {}
    }
    if (operator != Operator.IN) {
      PreparedTerm value = preparer.prepare(relation.value(), receiver);
      place(new Restriction(List.of(column), operator, List.of(List.of(value)), null));
    } else if (relation.value() instanceof Term.InList list) {
      List<List<PreparedTerm>> options = new ArrayList<>();
      for (Term term : list.elements()) {
        options.add(List.of(preparer.prepare(term, receiver)));
      }
      // A single value behind IN is the same as =, also where IN is not allowed.
      Operator effective = options.size() == 1 ? Operator.EQ : Operator.IN;
      place(new Restriction(List.of(column), effective, options, null));
    } else {
      CqlType type = ListType.ofValues(column.type().freeze(), false);
      PreparedTerm marker =
          preparer.prepare(relation.value(), receiver.with("in(" + column.name() + ")", type));
      place(new Restriction(List.of(column), Operator.IN, null, marker));
    }
  }

  private static String text(String column, Relation.OnColumn relation) {
    return column + " " + relation.operator() + " " + TermText.of(relation.value());
  }

  private static void requireContainable(ColumnDefinition column, Operator operator) {
    if (!column.type().isCollection()) {
      throw CqlException.invalid(
          "Cannot use %s on non-collection column %s", operator, column.name());
    }
  }

  private void addTuple(Relation.OnTuple relation) {
    List<ColumnDefinition> columns =
        relation.columns().stream().map(name -> column(name.name())).toList();
    for (ColumnDefinition column : columns) {
      if (!column.isClustering()) {
        throw CqlException.invalid(
            "Multi-column relations can only be applied to clustering columns but was applied to:"
                + " %s",
            column.name());
      }
    }
    for (int i = 1; i < columns.size(); i++) {
      if (columns.get(i).position() != columns.get(i - 1).position() + 1) {
        throw CqlException.invalid(
            "Clustering columns must appear in the PRIMARY KEY order in multi-column relations: %s",
            tupleText(relation));
      }
    }
    Receiver receiver = tupleReceiver(columns);
    Operator operator = relation.operator();
    if (operator != Operator.IN) {
      place(tuple(columns, operator, List.of(relation.value()), receiver));
    } else if (relation.value() instanceof Term.InList list) {
      place(tuple(columns, operator, list.elements(), receiver));
    } else {
      CqlType type = ListType.ofValues(receiver.type().freeze(), false);
      PreparedTerm marker =
          preparer.prepare(relation.value(), receiver.with("in" + receiver.name(), type));
      place(new Restriction(columns, operator, null, marker));
    }
  }

  private static String tupleText(Relation.OnTuple relation) {
    return relation.columns().stream()
            .map(Object::toString)
            .collect(Collectors.joining(", ", "(", ")"))
        + " "
        + relation.operator()
        + " "
        + TermText.of(relation.value());
  }

  private Receiver tupleReceiver(List<ColumnDefinition> columns) {
    String name =
        columns.stream().map(ColumnDefinition::name).collect(Collectors.joining(",", "(", ")"));
    CqlType type = preparer.types().tupleOf(columns.stream().map(ColumnDefinition::type).toList());
    return Receivers.of(table, name, type);
  }

  /**
   * Tuples written out, or markers for whole tuples; these are split when their values are known.
   */
  private Restriction tuple(
      List<ColumnDefinition> columns, Operator operator, List<Term> terms, Receiver receiver) {
    List<List<PreparedTerm>> options = new ArrayList<>();
    for (Term term : terms) {
      if (!(term instanceof Term.TupleLiteral literal)) {
        options.add(List.of(preparer.prepare(term, receiver)));
        continue;
      }
      if (literal.elements().size() != columns.size()) {
        throw CqlException.invalid(
            "Expected %d elements in value tuple, but got %d: %s",
            columns.size(), literal.elements().size(), TermText.of(literal));
      }
      List<PreparedTerm> values = new ArrayList<>();
      for (int i = 0; i < columns.size(); i++) {
        values.add(preparer.prepare(literal.elements().get(i), Receiver.of(table, columns.get(i))));
      }
      options.add(values);
    }
    return new Restriction(columns, operator, options, null);
  }

  private void place(Restriction restriction) {
    ColumnDefinition first = restriction.columns().get(0);
    if (!first.isPrimaryKey()) {
      others.add(first.name());
      return;
    }
    List<Restriction> target = first.isPartitionKey() ? partition : clustering;
    for (Restriction other : target) {
      ColumnDefinition shared =
          restriction.columns().stream().filter(other.columns()::contains).findFirst().orElse(null);
      if (shared != null) {
        requireDifferentBounds(shared, restriction, other);
      }
    }
    target.add(restriction);
  }

  private static void requireDifferentBounds(
      ColumnDefinition column, Restriction now, Restriction before) {
    if (!now.isSlice() || !before.isSlice()) {
      boolean equal = now.operator() == Operator.EQ || before.operator() == Operator.EQ;
      throw CqlException.invalid(
          "%s cannot be restricted by more than one relation if it includes %s",
          column.name(), equal ? "an Equal" : "a IN");
    }
    boolean nowStart = now.operator() == Operator.GT || now.operator() == Operator.GTE;
    boolean beforeStart = before.operator() == Operator.GT || before.operator() == Operator.GTE;
    if (nowStart == beforeStart) {
      throw CqlException.invalid(
          "More than one restriction was found for the %s bound on %s",
          nowStart ? "start" : "end", column.name());
    }
  }

  // ---- checks ----

  private void checkPartitionKey() {
    String missing =
        table.partitionKey().stream()
            .filter(column -> partition.stream().noneMatch(r -> r.columns().contains(column)))
            .map(ColumnDefinition::name)
            .collect(Collectors.joining(", "));
    if (!missing.isEmpty()) {
      throw CqlException.invalid("Some partition key parts are missing: %s", missing);
    }
    if (partition.stream().anyMatch(Restriction::isSlice)) {
      throw CqlException.invalid(
          "Only EQ and IN relation are supported on the partition key (unless you use the token()"
              + " function) for %s statements",
          kind);
    }
    partition.sort((a, b) -> a.columns().get(0).position() - b.columns().get(0).position());
  }

  private void checkClustering() {
    clustering.sort((a, b) -> a.columns().get(0).position() - b.columns().get(0).position());
    if (onlyStaticColumns && !clustering.isEmpty() && kind != Kind.INSERT) {
      throw CqlException.invalid(
          "Invalid restrictions on clustering columns since the %s statement modifies only static"
              + " columns",
          kind);
    }
    if (kind == Kind.DELETE) {
      checkPrefix();
      return;
    }
    if (clustering.stream().anyMatch(Restriction::isSlice)) {
      throw CqlException.invalid(
          "Slice restrictions are not supported on the clustering columns in %s statements", kind);
    }
    if (!onlyStaticColumns) {
      String missing =
          table.clustering().stream()
              .filter(column -> clustering.stream().noneMatch(r -> r.columns().contains(column)))
              .map(ColumnDefinition::name)
              .collect(Collectors.joining(", "));
      if (!missing.isEmpty()) {
        throw CqlException.invalid("Some clustering keys are missing: %s", missing);
      }
    }
  }

  /** In a DELETE, restrictions are on a prefix of the clustering columns, a range comes last. */
  private void checkPrefix() {
    int next = 0;
    ColumnDefinition slice = null;
    for (Restriction restriction : clustering) {
      ColumnDefinition first = restriction.columns().get(0);
      if (slice != null && first.position() > slice.position()) {
        throw CqlException.invalid(
            "Clustering column \"%s\" cannot be restricted (preceding column \"%s\" is restricted"
                + " by a non-EQ relation)",
            first.name(), slice.name());
      }
      if (first.position() > next) {
        throw CqlException.invalid(
            "PRIMARY KEY column \"%s\" cannot be restricted as preceding column \"%s\" is not"
                + " restricted",
            first.name(), table.clustering().get(next).name());
      }
      if (restriction.isSlice()) {
        slice = first;
      } else {
        next = restriction.columns().getLast().position() + 1;
      }
    }
  }

  private void checkOthers() {
    if (!others.isEmpty()) {
      throw CqlException.invalid(
          "Non PRIMARY KEY columns found in where clause: %s ", String.join(", ", others));
    }
  }
}
