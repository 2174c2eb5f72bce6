package io.ilion.conformance.write;

import static org.assertj.core.api.Assertions.assertThat;

import io.ilion.conformance.cql.CqlConnection;
import io.ilion.conformance.server.ServerProcess;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Requests that take longer than they may, with the fields of their errors. */
class TimeoutsTest {
  private static void prepare(CqlConnection connection) throws IOException {
    connection.run(
        "CREATE KEYSPACE ks WITH replication ="
            + " {'class': 'SimpleStrategy', 'replication_factor': 1}");
    connection.run("CREATE TABLE ks.t (k int, c int, v text, PRIMARY KEY (k, c))");
    connection.run("CREATE TABLE ks.n (k int PRIMARY KEY, n counter)");
  }

  /** A group that is open for seconds keeps every write but the first from being acknowledged. */
  @Test
  void writes() throws IOException {
    try (ServerProcess node =
            ServerProcess.start(
                "--commitlog-sync-group-window", "3s",
                "--write-request-timeout", "50ms",
                "--counter-write-request-timeout", "60ms",
                "--cas-contention-timeout", "50ms");
        CqlConnection connection = CqlConnection.open(node.address())) {
      prepare(connection);
      // It may be in time, and opens the window.
      assertThat(connection.ask("INSERT INTO ks.t (k, c, v) VALUES (1, 1, 'first')")).isNotEmpty();
      String timedOut = "error 0x1100 Operation timed out - received only 0 responses.";
      assertThat(connection.ask("INSERT INTO ks.t (k, c, v) VALUES (1, 2, 'x')").toString())
          .contains(timedOut)
          .contains("SIMPLE");
      assertThat(connection.ask("UPDATE ks.n SET n = n + 1 WHERE k = 1").toString())
          .contains(timedOut)
          .contains("COUNTER");
      String batch =
          "INSERT INTO ks.t (k, c) VALUES (2, 1); INSERT INTO ks.t (k, c) VALUES (3, 1);"
              + " APPLY BATCH";
      assertThat(connection.ask("BEGIN UNLOGGED BATCH " + batch).toString())
          .contains(timedOut)
          .contains("UNLOGGED_BATCH");
      assertThat(connection.ask("BEGIN BATCH " + batch).toString())
          .contains(timedOut)
          .contains("BATCH_LOG");
      List<String> unknown =
          connection.ask("INSERT INTO ks.t (k, c, v) VALUES (9, 1, 'x') IF NOT EXISTS");
      assertThat(unknown.getFirst())
          .isEqualTo(
              "error 0x1700 CAS operation result is unknown - proposal accepted by 0 but not a"
                  + " quorum.");
      // What timed out has happened nevertheless, and an ordinary read sees it.
      assertThat(connection.ask("SELECT v FROM ks.t WHERE k = 9")).contains("- 'x'");
    }
  }

  @Test
  void reads() throws IOException {
    try (ServerProcess node = ServerProcess.start("--range-request-timeout", "10ms");
        CqlConnection connection = CqlConnection.open(node.address())) {
      prepare(connection);
      for (int i = 0; i < 100; i++) {
        StringBuilder batch = new StringBuilder("BEGIN UNLOGGED BATCH ");
        for (int j = 0; j < 300; j++) {
          batch.append(
              String.format("INSERT INTO ks.t (k, c, v) VALUES (%d, %d, 'some text'); ", i, j));
        }
        connection.run(batch + "APPLY BATCH");
      }
      List<String> answer =
          connection.ask("SELECT count(*) FROM ks.t WHERE v = 'no such text' ALLOW FILTERING");
      assertThat(answer.getFirst())
          .isEqualTo("error 0x1200 Operation timed out - received only 0 responses.");
      assertThat(answer.toString()).contains("ONE").doesNotContain("rows");
      assertThat(connection.ask("SELECT v FROM ks.t WHERE k = 1 AND c = 1"))
          .contains("- 'some text'");
    }
  }
}
