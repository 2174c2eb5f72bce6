package io.ilion.driver.metadata;

/**
 * Is told when the cluster changes. Called on an event loop, one change after the other; each
 * method does nothing unless it is overridden.
 */
public interface MetadataListener {
  /** A node has become known. */
  default void nodeAdded(Node node) {}

  /** A node has left. */
  default void nodeRemoved(Node node) {}

  /** The first connection to a node is open. */
  default void nodeUp(Node node) {}

  /** The last connection to a node has ended. */
  default void nodeDown(Node node) {}

  /** A keyspace was created. */
  default void keyspaceCreated(KeyspaceMetadata keyspace) {}

  /** A keyspace, or something in it, was changed. */
  default void keyspaceUpdated(KeyspaceMetadata before, KeyspaceMetadata after) {}

  /** A keyspace was dropped. */
  default void keyspaceDropped(KeyspaceMetadata keyspace) {}

  /** A table was created. */
  default void tableCreated(TableMetadata table) {}

  /** A table was changed. */
  default void tableUpdated(TableMetadata before, TableMetadata after) {}

  /** A table was dropped. */
  default void tableDropped(TableMetadata table) {}
}
