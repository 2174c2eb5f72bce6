package io.ilion.coordinator.replica.read;

import io.ilion.gossip.NodeInfo;
import java.util.List;

/**
 * Whom a read asks, as things are now.
 *
 * @param asked those that are asked at once; the first for the data, the others for digests
 * @param spare those that are asked when one of them is slow or fails, in this order
 * @param replicas how many there are, also of those that cannot be asked
 */
public record ReadRoute(List<NodeInfo> asked, List<NodeInfo> spare, int replicas) {}
