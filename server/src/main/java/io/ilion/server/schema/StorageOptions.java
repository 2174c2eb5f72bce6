package io.ilion.server.schema;

import io.ilion.model.schema.TableDefinition;
import io.ilion.model.schema.TableProperties;
import io.ilion.storage.TableOptions;
import java.util.Map;
import java.util.TreeMap;

/** What the storage engine needs to know of a table. */
public final class StorageOptions {
  private StorageOptions() {}

  /** The options of a table; their directory is named by keyspace, table and first id. */
  public static TableOptions of(TableDefinition table) {
    TableProperties p = table.properties();
    // A truncated table keeps its directory, and so its snapshots.
    String id = table.schemaId().toString().replace("-", "");
    return new TableOptions(
        table.id(),
        table.keyspace() + "-" + table.name() + "-" + id,
        p.gcGraceSeconds(),
        p.bloomFilterFpChance(),
        compaction(p),
        p.compression(),
        table.clustering().size());
  }

  /**
   * As Cassandra does without a switch of its own, nothing is made to expire that is overlapped.
   */
  private static Map<String, String> compaction(TableProperties properties) {
    Map<String, String> options = new TreeMap<>(properties.compaction());
    options.remove("unsafe_aggressive_sstable_expiration");
    return options;
  }
}
