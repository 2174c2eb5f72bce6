package io.ilion.coordinator.paxos;

import java.util.UUID;

/**
 * Knows until when the agreements on a partition are finished: an update that was proposed first
 * before then is on every replica, or a later change in its place, or it never will be anywhere. A
 * repair of all replicas shows that, if before it no node had an update that was accepted and not
 * committed ({@link UnfinishedRounds}), and a time has gone by in which whatever was on its way has
 * arrived. Any thread may ask.
 */
@FunctionalInterface
public interface FinishedAgreements {
  /** Nothing is known to be finished. */
  FinishedAgreements NONE = (table, token) -> Long.MIN_VALUE;

  /**
   * The time in microseconds since 1970; Long.MIN_VALUE if nothing is known.
   *
   * @param table the id of the partition's table
   */
  long beforeMicros(UUID table, long token);
}
