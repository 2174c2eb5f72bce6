package io.ilion.gossip.messaging;

/**
 * What the messages of other nodes may take of this one.
 *
 * @param workBytes requests for rows that are worked on and not answered, of all lanes
 * @param heldBytes requests that wait until this node has the metadata of their senders
 */
public record MessengerLimits(long workBytes, long heldBytes) {
  /** What suits a node with about a gigabyte of memory. */
  public static final MessengerLimits DEFAULT = new MessengerLimits(16L << 20, 6L << 20);
}
