package io.ilion.model.schema;

import io.ilion.model.type.UserType;
import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;

/**
 * A keyspace with what it holds. Immutable; the {@code with} methods make changed copies.
 *
 * @param replication with the full class name under {@code class}
 * @param virtual whether its tables are computed rather than stored
 */
public record KeyspaceDefinition(
    String name,
    Map<String, String> replication,
    boolean durableWrites,
    Map<String, TableDefinition> tables,
    Map<String, UserType> types,
    boolean virtual) {

  /** Copies the maps, ordered by name. */
  public KeyspaceDefinition {
    replication = Collections.unmodifiableMap(new TreeMap<>(replication));
    tables = Collections.unmodifiableMap(new TreeMap<>(tables));
    types = Collections.unmodifiableMap(new TreeMap<>(types));
  }

  /** A keyspace that holds nothing. */
  public KeyspaceDefinition(String name, Map<String, String> replication, boolean durableWrites) {
    this(name, replication, durableWrites, Map.of(), Map.of(), false);
  }

  /** With a table added or replaced. */
  public KeyspaceDefinition withTable(TableDefinition table) {
    Map<String, TableDefinition> changed = new TreeMap<>(tables);
    changed.put(table.name(), table);
    return new KeyspaceDefinition(name, replication, durableWrites, changed, types, virtual);
  }

  /** Without a table. */
  public KeyspaceDefinition withoutTable(String table) {
    Map<String, TableDefinition> changed = new TreeMap<>(tables);
    changed.remove(table);
    return new KeyspaceDefinition(name, replication, durableWrites, changed, types, virtual);
  }

  /** With a type added, or replaced here and wherever a type or a table mentions it. */
  public KeyspaceDefinition withType(UserType type) {
    Map<String, UserType> changedTypes = new TreeMap<>();
    types.forEach(
        (key, value) -> changedTypes.put(key, (UserType) value.withUpdatedUserType(type)));
    changedTypes.put(type.name(), type);
    Map<String, TableDefinition> changedTables = new TreeMap<>();
    tables.forEach((key, value) -> changedTables.put(key, value.withUpdatedUserType(type)));
    return new KeyspaceDefinition(
        name, replication, durableWrites, changedTables, changedTypes, virtual);
  }

  /** Without a type. */
  public KeyspaceDefinition withoutType(String type) {
    Map<String, UserType> changed = new TreeMap<>(types);
    changed.remove(type);
    return new KeyspaceDefinition(name, replication, durableWrites, tables, changed, virtual);
  }

  /** With other replication. */
  public KeyspaceDefinition withReplication(Map<String, String> changed, boolean durable) {
    return new KeyspaceDefinition(name, changed, durable, tables, types, virtual);
  }
}
