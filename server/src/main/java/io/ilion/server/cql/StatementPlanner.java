package io.ilion.server.cql;

import io.ilion.coordinator.read.ReadPlan;
import io.ilion.cql.ast.Batch;
import io.ilion.cql.ast.Describe;
import io.ilion.cql.ast.Explain;
import io.ilion.cql.ast.Modification;
import io.ilion.cql.ast.RoleStatement;
import io.ilion.cql.ast.SchemaStatement;
import io.ilion.cql.ast.Select;
import io.ilion.cql.ast.Statement;
import io.ilion.cql.ast.Truncate;
import io.ilion.cql.ast.Use;
import io.ilion.cql.function.FunctionRegistry;
import io.ilion.cql.grammar.CqlParser;
import io.ilion.cql.modify.Attributes;
import io.ilion.cql.modify.BatchPlan;
import io.ilion.cql.modify.ModificationPlan;
import io.ilion.cql.modify.ModificationPlanner;
import io.ilion.cql.plan.PlanContext;
import io.ilion.cql.schema.TypeResolver;
import io.ilion.cql.select.SelectPlan;
import io.ilion.cql.select.SelectPlanner;
import io.ilion.cql.term.BindVariables;
import io.ilion.cql.term.TermPreparer;
import io.ilion.model.CqlException;
import io.ilion.model.ErrorCode;
import io.ilion.model.schema.Schema;
import io.ilion.model.schema.TableDefinition;
import io.ilion.model.type.NativeType;
import io.ilion.protocol.ColumnSpec;
import io.ilion.protocol.ColumnType;
import io.ilion.protocol.RowsMetadata;
import java.util.ArrayList;
import java.util.List;

/** From the text of a statement to its plan. */
final class StatementPlanner {
  private static final String OWN_KEYSPACE = "system";

  private final FunctionRegistry functions;

  StatementPlanner(FunctionRegistry functions) {
    this.functions = functions;
  }

  /**
   * Parses and plans a statement.
   *
   * @param keyspace for names without one, or null
   */
  PreparedPlan plan(String cql, String keyspace, Schema schema) {
    return plan(parse(cql), keyspace, schema);
  }

  /** Parses a statement. */
  Statement parse(String cql) {
    return CqlParser.parse(cql);
  }

  /** Plans a statement that has been parsed. */
  PreparedPlan plan(Statement statement, String keyspace, Schema schema) {
    PlanContext context = new PlanContext(schema, keyspace, functions);
    return switch (statement) {
      case Select s -> selecting(SelectPlanner.plan(context, s));
      case Explain s ->
          new PreparedPlan.Explaining(
              selecting(SelectPlanner.plan(context, s.select())), s.analyze());
      case Modification s -> {
        BindVariables variables = new BindVariables();
        ModificationPlan plan = modification(context, s, variables);
        yield new PreparedPlan.Modifying(plan, variables.list());
      }
      case Batch s -> batch(context, s);
      case Use s -> new PreparedPlan.Using(s.keyspace());
      case Truncate s -> truncating(context, context.table(s.table()));
      case SchemaStatement s -> new PreparedPlan.Defining(s);
      case Describe s -> new PreparedPlan.Describing(s);
      case RoleStatement s ->
          throw CqlException.invalid("Roles and permissions are not supported yet");
    };
  }

  /** Whether a statement names the keyspace of every table. */
  boolean isQualified(String cql) {
    return switch (CqlParser.parse(cql)) {
      case Select s -> s.table().hasKeyspace();
      case Explain s -> s.select().table().hasKeyspace();
      case Modification s -> s.table().hasKeyspace();
      case Batch s -> s.statements().stream().allMatch(m -> m.table().hasKeyspace());
      default -> true;
    };
  }

  private static PreparedPlan.Selecting selecting(SelectPlan plan) {
    String keyspace = plan.table().keyspace();
    String table = plan.table().name();
    List<ColumnSpec> columns = new ArrayList<>();
    if (plan.json()) {
      columns.add(new ColumnSpec(keyspace, table, "[json]", ColumnType.of(NativeType.TEXT)));
    } else {
      for (SelectPlan.Column column : plan.columns()) {
        columns.add(new ColumnSpec(keyspace, table, column.name(), ColumnType.of(column.type())));
      }
    }
    return new PreparedPlan.Selecting(new ReadPlan(plan), new RowsMetadata(columns));
  }

  private ModificationPlan modification(
      PlanContext context, Modification statement, BindVariables variables) {
    TableDefinition table = writable(context, context.table(statement.table()));
    TypeResolver types =
        new TypeResolver(table.keyspace(), context.schema().keyspace(table.keyspace()));
    return new ModificationPlanner(table, types, functions, variables).plan(statement);
  }

  /**
   * Refuses tables of the system: those that are computed although their keyspaces are not virtual,
   * and the batchlog. Those of virtual keyspaces are refused when the statement runs, as in
   * Cassandra.
   */
  private static TableDefinition writable(PlanContext context, TableDefinition table) {
    if (table.keyspace().equals("system")
        || (table.isVirtual() && !isInVirtualKeyspace(context, table))) {
      throw new CqlException(
          ErrorCode.UNAUTHORIZED, table.keyspace() + " keyspace is not user-modifiable.");
    }
    return table;
  }

  private static boolean isInVirtualKeyspace(PlanContext context, TableDefinition table) {
    return context.schema().keyspace(table.keyspace()).virtual();
  }

  private static PreparedPlan truncating(PlanContext context, TableDefinition table) {
    if (isInVirtualKeyspace(context, table)) {
      throw CqlException.invalid("Truncation is not supported by table %s", table);
    }
    return new PreparedPlan.Truncating(writable(context, table));
  }

  private PreparedPlan batch(PlanContext context, Batch statement) {
    BindVariables variables = new BindVariables();
    List<ModificationPlan> plans = new ArrayList<>();
    for (Modification one : statement.statements()) {
      plans.add(modification(context, one, variables));
    }
    Attributes attributes =
        Attributes.prepare(
            statement.using(), "[batch]", "[batch]", preparer(context, plans, variables));
    return new PreparedPlan.Batching(
        new BatchPlan(statement.kind(), attributes, plans), variables.list());
  }

  private TermPreparer preparer(
      PlanContext context, List<ModificationPlan> plans, BindVariables variables) {
    return plans.isEmpty()
        ? new TermPreparer(new TypeResolver(null, null), functions, variables, null)
        : context.preparer(plans.get(0).table(), variables);
  }

  /** The attributes of a batch that gives none. */
  Attributes noAttributes() {
    return Attributes.prepare(
        io.ilion.cql.ast.Using.NONE,
        "",
        "",
        new TermPreparer(new TypeResolver(null, null), functions, new BindVariables(), null));
  }
}
