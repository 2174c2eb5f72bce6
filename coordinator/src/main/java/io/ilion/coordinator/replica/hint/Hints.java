package io.ilion.coordinator.replica.hint;

import io.ilion.coordinator.LaneAccess;
import io.ilion.coordinator.WriteCallback;
import io.ilion.coordinator.replica.HintKeeper;
import io.ilion.coordinator.replica.ReplicaMutations;
import io.ilion.coordinator.replica.UpdateCheck;
import io.ilion.coordinator.replica.WritePlan;
import io.ilion.gossip.ClusterView;
import io.ilion.gossip.NodeInfo;
import io.ilion.gossip.ReplicaSet;
import io.ilion.gossip.messaging.FailureReason;
import io.ilion.gossip.messaging.Messenger;
import io.ilion.gossip.messaging.Verb;
import io.ilion.model.data.CorruptDataException;
import io.ilion.model.data.UpdateReader;
import io.ilion.model.ring.Murmur3;
import io.ilion.model.schema.KeyspaceDefinition;
import io.ilion.model.schema.Schema;
import io.ilion.model.schema.TableDefinition;
import io.ilion.runtime.Clock;
import io.ilion.runtime.NodeAddress;
import io.ilion.runtime.NodeRuntime;
import io.ilion.runtime.Scheduler;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps hints on disk, and hands them over when their node is there again. A hint whose node is no
 * replica any more goes to those who are; one that is older than its table's gc_grace_seconds, or
 * than a truncation, is dropped, since it could bring back what has been deleted. A node that
 * leaves gives its hints to another first. Safe to call from any lane.
 *
 * <p>Hints make replicas equal sooner; nobody relies on them. A disk that fails or is full, a node
 * that is down for too long or too many hints cost some of them, and only repair helps then.
 */
public final class Hints implements HintKeeper, ClusterView.Listener {
  static final Logger LOGGER = LoggerFactory.getLogger(Hints.class);
  private static final long LOOK_NANOS = 1_000_000_000L;
  private static final byte[] DONE = {};

  final HintStore store;
  private volatile HintOptions options;
  final Clock clock;
  private final Truncations truncations;
  private final LaneAccess lanes;
  private final Scheduler scheduler;
  private final Messenger messenger;
  private final ClusterView view;
  private final Supplier<Schema> schema;
  private final Map<UUID, Long> downSince = new ConcurrentHashMap<>();
  private final Map<UUID, HintDispatch> dispatches = new ConcurrentHashMap<>();

  /** How many of those who were to keep hints of this node refused, one after the other. */
  private final AtomicInteger refused = new AtomicInteger();

  /** Null until hints are handed over: before that none could be written to others. */
  private volatile Rewriter rewriter;

  /** Completes when the hints of a node that leaves are gone; null of one that does not leave. */
  private volatile CompletableFuture<Void> moved;

  private volatile boolean paused;
  private volatile boolean keeping = true;

  /** Writes an update to those who replicate its partition now. */
  @FunctionalInterface
  public interface Rewriter {
    /** Called on any lane; so may the callback be. What it throws counts as a failure. */
    void write(String keyspace, long token, byte[] update, long writtenMillis, WriteCallback done);
  }

  private Hints(
      HintStore store,
      Truncations truncations,
      HintOptions options,
      LaneAccess lanes,
      NodeRuntime runtime,
      Messenger messenger,
      ClusterView view,
      Supplier<Schema> schema) {
    this.store = store;
    this.truncations = truncations;
    this.options = options;
    this.lanes = lanes;
    this.scheduler = runtime.scheduler();
    this.clock = runtime.clock();
    this.messenger = messenger;
    this.view = view;
    this.schema = schema;
  }

  /**
   * Opens the hints of a directory and takes those of other nodes; none is handed over before
   * {@link #start}.
   *
   * @throws IOException if the directory cannot be read
   */
  public static Hints open(
      String directory,
      HintOptions options,
      LaneAccess lanes,
      NodeRuntime runtime,
      Messenger messenger,
      ClusterView view,
      Supplier<Schema> schema)
      throws IOException {
    Truncations truncations = Truncations.open(runtime.files(), directory);
    HintStore store =
        HintStore.open(
            runtime.files(),
            directory,
            runtime.scheduler().blockingLane("hints"),
            truncations.firstUnconcerned(),
            options.mostQueuedBytes());
    Hints hints = new Hints(store, truncations, options, lanes, runtime, messenger, view, schema);
    messenger.handle(Verb.HINT, hints::take);
    view.listen(hints);
    return hints;
  }

