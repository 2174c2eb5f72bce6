package io.ilion.gossip;

import io.ilion.runtime.NodeAddress;
import java.util.UUID;

/**
 * What a node says of itself and the others pass on.
 *
 * @param hostId who
 * @param generation of this run: greater than that of the run before
 * @param heartbeat how many rounds of gossip this run has begun
 * @param version the heartbeat at which anything below changed last
 * @param address where it is reached now
 * @param metadataEpoch the epoch of the metadata that it works by
 * @param load the bytes that its data take on disk
 * @param serving whether it takes requests of clients
 * @param stopping whether it is about to end
 */
public record NodeStatus(
    UUID hostId,
    long generation,
    long heartbeat,
    long version,
    NodeAddress address,
    long metadataEpoch,
    long load,
    boolean serving,
    boolean stopping) {

  /** Whether this is newer than something of a generation and heartbeat. */
  boolean isNewerThan(long otherGeneration, long otherHeartbeat) {
    return generation != otherGeneration
        ? generation > otherGeneration
        : heartbeat > otherHeartbeat;
  }

  NodeStatus withHeartbeat(long newer) {
    return new NodeStatus(
        hostId, generation, newer, version, address, metadataEpoch, load, serving, stopping);
  }
}
