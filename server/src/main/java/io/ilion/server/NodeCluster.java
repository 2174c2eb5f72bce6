package io.ilion.server;

import io.ilion.coordinator.streaming.RangeTransfers;
import io.ilion.gossip.ClusterState;
import io.ilion.gossip.ClusterView;
import io.ilion.gossip.CopyCheck;
import io.ilion.gossip.CopyRunsException;
import io.ilion.gossip.Gossiper;
import io.ilion.gossip.NodeInfo;
import io.ilion.gossip.NodeStatus;
import io.ilion.gossip.Suspicion;
import io.ilion.gossip.messaging.Messenger;
import io.ilion.gossip.messaging.MetadataEpochs;
import io.ilion.gossip.messaging.NodeMessenger;
import io.ilion.gossip.metadata.Change;
import io.ilion.gossip.metadata.ClusterMetadata;
import io.ilion.gossip.metadata.MetadataService;
import io.ilion.gossip.metadata.VoterCare;
import io.ilion.gossip.topology.Membership;
import io.ilion.gossip.topology.TokenAllocator;
import io.ilion.gossip.topology.TopologyException;
import io.ilion.runtime.Lane;
import io.ilion.runtime.Network;
import io.ilion.runtime.NodeAddress;
import io.ilion.runtime.NodeRuntime;
import io.ilion.server.config.Config;
import io.ilion.server.config.Settings;
import io.ilion.server.cql.BurstScheduler;
import io.ilion.server.metrics.MetricSource;
import io.ilion.server.schema.SchemaStore;
import io.ilion.server.system.NodeIdentity;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a node has of its cluster: the metadata, the messenger, the view of the members, gossip. A
 * node without seeds is a cluster of its own, and says nothing to anybody. The first of the seeds
 * makes the cluster if it knows none; all others ask the seeds for it.
 */
final class NodeCluster {
  private static final Logger LOGGER = LoggerFactory.getLogger(NodeCluster.class);
  private static final long RETRY_NANOS = 1_000_000_000L;
  private static final long SETTLING_NANOS = 100_000_000L;
  private static final long MOST_SETTLING_NANOS = 5_000_000_000L;

  private static final long REENTER_NANOS = 5_000_000_000L;

  /** How long what others sent before they heard that this node ends may be on its way. */
  private static final long LEAVING_NANOS = 200_000_000L;

  /** How long a replica works on that at most. */
  private static final long MOST_LEAVING_NANOS = 3_000_000_000L;

  private static final long LEAVING_PERIOD_NANOS = 20_000_000L;

  /** A node is believed to be alive when its heart was seen to beat. */
  private static final int ANNOUNCEMENTS = 3;

  private final NodeRuntime runtime;
  private final BurstScheduler bursts;
  private final NodeInfo self;
  private volatile boolean serving;

  /** This node as the first of a cluster; null if another has to be that. */
  private final NodeInfo founder;

  private final int tokenCount;
  private final List<NodeAddress> seeds;
  private final MetadataService metadata;
  private final ClusterState state;
  private final NodeMessenger messenger;
  private final Gossiper gossiper;
  private final CopyCheck copies;
  private final Consumer<Throwable> fatal;

  /** Completes when the node is a member of its cluster; fails if it cannot become one. */
  private final CompletableFuture<Void> entrance = new CompletableFuture<>();

  /** Whether this node takes part; before that it only says and asks who is who. */
  private volatile boolean begun;

  /** Whether the metadata that the node works by have the address that it has. */
  private volatile boolean whereAgreed;

  /** Of lane 0. */
  private boolean reentering;

  /**
   * Where the dead node was whose place this one takes at its first start; null if there is none.
   */
  private final String replaced;

  private final Membership membership;
  private final NodeMoves moves;
  private SchemaStore schemas;

