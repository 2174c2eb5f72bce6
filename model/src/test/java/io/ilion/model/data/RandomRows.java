package io.ilion.model.data;

import java.util.Random;

/** Row images over few columns, paths and timestamps, so that they meet each other. */
final class RandomRows {
  private static final int SIMPLE_COLUMNS = 3;
  private static final int COUNTER_COLUMNS = 2;

  private RandomRows() {}

  /** Mostly one of a few, so that ties are common; now and then an extreme one. */
  static long timestamp(Random random) {
    return switch (random.nextInt(40)) {
      case 0 -> Long.MAX_VALUE;
      case 1 -> Long.MIN_VALUE + 1;
      case 2 -> -1;
      default -> 1_000L + random.nextInt(8);
    };
  }

  /** Counters are only deleted for good: see {@link RowMerger}. */
  static long deletionTimestamp(Random random, boolean counters) {
    return counters ? Long.MAX_VALUE : timestamp(random);
  }

  private static long seconds(Random random) {
    return 100L + random.nextInt(3);
  }

  private static int ttl(Random random) {
    return random.nextInt(3) == 0 ? 1 + random.nextInt(3) : 0;
  }

  private static byte[] value(Random random) {
    byte[] value = new byte[random.nextInt(3)];
    for (int i = 0; i < value.length; i++) {
      value[i] = (byte) (random.nextInt(4) - 2);
    }
    return value;
  }

  /** An image that may be without any cell. */
  static byte[] image(Random random, boolean counters) {
    RowWriter row = new RowWriter();
    if (random.nextBoolean()) {
      int ttl = ttl(random);
      row.liveness(timestamp(random), ttl, ttl == 0 ? 0 : seconds(random));
    }
    if (random.nextInt(6) == 0) {
      row.deletion(deletionTimestamp(random, counters), seconds(random));
    }
    if (counters) {
      for (int column = 1; column <= COUNTER_COLUMNS; column++) {
        counter(random, row, column);
      }
    } else {
      for (int column = 1; column <= SIMPLE_COLUMNS; column++) {
        if (random.nextBoolean()) {
          cell(random, row, column, null);
        }
      }
      for (int column = SIMPLE_COLUMNS + 1; column <= SIMPLE_COLUMNS + 2; column++) {
        collection(random, row, column);
      }
    }
    return row.toByteArray();
  }

  private static void counter(Random random, RowWriter row, int column) {
    if (random.nextInt(10) == 0) {
      row.tombstone(column, null, timestamp(random), seconds(random));
    } else if (random.nextInt(4) > 0) {
      byte[] shards = {};
      for (int node = 0; node < 3; node++) {
        if (random.nextBoolean()) {
          shards =
              CounterShards.add(
                  shards, -random.nextInt(2), node, random.nextInt(3), random.nextInt(9) - 4);
        }
      }
      row.counterCell(column, timestamp(random), shards);
    }
  }

  private static void collection(Random random, RowWriter row, int column) {
    if (random.nextInt(4) == 0) {
      row.columnDeletion(column, timestamp(random), seconds(random));
    }
    for (int path = 0; path < 3; path++) {
      if (random.nextInt(3) == 0) {
        cell(random, row, column, path == 0 ? new byte[] {} : new byte[] {(byte) (path * 127)});
      }
    }
  }

  private static void cell(Random random, RowWriter row, int column, byte[] path) {
    if (random.nextInt(4) == 0) {
      row.tombstone(column, path, timestamp(random), seconds(random));
    } else {
      int ttl = ttl(random);
      row.cell(column, path, timestamp(random), ttl, ttl == 0 ? 0 : seconds(random), value(random));
    }
  }
}
