package io.ilion.gossip;

import io.ilion.gossip.messaging.FailureReason;
import io.ilion.gossip.messaging.Messenger;
import io.ilion.gossip.messaging.Verb;
import io.ilion.model.data.CorruptDataException;
import io.ilion.runtime.Clock;
import io.ilion.runtime.Lane;
import io.ilion.runtime.NodeAddress;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongConsumer;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Epidemic gossip (Demers and others, 1987): each second a node tells another at random what it
 * knows, and is told what it does not, so that news reach all in a number of rounds that is
 * logarithmic in the number of nodes. In a round it talks to one node that is alive, to those whose
 * silence begins to be suspicious (a few), sometimes to one that is down, to members of which it
 * has not heard yet (all of them in a small cluster), and to a seed if it could be that this part
 * of the cluster does not know the other.
 *
 * <p>Connects a {@link GossipTable} to lane 0, where everything here runs unless it says otherwise.
 */
public final class Gossiper {
  private static final Logger LOGGER = LoggerFactory.getLogger(Gossiper.class);

  /** Between two rounds of a node. */
  public static final long INTERVAL_NANOS = 1_000_000_000L;

  private static final int MAX_SUSPECTS = 3;

  /**
   * If two cannot reach each other, and both say that they are one node, they say it that often.
   */
  private static final long CLAIM_NANOS = 10_000_000_000L;

  private static final int MOST_AT_ONCE = 64;

  private final GossipTable table;
  private final ClusterState cluster;
  private final List<NodeAddress> seeds;
  private final Messenger messenger;
  private final Clock clock;
  private final Lane lane;
  private final RandomGenerator random;
  private final LongSupplier load;
  private final Map<UUID, NodeStatus> published = new ConcurrentHashMap<>();
  private LongConsumer epochListener = epoch -> {};
  private CopyCheck copies;
  private long nextClaimNanos;
  private boolean serving;
  private boolean stopping;
  private long malformed;
  private Lane.Cancellable next;

  /**
   * Gossip of one run of a node.
   *
   * @param clusterName of which the node is
   * @param cluster told of who is alive; its metadata say who belongs to the cluster
   * @param seeds where nodes of the cluster may be found; may have this node
   * @param lane lane 0 of the node
   * @param load the bytes that the node's data take on disk
   */
  public Gossiper(
      String clusterName,
      ClusterState cluster,
      List<NodeAddress> seeds,
      Messenger messenger,
      Clock clock,
      Lane lane,
      RandomGenerator random,
      LongSupplier load) {
    this.cluster = cluster;
    this.seeds = seeds.stream().filter(seed -> !seed.equals(messenger.self())).toList();
    this.messenger = messenger;
    this.clock = clock;
    this.lane = lane;
    this.random = random;
    this.load = load;
    nextClaimNanos = clock.nanoTime();
    NodeStatus self =
        new NodeStatus(
            cluster.self().hostId(),
            clock.wallSeconds(),
            0,
            0,
            messenger.self(),
            cluster.epoch(),
            0,
            false,
            false);
    table =
        new GossipTable(
            self,
            clusterName,
            INTERVAL_NANOS,
            id -> isIn(id, true),
            id -> isIn(id, false),
            clock.nanoTime());
  }

  private boolean isIn(UUID hostId, boolean asMember) {
    NodeInfo node = cluster.metadata().node(hostId);
    return node != null && (node.state() != NodeInfo.State.LEFT) == asMember;
  }

  /** Has somebody told, on lane 0, of an epoch of the metadata that another node is at. */
  public void listen(LongConsumer toEpochs) {
    epochListener = toEpochs;
  }

  /**
   * Has somebody asked whether a later run of this node, of which others know at another address,
   * is one of a copy of it, before this one says that it is later; before {@link #start}.
   */
  public void check(CopyCheck forCopies) {
    copies = forCopies;
  }

  /** Begins; any thread may call this, once. */
  public void start() {
    messenger.handle(Verb.GOSSIP, this::receive);
    lane.execute(this::round);
  }

  /** The newest status of a node that was heard of, or null. Any thread may ask. */
  public NodeStatus status(UUID hostId) {
    return published.get(hostId);
  }