  /**
   * The part of a node in its cluster; silent before {@link #start}.
   *
   * @param metadata opened by {@link #openMetadata}
   * @param bursts what the handlers of messages that arrived together share
   * @param load the bytes that the node's data take on disk
   * @param fatal told when the node must not go on, because a copy of it does
   */
  NodeCluster(
      Config config,
      NodeRuntime runtime,
      BurstScheduler bursts,
      NodeIdentity identity,
      MetadataService metadata,
      LongSupplier load,
      Consumer<Throwable> fatal) {
    this.fatal = fatal;
    this.runtime = runtime;
    this.bursts = bursts;
    this.metadata = metadata;
    this.self = self(config, runtime.network().self(), identity, identity.tokens());
    this.founder =
        isFirst(seeds(config), runtime.network().self())
            ? founder(config, runtime, identity)
            : null;
    this.tokenCount = config.get(Settings.NUM_TOKENS);
    this.seeds = seeds(config);
    state = new ClusterState(self, metadata.metadata());
    whereAgreed = isWhereAgreed(metadata.metadata());
    messenger =
        new NodeMessenger(
            runtime.network(),
            bursts,
            runtime.clock(),
            runtime.random().split(),
            new Epochs(),
            NodeLimits.messages(config));
    gossiper =
        seeds.isEmpty()
            ? null
            : new Gossiper(
                config.get(Settings.CLUSTER_NAME),
                state,
                seeds,
                messenger,
                runtime.clock(),
                runtime.scheduler().lane(0),
                runtime.random().split(),
                load);
    copies =
        new CopyCheck(
            identity.hostId(),
            messenger,
            runtime.clock(),
            runtime.random().split(),
            hostId -> state.isAlive(hostId) ? gossiper.addressOf(hostId) : null,
            this::giveWay);
    replaced = config.get(Settings.REPLACE_ADDRESS_FIRST_BOOT).stream().findFirst().orElse(null);
    moves = new NodeMoves(metadata, state, runtime.clock(), runtime.scheduler().lane(0));
    membership =
        new Membership(
            metadata,
            state,
            this::status,
            runtime.scheduler().lane(0),
            runtime.random().split(),
            moves.transfer());
  }

  /**
   * Opens what the node knows of the cluster; the first node makes it. Blocks.
   *
   * @param fatal told if the node must stop, since nobody knows what is on its disk
   */
  static MetadataService openMetadata(
      Config config, NodeRuntime runtime, NodeIdentity identity, Consumer<Throwable> fatal)
      throws IOException {
    MetadataService metadata =
        MetadataService.open(
            runtime.files(),
            config.get(Settings.DATA_DIRECTORY) + "/metadata",
            identity.hostId(),
            runtime.random().split(),
            fatal);
    NodeInfo known = metadata.metadata().node(identity.hostId());
    if (known != null && known.state() == NodeInfo.State.LEFT) {
      metadata.close();
      throw new NodeHasLeftException();
    }
    if (!metadata.metadata().isCluster()) {
      List<NodeAddress> seeds = seeds(config);
      NodeAddress address = runtime.network().self();
      boolean hasOthers = seeds.stream().anyMatch(seed -> !seed.equals(address));
      boolean hasData = !metadata.metadata().schema().keyspaces().isEmpty();
      if (hasData && hasOthers && !isFirst(seeds, address)) {
        metadata.close();
        throw new IOException("this node has data of its own, and so cannot join a cluster");
      }
      if (hasData) {
        metadata.bootstrap(self(config, address, identity, identity.tokens()));
      } else if (!hasOthers) {
        metadata.bootstrap(founder(config, runtime, identity));
      }
    }
    return metadata;
  }

  /** Whether this node makes the cluster if the other seeds know none. */
  private static boolean isFirst(List<NodeAddress> seeds, NodeAddress address) {
    return !seeds.isEmpty() && seeds.get(0).equals(address);
  }

  /** The first node of a cluster. */
  private static NodeInfo founder(Config config, NodeRuntime runtime, NodeIdentity identity) {
    List<Long> tokens =
        TokenAllocator.allocate(
            List.of(),
            config.get(Settings.RACK),
            config.get(Settings.NUM_TOKENS),
            1,
            runtime.random().split());
    return self(config, runtime.network().self(), identity, tokens);
  }

