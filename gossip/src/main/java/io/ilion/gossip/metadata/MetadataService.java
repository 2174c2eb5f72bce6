package io.ilion.gossip.metadata;

import io.ilion.gossip.NodeInfo;
import io.ilion.gossip.messaging.Messenger;
import io.ilion.gossip.messaging.Verb;
import io.ilion.gossip.metadata.RaftMessage.Decided;
import io.ilion.runtime.Clock;
import io.ilion.runtime.Files;
import io.ilion.runtime.Lane;
import io.ilion.runtime.NodeAddress;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.random.RandomGenerator;

/**
 * The metadata log as the rest of a node sees it: what the cluster has agreed on, and a way to
 * change it. It joins the parts that take part for this node, on a lane of their own whose tasks
 * may block: {@link Raft} decides, {@link RaftDriver} makes its steps durable, {@link Proposals}
 * has changes decided, {@link CatchUp} fetches what others decided, {@link VoterCare} says who
 * should vote.
 *
 * <p>A change is a function from the metadata to changes; it is evaluated on metadata that this
 * node knows, and its entry counts only if nothing else was decided since, else the function is
 * evaluated anew. So it may run several times, and what it returned last is what was done.
 *
 * <p>Nodes that do not vote fetch what was decided from those who do, when they are told that there
 * is something: by the leader, by gossip, or by a request of a later epoch.
 */
public final class MetadataService {
  private static final long CHANGE_TIMEOUT_NANOS = 10_000_000_000L;
  private static final long FOUND_NANOS = 5_000_000_000L;
  private static final UUID NOBODY = new UUID(0, 0);
  private static final LogPosition FIRST = new LogPosition(1, 1);

  private final UUID self;
  private final MetadataFile file;
  private final RandomGenerator random;
  private final Consumer<Throwable> fatal;
  private final List<Consumer<ClusterMetadata>> listeners = new CopyOnWriteArrayList<>();
  private volatile ClusterMetadata metadata;

  /** What was on disk; null since the start. */
  private RaftState kept;

  // Since the start.
  private Raft raft;
  private RaftDriver driver;
  private MetadataPeers peers;
  private CatchUp catchUp;
  private Proposals proposals;
  private LostMajority lostMajority;
  private VoterCare care;
  private Clock clock;
  private Lane lane;

  private MetadataService(
      UUID self, MetadataFile.Opened opened, RandomGenerator random, Consumer<Throwable> fatal) {
    this.self = self;
    this.file = opened.file();
    this.kept = opened.state();
    this.random = random;
    this.fatal = fatal;
    // Without a message or a clock nothing but what is decided already is applied.
    metadata = new Raft(self, kept, random, 0).metadata();
  }

  /**
   * Opens what a node knew when it ended. Blocks.
   *
   * @param self the node's host id
   * @param fatal told if the node must stop, since nobody knows what is on its disk
   * @throws IOException also for a file that is damaged; the message says where
   */
  public static MetadataService open(
      Files files, String directory, UUID self, RandomGenerator random, Consumer<Throwable> fatal)
      throws IOException {
    return new MetadataService(self, MetadataFile.open(files, directory, random), random, fatal);
  }

  /**
   * What a node knew to be decided when it last wrote into a directory, which stays as it is;
   * {@link ClusterMetadata#NONE} if there is nothing. Blocks.
   *
   * @throws IOException also for a file that is damaged; the message says where
   */
  public static ClusterMetadata read(Files files, String directory) throws IOException {
    RaftState kept = MetadataFile.read(files, directory);
    RandomGenerator unused = new SplittableRandom(0);
    ClusterMetadata known = new Raft(NOBODY, kept, unused, 0).metadata();
    // What one that votes alone has is decided.
    return known.voters().size() == 1
        ? new Raft(known.voters().getFirst(), kept, unused, 0).metadata()
        : known;
  }

  /**
   * Makes a new cluster of this node alone, with the schema that it has. Blocks; to be called
   * before {@link #start}, by a node that knows no cluster.
   */
  public void bootstrap(NodeInfo node) throws IOException {
    if (metadata.isCluster()) {
      throw new IllegalStateException("the node is in a cluster already");
    }
    kept = new RaftState(1, null, FIRST, first(node), List.of(), FIRST.index());
    file.rewrite(kept);
    metadata = kept.metadata();
  }

