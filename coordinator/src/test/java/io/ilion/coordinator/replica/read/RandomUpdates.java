package io.ilion.coordinator.replica.read;

import io.ilion.model.data.CounterShards;
import io.ilion.model.data.RowWriter;
import io.ilion.model.data.UpdateWriter;
import io.ilion.storage.Slices;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.UUID;

/** Random updates and slices over a small space of keys, so that they meet each other. */
final class RandomUpdates {
  private static final long FOR_GOOD = 1L << 60;

  private final SplittableRandom random;
  private final UUID table;
  private final int partitions;
  private final boolean counters;
  private final UpdateWriter writer = new UpdateWriter();

  RandomUpdates(SplittableRandom random, UUID table, int partitions, boolean counters) {
    this.random = random;
    this.table = table;
    this.partitions = partitions;
    this.counters = counters;
  }

  byte[] key() {
    return new byte[] {1, (byte) random.nextInt(partitions)};
  }

  /** A clustering key of two components, of which no one begins with another. */
  private byte[] clustering() {
    return new byte[] {0x20, (byte) random.nextInt(4), 0x20, (byte) random.nextInt(5)};
  }

  private byte[] bound() {
    byte[] full = clustering();
    byte[] prefix = random.nextBoolean() ? full : Arrays.copyOf(full, 2);
    return switch (random.nextInt(6)) {
      case 0 -> new byte[] {};
      case 1 -> new byte[] {(byte) 0xff};
      case 2, 3 -> Slices.behind(prefix);
      default -> prefix;
    };
  }

  private long timestamp() {
    return 1_000L + random.nextInt(60);
  }

  /** Around the time at which tests look. */
  private long seconds() {
    return 90L + random.nextInt(20);
  }

  byte[] update() {
    writer.begin(table, key());
    if (counters) {
      return counterUpdate();
    }
    if (random.nextInt(30) == 0) {
      writer.partitionDeletion(timestamp(), seconds());
    }
    if (random.nextInt(8) == 0) {
      fill(writer.rowWriter());
      writer.staticRow();
    }
    int entries = 1 + random.nextInt(3);
    for (int i = 0; i < entries; i++) {
      byte[] start = bound();
      byte[] end = bound();
      if (random.nextInt(5) == 0 && Arrays.compareUnsigned(start, end) < 0) {
        writer.rangeDeletion(start, end, timestamp(), seconds());
      } else {
        fill(writer.rowWriter());
        writer.row(clustering());
      }
    }
    return writer.toByteArray();
  }

  private byte[] counterUpdate() {
    RowWriter row = writer.rowWriter();
    if (random.nextInt(60) == 0) {
      row.deletion(FOR_GOOD, seconds());
    } else {
      byte[] shards = {};
      for (int node = 0; node < 3; node++) {
        if (random.nextBoolean()) {
          shards = CounterShards.add(shards, 0, node, random.nextInt(20), random.nextInt(5) - 2);
        }
      }
      row.counterCell(1 + random.nextInt(2), timestamp(), shards);
    }
    writer.row(clustering());
    return writer.toByteArray();
  }

  private void fill(RowWriter row) {
    long timestamp = timestamp();
    if (random.nextInt(2) == 0) {
      int ttl = random.nextInt(4) == 0 ? 10 : 0;
      row.liveness(timestamp, ttl, ttl == 0 ? 0 : seconds());
    }
    if (random.nextInt(10) == 0) {
      row.deletion(timestamp - 1, seconds());
    }
    for (int column = 1; column <= 3; column++) {
      if (random.nextInt(2) == 0) {
        cell(row, column, null, timestamp);
      }
    }
    if (random.nextInt(3) == 0) {
      if (random.nextInt(3) == 0) {
        row.columnDeletion(4, timestamp - 1, seconds());
      }
      for (int path = 0; path < 4; path++) {
        if (random.nextInt(3) == 0) {
          cell(row, 4, new byte[] {0x20, (byte) path}, timestamp);
        }
      }
    }
    if (row.isEmpty()) {
      row.liveness(timestamp);
    }
  }

  private void cell(RowWriter row, int column, byte[] path, long timestamp) {
    int kind = random.nextInt(6);
    if (kind == 0) {
      row.tombstone(column, path, timestamp, seconds());
    } else {
      int ttl = kind == 1 ? 10 : 0;
      byte[] value = new byte[random.nextInt(3) == 0 ? random.nextInt(60) : 1];
      random.nextBytes(value);
      row.cell(column, path, timestamp, ttl, ttl == 0 ? 0 : seconds(), value);
    }
  }

  boolean areCounters() {
    return counters;
  }

  Slices oneRow() {
    return Slices.row(clustering());
  }

  Slices slices() {
    if (random.nextInt(2) == 0) {
      return Slices.ALL;
    }
    List<byte[]> bounds = new ArrayList<>();
    int count = 2 * (1 + random.nextInt(2));
    for (int i = 0; i < count; i++) {
      bounds.add(bound());
    }
    bounds.sort(Arrays::compareUnsigned);
    List<Slices.Interval> intervals = new ArrayList<>();
    for (int i = 0; i < count; i += 2) {
      if (Arrays.compareUnsigned(bounds.get(i), bounds.get(i + 1)) < 0) {
        intervals.add(new Slices.Interval(bounds.get(i), bounds.get(i + 1)));
      }
    }
    return new Slices(intervals);
  }
}