  private static NodeInfo self(
      Config config, NodeAddress address, NodeIdentity identity, List<Long> tokens) {
    return new NodeInfo(
        identity.hostId(),
        address,
        new NodeAddress(
            config.get(Settings.BROADCAST_RPC_ADDRESS), config.get(Settings.NATIVE_TRANSPORT_PORT)),
        config.get(Settings.DC),
        config.get(Settings.RACK),
        NodeInfo.State.NORMAL,
        tokens,
        Release.CASSANDRA_VERSION);
  }

  /** Where other nodes may be found; a seed without a port has this node's. */
  private static List<NodeAddress> seeds(Config config) {
    return config.get(Settings.SEEDS).stream()
        .map(seed -> seed(seed, config.get(Settings.STORAGE_PORT)))
        .toList();
  }

  private static NodeAddress seed(String text, int defaultPort) {
    boolean bracketed = text.startsWith("[");
    int colon = text.lastIndexOf(':');
    boolean hasPort = bracketed ? text.indexOf("]:") > 0 : colon >= 0 && colon == text.indexOf(':');
    String host = hasPort ? text.substring(0, colon) : text;
    return new NodeAddress(
        bracketed ? host.substring(1, host.indexOf(']')) : host,
        hasPort ? Integer.parseInt(text.substring(colon + 1)) : defaultPort);
  }

  /** Whether the node takes part in a cluster with others, or may. */
  static boolean isConnected(Config config) {
    return !config.get(Settings.SEEDS).isEmpty();
  }

  /**
   * Says who moves ranges, null if nobody has to, and what is done before this node has left;
   * before {@link #start}.
   */
  void moveRangesBy(RangeTransfers mover, NodeMoves.Farewell farewell) {
    moves.by(membership, mover, farewell);
  }

  /** The log of what the cluster agrees on. */
  MetadataService metadataLog() {
    return metadata;
  }

  /** What the cluster has agreed on, as far as this node knows. */
  ClusterMetadata metadata() {
    return metadata.metadata();
  }

  /** How this node comes and goes. */
  NodeMoves moves() {
    return moves;
  }

  /** Who belongs to the cluster, who is alive, who replicates what. */
  ClusterView view() {
    return state;
  }

  /** The way to the other nodes; who takes requests registers before {@link #start}. */
  Messenger messenger() {
    return messenger;
  }

  /** Whether there are, or may come, other nodes. */
  boolean isConnected() {
    return gossiper != null;
  }

  /** What is on its way to other nodes. */
  MetricSource messageMetrics() {
    return text -> {
      text.gauge("ilion_internode_requests_waiting", "Requests that no other node answered yet.");
      for (int lane = 0; lane < runtime.scheduler().laneCount(); lane++) {
        text.value(messenger.waiting(lane), "lane", Integer.toString(lane));
      }
    };
  }

  /** What a node said of itself last, or null. */
  NodeStatus status(UUID hostId) {
    return gossiper == null ? null : gossiper.status(hostId);
  }

  /** How suspicious the silence of each other node is. */
  CompletionStage<List<Suspicion>> suspicions() {
    return gossiper == null ? CompletableFuture.completedFuture(List.of()) : gossiper.suspicions();
  }

  /** The node works by newer metadata from now on, and says so; on lane 0. */
  void follows(ClusterMetadata newer) {
    state.apply(newer);
    whereAgreed = isWhereAgreed(newer);
    moves.follows(newer);
    reenter();
    if (gossiper != null) {
      gossiper.announce();
    }
  }