  private ClusterMetadata first(NodeInfo node) {
    return new ClusterMetadata(
        new UUID(random.nextLong(), random.nextLong() | 1),
        metadata.epoch() + 1,
        metadata.schema(),
        Map.of(node.hostId(), node),
        List.of(node.hostId()));
  }

  /**
   * Begins to take part.
   *
   * @param lane of this service alone; may block
   * @param network lane 0 of the node
   * @param addresses where a node is now, by its host id; null if nobody knows
   * @param seeds asked by a node that knows no cluster yet
   * @param care says who should vote
   */
  public void start(
      Messenger messenger,
      Clock clock,
      Lane lane,
      Lane network,
      Function<UUID, NodeAddress> addresses,
      List<NodeAddress> seeds,
      VoterCare care) {
    this.clock = clock;
    this.lane = lane;
    this.care = care;
    raft = new Raft(self, kept, random, clock.nanoTime());
    kept = null;
    peers = new MetadataPeers(self, raft, messenger, network, addresses, this::turn, random);
    driver = new RaftDriver(self, raft, file, lane, clock, peers::send, new Follower());
    NodeAddress address = messenger.self();
    List<NodeAddress> others = seeds.stream().filter(seed -> !seed.equals(address)).toList();
    catchUp =
        new CatchUp(
            raft, driver, peers, others, address, this::metadata, clock, random, new Asker());
    proposals =
        new Proposals(self, raft, driver, peers, catchUp, this::metadata, clock, lane, random);
    lostMajority = new LostMajority(self, raft, driver, catchUp, this::metadata, clock, random);
    messenger.handle(Verb.METADATA_AGREEMENT, (from, in, reply) -> agree(in));
    messenger.handle(Verb.METADATA_FETCH, (from, in, reply) -> catchUp.answer(in, reply));
    messenger.handle(Verb.METADATA_PROPOSE, (from, in, reply) -> proposals.answer(in, reply));
    turn(() -> raft.tick(clock.nanoTime()));
  }

  /** What was agreed on, as far as this node knows. Any thread may ask. */
  public ClusterMetadata metadata() {
    return metadata;
  }

  /** Has somebody told of new metadata from now on, on this service's lane. */
  public void listen(Consumer<ClusterMetadata> listener) {
    listeners.add(listener);
  }

  /** Whether this node leads the agreement. To be asked on this service's lane. */
  boolean isLeader() {
    return raft.isLeader();
  }

  long term() {
    return raft.term();
  }

  long commit() {
    return raft.commit();
  }

  private void turn(Runnable step) {
    driver.turn(step);
  }

  /** Changes the metadata, as below, in ten seconds. */
  public CompletionStage<ClusterMetadata> change(Function<ClusterMetadata, List<Change>> function) {
    return change(function, CHANGE_TIMEOUT_NANOS);
  }

  /**
   * Changes the metadata.
   *
   * @param function from what was agreed on to what is to be changed, without side effects; what it
   *     throws refuses. No changes mean that nothing is to be done.
   * @param timeoutNanos how long to wait for a decision
   * @return completes on this service's lane when the change is decided and known here: with what
   *     the metadata are then. Fails with what the function threw, or with a {@link
   *     MetadataException} if there was no decision in time, or nobody knows it
   */
  public CompletionStage<ClusterMetadata> change(
      Function<ClusterMetadata, List<Change>> function, long timeoutNanos) {
    return proposals.change(function, timeoutNanos);
  }

  /**
   * Has this node go on alone with what it knows of the metadata, because most of those who vote
   * are lost for ever. What only they had decided is lost, and forgotten also by them if they come
   * back: so it must be certain that they do not go on together.
   *
   * @param lost the voters that are given up: all but those that are alive
   * @return completes on this service's lane when this node leads. Fails with a {@link
   *     MetadataException} that says why it may not
   */
  public CompletionStage<ClusterMetadata> recover(Set<UUID> lost) {
    return lostMajority.recover(lost);
  }

  /**
   * This node is about to end: if it leads, another is to do so at once. Any thread may call this.
   */
  public void handOver() {
    turn(() -> raft.handOver(clock.nanoTime()));
  }

