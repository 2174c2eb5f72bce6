package io.ilion.coordinator.repair;

import io.ilion.coordinator.replica.read.RangePages;
import io.ilion.gossip.KeyspaceReplicas;
import io.ilion.gossip.NodeInfo;
import io.ilion.gossip.ReplicaSet;
import io.ilion.gossip.messaging.FailureReason;
import io.ilion.gossip.messaging.Messenger;
import io.ilion.gossip.messaging.Verb;
import io.ilion.model.ring.TokenRange;
import io.ilion.model.schema.KeyspaceDefinition;
import io.ilion.model.schema.TableDefinition;
import io.ilion.runtime.NodeAddress;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One repair: a state machine of lane 0, table by table, part by part. Any thread may ask how far
 * it is.
 *
 * <pre>
 * PREPARE  every node says what writes may still come from it          replicas must answer
 * COMPARE  the replicas' trees of a part, and of the leaves that differ
 * COMING   what differs is given to those who are about to be replicas
 * FETCH    what differs, from each of the others
 * GIVE     what is together here now, to each of the others            then the next part
 * SEAL     every replica makes safe what it fetched for a table, and has seen no node come or go
 * DONE     every node hears of what was repaired                       then the next table
 * </pre>
 *
 * <p>What was deleted before a moment is then everywhere: of writes before it none is on its way
 * any more, neither as a hint or in a batch, as all nodes have said, nor otherwise, as a margin
 * before the beginning of the repair is left out. If a node does not answer, its replicas are made
 * equal as well, but nothing follows for purging. Nor does anything if a node began or ended to
 * come or go meanwhile: who fetched a range before its replicas were made equal may lack a deletion
 * that all of them have. A part whose replicas are others by then is not repaired at all, as who is
 * none any more has what the others have purged; nor is anything if the keyspace's replication is
 * altered. A table that is dropped or truncated meanwhile is left out.
 */
public final class RepairRun {
  private static final Logger LOGGER = LoggerFactory.getLogger(RepairRun.class);
  private static final long PREPARE_TIMEOUT_NANOS = 30_000_000_000L;
  private static final long SYNC_TIMEOUT_NANOS = 3_600_000_000_000L;
  private static final long SEAL_TIMEOUT_NANOS = 600_000_000_000L;
  private static final long DONE_TIMEOUT_NANOS = 10_000_000_000L;

  /** Of lane 0, whatever the number of lanes. */
  static final long FIRST_TOKEN = Long.MIN_VALUE;

  private final Repairs repairs;
  private final Repairs.Request request;
  private final CompletableFuture<Repairs.Report> outcome = new CompletableFuture<>();
  private final long startedMillis;
  private final Map<UUID, Long> runOf = new HashMap<>();
  private final ArrayDeque<TableDefinition> tables;
  private final ArrayDeque<Part> left = new ArrayDeque<>();
  private final List<Part> repaired = new ArrayList<>();
  private final Set<NodeInfo> participants = new LinkedHashSet<>();
  private List<Part> parts;
  private TableDefinition table;
  private long oldestMillis;
  private long ringEpoch;

  // Read by any thread.
  private final AtomicInteger ranges = new AtomicInteger();
  private final AtomicInteger rangesDone = new AtomicInteger();
  private final AtomicInteger differing = new AtomicInteger();
  private final AtomicLong bytes = new AtomicLong();
  private volatile String step = "waiting";
  private volatile boolean cancelled;
  private volatile Runnable listener = () -> {};
  private volatile long endedMillis;
  private volatile boolean certified;

  /** A part of the ring that does not wrap, and its replicas besides this node. */
  record Part(TokenRange range, List<NodeInfo> others, Set<UUID> replicas) {}

  RepairRun(Repairs repairs, Repairs.Request request) {
    this.repairs = repairs;
    this.request = request;
    this.startedMillis = repairs.clock.wallMillis();
    this.tables = new ArrayDeque<>(request.tables());
  }

  /** What is repaired. */
  public Repairs.Request request() {
    return request;
  }

  /** When it began, by the wall clock. */
  public long startedMillis() {
    return startedMillis;
  }

  /** When it ended; 0 if it has not. */
  public long endedMillis() {
    return endedMillis;
  }