  /**
   * Begins to talk.
   *
   * @param schemas what follows the metadata, and tells this of each step
   * @return completes when the node is a member of its cluster
   */
  CompletionStage<Void> start(SchemaStore schemas) {
    this.schemas = schemas;
    moves.start(schemas, this::stop);
    if (gossiper == null) {
      begin();
      return join();
    }
    copies.register();
    gossiper.check(copies);
    runtime.network().listen(new Receiver());
    NodeAddress last = lastAddress();
    askForCopies(last)
        .thenRun(this::begin)
        .thenCompose(
            alone -> founder == null ? metadata.discover() : metadata.discoverOrFound(founder))
        .thenCompose(known -> settle().thenCombine(confirm(), (settled, confirmed) -> settled))
        .thenCompose(
            settled -> {
              NodeAddress agreed = lastAddress();
              return agreed == null || agreed.equals(last)
                  ? CompletableFuture.completedFuture(null)
                  : askForCopies(agreed);
            })
        .thenCompose(alone -> join())
        .whenComplete(
            (member, failure) -> {
              if (failure == null) {
                copies.joined();
                entrance.complete(null);
              } else {
                entrance.completeExceptionally(failure);
              }
            });
    return entrance;
  }

  private void begin() {
    metadata.start(
        messenger,
        runtime.clock(),
        runtime.scheduler().blockingLane("metadata"),
        runtime.scheduler().lane(0),
        gossiper == null ? id -> null : gossiper::addressOf,
        seeds,
        new VoterCare(state::isAlive));
    if (gossiper != null) {
      gossiper.listen(metadata::heardOf);
      gossiper.start();
      begun = true;
    }
  }

  /** Where the cluster has agreed that this node is, as far as is known here; null for nowhere. */
  private NodeAddress lastAddress() {
    NodeInfo known = metadata.metadata().node(self.hostId());
    return known == null ? null : known.address();
  }

  /** Looks, before others hear of this node, whether it is one already. */
  private CompletionStage<Void> askForCopies(NodeAddress last) {
    List<NodeAddress> suspects = new ArrayList<>(seeds);
    if (last != null) {
      suspects.add(last);
    }
    CompletableFuture<Void> none = new CompletableFuture<>();
    runtime
        .scheduler()
        .lane(0)
        .execute(() -> copies.ask(suspects).thenRun(() -> none.complete(null)));
    return none;
  }

  private boolean isWhereAgreed(ClusterMetadata agreed) {
    NodeInfo known = agreed.node(self.hostId());
    return known != null && known.address().equals(self.address());
  }

  private void giveWay(CopyRunsException why) {
    if (!entrance.completeExceptionally(why)) {
      fatal.accept(why);
    }
  }

  /**
   * Waits until the members are believed to be alive, but not for long, and lets them believe the
   * same of this node: who asks it before would be told that too few are alive, and so would those
   * who ask others while this node joins and is believed to be dead.
   */
  private CompletionStage<Void> settle() {
    CompletableFuture<Void> settled = new CompletableFuture<>();
    long end = runtime.clock().nanoTime() + MOST_SETTLING_NANOS;
    runtime.scheduler().lane(0).execute(() -> settle(settled, end, ANNOUNCEMENTS));
    return settled;
  }

  private void settle(CompletableFuture<Void> settled, long end, int announcements) {
    boolean all =
        metadata.metadata().nodes().values().stream()
            .filter(node -> node.state() == NodeInfo.State.NORMAL)
            .allMatch(node -> state.isAlive(node.hostId()));
    boolean isOver = all || runtime.clock().nanoTime() - end >= 0;
    if (isOver && announcements == 0) {
      settled.complete(null);
      return;
    }
    if (isOver) {
      gossiper.announce();
    }
    runtime
        .scheduler()
        .lane(0)
        .schedule(
            SETTLING_NANOS, () -> settle(settled, end, isOver ? announcements - 1 : announcements));
  }

  /**
   * Asks the others once whether the metadata known here are the newest, but does not insist: a
   * node may have been removed, or have left, without having heard of it.
   */
  private CompletionStage<Void> confirm() {
    CompletableFuture<Void> confirmed = new CompletableFuture<>();
    metadata
        .change(agreed -> List.of())
        .thenCompose(agreed -> schemas.reached(agreed.epoch()))
        .whenComplete((known, failure) -> confirmed.complete(null));
    runtime.scheduler().lane(0).schedule(MOST_SETTLING_NANOS, () -> confirmed.complete(null));
    return confirmed;
  }

