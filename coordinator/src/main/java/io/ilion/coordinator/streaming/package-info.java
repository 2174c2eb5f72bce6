/**
 * Moves what nodes hold to those who will hold it, while the ring changes, or to those who lack it.
 *
 * <p>Nothing is pushed: whoever is about to become a replica of a range asks those who are for the
 * blocks of their files that have something of it ({@code FileSender}, {@code FileFetch}), or for
 * its rows page by page where that cannot be ({@code TableFetch}). What it gets it merges straight
 * into files of its own, beside the commit log, while it takes all new writes of the range already.
 * It asks so many of the replicas that each quorum has one of them ({@code StreamSources}), and
 * each of them has caught up with the change of the ring before it answers, and refuses from then
 * on writes of those who do not know of it. So whatever a quorum had acknowledged before, or
 * accepted in an agreement, it has when it is done, whoever of the others is dead.
 *
 * <p>{@link io.ilion.coordinator.streaming.RangeAcquisition} does so for ranges that this node is
 * about to own, {@link io.ilion.coordinator.streaming.RangeRebuild} for those that it owns, {@link
 * io.ilion.coordinator.streaming.RangeTransfers} has others do it for those that a node leaves.
 */
package io.ilion.coordinator.streaming;
