package io.ilion.coordinator.paxos;

import io.ilion.coordinator.WriteCallback;

/**
 * Keeps the states of partitions durably. Every method is called on the lane that owns the
 * partition.
 */
interface PaxosStates {

  /** Reads a state; the callback is called on this lane, maybe at once. */
  void read(PaxosKey key, Callback callback);

  /**
   * Remembers a promise.
   *
   * @param done told when it is durable
   * @return false if reads do not see it before the callback is called
   */
  boolean promise(PaxosKey key, Ballot ballot, WriteCallback done);

  /** Remembers what was accepted; as {@link #promise}. */
  boolean accept(PaxosKey key, Proposal proposal, WriteCallback done);

  /** Remembers what was committed, and forgets what was accepted before; as {@link #promise}. */
  boolean commit(PaxosKey key, Proposal proposal, WriteCallback done);

  /** Told a state. */
  interface Callback {
    /** One of the two is null. */
    void done(PaxosState state, Throwable failure);
  }
}
