/**
 * Moves what nodes hold to those who will hold it, while the ring changes.
 *
 * <p>Nothing is pushed: whoever is about to become a replica of a range asks those who are, page by
 * page, and writes what it gets, merged, into files beside the commit log, while it takes all new
 * writes of the range already. It asks so many of the replicas that each quorum has one of them,
 * and each of them has caught up with the change of the ring before it answers, and refuses from
 * then on writes of those who do not know of it. So whatever a quorum had acknowledged before, or
 * promised or accepted in an agreement, it has when it is done, whoever of the others is dead.
 */
package io.ilion.coordinator.streaming;
