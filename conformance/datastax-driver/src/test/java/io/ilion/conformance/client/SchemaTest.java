package io.ilion.conformance.client;

import static org.assertj.core.api.Assertions.assertThat;

import com.datastax.driver.core.Cluster;
import com.datastax.driver.core.ClusteringOrder;
import com.datastax.driver.core.DataType;
import com.datastax.driver.core.Host;
import com.datastax.driver.core.KeyspaceMetadata;
import com.datastax.driver.core.SchemaChangeListenerBase;
import com.datastax.driver.core.Session;
import com.datastax.driver.core.TableMetadata;
import com.datastax.driver.core.UserType;
import java.nio.ByteBuffer;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class SchemaTest {
  @Test
  void metadataOfTablesAndTypes() {
    try (Cluster cluster = DriverCluster.builder().build();
        Session session = DriverCluster.openIn(cluster, "datastax_schema")) {
      session.execute("CREATE TYPE address (street text, numbers frozen<list<int>>)");
      session.execute(
          "CREATE TABLE wide (a int, b text, c timeuuid, s text static, m map<text, int>,"
              + " u frozen<address>, t tuple<int, text>, PRIMARY KEY ((a, b), c))"
              + " WITH CLUSTERING ORDER BY (c DESC) AND comment = 'wide'"
              + " AND gc_grace_seconds = 1234");
      KeyspaceMetadata keyspace = cluster.getMetadata().getKeyspace("datastax_schema");
      assertThat(keyspace.getReplication()).containsEntry("replication_factor", "1");
      UserType address = keyspace.getUserType("address");
      assertThat(address.getFieldType("numbers")).isEqualTo(DataType.frozenList(DataType.cint()));
      TableMetadata wide = keyspace.getTable("wide");
      assertThat(wide.getPartitionKey()).extracting(c -> c.getName()).containsExactly("a", "b");
      assertThat(wide.getClusteringOrder()).containsExactly(ClusteringOrder.DESC);
      assertThat(wide.getColumn("s").isStatic()).isTrue();
      assertThat(wide.getColumn("m").getType())
          .isEqualTo(DataType.map(DataType.text(), DataType.cint()));
      assertThat(wide.getColumn("u").getType()).isEqualTo(address);
      assertThat(wide.getOptions().getComment()).isEqualTo("wide");
      assertThat(wide.getOptions().getGcGraceInSeconds()).isEqualTo(1234);
      session.execute("DROP TABLE wide");
      session.execute(wide.asCQLQuery());
      assertThat(cluster.getMetadata().getKeyspace("datastax_schema").getTable("wide").getColumns())
          .isEqualTo(wide.getColumns());
      session.execute("DROP KEYSPACE datastax_schema");
    }
  }

  @Test
  void replicasAreThoseOfTheDataCentre() {
    try (Cluster cluster = DriverCluster.builder().build();
        Session session = cluster.connect()) {
      var metadata = cluster.getMetadata();
      Host host = metadata.getAllHosts().iterator().next();
      session.execute("DROP KEYSPACE IF EXISTS datastax_topology");
      session.execute(
          "CREATE KEYSPACE datastax_topology WITH replication ="
              + " {'class': 'NetworkTopologyStrategy', '"
              + host.getDatacenter()
              + "': 1}");
      assertThat(metadata.getKeyspace("datastax_topology").getReplication())
          .containsEntry("class", "org.apache.cassandra.locator.NetworkTopologyStrategy")
          .containsEntry(host.getDatacenter(), "1");
      ByteBuffer key = ByteBuffer.allocate(4).putInt(0, 7);
      assertThat(metadata.getReplicas("datastax_topology", key)).containsExactly(host);
      session.execute("DROP KEYSPACE datastax_topology");
    }
  }

  @Test
  void virtualKeyspaces() {
    try (Cluster cluster = DriverCluster.builder().build();
        Session session = cluster.connect()) {
      assertThat(session.isClosed()).isFalse();
      KeyspaceMetadata views = cluster.getMetadata().getKeyspace("system_views");
      assertThat(views.isVirtual()).isTrue();
      assertThat(views.getTable("settings").isVirtual()).isTrue();
      assertThat(views.getTable("settings").getColumn("value").getType())
          .isEqualTo(DataType.text());
    }
  }

  @Test
  void changesAreAnnounced() throws InterruptedException {
    BlockingQueue<String> events = new LinkedBlockingQueue<>();
    try (Cluster listening = DriverCluster.builder().build();
        Session idle = listening.connect();
        Cluster changing = DriverCluster.builder().build();
        Session session = DriverCluster.openIn(changing, "datastax_events")) {
      assertThat(idle.isClosed()).isFalse();
      listening.register(new Listener(events));
      session.execute(
          "CREATE KEYSPACE datastax_more WITH replication ="
              + " {'class': 'SimpleStrategy', 'replication_factor': 1}");
      assertThat(events.poll(10, TimeUnit.SECONDS)).isEqualTo("added datastax_more");
      session.execute("ALTER KEYSPACE datastax_more WITH durable_writes = false");
      assertThat(events.poll(10, TimeUnit.SECONDS)).isEqualTo("changed datastax_more");
      session.execute("DROP KEYSPACE datastax_more");
      assertThat(events.poll(10, TimeUnit.SECONDS)).isEqualTo("removed datastax_more");
      session.execute("CREATE TYPE watched_type (a int)");
      assertThat(events.poll(10, TimeUnit.SECONDS)).isEqualTo("added watched_type");
      session.execute("ALTER TYPE watched_type ADD b text");
      assertThat(events.poll(10, TimeUnit.SECONDS)).isEqualTo("changed watched_type");
      session.execute("DROP TYPE watched_type");
      assertThat(events.poll(10, TimeUnit.SECONDS)).isEqualTo("removed watched_type");
      session.execute("CREATE TABLE watched (k int PRIMARY KEY)");
      assertThat(events.poll(10, TimeUnit.SECONDS)).isEqualTo("added watched");
      session.execute("ALTER TABLE watched ADD v int");
      assertThat(events.poll(10, TimeUnit.SECONDS)).isEqualTo("changed watched");
      session.execute("DROP TABLE watched");
      assertThat(events.poll(10, TimeUnit.SECONDS)).isEqualTo("removed watched");
      session.execute("DROP KEYSPACE datastax_events");
    }
  }

  /** Tells what it is told, of the keyspaces of this test. */
  private static final class Listener extends SchemaChangeListenerBase {
    private final BlockingQueue<String> events;

    Listener(BlockingQueue<String> events) {
      this.events = events;
    }

    private void tell(String change, String name) {
      if (!name.equals("datastax_events")) {
        events.add(change + " " + name);
      }
    }

    @Override
    public void onKeyspaceAdded(KeyspaceMetadata keyspace) {
      tell("added", keyspace.getName());
    }

    @Override
    public void onKeyspaceChanged(KeyspaceMetadata current, KeyspaceMetadata previous) {
      tell("changed", current.getName());
    }

    @Override
    public void onKeyspaceRemoved(KeyspaceMetadata keyspace) {
      tell("removed", keyspace.getName());
    }

    @Override
    public void onUserTypeAdded(UserType type) {
      tell("added", type.getTypeName());
    }

    @Override
    public void onUserTypeChanged(UserType current, UserType previous) {
      tell("changed", current.getTypeName());
    }

    @Override
    public void onUserTypeRemoved(UserType type) {
      tell("removed", type.getTypeName());
    }

    @Override
    public void onTableAdded(TableMetadata table) {
      tell("added", table.getName());
    }

    @Override
    public void onTableChanged(TableMetadata current, TableMetadata previous) {
      tell("changed", current.getName());
    }

    @Override
    public void onTableRemoved(TableMetadata table) {
      tell("removed", table.getName());
    }
  }
}
