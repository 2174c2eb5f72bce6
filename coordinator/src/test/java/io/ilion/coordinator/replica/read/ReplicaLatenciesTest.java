package io.ilion.coordinator.replica.read;

import static org.assertj.core.api.Assertions.assertThat;

import io.ilion.gossip.NodeInfo;
import io.ilion.runtime.NodeAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class ReplicaLatenciesTest {
  private static final long MILLISECOND = 1_000_000;
  private static final long SECOND = 1_000 * MILLISECOND;

  private final NodeInfo self = node(1, "here");
  private final NodeInfo near = node(2, "here");
  private final NodeInfo other = node(3, "here");
  private final NodeInfo far = node(4, "there");
  private final ReplicaLatencies latencies = new ReplicaLatencies(self);

  private static NodeInfo node(int number, String datacenter) {
    NodeAddress address = new NodeAddress("127.0.0." + number, 7000);
    return new NodeInfo(
        new UUID(0, number),
        address,
        address,
        datacenter,
        "rack1",
        NodeInfo.State.NORMAL,
        List.of((long) number),
        "5.0.8");
  }

  private List<NodeInfo> ordered(long now, NodeInfo... nodes) {
    List<NodeInfo> ordered = new ArrayList<>(List.of(nodes));
    ordered.sort(latencies.order(now));
    return ordered;
  }

  @Test
  void nobodyWasMeasured() {
    assertThat(ordered(SECOND, far, near, other, self)).containsExactly(self, near, other, far);
  }

  @Test
  void theFasterComesFirst() {
    for (int i = 0; i < 50; i++) {
      latencies.add(self, 20 * MILLISECOND, SECOND);
      latencies.add(near, 5 * MILLISECOND, SECOND);
      latencies.add(other, MILLISECOND, SECOND);
      latencies.add(far, MILLISECOND / 10, SECOND);
    }
    assertThat(ordered(SECOND, self, near, other, far)).containsExactly(other, near, self, far);
  }

  @Test
  void whatHasFadedIsForgotten() {
    latencies.add(near, 20 * MILLISECOND, SECOND);
    latencies.add(other, MILLISECOND, SECOND);
    assertThat(latencies.measured()).isEqualTo(2);
    latencies.add(far, MILLISECOND, 50 * SECOND);
    assertThat(latencies.measured()).isEqualTo(2);
    latencies.add(self, MILLISECOND, 1_000 * SECOND);
    assertThat(latencies.measured()).isEqualTo(1);
  }

  @Test
  void oneThatWasSlowIsTriedAgain() {
    latencies.add(near, 20 * MILLISECOND, SECOND);
    latencies.add(other, MILLISECOND, SECOND);
    assertThat(ordered(SECOND, near, other)).containsExactly(other, near);
    latencies.add(other, MILLISECOND, 120 * SECOND);
    assertThat(ordered(120 * SECOND, near, other)).containsExactly(near, other);
  }
}
