package io.ilion.gossip.topology;

import io.ilion.gossip.ClusterView;
import io.ilion.gossip.NodeInfo;
import io.ilion.gossip.NodeInfo.State;
import io.ilion.gossip.NodeStatus;
import io.ilion.gossip.metadata.Change;
import io.ilion.gossip.metadata.ClusterMetadata;
import io.ilion.gossip.metadata.MetadataException;
import io.ilion.gossip.metadata.MetadataService;
import io.ilion.runtime.Lane;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import java.util.random.RandomGenerator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes a node through the steps of {@link Topology}. Between the first step and the second it
 * waits until all nodes that are alive know of the first, so that none of them writes by the old
 * ring any more, and then for the {@link RangeTransfer}. What was interrupted goes on where it was
 * when it is asked for again: the metadata say where that is.
 *
 * <p>Any thread may call these methods; what they return completes on any thread.
 */
public final class Membership {
  private static final Logger LOGGER = LoggerFactory.getLogger(Membership.class);
  private static final long SOON_NANOS = 100_000_000L;
  private static final long LATER_NANOS = 1_000_000_000L;

  private final MetadataService metadata;
  private final ClusterView view;
  private final Function<UUID, NodeStatus> statuses;
  private final Lane lane;
  private final RandomGenerator random;
  private final RangeTransfer transfer;
  private volatile String waitsFor;

  /**
   * The steps of one node.
   *
   * @param statuses what nodes say of themselves; null for those of which nothing was heard
   * @param lane for what has to wait
   * @param random of its own
   */
  public Membership(
      MetadataService metadata,
      ClusterView view,
      Function<UUID, NodeStatus> statuses,
      Lane lane,
      RandomGenerator random,
      RangeTransfer transfer) {
    this.metadata = metadata;
    this.view = view;
    this.statuses = statuses;
    this.lane = lane;
    this.random = random;
    this.transfer = transfer;
  }

  /**
   * Has this node join, or go on with it; waits for others that are joining or leaving.
   *
   * @param self its tokens and state do not count
   * @param tokenCount how many tokens it gets
   * @return what the cluster has agreed on when it has joined
   */
  public CompletionStage<ClusterMetadata> join(NodeInfo self, int tokenCount) {
    return joinBy(self.hostId(), now -> Topology.beginJoin(now, self, tokenCount, random));
  }

  /**
   * Has this node take the place of a dead one, or go on with it.
   *
   * @param self its tokens and state do not count
   */
  public CompletionStage<ClusterMetadata> replace(NodeInfo self, UUID dead) {
    return joinBy(self.hostId(), now -> Topology.beginReplace(now, self, dead));
  }

  private CompletionStage<ClusterMetadata> joinBy(
      UUID self, Function<ClusterMetadata, List<Change>> begin) {
    return change(begin)
        .thenCompose(
            begun ->
                begun.node(self).state() == State.NORMAL
                    ? CompletableFuture.completedFuture(begun)
                    : known(begun.epoch())
                        .thenCompose(all -> retried(() -> fetch(self)))
                        .thenCompose(held -> change(now -> Topology.finishJoin(now, self))));
  }

  private CompletionStage<Void> fetch(UUID self) {
    ClusterMetadata now = metadata.metadata();
    NodeInfo joining = now.node(self);
    return joining == null || joining.state() != State.JOINING
        ? CompletableFuture.failedFuture(
            new TopologyException(false, "somebody has decided that the node does not join"))
        : transfer.fetch(now, joining);
  }

  /**
   * Has a node leave: this one, or one that is dead for ever; or goes on with that.
   *
   * @param force also if fewer nodes stay than there are replicas, or if too few of the replicas of
   *     a range are alive to be sure that nothing is lost
   * @return what the cluster has agreed on when it has left
   */
  public CompletionStage<ClusterMetadata> leave(UUID hostId, boolean force) {
    return change(now -> Topology.beginLeave(now, hostId, force))
        .thenCompose(
            begun ->
                begun.node(hostId).state() == State.LEFT
                    ? CompletableFuture.completedFuture(begun)
                    : known(begun.epoch())
                        .thenCompose(
                            all -> retried(() -> handOver(hostId, begun.ringEpoch(), force)))
                        .thenCompose(
                            held -> change(now -> finishLeave(now, hostId, begun.ringEpoch()))));
  }

