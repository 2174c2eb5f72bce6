package io.ilion.coordinator.paxos;

import io.ilion.storage.Slices;

/** Reads what a replica itself has of a partition. Called on the lane that owns the partition. */
@FunctionalInterface
public interface PartitionRows {

  /**
   * Reads the static row and some rows, with all deletions that touch them.
   *
   * @param callback called on this lane, maybe at once
   */
  void read(PaxosKey key, Slices slices, Callback callback);

  /** Told what was read. */
  interface Callback {
    /**
     * The read is over.
     *
     * @param rows as {@link io.ilion.coordinator.replica.read.PartitionAnswers} gives and merges
     *     them; null on failure
     * @param failure null on success
     */
    void done(byte[] rows, Throwable failure);
  }
}