  /**
   * Begins to hand hints over.
   *
   * @param toOthers takes hints of nodes that are no replicas any more
   */
  public void start(Rewriter toOthers) {
    rewriter = toOthers;
    scheduler.lane(0).execute(this::look);
  }

  private void look() {
    try {
      for (UUID node : store.nodes()) {
        dispatch(node).start();
      }
    } finally {
      scheduler.lane(0).schedule(LOOK_NANOS, this::look);
    }
  }

  private HintDispatch dispatch(UUID node) {
    return dispatches.computeIfAbsent(
        node,
        id ->
            new HintDispatch(
                this, id, scheduler.lane(Math.floorMod(id.hashCode(), scheduler.laneCount()))));
  }

  @Override
  public void up(NodeInfo node) {
    downSince.remove(node.hostId());
    if (store.bytes(node.hostId()) > 0) {
      dispatch(node.hostId()).startAgain();
    }
  }

  @Override
  public void down(NodeInfo node) {
    downSince.put(node.hostId(), clock.nanoTime());
  }

  /** A node that is about to leave gives its hints away, and one that stays after all does not. */
  @Override
  public synchronized void changed(long epoch) {
    NodeInfo.State state = view.self().state();
    if (state == NodeInfo.State.LEAVING && moved == null) {
      moved = new CompletableFuture<>();
    } else if (state == NodeInfo.State.NORMAL && moved != null) {
      moved.completeExceptionally(new IllegalStateException("the node does not leave"));
      moved = null;
    }
  }

  @Override
  public boolean wants(NodeInfo node) {
    UUID id = node.hostId();
    if (!keeping
        || node.state() == NodeInfo.State.LEFT
        || id.equals(view.self().hostId())
        || store.bytes(id) >= options.mostBytesOfNode()) {
      return false;
    }
    if (view.isAlive(id)) {
      return true;
    }
    long now = clock.nanoTime();
    return now - downSince.computeIfAbsent(id, unknown -> now) <= options.windowNanos();
  }

  @Override
  public void keep(
      NodeInfo node, long token, byte[] update, long writtenMillis, WriteCallback durable) {
    long created = Math.min(clock.wallMillis(), writtenMillis);
    store.append(node.hostId(), new Hint(created, token, update), durable);
  }

  /** The limits of now. */
  public HintOptions options() {
    return options;
  }

  /** From now on these limits hold. */
  public void setOptions(HintOptions newOptions) {
    options = newOptions;
  }

  /** Whether hints are kept at all. */
  public boolean isKeeping() {
    return keeping;
  }

  /** From now on hints are kept, or none any more; those that are there are handed over. */
  public void setKeeping(boolean isKeeping) {
    keeping = isKeeping;
  }

  /** Hands no hints over until it is told to go on, or this node leaves. */
  public void pause(boolean isPaused) {
    paused = isPaused;
  }

  /** Whether hints are not handed over, since somebody wants it so. */
  public boolean isPaused() {
    return paused;
  }

  /** The nodes that there may be hints for. */
  public List<UUID> nodes() {
    return store.nodes();
  }

  /**
   * Deletes all hints for a node, or for all if it is null; completes when they are gone. What they
   * would have brought only a repair brings.
   */
  public CompletionStage<Void> drop(UUID hostId) {
    return store.drop(hostId);
  }

  /** The bytes that hints for a node take on disk. */
  public long bytes(UUID hostId) {
    return store.bytes(hostId);
  }

  /**
   * When the oldest hint was made that is not delivered, in milliseconds: Long.MAX_VALUE if there
   * is none, Long.MIN_VALUE if that is not known.
   */
  public CompletionStage<Long> oldestMillis() {
    return store.oldestMillis();
  }

  /**
   * Drops all hints of a table that were given before, and waits for those that are on their way.
   * What completes is durable.
   */
  public CompletionStage<Void> forget(UUID table) {
    return store
        .turn()
        .thenCompose(
            segment -> {
              CompletableFuture<Void> done = new CompletableFuture<>();
              store.execute(
                  () -> {
                    try {
                      truncations.add(table, segment, store.firstSegment());
                      done.complete(null);
                    } catch (IOException e) {
                      done.completeExceptionally(e);
                    }
                  });
              return done;
            })
        .thenCompose(
            durable ->
                CompletableFuture.allOf(
                    dispatches.values().stream()
                        .map(HintDispatch::batchOver)
                        .toArray(CompletableFuture[]::new)));
  }

