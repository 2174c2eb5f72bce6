package io.ilion.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import io.ilion.model.Consistency;
import io.ilion.protocol.Response;
import io.ilion.protocol.Result;
import io.ilion.runtime.simulated.SimulatedFiles;
import io.ilion.server.config.Settings;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.Test;

/** A node that has lost counts of its own to damage takes nothing back of what it has counted. */
class ScrubbedCountersTest {
  private static final int KEYS = 600;

  private final SimulatedCluster cluster =
      new SimulatedCluster(
          4,
          3,
          Defect.NONE,
          // A repair would bring back what was lost.
          usual -> usual.with(Settings.AUTO_REPAIR_ENABLED, false));
  private final SimulatedServer server = cluster.servers().get(0);
  private final SimulatedClient client = new SimulatedClient(cluster, 0);

  private Response execute(String cql, Consistency level) {
    return await(client.execute(server, cql, level));
  }

  private <T> T await(CompletionStage<T> stage) {
    return cluster.world().await(stage);
  }

  private void ok(String cql) {
    assertThat(execute(cql, Consistency.QUORUM)).as(cql).isInstanceOf(Result.class);
  }

  private void count(int delta) {
    for (int key = 0; key < KEYS; key++) {
      ok("UPDATE k.c SET n = n + %d WHERE a = %d".formatted(delta, key));
    }
  }

  /** How many counters have which value. */
  private Map<Long, Integer> values(Consistency level) {
    Map<Long, Integer> values = new TreeMap<>();
    for (int key = 0; key < KEYS; key++) {
      Result.Rows rows = (Result.Rows) execute("SELECT n FROM k.c WHERE a = " + key, level);
      long value = rows.rows().isEmpty() ? -1 : ByteBuffer.wrap(rows.rows().get(0)[0]).getLong();
      values.merge(value, 1, Integer::sum);
    }
    return values;
  }

  private void damage() {
    SimulatedFiles files = server.machine().files();
    String largest = null;
    for (String path : files.paths()) {
      if (path.contains("/data/k-c-")
          && path.endsWith(".v1")
          && (largest == null || files.bytes(path).length > files.bytes(largest).length)) {
        largest = path;
      }
    }
    byte[] bytes = files.bytes(largest);
    bytes[bytes.length / 3] ^= 1;
    files.setBytes(largest, bytes);
  }

  private void operate(String name) {
    await(server.core().operations().run(name, Map.of("keyspace", "k.c")));
  }

  @Test
  void aScrubTakesNothingBack() {
    cluster.startAll();
    cluster.world().until(cluster::isServing);
    ok(
        "CREATE KEYSPACE k WITH replication ="
            + " {'class': 'SimpleStrategy', 'replication_factor': 3}");
    ok("CREATE TABLE k.c (a int PRIMARY KEY, n counter)");
    count(100);
    operate("compact");
    server.kill();
    damage();
    server.start();
    cluster.world().until(cluster::isServing);
    operate("scrub");
    assertThat(values(Consistency.ONE)).as("counters here after the loss").containsKey(-1L);
    count(1);
    assertThat(values(Consistency.ALL)).containsExactly(Map.entry(101L, KEYS));
    // The id stays another one when the node starts again.
    server.kill();
    server.start();
    cluster.world().until(cluster::isServing);
    count(1);
    assertThat(values(Consistency.ALL)).containsExactly(Map.entry(102L, KEYS));
  }
}
