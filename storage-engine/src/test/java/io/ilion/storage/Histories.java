package io.ilion.storage;

import io.ilion.model.data.CounterShards;
import io.ilion.model.data.RowWriter;
import io.ilion.model.data.UpdateWriter;
import io.ilion.model.ring.Murmur3;
import io.ilion.model.type.ClusteringCodec;
import io.ilion.model.type.NativeType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;

/** Random updates and slices over a small space of keys, so that they meet each other. */
public final class Histories {
  /** What a table is like. */
  public enum Shape {
    /** Keys that begin with others, cells, collections, static rows and every kind of deletion. */
    PLAIN,
    /** As PLAIN, clustered by text ascending and then by a number descending. */
    COMPOSITE,
    /** Counters; whole rows and partitions are deleted, for good, but nothing that is purged. */
    COUNTERS,
    /** As PLAIN, but with many long rows in a partition, which take many blocks. */
    WIDE
  }

  /** How many seconds a timestamp may lie behind the clock. */
  private static final int MOST_LATE = 10;

  private static final long FOR_GOOD = 1L << 60;

  private final RandomGenerator random;
  private final int partitions;
  private final Shape shape;
  private final UpdateWriter writer = new UpdateWriter();
  private final ClusteringCodec codec =
      new ClusteringCodec(List.of(NativeType.TEXT, NativeType.INT), List.of(false, true));
  private LongSupplier seconds;

  /** Whether the seconds are a clock's. */
  private boolean timed;

  /** Whether each timestamp is greater than those before; else those of a clock are late. */
  private boolean ascending;

  private long clock = 1_000;

  /** Draws updates of a table like PLAIN from the given source. */
  public Histories(RandomGenerator random, int partitions) {
    this(random, partitions, Shape.PLAIN);
  }

  /** Draws from the given source. */
  public Histories(RandomGenerator random, int partitions, Shape shape) {
    this.random = random;
    this.partitions = partitions;
    this.shape = shape;
    this.seconds = () -> 100L + random.nextInt(4);
  }

  /** From now on each timestamp is greater than those before, and the seconds are a clock's. */
  public void ascend(LongSupplier clockSeconds) {
    ascending = true;
    timed = true;
    seconds = clockSeconds;
  }

  /** From now on the seconds are a clock's, and timestamps lie up to {@link #MOST_LATE} behind. */
  public void lag(LongSupplier clockSeconds) {
    timed = true;
    seconds = clockSeconds;
  }

  /** A partition key. */
  public byte[] key() {
    return new byte[] {1, (byte) random.nextInt(partitions)};
  }

  /** The token of a key. */
  public static long token(byte[] key) {
    return Murmur3.token(key);
  }

  private byte[] clustering() {
    if (shape == Shape.WIDE) {
      return new byte[] {0x20, (byte) random.nextInt(4), (byte) random.nextInt(64)};
    }
    int value = random.nextInt(16);
    if (shape == Shape.COMPOSITE) {
      return codec.encode(List.of(text(), NativeType.INT.encode(value - 8L)));
    }
    if (random.nextInt(40) == 0) {
      return longClustering(value);
    }
    return switch (random.nextInt(3)) {
      case 0 -> new byte[] {0x20, (byte) value};
      case 1 -> new byte[] {0x20, (byte) (value / 4), 0x20, (byte) (value % 4)};
      default -> new byte[] {0x20, 0, 0, 0, 0, 0, 0, 0, (byte) (value / 8), (byte) value};
    };
  }

  /** A key about as long as the bounds that files keep, of which no other one is the beginning. */
  private byte[] longClustering(int value) {
    byte[] key = new byte[254 + random.nextInt(6)];
    Arrays.fill(key, (byte) (value % 2 == 0 ? 0xff : 0x7f));
    key[0] = 0x20;
    key[key.length - 1] = (byte) (0x40 + value);
    return key;
  }

