package io.ilion.gossip.metadata;

import io.ilion.gossip.NodeInfo;
import io.ilion.gossip.messaging.FailureReason;
import io.ilion.gossip.messaging.Messenger;
import io.ilion.gossip.messaging.Verb;
import io.ilion.gossip.metadata.RaftMessage.Decided;
import io.ilion.gossip.metadata.ServiceMessages.Answer;
import io.ilion.gossip.metadata.ServiceMessages.Fetch;
import io.ilion.gossip.metadata.ServiceMessages.Fetched;
import io.ilion.gossip.metadata.ServiceMessages.Propose;
import io.ilion.model.data.CorruptDataException;
import io.ilion.runtime.Clock;
import io.ilion.runtime.Files;
import io.ilion.runtime.Lane;
import io.ilion.runtime.NodeAddress;
import java.io.IOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.random.RandomGenerator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The metadata log as the rest of a node sees it: what the cluster has agreed on, and a way to
 * change it. Drives a {@link Raft} on a lane of its own, whose tasks may block: a step is made
 * durable before its messages are sent.
 *
 * <p>A change is a function from the metadata to changes; it is evaluated on metadata that this
 * node knows, and its entry counts only if nothing else was decided since, else the function is
 * evaluated anew. So it may run several times, and what it returned last is what was done.
 *
 * <p>Nodes that do not vote fetch what was decided from those who do, when they are told that there
 * is something: by the leader, by gossip, or by a request of a later epoch.
 */
public final class MetadataService {
  private static final Logger LOGGER = LoggerFactory.getLogger(MetadataService.class);
  private static final long CHANGE_TIMEOUT_NANOS = 10_000_000_000L;
  private static final long CATCH_UP_TIMEOUT_NANOS = 10_000_000_000L;
  private static final long REQUEST_TIMEOUT_NANOS = 1_000_000_000L;
  private static final long RETRY_NANOS = 100_000_000L;
  private static final long REPAIR_NANOS = 1_000_000_000L;
  private static final int MAX_WAITING = 10_000;
  private static final int MAX_FETCHES_FOR_A_HINT = 20;
  private static final long FOUND_NANOS = 5_000_000_000L;
  private static final UUID NOBODY = new UUID(0, 0);
  private static final LogPosition FIRST = new LogPosition(1, 1);
  private static final long LANE_0 = Long.MIN_VALUE;

  /** More than the log grows while nodes do not hear of each other. */
  private static final long RECOVERY_JUMP = 1L << 20;

  private final UUID self;
  private final MetadataFile file;
  private final RandomGenerator random;
  private final Consumer<Throwable> fatal;
  private final List<Consumer<ClusterMetadata>> listeners = new CopyOnWriteArrayList<>();
  private final List<Proposal> proposals = new ArrayList<>();
  private final List<Waiter> waiters = new ArrayList<>();
  private volatile ClusterMetadata metadata;
  private RaftState kept;
  private Raft raft;
  private Clock clock;
  private Lane lane;
  private Lane network;
  private Messenger messenger;
  private Function<UUID, NodeAddress> addresses;
  private List<NodeAddress> seeds = List.of();
  private VoterCare care;
  private Lane.Cancellable timer;
  private Raft.Output held;
  private long repairNanos;
  private Throwable halted;

  // What is known of the need to fetch.
  private UUID leaderHint;

  /** Who told of a later epoch, and so knows it; null if nobody did or has not answered. */
  private NodeAddress teller;

  private long wantedEpoch;
  private long wantedCommit;
  private int fetchesLeft;
  private boolean fetching;
  private long nextFetchNanos;

  /** Somebody who waits for an epoch. */
  private record Waiter(long epoch, long deadlineNanos, CompletableFuture<ClusterMetadata> done) {}

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
    this.messenger = messenger;
    this.clock = clock;
    this.lane = lane;
    this.network = network;
    this.addresses = addresses;
    this.seeds = seeds.stream().filter(seed -> !seed.equals(messenger.self())).toList();
    this.care = care;
    raft = new Raft(self, kept, random, clock.nanoTime());
    kept = null;
    messenger.handle(Verb.METADATA_AGREEMENT, (from, in, reply) -> agree(in));
    messenger.handle(Verb.METADATA_FETCH, (from, in, reply) -> answerFetch(in, reply));
    messenger.handle(Verb.METADATA_PROPOSE, (from, in, reply) -> answerPropose(in, reply));
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

