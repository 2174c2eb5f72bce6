package io.ilion.coordinator.paxos;

/** Knows who agrees on a partition, as this node sees the cluster now. Any thread may ask. */
@FunctionalInterface
interface Electorates {

  /**
   * Who agrees.
   *
   * @param local whether only this node's data centre agrees
   * @return null if there is no such table, or it was truncated since
   */
  Electorate of(PaxosKey key, boolean local);

  /** Whether this node is one of those who agree. */
  default boolean isIn(Electorate electorate) {
    return true;
  }

  /** Whether the table was truncated since, so that there is nothing to agree on any more. */
  default boolean isTruncated(PaxosKey key) {
    return false;
  }
}
