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
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

/** The keyspaces that every node has, defined by the statements in {@code tables.cql}. */
public final class SystemSchema {
  private static final String TRACES = "system_traces";
  private static final String BATCHES = "batches";
  private static final Map<String, String> LOCAL =
      Map.of("class", "org.apache.cassandra.locator.LocalStrategy");
  private static final Map<String, Map<String, String>> REPLICATION =
      Map.of(
          "system",
          LOCAL,
          "system_schema",
          LOCAL,
          "system_auth",
          simple(1),
          "system_distributed",
          simple(3),
          TRACES,
          simple(2),
          "system_views",
          LOCAL,
          "system_virtual_schema",
          LOCAL);
  private static final Set<String> VIRTUAL = Set.of("system_views", "system_virtual_schema");

  private SystemSchema() {}

  private static Map<String, String> simple(int replicas) {
    return Map.of(
        "class",
        "org.apache.cassandra.locator.SimpleStrategy",
        "replication_factor",
        Integer.toString(replicas));
  }

  /** Whether clients are told that the tables of a keyspace are views of the node's state. */
  public static boolean isVirtual(String keyspace) {
    return VIRTUAL.contains(keyspace);
  }

  /** The keyspaces by name. */
  public static Map<String, KeyspaceDefinition> keyspaces() {
    Map<String, KeyspaceDefinition> keyspaces = new LinkedHashMap<>();
    REPLICATION.forEach(
        (name, replication) ->
            keyspaces.put(
                name,
                new KeyspaceDefinition(
                    name, replication, true, Map.of(), Map.of(), isVirtual(name))));
    for (String line : statements().split("\n")) {
      SchemaStatement.CreateTable statement = (SchemaStatement.CreateTable) CqlParser.parse(line);
      KeyspaceDefinition keyspace = keyspaces.get(statement.table().keyspace());
      // Cassandra's ids, which are made of the names in this way.
      String names = keyspace.name() + statement.table().name();
      UUID id = UUID.nameUUIDFromBytes(names.getBytes(StandardCharsets.UTF_8));
      TableDefinition table = SchemaTransformer.builtIn(keyspace, statement, id);
      if (keyspace.name().equals(TRACES)
          || (keyspace.name().equals("system") && table.name().equals(BATCHES))) {
        table = stored(table);
      }
      keyspaces.put(keyspace.name(), keyspace.withTable(table));
    }
    return keyspaces;
  }

  /** The tables of {@link #keyspaces} that are in the storage engine, as users' tables are. */
  public static Iterable<TableDefinition> storedTables(Map<String, KeyspaceDefinition> keyspaces) {
    List<TableDefinition> stored = new ArrayList<>(keyspaces.get(TRACES).tables().values());
    stored.add(batches(keyspaces));
    return stored;
  }

  /** The table of the batchlog. */
  public static TableDefinition batches(Map<String, KeyspaceDefinition> keyspaces) {
    return keyspaces.get("system").tables().get(BATCHES);
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