  /** How suspicious the silence of each other node is now. Any thread may ask. */
  public CompletionStage<List<Suspicion>> suspicions() {
    CompletableFuture<List<Suspicion>> answer = new CompletableFuture<>();
    lane.execute(() -> answer.complete(table.suspicions(clock.nanoTime())));
    return answer;
  }

  /**
   * Where a node is now: what it says itself, else what was agreed on; null if nothing is known.
   */
  public NodeAddress addressOf(UUID hostId) {
    NodeStatus status = published.get(hostId);
    NodeInfo node = cluster.node(hostId);
    return status != null ? status.address() : node != null ? node.address() : null;
  }

  /**
   * Tells all others whether this node takes requests of clients; at first it does not. Any thread
   * may call this.
   */
  public void setServing(boolean isServing) {
    lane.execute(
        () -> {
          serving = isServing;
          announce();
        });
  }

  /**
   * Tells all others that this node ends, and falls silent. Any thread may call this.
   *
   * @return completes, on lane 0, when all who are alive have heard it, or after a second
   */
  public CompletionStage<Void> stop() {
    CompletableFuture<Void> heard = new CompletableFuture<>();
    lane.execute(
        () -> {
          stopping = true;
          if (next != null) {
            next.cancel();
          }
          List<NodeAddress> alive = tick().alive();
          byte[] status = table.ownStatus();
          Farewell farewell = new Farewell(alive.size(), heard);
          alive.forEach(
              peer ->
                  messenger.request(
                      peer, Verb.GOSSIP, Messenger.LANE_0, status, INTERVAL_NANOS, farewell));
        });
    return heard;
  }

  /** Waits for answers, of which a refusal is one: who wants to know no more has heard it, too. */
  private static final class Farewell implements Messenger.Answer {
    private final CompletableFuture<Void> heard;
    private int open;

    Farewell(int open, CompletableFuture<Void> heard) {
      this.open = open;
      this.heard = heard;
      if (open == 0) {
        heard.complete(null);
      }
    }

    @Override
    public void answered(NodeAddress from, ByteBuffer payload) {
      ended();
    }

    @Override
    public void failed(NodeAddress from, FailureReason reason) {
      ended();
    }

    private void ended() {
      if (--open == 0) {
        heard.complete(null);
      }
    }
  }

  /**
   * Tells all others at once what is new of this node, such as its epoch, so that clients that wait
   * until all nodes have one schema need not wait for rounds; in large clusters that would be too
   * many messages. To be called on lane 0.
   */
  public void announce() {
    if (!stopping && isSmall()) {
      GossipTable.Targets targets = tick();
      byte[] status = table.ownStatus();
      targets.alive().forEach(peer -> messenger.send(peer, Verb.GOSSIP, Messenger.LANE_0, status));
    }
  }

  /** Whether there are so few members that all may be talked to at once. */
  private boolean isSmall() {
    return cluster.nodes().size() <= MOST_AT_ONCE;
  }

  private GossipTable.Targets tick() {
    GossipTable.Targets targets =
        table.tick(clock.nanoTime(), cluster.epoch(), load.getAsLong(), serving, stopping);
    publish();
    return targets;
  }

  private void round() {
    if (stopping) {
      return;
    }
    try {
      talk();
    } finally {
      // Whoever falls silent is taken for dead, so nothing that goes wrong in a round may be the
      // end.
      next = lane.schedule(INTERVAL_NANOS, this::round);
    }
  }

  private void talk() {
    GossipTable.Targets targets = tick();
    byte[] digests = table.digests(clock.nanoTime());
    for (NodeAddress peer : choose(targets)) {
      messenger.request(
          peer,
          Verb.GOSSIP,
          Messenger.LANE_0,
          digests,
          INTERVAL_NANOS,
          new Messenger.Answer() {
            @Override
            public void answered(NodeAddress from, ByteBuffer payload) {
              finish(from, payload);
            }

            @Override
            public void failed(NodeAddress from, FailureReason reason) {
              // Silence is what the failure detector is for.
            }
          });
    }
  }

