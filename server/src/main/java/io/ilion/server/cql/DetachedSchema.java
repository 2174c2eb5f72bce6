package io.ilion.server.cql;

import io.ilion.cql.ast.QualifiedName;
import io.ilion.cql.ast.SchemaStatement;
import io.ilion.cql.ast.Statement;
import io.ilion.cql.ast.Use;
import io.ilion.cql.grammar.CqlParser;
import io.ilion.cql.schema.SchemaTransformer;
import io.ilion.model.schema.Schema;
import java.util.UUID;
import java.util.function.Supplier;

/**
 * What statements make of an empty schema, without a node: for whoever looks at files. Columns have
 * the numbers that a node gives them, if the statements and their order are those that it executed.
 */
public final class DetachedSchema {
  private static final String UNNAMED = "unnamed";

  private final Supplier<UUID> newId;
  private Schema schema = Schema.EMPTY;
  private String keyspace = UNNAMED;

  /** An empty schema; the ids are of tables whose statements name none. */
  public DetachedSchema(Supplier<UUID> newId) {
    this.newId = newId;
  }

  /** The schema after all statements so far. */
  public Schema schema() {
    return schema;
  }

  /**
   * Takes a statement; one that changes no schema is passed over.
   *
   * @throws io.ilion.model.CqlException if it is none, or cannot be carried out
   */
  public void execute(String cql) {
    Statement statement = CqlParser.parse(cql);
    if (statement instanceof Use use) {
      keyspace = use.keyspace();
    } else if (statement instanceof SchemaStatement change) {
      makeKeyspaceOf(change);
      apply(change);
    }
  }

  /** There may be tables and types without the keyspace that they are in. */
  private void makeKeyspaceOf(SchemaStatement change) {
    QualifiedName name =
        switch (change) {
          case SchemaStatement.CreateTable table -> table.table();
          case SchemaStatement.CreateType type -> type.type();
          default -> null;
        };
    if (name == null) {
      return;
    }
    String wanted = name.hasKeyspace() ? name.keyspace() : keyspace;
    if (schema.keyspace(wanted) == null) {
      String create =
          ("CREATE KEYSPACE \"%s\" WITH replication ="
                  + " {'class': 'SimpleStrategy', 'replication_factor': 1}")
              .formatted(wanted.replace("\"", "\"\""));
      apply((SchemaStatement) CqlParser.parse(create));
    }
  }

  private void apply(SchemaStatement change) {
    schema = new SchemaTransformer(schema, keyspace, newId, 0).apply(change).schema();
  }
}
