package io.ilion.gossip.metadata;

import io.ilion.gossip.messaging.FailureReason;
import io.ilion.gossip.messaging.Messenger;
import io.ilion.gossip.messaging.Verb;
import io.ilion.gossip.metadata.ServiceMessages.Fetch;
import io.ilion.gossip.metadata.ServiceMessages.Fetched;
import io.ilion.runtime.Clock;
import io.ilion.runtime.NodeAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;

/**
 * Has this node know what others have decided, and tells them what it knows. Somebody waits for an
 * epoch, or it was heard that there is something new: then those who vote, who told of it, or the
 * seeds are asked for the entries behind what is here, one at a time; who does not have these any
 * more answers with all that they led to.
 *
 * <p>Of the lane of the log, unless a method says otherwise.
 */
final class CatchUp {
  private static final long TIMEOUT_NANOS = 10_000_000_000L;
  private static final long RETRY_NANOS = 100_000_000L;
  private static final int MAX_WAITING = 10_000;
  private static final int MAX_FETCHES_FOR_A_HINT = 20;

  private final Raft raft;
  private final RaftDriver driver;
  private final MetadataPeers peers;
  private final List<NodeAddress> seeds;
  private final NodeAddress self;
  private final Supplier<ClusterMetadata> metadata;
  private final Clock clock;
  private final RandomGenerator random;
  private final Asker asker;
  private final List<Waiter> waiters = new ArrayList<>();

  /** Who told of a later epoch, and so knows it; null if nobody did or has not answered. */
  private NodeAddress teller;

  private long wantedEpoch;
  private long wantedCommit;
  private int fetchesLeft;
  private boolean fetching;
  private long fetches;
  private long nextFetchNanos;

  /** Somebody who waits for an epoch. */
  private record Waiter(long epoch, long deadlineNanos, CompletableFuture<ClusterMetadata> done) {}

  /** Somebody who wants to know what is newest, even if nothing was heard of. */
  interface Asker {
    boolean isAsking();

    /**
     * What somebody answered is known here; whether that is the newest.
     *
     * @param fetch the number of the question
     */
    void informed(boolean newest, long fetch);
  }

  /**
   * A node that wants nothing yet.
   *
   * @param seeds asked by a node that knows no cluster yet; without this node
   * @param metadata what this node works by
   */
  CatchUp(
      Raft raft,
      RaftDriver driver,
      MetadataPeers peers,
      List<NodeAddress> seeds,
      NodeAddress self,
      Supplier<ClusterMetadata> metadata,
      Clock clock,
      RandomGenerator random,
      Asker asker) {
    this.raft = raft;
    this.driver = driver;
    this.peers = peers;
    this.seeds = seeds;
    this.self = self;
    this.metadata = metadata;
    this.clock = clock;
    this.random = random;
    this.asker = asker;
  }

  /** The latest epoch that was heard of; 0 if none was. */
  long wantedEpoch() {
    return wantedEpoch;
  }

  /** As {@link MetadataService#catchUp(long, NodeAddress)}; on any thread. */
  CompletionStage<ClusterMetadata> reach(long epoch, NodeAddress from) {
    ClusterMetadata now = metadata.get();
    if (now.epoch() >= epoch) {
      return CompletableFuture.completedFuture(now);
    }
    CompletableFuture<ClusterMetadata> done = new CompletableFuture<>();
    driver.turn(
        () -> {
          if (metadata.get().epoch() >= epoch) {
            done.complete(metadata.get());
          } else if (waiters.size() >= MAX_WAITING) {
            done.completeExceptionally(new MetadataException("too many wait for the metadata"));
          } else {
            waiters.add(new Waiter(epoch, clock.nanoTime() + TIMEOUT_NANOS, done));
            teller = from == null || from.equals(self) ? teller : from;
            want(epoch);
          }
        },
        done::completeExceptionally);
    return done;
  }

  /** As {@link MetadataService#discover}; on any thread. */
  CompletionStage<ClusterMetadata> discover() {
    CompletableFuture<ClusterMetadata> done = new CompletableFuture<>();
    Runnable wait =
        () -> {
          if (metadata.get().isCluster()) {
            done.complete(metadata.get());
          } else {
            waiters.add(new Waiter(metadata.get().epoch() + 1, Long.MAX_VALUE, done));
            nextFetchNanos = clock.nanoTime();
          }
        };
    driver.turn(
        wait,
        refusal -> {
          if (driver.failure() == null) {
            // A disk may be full for a while: nobody is asked before there is room again.
            wait.run();
          } else {
            done.completeExceptionally(refusal);
          }
        });
    return done;
  }

  /** There must be an epoch: this node goes there too. */
  void want(long epoch) {
    if (epoch > metadata.get().epoch()) {
      wantedEpoch = Math.max(wantedEpoch, epoch);
      fetchesLeft = MAX_FETCHES_FOR_A_HINT;
      fetch();
    }
  }

  /** Entries are decided up to an index, and whoever leads knows them. */
  void wantDecided(long commit) {
    wantedCommit = Math.max(wantedCommit, commit);
    fetchesLeft = MAX_FETCHES_FOR_A_HINT;
    fetchNow();
  }

  /** Asks for what is newest without delay, if that is of use. */
  void fetchNow() {
    nextFetchNanos = clock.nanoTime();
    fetch();
  }

