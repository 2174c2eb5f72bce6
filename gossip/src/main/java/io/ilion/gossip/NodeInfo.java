package io.ilion.gossip;

import io.ilion.runtime.NodeAddress;
import java.util.List;
import java.util.UUID;

/**
 * What the cluster has agreed on about one node.
 *
 * @param hostId for ever, also on another address
 * @param address where other nodes reach it
 * @param nativeAddress where clients reach it
 * @param state whether it takes part in the ring
 * @param tokens that it owns, or will own when it has joined
 * @param release of the software, as {@code system.peers} shows it
 */
public record NodeInfo(
    UUID hostId,
    NodeAddress address,
    NodeAddress nativeAddress,
    String datacenter,
    String rack,
    State state,
    List<Long> tokens,
    String release) {

  /** The steps of a node's life in the ring. */
  public enum State {
    /** Takes writes of its future ranges, and streams what they hold; not read from. */
    JOINING,
    /** Replicates its ranges. */
    NORMAL,
    /** Still replicates its ranges; those who will own them take the writes too. */
    LEAVING,
    /** Owns nothing any more; kept for long, so that it does not come back by mistake. */
    LEFT
  }

  /** Copies the tokens. */
  public NodeInfo {
    tokens = List.copyOf(tokens);
  }

  /** The same node in another state. */
  public NodeInfo in(State newState) {
    return in(newState, tokens);
  }

  /** The same node in another state, with these tokens. */
  public NodeInfo in(State newState, List<Long> newTokens) {
    return new NodeInfo(
        hostId, address, nativeAddress, datacenter, rack, newState, newTokens, release);
  }

  /** That of the host id, which says nearly all: maps of nodes need not look at every token. */
  @Override
  public int hashCode() {
    return hostId.hashCode();
  }
}
