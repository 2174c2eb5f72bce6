package io.ilion.server.system;

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

/** The keyspaces that every node has, listed in {@code tables.txt}. */
public final class SystemSchema {
  private static final String TRACES = "system_traces";
  private static final String BATCHES = "batches";
  private static final String PAXOS = "paxos";
  private static final String PAXOS_HORIZONS = "paxos_repair_history";
  private static final String REPAIRS = "repairs";
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
  private static final Set<String> STORED = Set.of(BATCHES, PAXOS, PAXOS_HORIZONS, REPAIRS);
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
    TableList.read(list(), SystemSchema::isStored)
        .forEach(
            (name, tables) ->
                keyspaces.put(
                    name,
                    new KeyspaceDefinition(
                        name, REPLICATION.get(name), true, tables, Map.of(), isVirtual(name))));
    return keyspaces;
  }

  private static boolean isStored(String keyspace, String table) {
    return keyspace.equals(TRACES) || keyspace.equals("system") && STORED.contains(table);
  }

  /** The tables of {@link #keyspaces} that are in the storage engine, as users' tables are. */
  public static Iterable<TableDefinition> storedTables(Map<String, KeyspaceDefinition> keyspaces) {
    List<TableDefinition> stored = new ArrayList<>(keyspaces.get(TRACES).tables().values());
    stored.add(batches(keyspaces));
    stored.add(paxos(keyspaces));
    stored.add(paxosHorizons(keyspaces));
    stored.add(repairs(keyspaces));
    return stored;
  }

  /** The table of the batchlog. */
  public static TableDefinition batches(Map<String, KeyspaceDefinition> keyspaces) {
    return keyspaces.get("system").tables().get(BATCHES);
  }

  /** The table in which a replica remembers what it accepted and applied. */
  public static TableDefinition paxos(Map<String, KeyspaceDefinition> keyspaces) {
    return keyspaces.get("system").tables().get(PAXOS);
  }

  /** The table in which a replica remembers up to when it may have promised. */
  public static TableDefinition paxosHorizons(Map<String, KeyspaceDefinition> keyspaces) {
    return keyspaces.get("system").tables().get(PAXOS_HORIZONS);
  }

  /** The table in which a node remembers what was repaired. */
  public static TableDefinition repairs(Map<String, KeyspaceDefinition> keyspaces) {
    return keyspaces.get("system").tables().get(REPAIRS);
  }

  private static String list() {
    try (InputStream in = SystemSchema.class.getResourceAsStream("tables.txt")) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
