package io.ilion.coordinator.replica;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.ilion.gossip.NodeInfo;
import io.ilion.model.Consistency;
import io.ilion.model.ring.ReplicationStrategy;
import io.ilion.runtime.NodeAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class ReplicaArithmeticTest {
  private static final ReplicaArithmetic SIMPLE =
      new ReplicaArithmetic(new ReplicationStrategy.Simple(3), "dc1");
  private static final ReplicaArithmetic TOPOLOGY =
      new ReplicaArithmetic(
          new ReplicationStrategy.NetworkTopology(Map.of("dc1", 3, "dc2", 5)), "dc1");

  private static List<NodeInfo> nodes(String... datacenters) {
    List<NodeInfo> nodes = new ArrayList<>();
    for (String datacenter : datacenters) {
      nodes.add(
          new NodeInfo(
              new UUID(0, nodes.size()),
              new NodeAddress("n" + nodes.size(), 7000),
              new NodeAddress("n" + nodes.size(), 9042),
              datacenter,
              "rack1",
              NodeInfo.State.NORMAL,
              List.of(),
              "1"));
    }
    return nodes;
  }

  @Test
  void eachLevelAsksForItsNumber() {
    assertThat(table(SIMPLE, List.of()))
        .isEqualTo(
            "ANY 1, ONE 1, TWO 2, THREE 3, QUORUM 2, ALL 3, LOCAL_QUORUM 2, EACH_QUORUM 2,"
                + " SERIAL 2, LOCAL_SERIAL 2, LOCAL_ONE 1");
    assertThat(table(TOPOLOGY, List.of()))
        .isEqualTo(
            "ANY 1, ONE 1, TWO 2, THREE 3, QUORUM 5, ALL 8, LOCAL_QUORUM 2, EACH_QUORUM 5,"
                + " SERIAL 5, LOCAL_SERIAL 2, LOCAL_ONE 1");
  }

  @Test
  void pendingReplicasAreWaitedForToo() {
    assertThat(table(TOPOLOGY, nodes("dc1", "dc2", "dc2")))
        .isEqualTo(
            "ANY 1, ONE 4, TWO 5, THREE 6, QUORUM 8, ALL 11, LOCAL_QUORUM 3, EACH_QUORUM 8,"
                + " SERIAL 8, LOCAL_SERIAL 3, LOCAL_ONE 2");
  }

  private static String table(ReplicaArithmetic arithmetic, List<NodeInfo> pending) {
    List<String> parts = new ArrayList<>();
    for (Consistency level : Consistency.values()) {
      parts.add(level + " " + arithmetic.blockForWrite(level, pending));
    }
    return String.join(", ", parts);
  }

  @Test
  void tooFewLiveReplicasAreToldWithTheirNumbers() {
    List<NodeInfo> live = nodes("dc1", "dc2", "dc2");
    assertThat(refusal(Consistency.QUORUM, live)).isEqualTo("QUORUM 5 3");
    assertThat(refusal(Consistency.ALL, live)).isEqualTo("ALL 8 3");
    assertThat(refusal(Consistency.LOCAL_QUORUM, live)).isEqualTo("LOCAL_QUORUM 2 1");
    assertThat(refusal(Consistency.EACH_QUORUM, live)).isEqualTo("EACH_QUORUM in DC dc1 2 0");
    assertThat(refusal(Consistency.LOCAL_ONE, nodes("dc2"))).isEqualTo("LOCAL_ONE 1 0");
    for (Consistency level :
        List.of(
            Consistency.ANY,
            Consistency.ONE,
            Consistency.TWO,
            Consistency.THREE,
            Consistency.LOCAL_ONE)) {
      assertThatCode(() -> TOPOLOGY.requireLiveForRead(level, live)).doesNotThrowAnyException();
    }
  }

  private static String refusal(Consistency level, List<NodeInfo> live) {
    UnavailableException e =
        catchThrowableOfType(
            UnavailableException.class, () -> TOPOLOGY.requireLiveForWrite(level, live, List.of()));
    String prefix = "Cannot achieve consistency level ";
    assertThat(e.getMessage()).startsWith(prefix);
    return e.getMessage().substring(prefix.length()) + " " + e.required() + " " + e.alive();
  }
}
