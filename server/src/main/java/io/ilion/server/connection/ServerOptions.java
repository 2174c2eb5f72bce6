package io.ilion.server.connection;

import io.ilion.protocol.Compression;
import io.ilion.protocol.ProtocolVersion;
import io.ilion.server.Release;
import io.ilion.server.config.Encryption;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What the server announces in SUPPORTED.
 *
 * @param cqlVersion the version of CQL
 * @param laneCount how many lanes the token space is divided among
 * @param shardAwarePort the port where a client chooses the lane of its connection (its own port
 *     modulo the number of lanes), or 0 when there is none
 * @param encryption whether clients may talk TLS, or have to
 */
public record ServerOptions(
    String cqlVersion, int laneCount, int shardAwarePort, Encryption encryption) {
  /** How many of the highest bits of a token do not count when its lane is chosen. */
  public static final int IGNORED_TOKEN_BITS = 12;

  private static final String PARTITIONER = "org.apache.cassandra.dht.Murmur3Partitioner";

  /** Returns the options as a connection of this lane announces them. */
  public Map<String, List<String>> supported(int lane) {
    Map<String, List<String>> options = new LinkedHashMap<>();
    options.put("PROTOCOL_VERSIONS", ProtocolVersion.NAMES);
    options.put("COMPRESSION", List.of(Compression.SNAPPY.wireName(), Compression.LZ4.wireName()));
    options.put("CQL_VERSION", List.of(cqlVersion));
    options.put("ILION_VERSION", List.of(Release.version()));
    options.put("SCYLLA_SHARD", one(lane));
    options.put("SCYLLA_NR_SHARDS", one(laneCount));
    options.put("SCYLLA_PARTITIONER", List.of(PARTITIONER));
    options.put("SCYLLA_SHARDING_ALGORITHM", List.of("biased-token-round-robin"));
    options.put("SCYLLA_SHARDING_IGNORE_MSB", one(IGNORED_TOKEN_BITS));
    if (shardAwarePort != 0 && encryption != Encryption.ALL) {
      options.put("SCYLLA_SHARD_AWARE_PORT", one(shardAwarePort));
    }
    if (shardAwarePort != 0 && encryption != Encryption.NONE) {
      options.put("SCYLLA_SHARD_AWARE_PORT_SSL", one(shardAwarePort));
    }
    return options;
  }

  private static List<String> one(int number) {
    return List.of(Integer.toString(number));
  }
}
