package io.ilion.tools;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.SplittableRandom;

/**
 * What a busy node does most: prepared statements in bursts, of rows that do not all fit into
 * memory, so that no class of it has to be loaded under load.
 */
final class TrainingLoad {
  private static final int BURST = 64;
  private static final int KEYS = 20_000;
  private static final int WIDE_KEYS = 20;
  private static final int WIDE_ROWS = 1_000;
  private static final int COUNTERS = 1_000;
  private static final int VALUE_BYTES = 300;

  private final TrainingClient client;
  private final SplittableRandom random = new SplittableRandom(1);
  private final TrainingClient.Prepared write;
  private final TrainingClient.Prepared read;
  private final TrainingClient.Prepared writeWide;
  private final TrainingClient.Prepared slice;
  private final TrainingClient.Prepared insertOnce;
  private final TrainingClient.Prepared count;

  TrainingLoad(TrainingClient client) throws IOException {
    this.client = client;
    client.query(
        "CREATE TABLE IF NOT EXISTS train.rows (k bigint, c int, v blob, PRIMARY KEY (k, c))");
    client.query("CREATE TABLE IF NOT EXISTS train.once (k bigint PRIMARY KEY, v int)");
    client.query("CREATE TABLE IF NOT EXISTS train.counters (k bigint PRIMARY KEY, n counter)");
    write = client.prepare("INSERT INTO train.rows (k, c, v) VALUES (?, 0, ?)");
    read = client.prepare("SELECT v FROM train.rows WHERE k = ? AND c = 0");
    writeWide = client.prepare("INSERT INTO train.rows (k, c, v) VALUES (?, ?, ?)");
    slice = client.prepare("SELECT c, v FROM train.rows WHERE k = ? AND c >= ? LIMIT 100");
    insertOnce = client.prepare("INSERT INTO train.once (k, v) VALUES (?, 1) IF NOT EXISTS");
    count = client.prepare("UPDATE train.counters SET n = n + 1 WHERE k = ?");
  }

  void run(int rounds) throws IOException {
    for (int i = 0; i < rounds; i++) {
      client.burst(BURST, n -> write.with(key(KEYS), value(VALUE_BYTES)));
      client.burst(BURST, n -> writeWide.with(wideKey(), integer(WIDE_ROWS), value(100)));
      client.burst(BURST, n -> read.with(key(KEYS)));
      client.burst(
          BURST,
          n ->
              random.nextBoolean()
                  ? read.with(key(KEYS))
                  : write.with(key(KEYS), value(VALUE_BYTES)));
      client.burst(BURST / 4, n -> slice.with(wideKey(), integer(WIDE_ROWS)));
      client.burst(BURST, n -> insertOnce.with(key(KEYS)));
      client.burst(BURST, n -> count.with(key(COUNTERS)));
    }
  }

  private byte[] key(int keys) {
    return bigint(random.nextInt(keys));
  }

  private byte[] wideKey() {
    return bigint(-1 - random.nextInt(WIDE_KEYS));
  }

  private static byte[] bigint(long number) {
    return ByteBuffer.allocate(Long.BYTES).putLong(number).array();
  }

  private byte[] integer(int bound) {
    return ByteBuffer.allocate(Integer.BYTES).putInt(random.nextInt(bound)).array();
  }

  /** A value half of which compresses. */
  private byte[] value(int length) {
    ByteBuffer value = ByteBuffer.allocate(length);
    while (value.remaining() >= 2 * Long.BYTES) {
      value.putLong(random.nextLong()).putLong(0);
    }
    return value.array();
  }
}
