package io.ilion.server;

import io.ilion.coordinator.streaming.RangeTransfers;
import io.ilion.gossip.ClusterState;
import io.ilion.gossip.NodeInfo;
import io.ilion.gossip.NodeInfo.State;
import io.ilion.gossip.metadata.ClusterMetadata;
import io.ilion.gossip.metadata.MetadataService;
import io.ilion.gossip.topology.Membership;
import io.ilion.gossip.topology.RangeTransfer;
import io.ilion.gossip.topology.Topology;
import io.ilion.gossip.topology.TopologyException;
import io.ilion.runtime.Clock;
import io.ilion.runtime.Lane;
import io.ilion.server.operations.MembershipOperations;
import io.ilion.server.schema.SchemaStore;
import java.io.IOException;
import java.util.Comparator;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How this node comes and goes, and what it does for others that do. Whatever has begun goes on
 * after a restart, since the metadata say where: a node that was leaving goes on with that itself;
 * when one that leaves is dead, the living member with the least host id goes on, whoever began it.
 *
 * <p>Any thread may call this; its own state is of lane 0.
 */
final class NodeMoves implements MembershipOperations.Moves {
  private static final Logger LOGGER = LoggerFactory.getLogger(NodeMoves.class);
  private static final long LOOK_NANOS = 2_000_000_000L;

  /** After so long a silence somebody else goes on with the leaving of a node. */
  private static final long PATIENCE_NANOS = 30_000_000_000L;

  /** What is to be done before this node has left. */
  interface Farewell {
    /** Brings elsewhere what this node keeps for others; may be called again. */
    CompletionStage<Void> settle();

    /**
     * Lets no client in; completes when what clients had begun is over.
     *
     * @param forGood whether the node has left; else it may serve again
     */
    CompletionStage<Void> stopServing(boolean forGood);

    /**
     * Lets clients in again if they were let in before the node was to leave; idempotent.
     *
     * @throws IOException if the port cannot be taken again
     */
    void serveAgain() throws IOException;
  }

  private final MetadataService metadata;
  private final ClusterState view;
  private final Clock clock;
  private final Lane lane;
  private Membership membership;
  private Farewell farewell;
  private RangeTransfer transfer = RangeTransfer.NOTHING;
  private RangeTransfers transfers;
  private SchemaStore schemas;
  private Runnable whenLeft = () -> {};
  private volatile boolean started;
  private volatile boolean left;

  // Of lane 0.
  private UUID leaving;
  private CompletableFuture<Void> leave;
  private UUID silent;
  private long silentSince;

  /**
   * The moves of a node.
   *
   * @param lane lane 0
   */
  NodeMoves(MetadataService metadata, ClusterState view, Clock clock, Lane lane) {
    this.metadata = metadata;
    this.view = view;
    this.clock = clock;
    this.lane = lane;
  }

  /** What moves ranges: waits until their tables are known here, and says goodbye at the end. */
  RangeTransfer transfer() {
    return new Transfer();
  }

  /** Says by whom steps are taken, how ranges are moved, and what is done last. */
  void by(Membership steps, RangeTransfers mover, Farewell last) {
    membership = steps;
    transfers = mover;
    transfer = mover == null ? RangeTransfer.NOTHING : mover;
    farewell = last;
  }

  /** Looks after moves from now on; when the node is a member. */
  void start(SchemaStore store, Runnable afterLeaving) {
    schemas = store;
    whenLeft = afterLeaving;
  }

  /** Goes on with what had begun; when the node serves. */
  void goOn() {
    started = true;
    lane.execute(this::look);
  }

  /** Where the node is in its life. */
  NodeMode mode() {
    if (left) {
      return NodeMode.DECOMMISSIONED;
    }
    NodeInfo known = metadata.metadata().node(view.self().hostId());
    State state = known == null ? State.JOINING : known.state();
    return switch (state) {
      case JOINING -> known == null ? NodeMode.STARTING : NodeMode.JOINING;
      case NORMAL -> started ? NodeMode.NORMAL : NodeMode.STARTING;
      case LEAVING -> NodeMode.LEAVING;
      case LEFT -> NodeMode.DECOMMISSIONED;
    };
  }

  @Override
  public String modeName() {
    return mode().toString();
  }

  @Override
  public String waitsFor() {
    return membership.waitsFor();
  }

  @Override
  public RangeTransfers transfers() {
    return transfers;
  }

  @Override
  public CompletionStage<Void> decommission(boolean force) {
    return leave(view.self().hostId(), force);
  }

  @Override
  public CompletionStage<Void> remove(UUID hostId, boolean force) {
    if (hostId.equals(view.self().hostId())) {
      return refused("Cannot remove self");
    }
    NodeInfo node = metadata.metadata().node(hostId);
    if (node == null || node.state() == State.LEFT) {
      return refused("Host ID not found.");
    }
    if (view.isAlive(hostId)) {
      return refused(
          "Node "
              + node.address()
              + " is alive and owns this ID. Use decommission command to remove it from the ring");
    }
    return node.state() == State.JOINING
        ? membership.abort(hostId).thenApply(agreed -> null)
        : leave(hostId, force);
  }

