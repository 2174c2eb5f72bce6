package io.ilion.driver.metadata;

import java.util.List;
import java.util.Map;
import java.util.UUID;

/**
 * A table or a materialized view.
 *
 * @param keyspace the name of its keyspace
 * @param name its name as it is
 * @param id its id; null for virtual tables
 * @param columns all columns by name, those of the key first
 * @param partitionKey the columns of the partition key, in order
 * @param clusteringColumns those of the clustering key, in order
 * @param indexes its indexes by name
 * @param options its options, such as gc_grace_seconds, as the system table has them
 * @param baseTable of a view the table that it is of, else null
 */
public record TableMetadata(
    String keyspace,
    String name,
    UUID id,
    Map<String, ColumnMetadata> columns,
    List<ColumnMetadata> partitionKey,
    List<ColumnMetadata> clusteringColumns,
    Map<String, IndexMetadata> indexes,
    Map<String, Object> options,
    String baseTable) {

  /**
   * An index.
   *
   * @param kind KEYS, COMPOSITES or CUSTOM
   * @param options its options; "target" is what it indexes
   */
  public record IndexMetadata(String name, String kind, Map<String, String> options) {}
}