  /** What it did; fails with a {@link Repairs.RepairException} if it could not be done. */
  public CompletableFuture<Repairs.Report> outcome() {
    return outcome;
  }

  /** How many ranges are to be compared, of all tables. */
  public int ranges() {
    return ranges.get();
  }

  /** How many have been. */
  public int rangesDone() {
    return rangesDone.get();
  }

  /** What it did so far. */
  public Repairs.Report report() {
    return new Repairs.Report(rangesDone.get(), differing.get(), bytes.get());
  }

  /** What it does now, in a few words. */
  public String step() {
    return step;
  }

  /**
   * Whether old deletions may be purged when it is over; not if a node did not answer, or one came
   * or went.
   */
  public boolean isCertified() {
    return certified;
  }

  /** Has somebody told, on lane 0, whenever it is further. */
  public void onProgress(Runnable told) {
    listener = told;
  }

  /** Ends it soon; what is equal by then stays so. Any thread may call this. */
  public void cancel() {
    cancelled = true;
  }

  void begin() {
    outcome.whenComplete((report, failure) -> ended(failure));
    guarded(this::compareAll);
  }

  /** Takes a step; one that throws ends the repair, for which the next one would wait for ever. */
  private void guarded(Runnable next) {
    try {
      next.run();
    } catch (RuntimeException e) {
      outcome.completeExceptionally(e);
    }
  }

  private void compareAll() {
    // The epoch first: replicas of a later one make the repair void, not wrong.
    ringEpoch = repairs.view.ringEpoch();
    KeyspaceReplicas replicas = repairs.view.replicas(request.keyspace());
    parts = parts(replicas);
    ranges.set(parts.size() * tables.size());
    if (ranges.get() == 0) {
      outcome.complete(report());
      return;
    }
    for (Part part : parts) {
      for (NodeInfo node : part.others) {
        if (!repairs.view.isAlive(node.hostId())) {
          fail("a replica, " + node.address() + ", is down");
          return;
        }
      }
      participants.addAll(part.others);
    }
    prepare();
  }

  private List<Part> parts(KeyspaceReplicas replicas) {
    List<TokenRange> wanted = new ArrayList<>();
    request.within().forEach(range -> wanted.addAll(RangePages.parts(range)));
    if (wanted.isEmpty()) {
      wanted.add(new TokenRange(Long.MIN_VALUE, Long.MAX_VALUE));
    }
    UUID self = repairs.view.self().hostId();
    List<Part> parts = new ArrayList<>();
    for (TokenRange range : replicas.ranges()) {
      ReplicaSet set = replicas.of(range.end());
      List<NodeInfo> natural = set.natural();
      List<NodeInfo> others = natural.stream().filter(n -> !n.hostId().equals(self)).toList();
      if (others.isEmpty()
          || others.size() == natural.size()
          || (request.primaryOnly() && !natural.getFirst().hostId().equals(self))) {
        continue;
      }
      Set<UUID> all = hostIds(natural);
      for (TokenRange part : RangePages.parts(range)) {
        for (TokenRange one : wanted) {
          TokenRange common = Repairs.common(part, one);
          if (common != null) {
            parts.add(new Part(common, others, all));
          }
        }
      }
    }
    return parts;
  }

  /** Whether all of a part is replicated by those by whom it was when this began. */
  private boolean hasItsReplicas(Part part) {
    KeyspaceReplicas replicas = repairs.view.replicas(request.keyspace());
    for (TokenRange range : replicas.ranges()) {
      boolean concerned =
          RangePages.parts(range).stream().anyMatch(r -> Repairs.common(r, part.range) != null);
      if (concerned && !hostIds(replicas.of(range.end()).natural()).equals(part.replicas)) {
        return false;
      }
    }
    return true;
  }

  /** Whether the keyspace is replicated in another way than when this began. */
  private boolean isAltered() {
    KeyspaceDefinition now = repairs.host.schema().keyspace(request.keyspace().name());
    return now != null && !now.replication().equals(request.keyspace().replication());
  }

  private static Set<UUID> hostIds(List<NodeInfo> nodes) {
    Set<UUID> ids = new HashSet<>();
    nodes.forEach(node -> ids.add(node.hostId()));
    return ids;
  }

