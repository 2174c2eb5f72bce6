package io.ilion.model.schema;

import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;

/**
 * The options of a table, as in {@code CREATE TABLE ... WITH}; names, defaults and meanings are
 * Cassandra's. Maps keep the full class name under {@code class}.
 */
public record TableProperties(
    String additionalWritePolicy,
    boolean allowAutoSnapshot,
    double bloomFilterFpChance,
    Map<String, String> caching,
    boolean cdc,
    String comment,
    Map<String, String> compaction,
    Map<String, String> compression,
    double crcCheckChance,
    int defaultTimeToLive,
    Map<String, byte[]> extensions,
    int gcGraceSeconds,
    boolean incrementalBackups,
    int maxIndexInterval,
    String memtable,
    int memtableFlushPeriodMillis,
    int minIndexInterval,
    String readRepair,
    String speculativeRetry) {

  /** The package of Cassandra's compaction strategies, which the schema tables show. */
  public static final String COMPACTION_PACKAGE = "org.apache.cassandra.db.compaction.";

  /** The package of Cassandra's compressors, which the schema tables show. */
  public static final String COMPRESSION_PACKAGE = "org.apache.cassandra.io.compress.";

  /** What a table has that says nothing. */
  public static final TableProperties DEFAULT =
      new TableProperties(
          "99p",
          true,
          0.01,
          sorted(Map.of("keys", "ALL", "rows_per_partition", "NONE")),
          false,
          "",
          sorted(
              Map.of(
                  "class", COMPACTION_PACKAGE + "UnifiedCompactionStrategy",
                  "scaling_parameters", "T4",
                  "max_sstables_to_compact", "64",
                  "target_sstable_size", "1GiB",
                  "sstable_growth", "0.3333",
                  "min_sstable_size", "100MiB")),
          sorted(
              Map.of("class", COMPRESSION_PACKAGE + "LZ4Compressor", "chunk_length_in_kb", "16")),
          1.0,
          0,
          Map.of(),
          864_000,
          true,
          2048,
          "default",
          0,
          128,
          "BLOCKING",
          "99p");

  /** Copies the maps; they list their keys in order. */
  public TableProperties {
    caching = sorted(caching);
    compaction = sorted(compaction);
    compression = sorted(compression);
    extensions = Map.copyOf(extensions);
  }

  private static Map<String, String> sorted(Map<String, String> map) {
    return Collections.unmodifiableMap(new TreeMap<>(map));
  }
}
