package io.ilion.coordinator.replica;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.ilion.gossip.NodeInfo;
import io.ilion.gossip.ReplicaSet;
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

  /** Of eight replicas one in the data centre of the coordinator makes room for another there. */
  @Test
  void whatIsReadIsOnAQuorumToComeIfEnoughWhoStayOrComeHaveIt() {
    List<NodeInfo> all = nodes("dc1", "dc1", "dc1", "dc2", "dc2", "dc2", "dc2", "dc2", "dc1");
    NodeInfo leaving = all.get(0);
    NodeInfo coming = all.get(8);
    ReplicaSet set = new ReplicaSet(all.subList(0, 8), List.of(coming), List.of(leaving));
    List<NodeInfo> staying = all.subList(1, 3);
    List<NodeInfo> mixed = List.of(leaving, all.get(1));
    List<NodeInfo> three = List.of(leaving, all.get(1), coming);
    for (Consistency local : List.of(Consistency.LOCAL_QUORUM, Consistency.LOCAL_SERIAL)) {
      assertThat(TOPOLOGY.isOnQuorumToCome(local, set, staying)).isTrue();
      assertThat(TOPOLOGY.isOnQuorumToCome(local, set, mixed)).isFalse();
      assertThat(TOPOLOGY.isOnQuorumToCome(local, set, three)).isTrue();
    }
    assertThat(TOPOLOGY.isOnQuorumToCome(Consistency.QUORUM, set, all.subList(0, 5))).isFalse();
    assertThat(TOPOLOGY.isOnQuorumToCome(Consistency.QUORUM, set, all.subList(0, 6))).isTrue();
    assertThat(TOPOLOGY.isOnQuorumToCome(Consistency.EACH_QUORUM, set, all.subList(0, 8))).isTrue();
    List<NodeInfo> each = List.of(leaving, all.get(1), all.get(3), all.get(4), all.get(5));
    assertThat(TOPOLOGY.isOnQuorumToCome(Consistency.EACH_QUORUM, set, each)).isFalse();
    assertThat(TOPOLOGY.isOnQuorumToCome(Consistency.ONE, set, List.of(leaving))).isTrue();
    assertThat(TOPOLOGY.isOnQuorumToCome(Consistency.TWO, set, mixed)).isTrue();
    // Of two, both were asked: one that stays is enough.
    ReplicaArithmetic two = new ReplicaArithmetic(new ReplicationStrategy.Simple(2), "dc1");
    ReplicaSet pair = new ReplicaSet(mixed, List.of(coming), List.of(leaving));
    assertThat(two.isOnQuorumToCome(Consistency.QUORUM, pair, mixed)).isTrue();
    assertThat(two.isOnQuorumToCome(Consistency.QUORUM, pair, List.of(leaving))).isFalse();
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
