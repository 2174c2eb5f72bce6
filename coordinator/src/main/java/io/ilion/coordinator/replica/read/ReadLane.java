package io.ilion.coordinator.replica.read;

import io.ilion.gossip.NodeInfo;
import io.ilion.model.schema.TableDefinition;
import io.ilion.runtime.Clock;
import io.ilion.runtime.Lane;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;

/**
 * What one lane knows of the reads it makes at replicas: how fast they are, and which of them take
 * long. One timer for all of them goes off when the first of them has taken too long, but every one
 * to ten milliseconds, and only while there are reads, rather than one for each read.
 */
final class ReadLane {
  private static final long LEAST_TICK_NANOS = 1_000_000;

  /** What has ended is not kept for longer. */
  private static final long MOST_TICK_NANOS = 10_000_000;

  private static final long NEVER = Long.MAX_VALUE;
  private static final long ROTATION_NANOS = 10_000_000_000L;
  private static final long REPLAN_NANOS = 20_000_000;

  /**
   * How often in a row a read that has begun asks again where there was no room for answers. Later
   * the client may as well try another node.
   */
  static final int MOST_WITHOUT_ROOM = 16;

  private static final int MOST_TABLES = 4096;

  private final Lane lane;
  private final Clock clock;
  private final ReplicaLatencies replicas;
  private final Map<UUID, OfTable> tables = new HashMap<>();
  private final ArrayDeque<Watched> watched = new ArrayDeque<>();

  /** When the timer goes off, or NEVER. */
  private long tickAt = NEVER;

  private record Watched(QuorumRead read, long due) {}

  /** The reads of one table. */
  private static final class OfTable {
    private final String option;
    private final SpeculationPolicy policy;
    private final LatencyHistogram latencies = new LatencyHistogram();
    private long rotatedAt;
    private long delayNanos = Long.MAX_VALUE;
    private int sinceDelay;

    OfTable(String option, long now) {
      this.option = option;
      this.policy = SpeculationPolicy.of(option);
      this.rotatedAt = now;
      this.delayNanos = policy.delayNanos(latencies);
    }

    void add(long nanos, long now) {
      latencies.add(nanos);
      // A percentile costs a walk over the buckets.
      if (++sinceDelay >= 64) {
        sinceDelay = 0;
        delayNanos = policy.delayNanos(latencies);
        if (now - rotatedAt > ROTATION_NANOS) {
          rotatedAt = now;
          latencies.rotate();
        }
      }
    }
  }

  ReadLane(Lane lane, Clock clock, NodeInfo self) {
    this.lane = lane;
    this.clock = clock;
    this.replicas = new ReplicaLatencies(self);
  }

  /**
   * Has a read planned anew, when the metadata that a replica knows may have come here too, or
   * there may be room for answers.
   *
   * @return false if there is no time left for that, or nobody waits for it any more
   */
  boolean later(ReadContext context, Runnable task) {
    if (clock.nanoTime() + REPLAN_NANOS - context.deadlineNanos() > 0
        || context.abandoned().getAsBoolean()) {
      return false;
    }
    lane.schedule(REPLAN_NANOS, task);
    return true;
  }

  /** Runs a task on the lane, behind what waits for it. */
  void execute(Runnable task) {
    lane.execute(task);
  }

  /** Runs a task on the lane after a time. */
  Lane.Cancellable schedule(long nanos, Runnable task) {
    return lane.schedule(nanos, task);
  }

  /** A replica answered after a time. */
  void answered(NodeInfo node, long nanos) {
    replicas.add(node, nanos, clock.nanoTime());
  }

  /** Whom to ask first. */
  Comparator<NodeInfo> order() {
    return replicas.order(clock.nanoTime());
  }

  /** A read ended after a time. */
  void ended(TableDefinition table, long nanos) {
    of(table).add(nanos, clock.nanoTime());
  }

  /** After how long a read of a table asks one more replica; 0 for at once. */
  long speculationDelayNanos(TableDefinition table) {
    return of(table).delayNanos;
  }

  private OfTable of(TableDefinition table) {
    OfTable found = tables.get(table.id());
    String option = table.properties().speculativeRetry();
    if (found == null || !found.option.equals(option)) {
      if (tables.size() >= MOST_TABLES) {
        tables.clear();
      }
      found = new OfTable(option, clock.nanoTime());
      tables.put(table.id(), found);
    }
    return found;
  }

  /** Has a read that has not ended after a delay ask one more. */
  void watch(QuorumRead read, long delayNanos) {
    if (delayNanos == Long.MAX_VALUE) {
      return;
    }
    long now = clock.nanoTime();
    watched.add(new Watched(read, now + delayNanos));
    tickWithin(now, delayNanos);
  }

  private void tickWithin(long now, long nanos) {
    long at = now + Math.clamp(nanos, LEAST_TICK_NANOS, MOST_TICK_NANOS);
    if (tickAt == NEVER || at - tickAt < 0) {
      tickAt = at;
      lane.schedule(at - now, () -> tick(at));
    }
  }

  private void tick(long at) {
    if (at != tickAt) {
      return;
    }
    tickAt = NEVER;
    long now = clock.nanoTime();
    long next = NEVER;
    for (int left = watched.size(); left > 0; left--) {
      Watched first = watched.poll();
      if (first.read.isOver()) {
        continue;
      }
      if (first.due - now > 0) {
        watched.add(first);
        next = Math.min(next, first.due - now);
      } else {
        first.read.speculate();
      }
    }
    if (next != NEVER) {
      tickWithin(now, next);
    }
  }
}
