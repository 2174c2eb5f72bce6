package io.ilion.server.system;

import io.ilion.cql.ast.SchemaStatement;
import io.ilion.cql.grammar.CqlParser;
import io.ilion.cql.schema.SchemaTransformer;
import io.ilion.model.schema.KeyspaceDefinition;
import io.ilion.model.schema.TableDefinition;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/** The keyspaces that every node has, defined by the statements in {@code tables.cql}. */
public final class SystemSchema {
  private static final String LOCAL = "org.apache.cassandra.locator.LocalStrategy";
  private static final String SIMPLE = "org.apache.cassandra.locator.SimpleStrategy";

  private static final String TRACES = "system_traces";

  private SystemSchema() {}

  /** The keyspaces by name. */
  public static Map<String, KeyspaceDefinition> keyspaces() {
    Map<String, KeyspaceDefinition> keyspaces = new LinkedHashMap<>();
    for (String name : new String[] {"system", "system_schema"}) {
      keyspaces.put(name, new KeyspaceDefinition(name, Map.of("class", LOCAL), true));
    }
    for (String name : new String[] {"system_views", "system_virtual_schema"}) {
      keyspaces.put(
          name,
          new KeyspaceDefinition(name, Map.of("class", LOCAL), true, Map.of(), Map.of(), true));
    }
    keyspaces.put(
        TRACES,
        new KeyspaceDefinition(TRACES, Map.of("class", SIMPLE, "replication_factor", "2"), true));
    for (String line : statements().split("\n")) {
      SchemaStatement.CreateTable statement = (SchemaStatement.CreateTable) CqlParser.parse(line);
      KeyspaceDefinition keyspace = keyspaces.get(statement.table().keyspace());
      String full = statement.table().toString();
      UUID id = UUID.nameUUIDFromBytes(full.getBytes(StandardCharsets.UTF_8));
      TableDefinition table = SchemaTransformer.builtIn(keyspace, statement, id);
      if (keyspace.name().equals(TRACES)) {
        table = stored(table);
      }
      keyspaces.put(keyspace.name(), keyspace.withTable(table));
    }
    return keyspaces;
  }

  /** The tables of the keyspaces that are in the storage engine, as users' tables are. */
  public static Iterable<TableDefinition> storedTables() {
    return keyspaces().get(TRACES).tables().values();
  }

  /** The same table, kept by the storage engine instead of being made when it is read. */
  private static TableDefinition stored(TableDefinition table) {
    return new TableDefinition(
        table.keyspace(),
        table.name(),
        table.id(),
        table.columns(),
        List.of(),
        table.nextColumnId(),
        table.properties(),
        false);
  }

  private static String statements() {
    try (InputStream in = SystemSchema.class.getResourceAsStream("tables.cql")) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8).strip();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