  private void prepare() {
    step = "asking all nodes";
    List<NodeInfo> asked = new ArrayList<>(repairs.view.nodes());
    byte[] first = new RepairMessages.Prepare(request.scheduled()).encode();
    byte[] others = new RepairMessages.Prepare(false).encode();
    oldestMillis = startedMillis;
    certified = true;
    int[] open = {asked.size()};
    Repairs.RepairException[] failed = new Repairs.RepairException[1];
    Runnable answered =
        () -> {
          if (--open[0] > 0) {
            return;
          }
          if (oldestMillis == Long.MIN_VALUE) {
            certified = false;
          }
          if (failed[0] == null) {
            nextTable();
          } else {
            outcome.completeExceptionally(failed[0]);
          }
        };
    for (NodeInfo node : asked) {
      boolean takesPart = participants.contains(node) || isSelf(node);
      send(
          node,
          Verb.REPAIR_PREPARE,
          takesPart ? first : others,
          PREPARE_TIMEOUT_NANOS,
          answer -> {
            RepairMessages.Prepared prepared = RepairMessages.Prepared.decode(answer);
            runOf.put(node.hostId(), prepared.run());
            oldestMillis = Math.min(oldestMillis, prepared.oldestMillis());
            answered.run();
          },
          reason -> {
            certified = false;
            if (takesPart) {
              boolean busy = reason == FailureReason.OVERLOADED;
              String what =
                  busy ? " takes part in another repair" : " does not take part: " + reason;
              if (failed[0] == null || !busy) {
                failed[0] = new Repairs.RepairException(node.address() + what, busy);
              }
            }
            answered.run();
          });
    }
  }

  private boolean isSelf(NodeInfo node) {
    return node.hostId().equals(repairs.view.self().hostId());
  }

  private void nextTable() {
    table = tables.poll();
    // Replicas would be asked again and again for what is no more.
    while (table != null && repairs.host.schema().table(table.id()) == null) {
      ranges.addAndGet(-parts.size());
      table = tables.poll();
    }
    if (table == null) {
      outcome.complete(report());
      return;
    }
    step = "comparing " + table.keyspace() + "." + table.name();
    repaired.clear();
    left.clear();
    long size = repairs.host.bytesOf(table.id());
    double owned = parts.stream().mapToDouble(part -> part.range.share()).sum();
    for (Part part : parts) {
      long about = owned == 0 ? 0 : (long) (size * Math.min(1, part.range.share() / owned));
      left.addAll(split(part, (int) Math.min(1024, about / repairs.limits.partBytes() + 1)));
    }
    ranges.addAndGet(left.size() - parts.size());
    listener.run();
    nextPart();
  }

