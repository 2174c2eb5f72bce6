package io.ilion.server.operations;

import io.ilion.storage.engine.PartitionObserver;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

/**
 * Counts how often partitions are read and written, exactly for those that are asked for often, in
 * bounded memory: the Space-Saving algorithm (Metwally, Agrawal and El Abbadi, 2005), for each lane
 * by itself. What is not counted yet takes the place of what has the lowest count, and begins with
 * that; so a count is never too low, and by how much it may be too high is known.
 */
final class PartitionCounts implements PartitionObserver {
  private final Set<UUID> tables;
  private final List<Lane> lanes = new ArrayList<>();

  /** A partition of a table. */
  record Partition(UUID tableId, byte[] key) {
    @Override
    public boolean equals(Object other) {
      return other instanceof Partition that
          && tableId.equals(that.tableId)
          && Arrays.equals(key, that.key);
    }

    @Override
    public int hashCode() {
      return 31 * tableId.hashCode() + Arrays.hashCode(key);
    }
  }

  /**
   * How often a partition was asked for.
   *
   * @param count never too low
   * @param error by how much the count may be too high
   * @param bytes that were written to it, at least as long as it was counted
   */
  record Count(Partition partition, long count, long error, long bytes) {}

  /** Of one lane, which alone touches it until it is told of nothing more. */
  private static final class Lane {
    private final Summary reads;
    private final Summary writes;

    Lane(int capacity) {
      reads = new Summary(capacity);
      writes = new Summary(capacity);
    }
  }

  private static final class Counter {
    private Partition partition;
    private long count;
    private long error;
    private long bytes;
  }

  private static final class Summary {
    private final int capacity;
    private final Map<Partition, Counter> counters = new HashMap<>();
    private long total;

    Summary(int capacity) {
      this.capacity = capacity;
    }

    void add(Partition partition, long bytes) {
      total++;
      Counter counter = counters.get(partition);
      if (counter == null) {
        counter = counters.size() < capacity ? new Counter() : lowest();
        counters.remove(counter.partition);
        // Whose array it is may use that for something else.
        counter.partition = new Partition(partition.tableId, partition.key.clone());
        counter.error = counter.count;
        counter.bytes = 0;
        counters.put(counter.partition, counter);
      }
      counter.count++;
      counter.bytes += bytes;
    }

    private Counter lowest() {
      Counter lowest = null;
      for (Counter counter : counters.values()) {
        if (lowest == null || counter.count < lowest.count) {
          lowest = counter;
        }
      }
      return lowest;
    }
  }

  /**
   * Counts of nothing.
   *
   * @param tables those whose partitions are counted
   * @param capacity how many partitions are counted at a time, on each lane
   */
  PartitionCounts(Set<UUID> tables, int capacity, int laneCount) {
    this.tables = Set.copyOf(tables);
    for (int i = 0; i < laneCount; i++) {
      lanes.add(new Lane(capacity));
    }
  }

  @Override
  public void read(int lane, UUID tableId, byte[] key) {
    if (tables.contains(tableId)) {
      lanes.get(lane).reads.add(new Partition(tableId, key), 0);
    }
  }

  @Override
  public void wrote(int lane, UUID tableId, byte[] key, int bytes) {
    if (tables.contains(tableId)) {
      lanes.get(lane).writes.add(new Partition(tableId, key), bytes);
    }
  }

  /** How many reads were counted in all; this and what follows after the last was told. */
  long reads() {
    return lanes.stream().mapToLong(lane -> lane.reads.total).sum();
  }

  /** How many writes were counted in all. */
  long writes() {
    return lanes.stream().mapToLong(lane -> lane.writes.total).sum();
  }

  /** The partitions that were read most, the first of all first. */
  List<Count> mostRead(int limit) {
    return most(lanes.stream().map(lane -> lane.reads).toList(), limit);
  }

  /** The partitions that were written most, the first of all first. */
  List<Count> mostWritten(int limit) {
    return most(lanes.stream().map(lane -> lane.writes).toList(), limit);
  }

  /** Each partition is of one lane. */
  private static List<Count> most(List<Summary> summaries, int limit) {
    return summaries.stream()
        .flatMap(summary -> summary.counters.values().stream())
        .sorted(Comparator.comparingLong((Counter counter) -> counter.count).reversed())
        .limit(limit)
        .map(c -> new Count(c.partition, c.count, c.error, c.bytes))
        .toList();
  }
}