  private static CompletionStage<Void> refused(String why) {
    return CompletableFuture.failedFuture(new TopologyException(false, why));
  }

  @Override
  public CompletionStage<Void> abort() {
    NodeInfo moving = Topology.moving(metadata.metadata());
    return moving == null
        ? refused("no node is joining or leaving")
        : membership.abort(moving.hostId()).thenApply(agreed -> null);
  }

  private CompletionStage<Void> leave(UUID hostId, boolean force) {
    CompletableFuture<Void> done = new CompletableFuture<>();
    lane.execute(
        () -> {
          boolean isAtIt = leave != null && !leave.isDone() && hostId.equals(leaving);
          // Who insists begins anew: what was begun may wait for ever.
          if (!isAtIt || force) {
            leaving = hostId;
            leave =
                membership
                    .leave(hostId, force)
                    .<Void>thenApply(agreed -> null)
                    .toCompletableFuture();
          }
          leave.whenComplete(
              (gone, failure) -> {
                if (failure == null) {
                  done.complete(null);
                } else {
                  done.completeExceptionally(cause(failure));
                }
              });
        });
    return done;
  }

  private static Throwable cause(Throwable failure) {
    return failure instanceof CompletionException && failure.getCause() != null
        ? failure.getCause()
        : failure;
  }

  /** Goes on with what nobody is at, from time to time. */
  private void look() {
    if (left) {
      return;
    }
    try {
      goOnWithLeaving();
    } finally {
      lane.schedule(LOOK_NANOS, this::look);
    }
  }

  private void goOnWithLeaving() {
    NodeInfo moving = Topology.moving(metadata.metadata());
    if (moving != null && moving.state() == State.LEAVING && isMine(moving.hostId())) {
      boolean isAtIt = leave != null && !leave.isDone() && moving.hostId().equals(leaving);
      if (!isAtIt) {
        LOGGER.info("goes on with the leaving of {}", moving.address());
        leave(moving.hostId(), false)
            .whenComplete(
                (gone, failure) -> {
                  if (failure != null) {
                    LOGGER.warn("{} has not left: {}", moving.address(), failure.toString());
                  }
                });
      }
    }
  }

  /** Whether it is this node's turn to go on with the leaving of a node. */
  private boolean isMine(UUID hostId) {
    UUID self = view.self().hostId();
    if (hostId.equals(self)) {
      return true;
    }
    if (view.isAlive(hostId)) {
      silent = null;
      return false;
    }
    if (!hostId.equals(silent)) {
      silent = hostId;
      silentSince = clock.nanoTime();
    }
    UUID first =
        view.nodes().stream()
            .filter(node -> node.state() == State.NORMAL && view.isAlive(node.hostId()))
            .map(NodeInfo::hostId)
            .min(Comparator.naturalOrder())
            .orElse(null);
    return self.equals(first) && clock.nanoTime() - silentSince > PATIENCE_NANOS;
  }

  /** The node works by newer metadata; on lane 0. */
  void follows(ClusterMetadata newer) {
    NodeInfo known = newer.node(view.self().hostId());
    if (known != null && known.state() == State.LEFT && !left) {
      left = true;
      LOGGER.info("this node has left its cluster");
      farewell.stopServing(true).whenComplete((over, failure) -> whenLeft.run());
    }
    serveIfStays(newer);
  }

  /** Its leaving may have been given up when it had stopped serving already. */
  private void serveIfStays(ClusterMetadata now) {
    NodeInfo known = now.node(view.self().hostId());
    if (known != null && known.state() == State.NORMAL) {
      try {
        farewell.serveAgain();
      } catch (IOException e) {
        LOGGER.error("this node stays, and lets clients in after enablebinary or a restart", e);
      }
    }
  }

  private final class Transfer implements RangeTransfer {
    @Override
    public CompletionStage<Void> fetch(ClusterMetadata agreed, NodeInfo joining) {
      return schemas.reached(agreed.epoch()).thenCompose(known -> transfer.fetch(agreed, joining));
    }

    @Override
    public CompletionStage<Void> handOver(ClusterMetadata agreed, NodeInfo node, boolean lossy) {
      CompletionStage<Void> handed =
          schemas
              .reached(agreed.epoch())
              .thenCompose(known -> transfer.handOver(agreed, node, lossy));
      return node.hostId().equals(view.self().hostId())
          ? handed
              .thenCompose(held -> stillLeaves(agreed))
              .thenCompose(leaves -> farewell.settle())
              .thenCompose(settled -> stillLeaves(agreed))
              .thenCompose(leaves -> farewell.stopServing(false))
              .thenCompose(over -> stillLeaves(agreed))
              .thenCompose(leaves -> farewell.settle())
          : handed;
    }

    /** If it was given up meanwhile, others have nothing to fetch, and the node goes on serving. */
    private CompletionStage<Void> stillLeaves(ClusterMetadata agreed) {
      ClusterMetadata now = metadata.metadata();
      if (now.ringEpoch() == agreed.ringEpoch()) {
        return CompletableFuture.completedFuture(null);
      }
      serveIfStays(now);
      return refused("somebody has decided that the node stays");
    }
  }
}
