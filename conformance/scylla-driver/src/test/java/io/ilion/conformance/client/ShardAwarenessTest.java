package io.ilion.conformance.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.datastax.oss.driver.api.core.CqlSession;
import com.datastax.oss.driver.api.core.ProtocolVersion;
import com.datastax.oss.driver.api.core.config.DefaultDriverOption;
import com.datastax.oss.driver.api.core.cql.BoundStatement;
import com.datastax.oss.driver.api.core.cql.PreparedStatement;
import com.datastax.oss.driver.api.core.cql.QueryTrace;
import com.datastax.oss.driver.api.core.metadata.Node;
import com.datastax.oss.driver.api.core.type.codec.TypeCodecs;
import com.datastax.oss.driver.internal.core.metadata.DefaultNode;
import com.datastax.oss.driver.internal.core.metadata.token.Murmur3Token;
import com.datastax.oss.driver.internal.core.metadata.token.Murmur3TokenFactory;
import com.datastax.oss.driver.internal.core.protocol.ShardingInfo;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What ScyllaDB's driver reads of the lanes of a node. Apache Cassandra has none. */
class ShardAwarenessTest {
  @BeforeAll
  static void onlyOurs() {
    assumeTrue(
        System.getProperty("ilion.target") == null || Boolean.getBoolean("ilion.sharded"),
        "the target has no shards");
  }

  @Test
  void lanesAreShards() {
    try (CqlSession session =
        DriverSession.builder(
                DriverSession.config().withInt(DefaultDriverOption.CONNECTION_POOL_LOCAL_SIZE, 4))
            .build()) {
      Node node = session.getMetadata().getNodes().values().iterator().next();
      ShardingInfo sharding = ((DefaultNode) node).getShardingInfo();
      assertThat(sharding).as("the sharding that the node announces").isNotNull();
      int lanes = sharding.getShardsCount();
      assertThat(lanes).isPositive();
      for (long token : new long[] {Long.MIN_VALUE + 1, -7, 0, 1L << 40, Long.MAX_VALUE}) {
        // Our own mapping: the high 64 bits of (biased token << 12) * lanes.
        long biased = (token + Long.MIN_VALUE) << 12;
        long lane = Math.unsignedMultiplyHigh(biased, lanes);
        assertThat(sharding.shardId(new Murmur3Token(token))).isEqualTo((int) lane);
      }
      assertThat(session.execute("SELECT key FROM system.local").one().getString(0))
          .isEqualTo("local");
    }
  }

  /** Each request goes to the lane of its key by a connection of that lane, and is done there. */
  @Test
  void requestsGoToTheLaneOfTheirKey() {
    try (CqlSession session = DriverSession.openIn("shards")) {
      Node node = session.getMetadata().getNodes().values().iterator().next();
      int lanes = ((DefaultNode) node).getShardingInfo().getShardsCount();
      assertThat(lanes).as("lanes of this machine").isGreaterThan(1);
      session.execute("CREATE TABLE t (k int PRIMARY KEY, v int)");
      PreparedStatement insert = session.prepare("INSERT INTO t (k, v) VALUES (?, ?)");
      PreparedStatement select = session.prepare("SELECT v FROM t WHERE k = ?");
      Set<String> seen = new HashSet<>();
      for (int k = 0; k < 8 * lanes; k++) {
        int key = k;
        Murmur3Token token =
            (Murmur3Token)
                new Murmur3TokenFactory().hash(TypeCodecs.INT.encode(key, ProtocolVersion.V4));
        long biased = (token.getValue() + Long.MIN_VALUE) << 12;
        String lane = "lane-" + Math.unsignedMultiplyHigh(biased, lanes);
        seen.add(lane);
        for (BoundStatement statement : List.of(insert.bind(key, key), select.bind(key))) {
          QueryTrace trace =
              session.execute(statement.setTracing(true)).getExecutionInfo().getQueryTrace();
          assertThat(trace.getEvents())
              .as("events of key %d", key)
              .isNotEmpty()
              .allSatisfy(event -> assertThat(event.getThreadName()).isEqualTo(lane));
        }
      }
      assertThat(seen).as("lanes that were used").hasSize(lanes);
    }
  }
}
