package io.ilion.gossip;

import static io.ilion.gossip.Nodes.id;
import static io.ilion.gossip.Nodes.node;
import static org.assertj.core.api.Assertions.assertThat;

import io.ilion.gossip.NodeInfo.State;
import io.ilion.gossip.metadata.Change;
import io.ilion.gossip.metadata.ClusterMetadata;
import io.ilion.model.ring.Placement;
import io.ilion.model.ring.ReplicationStrategy;
import io.ilion.model.ring.Ring;
import io.ilion.model.ring.Ring.Member;
import io.ilion.model.ring.TokenRange;
import io.ilion.model.schema.KeyspaceDefinition;
import io.ilion.model.schema.Schema;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class ClusterStateTest {
  private static final KeyspaceDefinition TWICE = simple("twice", 2);

  private static KeyspaceDefinition simple(String name, int factor) {
    return new KeyspaceDefinition(
        name,
        Map.of(
            "class",
            "org.apache.cassandra.locator.SimpleStrategy",
            "replication_factor",
            Integer.toString(factor)),
        true);
  }

  private static ClusterMetadata metadata(NodeInfo... nodes) {
    Map<UUID, NodeInfo> byId = new HashMap<>();
    Stream.of(nodes).forEach(node -> byId.put(node.hostId(), node));
    return new ClusterMetadata(new UUID(0, 1), 1, Schema.EMPTY, byId, List.of(id(1)));
  }

  private static ClusterState state(NodeInfo self, NodeInfo... others) {
    return new ClusterState(
        self, metadata(Stream.concat(Stream.of(self), Stream.of(others)).toArray(NodeInfo[]::new)));
  }

  private static List<Integer> numbers(List<NodeInfo> nodes) {
    return nodes.stream().map(n -> (int) n.hostId().getLeastSignificantBits()).toList();
  }

  private static void assertReplicas(
      KeyspaceReplicas replicas, long token, List<Integer> natural, List<Integer> pending) {
    assertThat(numbers(replicas.of(token).natural())).isEqualTo(natural);
    assertThat(numbers(replicas.of(token).pending())).isEqualTo(pending);
  }

  @Test
  void aNodeAloneHasEverything() {
    ClusterState state = state(node(1, State.NORMAL, 5L, 9L));
    assertThat(state.replicas(TWICE).isLocalOnly()).isTrue();
    assertReplicas(state.replicas(TWICE), 7, List.of(1), List.of());
    ClusterState unknown = new ClusterState(node(1, State.JOINING, 5L), ClusterMetadata.NONE);
    assertThat(unknown.replicas(TWICE).isLocalOnly()).isTrue();
    assertThat(unknown.nodes()).hasSize(1);
  }

  @Test
  void whatIsLocalStaysLocal() {
    ClusterState state = state(node(1, State.NORMAL, 5L), node(2, State.NORMAL, 9L));
    KeyspaceDefinition local =
        new KeyspaceDefinition("system", Map.of("class", "LocalStrategy"), true);
    assertThat(state.replicas(local).isLocalOnly()).isTrue();
    assertThat(state.replicas(TWICE).isLocalOnly()).isFalse();
  }

  @Test
  void whoJoinsIsPending() {
    ClusterState state =
        state(node(1, State.NORMAL, 10L), node(2, State.NORMAL, 20L), node(3, State.JOINING, 15L));
    KeyspaceReplicas replicas = state.replicas(TWICE);
    assertThat(replicas.ranges())
        .containsExactly(new TokenRange(20, 10), new TokenRange(10, 15), new TokenRange(15, 20));
    assertReplicas(replicas, 10, List.of(1, 2), List.of(3));
    assertReplicas(replicas, 12, List.of(2, 1), List.of(3));
    assertReplicas(replicas, 16, List.of(2, 1), List.of());
  }

  @Test
  void whoInheritsFromALeavingNodeIsPending() {
    ClusterState state =
        state(node(1, State.NORMAL, 10L), node(2, State.LEAVING, 20L), node(3, State.NORMAL, 30L));
    assertReplicas(state.replicas(TWICE), 15, List.of(2, 3), List.of(1));
    assertReplicas(state.replicas(TWICE), 5, List.of(1, 2), List.of(3));
    assertReplicas(state.replicas(TWICE), 25, List.of(3, 1), List.of());
  }

  @Test
  void whoReplacesTakesTheTokens() {
    ClusterState state =
        state(node(1, State.NORMAL, 10L), node(2, State.NORMAL, 20L), node(3, State.JOINING, 20L));
    assertReplicas(state.replicas(simple("once", 1)), 15, List.of(2), List.of(3));
    assertReplicas(state.replicas(simple("once", 1)), 5, List.of(1), List.of());
    assertReplicas(state.replicas(TWICE), 5, List.of(1, 2), List.of(3));
  }

  @Test
  void placementsFollowTheRing() {
    ClusterState state = state(node(1, State.NORMAL, 10L), node(2, State.NORMAL, 20L));
    KeyspaceReplicas before = state.replicas(TWICE);
    assertThat(state.replicas(TWICE)).isSameAs(before);
    KeyspaceDefinition altered = TWICE.withReplication(TWICE.replication(), false);
    state.apply(state.metadata().with(List.of(new Change.PutKeyspace(altered))));
    assertThat(state.replicas(altered)).isSameAs(before);
    assertThat(state.replicas(simple("twice", 1))).isNotSameAs(before);
    state.apply(state.metadata().with(List.of(new Change.PutNode(node(2, State.LEFT)))));
    assertThat(state.nodes()).hasSize(1);
    assertThat(state.node(id(2))).isNotNull();
    assertThat(state.replicas(TWICE).isLocalOnly()).isTrue();
  }

  @Test
  void listenersAreToldOnce() {
    ClusterState state = state(node(1, State.NORMAL, 10L), node(2, State.NORMAL, 20L));
    List<String> told = new ArrayList<>();
    state.listen(
        new ClusterView.Listener() {
          @Override
          public void up(NodeInfo node) {
            told.add("up " + node.address().host());
          }

          @Override
          public void down(NodeInfo node) {
            told.add("down " + node.address().host());
          }

          @Override
          public void serving(NodeInfo node, boolean isServing) {
            told.add((isServing ? "serving " : "refusing ") + node.address().host());
          }

          @Override
          public void changed(long epoch) {
            told.add("epoch " + epoch);
          }
        });
    assertThat(state.isAlive(id(1))).isTrue();
    assertThat(state.isAlive(id(2))).isFalse();
    state.setAlive(id(2), true);
    state.setAlive(id(2), true);
    state.setServing(id(2), true);
    state.setServing(id(2), true);
    state.setServing(id(2), false);
    state.setServing(id(2), true);
    assertThat(state.isServing(id(2))).isTrue();
    state.setAlive(id(2), false);
    assertThat(state.isServing(id(2))).isFalse();
    ClusterMetadata next = state.metadata().with(List.of());
    state.apply(next);
    state.apply(next);
    assertThat(told)
        .containsExactly(
            "up node2",
            "serving node2",
            "refusing node2",
            "serving node2",
            "down node2",
            "refusing node2",
            "epoch 2");
  }

  /** Against placements of the two rings, asked for random tokens. */
  @Test
  void pendingIsTheFutureWithoutThePresent() {
    for (long seed = 0; seed < 200; seed++) {
      Random random = new Random(seed);
      List<NodeInfo> nodes = new ArrayList<>();
      int count = 1 + random.nextInt(6);
      for (int i = 0; i <= count; i++) {
        State anyState = State.values()[random.nextInt(4)];
        List<Long> tokens = Stream.generate(random::nextLong).limit(4).toList();
        nodes.add(
            node(
                i,
                "dc" + i % 2,
                "rack" + random.nextInt(2),
                i == 0 ? State.NORMAL : anyState,
                anyState == State.LEFT && i > 0 ? List.of() : tokens));
      }
      KeyspaceDefinition keyspace =
          random.nextBoolean()
              ? simple("k", 1 + random.nextInt(3))
              : new KeyspaceDefinition(
                  "k", Map.of("class", "NetworkTopologyStrategy", "dc0", "2", "dc1", "1"), true);
      ReplicationStrategy strategy = ReplicationStrategy.of(keyspace.replication());
      ClusterState state = state(nodes.get(0), nodes.toArray(NodeInfo[]::new));
      Placement now = placement(nodes, strategy, State.NORMAL, State.LEAVING);
      Placement then = placement(nodes, strategy, State.NORMAL, State.JOINING);
      for (int i = 0; i < 100; i++) {
        long token = random.nextLong();
        ReplicaSet set = state.replicas(keyspace).of(token);
        List<String> natural = new ArrayList<>(names(now.replicas(token)));
        List<String> pending = new ArrayList<>(names(then.replicas(token)));
        pending.removeAll(natural);
        assertThat(ids(set.natural())).describedAs("seed %d", seed).isEqualTo(natural);
        assertThat(ids(set.pending())).describedAs("seed %d", seed).isEqualTo(pending);
        natural.removeAll(names(then.replicas(token)));
        assertThat(ids(set.leaving())).describedAs("seed %d", seed).isEqualTo(natural);
      }
      for (TokenRange range : state.replicas(keyspace).ranges()) {
        ReplicaSet set = state.replicas(keyspace).of(range.end());
        assertThat(state.replicas(keyspace).of(range.start() + 1))
            .describedAs("seed %d", seed)
            .isEqualTo(set);
      }
    }
  }

  private static Placement placement(
      Collection<NodeInfo> nodes, ReplicationStrategy strategy, State one, State other) {
    Map<Member, List<Long>> tokens = new HashMap<>();
    for (NodeInfo node : nodes) {
      if (node.state() == one || node.state() == other) {
        tokens.put(
            new Member(node.hostId().toString(), node.datacenter(), node.rack()), node.tokens());
      }
    }
    return new Placement(Ring.of(tokens), strategy);
  }

  private static List<String> names(List<Member> members) {
    return members.stream().map(Member::name).toList();
  }

  private static List<String> ids(List<NodeInfo> nodes) {
    return nodes.stream().map(node -> node.hostId().toString()).toList();
  }
}
