package io.ilion.server.netty;

import io.ilion.server.config.Config;
import io.ilion.server.config.MemoryBudget;
import io.ilion.server.config.Settings;

/**
 * What the connections between nodes may take.
 *
 * @param outgoingBytes messages that wait to be written, to all peers
 * @param incomingBytes messages that wait for another lane than that of their connection, of all
 *     peers
 * @param bufferBytes what one connection takes beneath: what is written and not sent
 */
public record PeerLimits(long outgoingBytes, long incomingBytes, int bufferBytes) {
  private static final int MOST_BUFFER_BYTES = 1 << 20;

  /** The limits that a node's settings give. */
  public static PeerLimits of(Config config) {
    MemoryBudget memory = MemoryBudget.of(config);
    return new PeerLimits(
        memory.outgoing(),
        memory.incoming(),
        (int) Math.min(MOST_BUFFER_BYTES, config.get(Settings.MEMORY) / 1024));
  }
}
