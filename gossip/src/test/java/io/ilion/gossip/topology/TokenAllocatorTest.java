package io.ilion.gossip.topology;

import static org.assertj.core.api.Assertions.assertThat;

import io.ilion.gossip.NodeInfo;
import io.ilion.gossip.NodeInfo.State;
import io.ilion.gossip.Nodes;
import io.ilion.model.ring.Placement;
import io.ilion.model.ring.ReplicationStrategy;
import io.ilion.model.ring.Ring;
import io.ilion.model.ring.Ring.Member;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TokenAllocatorTest {

  private static NodeInfo newcomer(List<NodeInfo> ring, String rack, SplittableRandom random) {
    int number = ring.isEmpty() ? 0 : number(ring.getLast()) + 1;
    List<Long> tokens = TokenAllocator.allocate(ring, rack, 16, 3, random);
    return Nodes.node(number, "dc1", rack, State.NORMAL, tokens);
  }

  private static int number(NodeInfo node) {
    return (int) node.hostId().getLeastSignificantBits();
  }

  private static List<NodeInfo> grow(long seed, int count, int racks) {
    SplittableRandom random = new SplittableRandom(seed);
    List<NodeInfo> ring = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      ring.add(newcomer(ring, "r" + i % racks, random));
    }
    return ring;
  }

  /** By how much the largest share of a node is greater than the smallest in its rack. */
  private static double spread(List<NodeInfo> nodes, int replicas) {
    Map<Member, List<Long>> tokens = new HashMap<>();
    for (NodeInfo node : nodes) {
      tokens.put(
          new Member(node.hostId().toString(), node.datacenter(), node.rack()), node.tokens());
    }
    Ring ring = Ring.of(tokens);
    Placement placement =
        new Placement(ring, new ReplicationStrategy.NetworkTopology(Map.of("dc1", replicas)));
    Map<String, Map<Member, Double>> shares = new HashMap<>();
    for (int range = 0; range < ring.size(); range++) {
      double share = ring.range(range).share();
      for (Member member : placement.replicasOfRange(range)) {
        shares
            .computeIfAbsent(member.rack(), rack -> new HashMap<>())
            .merge(member, share, Double::sum);
      }
    }
    return shares.values().stream()
        .map(Map::values)
        .mapToDouble(ofRack -> Collections.max(ofRack) / Collections.min(ofRack) - 1)
        .max()
        .orElseThrow();
  }

  /** Whatever a keyspace's replication factor, and at every size on the way. */
  @ParameterizedTest
  @CsvSource({"1, 1, 60", "2, 1, 20", "3, 2, 30", "4, 3, 60", "5, 3, 20"})
  void equalNodesOwnEqualSharesWhileAClusterGrows(long seed, int racks, int most) {
    List<NodeInfo> all = grow(seed, most, racks);
    for (int count = 2; count <= all.size(); count++) {
      for (int replicas = 1; replicas <= 3; replicas++) {
        assertThat(spread(all.subList(0, count), replicas))
            .describedAs("seed %d, %d nodes in %d racks, %d replicas", seed, count, racks, replicas)
            .isLessThan(0.15);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3})
  void whoComesAfterOneThatLeftEvensItOut(int racks) {
    SplittableRandom random = new SplittableRandom(7);
    List<NodeInfo> ring = new ArrayList<>(grow(7, 12, racks));
    for (int i = 0; i < 8; i++) {
      NodeInfo left = ring.remove(random.nextInt(ring.size()));
      ring.add(newcomer(ring, left.rack(), random));
      for (int replicas = 1; replicas <= 3; replicas++) {
        assertThat(spread(ring, replicas)).isLessThan(0.15);
      }
    }
  }

  @Test
  void oneSeedGivesOneChoice() {
    assertThat(grow(5, 5, 2)).isEqualTo(grow(5, 5, 2));
    assertThat(grow(5, 5, 2).stream().flatMap(node -> node.tokens().stream()).distinct())
        .hasSize(5 * 16);
  }

  @Test
  void aSmallRingHasPlacesToo() {
    SplittableRandom random = new SplittableRandom(3);
    List<NodeInfo> ring = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      List<Long> tokens = TokenAllocator.allocate(ring, "r", 1, 3, random);
      assertThat(tokens).hasSize(1);
      ring.add(Nodes.node(i, "dc1", "r", State.NORMAL, tokens));
    }
    assertThat(spread(ring, 1)).isLessThan(1.5);
  }

  @Test
  void alsoAnUnevenRingOfAThousandNodes() {
    SplittableRandom random = new SplittableRandom(11);
    List<NodeInfo> ring = new ArrayList<>();
    for (int i = 0; i < 1000; i++) {
      List<Long> tokens = random.longs(16).boxed().toList();
      ring.add(Nodes.node(i, "dc1", "r" + i % 3, State.NORMAL, tokens));
    }
    assertThat(TokenAllocator.allocate(ring, "r0", 16, 3, random)).hasSize(16);
  }

  /** Rows whose third replica can only be the one node of its rack: each walk there is long. */
  @Test
  void alsoARingWithARackOfOneNode() {
    SplittableRandom random = new SplittableRandom(12);
    List<NodeInfo> ring = new ArrayList<>();
    for (int i = 0; i < 300; i++) {
      List<Long> tokens = random.longs(16).boxed().toList();
      String rack = i == 0 ? "alone" : "r" + i % 2;
      ring.add(Nodes.node(i, "dc1", rack, State.NORMAL, tokens));
    }
    assertThat(TokenAllocator.allocate(ring, "r0", 16, 3, random)).hasSize(16);
  }
}
