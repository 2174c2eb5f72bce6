package io.ilion.coordinator.paxos;

import io.ilion.model.schema.ColumnDefinition;
import io.ilion.model.schema.TableDefinition;
import io.ilion.model.schema.TableProperties;
import io.ilion.model.type.NativeType;
import io.ilion.storage.StorageEngine;
import io.ilion.storage.TableOptions;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/** The tables of states, as nodes have them. */
public final class PaxosTables {
  /** {@code system.paxos}. */
  public static final TableDefinition PAXOS =
      new TableDefinition(
          "system",
          "paxos",
          new UUID(9, 2),
          List.of(
              column(1, "row_key", ColumnDefinition.Kind.PARTITION_KEY, NativeType.BLOB),
              column(2, "cf_id", ColumnDefinition.Kind.CLUSTERING, NativeType.UUID),
              column(3, "in_progress_ballot", ColumnDefinition.Kind.REGULAR, NativeType.TIMEUUID),
              column(4, "most_recent_commit", ColumnDefinition.Kind.REGULAR, NativeType.BLOB),
              column(5, "proposal", ColumnDefinition.Kind.REGULAR, NativeType.BLOB)),
          List.of(),
          6,
          TableProperties.DEFAULT,
          false);

  /** {@code system.paxos_repair_history}. */
  public static final TableDefinition HORIZONS =
      new TableDefinition(
          "system",
          "paxos_repair_history",
          new UUID(9, 3),
          List.of(
              column(1, "keyspace_name", ColumnDefinition.Kind.PARTITION_KEY, NativeType.TEXT),
              column(2, "table_name", ColumnDefinition.Kind.CLUSTERING, NativeType.TEXT),
              column(3, "points", ColumnDefinition.Kind.REGULAR, NativeType.BLOB)),
          List.of(),
          4,
          TableProperties.DEFAULT,
          false);

  private PaxosTables() {}

  /** Has an engine know them. */
  public static void put(StorageEngine engine) {
    engine.putTable(options(PAXOS));
    engine.putTable(options(HORIZONS));
  }

  static TableOptions options(TableDefinition table) {
    return new TableOptions(
        table.id(), table.name(), 0, 0.01, Map.of(), Map.of(), table.clustering().size());
  }

  static ColumnDefinition column(int id, String name, ColumnDefinition.Kind kind, NativeType type) {
    boolean key = kind != ColumnDefinition.Kind.REGULAR;
    return new ColumnDefinition(id, name, kind, key ? 0 : -1, type, false);
  }
}
