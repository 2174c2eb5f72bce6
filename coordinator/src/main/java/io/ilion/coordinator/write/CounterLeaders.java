package io.ilion.coordinator.write;

import io.ilion.coordinator.LaneAccess;
import io.ilion.coordinator.WriteCallback;
import io.ilion.coordinator.replica.Acknowledgements;
import io.ilion.coordinator.replica.ReplicaArithmetic;
import io.ilion.coordinator.replica.ReplicaWrite;
import io.ilion.coordinator.replica.ReplicaWriter;
import io.ilion.coordinator.replica.UnavailableException;
import io.ilion.coordinator.replica.WriteFailureException;
import io.ilion.coordinator.replica.WritePlan;
import io.ilion.coordinator.replica.WriteTimeoutException;
import io.ilion.cql.modify.UpdateBuffer.PartitionUpdate;
import io.ilion.gossip.NodeInfo;
import io.ilion.gossip.messaging.FailureReason;
import io.ilion.gossip.messaging.Messenger;
import io.ilion.gossip.messaging.Verb;
import io.ilion.model.Consistency;
import io.ilion.model.WriteType;
import io.ilion.model.data.CorruptDataException;
import io.ilion.model.ring.Murmur3;
import io.ilion.model.schema.Schema;
import io.ilion.model.schema.TableDefinition;
import io.ilion.runtime.NodeAddress;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Counters with several replicas. One of them, the leader, adds to its own count, alone with the
 * partition, and then gives the others what it has counted so far: a value, which they can take any
 * number of times. This node leads if it is a replica. Safe to call from any lane.
 *
 * <p>The leader sends a count only when it is on its own disk: else a leader that lost its power
 * would count on from less than others have seen, and its next counts would pass for old ones.
 *
 * <p>As with one node, an addition that was acknowledged counts exactly once; one that failed or
 * timed out counts once or not at all, unless whoever made it makes it again.
 */
final class CounterLeaders {
  private static final Logger LOGGER = LoggerFactory.getLogger(CounterLeaders.class);

  private final ReplicaWriter writer;
  private final LaneAccess lanes;
  private final Messenger messenger;
  private final Supplier<Schema> schema;
  private final Counters counters;
  private final Supplier<UUID> ids;
  private final LongSupplier timeoutNanos;
  private final RecentOperations[] recent;

  /**
   * Creates it, and takes the additions that other nodes want this one to lead.
   *
   * @param ids gives ids that were never used
   */
  CounterLeaders(
      ReplicaWriter writer,
      LaneAccess lanes,
      Messenger messenger,
      Supplier<Schema> schema,
      Counters counters,
      Supplier<UUID> ids,
      LongSupplier timeoutNanos) {
    this.writer = writer;
    this.lanes = lanes;
    this.messenger = messenger;
    this.schema = schema;
    this.counters = counters;
    this.ids = ids;
    this.timeoutNanos = timeoutNanos;
    recent = new RecentOperations[lanes.laneCount()];
    for (int i = 0; i < recent.length; i++) {
      recent[i] = new RecentOperations();
    }
    messenger.handle(Verb.COUNT, this::lead);
  }

  /** Additions on their way; what they wait for is known at once, what has come later. */
  private static final class Count implements Acknowledgements {
    private final int blockFor;
    private volatile ReplicaWrite write;
    private volatile boolean over;

    Count(int blockFor) {
      this.blockFor = blockFor;
    }

    @Override
    public int received() {
      ReplicaWrite now = write;
      return now == null ? 0 : now.received();
    }

    @Override
    public int blockFor() {
      ReplicaWrite now = write;
      return now == null ? blockFor : now.blockFor();
    }

    @Override
    public boolean isOver() {
      return over;
    }
  }

  /**
   * Makes the additions of an update, and its other changes.
   *
   * @throws UnavailableException if too few replicas are alive, or none that could lead
   */
  Acknowledgements count(
      PartitionUpdate update, Consistency level, long nowSeconds, WriteCallback callback) {
    long token = update.token();
    WritePlan plan = writer.plan(update.table().keyspace(), token, level);
    if (update.increments().isEmpty()) {
      return writer.write(
          plan, update.update(), WriteType.COUNTER, timeoutNanos.getAsLong(), callback);
    }
    NodeInfo leader = leader(plan);
    Count count = new Count(plan.blockFor());
    WriteCallback done =
        failure -> {
          count.over = true;
          callback.done(failure);
        };
    if (leader.equals(writer.view().self())) {
      lead(update, plan, nowSeconds, count, done);
      return count;
    }
    byte[] payload =
        new CountMessage(
                ids.get(),
                level,
                nowSeconds,
                update.table().id(),
                update.partitionKey(),
                update.update(),
                update.increments())
            .encode();
    lanes.run(
        lanes.laneOf(token),
        () ->
            messenger.request(
                leader.address(),
                Verb.COUNT,
                token,
                payload,
                timeoutNanos.getAsLong(),
                new Led(plan, done)),
        done);
    return count;
  }

