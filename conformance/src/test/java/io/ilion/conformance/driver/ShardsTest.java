package io.ilion.conformance.driver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.ilion.driver.BoundStatement;
import io.ilion.driver.Page;
import io.ilion.driver.PreparedStatement;
import io.ilion.driver.QueryTrace;
import io.ilion.driver.Session;
import io.ilion.driver.metadata.Metadata;
import io.ilion.driver.metadata.Node;
import io.ilion.model.ring.LaneMapping;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Requests go to the lane of their key; Apache Cassandra has no lanes. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class ShardsTest {
  @BeforeAll
  static void onlyOurs() {
    assumeTrue(
        System.getProperty("ilion.target") == null || Boolean.getBoolean("ilion.sharded"),
        "the target has no shards");
  }

  @Test
  void requestsGoToTheLaneOfTheirKey() {
    try (Session session = Cluster.connect("own_driver_shards")) {
      Node node = session.metadata().nodes().get(0);
      int lanes = node.shardCount();
      long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
      while (node.connections() < lanes) {
        assertThat(System.nanoTime()).as("a connection to each lane").isLessThan(end);
        Thread.onSpinWait();
      }
      session.execute("CREATE TABLE t (k int PRIMARY KEY, v int)");
      PreparedStatement insert = session.prepare("INSERT INTO t (k, v) VALUES (?, ?)");
      PreparedStatement select = session.prepare("SELECT v FROM t WHERE k = ?");
      for (int key = 0; key < 8 * lanes; key++) {
        byte[] bytes = {0, 0, 0, (byte) key};
        String lane = "lane-" + new LaneMapping(lanes).laneOf(Metadata.token(bytes));
        for (BoundStatement statement : List.of(insert.bind(key, key), select.bind(key))) {
          Page page = session.execute(statement.tracing(true)).page();
          QueryTrace trace = session.trace(page.tracingId());
          assertThat(trace.events())
              .as("events of key %d", key)
              .isNotEmpty()
              .allSatisfy(event -> assertThat(event.thread()).isEqualTo(lane));
        }
      }
    }
  }
}
