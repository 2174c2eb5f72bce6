package io.ilion.cql.modify;

import io.ilion.cql.ast.Assignment;
import io.ilion.cql.ast.ColumnDeletion;
import io.ilion.cql.ast.Condition;
import io.ilion.cql.ast.Identifier;
import io.ilion.cql.ast.Modification;
import io.ilion.cql.ast.Operator;
import io.ilion.cql.ast.Relation;
import io.ilion.cql.ast.Term;
import io.ilion.cql.function.FunctionRegistry;
import io.ilion.cql.modify.ModificationPlan.Existence;
import io.ilion.cql.restrict.Restrictions;
import io.ilion.cql.restrict.WriteAnalysis;
import io.ilion.cql.restrict.WriteAnalysis.Kind;
import io.ilion.cql.schema.CqlNames;
import io.ilion.cql.schema.TypeResolver;
import io.ilion.cql.term.BindVariables;
import io.ilion.cql.term.Evaluation;
import io.ilion.cql.term.PreparedTerm;
import io.ilion.cql.term.TermPreparer;
import io.ilion.model.CqlException;
import io.ilion.model.schema.ColumnDefinition;
import io.ilion.model.schema.TableDefinition;
import io.ilion.model.type.CqlType;
import io.ilion.model.type.NativeType;
import io.ilion.model.type.Values;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;

/** Makes plans of INSERT, UPDATE and DELETE, with Cassandra's checks in their order and words. */
public final class ModificationPlanner {
  private final TableDefinition table;
  private final TermPreparer preparer;
  private final Operations operations;

  /**
   * Makes a planner of statements on a table.
   *
   * @param types resolves types in the table's keyspace
   * @param variables gets the bind variables; shared by the statements of a batch
   */
  public ModificationPlanner(
      TableDefinition table,
      TypeResolver types,
      FunctionRegistry functions,
      BindVariables variables) {
    this.table = table;
    preparer = new TermPreparer(types, functions, variables, table);
    operations = new Operations(preparer, table);
  }

  /**
   * Plans a statement.
   *
   * @throws CqlException INVALID if it makes no sense for the table
   */
  public ModificationPlan plan(Modification statement) {
    Attributes attributes =
        Attributes.prepare(statement.using(), table.keyspace(), table.name(), preparer);
    ModificationPlan plan =
        switch (statement) {
          case Modification.Insert s -> insert(s, attributes);
          case Modification.InsertJson s -> insertJson(s, attributes);
          case Modification.Update s -> update(s, attributes);
          case Modification.Delete s -> delete(s, attributes);
        };
    validate(plan);
    return plan;
  }

  private void validate(ModificationPlan plan) {
    Attributes attributes = plan.attributes();
    if (table.isVirtual()) {
      if (attributes.hasTimestamp()) {
        throw CqlException.invalid("Custom timestamp is not supported by virtual tables");
      }
      if (attributes.hasTimeToLive()) {
        throw CqlException.invalid("Expiring columns are not supported by virtual tables");
      }
      if (plan.isConditional()) {
        throw CqlException.invalid("Conditional updates are not supported by virtual tables");
      }
    }
    if (plan.isConditional() && table.isCounter()) {
      throw CqlException.invalid("Conditional updates are not supported on counter tables");
    }
    if (plan.isConditional() && attributes.hasTimestamp()) {
      throw CqlException.invalid("Cannot provide custom timestamp for conditional updates");
    }
    if (plan.kind == Kind.DELETE && plan.isConditional() && !plan.where.namesRows()) {
      requireStaticConditions(plan);
    }
    if (table.isCounter() && attributes.hasTimestamp()) {
      throw CqlException.invalid("Cannot provide custom timestamp for counter updates");
    }
    if (table.isCounter() && attributes.hasTimeToLive()) {
      throw CqlException.invalid("Cannot provide custom TTL for counter updates");
    }
  }

  private ColumnDefinition column(Identifier name) {
    ColumnDefinition column = table.column(name.name());
    if (column == null) {
      throw CqlException.invalid(
          "Undefined column name %s in table %s", CqlNames.quoted(name.name()), table);
    }
    return column;
  }

  // ---- INSERT ----

  private void refuseCounters() {
    if (table.isCounter()) {
      throw CqlException.invalid(
          "INSERT statements are not allowed on counter tables, use UPDATE instead");
    }
  }

  private ModificationPlan insert(Modification.Insert statement, Attributes attributes) {
    refuseCounters();
    List<Identifier> names = statement.columns();
    if (names.size() != statement.values().size()) {
      throw CqlException.invalid("Unmatched column names/values");
    }
    if (new HashSet<>(names).size() != names.size()) {
      throw CqlException.invalid("The column names contains duplicates");
    }
    List<Relation> where = new ArrayList<>();
    List<ColumnOperation> changes = new ArrayList<>();
    boolean hasClustering = false;
    for (int i = 0; i < names.size(); i++) {
      ColumnDefinition column = column(names.get(i));
      Term value = statement.values().get(i);
      hasClustering |= column.isClustering();
      if (column.isPrimaryKey()) {
        where.add(new Relation.OnColumn(names.get(i), Operator.EQ, value));
      } else {
        changes.add(operations.set(column, value));
      }
    }
    boolean onlyStatic = !hasClustering && onlyStatic(changes, List.of());
    return plan(
        Kind.INSERT,
        where,
        changes,
        List.of(),
        statement.ifNotExists() ? Existence.NOT_EXISTS : Existence.ANY,
        attributes,
        onlyStatic);
  }