  /** Cuts a part into so many. */
  private static List<Part> split(Part part, int count) {
    MerkleTree grid = new MerkleTree(part.range, count);
    List<Part> split = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      if (grid.range(i) != null) {
        split.add(new Part(grid.range(i), part.others, part.replicas));
      }
    }
    return split;
  }

  private void nextPart() {
    if (cancelled) {
      fail("the repair was cancelled");
      return;
    }
    if (isAltered()) {
      fail("the replication of " + request.keyspace().name() + " was altered: repair it again");
      return;
    }
    Part part = left.poll();
    if (part == null) {
      seal();
      return;
    }
    if (repairs.view.ringEpoch() != ringEpoch && !hasItsReplicas(part)) {
      fail("the replicas of " + part.range + " have changed");
      return;
    }
    long purge =
        Math.min(
            repairs.clock.wallSeconds() - table.properties().gcGraceSeconds(),
            repairs.repaired.horizon(table.id()).least(part.range.start() + 1, part.range.end()));
    new RepairComparison(this, repairs, part, table, purge, request.scheduled())
        .begin(
            result -> {
              differing.addAndGet(result.differing());
              bytes.addAndGet(result.bytes());
              rangesDone.incrementAndGet();
              repairs.counts.compared(result.differing());
              listener.run();
              repaired.add(part);
              nextPart();
            });
  }

  private long beforeSeconds() {
    return !certified ? Long.MIN_VALUE : oldestMillis / 1000 - repairs.limits.marginSeconds();
  }

  /** Has what was fetched made safe, before anybody relies on it. */
  private void seal() {
    step = "making " + table.keyspace() + "." + table.name() + " safe";
    List<NodeInfo> all = new ArrayList<>(participants);
    all.add(repairs.view.self());
    int[] open = {all.size()};
    for (NodeInfo node : all) {
      byte[] payload =
          new RepairMessages.Seal(table.id(), runOf.get(node.hostId()), ringEpoch).encode();
      ask(
          node,
          Verb.REPAIR_SEAL,
          payload,
          SEAL_TIMEOUT_NANOS,
          answer -> {
            certified &= RepairMessages.Seal.decodeAnswer(answer) && !isAltered();
            if (--open[0] == 0) {
              tell();
            }
          });
    }
  }

  /** Tells all nodes what is repaired; who does not hear of it purges later. */
  private void tell() {
    List<RepairedRange> ranges =
        repaired.stream()
            .map(
                part ->
                    new RepairedRange(
                        part.range, startedMillis / 1000, beforeSeconds(), part.replicas))
            .toList();
    byte[] payload = new RepairMessages.Done(table.id(), ranges).encode();
    Collection<NodeInfo> all = repairs.view.nodes();
    int[] open = {all.size()};
    Runnable told =
        () -> {
          if (--open[0] == 0) {
            nextTable();
          }
        };
    for (NodeInfo node : all) {
      send(
          node,
          Verb.REPAIR_DONE,
          payload,
          DONE_TIMEOUT_NANOS,
          answer -> told.run(),
          reason -> told.run());
    }
  }

  private void ended(Throwable failure) {
    endedMillis = repairs.clock.wallMillis();
    step = failure == null ? "done" : "failed";
    repairs.counts.ended(this, failure);
    if (request.scheduled()) {
      List<NodeInfo> all = new ArrayList<>(participants);
      all.add(repairs.view.self());
      byte[] payload = RepairMessages.Release.encode();
      all.forEach(
          node ->
              repairs.messenger.send(node.address(), Verb.REPAIR_RELEASE, FIRST_TOKEN, payload));
    }
    if (failure != null) {
      LOGGER.warn("the repair of {} failed: {}", request.keyspace().name(), failure.getMessage());
    }
  }

  private void fail(String message) {
    outcome.completeExceptionally(new Repairs.RepairException(message, false));
  }

  boolean isCancelled() {
    return cancelled;
  }

  /** Whether a table is the one that is being repaired: it may have been given up meanwhile. */
  boolean isAt(TableDefinition one) {
    return one.equals(table);
  }

  /** Something has failed without which the table is not repaired: unless it is no more. */
  void fail(TableDefinition one, Throwable failure) {
    if (!isAt(one)) {
      return;
    }
    if (repairs.host.schema().table(one.id()) != null) {
      outcome.completeExceptionally(failure);
      return;
    }
    ranges.set(rangesDone.get() + parts.size() * tables.size());
    nextTable();
  }

  /** Asks a node without which the table is not repaired. */
  void ask(NodeInfo node, Verb verb, byte[] payload, long timeout, Consumer<ByteBuffer> then) {
    TableDefinition asked = table;
    send(
        node,
        verb,
        payload,
        timeout,
        answer -> {
          if (isAt(asked)) {
            then.accept(answer);
          }
        },
        reason ->
            fail(
                asked,
                new Repairs.RepairException(
                    node.address() + " does not take part: " + reason, false)));
  }

  void sync(NodeInfo node, byte[] payload, Consumer<ByteBuffer> then) {
    ask(node, Verb.REPAIR_SYNC, payload, SYNC_TIMEOUT_NANOS, then);
  }

  private void send(
      NodeInfo node,
      Verb verb,
      byte[] payload,
      long timeout,
      Consumer<ByteBuffer> then,
      Consumer<FailureReason> otherwise) {
    repairs.messenger.request(
        node.address(),
        verb,
        FIRST_TOKEN,
        payload,
        timeout,
        new Messenger.Answer() {
          @Override
          public void answered(NodeAddress from, ByteBuffer answer) {
            if (!outcome.isDone()) {
              guarded(() -> then.accept(answer));
            }
          }

          @Override
          public void failed(NodeAddress from, FailureReason reason) {
            if (!outcome.isDone()) {
              guarded(() -> otherwise.accept(reason));
            }
          }
        });
  }
}