  /**
   * Gives all hints away, for a node that is about to leave: to their nodes if these are alive,
   * else to another that keeps them. Completes when there are none left; fails if the node stays.
   */
  public synchronized CompletionStage<Void> giveAway() {
    if (moved == null || moved.isDone()) {
      moved = new CompletableFuture<>();
    }
    CompletableFuture<Void> done = moved;
    scheduler
        .lane(0)
        .execute(
            () -> {
              store.nodes().forEach(node -> dispatch(node).startAgain());
              emptied(null);
            });
    return done;
  }

  /** The hints of a node are all delivered. */
  void emptied(UUID node) {
    CompletableFuture<Void> waiting = moved;
    if (waiting != null && store.nodes().isEmpty()) {
      waiting.complete(null);
    }
  }

  /** Whether hints for a node can be brought somewhere now. */
  boolean canDeliver(UUID id) {
    if (rewriter == null || paused && moved == null) {
      return false;
    }
    NodeInfo node = view.node(id);
    return hasLeft(node) || view.isAlive(id) || (moved != null && other(node, 0) != null);
  }

  private static boolean hasLeft(NodeInfo node) {
    return node == null || node.state() == NodeInfo.State.LEFT;
  }

  /**
   * A node that could keep hints for another, one of the same data centre at first; the next one
   * whenever one refused, as it may have no room for more.
   */
  private NodeInfo other(NodeInfo of, int refused) {
    List<NodeInfo> near = new ArrayList<>();
    List<NodeInfo> far = new ArrayList<>();
    for (NodeInfo node : view.nodes()) {
      boolean fits =
          node.state() == NodeInfo.State.NORMAL
              && view.isAlive(node.hostId())
              && !node.hostId().equals(of.hostId())
              && !node.hostId().equals(view.self().hostId());
      if (fits) {
        (node.datacenter().equals(view.self().datacenter()) ? near : far).add(node);
      }
    }
    near.addAll(far);
    return near.isEmpty() ? null : near.get(Math.floorMod(refused, near.size()));
  }

  /** Brings a hint where it is to go; called on the lane of its dispatch. */
  void deliver(UUID id, long segment, Hint hint, HintDispatch.Outcome outcome) {
    UUID tableId = new UpdateReader().wrap(hint.update()).tableId();
    TableDefinition table = schema.get().table(tableId);
    KeyspaceDefinition keyspace = table == null ? null : schema.get().keyspace(table.keyspace());
    if (keyspace == null || truncations.concerns(tableId, segment) || isTooOld(hint, table)) {
      outcome.end(true);
      return;
    }
    NodeInfo node = view.node(id);
    ReplicaSet set = view.replicas(keyspace).of(hint.token());
    if (hasLeft(node) || !replicates(id, set)) {
      rewrite(keyspace.name(), hint, outcome);
      return;
    }
    long fingerprint = WritePlan.fingerprint(set);
    if (view.isAlive(id)) {
      send(coming(id, set), node, fingerprint, hint, outcome);
    } else {
      sendToOther(node, fingerprint, hint, outcome);
    }
  }

  /** Whoever keeps it for its node sees to those to come when that gets it. */
  private void sendToOther(NodeInfo of, long fingerprint, Hint hint, HintDispatch.Outcome outcome) {
    int before = refused.get();
    NodeInfo to = moved == null ? null : other(of, before);
    if (to == null) {
      outcome.end(false);
      return;
    }
    send(
        to,
        of.hostId(),
        fingerprint,
        hint,
        new Messenger.Answer() {
          @Override
          public void answered(NodeAddress from, ByteBuffer payload) {
            outcome.answered(from, payload);
          }

          @Override
          public void failed(NodeAddress from, FailureReason reason) {
            // Once for all that were on their way to it.
            refused.compareAndSet(before, before + 1);
            outcome.failed(from, reason);
          }
        });
  }

  /**
   * Those other than a node who are about to be replicas of a partition. They may have fetched what
   * they will own before, so they get it as well. No read relies on that, so the node gets it
   * first, and waits for none of them: who is down or refuses is left a hint if that is to be.
   */
  private static List<NodeInfo> coming(UUID id, ReplicaSet set) {
    return set.pending().stream().filter(node -> !node.hostId().equals(id)).toList();
  }

  private void send(
      List<NodeInfo> coming,
      NodeInfo to,
      long fingerprint,
      Hint hint,
      HintDispatch.Outcome outcome) {
    if (coming.isEmpty()) {
      send(to, to.hostId(), fingerprint, hint, outcome);
      return;
    }
    send(
        to,
        to.hostId(),
        fingerprint,
        hint,
        new Messenger.Answer() {
          @Override
          public void answered(NodeAddress from, ByteBuffer payload) {
            give(coming, fingerprint, hint, outcome);
          }

          @Override
          public void failed(NodeAddress from, FailureReason reason) {
            outcome.failed(from, reason);
          }
        });
  }

