package io.ilion.conformance.cql;

import static org.assertj.core.api.Assertions.assertThat;

import io.ilion.conformance.server.ServerProcess;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What a node tells of itself is so. */
class SystemViewsTest {
  private static ServerProcess node;
  private static Session session;

  @BeforeAll
  static void start() throws IOException {
    node = ServerProcess.start("--rack", "r9", "--lanes", "2", "--trace-type-query-ttl", "1h");
    session = new Session(node.address(), "system_views_test");
    session.open();
  }

  @AfterAll
  static void stop() throws IOException {
    session.close();
    node.close();
  }

  /** The rows of an answer, as they are shown. */
  private static List<String> rows(String select) throws IOException {
    return session.run(select).stream().filter(line -> line.startsWith("- ")).toList();
  }

  @Test
  void settingsAreThoseOfTheNode() throws IOException {
    assertThat(rows("SELECT value FROM system_views.settings WHERE name = 'rack'"))
        .containsExactly("- 'r9'");
    assertThat(rows("SELECT value FROM system_views.settings WHERE name = 'trace_type_query_ttl'"))
        .containsExactly("- '1h'");
    assertThat(rows("SELECT name FROM system_views.settings")).isSorted();
  }

  @Test
  void ownVersionStandsBesideCassandras() throws IOException {
    assertThat(
            rows("SELECT value FROM system_views.system_properties WHERE name = 'ilion.version'"))
        .singleElement()
        .asString()
        .matches("- '\\d+\\.\\d+\\.\\d+'");
    assertThat(rows("SELECT release_version FROM system.local")).containsExactly("- '5.0.8'");
  }

  @Test
  void thisClientIsAmongTheClients() throws IOException {
    assertThat(
            rows(
                "SELECT protocol_version, connection_stage, keyspace_name FROM"
                    + " system_views.clients"))
        .contains("- 5 | 'ready' | 'system_views_test'");
  }

  @Test
  void requestsAreCountedAndTimed() throws IOException {
    session.run("CREATE TABLE counted (k int, c int, PRIMARY KEY (k, c))");
    String of = " WHERE keyspace_name = 'system_views_test' AND table_name = 'counted'";
    for (int i = 0; i < 3; i++) {
      session.run("INSERT INTO counted (k, c) VALUES (1, " + i + ")");
    }
    session.run("DELETE FROM counted WHERE k = 1 AND c = 0");
    session.run("SELECT * FROM counted WHERE k = 1");
    session.run("SELECT * FROM counted");
    String views = "SELECT count, max%s FROM system_views.";
    assertThat(rows(String.format(views, "_ms") + "coordinator_write_latency" + of))
        .singleElement()
        .asString()
        .matches("- 4 \\| \\d+\\.\\d+");
    assertThat(rows(String.format(views, "_ms") + "coordinator_read_latency" + of))
        .singleElement()
        .asString()
        .matches("- 1 \\| \\d+\\.\\d+");
    assertThat(rows("SELECT count FROM system_views.coordinator_scan_latency" + of))
        .containsExactly("- 1");
    assertThat(rows(String.format(views, "") + "rows_per_read" + of)).containsExactly("- 2 | 2.0");
    assertThat(rows(String.format(views, "") + "tombstones_per_read" + of))
        .containsExactly("- 2 | 1.0");
    session.run(
        "BEGIN UNLOGGED BATCH INSERT INTO counted (k, c) VALUES (1, 1);"
            + " INSERT INTO counted (k, c) VALUES (2, 1);"
            + " INSERT INTO counted (k, c) VALUES (2, 2); APPLY BATCH");
    assertThat(
            rows(
                "SELECT max FROM system_views.batch_metrics"
                    + " WHERE name = 'partitions_per_unlogged_batch'"))
        .containsExactly("- 2");
    assertThat(rows("SELECT name FROM system_views.thread_pools"))
        .containsExactly(
            "- 'background'", "- 'handshake'", "- 'lane-0'", "- 'lane-1'", "- 'longwork'");
    assertThat(rows("SELECT * FROM system_views.cql_metrics")).hasSize(5);
  }

  @Test
  void theRequestThatAsksIsRunning() throws IOException {
    assertThat(rows("SELECT task FROM system_views.queries"))
        .contains("- 'QUERY SELECT task FROM system_views.queries'");
  }

  @Test
  void whatTruncateAndDropRemoveIsKept() throws IOException {
    String snapshots =
        "SELECT name, keyspace_name, table_name, size_on_disk FROM system_views.snapshots";
    session.run("CREATE TABLE kept (k int PRIMARY KEY, v text)");
    session.run("CREATE TABLE forgotten (k int PRIMARY KEY) WITH allow_auto_snapshot = false");
    session.run("INSERT INTO kept (k, v) VALUES (1, 'x')");
    session.run("INSERT INTO forgotten (k) VALUES (1)");
    session.run("TRUNCATE kept");
    session.run("TRUNCATE forgotten");
    assertThat(rows("SELECT * FROM kept")).isEmpty();
    assertThat(rows(snapshots))
        .singleElement()
        .asString()
        .matches("- 'truncated-\\d+-kept' \\| 'system_views_test' \\| 'kept' \\| [1-9]\\d*");
    session.run("DROP TABLE forgotten");
    session.run("DROP TABLE kept");
    assertThat(rows(snapshots)).hasSize(1);
    session.run("CREATE TABLE kept (k int PRIMARY KEY, v text)");
    session.run("INSERT INTO kept (k, v) VALUES (1, 'x')");
    session.run("DROP TABLE kept");
    assertThat(rows(snapshots + " WHERE created_at > '2020-01-01' ALLOW FILTERING")).hasSize(2);
  }

  @Test
  void aChangedReplicationOfTheSystemSurvives() throws IOException {
    String replication =
        "SELECT replication FROM system_schema.keyspaces WHERE keyspace_name = 'system_auth'";
    String two = "{'class': 'SimpleStrategy', 'replication_factor': 2}";
    session.run("ALTER KEYSPACE system_auth WITH replication = " + two);
    assertThat(rows(replication)).singleElement().asString().contains("'2'");
    node.kill();
    node.restart();
    try (Session again = new Session(node.address(), "system_views_test")) {
      assertThat(again.run(replication)).last().asString().contains("'2'");
      assertThat(again.run("SELECT count(*) FROM system_auth.roles")).hasSize(2);
    } finally {
      session.close();
      session = new Session(node.address(), "system_views_test");
      session.run("USE system_views_test");
    }
  }
}
