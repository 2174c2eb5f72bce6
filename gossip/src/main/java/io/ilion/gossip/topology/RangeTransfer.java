package io.ilion.gossip.topology;

import io.ilion.gossip.NodeInfo;
import io.ilion.gossip.metadata.ClusterMetadata;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** Moves the rows of ranges whose replicas change, between the two steps of such a change. */
public interface RangeTransfer {

  /**
   * Brings here what this node will own and does not hold yet. Everybody who is alive sends it the
   * new writes already. It can be asked again after a failure or a restart, and then goes on.
   *
   * @param metadata in which this node is JOINING
   */
  CompletionStage<Void> fetch(ClusterMetadata metadata, NodeInfo self);

  /**
   * Has those who will own what a leaving node owns hold it, from the node itself or from other
   * replicas.
   *
   * @param metadata in which the node is LEAVING
   * @param lossy also if too few of the replicas of a range are alive to know all that a quorum
   *     ever acknowledged; then what those who are alive have has to do
   */
  CompletionStage<Void> handOver(ClusterMetadata metadata, NodeInfo leaving, boolean lossy);

  /** Of a cluster in which there is nothing to be moved. */
  RangeTransfer NOTHING =
      new RangeTransfer() {
        @Override
        public CompletionStage<Void> fetch(ClusterMetadata metadata, NodeInfo self) {
          return CompletableFuture.completedFuture(null);
        }

        @Override
        public CompletionStage<Void> handOver(
            ClusterMetadata metadata, NodeInfo leaving, boolean lossy) {
          return CompletableFuture.completedFuture(null);
        }
      };
}