  /** A newcomer becomes a member; a member says where it is now, but does not wait for that. */
  private CompletionStage<Void> join() {
    NodeInfo known = metadata.metadata().node(self.hostId());
    if (known != null && known.state() == NodeInfo.State.LEFT) {
      return CompletableFuture.failedFuture(new NodeHasLeftException());
    }
    if (known == null && replaced != null) {
      return replace();
    }
    if (known == null || known.state() == NodeInfo.State.JOINING) {
      return membership
          .join(self, tokenCount)
          .thenCompose(agreed -> schemas.reached(agreed.epoch()));
    }
    if (!known.equals(renewed(known))) {
      enter(new CompletableFuture<>());
    }
    return CompletableFuture.completedFuture(null);
  }

  /** Takes the place of the dead node that had an address. */
  private CompletionStage<Void> replace() {
    NodeInfo dead =
        metadata.metadata().nodes().values().stream()
            .filter(node -> node.state() == NodeInfo.State.NORMAL)
            .filter(node -> isAt(node, replaced))
            .findFirst()
            .orElse(null);
    if (dead == null) {
      return CompletableFuture.failedFuture(
          new IOException("Cannot replace " + replaced + ": no node of the cluster has it"));
    }
    if (state.isAlive(dead.hostId())) {
      return CompletableFuture.failedFuture(
          new IOException("Cannot replace " + replaced + ": that node is alive"));
    }
    return membership
        .replace(self, dead.hostId())
        .thenCompose(agreed -> schemas.reached(agreed.epoch()))
        .handle(
            (member, failure) -> {
              Throwable cause =
                  failure instanceof CompletionException ? failure.getCause() : failure;
              if (cause instanceof TopologyException refused) {
                throw new CompletionException(
                    new IOException("Cannot replace " + replaced + ": " + refused.getMessage()));
              } else if (failure != null) {
                throw new CompletionException(cause);
              }
              return member;
            });
  }

  private static boolean isAt(NodeInfo node, String address) {
    return node.address().host().equals(address) || node.nativeAddress().host().equals(address);
  }

  /**
   * The cluster has agreed on something else about this node than what it says of itself: another
   * has taken the address that was agreed on for this one, or a copy was taken for it. Not at once,
   * since copies would do that in turn until one has given way.
   */
  private void reenter() {
    if (isKnownOtherwise() && !reentering) {
      reentering = true;
      runtime
          .scheduler()
          .lane(0)
          .schedule(
              REENTER_NANOS,
              () -> {
                reentering = false;
                if (isKnownOtherwise()) {
                  enter(new CompletableFuture<>());
                }
              });
    }
  }

  private boolean isKnownOtherwise() {
    NodeInfo known = metadata.metadata().node(self.hostId());
    return entrance.isDone()
        && known != null
        && known.state() != NodeInfo.State.LEFT
        && !known.equals(renewed(known));
  }

  /** Tries until the cluster knows this node as it is, or that it has left. */
  private void enter(CompletableFuture<Void> entered) {
    metadata
        .change(
            agreed -> {
              NodeInfo known = agreed.node(self.hostId());
              boolean isMember = known != null && known.state() != NodeInfo.State.LEFT;
              return !isMember || renewed(known).equals(known)
                  ? List.of()
                  : moved(agreed, known, renewed(known));
            })
        .thenCompose(agreed -> schemas.reached(agreed.epoch()))
        .whenComplete(
            (done, failure) -> {
              if (failure == null) {
                entered.complete(null);
              } else {
                LOGGER.warn("the cluster does not know of this node yet: {}", failure.toString());
                runtime.scheduler().lane(0).schedule(RETRY_NANOS, () -> enter(entered));
              }
            });
  }

