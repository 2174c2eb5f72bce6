package io.ilion.gossip.topology;

import static io.ilion.gossip.Nodes.id;
import static io.ilion.gossip.Nodes.node;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ilion.gossip.NodeInfo;
import io.ilion.gossip.NodeInfo.State;
import io.ilion.gossip.metadata.Change;
import io.ilion.gossip.metadata.ClusterMetadata;
import io.ilion.gossip.metadata.MetadataCodec;
import io.ilion.model.schema.KeyspaceDefinition;
import io.ilion.model.schema.Schema;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class TopologyTest {
  private final SplittableRandom random = new SplittableRandom(1);
  private ClusterMetadata metadata =
      new ClusterMetadata(
          new UUID(0, 1),
          1,
          Schema.EMPTY,
          Map.of(id(1), node(1, State.NORMAL, 0L, 1L << 62)),
          List.of(id(1)));

  private void make(List<Change> changes) {
    metadata = metadata.with(changes);
  }

  private State state(int number) {
    return metadata.node(id(number)).state();
  }

  private void join(int number) {
    make(Topology.beginJoin(metadata, node(number, State.NORMAL), 4, random));
    make(Topology.finishJoin(metadata, id(number)));
  }

  /** A simple strategy has its replicas in the ring, whatever data centres that has. */
  @Test
  void aNodeOfOneOfTwoDataCentresLeavesWhereReplicasAreSimple() {
    make(
        List.of(
            new Change.PutKeyspace(
                new KeyspaceDefinition(
                    "k", Map.of("class", "SimpleStrategy", "replication_factor", "3"), true))));
    for (int i = 2; i <= 6; i++) {
      make(
          List.of(
              new Change.PutNode(
                  node(i, i > 3 ? "dc2" : "dc1", "rack1", State.NORMAL, List.of(1000L * i)))));
    }
    make(Topology.beginLeave(metadata, id(6), false));
    assertThat(state(6)).isEqualTo(State.LEAVING);
  }

  @Test
  void nodesJoinOneAfterAnother() {
    make(Topology.beginJoin(metadata, node(2, State.NORMAL), 4, random));
    assertThat(state(2)).isEqualTo(State.JOINING);
    assertThat(metadata.node(id(2)).tokens()).hasSize(4);
    assertThat(Topology.beginJoin(metadata, node(2, State.NORMAL), 4, random)).isEmpty();
    assertThatThrownBy(() -> Topology.beginJoin(metadata, node(3, State.NORMAL), 4, random))
        .isInstanceOfSatisfying(
            TopologyException.class, refusal -> assertThat(refusal.isLater()).isTrue());
    make(Topology.finishJoin(metadata, id(2)));
    assertThat(state(2)).isEqualTo(State.NORMAL);
    assertThat(Topology.finishJoin(metadata, id(2))).isEmpty();
    join(3);
    assertThat(state(3)).isEqualTo(State.NORMAL);
  }

  @Test
  void whoseJoinIsGivenUpDoesNotComeBack() {
    make(Topology.beginJoin(metadata, node(2, State.NORMAL), 4, random));
    make(Topology.abortJoin(metadata, id(2)));
    assertThat(state(2)).isEqualTo(State.LEFT);
    assertThatThrownBy(() -> Topology.beginJoin(metadata, node(2, State.NORMAL), 4, random))
        .isInstanceOf(TopologyException.class);
    join(3);
  }

  @Test
  void tokensOfAnotherDataCentreAreNotTaken() {
    NodeInfo far = node(2, "dc2", "rack1", State.NORMAL, List.of());
    for (long seed = 0; seed < 20; seed++) {
      List<Change> first = Topology.beginJoin(metadata, far, 2, new SplittableRandom(seed));
      ClusterMetadata other =
          new ClusterMetadata(new UUID(0, 1), 1, Schema.EMPTY, Map.of(), List.of(id(1)))
              .with(first);
      NodeInfo third = node(3, "dc3", "rack1", State.NORMAL, List.of());
      ClusterMetadata both = other.with(Topology.finishJoin(other, id(2)));
      both = both.with(Topology.beginJoin(both, third, 2, new SplittableRandom(seed)));
      assertThat(both.node(id(3)).tokens()).doesNotContainAnyElementsOf(both.node(id(2)).tokens());
    }
  }

  @Test
  void nodesLeaveAndDoNotComeBack() {
    join(2);
    make(Topology.beginLeave(metadata, id(2), false));
    assertThat(state(2)).isEqualTo(State.LEAVING);
    assertThat(metadata.node(id(2)).tokens()).isNotEmpty();
    assertThat(Topology.beginLeave(metadata, id(2), false)).isEmpty();
    make(Topology.finishLeave(metadata, id(2)));
    assertThat(state(2)).isEqualTo(State.LEFT);
    assertThat(metadata.node(id(2)).tokens()).isEmpty();
    assertThatThrownBy(() -> Topology.beginJoin(metadata, node(2, State.NORMAL), 4, random))
        .isInstanceOf(TopologyException.class);
  }

  @Test
  void theMetadataStayBoundedWhoeverComesAndGoes() {
    join(2);
    make(Topology.beginLeave(metadata, id(2), false));
    make(Topology.finishLeave(metadata, id(2)));
    make(List.of(new Change.SetVoters(List.of(id(1), id(2)))));
    int last = 2 + Topology.MAX_LEFT + 100;
    for (int number = 3; number <= last; number++) {
      make(Topology.beginJoin(metadata, node(number, State.NORMAL), 4, random));
      switch (number % 3) {
        case 0 -> make(Topology.abortJoin(metadata, id(number)));
        case 1 -> {
          make(Topology.finishJoin(metadata, id(number)));
          make(Topology.beginLeave(metadata, id(number), false));
          make(Topology.finishLeave(metadata, id(number)));
        }
        default -> {
          make(Topology.finishJoin(metadata, id(number)));
          int successor = number + 100_000;
          make(Topology.beginReplace(metadata, node(successor, State.NORMAL), id(number)));
          make(Topology.finishJoin(metadata, id(successor)));
          make(Topology.beginLeave(metadata, id(successor), false));
          make(Topology.finishLeave(metadata, id(successor)));
        }
      }
      // Node 1 is there, and node 2 votes.
      assertThat(metadata.nodes().size()).as("after %d", number).isLessThan(3 + Topology.MAX_LEFT);
      assertThat(state(number)).isEqualTo(State.LEFT);
      if (number % 100 == 0) {
        metadata = MetadataCodec.decode(MetadataCodec.encode(metadata));
      }
    }
    assertThat(state(2)).isEqualTo(State.LEFT);
    List<UUID> newest = new ArrayList<>();
    for (int number = last; newest.size() < Topology.MAX_LEFT; number--) {
      if (number % 3 == 2) {
        newest.add(id(number + 100_000));
      }
      newest.add(id(number));
    }
    assertThat(metadata.nodes().keySet())
        .containsExactlyInAnyOrderElementsOf(
            Stream.concat(Stream.of(id(1), id(2)), newest.stream().limit(Topology.MAX_LEFT))
                .toList());
  }

  @Test
  void whoVotesHasNotLeftYet() {
    join(2);
    make(Topology.beginLeave(metadata, id(1), false));
    assertThatThrownBy(() -> Topology.finishLeave(metadata, id(1)))
        .isInstanceOfSatisfying(
            TopologyException.class, refusal -> assertThat(refusal.isLater()).isTrue());
    make(Topology.abortLeave(metadata, id(1)));
    assertThat(state(1)).isEqualTo(State.NORMAL);
  }

  @Test
  void asManyNodesStayAsThereAreReplicas() {
    join(2);
    make(
        List.of(
            new Change.PutKeyspace(
                new KeyspaceDefinition(
                    "k", Map.of("class", "NetworkTopologyStrategy", "dc1", "2"), true))));
    assertThatThrownBy(() -> Topology.beginLeave(metadata, id(2), false))
        .isInstanceOf(TopologyException.class)
        .hasMessageContaining("Not enough live nodes to maintain replication factor in keyspace k");
    make(Topology.beginLeave(metadata, id(2), true));
    make(Topology.finishLeave(metadata, id(2)));
    assertThatThrownBy(() -> Topology.beginLeave(metadata, id(1), true))
        .isInstanceOf(TopologyException.class);
  }

  @Test
  void aDeadNodeIsReplaced() {
    join(2);
    List<Long> tokens = metadata.node(id(2)).tokens();
    assertThatThrownBy(
            () ->
                Topology.beginReplace(
                    metadata, node(3, "dc1", "rack2", State.NORMAL, List.of()), id(2)))
        .isInstanceOf(TopologyException.class);
    make(Topology.beginReplace(metadata, node(3, State.NORMAL), id(2)));
    assertThat(metadata.node(id(3)).tokens()).isEqualTo(tokens);
    assertThat(Topology.replaced(metadata, metadata.node(id(3)))).isEqualTo(metadata.node(id(2)));
    make(Topology.finishJoin(metadata, id(3)));
    assertThat(state(3)).isEqualTo(State.NORMAL);
    assertThat(state(2)).isEqualTo(State.LEFT);
  }
}
