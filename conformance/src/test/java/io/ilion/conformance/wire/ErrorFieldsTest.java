package io.ilion.conformance.wire;

import static org.assertj.core.api.Assertions.assertThat;

import io.ilion.conformance.cql.CqlConnection;
import io.ilion.conformance.server.ServerProcess;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The errors that a request can bring upon itself, with their fields, in every version. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ErrorFieldsTest {
  private ServerProcess node;

  @BeforeAll
  void start() throws IOException {
    node =
        ServerProcess.start(
            "--tombstone-warn-threshold", "2", "--tombstone-failure-threshold", "4");
    try (CqlConnection connection = CqlConnection.open(node.address())) {
      for (int replicas : new int[] {1, 3}) {
        connection.run(
            "CREATE KEYSPACE ks%d WITH replication = {'class': 'SimpleStrategy', 'replication_factor': %d}"
                .formatted(replicas, replicas));
        connection.run(
            "CREATE TABLE ks" + replicas + ".t (k int, c int, v int, PRIMARY KEY (k, c))");
      }
      connection.run("CREATE TYPE ks1.u (a int)");
      for (int c = 0; c < 5; c++) {
        connection.run("DELETE FROM ks1.t WHERE k = 1 AND c = " + c);
      }
    }
  }

  @AfterAll
  void stop() {
    node.close();
  }

  @ParameterizedTest
  @ValueSource(ints = {3, 4, 5})
  void everyError(int version) throws IOException {
    try (CqlConnection connection = CqlConnection.open(node.address(), version)) {
      assertThat(connection.ask("SELEC").getFirst()).startsWith("error 0x2000 line 1:0 ");
      answers(connection, "SELECT * FROM ks1.absent", "error 0x2200 table absent does not exist");
      answers(
          connection,
          "CREATE KEYSPACE x WITH replication = {'class': 'NoStrategy'}",
          "error 0x2300 Unable to find replication strategy class"
              + " 'org.apache.cassandra.locator.NoStrategy'");
      answers(
          connection,
          "DELETE FROM system.local WHERE key = 'local'",
          "error 0x2100 system keyspace is not user-modifiable.");
      answers(
          connection,
          "CREATE KEYSPACE ks1 WITH replication ="
              + " {'class': 'SimpleStrategy', 'replication_factor': 1}",
          "error 0x2400 Cannot add existing keyspace \"ks1\"",
          "element 'ks1' ''");
      answers(
          connection,
          "CREATE TABLE ks1.t (k int PRIMARY KEY)",
          "error 0x2400 Cannot add already existing table \"t\" to keyspace \"ks1\"",
          "element 'ks1' 't'");
      answers(
          connection,
          "CREATE TYPE ks1.u (a int)",
          "error 0x2200 A user type with name 'u' already exists");
      answers(
          connection.ask("SELECT * FROM ks3.t WHERE k = 1", "QUORUM"),
          "error 0x1000 Cannot achieve consistency level QUORUM",
          "consistency QUORUM, required 2, alive 1");
      answers(
          connection.execute(new byte[16]),
          "error 0x2500 Prepared query with ID 00000000000000000000000000000000 not found (either"
              + " the query was not prepared on this host (maybe the host has been restarted?) or"
              + " you have prepared too many queries and it has been evicted from the internal"
              + " cache)",
          "an id of 16 bytes");
      String tombstones = "consistency ONE, received 0, required 1, ";
      List<String> tooMany = connection.ask("SELECT * FROM ks1.t WHERE k = 1");
      if (version == 3) {
        answers(
            tooMany,
            "error 0x1200 Operation timed out - received only 0 responses.",
            tombstones + "data present 0");
      } else {
        assertThat(tooMany.subList(0, 2))
            .containsExactly(
                "error 0x1300 Operation failed - received 0 responses and 1 failures:"
                    + " READ_TOO_MANY_TOMBSTONES from /127.0.0.1:"
                    + node.storagePort(),
                tombstones + "failures 1, data 0");
      }
      // After all these the connection is as good as before.
      assertThat(connection.ask("SELECT v FROM ks1.t WHERE k = 2")).contains("(0 rows)");
    }
  }

  private static void answers(CqlConnection connection, String cql, String... lines)
      throws IOException {
    answers(connection.ask(cql), lines);
  }

  private static void answers(List<String> answer, String... lines) {
    assertThat(answer).containsExactly(lines);
  }
}
