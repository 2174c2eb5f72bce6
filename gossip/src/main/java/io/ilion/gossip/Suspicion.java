package io.ilion.gossip;

import java.util.UUID;

/**
 * How suspicious the silence of another node is to this one.
 *
 * @param hostId of the other
 * @param phi from 0 without bound: the logarithm of how unlikely it is that a node which lives is
 *     silent for so long
 * @param silentNanos since something was heard of it last, from itself or over others
 * @param alive whether it is believed to be alive
 */
public record Suspicion(UUID hostId, double phi, long silentNanos, boolean alive) {
  /** Above this phi a node counts as down. */
  public static final double THRESHOLD = GossipTable.THRESHOLD;
}
