package io.ilion.driver.internal;

import java.util.List;
import java.util.Map;

/**
 * How a node divides its tokens among its shards, as ScyllaDB and Ilion announce it.
 *
 * @param shard the shard that the connection belongs to
 * @param count how many there are
 * @param ignoredBits how many of a token's most significant bits do not count
 * @param awarePort the port on which the client's port chooses the shard, or 0
 */
record Sharding(int shard, int count, int ignoredBits, int awarePort) {
  /** A node without shards. */
  static final Sharding NONE = new Sharding(0, 1, 0, 0);

  private static final int MAX_SHARDS = 1024;

  static Sharding of(Map<String, List<String>> supported, boolean encrypted) {
    int shard = number(supported, "SCYLLA_SHARD", -1);
    int count = number(supported, "SCYLLA_NR_SHARDS", -1);
    List<String> algorithm = supported.getOrDefault("SCYLLA_SHARDING_ALGORITHM", List.of());
    if (count < 1
        || count > MAX_SHARDS
        || shard < 0
        || shard >= count
        || !algorithm.contains("biased-token-round-robin")) {
      return NONE;
    }
    String port = encrypted ? "SCYLLA_SHARD_AWARE_PORT_SSL" : "SCYLLA_SHARD_AWARE_PORT";
    return new Sharding(
        shard,
        count,
        Math.floorMod(number(supported, "SCYLLA_SHARDING_IGNORE_MSB", 0), 64),
        number(supported, port, 0));
  }

  private static int number(Map<String, List<String>> supported, String key, int otherwise) {
    List<String> values = supported.getOrDefault(key, List.of());
    try {
      return values.isEmpty() ? otherwise : Integer.parseInt(values.get(0));
    } catch (NumberFormatException e) {
      return otherwise;
    }
  }

  int shardOf(long token) {
    long biased = (token ^ Long.MIN_VALUE) << ignoredBits;
    return (int) ((biased >>> 32) * count >>> 32);
  }
}