  /** This node if it is a replica; else one of its rack, data centre, or any. */
  private NodeInfo leader(WritePlan plan) {
    NodeInfo self = writer.view().self();
    NodeInfo best = null;
    int bestRank = 0;
    for (NodeInfo node : plan.natural()) {
      boolean near = node.datacenter().equals(self.datacenter());
      int rank =
          node.hostId().equals(self.hostId())
              ? 4
              : near && node.rack().equals(self.rack()) ? 3 : near ? 2 : 1;
      boolean fits = rank > 1 || !ReplicaArithmetic.isLocal(plan.level());
      if (fits && rank > bestRank && plan.live().contains(node)) {
        best = node;
        bestRank = rank;
      }
    }
    if (best == null) {
      throw new UnavailableException(plan.level(), "", plan.blockFor(), 0);
    }
    return best;
  }

  private void lead(
      PartitionUpdate update,
      WritePlan plan,
      long nowSeconds,
      Count count,
      WriteCallback callback) {
    counters.count(
        update,
        nowSeconds,
        counted -> {
          WriteCallback each = WriteCallback.all(counted.size(), callback);
          for (byte[] part : counted) {
            count.write =
                writer.writeToOthers(plan, part, WriteType.COUNTER, timeoutNanos.getAsLong(), each);
          }
        },
        callback);
  }

  /** Told what became of additions that another node leads. */
  private record Led(WritePlan plan, WriteCallback callback) implements Messenger.Answer {
    @Override
    public void answered(NodeAddress from, ByteBuffer payload) {
      try {
        callback.done(CountAnswer.decode(payload, plan.level()));
      } catch (CorruptDataException | BufferUnderflowException e) {
        LOGGER.error("{} answered what cannot be read: {}", from, e.toString());
        failed(from, FailureReason.UNKNOWN);
      }
    }

    @Override
    public void failed(NodeAddress from, FailureReason reason) {
      boolean unknown = reason == FailureReason.TIMEOUT || reason == FailureReason.NODE_DOWN;
      callback.done(
          unknown
              ? new WriteTimeoutException(plan.level(), 0, plan.blockFor(), WriteType.COUNTER)
              : new WriteFailureException(
                  plan.level(), 0, plan.blockFor(), WriteType.COUNTER, Map.of(from, reason)));
    }
  }

  /** Takes additions that another node wants this one to lead; on the lane of their token. */
  private void lead(NodeAddress from, ByteBuffer payload, Messenger.Reply reply) {
    CountMessage message;
    try {
      message = CountMessage.decode(payload);
    } catch (CorruptDataException | BufferUnderflowException e) {
      LOGGER.error("{} sent additions that cannot be read: {}", from, e.toString());
      reply.fail(FailureReason.UNKNOWN);
      return;
    }
    TableDefinition table = schema.get().table(message.table());
    if (table == null || !table.isCounter()) {
      reply.fail(FailureReason.INCOMPATIBLE_SCHEMA);
      return;
    }
    long token = Murmur3.token(message.partitionKey());
    lanes.run(
        lanes.laneOf(token),
        () -> {
          // The network may bring a message twice.
          if (recent[lanes.laneOf(token)].add(message.operation())) {
            lead(message, table, token, reply);
          }
        },
        failure -> reply.fail(FailureReason.UNKNOWN));
  }

  private void lead(
      CountMessage message, TableDefinition table, long token, Messenger.Reply reply) {
    WritePlan plan;
    try {
      plan = writer.plan(table.keyspace(), token, message.level());
    } catch (UnavailableException e) {
      reply.answer(CountAnswer.encode(e));
      return;
    }
    if (!plan.natural().contains(writer.view().self())) {
      reply.fail(FailureReason.STALE_EPOCH);
      return;
    }
    PartitionUpdate update =
        new PartitionUpdate(
            table, message.partitionKey(), token, message.update(), message.increments());
    lead(
        update,
        plan,
        message.nowSeconds(),
        new Count(plan.blockFor()),
        failure -> {
          byte[] answer = CountAnswer.encode(failure);
          if (answer == null) {
            LOGGER.warn("additions failed: {}", failure.toString());
            reply.fail(ReplicaWriter.reason(failure));
          } else {
            reply.answer(answer);
          }
        });
  }

  /** Makes the additions of several updates; each partition is by itself. */
  List<Acknowledgements> count(
      List<PartitionUpdate> updates, Consistency level, long nowSeconds, WriteCallback callback) {
    WriteCallback each = WriteCallback.all(updates.size(), callback);
    List<Acknowledgements> all = new ArrayList<>(updates.size());
    for (PartitionUpdate update : updates) {
      try {
        all.add(count(update, level, nowSeconds, each));
      } catch (RuntimeException e) {
        each.done(e);
      }
    }
    return all;
  }
}
