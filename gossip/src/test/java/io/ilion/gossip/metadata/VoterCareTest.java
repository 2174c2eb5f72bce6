package io.ilion.gossip.metadata;

import static org.assertj.core.api.Assertions.assertThat;

import io.ilion.gossip.NodeInfo;
import io.ilion.gossip.NodeInfo.State;
import io.ilion.gossip.Nodes;
import io.ilion.model.schema.Schema;
import java.util.ArrayList;
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

  /** Those that have died and are believed to be alive. */
  private final Set<UUID> silent = new HashSet<>();

  private final Map<UUID, NodeInfo> nodes = new LinkedHashMap<>();
  private final VoterCare care = new VoterCare(id -> !dead.contains(id));
  private List<UUID> voters = List.of();
  private final List<Integer> sizes = new ArrayList<>();
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

  private boolean answers(UUID voter) {
    return !dead.contains(voter) && !silent.contains(voter);
  }

  /** Steps until none is left to take, for two minutes; each must be possible. */
  private void settle() {
    for (int i = 0; i < 120; i++) {
      ClusterMetadata now = new ClusterMetadata(Nodes.id(99), 1, Schema.EMPTY, nodes, voters);
      nanos += SECOND;
      if (care.isDue(now, this::answers, nanos)) {
        long alive = voters.stream().filter(this::answers).count();
        assertThat(alive).as("of %s", voters).isGreaterThan(voters.size() / 2);
        for (Change change : care.next(now, this::answers, nanos)) {
          voters = ((Change.SetVoters) change).voters();
          sizes.add(voters.size());
        }
        alive = voters.stream().filter(this::answers).count();
        assertThat(alive).as("of %s", voters).isGreaterThan(voters.size() / 2);
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
    assertThat(care.isDue(now, this::answers, ++nanos)).isFalse();
    settle();
    assertThat(voters).containsExactly(ids(1));
  }

  @Test
  void oneThatLeavesVotesOnUntilItIsKnownWhoDied() {
    cluster(3);
    nodes.put(Nodes.id(4), Nodes.node(4, State.NORMAL));
    silent.add(Nodes.id(3));
    put(2, State.LEAVING);
    settle();
    assertThat(voters).containsExactly(ids(1, 2, 3));
    dead.add(Nodes.id(3));
    settle();
    assertThat(voters).containsExactly(ids(1));
  }

  /** Of two voters none can be lost, so the next step does not wait for the next look. */
  @Test
  void twoVoteNoLongerThanADecisionTakes() {
    cluster(3);
    put(2, State.LEAVING);
    for (int size = 3; size > 1; size--) {
      ClusterMetadata now = new ClusterMetadata(Nodes.id(99), 1, Schema.EMPTY, nodes, voters);
      assertThat(care.isDue(now, this::answers, nanos)).as("of %s", voters).isTrue();
      Change step = care.next(now, this::answers, nanos).getFirst();
      voters = ((Change.SetVoters) step).voters();
      assertThat(voters).hasSize(size - 1);
    }
  }

  @Test
  void anotherComesBeforeOneOfThreeGoes() {
    cluster(3);
    nodes.put(Nodes.id(4), Nodes.node(4, State.NORMAL));
    put(2, State.LEAVING);
    settle();
    assertThat(voters).containsExactly(ids(1, 3, 4));
    assertThat(sizes).containsExactly(4, 3);
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
