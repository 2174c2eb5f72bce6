package io.ilion.coordinator.replica;

import io.ilion.coordinator.WriteCallback;
import io.ilion.gossip.NodeInfo;

/** Keeps what a replica could not take until it can. Safe to call from any lane. */
public interface HintKeeper {

  /** Keeps nothing. */
  HintKeeper NONE =
      new HintKeeper() {
        @Override
        public boolean wants(NodeInfo node) {
          return false;
        }

        @Override
        public void keep(
            NodeInfo node, long token, byte[] update, long writtenMillis, WriteCallback durable) {
          durable.done(new IllegalStateException("hints are not kept here"));
        }
      };

  /** Whether a hint for a node would be kept: it is not down for too long, and there is room. */
  boolean wants(NodeInfo node);

  /**
   * Keeps an update for a node.
   *
   * @param writtenMillis since 1970, when it was written first: what others have deleted since may
   *     not be purged before the node has this; if that is later than now, it is now
   * @param durable told when it is on disk, or why it is not, on any lane
   */
  void keep(NodeInfo node, long token, byte[] update, long writtenMillis, WriteCallback durable);
}
