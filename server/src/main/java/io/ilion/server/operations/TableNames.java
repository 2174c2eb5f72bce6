package io.ilion.server.operations;

import io.ilion.model.schema.KeyspaceDefinition;
import io.ilion.model.schema.Schema;
import io.ilion.model.schema.TableDefinition;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/** The parameters by which operations are told of tables, as nodetool's are, and what they mean. */
public final class TableNames {
  /** One keyspace, or all of them. */
  public static final Parameter<String> KEYSPACE =
      Parameter.optional(
              "keyspace",
              ParameterType.TEXT,
              "a keyspace, or keyspace.table; all if it is left out")
          .positional();

  /** Some tables of it, or all of them. */
  public static final Parameter<List<String>> TABLES =
      Parameter.optional("tables", ParameterType.TEXTS, "tables of it; all if they are left out")
          .positional();

  private final Supplier<Schema> schema;

  /** Names in the schema of now. */
  public TableNames(Supplier<Schema> schema) {
    this.schema = schema;
  }

  /** The schema of now. */
  public Schema schema() {
    return schema.get();
  }

  /**
   * The tables that {@link #KEYSPACE} and {@link #TABLES} mean; those that are computed are left
   * out.
   *
   * @throws OperationException if there is no such keyspace or table
   */
  public List<TableDefinition> of(Arguments arguments) {
    return of(arguments.get(KEYSPACE), arguments.get(TABLES));
  }

  /**
   * The tables of these names; those that are computed are left out.
   *
   * @param keyspace null for all
   * @param tables null for all
   * @throws OperationException if there is no such keyspace or table
   */
  public List<TableDefinition> of(String keyspace, List<String> tables) {
    List<TableDefinition> found = new ArrayList<>();
    if (keyspace != null && keyspace.indexOf('.') > 0) {
      found.add(qualified(keyspace));
      if (tables != null) {
        tables.forEach(table -> found.add(qualified(table)));
      }
    } else if (keyspace == null) {
      schema.get().keyspaces().values().forEach(each -> found.addAll(each.tables().values()));
    } else if (tables == null || tables.isEmpty()) {
      found.addAll(keyspace(keyspace).tables().values());
    } else {
      tables.forEach(table -> found.add(table(keyspace, table)));
    }
    found.removeIf(TableDefinition::isVirtual);
    return found;
  }

  /** Whether arguments mean a table of these names, be there one or not. */
  static boolean means(Arguments arguments, String keyspace, String table) {
    String wanted = arguments.get(KEYSPACE);
    List<String> tables = arguments.get(TABLES);
    boolean isAny = tables == null || tables.isEmpty();
    if (wanted != null && wanted.indexOf('.') > 0) {
      String name = keyspace + "." + table;
      return wanted.equals(name) || (!isAny && tables.contains(name));
    }
    return wanted == null || (wanted.equals(keyspace) && (isAny || tables.contains(table)));
  }

  /** The table of a name with that of its keyspace before it, as nodetool takes it too. */
  private TableDefinition qualified(String name) {
    int dot = name.indexOf('.');
    if (dot < 1) {
      throw OperationException.badArgument(
          "'" + name + "' should name its keyspace too, such as shop." + name);
    }
    return table(name.substring(0, dot), name.substring(dot + 1));
  }

  /**
   * The keyspace of a name.
   *
   * @throws OperationException if there is none
   */
  public KeyspaceDefinition keyspace(String name) {
    KeyspaceDefinition found = schema.get().keyspace(name);
    if (found == null) {
      throw OperationException.notFound("there is no keyspace named '" + name + "'");
    }
    return found;
  }

  /**
   * The table of a name.
   *
   * @throws OperationException if there is none
   */
  public TableDefinition table(String keyspace, String table) {
    TableDefinition found = keyspace(keyspace).tables().get(table);
    if (found == null) {
      throw OperationException.notFound("there is no table named '" + keyspace + "." + table + "'");
    }
    return found;
  }
}