  private ModificationPlan insertJson(Modification.InsertJson statement, Attributes attributes) {
    refuseCounters();
    JsonInsert json = new JsonInsert(table, statement.defaultUnset());
    JsonTerms terms;
    if (statement.json() instanceof Term.Literal literal) {
      Map<Integer, byte[]> values = json.values(literal.text());
      terms = column -> new PreparedTerm.Constant(column.type(), values.get(column.id()));
    } else {
      PreparedTerm marker =
          preparer.prepare(statement.json(), Receivers.of(table, "[json]", NativeType.TEXT));
      JsonParsing parsing = new JsonParsing(json, marker);
      terms = column -> new JsonTerm(column.type(), column.id(), parsing);
    }
    List<ColumnOperation> changes = new ArrayList<>();
    for (ColumnDefinition column : table.columns()) {
      if (!column.isPrimaryKey()) {
        changes.add(Operations.set(column, terms.of(column)));
      }
    }
    Restrictions where = WriteAnalysis.ofValues(table, terms::of);
    return new ModificationPlan(
        Kind.INSERT,
        table,
        where,
        changes,
        List.of(),
        statement.ifNotExists() ? Existence.NOT_EXISTS : Existence.ANY,
        attributes,
        new int[0]);
  }

  private interface JsonTerms {
    PreparedTerm of(ColumnDefinition column);
  }

  /** The object is parsed once in an execution. */
  private record JsonParsing(JsonInsert json, PreparedTerm marker) {
    Map<Integer, byte[]> values(Evaluation evaluation) {
      byte[] text = marker.evaluate(evaluation);
      if (text == null) {
        throw CqlException.invalid("Got null for INSERT JSON values");
      }
      if (Values.isUnset(text)) {
        throw CqlException.invalid("Cannot use an UNSET value for INSERT JSON");
      }
      return json.values(new String(text, StandardCharsets.UTF_8));
    }
  }

  private record JsonTerm(CqlType type, int columnId, JsonParsing parsing) implements PreparedTerm {
    @Override
    public byte[] evaluate(Evaluation evaluation) {
      Map<Integer, byte[]> values = evaluation.memo(parsing, () -> parsing.values(evaluation));
      return values.get(columnId);
    }
  }

  // ---- UPDATE and DELETE ----

  private ModificationPlan update(Modification.Update statement, Attributes attributes) {
    List<ConditionPlan> conditions = conditions(statement.conditions(), attributes);
    boolean conditional = statement.ifExists() || !conditions.isEmpty();
    List<ColumnOperation> changes = new ArrayList<>();
    for (Assignment assignment : statement.assignments()) {
      ColumnDefinition column = column(assignment.column());
      if (column.isPrimaryKey()) {
        throw CqlException.invalid("PRIMARY KEY part %s found in SET part", column.name());
      }
      changes.add(operations.assignment(column, assignment, conditional));
    }
    return plan(
        Kind.UPDATE,
        statement.where(),
        changes,
        conditions,
        statement.ifExists() ? Existence.EXISTS : Existence.ANY,
        attributes,
        onlyStatic(changes, conditions));
  }

  private ModificationPlan delete(Modification.Delete statement, Attributes attributes) {
    List<ConditionPlan> conditions = conditions(statement.conditions(), attributes);
    List<ColumnOperation> changes = new ArrayList<>();
    for (ColumnDeletion deletion : statement.deletions()) {
      ColumnDefinition column = column(deletion.column());
      if (column.isPrimaryKey()) {
        throw CqlException.invalid(
            "Invalid identifier %s for deletion (should not be a PRIMARY KEY part)", column.name());
      }
      changes.add(operations.deletion(column, deletion));
    }
    return plan(
        Kind.DELETE,
        statement.where(),
        changes,
        conditions,
        statement.ifExists() ? Existence.EXISTS : Existence.ANY,
        attributes,
        !changes.isEmpty() && onlyStatic(changes, conditions));
  }

  private static void requireStaticConditions(ModificationPlan plan) {
    String words =
        "DELETE statements must restrict all PRIMARY KEY columns with equality relations in order"
            + " to ";
    if (!plan.regularOperations.isEmpty() || plan.staticOperations.isEmpty()) {
      throw CqlException.invalid(words + "delete non static columns");
    }
    if (plan.conditions.stream().anyMatch(condition -> !condition.column().isStatic())) {
      throw CqlException.invalid(words + "use IF condition on non static columns");
    }
  }

  private List<ConditionPlan> conditions(List<Condition> conditions, Attributes attributes) {
    if (!conditions.isEmpty() && attributes.hasTimestamp()) {
      throw CqlException.invalid("Cannot provide custom timestamp for conditional updates");
    }
    List<ConditionPlan> plans = new ArrayList<>();
    for (Condition condition : conditions) {
      ColumnDefinition column = column(condition.column());
      plans.add(ConditionPlan.prepare(condition, column, table, preparer));
      if (column.isPrimaryKey()) {
        throw CqlException.invalid(
            "PRIMARY KEY column '%s' cannot have IF conditions", column.name());
      }
    }
    return plans;
  }

  /** Whether a statement has changes or conditions, all of them on static columns. */
  private static boolean onlyStatic(List<ColumnOperation> changes, List<ConditionPlan> conditions) {
    boolean regular =
        changes.stream().anyMatch(change -> !change.column().isStatic())
            || conditions.stream().anyMatch(condition -> !condition.column().isStatic());
    return !regular && !(changes.isEmpty() && conditions.isEmpty());
  }

  private ModificationPlan plan(
      Kind kind,
      List<Relation> relations,
      List<ColumnOperation> changes,
      List<ConditionPlan> conditions,
      Existence existence,
      Attributes attributes,
      boolean onlyStatic) {
    Restrictions where = WriteAnalysis.analyze(kind, table, relations, preparer, onlyStatic);
    return new ModificationPlan(
        kind,
        table,
        where,
        changes,
        conditions,
        existence,
        attributes,
        preparer.variables().partitionKeyIndexes(table));
  }
}
