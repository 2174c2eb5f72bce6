package io.ilion.conformance.client;

import static org.assertj.core.api.Assertions.assertThat;

import com.datastax.driver.core.Cluster;
import com.datastax.driver.core.Host;
import com.datastax.driver.core.ProtocolOptions.Compression;
import com.datastax.driver.core.ProtocolVersion;
import com.datastax.driver.core.Session;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ConnectionTest {
  private static final String LARGE = "a line that repeats itself, ".repeat(20_000);

  @ParameterizedTest
  @CsvSource({"V3,NONE", "V3,LZ4", "V3,SNAPPY", "V4,NONE", "V4,LZ4", "V4,SNAPPY"})
  void versionsAndCompressions(ProtocolVersion version, Compression compression) {
    try (Cluster cluster =
            DriverCluster.builder()
                .withProtocolVersion(version)
                .withCompression(compression)
                .build();
        Session session =
            DriverCluster.openIn(cluster, "datastax_" + version + "_" + compression)) {
      assertThat(cluster.getConfiguration().getProtocolOptions().getProtocolVersion())
          .isEqualTo(version);
      session.execute("CREATE TABLE t (k int PRIMARY KEY, v text)");
      session.execute("INSERT INTO t (k, v) VALUES (?, ?)", 1, LARGE);
      assertThat(session.execute("SELECT v FROM t WHERE k = 1").one().getString(0))
          .isEqualTo(LARGE);
      session.execute("DROP KEYSPACE datastax_" + version + "_" + compression);
    }
  }

  @Test
  void theClusterIsDescribed() {
    try (Cluster cluster = DriverCluster.builder().build();
        Session session = cluster.connect()) {
      assertThat(session.isClosed()).isFalse();
      var metadata = cluster.getMetadata();
      assertThat(metadata.getClusterName()).isNotEmpty();
      assertThat(metadata.getAllHosts()).hasSize(1);
      Host host = metadata.getAllHosts().iterator().next();
      assertThat(host.isUp()).isTrue();
      assertThat(host.getCassandraVersion().getMajor()).isEqualTo(5);
      assertThat(host.getDatacenter()).isIn("dc1", "datacenter1");
      assertThat(host.getRack()).isEqualTo("rack1");
      assertThat(host.getTokens()).hasSize(16);
      assertThat(metadata.getPartitioner()).endsWith("Murmur3Partitioner");
      assertThat(metadata.checkSchemaAgreement()).isTrue();
      assertThat(metadata.getKeyspace("system").getTable("local")).isNotNull();
      assertThat(metadata.getKeyspace("system_views").isVirtual()).isTrue();
    }
  }
}
