package io.ilion.coordinator.replica.read;

import io.ilion.coordinator.MemoryPool;
import io.ilion.coordinator.MemoryShare;
import io.ilion.coordinator.replica.KeyspaceArithmetic;
import io.ilion.coordinator.replica.ReplicaArithmetic;
import io.ilion.gossip.ClusterView;
import io.ilion.gossip.KeyspaceReplicas;
import io.ilion.gossip.NodeInfo;
import io.ilion.gossip.ReplicaSet;
import io.ilion.gossip.messaging.FailureReason;
import io.ilion.gossip.messaging.Messenger;
import io.ilion.model.Consistency;
import io.ilion.model.CqlException;
import io.ilion.model.ring.LaneMapping;
import io.ilion.model.ring.TokenRange;
import io.ilion.model.schema.KeyspaceDefinition;
import io.ilion.model.schema.Schema;
import io.ilion.model.schema.TableDefinition;
import io.ilion.runtime.Clock;
import io.ilion.runtime.Lane;
import io.ilion.runtime.Scheduler;
import io.ilion.storage.OverloadedException;
import io.ilion.storage.PurgeHorizon;
import io.ilion.storage.ReadCommand;
import io.ilion.storage.RowSink;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads at a consistency level what several nodes keep, as the storage engine reads what this node
 * keeps: into a sink, in the same order. Safe to call from any lane.
 */
public final class ReplicaReads {
  private static final Logger LOGGER = LoggerFactory.getLogger(ReplicaReads.class);

  private final Scheduler scheduler;
  private final LaneMapping mapping;
  private final Messenger messenger;
  private final ClusterView view;
  private final Supplier<Schema> schema;
  private final Clock clock;
  private final Repairer repairer;
  private final PurgeHorizon.Source horizons;
  private final Runnable differing;
  private final MemoryPool results;
  private final RangeTurns turns;
  private final KeyspaceArithmetic arithmetic;
  private final ReadLane[] lanes;
  private final LongAdder mismatches = new LongAdder();

  /**
   * Creates it.
   *
   * @param scheduler whose lanes send requests with the messenger
   * @param schema that belongs to the view's epoch or a later one
   * @param horizons which deletions are on all replicas
   * @param differing run on the lane of a read whose replicas have not the same
   * @param results what the answers of replicas are taken from until they are results
   */
  public ReplicaReads(
      Scheduler scheduler,
      Messenger messenger,
      ClusterView view,
      Supplier<Schema> schema,
      Clock clock,
      Repairer repairer,
      PurgeHorizon.Source horizons,
      Runnable differing,
      MemoryPool results) {
    this.scheduler = scheduler;
    this.mapping = new LaneMapping(scheduler.laneCount());
    this.messenger = messenger;
    this.view = view;
    this.schema = schema;
    this.clock = clock;
    this.repairer = repairer;
    this.horizons = horizons;
    this.differing = differing;
    this.results = results;
    // The other half is for what is merged, and for results.
    this.turns = new RangeTurns(results.most() / 2);
    this.arithmetic = new KeyspaceArithmetic(view.self().datacenter());
    this.lanes = new ReadLane[scheduler.laneCount()];
    for (int i = 0; i < lanes.length; i++) {
      lanes[i] = new ReadLane(scheduler.lane(i), clock, view.self());
    }
  }

  /** Whether the replicas of a table have to be asked for one of its partitions at a level. */
  public boolean concerns(TableDefinition table, Consistency level, long token) {
    KeyspaceDefinition keyspace = schema.get().keyspace(table.keyspace());
    if (keyspace == null) {
      return false;
    }
    KeyspaceReplicas replicas = view.replicas(keyspace);
    return !replicas.isLocalOnly()
        && !(isOne(level) && replicas.of(token).natural().contains(view.self()));
  }

  /** Whether the replicas of a table have to be asked for a range of its partitions at a level. */
  public boolean concernsRange(TableDefinition table, Consistency level) {
    KeyspaceDefinition keyspace = schema.get().keyspace(table.keyspace());
    if (keyspace == null) {
      return false;
    }
    KeyspaceReplicas replicas = view.replicas(keyspace);
    return !replicas.isLocalOnly()
        && !(isOne(level)
            && replicas.ranges().stream()
                .allMatch(range -> replicas.of(range.end()).natural().contains(view.self())));
  }

  private static boolean isOne(Consistency level) {
    return level == Consistency.ONE || level == Consistency.LOCAL_ONE;
  }

  /**
   * Reads one partition.
   *
   * @param command names no columns
   * @param wanted how many rows the sink will take, about
   * @param sink is called on the lane that owns the token
   */
  public void partition(ReadContext context, ReadCommand command, int wanted, RowSink sink) {
    int index = mapping.laneOf(command.token());
    PartitionFeed feed = new PartitionFeed(sink);
    on(
        index,
        sink,
        () ->
            new PartitionRead(
                    this,
                    lanes[index],
                    context,
                    command,
                    wanted,
                    feed,
                    false,
                    () -> {},
                    failure -> end(feed, sink, failure))
                .run());
  }

  private static void end(PartitionFeed feed, RowSink sink, Throwable failure) {
    if (failure != null) {
      sink.failed(failure);
      return;
    }
    try {
      boolean unused = feed.end();
    } catch (RuntimeException e) {
      sink.failed(e);
      return;
    }
    sink.finished();
  }

