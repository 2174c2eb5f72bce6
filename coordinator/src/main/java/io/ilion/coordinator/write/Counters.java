package io.ilion.coordinator.write;

import io.ilion.coordinator.WriteCallback;
import io.ilion.cql.modify.UpdateBuffer.CounterIncrement;
import io.ilion.cql.modify.UpdateBuffer.PartitionUpdate;
import io.ilion.model.data.CounterShards;
import io.ilion.model.data.RowReader;
import io.ilion.model.data.UpdateWriter;
import io.ilion.runtime.Clock;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * Adds to counters: reads this node's counts and writes the new ones, alone with the partition.
 *
 * <p>An addition that was acknowledged counts exactly once. One that failed or timed out may count
 * or not, and whoever repeats it may count twice: additions are not idempotent. A batch of counters
 * is not atomic: each partition is by itself, and none of them goes through the batchlog.
 */
final class Counters {
  private final LockedReads reads;
  private final Clock clock;
  private final Supplier<UUID> nodeId;

  /**
   * Adds to the counts of this node.
   *
   * @param nodeId gives the id under which it counts; asked behind the look at what it has
   */
  Counters(LockedReads reads, Clock clock, Supplier<UUID> nodeId) {
    this.reads = reads;
    this.clock = clock;
    this.nodeId = nodeId;
  }

  /**
   * Makes the additions of an update, and its other changes.
   *
   * @param then told of the updates that were made, when they are on disk: with the new counts,
   *     which other replicas can take any number of times
   * @param failed told instead
   */
  void count(
      PartitionUpdate update, long nowSeconds, Consumer<List<byte[]>> then, WriteCallback failed) {
    byte[] key = update.partitionKey();
    List<byte[]> rows =
        update.increments().stream()
            .map(CounterIncrement::clusteringKey)
            .filter(k -> k != null)
            .toList();
    reads.read(
        new LockedReads.Partition(update.table(), column -> true, key, rows),
        nowSeconds,
        others -> {},
        () -> true,
        (found, hold) -> {
          List<byte[]> updates = new ArrayList<>(2);
          if (update.update() != null) {
            updates.add(update.update());
          }
          updates.add(counts(update, found));
          hold.apply(
              updates,
              failure -> {
                if (failure == null) {
                  then.accept(updates);
                } else {
                  failed.done(failure);
                }
              });
        },
        failed);
  }

  private byte[] counts(PartitionUpdate update, RowsRead rows) {
    UpdateWriter writer = new UpdateWriter();
    UUID id = nodeId.get();
    writer.begin(update.table().id(), update.partitionKey());
    List<CounterIncrement> ofStatic = new ArrayList<>();
    TreeMap<byte[], List<CounterIncrement>> ofRows = new TreeMap<>(Arrays::compareUnsigned);
    for (CounterIncrement increment : update.increments()) {
      byte[] key = increment.clusteringKey();
      (key == null ? ofStatic : ofRows.computeIfAbsent(key, k -> new ArrayList<>(1)))
          .add(increment);
    }
    if (!ofStatic.isEmpty()) {
      writeCounts(ofStatic, rows, id, null, writer);
    }
    ofRows.forEach((key, increments) -> writeCounts(increments, rows, id, key, writer));
    return writer.toByteArray();
  }

  /** Writes the new counts of one row. */
  private void writeCounts(
      List<CounterIncrement> increments,
      RowsRead rows,
      UUID id,
      byte[] clusteringKey,
      UpdateWriter writer) {
    TreeMap<Integer, Long> deltas = new TreeMap<>();
    long timestamp = 0;
    for (CounterIncrement increment : increments) {
      deltas.merge(increment.column(), increment.amount(), Long::sum);
      timestamp = increment.timestamp();
    }
    var row = writer.rowWriter();
    byte[] image = rows.image(clusteringKey);
    for (var delta : deltas.entrySet()) {
      byte[] shards =
          CounterShards.add(
              shards(image, delta.getKey()),
              id.getMostSignificantBits(),
              id.getLeastSignificantBits(),
              clock.wallMicros(),
              delta.getValue());
      row.counterCell(delta.getKey(), timestamp, shards);
    }
    if (clusteringKey == null) {
      writer.staticRow();
    } else {
      writer.row(clusteringKey);
    }
  }

  private static byte[] shards(byte[] image, int column) {
    if (image != null) {
      RowReader reader = new RowReader().wrap(image);
      while (reader.nextCell()) {
        if (reader.column() == column && reader.isCounter()) {
          return reader.value();
        }
      }
    }
    return new byte[0];
  }
}
