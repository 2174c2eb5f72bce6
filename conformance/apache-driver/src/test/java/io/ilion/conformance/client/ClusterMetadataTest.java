package io.ilion.conformance.client;

import static org.assertj.core.api.Assertions.assertThat;

import com.datastax.oss.driver.api.core.CqlSession;
import com.datastax.oss.driver.api.core.Version;
import com.datastax.oss.driver.api.core.metadata.Node;
import com.datastax.oss.driver.api.core.metadata.NodeState;
import io.ilion.conformance.server.ServerUnderTest;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ClusterMetadataTest {
  private CqlSession session;

  @BeforeAll
  void open() {
    session = DriverSession.openIn("cluster_metadata");
  }

  @AfterAll
  void close() {
    session.execute("DROP KEYSPACE cluster_metadata");
    session.close();
  }

  @Test
  void theNodeIsDescribed() {
    var metadata = session.getMetadata();
    assertThat(metadata.getClusterName()).isPresent();
    assertThat(metadata.getNodes()).hasSize(1);
    Node node = metadata.getNodes().values().iterator().next();
    assertThat(node.getHostId()).isNotNull();
    assertThat(node.getSchemaVersion()).isNotNull();
    assertThat(node.getDatacenter()).isIn("dc1", "datacenter1");
    assertThat(node.getRack()).isEqualTo("rack1");
    assertThat(node.getState()).isEqualTo(NodeState.UP);
    assertThat(node.getEndPoint().resolve()).isEqualTo(ServerUnderTest.address());
    assertThat(node.getBroadcastRpcAddress()).contains(ServerUnderTest.address());
    Version version = node.getCassandraVersion();
    assertThat(version.getMajor()).isEqualTo(5);
    assertThat(version.getMinor()).isEqualTo(0);
  }

  @Test
  void tokensAndReplicasAreKnown() {
    var tokens = session.getMetadata().getTokenMap().orElseThrow();
    assertThat(tokens.getPartitionerName()).endsWith("Murmur3Partitioner");
    Node node = session.getMetadata().getNodes().values().iterator().next();
    assertThat(tokens.getTokens(node)).hasSize(16);
    assertThat(tokens.getTokenRanges()).hasSize(16);
    ByteBuffer key = ByteBuffer.allocate(4).putInt(0, 7);
    Set<Node> replicas = tokens.getReplicas("cluster_metadata", key);
    assertThat(replicas).containsExactly(node);
  }

  @Test
  void replicasAreThoseOfTheDataCentre() {
    Node node = session.getMetadata().getNodes().values().iterator().next();
    String datacenter = node.getDatacenter();
    session.execute("DROP KEYSPACE IF EXISTS cluster_topology");
    session.execute(
        "CREATE KEYSPACE cluster_topology WITH replication = {'class': 'NetworkTopologyStrategy', '"
            + datacenter
            + "': 1}");
    var metadata = session.refreshSchema();
    assertThat(metadata.getKeyspace("cluster_topology").orElseThrow().getReplication())
        .isEqualTo(
            Map.of(
                "class", "org.apache.cassandra.locator.NetworkTopologyStrategy", datacenter, "1"));
    ByteBuffer key = ByteBuffer.allocate(4).putInt(0, 7);
    assertThat(metadata.getTokenMap().orElseThrow().getReplicas("cluster_topology", key))
        .containsExactly(node);
    session.execute("DROP KEYSPACE cluster_topology");
  }

  @Test
  void theDriversTokenOfAKeyIsTheServers() {
    session.execute("CREATE TABLE tokens (k text PRIMARY KEY)");
    var insert = session.prepare("INSERT INTO tokens (k) VALUES (?)");
    for (int length = 1; length < 40; length++) {
      // Bytes above 0x7f in the tail: where Cassandra's Murmur3 differs from the original.
      session.execute(insert.bind("é".repeat(length)));
    }
    var tokens = session.getMetadata().getTokenMap().orElseThrow();
    for (var row : session.execute("SELECT k, token(k) AS t FROM tokens")) {
      var own = tokens.newToken(row.getBytesUnsafe("k"));
      assertThat(tokens.format(own)).isEqualTo(Long.toString(row.getLong("t")));
    }
  }

  @Test
  void schemaIsInAgreement() {
    assertThat(session.checkSchemaAgreement()).isTrue();
  }
}
