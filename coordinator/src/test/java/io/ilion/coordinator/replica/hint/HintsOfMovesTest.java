package io.ilion.coordinator.replica.hint;

import static io.ilion.coordinator.replica.SimulatedCluster.SECOND;
import static org.assertj.core.api.Assertions.assertThat;

import io.ilion.coordinator.replica.SimulatedCluster;
import io.ilion.coordinator.replica.SimulatedCluster.Outcome;
import io.ilion.gossip.NodeInfo;
import io.ilion.gossip.metadata.Change;
import io.ilion.model.Consistency;
import io.ilion.runtime.NodeAddress;
import io.ilion.runtime.simulated.LinkFaults;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** Hints while nodes come and go. */
class HintsOfMovesTest {
  /** It may have fetched what it will own before the node that was down has it. */
  @Test
  void whoIsAboutToBeAReplicaGetsTheHintsOfReplicas() {
    HintCluster test = new HintCluster(41, 3);
    test.kill(2);
    test.writeAll(100, 0, 1);
    int newcomer = test.join(0, 2);
    test.cluster.members().forEach(member -> member.believe(newcomer, true));
    test.bringBack(2);
    test.world().run(5 * SECOND);
    test.expectWhatIsComing(newcomer, 100);
    assertThat(test.allHints()).isZero();
  }

  @Test
  void whoIsAboutToBeAReplicaAndIsDownGetsTheHintsOfReplicasLater() {
    HintCluster test = new HintCluster(42, 3);
    test.kill(2);
    test.writeAll(100, 0, 1);
    int newcomer = test.join(0, 2);
    test.kill(newcomer);
    test.bringBack(2);
    test.world().run(5 * SECOND);
    test.expect(2, 100);
    assertThat(test.allHints()).isPositive();
    test.bringBack(newcomer);
    test.world().run(5 * SECOND);
    test.expectWhatIsComing(newcomer, 100);
    assertThat(test.allHints()).isZero();
  }

  /** It may never be there again. */
  @Test
  void aReplicaDoesNotWaitForWhoIsAboutToBeOneAndCanBeLeftNoHint() {
    HintCluster test =
        new HintCluster(
            44,
            3,
            new HintOptions(2 * SECOND, 1 << 20, 32 << 20, SECOND, 8 << 20),
            Integer.MAX_VALUE);
    test.kill(2);
    Outcome outcome = test.write(0, 1, Consistency.QUORUM);
    test.world().until(outcome::isTold);
    // Its token is the key's, so it is about to be a replica of it.
    int newcomer = test.join(SimulatedCluster.token(1), 2);
    test.kill(newcomer);
    test.world().run(10 * SECOND);
    test.bringBack(2);
    test.world().run(5 * SECOND);
    assertThat(test.member(2).value("t", 1)).isEqualTo(1);
    assertThat(test.allHints()).isZero();
  }

  /** While a replica refuses its hints, who is about to be one is not left the same ones again. */
  @Test
  void whoIsAboutToBeAReplicaIsLeftAHintOnce() {
    HintCluster test = new HintCluster(45, 3);
    test.kill(2);
    Outcome outcome = test.write(0, 1, Consistency.QUORUM);
    test.world().until(outcome::isTold);
    int newcomer = test.join(SimulatedCluster.token(1), 2);
    test.kill(newcomer);
    test.setMostHints(0);
    test.bringBack(2);
    test.world().run(20 * SECOND);
    UUID coming = test.member(newcomer).view().self().hostId();
    assertThat(test.hints(0).bytes(coming)).isZero();
    test.setMostHints(Integer.MAX_VALUE);
    test.world().run(70 * SECOND);
    assertThat(test.member(2).value("t", 1)).isEqualTo(1);
    assertThat(test.hints(0).bytes(coming)).isPositive();
  }

  /** The newcomer may have fetched what it will own before such a hint arrives. */
  @Test
  void aHintThatWasSentBeforeANodeJoinsReachesItToo() {
    HintCluster test = new HintCluster(43, 3);
    test.kill(2);
    test.writeAll(100, 0);
    LinkFaults slow = new LinkFaults(SECOND / 2, SECOND / 2, 0, 0, 0, true);
    NodeAddress back = test.member(2).machine().address();
    test.world().network().setFaults(test.member(0).machine().address(), back, slow);
    test.bringBack(2);
    // The hints are on their way now.
    test.world().run(SECOND / 4);
    int newcomer = test.join(0, 3);
    test.cluster.members().forEach(member -> member.believe(newcomer, true));
    test.world().run(10 * SECOND);
    test.expect(2, 100);
    test.expectWhatIsComing(newcomer, 100);
    assertThat(test.allHints()).isZero();
  }

  /** So many nodes, the last of which is down while the first writes 40 keys. */
  private static HintCluster withHintsForTheLast(int seed, int nodes) {
    HintCluster test = new HintCluster(seed, nodes);
    test.kill(nodes - 1);
    test.writeAll(40, 0);
    test.world().run(SECOND);
    assertThat(test.hints(0).store.nodes()).hasSize(1);
    return test;
  }

