package io.ilion.storage;

import java.util.Map;
import java.util.UUID;

/**
 * What storage needs to know of a table.
 *
 * @param id never used twice
 * @param directoryName names its directory; letters, digits, '_' and '-'
 * @param gcGraceSeconds how long deletions are kept at least
 * @param bloomFilterFpChance in (0, 1]; 1 for no filter
 * @param compaction the options of the compaction strategy, with {@code class}
 * @param compression the options of compression, with {@code class}; empty for none
 * @param clusteringColumns their number; with 0 each partition has one row with an empty key
 */
public record TableOptions(
    UUID id,
    String directoryName,
    long gcGraceSeconds,
    double bloomFilterFpChance,
    Map<String, String> compaction,
    Map<String, String> compression,
    int clusteringColumns) {
  /** The same with another id, as data have that were written before a truncation. */
  public TableOptions of(UUID otherId) {
    return new TableOptions(
        otherId,
        directoryName,
        gcGraceSeconds,
        bloomFilterFpChance,
        compaction,
        compression,
        clusteringColumns);
  }
}
