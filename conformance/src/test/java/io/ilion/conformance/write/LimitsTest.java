package io.ilion.conformance.write;

import static org.assertj.core.api.Assertions.assertThat;

import io.ilion.conformance.cql.CqlConnection;
import io.ilion.conformance.server.ServerProcess;
import java.io.IOException;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/**
 * Limits that are off by default, or high: warnings and refusals as Cassandra 5.0.8 words them.
 * (Its guardrails were set by JMX, and asked as an ordinary user, to find out.)
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class LimitsTest {
  private ServerProcess node;
  private CqlConnection connection;

  @BeforeAll
  void start() throws IOException {
    node =
        ServerProcess.start(
            "--partition-keys-in-select-warn-threshold",
            "2",
            "--partition-keys-in-select-fail-threshold",
            "4",
            "--items-per-collection-warn-threshold",
            "2",
            "--items-per-collection-fail-threshold",
            "4",
            "--column-value-size-warn-threshold",
            "100B",
            "--column-value-size-fail-threshold",
            "2000KiB",
            "--tombstone-warn-threshold",
            "5",
            "--tombstone-failure-threshold",
            "10",
            "--commitlog-segment-size",
            "1MiB");
    connection = CqlConnection.open(node.address());
    connection.run(
        "CREATE KEYSPACE ks WITH replication ="
            + " {'class': 'SimpleStrategy', 'replication_factor': 1}");
    connection.run(
        "CREATE TABLE ks.b (k int PRIMARY KEY, t text, l list<int>, s set<text>,"
            + " m map<text, int>, f frozen<list<int>>)");
    connection.run("CREATE TABLE ks.c (k int, c int, v text, PRIMARY KEY (k, c))");
    connection.run("CREATE TABLE ks.x (k text, d int, c int, v int, PRIMARY KEY ((k, d), c))");
  }

  @AfterAll
  void stop() throws IOException {
    connection.close();
    node.close();
  }

  private void warns(String cql, String warning) throws IOException {
    assertThat(connection.ask(cql)).as(cql).contains("warning " + warning);
  }

  private void passes(String cql) throws IOException {
    assertThat(connection.ask(cql)).as(cql).noneMatch(line -> line.matches("(error|warning).*"));
  }

  private void isRefused(String cql, String message) throws IOException {
    assertThat(connection.ask(cql)).as(cql).contains("error 0x2200 " + message);
  }

  @Test
  void partitionKeysInSelect() throws IOException {
    String guardrail = "Guardrail partition_keys_in_select violated: ";
    passes("SELECT * FROM ks.b WHERE k IN (1, 2)");
    passes("SELECT * FROM ks.b WHERE k IN (1, 1, 1)");
    warns(
        "SELECT * FROM ks.b WHERE k IN (1, 2, 3)",
        guardrail
            + "Query with partition keys in IN clause on table b, with number of partition keys 3"
            + " exceeds warning threshold of 2.");
    isRefused(
        "SELECT * FROM ks.x WHERE k IN ('a', 'b', 'c') AND d IN (1, 2)",
        guardrail
            + "Aborting query with partition keys in IN clause on table x, number of partition keys"
            + " 6 exceeds fail threshold of 4.");
  }

  @Test
  void itemsOfCollections() throws IOException {
    String detected = "Guardrail items_per_collection violated: Detected collection ";
    passes("INSERT INTO ks.b (k, l, s) VALUES (1, [1, 2], {'a', 'b'})");
    for (String set :
        List.of("l = [1, 2, 3]", "l = l + [1, 2, 3]", "f = [1, 2, 3]", "s = s + {'a', 'b', 'c'}")) {
      warns(
          "UPDATE ks.b SET " + set + " WHERE k = 2",
          detected + set.charAt(0) + " with 3 items, this exceeds the warning threshold of 2.");
    }
    warns(
        "INSERT INTO ks.b (k, m) VALUES (3, {'a': 1, 'b': 2, 'c': 3})",
        detected + "m with 3 items, this exceeds the warning threshold of 2.");
    isRefused(
        "INSERT INTO ks.b (k, l) VALUES (4, [1, 2, 3, 4, 5])",
        detected + "l with 5 items, this exceeds the failure threshold of 4.");
    assertThat(connection.run("SELECT l FROM ks.b WHERE k = 4")).contains("(0 rows)");
    passes("UPDATE ks.b SET s = s - {'a', 'b', 'c', 'd', 'e'} WHERE k = 5");
  }

  @Test
  void sizesOfValues() throws IOException {
    String fits = "x".repeat(100);
    String large = fits + "x";
    passes("INSERT INTO ks.b (k, t) VALUES (1, '" + fits + "')");
    String warning =
        "Guardrail column_value_size violated: Value of column '%s' has size 101, this exceeds the"
            + " warning threshold of 100.";
    warns("INSERT INTO ks.b (k, t) VALUES (1, '" + large + "')", String.format(warning, "t"));
    warns("UPDATE ks.b SET m['" + large + "'] = 1 WHERE k = 1", String.format(warning, "m"));
    warns("DELETE m['" + large + "'] FROM ks.b WHERE k = 1", String.format(warning, "m"));
    warns("UPDATE ks.b SET t = '" + large + "' WHERE k = 1 IF EXISTS", String.format(warning, "t"));
  }

  @Test
  void tombstones() throws IOException {
    for (int i = 0; i < 6; i++) {
      connection.run("DELETE FROM ks.c WHERE k = 1 AND c = " + i);
    }
    connection.run("INSERT INTO ks.c (k, c, v) VALUES (1, 100, 'x')");
    warns(
        "SELECT v FROM ks.c WHERE k = 1 AND c >= 0",
        "Read 1 live rows and 6 tombstone cells for query SELECT v FROM ks.c WHERE k = 1 AND c >= 0"
            + " ALLOW FILTERING; token -4069959284402364209 (see tombstone_warn_threshold)");
    for (int i = 0; i < 5; i++) {
      connection.run("DELETE FROM ks.c WHERE k = 2 AND c = " + i);
      connection.run(
          "DELETE FROM ks.c WHERE k = 2 AND c > " + (10 * i + 10) + " AND c < " + (10 * i + 15));
    }
    List<String> answer = connection.ask("SELECT * FROM ks.c WHERE k = 2");
    assertThat(answer.getFirst())
        .isEqualTo(
            "error 0x1300 Operation failed - received 0 responses and 1 failures:"
                + " READ_TOO_MANY_TOMBSTONES from /127.0.0.1:"
                + node.storagePort());
    assertThat(answer.toString()).contains("and 11 tombstone cells for query SELECT * FROM ks.c");
    assertThat(connection.ask("SELECT * FROM ks.c").getFirst()).startsWith("error 0x1300");
    passes("SELECT * FROM ks.c WHERE k = 2 AND c = 3");
  }

  @Test
  void mutationsThatAreTooLarge() throws IOException {
    String half = "y".repeat(300_000);
    assertThat(connection.ask("INSERT INTO ks.c (k, c, v) VALUES (7, 1, '" + half + "')"))
        .contains("void");
    String answer =
        connection
            .ask("INSERT INTO ks.c (k, c, v) VALUES (7, 2, '" + half + half + "')")
            .getFirst();
    assertThat(answer)
        .matches(
            "error 0x2200 Rejected an oversized mutation \\(6000\\d\\d/524288\\) for keyspace: ks."
                + " Top keys are: c\\.7");
    String batch =
        IntStream.range(10, 13)
            .mapToObj(i -> "INSERT INTO ks.c (k, c, v) VALUES (7, " + i + ", '" + half + "')")
            .collect(Collectors.joining("; "));
    assertThat(connection.ask("BEGIN UNLOGGED BATCH " + batch + "; APPLY BATCH").getFirst())
        .startsWith("error 0x2200 Rejected an oversized mutation (9");
    assertThat(connection.ask("SELECT c FROM ks.c WHERE k = 7")).contains("- 1").hasSize(2);
  }
}
