package io.ilion.gossip.messaging;

import io.ilion.runtime.NodeAddress;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * How far a node has followed the cluster's metadata, as its messages say. A request from a node
 * that is ahead is held back until this one has caught up.
 */
public interface MetadataEpochs {

  /** The epoch that this node works by; any thread may ask, for each message. */
  long epoch();

  /**
   * Catches up with the metadata. Any thread may call this, also often for the same epoch.
   *
   * @param epoch the least that is wanted
   * @param from a node that has it, or said so
   * @return completes, on any thread, when the node works by this epoch or a later one; fails if
   *     that does not succeed within some seconds
   */
  CompletionStage<Void> catchUp(long epoch, NodeAddress from);

  /**
   * Whether the metadata say that this node is where it is. If not, what is sent here is meant for
   * another, which was at this address before: its rows and hints do not belong here, and nobody
   * may take an answer for one of that node. Any thread may ask, for each request.
   */
  default boolean isWhereAgreed() {
    return true;
  }

  /** Of a node whose metadata never changes: it believes nobody who is ahead. */
  static MetadataEpochs fixed(long epoch) {
    return new MetadataEpochs() {
      @Override
      public long epoch() {
        return epoch;
      }

      @Override
      public CompletionStage<Void> catchUp(long wanted, NodeAddress from) {
        return wanted <= epoch
            ? CompletableFuture.completedFuture(null)
            : CompletableFuture.failedFuture(
                new IllegalStateException("the metadata stays at epoch " + epoch));
      }
    };
  }
}