  /** Runs a step on this service's lane, and does what comes of it. */
  private void turn(Runnable step) {
    lane.execute(
        () -> {
          if (halted == null) {
            if (held == null) {
              step.run();
              flush();
            }
            care();
            rearm();
          }
        });
  }

  // ---- changes

  /**
   * Changes the metadata.
   *
   * @param function from what was agreed on to what is to be changed, without side effects; what it
   *     throws refuses. No changes mean that nothing is to be done.
   * @return completes on this service's lane when the change is decided and known here: with what
   *     the metadata are then. Fails with what the function threw, or with a {@link
   *     MetadataException} if there was no decision in ten seconds, or nobody knows it
   */
  public CompletionStage<ClusterMetadata> change(Function<ClusterMetadata, List<Change>> function) {
    Proposal proposal = new Proposal(function, clock.nanoTime() + CHANGE_TIMEOUT_NANOS);
    lane.execute(
        () -> {
          if (halted != null || held != null || proposals.size() >= MAX_WAITING) {
            proposal.done.completeExceptionally(
                new MetadataException("the metadata log cannot be written", halted));
            return;
          }
          proposals.add(proposal);
          attempt(proposal);
          flush();
          rearm();
        });
    return proposal.done;
  }

  /** Computes the changes from what is known now, and proposes them. */
  private void attempt(Proposal proposal) {
    List<Change> changes;
    proposal.base = -1;
    proposal.submitted = false;
    try {
      changes = proposal.function.apply(metadata);
      proposal.changes = MetadataCodec.encode(changes);
    } catch (RuntimeException e) {
      if (knowsTheNewest(proposal)) {
        end(proposal, e);
      }
      return;
    } catch (Error e) {
      // Of what is too deep or too large, say. Whoever waits is told, and the others go on.
      end(proposal, e);
      return;
    }
    if (changes.isEmpty()) {
      if (knowsTheNewest(proposal)) {
        proposals.remove(proposal);
        proposal.done.complete(metadata);
      }
      return;
    }
    proposal.id = new UUID(random.nextLong(), random.nextLong());
    proposal.base = metadata.epoch();
    submit(proposal);
  }

  /** Whether a refusal counts: this node could be behind, so it asks the leader once. */
  private boolean knowsTheNewest(Proposal proposal) {
    if (proposal.informed || raft.isLeader()) {
      return true;
    }
    proposal.asks = true;
    proposal.retryNanos = Long.MAX_VALUE;
    nextFetchNanos = clock.nanoTime();
    fetch();
    return false;
  }

  private void end(Proposal proposal, Throwable failure) {
    proposals.remove(proposal);
    proposal.done.completeExceptionally(failure);
  }

  private void submit(Proposal proposal) {
    long now = clock.nanoTime();
    proposal.retryNanos = now + REQUEST_TIMEOUT_NANOS + RETRY_NANOS;
    if (raft.isLeader()) {
      proposed(
          proposal,
          proposal.id,
          raft.propose(proposal.id, proposal.base, proposal.changes, now),
          self);
      return;
    }
    UUID target = leaderOrVoter();
    NodeAddress address = target == null ? null : addresses.apply(target);
    if (address == null) {
      proposal.retryNanos = now + RETRY_NANOS;
      return;
    }
    UUID id = proposal.id;
    proposal.submitted = true;
    byte[] payload = new Propose(metadata.cluster(), id, proposal.base, proposal.changes).encode();
    ask(
        address,
        Verb.METADATA_PROPOSE,
        payload,
        in -> {
          Answer answer = Answer.decode(in);
          return () -> proposed(proposal, id, answer.result(), answer.leader());
        },
        () -> proposed(proposal, id, Raft.Proposed.NOT_LEADER, null));
  }

