package io.ilion.conformance.driver;

import static org.assertj.core.api.Assertions.assertThat;

import io.ilion.driver.Page;
import io.ilion.driver.PreparedStatement;
import io.ilion.driver.Session;
import io.ilion.driver.metadata.ColumnMetadata;
import io.ilion.driver.metadata.KeyspaceMetadata;
import io.ilion.driver.metadata.Metadata;
import io.ilion.driver.metadata.MetadataListener;
import io.ilion.driver.metadata.Node;
import io.ilion.driver.metadata.TableMetadata;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 120, unit = TimeUnit.SECONDS)
@Tag(Cluster.PEER)
class MetadataTest {
  private static final String KEYSPACE = "own_driver_metadata";

  @Test
  void aTableIsKnownWhenItsStatementReturns() {
    try (Session session = Cluster.connect(KEYSPACE)) {
      session.execute("CREATE TYPE place (name text, at frozen<tuple<double, double>>)");
      Page created =
          session
              .execute(
                  "CREATE TABLE \"Visits\" (who text, day date, at timestamp, \"Where\""
                      + " frozen<place>, notes map<text, frozen<list<int>>>, total int static,"
                      + " PRIMARY KEY ((who, day), at)) WITH CLUSTERING ORDER BY (at DESC)"
                      + " AND gc_grace_seconds = 77")
              .page();
      assertThat(created.isSchemaInAgreement()).isTrue();
      TableMetadata table = session.metadata().table(KEYSPACE, "Visits").orElseThrow();
      assertThat(table.partitionKey())
          .extracting(ColumnMetadata::name)
          .containsExactly("who", "day");
      assertThat(table.clusteringColumns()).hasSize(1);
      assertThat(table.clusteringColumns().get(0).descending()).isTrue();
      assertThat(table.columns().get("Where").type().cqlName()).isEqualTo("frozen<place>");
      assertThat(table.columns().get("notes").type().cqlName())
          .isEqualTo("map<text, frozen<list<int>>>");
      assertThat(table.columns().get("total").kind()).isEqualTo(ColumnMetadata.Kind.STATIC);
      assertThat(table.options()).containsEntry("gc_grace_seconds", 77);
      KeyspaceMetadata keyspace = session.metadata().keyspace(KEYSPACE).orElseThrow();
      assertThat(keyspace.userTypes()).containsKey("place");
      assertThat(keyspace.replication()).containsEntry("replication_factor", "1");
      session.execute("DROP TABLE \"Visits\"");
      assertThat(session.metadata().table(KEYSPACE, "Visits")).isEmpty();
    }
  }

  @Test
  void listenersAreToldWhatOthersChange() throws Exception {
    Set<String> told = ConcurrentHashMap.newKeySet();
    MetadataListener listener =
        new MetadataListener() {
          @Override
          public void keyspaceCreated(KeyspaceMetadata keyspace) {
            told.add("created " + keyspace.name());
          }

          @Override
          public void keyspaceUpdated(KeyspaceMetadata before, KeyspaceMetadata after) {
            if (before.durableWrites() != after.durableWrites()) {
              told.add("updated " + after.name());
            }
          }

          @Override
          public void keyspaceDropped(KeyspaceMetadata keyspace) {
            told.add("dropped " + keyspace.name());
          }

          @Override
          public void tableCreated(TableMetadata table) {
            told.add("created " + table.name());
          }

          @Override
          public void tableUpdated(TableMetadata before, TableMetadata after) {
            told.add("updated " + after.name());
          }

          @Override
          public void tableDropped(TableMetadata table) {
            told.add("dropped " + table.name());
          }
        };
    try (Session session = Cluster.connect(KEYSPACE + "_events");
        Session watcher = Cluster.builder().listener(listener).connect()) {
      watcher.metadata();
      session.execute("CREATE TABLE t (k int PRIMARY KEY)");
      await(told, "created t");
      session.execute("ALTER TABLE t ADD v int");
      await(told, "updated t");
      session.execute("DROP TABLE t");
      await(told, "dropped t");
      String keyspace = KEYSPACE + "_other";
      session.execute(
          "CREATE KEYSPACE "
              + keyspace
              + " WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}");
      await(told, "created " + keyspace);
      session.execute("ALTER KEYSPACE " + keyspace + " WITH durable_writes = false");
      await(told, "updated " + keyspace);
      assertThat(told).doesNotContain("dropped " + keyspace);
      session.execute("DROP KEYSPACE " + keyspace);
      await(told, "dropped " + keyspace);
    }
  }

  private static void await(Set<String> told, String what) {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
    while (!told.contains(what)) {
      assertThat(System.nanoTime()).as("%s in time; told %s", what, told).isLessThan(end);
      Thread.onSpinWait();
    }
  }

  @Test
  void replicasAreThoseOfTheDataCentre() {
    String keyspace = KEYSPACE + "_topology";
    try (Session session = Cluster.builder().connect()) {
      Node node = session.metadata().nodes().get(0);
      session.execute("DROP KEYSPACE IF EXISTS " + keyspace);
      session.execute(
          "CREATE KEYSPACE "
              + keyspace
              + " WITH replication = {'class': 'NetworkTopologyStrategy', '"
              + node.datacenter()
              + "': 1}");
      assertThat(session.metadata().keyspace(keyspace).orElseThrow().replication())
          .containsEntry("class", "org.apache.cassandra.locator.NetworkTopologyStrategy")
          .containsEntry(node.datacenter(), "1");
      var replicas = session.metadata().replicas(keyspace, 42);
      assertThat(replicas.in(null)).containsExactly(node);
      assertThat(replicas.in(node.datacenter())).containsExactly(node);
      assertThat(replicas.in("elsewhere")).isEmpty();
      session.execute("DROP KEYSPACE " + keyspace);
    }
  }

  @Test
  void nodesAndReplicas() {
    try (Session session = Cluster.connect(KEYSPACE + "_nodes")) {
      Metadata metadata = session.metadata();
      assertThat(metadata.nodes()).isNotEmpty();
      Node node = metadata.nodes().get(0);
      assertThat(node.isUp()).isTrue();
      assertThat(node.releaseVersion()).startsWith("5.");
      assertThat(node.tokens()).isNotEmpty();
      assertThat(metadata.replicas(KEYSPACE + "_nodes", 42).in(null)).hasSize(1);
      assertThat(metadata.keyspace("system_views").orElseThrow().virtual()).isTrue();
      session.execute("CREATE TABLE t (k int PRIMARY KEY)");
      PreparedStatement insert = session.prepare("INSERT INTO t (k) VALUES (?)");
      for (int i = 0; i < 100; i++) {
        session.execute(insert.bind(i));
      }
      assertThat(node.latencyNanos()).isPositive();
    }
  }
}
