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
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class TokenAllocatorTest {

  private static List<NodeInfo> grow(long seed, int count, int racks) {
    SplittableRandom random = new SplittableRandom(seed);
    List<NodeInfo> ring = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      String rack = "r" + i % racks;
      List<Long> tokens = TokenAllocator.allocate(ring, rack, 16, 3, random);
      ring.add(Nodes.node(i, "dc1", rack, State.NORMAL, tokens));
    }
    return ring;
  }

  /** By how much the largest share is greater than the smallest. */
  private static double spread(List<NodeInfo> ring, int replicas) {
    Map<Member, List<Long>> tokens = new HashMap<>();
    for (NodeInfo node : ring) {
      tokens.put(
          new Member(node.hostId().toString(), node.datacenter(), node.rack()), node.tokens());
    }
    Placement placement =
        new Placement(
            Ring.of(tokens), new ReplicationStrategy.NetworkTopology(Map.of("dc1", replicas)));
    double[] shares = tokens.keySet().stream().mapToDouble(placement::ownership).toArray();
    double most = Arrays.stream(shares).max().orElseThrow();
    double least = Arrays.stream(shares).min().orElseThrow();
    return most / least - 1;
  }

  @Test
  void equalNodesOwnEqualShares() {
    for (int racks : new int[] {1, 3}) {
      for (long seed = 1; seed <= 2; seed++) {
        List<NodeInfo> all = grow(seed, 12, racks);
        for (int count = racks == 1 ? 2 : 3; count <= all.size(); count += racks) {
          assertThat(spread(all.subList(0, count), 3))
              .describedAs("seed %d, %d nodes in %d racks", seed, count, racks)
              .isLessThan(0.15);
          assertThat(spread(all.subList(0, count), 1))
              .describedAs("seed %d, %d nodes in %d racks", seed, count, racks)
              .isLessThan(0.25);
        }
      }
    }
  }

  @Test
  void whoComesAfterOneThatLeftEvensItOut() {
    SplittableRandom random = new SplittableRandom(7);
    List<NodeInfo> ring = new ArrayList<>(grow(7, 8, 1));
    for (int i = 0; i < 8; i++) {
      ring.remove(random.nextInt(ring.size()));
      List<Long> tokens = TokenAllocator.allocate(ring, "r0", 16, 3, random);
      ring.add(Nodes.node(100 + i, "dc1", "r0", State.NORMAL, tokens));
    }
    assertThat(spread(ring, 3)).isLessThan(0.3);
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
}
