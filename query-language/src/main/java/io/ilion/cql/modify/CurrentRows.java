package io.ilion.cql.modify;

/** The rows that a statement has to know before it can change anything. */
public interface CurrentRows {
  /** No row is there. */
  CurrentRows NONE = (partitionKey, clusteringKey) -> null;

  /**
   * A row that was read.
   *
   * @param clusteringKey null for the static row of the partition
   * @return null if there is no live row
   */
  CurrentRow row(byte[] partitionKey, byte[] clusteringKey);
}
