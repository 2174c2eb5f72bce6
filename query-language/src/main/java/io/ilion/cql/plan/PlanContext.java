package io.ilion.cql.plan;

import io.ilion.cql.ast.QualifiedName;
import io.ilion.cql.function.FunctionRegistry;
import io.ilion.cql.schema.TypeResolver;
import io.ilion.cql.term.BindVariables;
import io.ilion.cql.term.TermPreparer;
import io.ilion.model.CqlException;
import io.ilion.model.schema.KeyspaceDefinition;
import io.ilion.model.schema.Schema;
import io.ilion.model.schema.TableDefinition;

/**
 * What a statement is planned with.
 *
 * @param keyspace the one that USE chose, or null
 */
public record PlanContext(Schema schema, String keyspace, FunctionRegistry functions) {

  /**
   * The table of a name.
   *
   * @throws CqlException INVALID if there is none
   */
  public TableDefinition table(QualifiedName name) {
    String wanted = name.hasKeyspace() ? name.keyspace() : keyspace;
    if (wanted == null) {
      throw CqlException.invalid(
          "No keyspace has been specified. USE a keyspace, or explicitly specify"
              + " keyspace.tablename");
    }
    KeyspaceDefinition found = schema.keyspace(wanted);
    if (found == null) {
      throw CqlException.invalid("keyspace %s does not exist", wanted);
    }
    TableDefinition table = found.tables().get(name.name());
    if (table == null) {
      throw CqlException.invalid("table %s does not exist", name.name());
    }
    return table;
  }

  /** A preparer of terms for statements on a table. */
  public TermPreparer preparer(TableDefinition table, BindVariables variables) {
    return new TermPreparer(
        new TypeResolver(table.keyspace(), schema.keyspace(table.keyspace())),
        functions,
        variables,
        table);
  }
}