  private boolean wantsMore() {
    boolean hinted = wantedEpoch > metadata.get().epoch() || wantedCommit > raft.commit();
    // A leader that hears of a later epoch was given up by the others.
    return (!raft.isLeader() || wantedEpoch > metadata.get().epoch())
        && (!waiters.isEmpty() || hinted && fetchesLeft > 0 || asker.isAsking());
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
    long number = ++fetches;
    peers.ask(
        target,
        Verb.METADATA_FETCH,
        new Fetch(metadata.get().cluster(), raft.commit()).encode(),
        in -> {
          Fetched fetched = Fetched.decode(in);
          return () -> fetched(fetched, number);
        },
        () -> {
          fetching = false;
          if (target.equals(teller)) {
            teller = null;
          } else {
            peers.setLeaderHint(null);
          }
        });
  }

  private NodeAddress fetchTarget() {
    if (teller != null && wantedEpoch > metadata.get().epoch() && random.nextBoolean()) {
      return teller;
    }
    NodeAddress address = peers.leaderOrVoter();
    boolean bySeed = address == null || random.nextInt(8) == 0;
    return bySeed && !seeds.isEmpty() ? seeds.get(random.nextInt(seeds.size())) : address;
  }

  /** Another node asks what is new. On the lane of the network. */
  void answer(ByteBuffer in, Messenger.Reply reply) {
    Fetch fetch = Fetch.decode(in);
    driver.turn(
        () -> {
          ClusterMetadata known = metadata.get();
          boolean stranger = !fetch.cluster().equals(known.cluster());
          boolean newcomer = fetch.cluster().equals(ClusterMetadata.NONE.cluster());
          if (!known.isCluster() || stranger && !newcomer) {
            reply.fail(FailureReason.UNKNOWN);
            return;
          }
          UUID leader = raft.leader();
          List<LogEntry> entries = newcomer ? null : raft.decidedAfter(fetch.commit());
          boolean newest = raft.knowsNewest(clock.nanoTime()) && isAll(entries);
          Fetched answer =
              entries == null
                  ? new Fetched(
                      known.cluster(),
                      leader,
                      newest,
                      null,
                      raft.applied(),
                      MetadataCodec.encode(known))
                  : new Fetched(known.cluster(), leader, newest, entries, null, null);
          reply.answer(answer.encode());
        });
  }

  private void fetched(Fetched fetched, long number) {
    fetching = false;
    if (fetched.leader() != null) {
      peers.setLeaderHint(fetched.leader());
    }
    boolean own = fetched.cluster().equals(metadata.get().cluster());
    long before = raft.commit();
    if (fetched.metadata() != null && (own || !metadata.get().isCluster())) {
      raft.install(fetched.at(), MetadataCodec.decode(fetched.metadata()));
    } else if (fetched.entries() != null && own) {
      raft.learn(fetched.entries());
    }
    if (raft.commit() > before) {
      nextFetchNanos = clock.nanoTime();
    }
    driver.flush();
    asker.informed(own && fetched.newest() && isTaken(fetched), number);
    fetch();
  }

  /** How many questions were sent so far. */
  long fetches() {
    return fetches;
  }

  /** Whether all of an answer is known here: who believes to lead takes no entries. */
  private boolean isTaken(Fetched fetched) {
    if (fetched.metadata() != null) {
      return raft.commit() >= fetched.at().index();
    }
    return fetched.entries() == null
        || fetched.entries().isEmpty()
        || raft.commit() >= fetched.entries().getLast().index();
  }

  /** Whether entries to tell, if there are any, are all that are decided. */
  private boolean isAll(List<LogEntry> entries) {
    return entries == null || entries.isEmpty() || entries.getLast().index() == raft.commit();
  }

  /** The metadata may be of a later epoch. */
  void advanced() {
    ClusterMetadata now = metadata.get();
    waiters.removeIf(
        waiter -> {
          boolean there = now.epoch() >= waiter.epoch;
          if (there) {
            waiter.done.complete(now);
          }
          return there;
        });
  }

  /** Nothing was heard for a while, so no answer is under way any more. */
  void answerIsLost() {
    fetching = false;
  }

  /** What is new cannot be written for now: those are told who do not wait however long. */
  void refuse(MetadataException reason) {
    waiters.removeIf(
        waiter ->
            waiter.deadlineNanos != Long.MAX_VALUE && waiter.done.completeExceptionally(reason));
  }

  /** Tells those who waited too long. */
  void expire(long nowNanos) {
    for (Iterator<Waiter> i = waiters.iterator(); i.hasNext(); ) {
      Waiter waiter = i.next();
      if (waiter.deadlineNanos != Long.MAX_VALUE && nowNanos - waiter.deadlineNanos >= 0) {
        i.remove();
        waiter.done.completeExceptionally(
            new MetadataException("no node tells of epoch " + waiter.epoch));
      }
    }
  }

  /** Asks somebody, if that is due. */
  void due() {
    fetch();
  }

  /** In how many nanoseconds something may be due; Long.MAX_VALUE for never. */
  long waitNanos(long nowNanos) {
    return !waiters.isEmpty() || wantsMore() && !fetching
        ? Math.max(nextFetchNanos - nowNanos, RETRY_NANOS)
        : Long.MAX_VALUE;
  }

  /** The node stops: whoever waits is told. */
  void halt(MetadataException reason) {
    waiters.forEach(waiter -> waiter.done.completeExceptionally(reason));
  }
}
