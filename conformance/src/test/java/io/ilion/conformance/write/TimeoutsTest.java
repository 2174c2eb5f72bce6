package io.ilion.conformance.write;

import static org.assertj.core.api.Assertions.assertThat;

import io.ilion.conformance.cql.CqlConnection;
import io.ilion.conformance.server.ServerProcess;
import java.io.IOException;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Requests that take longer than they may, with the fields of their errors in every version. */
class TimeoutsTest {
  private static final String TIMED_OUT =
      "error 0x1100 Operation timed out - received only 0 responses.";
  private static final String FIELDS = "consistency ONE, received 0, required 1";

  private static void prepare(CqlConnection connection) throws IOException {
    connection.run(
        "CREATE KEYSPACE ks WITH replication ="
            + " {'class': 'SimpleStrategy', 'replication_factor': 1}");
    connection.run("CREATE TABLE ks.t (k int, c int, v text, PRIMARY KEY (k, c))");
    connection.run("CREATE TABLE ks.n (k int PRIMARY KEY, n counter)");
  }

  /**
   * A group that is open for longer than any machine needs for all of this keeps every write but
   * the first from being acknowledged.
   */
  @Test
  void writes() throws IOException {
    try (ServerProcess node =
        ServerProcess.start(
            "--commitlog-sync-group-window", "5m",
            "--write-request-timeout", "50ms",
            "--counter-write-request-timeout", "60ms",
            "--cas-contention-timeout", "1s")) {
      try (CqlConnection connection = CqlConnection.open(node.address())) {
        prepare(connection);
        // It may be in time, and opens the window.
        assertThat(connection.ask("INSERT INTO ks.t (k, c, v) VALUES (1, 1, 'first')"))
            .isNotEmpty();
      }
      for (int version = 3; version <= 5; version++) {
        try (CqlConnection connection = CqlConnection.open(node.address(), version)) {
          writes(connection, version);
        }
      }
    }
  }

  private static void writes(CqlConnection connection, int version) throws IOException {
    timesOut(connection, "INSERT INTO ks.t (k, c, v) VALUES (1, 2, 'x')", "SIMPLE");
    timesOut(connection, "UPDATE ks.n SET n = n + 1 WHERE k = 1", "COUNTER");
    String batch =
        "INSERT INTO ks.t (k, c) VALUES (2, 1); INSERT INTO ks.t (k, c) VALUES (3, 1);"
            + " APPLY BATCH";
    timesOut(connection, "BEGIN UNLOGGED BATCH " + batch, "UNLOGGED_BATCH");
    timesOut(connection, "BEGIN BATCH " + batch, "BATCH_LOG");
    String decided = "INSERT INTO ks.t (k, c, v) VALUES (" + (10 + version) + ", 1, 'x')";
    List<String> unknown =
        version < 5
            ? List.of(TIMED_OUT, "consistency SERIAL, received 0, required 1, CAS")
            : List.of(
                "error 0x1700 CAS operation result is unknown - proposal accepted by 0 but not a"
                    + " quorum.",
                "consistency SERIAL, received 0, required 1");
    // The next finds what the first has decided, and may not tell before that is on disk.
    assertThat(connection.ask(decided + " IF NOT EXISTS")).isEqualTo(unknown);
    assertThat(connection.ask(decided + " IF NOT EXISTS")).isEqualTo(unknown);
    // What timed out has happened nevertheless, and an ordinary read sees it.
    assertThat(connection.ask("SELECT v FROM ks.t WHERE k = " + (10 + version))).contains("- 'x'");
  }

  private static void timesOut(CqlConnection connection, String cql, String type)
      throws IOException {
    assertThat(connection.ask(cql)).as(cql).containsExactly(TIMED_OUT, FIELDS + ", " + type);
  }

  @Test
  void reads() throws IOException {
    try (ServerProcess node = ServerProcess.start("--range-request-timeout", "10ms")) {
      try (CqlConnection connection = CqlConnection.open(node.address())) {
        prepare(connection);
        for (int i = 0; i < 30; i++) {
          StringBuilder batch = new StringBuilder("BEGIN UNLOGGED BATCH ");
          for (int j = 0; j < 300; j++) {
            batch.append(
                String.format("INSERT INTO ks.t (k, c, v) VALUES (%d, %d, 'some text'); ", i, j));
          }
          connection.run(batch + "APPLY BATCH");
        }
      }
      // Hundreds of millions of steps, so that no machine is fast enough.
      String sums =
          IntStream.range(0, 1000)
              .mapToObj(i -> "sum(c * c + " + i + ")")
              .collect(Collectors.joining(", "));
      for (int version = 3; version <= 5; version++) {
        try (CqlConnection connection = CqlConnection.open(node.address(), version)) {
          assertThat(connection.ask("SELECT " + sums + " FROM ks.t"))
              .startsWith(TIMED_OUT.replace("0x1100", "0x1200"), FIELDS + ", data present 0");
          assertThat(connection.ask("SELECT v FROM ks.t WHERE k = 1 AND c = 1"))
              .contains("- 'some text'");
        }
      }
    }
  }
}