  /** Whom to talk to in this round. */
  private Set<NodeAddress> choose(GossipTable.Targets targets) {
    Set<NodeAddress> chosen = new LinkedHashSet<>();
    List<NodeAddress> alive = targets.alive();
    if (!alive.isEmpty()) {
      chosen.add(any(alive));
    }
    targets.suspects().stream().limit(MAX_SUSPECTS).forEach(chosen::add);
    Set<NodeAddress> down = new LinkedHashSet<>(targets.down());
    for (NodeInfo node : cluster.nodes()) {
      if (table.status(node.hostId()) == null) {
        // A node that has just started serves when it knows who is alive.
        (isSmall() ? chosen : down).add(node.address());
      }
    }
    if (random.nextInt(alive.size() + 1) < down.size()) {
      chosen.add(any(List.copyOf(down)));
    }
    boolean metSeed = chosen.stream().anyMatch(seeds::contains);
    boolean fewAlive = alive.size() < seeds.size();
    if (!seeds.isEmpty()
        && !metSeed
        && (fewAlive || random.nextInt(alive.size() + down.size() + 1) < seeds.size())) {
      chosen.add(any(seeds));
    }
    chosen.remove(messenger.self());
    return chosen;
  }

  private NodeAddress any(List<NodeAddress> of) {
    return of.get(random.nextInt(of.size()));
  }

  private void receive(NodeAddress from, ByteBuffer payload, Messenger.Reply reply) {
    byte[] answer = table.receive(from, payload, clock.nanoTime(), clock.wallSeconds());
    publish();
    if (answer == null) {
      reply.fail(FailureReason.UNKNOWN);
    } else {
      reply.answer(answer);
    }
  }

  private void finish(NodeAddress from, ByteBuffer payload) {
    byte[] wanted;
    try {
      wanted = table.answered(from, payload, clock.nanoTime(), clock.wallSeconds());
    } catch (CorruptDataException | BufferUnderflowException e) {
      malformed++;
      return;
    }
    if (wanted != null) {
      messenger.send(from, Verb.GOSSIP, Messenger.LANE_0, wanted);
    }
    publish();
  }

  /** How many answers could not be read. To be asked on lane 0. */
  public long malformed() {
    return malformed;
  }

  /** Makes what was learned known to the rest of the node. */
  private void publish() {
    long newest = 0;
    for (Map.Entry<UUID, Optional<NodeStatus>> change : table.takeChanges().entrySet()) {
      Optional<NodeStatus> status = change.getValue();
      if (status.isPresent()) {
        published.put(change.getKey(), status.get());
        cluster.setServing(change.getKey(), status.get().serving());
        newest = Math.max(newest, status.get().metadataEpoch());
      } else {
        published.remove(change.getKey());
        cluster.setServing(change.getKey(), false);
      }
    }
    RuntimeException failure = null;
    for (GossipTable.Liveness news : table.takeNews()) {
      try {
        cluster.setAlive(news.status().hostId(), news.alive());
      } catch (RuntimeException e) {
        // News come once: the others are told all the same.
        failure = e;
      }
      tell(news);
    }
    if (failure != null) {
      throw failure;
    }
    if (newest > cluster.epoch()) {
      epochListener.accept(newest);
    }
    NodeStatus claim = table.takeClaim();
    if (claim != null && copies == null) {
      table.defend(claim);
    } else if (claim != null && clock.nanoTime() - nextClaimNanos >= 0) {
      nextClaimNanos = clock.nanoTime() + CLAIM_NANOS;
      copies.ask(List.of(claim.address())).thenRun(() -> table.defend(claim));
    }
  }

  private static void tell(GossipTable.Liveness news) {
    NodeStatus status = news.status();
    if (news.alive()) {
      LOGGER.info("{} at {} is up", status.hostId(), status.address());
    } else if (status.stopping()) {
      LOGGER.info("{} at {} ends", status.hostId(), status.address());
    } else {
      LOGGER.info(
          "{} at {} is down: its heart was last heard {} ms ago",
          status.hostId(),
          status.address(),
          Math.max(0, news.silentNanos()) / 1_000_000);
    }
  }
}
