package io.ilion.coordinator.read;

import io.ilion.coordinator.MemoryShare;
import io.ilion.coordinator.replica.read.ReadContext;
import io.ilion.coordinator.replica.read.ReadRoute;
import io.ilion.coordinator.replica.read.ReplicaReads;
import io.ilion.model.Consistency;
import io.ilion.model.schema.TableDefinition;
import io.ilion.runtime.Clock;
import io.ilion.storage.ReadCommand;
import io.ilion.storage.RowSink;
import java.util.List;
import java.util.function.LongSupplier;

/** Reads of keyspaces that have other replicas than this node. Safe to call from any lane. */
public final class ReplicatedReads {
  /** How many rows are asked for at least where a filter may leave few of them. */
  private static final int LEAST_FILTERED = 128;

  private final ReplicaReads reads;
  private final Clock clock;
  private final LongSupplier readTimeoutNanos;
  private final LongSupplier rangeTimeoutNanos;

  /**
   * Creates it.
   *
   * @param readTimeoutNanos how long replicas may take for named partitions
   * @param rangeTimeoutNanos how long they may take for a range
   */
  public ReplicatedReads(
      ReplicaReads reads,
      Clock clock,
      LongSupplier readTimeoutNanos,
      LongSupplier rangeTimeoutNanos) {
    this.reads = reads;
    this.clock = clock;
    this.readTimeoutNanos = readTimeoutNanos;
    this.rangeTimeoutNanos = rangeTimeoutNanos;
  }

  /** Whether the replicas of a partition are asked, and not this node's storage alone. */
  boolean concerns(TableDefinition table, Consistency level, long token) {
    return reads.concerns(table, level, token);
  }

  /** As above, of a range. */
  boolean concernsRange(TableDefinition table, Consistency level) {
    return reads.concernsRange(table, level);
  }

  /** What all requests for one page have in common. */
  ReadContext context(
      TableDefinition table, ReadOptions options, boolean range, MemoryShare memory) {
    Consistency level =
        switch (options.consistency()) {
          case SERIAL -> Consistency.QUORUM;
          case LOCAL_SERIAL -> Consistency.LOCAL_QUORUM;
          default -> options.consistency();
        };
    return new ReadContext(
        table,
        level,
        options.nowSeconds(),
        clock.nanoTime() + (range ? rangeTimeoutNanos : readTimeoutNanos).getAsLong(),
        options.abandoned(),
        options.progress(),
        memory);
  }

  /** What a read of its own takes of the memory of results. */
  MemoryShare newShare() {
    return reads.newShare();
  }

  /** Whom a read would ask, by what a lane, which the caller is on, knows of them. */
  ReadRoute route(ReadContext context, long token, int lane) {
    return reads.route(context, token, lane);
  }

  /** The tokens that end the parts of the ring, ascending. */
  List<Long> ringEnds(TableDefinition table) {
    return reads.ringEnds(table);
  }

  /** Reads a partition as a lane of the storage engine would. */
  void partition(ReadContext context, ReadCommand command, int wanted, RowSink sink) {
    reads.partition(context, command, wanted, sink);
  }

  /** Reads a range as one lane that has all of it would. */
  void range(ReadContext context, ReadCommand command, int wanted, int perPartition, RowSink sink) {
    reads.range(context, command, wanted, perPartition, sink);
  }

  /** How many rows replicas are asked for, so that so many remain. */
  static int rows(int wanted, boolean filtered) {
    return filtered ? Math.max(wanted, LEAST_FILTERED) : wanted;
  }
}