  /** Gives a hint that its node has to some others, one after the other, as far as they take it. */
  private void give(
      List<NodeInfo> left, long fingerprint, Hint hint, HintDispatch.Outcome outcome) {
    if (left.isEmpty()) {
      outcome.end(true);
      return;
    }
    NodeInfo next = left.getFirst();
    Runnable goOn = () -> give(left.subList(1, left.size()), fingerprint, hint, outcome);
    Runnable leaveHint =
        () -> {
          if (wants(next)) {
            store.append(next.hostId(), hint, failure -> outcome.onLane(goOn));
          } else {
            goOn.run();
          }
        };
    if (!view.isAlive(next.hostId())) {
      leaveHint.run();
      return;
    }
    send(
        next,
        next.hostId(),
        fingerprint,
        hint,
        new Messenger.Answer() {
          @Override
          public void answered(NodeAddress from, ByteBuffer payload) {
            goOn.run();
          }

          @Override
          public void failed(NodeAddress from, FailureReason reason) {
            leaveHint.run();
          }
        });
  }

  private void send(NodeInfo to, UUID id, long fingerprint, Hint hint, Messenger.Answer answer) {
    messenger.request(
        to.address(),
        Verb.HINT,
        hint.token(),
        HintMessage.encode(id, fingerprint, hint),
        options.requestTimeoutNanos(),
        answer);
  }

  private boolean isTooOld(Hint hint, TableDefinition table) {
    long age = clock.wallMillis() - hint.createdMillis();
    return age > table.properties().gcGraceSeconds() * 1000L;
  }

  private static boolean replicates(UUID id, ReplicaSet set) {
    return has(set.natural(), id) || has(set.pending(), id);
  }

  private static boolean has(List<NodeInfo> nodes, UUID id) {
    for (NodeInfo node : nodes) {
      if (node.hostId().equals(id)) {
        return true;
      }
    }
    return false;
  }

  private void rewrite(String keyspace, Hint hint, HintDispatch.Outcome outcome) {
    try {
      rewriter.write(
          keyspace,
          hint.token(),
          hint.update(),
          hint.createdMillis(),
          failure -> outcome.endFromAnywhere(failure == null));
    } catch (RuntimeException e) {
      LOGGER.debug("a hint found no other replica yet: {}", e.toString());
      outcome.end(false);
    }
  }

  /** Takes a hint of another node: applies it, or keeps it for whom it is. */
  private void take(NodeAddress from, ByteBuffer payload, Messenger.Reply reply) {
    HintMessage message;
    UpdateReader update;
    try {
      message = HintMessage.decode(payload);
      UpdateCheck.check(message.hint().update());
      update = new UpdateReader().wrap(message.hint().update());
    } catch (CorruptDataException e) {
      LOGGER.error("{} sent a hint that cannot be read: {}", from, e.toString());
      reply.fail(FailureReason.UNKNOWN);
      return;
    }
    if (!message.node().equals(view.self().hostId())) {
      keepForAnother(message, reply);
      return;
    }
    long token = Murmur3.token(update.partitionKey());
    TableDefinition table = schema.get().table(update.tableId());
    KeyspaceDefinition keyspace = table == null ? null : schema.get().keyspace(table.keyspace());
    if (keyspace == null) {
      reply.fail(FailureReason.INCOMPATIBLE_SCHEMA);
      return;
    }
    ReplicaSet set = view.replicas(keyspace).of(token);
    if (!replicates(message.node(), set) || WritePlan.fingerprint(set) != message.fingerprint()) {
      // Its sender may not know who is about to be a replica, and so to get it before this node.
      reply.fail(FailureReason.STALE_EPOCH);
    } else {
      ReplicaMutations.apply(lanes, from, token, message.hint().update(), reply);
    }
  }

  /**
   * A node that leaves has no other place for it, whether hints are kept for what is new or not.
   */
  private void keepForAnother(HintMessage message, Messenger.Reply reply) {
    if (store.bytes(message.node()) >= options.mostBytesOfNode()) {
      reply.fail(FailureReason.OVERLOADED);
      return;
    }
    store.append(
        message.node(),
        message.hint(),
        failure -> {
          if (failure == null) {
            reply.answer(DONE);
          } else {
            reply.fail(FailureReason.OVERLOADED);
          }
        });
  }
}