  /** Somebody says what became of a proposal; whether it is decided shows in the log. */
  private void proposed(Proposal proposal, UUID id, Raft.Proposed result, UUID leader) {
    if (proposal.done.isDone() || !id.equals(proposal.id) || proposal.base < 0) {
      return;
    }
    long now = clock.nanoTime();
    switch (result) {
      case ACCEPTED -> {
        proposal.submitted = true;
        leaderHint = leader;
        want(proposal.base + 1);
      }
      case STALE -> {
        leaderHint = leader;
        want(proposal.base + 1);
      }
      case INVALID -> end(proposal, new MetadataException("the change contradicts the metadata"));
      case NOT_LEADER -> {
        boolean news = leader != null && !leader.equals(leaderHint) && !leader.equals(self);
        leaderHint = leader;
        proposal.retryNanos = now + (news ? 0 : RETRY_NANOS + random.nextLong(RETRY_NANOS));
      }
    }
  }

  private void answerPropose(ByteBuffer in, Messenger.Reply reply) {
    Propose propose = Propose.decode(in);
    turn(
        () -> {
          Raft.Proposed result = Raft.Proposed.NOT_LEADER;
          if (propose.cluster().equals(metadata.cluster())) {
            result =
                raft.propose(
                    propose.proposal(), propose.base(), propose.changes(), clock.nanoTime());
          }
          reply.answer(new Answer(result, raft.leader()).encode());
        });
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
    CompletableFuture<ClusterMetadata> done = new CompletableFuture<>();
    turn(
        () -> {
          String refusal = refusal(lost);
          if (refusal != null) {
            done.completeExceptionally(new MetadataException(refusal));
            return;
          }
          // Drawn, so that two nodes that do this at once do not take each other for the same.
          raft.recover(RECOVERY_JUMP + random.nextLong(RECOVERY_JUMP), clock.nanoTime());
          flush();
          raft.tick(clock.nanoTime());
          flush();
          if (raft.isLeader()) {
            LOGGER.warn(
                "this node goes on alone with the metadata at epoch {}, without {}",
                metadata.epoch(),
                lost);
            done.complete(metadata);
          } else {
            done.completeExceptionally(new MetadataException("the metadata cannot be written"));
          }
        });
    return done;
  }

  private String refusal(Set<UUID> lost) {
    List<UUID> voters = raft.voters();
    if (raft.hasLeader(clock.nanoTime())) {
      return "the metadata log has a leader: nothing has to be recovered";
    }
    if (wantedEpoch > metadata.epoch()) {
      return "another node works by epoch "
          + wantedEpoch
          + ", this one knows "
          + metadata.epoch()
          + " only: recover there";
    }
    if (!voters.containsAll(lost) || lost.contains(self)) {
      return "name other voters of the metadata log, which are " + voters;
    }
    return 2 * (voters.size() - lost.size()) > voters.size()
        ? "those that are left are a majority, and go on when they meet"
        : null;
  }

