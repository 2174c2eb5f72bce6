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

  private ClusterMetadata metadata() {
    return new ClusterMetadata(Nodes.id(99), 1, Schema.EMPTY, nodes, voters);
  }

  private void put(int node, State state) {
    nodes.put(Nodes.id(node), nodes.get(Nodes.id(node)).in(state));
  }

  private boolean answers(UUID voter) {
    return !dead.contains(voter) && !silent.contains(voter);
  }

  /** Steps until none is left to take, for two minutes; each must be possible. */
  private void settle() {
    settle(120);
  }

  private void settle(int looks) {
    for (int i = 0; i < looks; i++) {
      ClusterMetadata now = metadata();
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
    ClusterMetadata now = metadata();
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
      ClusterMetadata now = metadata();
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

  /** Of four no more can be lost than of the three without the one that is down. */
  @Test
  void oneOfFourThatIsDownGivesItsVoteAwayAlsoForNobody() {
    cluster(5);
    dead.add(Nodes.id(5));
    settle(60);
    // The look after that which takes this one's vote is the first to give up the other.
    put(4, State.LEAVING);
    settle();
    assertThat(voters).containsExactly(ids(1, 2, 3));
    assertThat(sizes).containsExactly(4, 3);
  }

  /** What a node is in {@link #everyClusterComesToRestWithAnOddNumber}. */
  private enum Kind {
    ABLE,
    DOWN,
    LEAVING,
    LEAVING_DOWN,
    JOINING
  }

  /**
   * All clusters of one to six nodes, of every kind each, and all their voters of whom most answer.
   */
  @Test
  void everyClusterComesToRestWithAnOddNumber() {
    for (int size = 1; size <= 6; size++) {
      int clusters = (int) Math.pow(Kind.values().length, size);
      for (int cluster = 0; cluster < clusters; cluster++) {
        List<Kind> kinds = kinds(cluster, size);
        if (kinds.stream().sorted().toList().equals(kinds)) {
          for (int chosen = 1; chosen < 1 << size; chosen++) {
            comesToRest(kinds, chosen);
          }
        }
      }
    }
  }

  private static List<Kind> kinds(int cluster, int size) {
    List<Kind> kinds = new ArrayList<>();
    for (int i = 0; i < size; i++) {
      kinds.add(Kind.values()[cluster % Kind.values().length]);
      cluster /= Kind.values().length;
    }
    return kinds;
  }

  private void comesToRest(List<Kind> kinds, int chosen) {
    nodes.clear();
    dead.clear();
    sizes.clear();
    List<UUID> first = new ArrayList<>();
    for (int i = 1; i <= kinds.size(); i++) {
      Kind kind = kinds.get(i - 1);
      State state =
          switch (kind) {
            case ABLE, DOWN -> State.NORMAL;
            case LEAVING, LEAVING_DOWN -> State.LEAVING;
            case JOINING -> State.JOINING;
          };
      nodes.put(Nodes.id(i), Nodes.node(i, state));
      if (kind == Kind.DOWN || kind == Kind.LEAVING_DOWN) {
        dead.add(Nodes.id(i));
      }
      if ((chosen >> (i - 1) & 1) == 1) {
        first.add(Nodes.id(i));
      }
    }
    voters = List.copyOf(first);
    if (first.size() > 5 || spare() < 0) {
      return;
    }
    String from = kinds + ", " + first;
    int before = spare();
    int least = before;
    VoterCare looks = new VoterCare(id -> !dead.contains(id));
    looks.isDue(metadata(), this::answers, nanos += SECOND);
    // Who is down at the first look is given up from here on.
    nanos += 60 * SECOND;
    for (int look = 0; look < 20; look++) {
      nanos += SECOND;
      if (looks.isDue(metadata(), this::answers, nanos)) {
        Change step = looks.next(metadata(), this::answers, nanos).getFirst();
        voters = ((Change.SetVoters) step).voters();
        least = Math.min(least, spare());
        assertThat(look).as("steps from %s", from).isLessThan(15);
      }
    }
    assertThat(voters.size() % 2).as("%s from %s", voters, from).isOne();
    // One more that is lost on the way is no worse than before or after, if it is not the second.
    assertThat(least).as(from).isGreaterThanOrEqualTo(Math.min(1, Math.min(before, spare())));
  }

  /** How many of the voters that answer can be lost and a majority is left. */
  private int spare() {
    return (int) voters.stream().filter(this::answers).count() - voters.size() / 2 - 1;
  }
}