  private byte[] text() {
    byte[] text = new byte[random.nextInt(3)];
    for (int i = 0; i < text.length; i++) {
      text[i] = (byte) random.nextInt(3);
    }
    return text;
  }

  /** A clustering key that no other one begins with. */
  public byte[] fullClustering() {
    byte[] key = clustering();
    while (key.length == 2) {
      key = clustering();
    }
    return key;
  }

  private byte[] bound() {
    byte[] prefix =
        shape == Shape.COMPOSITE && random.nextBoolean()
            ? codec.encode(List.of(text()))
            : clustering();
    return switch (random.nextInt(6)) {
      case 0 -> new byte[] {};
      case 1 -> new byte[] {(byte) 0xff};
      case 2, 3 -> Slices.behind(prefix);
      default -> prefix;
    };
  }

  private long timestamp() {
    clock += 2;
    if (ascending) {
      return clock;
    }
    return timed
        ? (seconds() - random.nextInt(MOST_LATE + 1)) * 1_000_000
        : 1_000L + random.nextInt(40);
  }

  private long seconds() {
    return seconds.getAsLong();
  }

  private int ttl() {
    return timed ? 1 + random.nextInt(200) : 10 + random.nextInt(2);
  }

  private long expiry(int ttl) {
    return ttl == 0 ? 0 : timed ? seconds() + ttl : seconds();
  }

  /** An update of some table. */
  public byte[] update(UUID table) {
    writer.begin(table, key());
    if (shape == Shape.COUNTERS) {
      return counters();
    }
    if (random.nextInt(24) == 0) {
      writer.partitionDeletion(timestamp(), seconds());
    }
    if (random.nextInt(8) == 0) {
      fill(writer.rowWriter());
      writer.staticRow();
    }
    int entries = random.nextInt(3);
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

  private byte[] counters() {
    if (!timed && random.nextInt(150) == 0) {
      writer.partitionDeletion(FOR_GOOD, seconds());
      return writer.toByteArray();
    }
    RowWriter row = writer.rowWriter();
    if (!timed && random.nextInt(60) == 0) {
      row.deletion(FOR_GOOD, seconds());
    } else {
      long timestamp = timestamp();
      byte[] shards = {};
      for (int node = 0; node < 3; node++) {
        if (random.nextBoolean()) {
          shards = CounterShards.add(shards, 0, node, random.nextInt(20), random.nextInt(5) - 2);
        }
      }
      row.counterCell(1 + random.nextInt(2), timestamp, shards);
    }
    writer.row(clustering());
    return writer.toByteArray();
  }

  private void fill(RowWriter row) {
    long timestamp = timestamp();
    if (random.nextInt(2) == 0) {
      int ttl = random.nextInt(4) == 0 ? ttl() : 0;
      row.liveness(timestamp, ttl, expiry(ttl));
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
      int ttl = kind == 1 ? ttl() : 0;
      byte[] value = new byte[random.nextInt(3) == 0 ? random.nextInt(longest()) : 1];
      random.nextBytes(value);
      row.cell(column, path, timestamp, ttl, expiry(ttl), value);
    }
  }

  private int longest() {
    return shape == Shape.WIDE ? 3_000 : 60;
  }

  /** All rows, or some slices. */
  public Slices slices() {
    if (random.nextInt(3) == 0) {
      return Slices.ALL;
    }
    List<byte[]> bounds = new ArrayList<>();
    int count = 2 * (1 + random.nextInt(2));
    for (int i = 0; i < count; i++) {
      bounds.add(bound());
    }
    bounds.sort(NaiveStore.BYTES);
    List<Slices.Interval> intervals = new ArrayList<>();
    for (int i = 0; i < count; i += 2) {
      if (NaiveStore.BYTES.compare(bounds.get(i), bounds.get(i + 1)) < 0) {
        intervals.add(new Slices.Interval(bounds.get(i), bounds.get(i + 1)));
      }
    }
    return new Slices(intervals);
  }
}
