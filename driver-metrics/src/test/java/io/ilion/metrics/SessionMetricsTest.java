package io.ilion.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import io.ilion.driver.BatchStatement;
import io.ilion.driver.SimpleStatement;
import io.ilion.driver.metadata.Node;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class SessionMetricsTest {
  private static final Node FIRST = new FakeNode("10.0.0.1", 7);
  private static final Node SECOND = new FakeNode("10.0.0.2", 0);

  private final SessionMetrics metrics = new SessionMetrics();

  private record FakeNode(String host, int inFlight) implements Node {
    @Override
    public UUID hostId() {
      return new UUID(0, host.hashCode());
    }

    @Override
    public InetSocketAddress address() {
      return InetSocketAddress.createUnresolved(host, 9042);
    }

    @Override
    public String datacenter() {
      return "the \"old\" \\ one";
    }

    @Override
    public String rack() {
      return "r1";
    }

    @Override
    public String releaseVersion() {
      return "5.0.8";
    }

    @Override
    public List<Long> tokens() {
      return List.of();
    }

    @Override
    public boolean isUp() {
      return true;
    }

    @Override
    public int connections() {
      return 2;
    }

    @Override
    public long latencyNanos() {
      return 0;
    }

    @Override
    public int shardCount() {
      return 1;
    }
  }

  @Test
  void requestsAreTimedByKind() {
    SimpleStatement simple = SimpleStatement.of("SELECT 1");
    for (int millis = 1; millis <= 100; millis++) {
      metrics.requestDone(simple, Duration.ofMillis(millis).toNanos(), null);
    }
    metrics.requestDone(
        BatchStatement.logged(simple), Duration.ofDays(3).toNanos(), new IllegalStateException());
    metrics.refused();
    Timing timing = metrics.requests(RequestKind.SIMPLE);
    assertThat(timing.count()).isEqualTo(100);
    assertThat(timing.failures()).isZero();
    assertThat(timing.sumNanos()).isEqualTo(Duration.ofMillis(5050).toNanos());
    assertThat(timing.percentile(50))
        .isBetween(Duration.ofMillis(50), Duration.ofNanos(50_500_000));
    Timing batches = metrics.requests(RequestKind.BATCH);
    assertThat(batches.errors()).containsOnlyKeys("other").containsEntry("other", 1L);
    assertThat(batches.sumNanos()).isEqualTo(Duration.ofHours(1).toNanos());
    assertThat(metrics.requests(RequestKind.BOUND).count()).isZero();
    assertThat(metrics.prometheus())
        .contains(
            """
            # HELP ilion_driver_request_duration_seconds Requests, from their beginning to their result.
            # TYPE ilion_driver_request_duration_seconds histogram
            ilion_driver_request_duration_seconds_bucket{kind="simple",le="1.6E-5"} 0
            """,
            """
            ilion_driver_request_duration_seconds_bucket{kind="simple",le="0.032768"} 32
            """,
            """
            ilion_driver_request_duration_seconds_bucket{kind="simple",le="16.777216"} 100
            ilion_driver_request_duration_seconds_bucket{kind="simple",le="+Inf"} 100
            ilion_driver_request_duration_seconds_sum{kind="simple"} 5.05
            ilion_driver_request_duration_seconds_count{kind="simple"} 100
            """,
            """
            ilion_driver_request_duration_seconds_bucket{kind="batch",le="16.777216"} 0
            ilion_driver_request_duration_seconds_bucket{kind="batch",le="+Inf"} 1
            """,
            """
            ilion_driver_request_errors_total{kind="batch",error="other"} 1
            """,
            """
            ilion_driver_refusals_total 1
            """);
  }

  @Test
  void nodesAreCountedEachByItself() {
    metrics.connectionOpened(SECOND);
    metrics.connectionOpened(FIRST);
    metrics.connectionOpened(FIRST);
    metrics.connectionClosed(FIRST);
    metrics.nodeAnswered(FIRST, 1_000_000, null);
    metrics.nodeAnswered(FIRST, 1_000_000, new IllegalStateException());
    metrics.retried(FIRST, new IllegalStateException());
    metrics.speculated(SECOND);
    metrics.reprepared(SECOND);
    List<NodeFigures> nodes = metrics.nodes();
    assertThat(nodes).extracting(NodeFigures::node).containsExactly(FIRST, SECOND);
    assertThat(nodes.get(0).answers().count()).isEqualTo(2);
    assertThat(nodes.get(0).answers().failures()).isEqualTo(1);
    assertThat(nodes.get(0).retries()).isEqualTo(1);
    assertThat(nodes.get(0).connectionsOpened()).isEqualTo(2);
    assertThat(nodes.get(0).connectionsClosed()).isEqualTo(1);
    assertThat(nodes.get(1).speculations()).isEqualTo(1);
    assertThat(nodes.get(1).repreparations()).isEqualTo(1);
    String labels = "{node=\"10.0.0.1:9042\",datacenter=\"the \\\"old\\\" \\\\ one\"";
    assertThat(metrics.prometheus())
        .contains("ilion_driver_node_duration_seconds_count" + labels + "} 2\n")
        .contains("ilion_driver_node_errors_total" + labels + ",error=\"other\"} 1\n")
        .contains("ilion_driver_retries_total" + labels + "} 1\n")
        .contains("ilion_driver_connections_opened_total" + labels + "} 2\n")
        .contains("ilion_driver_connections_closed_total" + labels + "} 1\n")
        .contains("ilion_driver_connections" + labels + "} 2\n")
        .contains("ilion_driver_in_flight" + labels + "} 7\n")
        .contains("ilion_driver_speculations_total{node=\"10.0.0.2:9042\"")
        .contains("ilion_driver_repreparations_total{node=\"10.0.0.2:9042\"");
  }

  /** Its last answers and the ends of its connections may come after it has left. */
  @Test
  void aNodeThatLeavesIsForgotten() {
    metrics.connectionOpened(FIRST);
    metrics.connectionOpened(SECOND);
    metrics.nodeRemoved(FIRST);
    metrics.nodeAnswered(FIRST, 1_000_000, null);
    metrics.retried(FIRST, new IllegalStateException());
    metrics.connectionClosed(FIRST);
    assertThat(metrics.nodes()).extracting(NodeFigures::node).containsExactly(SECOND);
  }
}
