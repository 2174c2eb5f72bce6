/**
 * Agreement of the replicas of one partition, for conditional updates and serial reads.
 *
 * <p>The algorithm is single-decree Paxos (L. Lamport, "Paxos made simple", 2001), decided again
 * and again for a partition: what is decided is an update, and it is committed, that is applied to
 * the partition, before the next one is proposed. A round is that of Apache Cassandra (its
 * documentation of lightweight transactions, and CEP-14 "Paxos improvements", which were read for
 * facts): <em> prepare</em> takes promises of a quorum and reads the rows, <em>propose</em> has a
 * quorum accept, <em>commit</em> applies. Who finds an accepted update that is not known to be
 * committed completes it first.
 *
 * <ul>
 *   <li>{@link io.ilion.coordinator.paxos.PaxosAcceptor} is the replica's part: what it answers is
 *       durable before it answers.
 *   <li>{@link io.ilion.coordinator.paxos.PaxosCoordinator} is the part of whoever asks.
 * </ul>
 *
 * <p>An update keeps the timestamp of the ballot that first proposed it. Ballots grow, so later
 * decisions win over earlier ones cell by cell, and applying an update twice does nothing.
 */
package io.ilion.coordinator.paxos;