  /**
   * Completes when this node knows an epoch, with what it knows then; on any thread. Fails with a
   * {@link MetadataException} if that takes more than ten seconds.
   */
  public CompletionStage<ClusterMetadata> catchUp(long epoch) {
    return catchUp(epoch, null);
  }

  /**
   * As above.
   *
   * @param from who works by the epoch, and is asked for it too: perhaps this node reaches none of
   *     those who vote; null if nobody is known
   */
  public CompletionStage<ClusterMetadata> catchUp(long epoch, NodeAddress from) {
    return catchUp.reach(epoch, from);
  }

  /** Completes when this node knows a cluster: its own, or that of the seeds, however long. */
  public CompletionStage<ClusterMetadata> discover() {
    return catchUp.discover();
  }

  /**
   * As {@link #discover}, but if none of the seeds tells of a cluster in five seconds, this node
   * makes one of itself. Only one node of a cluster may do that: the first of the seeds.
   */
  public CompletionStage<ClusterMetadata> discoverOrFound(NodeInfo node) {
    CompletionStage<ClusterMetadata> found = discover();
    foundLater(node);
    return found;
  }

  private void foundLater(NodeInfo node) {
    lane.schedule(
        FOUND_NANOS,
        () ->
            driver.turn(
                () -> {
                  if (!metadata.isCluster()) {
                    raft.install(FIRST, first(node));
                    raft.hasten(clock.nanoTime());
                  }
                },
                refusal -> {
                  if (driver.failure() == null) {
                    foundLater(node);
                  }
                }));
  }

  /** Somebody is at an epoch: this node goes there too. Any thread may call this. */
  public void heardOf(long epoch) {
    if (epoch > metadata.epoch()) {
      turn(() -> catchUp.want(epoch));
    }
  }

  private void agree(ByteBuffer in) {
    RaftMessage message = RaftMessage.decode(in);
    turn(
        () -> {
          if (message.body() instanceof Decided decided
              && message.cluster().equals(metadata.cluster())
              && decided.commit() > raft.commit()) {
            peers.setLeaderHint(message.from());
            catchUp.wantDecided(decided.commit());
          }
          raft.receive(message, clock.nanoTime());
        });
  }

  /** Tells all who wait what becomes of the steps, and has each do what is due. */
  private final class Follower implements RaftDriver.Follower {
    @Override
    public void advanced(Raft.Output output) {
      boolean changed = raft.metadata().epoch() != metadata.epoch();
      metadata = raft.metadata();
      if (changed) {
        listeners.forEach(listener -> listener.accept(metadata));
      }
      catchUp.advanced();
      proposals.advanced(output);
    }

    @Override
    public void due(long nowNanos) {
      catchUp.expire(nowNanos);
      proposals.due(nowNanos);
      catchUp.due();
      Predicate<UUID> answers = voter -> raft.isAnswering(voter, clock.nanoTime());
      if (raft.isLeader() && proposals.isEmpty() && care.isDue(metadata, answers, nowNanos)) {
        change(current -> care.next(current, answers, nowNanos));
      }
    }

    @Override
    public long waitNanos(long nowNanos) {
      long wait = Math.min(proposals.waitNanos(nowNanos), catchUp.waitNanos(nowNanos));
      return raft.isLeader() && metadata.nodes().size() > 1 && proposals.isEmpty()
          ? Math.min(wait, care.waitNanos(nowNanos))
          : wait;
    }

    @Override
    public void held(IOException reason) {
      MetadataException refusal = RaftDriver.refusal(reason);
      proposals.refuse(refusal);
      catchUp.refuse(refusal);
    }

    @Override
    public void released() {
      catchUp.answerIsLost();
    }

    @Override
    public void halted(Throwable failure) {
      MetadataException reason = new MetadataException("the node stops", failure);
      proposals.halt(reason);
      catchUp.halt(reason);
      fatal.accept(failure);
    }
  }

  /** Proposals that were refused here want to know whether the newest metadata refuse them too. */
  private final class Asker implements CatchUp.Asker {
    @Override
    public boolean isAsking() {
      return proposals.isAnyAsking();
    }

    @Override
    public void informed(boolean newest, long fetch) {
      proposals.informed(newest, fetch);
    }
  }

  /** Ends; nothing of this service may be used any more. Blocks; on any thread. */
  public void close() throws IOException {
    file.close();
  }
}
