package io.ilion.model.schema;

import java.util.Collections;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;

/**
 * Everything that is defined, as of one epoch of the metadata log. Immutable: a reader keeps the
 * one that it began with.
 */
public final class Schema {
  /** Nothing is defined. */
  public static final Schema EMPTY = new Schema(0, Map.of());

  private final long epoch;
  private final Map<String, KeyspaceDefinition> keyspaces;

  /** The same without an order, since each request asks for its own several times. */
  private final Map<String, KeyspaceDefinition> keyspacesByName;

  private final Map<UUID, TableDefinition> tablesById = new HashMap<>();
  private final Map<UUID, TableDefinition> tablesByFormerId = new HashMap<>();

  /** Makes a schema of keyspaces by name. */
  public Schema(long epoch, Map<String, KeyspaceDefinition> keyspaces) {
    this.epoch = epoch;
    this.keyspaces = Collections.unmodifiableMap(new TreeMap<>(keyspaces));
    this.keyspacesByName = new HashMap<>(keyspaces);
    for (KeyspaceDefinition keyspace : keyspaces.values()) {
      for (TableDefinition table : keyspace.tables().values()) {
        tablesById.put(table.id(), table);
        table.formerIds().forEach(former -> tablesByFormerId.put(former, table));
      }
    }
  }

  /** Grows by one with each change. */
  public long epoch() {
    return epoch;
  }

  /** All keyspaces, by name and in the order of names. */
  public Map<String, KeyspaceDefinition> keyspaces() {
    return keyspaces;
  }

  /** The keyspace of a name, or null. */
  public KeyspaceDefinition keyspace(String name) {
    return keyspacesByName.get(name);
  }

  /** The table of a name, or null. */
  public TableDefinition table(String keyspace, String table) {
    KeyspaceDefinition found = keyspacesByName.get(keyspace);
    return found == null ? null : found.tables().get(table);
  }

  /** The table of an id, or null. */
  public TableDefinition table(UUID id) {
    return tablesById.get(id);
  }

  /** The table whose data had an id before it was truncated, or null. */
  public TableDefinition truncated(UUID formerId) {
    return tablesByFormerId.get(formerId);
  }

  /** Whether there is a table that has an id, or had it before it was truncated. */
  public boolean hasTable(UUID id) {
    return tablesById.containsKey(id) || tablesByFormerId.containsKey(id);
  }

  /** The schema of the next epoch, with a keyspace added or replaced. */
  public Schema with(KeyspaceDefinition keyspace) {
    Map<String, KeyspaceDefinition> changed = new TreeMap<>(keyspaces);
    changed.put(keyspace.name(), keyspace);
    return new Schema(epoch + 1, changed);
  }

  /** The schema of the next epoch, without a keyspace. */
  public Schema without(String keyspace) {
    Map<String, KeyspaceDefinition> changed = new TreeMap<>(keyspaces);
    changed.remove(keyspace);
    return new Schema(epoch + 1, changed);
  }
}
