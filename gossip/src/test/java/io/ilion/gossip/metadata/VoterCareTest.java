package io.ilion.gossip.metadata;

import static org.assertj.core.api.Assertions.assertThat;

import io.ilion.gossip.NodeInfo;
import io.ilion.gossip.NodeInfo.State;
import io.ilion.gossip.Nodes;
import io.ilion.model.schema.Schema;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class VoterCareTest {
  private static final long SECOND = 1_000_000_000L;

  private final Set<UUID> dead = new HashSet<>();
  private final Map<UUID, NodeInfo> nodes = new LinkedHashMap<>();
  private final VoterCare care = new VoterCare(id -> !dead.contains(id));
  private List<UUID> voters = List.of();
  private long nanos;

  private void cluster(int size) {
    for (int i = 1; i <= size; i++) {
      nodes.put(Nodes.id(i), Nodes.node(i, State.NORMAL));
    }
    voters = List.copyOf(nodes.keySet());
  }

  private void put(int node, State state) {
    nodes.put(Nodes.id(node), nodes.get(Nodes.id(node)).in(state));
  }

  /** Steps until none is left to take, for two minutes; each must be possible. */
  private void settle() {
    for (int i = 0; i < 120; i++) {
      ClusterMetadata now = new ClusterMetadata(Nodes.id(99), 1, Schema.EMPTY, nodes, voters);
      nanos += SECOND;
      if (care.isDue(now, nanos)) {
        long alive = voters.stream().filter(id -> !dead.contains(id)).count();
        assertThat(alive).as("of %s", voters).isGreaterThan(voters.size() / 2);
        for (Change change : care.next(now, nanos)) {
          voters = ((Change.SetVoters) change).voters();
        }
      }
    }
  }

  private static UUID[] ids(int... numbers) {
    return Arrays.stream(numbers).mapToObj(Nodes::id).toArray(UUID[]::new);
  }

  @Test
  void oneThatIsDownVotesOnUnlessAnotherTakesItsPlace() {
    cluster(3);
    dead.add(Nodes.id(3));
    settle();
    assertThat(voters).containsExactly(ids(1, 2, 3));
    nodes.put(Nodes.id(4), Nodes.node(4, State.NORMAL));
    settle();
    assertThat(voters).containsExactly(ids(1, 2, 4));
  }

  /** The two that were left, one of them down, could decide nothing any more. */
  @Test
  void oneThatLeavesVotesOnWhileOthersAreDown() {
    cluster(3);
    dead.add(Nodes.id(3));
    put(2, State.LEAVING);
    ClusterMetadata now = new ClusterMetadata(Nodes.id(99), 1, Schema.EMPTY, nodes, voters);
    assertThat(care.isDue(now, ++nanos)).isFalse();
    settle();
    assertThat(voters).containsExactly(ids(1));
  }

  @Test
  void oneThatLeavesGivesItsVoteAway() {
    cluster(5);
    put(4, State.LEAVING);
    settle();
    assertThat(voters).containsExactly(ids(1, 2, 3));
    put(3, State.LEFT);
    dead.add(Nodes.id(3));
    settle();
    assertThat(voters).containsExactly(ids(1, 2, 5));
  }
}
