package io.ilion.tools;

import static org.assertj.core.api.Assertions.assertThat;

import io.ilion.driver.Session;
import io.ilion.driver.SimpleStatement;
import io.ilion.model.Consistency;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * {@code ilion admin} with a cluster of three nodes, as an operator uses it: what was lost is
 * restored, replicas are repaired, and one node after the other goes. In this order.
 */
@Timeout(value = 180, unit = TimeUnit.SECONDS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class AdminClusterTest {
  private static final int ROWS = 200;
  private static final int MOST_LOOKS = 300;

  @TempDir private static Path data;
  private static TestCluster cluster;
  private static Session session;

  private record Run(int code, String out, String err) {}

  @BeforeAll
  static void start() throws IOException {
    cluster = TestCluster.start(data);
    session = cluster.session();
    session.execute(
        "CREATE KEYSPACE ks WITH replication ="
            + " {'class': 'SimpleStrategy', 'replication_factor': 2}");
    session.execute("CREATE TABLE ks.t (k int PRIMARY KEY, v int)");
    write(0, Consistency.ALL);
  }

  @AfterAll
  static void stop() {
    cluster.close();
  }

  private static void write(int value, Consistency level) {
    for (int k = 0; k < ROWS; k++) {
      session.execute(
          SimpleStatement.of("INSERT INTO ks.t (k, v) VALUES (" + k + ", " + value + ")")
              .consistency(level));
    }
  }

  private static long rows(Consistency level) {
    return session
        .execute(SimpleStatement.of("SELECT k FROM ks.t").consistency(level))
        .all()
        .size();
  }

  private static Run admin(int node, String words) {
    List<String> all =
        new ArrayList<>(List.of("admin", "--host", cluster.address(node), "--http-port"));
    all.add(Integer.toString(cluster.httpPort()));
    all.addAll(List.of(words.split(" ")));
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    CommandLine ilion = Ilion.commandLine(Map.of("NO_COLOR", "1"));
    ilion.setOut(new PrintWriter(out));
    ilion.setErr(new PrintWriter(err));
    return new Run(ilion.execute(all.toArray(String[]::new)), out.toString(), err.toString());
  }

  /** What an operation answers that succeeds. */
  private static String done(int node, String words) {
    Run run = admin(node, words);
    assertThat(run.err).as(words).isEmpty();
    assertThat(run.code).as(words).isZero();
    return run.out;
  }

  private static JsonNode json(int node, String words) {
    return JsonMapper.shared().readTree(done(node, words + " --format json"));
  }

  private static String hostId(int node) {
    for (JsonNode each : json(0, "status").path("nodes")) {
      if (each.path("address").asString().startsWith(cluster.address(node))) {
        return each.path("host_id").asString();
      }
    }
    throw new AssertionError("no node " + node);
  }

  /** Waits until the first node knows of this state of the second. */
  private static void awaitState(String state) {
    String seen = "";
    for (int i = 0; i < MOST_LOOKS && !seen.equals(state); i++) {
      for (JsonNode each : json(0, "status").path("nodes")) {
        if (each.path("address").asString().startsWith(cluster.address(1))) {
          seen = each.path("state").asString();
        }
      }
    }
    assertThat(seen).isEqualTo(state);
  }

  @Test
  @Order(1)
  void aTruncatedTableIsRestoredFromItsSnapshots() {
    for (int node = 0; node < 3; node++) {
      assertThat(done(node, "snapshot -t before ks.t")).contains("tables  1");
    }
    session.execute("TRUNCATE ks.t");
    assertThat(rows(Consistency.ALL)).isZero();
    assertThat(done(0, "listsnapshots")).contains("before");
    for (int node = 0; node < 3; node++) {
      assertThat(done(node, "restore -t before ks t")).contains("sstables  1");
    }
    assertThat(rows(Consistency.ALL)).isEqualTo(ROWS);
    assertThat(admin(0, "restore -t after ks t").err).contains("no snapshot named 'after'");
    assertThat(done(0, "clearsnapshot -t before ks")).contains("snapshots  1");
  }

  @Test
  @Order(2)
  void replicasAreRepaired() {
    JsonNode repaired = json(0, "repair ks");
    assertThat(repaired.path("ranges").asInt()).isPositive();
    assertThat(repaired.path("counts_for_purging").asBoolean()).isTrue();
    int primary = json(0, "repair -pr ks t").path("ranges").asInt();
    assertThat(primary).isBetween(1, repaired.path("ranges").asInt() - 1);
    int within = json(0, "repair -st 0 -et 4611686018427387904 ks.t").path("ranges").asInt();
    assertThat(within).isBetween(1, repaired.path("ranges").asInt() - 1);
    assertThat(admin(0, "repair -st 0 ks").err).contains("start-token and end-token belong");
    assertThat(admin(0, "repair system").err).contains("one replica, which needs no repair");

    JsonNode status = json(0, "repair-status ks");
    assertThat(status.path("tables").get(0).path("table").asString()).isEqualTo("ks.t");
    assertThat(status.path("tables").get(0).path("repaired_since").asString()).startsWith("20");
    assertThat(status.path("repairs").size()).isEqualTo(3);
    assertThat(done(0, "repair-status")).contains("done", "operator", "ks.t");
    assertThat(done(0, "auto-repair false")).contains("auto repair  no");
    assertThat(json(0, "repair-status").path("auto_repair").asBoolean()).isFalse();
    assertThat(done(0, "auto-repair true")).contains("auto repair  yes");
    assertThat(done(0, "metrics")).contains("ilion_repairs_total{result=\"done\"} 3\n");
  }

  @Test
  @Order(3)
  void hintsForANodeThatIsDownAreLookedAfter() {
    assertThat(done(0, "listpendinghints")).containsPattern("nodes +none");
    cluster.stop(2);
    assertThat(done(0, "status")).containsPattern("DN[ |]+" + cluster.address(2));
    done(0, "disablehandoff");
    done(1, "disablehandoff");
    write(1, Consistency.ONE);
    assertThat(json(0, "listpendinghints").path("nodes")).isEmpty();
    assertThat(done(0, "enablehandoff")).contains("kept             yes");
    done(1, "enablehandoff");
    write(2, Consistency.ONE);
    JsonNode kept = json(0, "listpendinghints").path("nodes");
    assertThat(kept.size()).isEqualTo(1);
    assertThat(kept.get(0).path("address").asString()).isEqualTo(cluster.address(2));
    assertThat(kept.get(0).path("bytes").asLong()).isPositive();
    assertThat(kept.get(0).path("alive").asBoolean()).isFalse();

    assertThat(done(0, "setmaxhintwindow 6h")).contains("max hint window  6:00:00");
    assertThat(done(0, "getmaxhintwindow")).contains("6:00:00");
    assertThat(done(0, "sethintedhandoffthrottlekb 4096")).contains("4096");
    assertThat(done(0, "gethintedhandoffthrottlekb")).contains("4096");
    assertThat(done(0, "pausehandoff")).contains("paused  yes");
    assertThat(done(0, "statushandoff")).contains("handed over      no");
    assertThat(done(0, "resumehandoff")).contains("paused  no");
    done(0, "truncatehints " + hostId(2));
    assertThat(json(0, "listpendinghints").path("nodes")).isEmpty();
    done(1, "truncatehints");
    assertThat(json(1, "listpendinghints").path("nodes")).isEmpty();
  }

  @Test
  @Order(4)
  void aRepairWithoutAReplicaSaysWhich() {
    Run run = admin(0, "repair ks");
    assertThat(run.err).contains("a replica, " + cluster.address(2)).contains("is down");
    assertThat(run.code).isEqualTo(1);
  }

  @Test
  @Order(5)
  void whatCannotEndIsGivenUp() {
    assertThat(admin(0, "abort-move").code).isEqualTo(1);
    // It waits for the node that is down.
    JsonNode task = json(1, "--background decommission");
    assertThat(task.path("state").asString()).isEqualTo("RUNNING");
    awaitState("LEAVING");
    done(1, "abort-move");
    awaitState("NORMAL");
  }

  @Test
  @Order(6)
  void aDeadNodeIsRemoved() {
    assertThat(done(0, "removenode " + hostId(2))).contains("NORMAL");
    assertThat(done(0, "status")).doesNotContain(cluster.address(2)).contains(cluster.address(1));
    assertThat(rows(Consistency.ALL)).isEqualTo(ROWS);
    assertThat(done(0, "repair ks")).contains("ranges");
  }

  @Test
  @Order(7)
  void aDrainedNodeIsNotReady() {
    assertThat(admin(1, "ready").code).isZero();
    done(1, "drain");
    Run ready = admin(1, "ready");
    assertThat(ready.code).isEqualTo(1);
    assertThat(ready.out).contains("not ready");
    assertThat(done(1, "statusbinary")).contains("no");
    assertThat(admin(1, "enablebinary").code).isNotZero();
    assertThat(rows(Consistency.ONE)).isEqualTo(ROWS);
  }
}