  /**
   * This node takes an address. Who had it gets the one that this node had: two with one address
   * would both be written to there, and if they have changed places, it is the right one.
   */
  private static List<Change> moved(ClusterMetadata agreed, NodeInfo known, NodeInfo wanted) {
    List<Change> changes = new ArrayList<>();
    changes.add(new Change.PutNode(wanted));
    for (NodeInfo other : agreed.nodes().values()) {
      if (other.state() != NodeInfo.State.LEFT
          && !other.hostId().equals(wanted.hostId())
          && other.address().equals(wanted.address())) {
        changes.add(
            new Change.PutNode(at(other, known.address(), known.nativeAddress(), other.release())));
      }
    }
    return changes;
  }

  private static NodeInfo at(
      NodeInfo known, NodeAddress address, NodeAddress nativeAddress, String release) {
    return new NodeInfo(
        known.hostId(),
        address,
        nativeAddress,
        known.datacenter(),
        known.rack(),
        known.state(),
        known.tokens(),
        release);
  }

  /** What the cluster knows of this node, with what can change from one start to another. */
  private NodeInfo renewed(NodeInfo known) {
    return at(known, self.address(), self.nativeAddress(), self.release());
  }

  /** Whether this node takes requests of clients, as the others were told. */
  boolean isServing() {
    return serving;
  }

  /** Tells the others whether this node takes requests of clients. */
  void setServing(boolean isServing) {
    serving = isServing;
    if (gossiper != null) {
      gossiper.setServing(isServing);
    }
  }

  /** Has another node lead the agreement, if this one does. */
  void handOver() {
    metadata.handOver();
  }

  /**
   * Tells the others that this node ends; completes when they have heard it, and what they had
   * asked for before is answered, or after a few seconds.
   */
  CompletionStage<Void> stop() {
    CompletableFuture<Void> idle = new CompletableFuture<>();
    if (gossiper == null) {
      idle.complete(null);
    } else {
      long end = runtime.clock().nanoTime() + MOST_LEAVING_NANOS;
      Lane lane = runtime.scheduler().lane(0);
      gossiper.stop().thenRun(() -> lane.schedule(LEAVING_NANOS, () -> awaitIdle(lane, end, idle)));
    }
    return idle;
  }

  private void awaitIdle(Lane lane, long end, CompletableFuture<Void> idle) {
    if (messenger.isIdle() || runtime.clock().nanoTime() - end >= 0) {
      idle.complete(null);
    } else {
      lane.schedule(LEAVING_PERIOD_NANOS, () -> awaitIdle(lane, end, idle));
    }
  }

  /** Lets go of the files, after the lanes have ended. */
  void close() throws IOException {
    metadata.close();
  }

  private final class Epochs implements MetadataEpochs {
    @Override
    public long epoch() {
      return state.epoch();
    }

    @Override
    public boolean isWhereAgreed() {
      return whereAgreed;
    }

    @Override
    public CompletionStage<Void> catchUp(long epoch, NodeAddress from) {
      return !begun
          ? CompletableFuture.failedFuture(new IllegalStateException("the node is starting"))
          : metadata.catchUp(epoch, from).thenCompose(known -> schemas.reached(epoch));
    }
  }

  /** Has the handlers of messages that arrived together hand on their work together. */
  private final class Receiver implements Network.Receiver {
    @Override
    public int lane(NodeAddress from, byte[] message) {
      return messenger.lane(from, message);
    }

    @Override
    public void message(NodeAddress from, byte[] message) {
      if (begun || NodeMessenger.isOfIdentity(message)) {
        bursts.burst(() -> messenger.message(from, message));
      }
    }

    @Override
    public void messages(NodeAddress from, List<byte[]> messages) {
      if (begun) {
        bursts.burst(() -> messenger.messages(from, messages));
      } else {
        messages.forEach(message -> message(from, message));
      }
    }

    @Override
    public void connected(NodeAddress peer) {
      messenger.connected(peer);
    }

    @Override
    public void disconnected(NodeAddress peer) {
      messenger.disconnected(peer);
    }
  }
}