  /**
   * Reads a range of partitions.
   *
   * @param perPartition how many rows of each partition the sink will take
   * @param sink is called on one lane
   */
  public void range(
      ReadContext context, ReadCommand command, int wanted, int perPartition, RowSink sink) {
    int index = mapping.laneOf(command.range().startToken());
    on(
        index,
        sink,
        () ->
            new RangeRead(this, lanes[index], context, command, wanted, perPartition, sink)
                .begin());
  }

  /**
   * Whom a read would ask, and in which order.
   *
   * @param lane that the caller is on, by whose experience replicas are fast or slow
   * @throws io.ilion.coordinator.replica.UnavailableException if too few are alive
   */
  public ReadRoute route(ReadContext context, long token, int lane) {
    ReplicaSet replicas = replicas(context.table()).of(token);
    ReadTargets targets = targets(context, replicas, lanes[lane]);
    List<NodeInfo> all = targets.candidates();
    return new ReadRoute(
        List.copyOf(all.subList(0, targets.contacts())),
        List.copyOf(all.subList(targets.contacts(), all.size())),
        replicas.natural().size());
  }

  /** The tokens that end the parts of the ring, each with replicas of its own, ascending. */
  public List<Long> ringEnds(TableDefinition table) {
    return replicas(table).ranges().stream().map(TokenRange::end).toList();
  }

  private void on(int index, RowSink sink, Runnable task) {
    Lane lane = scheduler.lane(index);
    Runnable guarded =
        () -> {
          try {
            task.run();
          } catch (RuntimeException e) {
            sink.failed(e);
          }
        };
    if (lane.isCurrent()) {
      guarded.run();
    } else {
      lane.execute(guarded);
    }
  }

  long epoch() {
    return view.epoch();
  }

  /** A read as it has to be now: of the table's new data, if it was truncated since. */
  ReadCommand current(ReadCommand command) {
    Schema now = schema.get();
    TableDefinition truncated =
        now.table(command.tableId()) == null ? now.truncated(command.tableId()) : null;
    return truncated == null ? command : command.of(truncated.id());
  }

  KeyspaceReplicas replicas(TableDefinition table) {
    return view.replicas(keyspace(table));
  }

  private KeyspaceDefinition keyspace(TableDefinition table) {
    KeyspaceDefinition keyspace = schema.get().keyspace(table.keyspace());
    if (keyspace == null) {
      throw CqlException.invalid("Keyspace '%s' does not exist", table.keyspace());
    }
    return keyspace;
  }

  /** Whom to ask of some replicas. */
  ReadTargets targets(ReadContext context, ReplicaSet replicas, ReadLane lane) {
    return ReadTargets.of(
        arithmetic.of(keyspace(context.table())), context.level(), replicas, view, lane.order());
  }

  /**
   * Whom to ask of those who have two ranges, or null if that would not be as good as asking for
   * each: they are further away, or none of them could stand in for one that fails.
   */
  ReadTargets targetsOrNull(
      ReadContext context, List<NodeInfo> common, ReadTargets ofFirst, ReadLane lane) {
    ReplicaArithmetic counts = arithmetic.of(keyspace(context.table()));
    int least = Math.min(ofFirst.candidates().size(), ofFirst.blockFor() + 1);
    if (counts.countsEachDatacenter(context.level())
        || common.size() < least
        || !common.containsAll(ofFirst.candidates().subList(0, ofFirst.contacts()))) {
      return null;
    }
    ReadTargets both = targets(context, new ReplicaSet(common), lane);
    return both.candidates().size() < least ? null : both;
  }

  /**
   * Which deletions between two tokens replicas leave out, since some may have purged them: only
   * those that are everywhere, or what they delete would be seen on a replica that missed one.
   */
  long purgeBefore(ReadContext context, long first, long last) {
    return Math.min(
        context.nowSeconds() - context.table().properties().gcGraceSeconds(),
        horizons.of(context.table().id()).least(first, last));
  }

  Clock clock() {
    return clock;
  }

  /** The memory of answers that are not results yet. */
  MemoryPool results() {
    return results;
  }

  /** The turns of range reads. */
  RangeTurns turns() {
    return turns;
  }

  /** What a read takes of it. */
  public MemoryShare newShare() {
    return new MemoryShare(results);
  }

  /** Whether a read failed since there was no room for answers, here or at replicas. */
  public static boolean isOfRoom(Throwable failure) {
    return failure instanceof OverloadedException
        || (failure instanceof ReadFailureException refused
            && refused.reasons().containsValue(FailureReason.OVERLOADED));
  }

  /** There is too little of it. */
  static OverloadedException overloaded() {
    return new OverloadedException("the results of all reads take too much memory");
  }

  Messenger messenger() {
    return messenger;
  }

  Repairer repairer() {
    return repairer;
  }

  boolean isAlive(NodeInfo node) {
    return view.isAlive(node.hostId());
  }

  /** Whether what a node has counts at a level. */
  boolean counts(Consistency level, NodeInfo node) {
    return !ReplicaArithmetic.isLocal(level) || node.datacenter().equals(view.self().datacenter());
  }

  boolean repairs(TableDefinition table) {
    return !table.properties().readRepair().equals("NONE");
  }

  void mismatched() {
    mismatches.increment();
    differing.run();
  }

  /** How often replicas that were asked for the same had not the same. */
  public long mismatches() {
    return mismatches.sum();
  }

  void unreadable(NodeInfo node, Throwable cause) {
    LOGGER.error("{} answered a read with what cannot be read", node.address(), cause);
  }
}