  // ---- catching up

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
    ClusterMetadata now = metadata;
    if (now.epoch() >= epoch) {
      return CompletableFuture.completedFuture(now);
    }
    CompletableFuture<ClusterMetadata> done = new CompletableFuture<>();
    turn(
        () -> {
          if (metadata.epoch() >= epoch) {
            done.complete(metadata);
          } else if (waiters.size() >= MAX_WAITING) {
            done.completeExceptionally(new MetadataException("too many wait for the metadata"));
          } else {
            waiters.add(new Waiter(epoch, clock.nanoTime() + CATCH_UP_TIMEOUT_NANOS, done));
            teller = from == null || from.equals(messenger.self()) ? teller : from;
            want(epoch);
          }
        });
    return done;
  }

  /** Completes when this node knows a cluster: its own, or that of the seeds, however long. */
  public CompletionStage<ClusterMetadata> discover() {
    CompletableFuture<ClusterMetadata> done = new CompletableFuture<>();
    turn(
        () -> {
          if (metadata.isCluster()) {
            done.complete(metadata);
          } else {
            waiters.add(new Waiter(metadata.epoch() + 1, Long.MAX_VALUE, done));
            nextFetchNanos = clock.nanoTime();
          }
        });
    return done;
  }

  /**
   * As {@link #discover}, but if none of the seeds tells of a cluster in five seconds, this node
   * makes one of itself. Only one node of a cluster may do that: the first of the seeds.
   */
  public CompletionStage<ClusterMetadata> discoverOrFound(NodeInfo node) {
    CompletionStage<ClusterMetadata> found = discover();
    lane.schedule(
        FOUND_NANOS,
        () ->
            turn(
                () -> {
                  if (!metadata.isCluster()) {
                    raft.install(FIRST, first(node));
                    raft.hasten(clock.nanoTime());
                  }
                }));
    return found;
  }

  /** Somebody is at an epoch: this node goes there too. Any thread may call this. */
  public void heardOf(long epoch) {
    if (epoch > metadata.epoch()) {
      turn(() -> want(epoch));
    }
  }

  private void want(long epoch) {
    if (epoch > metadata.epoch()) {
      wantedEpoch = Math.max(wantedEpoch, epoch);
      fetchesLeft = MAX_FETCHES_FOR_A_HINT;
      fetch();
    }
  }

  private boolean wantsMore() {
    boolean hinted = wantedEpoch > metadata.epoch() || wantedCommit > raft.commit();
    // A leader that hears of a later epoch was given up by the others.
    return (!raft.isLeader() || wantedEpoch > metadata.epoch())
        && (!waiters.isEmpty()
            || hinted && fetchesLeft > 0
            || proposals.stream().anyMatch(proposal -> proposal.asks));
  }

  private void fetch() {
    long now = clock.nanoTime();
    if (fetching || !wantsMore() || nextFetchNanos - now > 0) {
      return;
    }
    NodeAddress target = fetchTarget();
    nextFetchNanos = now + RETRY_NANOS;
    if (target == null) {
      return;
    }
    fetching = true;
    fetchesLeft--;
    ask(
        target,
        Verb.METADATA_FETCH,
        new Fetch(metadata.cluster(), raft.commit()).encode(),
        in -> {
          Fetched fetched = Fetched.decode(in);
          return () -> fetched(fetched);
        },
        () -> {
          fetching = false;
          if (target.equals(teller)) {
            teller = null;
          } else {
            leaderHint = null;
          }
        });
  }

  private NodeAddress fetchTarget() {
    if (teller != null && wantedEpoch > metadata.epoch() && random.nextBoolean()) {
      return teller;
    }
    UUID target = leaderOrVoter();
    NodeAddress address = target == null ? null : addresses.apply(target);
    boolean bySeed = address == null || random.nextInt(8) == 0;
    return bySeed && !seeds.isEmpty() ? seeds.get(random.nextInt(seeds.size())) : address;
  }

  private UUID leaderOrVoter() {
    if (leaderHint != null && !leaderHint.equals(self)) {
      return leaderHint;
    }
    if (raft.leader() != null && raft.isVoter() && !raft.leader().equals(self)) {
      return raft.leader();
    }
    List<UUID> voters = raft.voters().stream().filter(voter -> !voter.equals(self)).toList();
    return voters.isEmpty() ? null : voters.get(random.nextInt(voters.size()));
  }

  private void answerFetch(ByteBuffer in, Messenger.Reply reply) {
    Fetch fetch = Fetch.decode(in);
    turn(
        () -> {
          boolean stranger = !fetch.cluster().equals(metadata.cluster());
          boolean newcomer = fetch.cluster().equals(ClusterMetadata.NONE.cluster());
          if (!metadata.isCluster() || stranger && !newcomer) {
            reply.fail(FailureReason.UNKNOWN);
            return;
          }
          List<LogEntry> entries = newcomer ? null : raft.decidedAfter(fetch.commit());
          Fetched answer;
          if (entries == null) {
            answer =
                new Fetched(
                    metadata.cluster(),
                    raft.leader(),
                    null,
                    raft.applied(),
                    MetadataCodec.encode(metadata));
          } else {
            answer = new Fetched(metadata.cluster(), raft.leader(), entries, null, null);
          }
          reply.answer(answer.encode());
        });
  }

  private void fetched(Fetched fetched) {
    fetching = false;
    if (fetched.leader() != null) {
      leaderHint = fetched.leader();
    }
    boolean own = fetched.cluster().equals(metadata.cluster());
    long before = raft.commit();
    if (fetched.metadata() != null && (own || !metadata.isCluster())) {
      raft.install(fetched.at(), MetadataCodec.decode(fetched.metadata()));
    } else if (fetched.entries() != null && own) {
      raft.learn(fetched.entries());
    }
    if (raft.commit() > before) {
      nextFetchNanos = clock.nanoTime();
    }
    flush();
    for (Proposal proposal : List.copyOf(proposals)) {
      if (proposal.asks) {
        proposal.asks = false;
        proposal.informed = true;
        attempt(proposal);
      }
    }
    fetch();
  }

  // ---- messages

  private void agree(ByteBuffer in) {
    RaftMessage message = RaftMessage.decode(in);
    turn(
        () -> {
          if (message.body() instanceof Decided decided
              && message.cluster().equals(metadata.cluster())
              && decided.commit() > raft.commit()) {
            leaderHint = message.from();
            wantedCommit = Math.max(wantedCommit, decided.commit());
            fetchesLeft = MAX_FETCHES_FOR_A_HINT;
            nextFetchNanos = clock.nanoTime();
            fetch();
          }
          raft.receive(message, clock.nanoTime());
        });
  }

  /** Reads an answer on the lane of the network; says what to do with it on this service's. */
  private interface Reading {
    Runnable read(ByteBuffer in);
  }

  private void ask(NodeAddress to, Verb verb, byte[] payload, Reading reading, Runnable failure) {
    network.execute(
        () ->
            messenger.request(
                to,
                verb,
                LANE_0,
                payload,
                REQUEST_TIMEOUT_NANOS,
                new Messenger.Answer() {
                  @Override
                  public void answered(NodeAddress from, ByteBuffer in) {
                    Runnable next;
                    try {
                      next = reading.read(in);
                    } catch (CorruptDataException | BufferUnderflowException e) {
                      next = failure;
                    }
                    turn(next);
                  }

                  @Override
                  public void failed(NodeAddress from, FailureReason reason) {
                    turn(failure);
                  }
                }));
  }

  // ---- effects

  /** Does what the steps so far want done. */
  private void flush() {
    while (halted == null && held == null) {
      Raft.Output output = raft.takeOutput();
      if (!output.mustPersist() && !output.advanced() && output.messages().isEmpty()) {
        return;
      }
      finish(output);
    }
  }

  private void finish(Raft.Output output) {
    try {
      persist(output);
    } catch (MetadataFile.SyncFailedException e) {
      halt(e);
      return;
    } catch (IOException e) {
      held = output;
      repairNanos = clock.nanoTime() + REPAIR_NANOS;
      for (Proposal proposal : List.copyOf(proposals)) {
        end(proposal, new MetadataException("the metadata log cannot be written", e));
      }
      return;
    }
    held = null;
    if (output.mustPersist()) {
      raft.persisted(clock.nanoTime());
    }
    output.messages().forEach(this::send);
    if (output.advanced()) {
      advanced(output);
    }
  }

  private void persist(Raft.Output output) throws IOException {
    if (output.replaced() || file.isBroken() || file.isGrown()) {
      file.rewrite(raft.state());
    } else if (output.mustPersist()) {
      List<LogEntry> entries =
          output.persistFrom() == 0 ? List.of() : raft.entriesFrom(output.persistFrom());
      file.step(raft.term(), raft.votedFor(), entries, raft.commit());
    }
    // A table whose rows are in the commit log must be known when that is replayed. What a voter
    // has that votes alone is decided anyway.
    if (output.advanced() && !raft.voters().equals(List.of(self))) {
      file.decided(raft.commit());
    }
  }

  private void halt(Throwable failure) {
    halted = failure;
    MetadataException reason = new MetadataException("the node stops", failure);
    proposals.forEach(proposal -> proposal.done.completeExceptionally(reason));
    waiters.forEach(waiter -> waiter.done.completeExceptionally(reason));
    fatal.accept(failure);
  }

  private void send(Raft.Outgoing outgoing) {
    NodeAddress address = addresses.apply(outgoing.to());
    if (address != null) {
      byte[] payload = outgoing.message().encode();
      network.execute(() -> messenger.send(address, Verb.METADATA_AGREEMENT, LANE_0, payload));
    }
  }

  private void advanced(Raft.Output output) {
    boolean changed = raft.metadata().epoch() != metadata.epoch();
    metadata = raft.metadata();
    if (changed) {
      listeners.forEach(listener -> listener.accept(metadata));
    }
    waiters.removeIf(
        waiter -> {
          boolean there = metadata.epoch() >= waiter.epoch;
          if (there) {
            waiter.done.complete(metadata);
          }
          return there;
        });
    for (Proposal proposal : List.copyOf(proposals)) {
      settle(proposal, output);
    }
  }

  /** The epoch behind a proposal's base may be decided: it is the proposal's, or another's. */
  private void settle(Proposal proposal, Raft.Output output) {
    if (proposal.base < 0 || metadata.epoch() <= proposal.base) {
      return;
    }
    if (output.decided().stream().anyMatch(entry -> entry.proposal().equals(proposal.id))) {
      proposals.remove(proposal);
      proposal.done.complete(metadata);
    } else if (output.replaced() && proposal.submitted) {
      end(proposal, new MetadataException("nobody knows whether the change was made"));
    } else {
      attempt(proposal);
    }
  }

  // ---- time

  /** Whatever is due. */
  private void care() {
    long now = clock.nanoTime();
    if (held != null && now - repairNanos >= 0) {
      finish(held);
      // What was answered meanwhile was not heard.
      fetching = false;
      flush();
    }
    if (held != null) {
      return;
    }
    raft.tick(now);
    for (Iterator<Waiter> i = waiters.iterator(); i.hasNext(); ) {
      Waiter waiter = i.next();
      if (waiter.deadlineNanos != Long.MAX_VALUE && now - waiter.deadlineNanos >= 0) {
        i.remove();
        waiter.done.completeExceptionally(
            new MetadataException("no node tells of epoch " + waiter.epoch));
      }
    }
    for (Proposal proposal : List.copyOf(proposals)) {
      if (now - proposal.deadlineNanos >= 0) {
        end(proposal, new MetadataException("the metadata log has no majority"));
      } else if (proposal.base >= 0 && now - proposal.retryNanos >= 0) {
        submit(proposal);
      }
    }
    fetch();
    if (raft.isLeader() && proposals.isEmpty() && care.isDue(metadata, now)) {
      change(current -> care.next(current, now));
    }
    flush();
  }

  /** Has {@link #care} run when the next thing is due. */
  private void rearm() {
    long now = clock.nanoTime();
    long wait = Long.MAX_VALUE;
    if (held != null) {
      wait = repairNanos - now;
    } else {
      if (raft.deadline() != Long.MAX_VALUE) {
        wait = raft.deadline() - now;
      }
      for (Proposal proposal : proposals) {
        wait = Math.min(wait, proposal.deadlineNanos - now);
        if (proposal.base >= 0) {
          wait = Math.min(wait, proposal.retryNanos - now);
        }
      }
      if (!waiters.isEmpty() || wantsMore() && !fetching) {
        wait = Math.min(wait, Math.max(nextFetchNanos - now, RETRY_NANOS));
      }
      if (raft.isLeader() && metadata.nodes().size() > 1) {
        wait = Math.min(wait, VoterCare.INTERVAL_NANOS);
      }
    }
    if (timer != null) {
      timer.cancel();
      timer = null;
    }
    if (wait != Long.MAX_VALUE) {
      timer = lane.schedule(Math.max(wait, 1_000_000L), () -> turn(() -> {}));
    }
  }

  /** Ends; nothing of this service may be used any more. Blocks; on any thread. */
  public void close() throws IOException {
    file.close();
  }
}