  private CompletionStage<Void> handOver(UUID hostId, long ringEpoch, boolean force) {
    ClusterMetadata now = metadata.metadata();
    NodeInfo leaving = now.node(hostId);
    return leaving == null || leaving.state() != State.LEAVING || now.ringEpoch() != ringEpoch
        ? CompletableFuture.failedFuture(stays())
        : transfer.handOver(now, leaving, force);
  }

  /**
   * What was handed over counts for the leaving for which it was: if that was given up, nobody was
   * sent what was written until the node began to leave once more.
   */
  private static List<Change> finishLeave(ClusterMetadata now, UUID hostId, long ringEpoch) {
    NodeInfo leaving = now.node(hostId);
    if (leaving != null && leaving.state() == State.LEAVING && now.ringEpoch() != ringEpoch) {
      throw stays();
    }
    return Topology.finishLeave(now, hostId);
  }

  private static TopologyException stays() {
    return new TopologyException(false, "somebody has decided that the node stays");
  }

  /**
   * Gives up that a node joins or leaves: who was joining has left, and who was leaving stays.
   *
   * @return what the cluster has agreed on then
   */
  public CompletionStage<ClusterMetadata> abort(UUID hostId) {
    return change(
        now -> {
          NodeInfo node = now.node(hostId);
          return node != null && node.state() == State.JOINING
              ? Topology.abortJoin(now, hostId)
              : Topology.abortLeave(now, hostId);
        });
  }

  /** What a step of this node waits for, in a sentence for operators; null if for nothing. */
  public String waitsFor() {
    return waitsFor;
  }

  /** Makes a change as soon as it can be made. */
  private CompletionStage<ClusterMetadata> change(Function<ClusterMetadata, List<Change>> step) {
    CompletableFuture<ClusterMetadata> done = new CompletableFuture<>();
    change(step, done);
    return done;
  }

  private void change(
      Function<ClusterMetadata, List<Change>> step, CompletableFuture<ClusterMetadata> done) {
    metadata
        .change(step)
        .whenComplete(
            (made, failure) -> {
              waitsFor = null;
              if (failure == null) {
                done.complete(made);
              } else if (failure instanceof TopologyException refusal && refusal.isLater()) {
                waitsFor = refusal.getMessage();
                LOGGER.debug("not yet: {}", refusal.getMessage());
                lane.schedule(SOON_NANOS, () -> change(step, done));
              } else if (failure instanceof MetadataException) {
                LOGGER.warn("the ring is not changed yet: {}", failure.getMessage());
                waitsFor = failure.getMessage();
                lane.schedule(LATER_NANOS, () -> change(step, done));
              } else {
                done.completeExceptionally(failure);
              }
            });
  }

  /** Completes when all nodes that are alive are at an epoch. */
  private CompletionStage<Void> known(long epoch) {
    CompletableFuture<Void> done = new CompletableFuture<>();
    await(epoch, done);
    return done;
  }

  private void await(long epoch, CompletableFuture<Void> done) {
    UUID self = view.self().hostId();
    boolean all =
        view.epoch() >= epoch
            && view.nodes().stream()
                .map(NodeInfo::hostId)
                .filter(hostId -> !hostId.equals(self) && view.isAlive(hostId))
                .map(statuses)
                .allMatch(status -> status != null && status.metadataEpoch() >= epoch);
    if (all) {
      waitsFor = null;
      done.complete(null);
    } else {
      waitsFor = "not all nodes that are alive know of the change yet";
      lane.schedule(SOON_NANOS, () -> await(epoch, done));
    }
  }

  private interface Attempt {
    CompletionStage<Void> begin();
  }

  /** Tries something until it succeeds, or cannot any more. */
  private CompletionStage<Void> retried(Attempt attempt) {
    CompletableFuture<Void> done = new CompletableFuture<>();
    retry(attempt, done);
    return done;
  }

  private void retry(Attempt attempt, CompletableFuture<Void> done) {
    attempt
        .begin()
        .whenComplete(
            (held, failure) -> {
              Throwable cause =
                  failure instanceof CompletionException ? failure.getCause() : failure;
              waitsFor = null;
              if (cause == null) {
                done.complete(null);
              } else if (cause instanceof TopologyException) {
                done.completeExceptionally(cause);
              } else {
                LOGGER.warn("ranges are not moved yet: {}", cause.toString());
                waitsFor = cause.getMessage();
                lane.schedule(LATER_NANOS, () -> retry(attempt, done));
              }
            });
  }
}