  private static void expectThatReplicasHaveAll(HintCluster test) {
    assertThat(test.allHints()).isZero();
    for (int number = 0; number < 4; number++) {
      test.expectOwned(number, 40);
    }
  }

  @Test
  void hintsOfANodeThatIsGoneGoToTheReplicasOfNow() {
    HintCluster test = withHintsForTheLast(31, 5);
    NodeInfo gone = test.member(0).view().node(test.member(4).view().self().hostId());
    test.cluster.change(List.of(new Change.PutNode(gone.in(NodeInfo.State.LEFT))), 0, 1, 2, 3);
    test.world().run(10 * SECOND);
    expectThatReplicasHaveAll(test);
  }

  /** A node that has been started hears who is up before it hands hints over. */
  @Test
  void hintsWaitUntilTheyAreHandedOver() {
    HintCluster test = withHintsForTheLast(32, 5);
    NodeInfo gone = test.member(0).view().node(test.member(4).view().self().hostId());
    test.kill(0);
    test.cluster.change(List.of(new Change.PutNode(gone.in(NodeInfo.State.LEFT))), 1, 2, 3);
    test.startHintsLater();
    test.bringBack(0);
    test.hints(0).up(gone);
    test.world().run(SECOND);
    test.startHints();
    test.world().run(20 * SECOND);
    expectThatReplicasHaveAll(test);
  }

  @Test
  void aNodeThatLeavesGivesItsHintsAway() {
    HintCluster test = withHintsForTheLast(41, 4);
    test.world().await(test.hints(0).giveAway());
    test.member(0).machine().crash();
    test.cluster.believe(0, false);
    test.bringBack(3);
    test.member(3).believe(0, false);
    test.world().run(10 * SECOND);
    test.expectOwned(3, 40);
  }

  /** Who has room is asked in place of who has none. */
  @Test
  void aNodeThatLeavesGivesItsHintsToOneWithRoomForThem() {
    HintOptions little = new HintOptions(600 * SECOND, 2000, 32 << 20, SECOND, 8 << 20);
    for (int full = 1; full < 4; full++) {
      HintCluster test = new HintCluster(45, 5, little, Integer.MAX_VALUE);
      test.kill(4);
      int room = full;
      NodeInfo down = test.member(0).view().node(test.member(4).view().self().hostId());
      test.writeAll(10, 0);
      for (int key = 100; test.hints(full).wants(down); key++) {
        Outcome outcome = test.write(full, key, Consistency.QUORUM);
        test.world().until(outcome::isTold);
        test.world().run(SECOND / 10);
      }
      test.world().run(SECOND);
      CompletableFuture<Void> gone = test.hints(0).giveAway().toCompletableFuture();
      test.world().run(200 * SECOND);
      assertThat(gone).as("without room at %d", room).isCompleted();
      assertThat(test.hints(0).nodes()).isEmpty();
    }
  }

  /** As when it was restarted while it left: that it leaves is no news then. */
  @Test
  void whoGivesItsHintsAwayMayHearOfNewMetadataMeanwhile() {
    HintCluster test = withHintsForTheLast(43, 4);
    test.hints(0).pause(true);
    CompletableFuture<Void> gone = test.hints(0).giveAway().toCompletableFuture();
    become(test, NodeInfo.State.LEAVING);
    test.world().await(gone);
    assertThat(test.hints(0).store.nodes()).isEmpty();
  }

  @Test
  void whoStaysAfterAllKeepsItsHints() {
    HintCluster test = withHintsForTheLast(44, 4);
    become(test, NodeInfo.State.LEAVING);
    CompletableFuture<Void> gone = test.hints(0).giveAway().toCompletableFuture();
    become(test, NodeInfo.State.NORMAL);
    test.world().run(SECOND);
    assertThat(gone).isCompletedExceptionally();
  }

  private static void become(HintCluster test, NodeInfo.State state) {
    test.cluster.change(
        List.of(new Change.PutNode(test.member(0).view().self().in(state))), 0, 1, 2);
  }

  /** Wherever no new hints are kept, those of a node that leaves are. */
  @Test
  void aNodeThatIsLeavingGivesItsHintsAwayByItself() {
    HintCluster test = new HintCluster(42, 5);
    test.kill(3);
    for (int number : new int[] {1, 2, 4}) {
      test.hints(number).setKeeping(false);
    }
    test.writeAll(40, 0);
    test.world().run(SECOND);
    assertThat(test.hints(0).store.nodes()).hasSize(1);
    test.cluster.change(
        List.of(new Change.PutNode(test.member(0).view().self().in(NodeInfo.State.LEAVING))),
        0,
        1,
        2,
        4);
    test.world().run(5 * SECOND);
    assertThat(test.hints(0).store.nodes()).isEmpty();
    assertThat(test.allHints()).isPositive();
    test.bringBack(3);
    test.world().run(10 * SECOND);
    test.expectOwned(3, 40);
  }
}
