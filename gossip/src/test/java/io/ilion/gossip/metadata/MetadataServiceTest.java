package io.ilion.gossip.metadata;

import static io.ilion.gossip.metadata.MetadataCluster.SECOND;
import static org.assertj.core.api.Assertions.assertThat;

import io.ilion.gossip.NodeInfo.State;
import io.ilion.gossip.Nodes;
import io.ilion.gossip.metadata.MetadataCluster.Member;
import io.ilion.runtime.NodeAddress;
import io.ilion.runtime.simulated.LinkFaults;
import io.ilion.runtime.simulated.SimulatedNode;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class MetadataServiceTest {

  private static Member leader(MetadataCluster cluster) {
    return cluster.members.stream()
        .filter(m -> m.isRunning() && m.service.isLeader())
        .findFirst()
        .orElseThrow();
  }

  @Test
  void aNodeAloneChangesAndKeeps() {
    MetadataCluster cluster = new MetadataCluster(1, 1);
    cluster.start();
    Member node = cluster.members.get(0);
    for (int i = 0; i < 20; i++) {
      cluster.world.await(node.create("k" + i));
      assertThat(node.keyspaces()).hasSize(i + 1);
      node.machine.crash();
      node.start();
      assertThat(node.keyspaces()).hasSize(i + 1);
    }
    CompletableFuture<ClusterMetadata> again = node.create("k3").toCompletableFuture();
    cluster.world.until(again::isDone);
    assertThat(again).isCompletedExceptionally();
  }

  @Test
  void anErrorEndsTheChangeThatHasIt() {
    MetadataCluster cluster = new MetadataCluster(1, 1);
    cluster.start();
    Member node = cluster.members.get(0);
    CompletableFuture<ClusterMetadata> failed =
        node.service
            .change(
                metadata -> {
                  throw new StackOverflowError("wanted by the test");
                })
            .toCompletableFuture();
    cluster.world.await(node.create("k"));
    assertThat(failed).isCompletedExceptionally();
    assertThat(node.keyspaces()).containsExactly("k");
  }

  @Test
  void allEndWithOneSchemaThoughSeveralProposeAtOnce() {
    for (long seed = 1; seed <= 10; seed++) {
      MetadataCluster cluster = new MetadataCluster(seed, 7);
      cluster.start();
      List<CompletableFuture<ClusterMetadata>> all = new ArrayList<>();
      Set<String> wanted = new TreeSet<>();
      for (int i = 0; i < 5; i++) {
        for (Member member : cluster.members) {
          String name = "k" + i + "_" + member.number % 4;
          wanted.add(name);
          all.add(member.create(name).toCompletableFuture());
        }
      }
      cluster.within(30, "all is decided", () -> all.stream().allMatch(CompletableFuture::isDone));
      cluster.within(5, "all know it", cluster::isOne);
      long made = all.stream().filter(f -> !f.isCompletedExceptionally()).count();
      assertThat(made).describedAs("seed %d", seed).isEqualTo(wanted.size());
      assertThat(cluster.members.get(6).keyspaces()).isEqualTo(wanted);
    }
  }

  @Test
  void aNodeThatWasAwayCatchesUp() {
    for (long seed = 1; seed <= 5; seed++) {
      MetadataCluster cluster = new MetadataCluster(seed, 6);
      cluster.start();
      Member away = cluster.members.get(4);
      away.machine.crash();
      for (int i = 0; i < (seed == 1 ? 400 : 20); i++) {
        CompletableFuture<ClusterMetadata> made =
            cluster.members.get(i % 3).create("k" + i).toCompletableFuture();
        cluster.within(20, "the change is made", made::isDone);
        made.join();
      }
      away.start();
      cluster.within(20, "it has caught up", cluster::isOne);
      assertThat(away.keyspaces()).hasSize(seed == 1 ? 400 : 20);
    }
  }

  @Test
  void theLogGoesOnWithoutItsLeader() {
    for (long seed = 1; seed <= 10; seed++) {
      MetadataCluster cluster = new MetadataCluster(seed, 3);
      cluster.start();
      Member leader = leader(cluster);
      leader.machine.kill();
      Member other = cluster.members.get((leader.number + 1) % 3);
      CompletableFuture<ClusterMetadata> made = other.create("k").toCompletableFuture();
      cluster.within(20, "there is another leader", made::isDone);
      made.join();
      leader.start();
      cluster.within(20, "it has caught up", cluster::isOne);
    }
  }

  @Test
  void aLeaderThatIsAboutToGoLeavesNoGap() {
    for (long seed = 1; seed <= 20; seed++) {
      MetadataCluster cluster = new MetadataCluster(seed, seed % 2 == 0 ? 3 : 6);
      cluster.start();
      for (int i = 0; i < 3; i++) {
        Member leader = leader(cluster);
        CompletableFuture<ClusterMetadata> before = leader.create("b" + i).toCompletableFuture();
        leader.service.handOver();
        long began = cluster.world.nanos();
        Member other = cluster.members.get((leader.number + 1) % 3);
        CompletableFuture<ClusterMetadata> after = other.create("a" + i).toCompletableFuture();
        cluster.within(20, "both are decided", () -> before.isDone() && after.isDone());
        before.join();
        after.join();
        assertThat(cluster.world.nanos() - began).as("seed %d", seed).isLessThan(3 * SECOND / 4);
        assertThat(leader(cluster)).as("seed %d", seed).isNotEqualTo(leader);
        cluster.run(SECOND);
      }
    }
  }

  /** Nor by a member that leads since a moment ago, nor by one who asked another who is behind. */
  @Test
  void nothingIsRefusedByMetadataThatAreNotTheNewest() {
    for (long seed = 1; seed <= 20; seed++) {
      MetadataCluster cluster = new MetadataCluster(seed, 6);
      cluster.start();
      for (int i = 0; i < 8; i++) {
        Member leader = leader(cluster);
        String name = "k" + i;
        Member maker = cluster.members.get(i % 6);
        CompletableFuture<ClusterMetadata> made = maker.create(name).toCompletableFuture();
        cluster.world.until(made::isDone);
        made.join();
        leader.service.handOver();
        List<CompletableFuture<ClusterMetadata>> found = new ArrayList<>();
        for (int after = 0; after < 20; after++) {
          cluster.members.forEach(member -> found.add(find(member, name)));
          cluster.run(SECOND / 500);
        }
        cluster.within(20, "all is found", () -> found.stream().allMatch(f -> f.isDone()));
        assertThat(found)
            .as("seed %d, %s", seed, name)
            .noneMatch(CompletableFuture::isCompletedExceptionally);
        cluster.run(SECOND);
      }
    }
  }

  /** A change that is refused where a keyspace is not known. */
  private static CompletableFuture<ClusterMetadata> find(Member member, String name) {
    return member
        .service
        .change(
            agreed -> {
              if (agreed.schema().keyspace(name) == null) {
                throw new IllegalStateException("there is no " + name);
              }
              return List.of();
            })
        .toCompletableFuture();
  }

  @Test
  void withoutAMajorityWhatIsKnownStaysKnown() {
    MetadataCluster cluster = new MetadataCluster(3, 3);
    cluster.start();
    cluster.world.await(cluster.members.get(2).create("k"));
    cluster.within(5, "all know it", cluster::isOne);
    cluster.members.forEach(member -> member.machine.crash());
    Member alone = cluster.members.get(1);
    alone.start();
    assertThat(alone.keyspaces()).containsExactly("k");
    CompletableFuture<ClusterMetadata> refused = alone.create("k2").toCompletableFuture();
    cluster.within(20, "it is refused", refused::isDone);
    assertThat(refused).isCompletedExceptionally();
    CompletableFuture<ClusterMetadata> never =
        alone.service.catchUp(Long.MAX_VALUE).toCompletableFuture();
    cluster.within(20, "nobody knows it", never::isDone);
    assertThat(never).isCompletedExceptionally();
    cluster.members.get(0).start();
    CompletableFuture<ClusterMetadata> made = alone.create("k3").toCompletableFuture();
    cluster.within(20, "two are a majority", made::isDone);
    made.join();
  }

  @Test
  void whoReachesNoVoterLearnsFromWhoeverKnowsMore() {
    MetadataCluster cluster = new MetadataCluster(4, 7);
    cluster.start();
    cluster.within(
        60, "five vote", () -> cluster.members.get(0).service.metadata().voters().size() == 5);
    cluster.within(20, "all know it", cluster::isOne);
    List<UUID> voters = cluster.members.get(0).service.metadata().voters();
    List<Member> others =
        cluster.members.stream().filter(m -> !voters.contains(m.state.self().hostId())).toList();
    Member away = others.get(0);
    Member told = others.get(1);
    Set<NodeAddress> unreached = new HashSet<>();
    cluster.members.stream()
        .filter(m -> voters.contains(m.state.self().hostId()))
        .forEach(m -> unreached.add(m.machine.address()));
    cluster.world.network().partition(Set.of(away.machine.address()), unreached);
    cluster.world.await(told.create("k"));
    long epoch = told.service.metadata().epoch();
    CompletableFuture<ClusterMetadata> known =
        away.service.catchUp(epoch, told.machine.address()).toCompletableFuture();
    cluster.within(10, "it has caught up", known::isDone);
    assertThat(known.join().schema().keyspace("k")).isNotNull();
  }

  @Test
  void allMayComeBackUnderOtherAddresses() {
    MetadataCluster cluster = new MetadataCluster(5, 4);
    cluster.start();
    List<SimulatedNode> before = new ArrayList<>();
    for (Member member : cluster.members) {
      member.machine.crash();
      before.add(member.machine);
    }
    for (Member member : cluster.members) {
      SimulatedNode elsewhere = cluster.world.addNode();
      for (String path : before.get(member.number).files().paths()) {
        elsewhere.files().setBytes(path, before.get(member.number).files().bytes(path));
      }
      member.machine = elsewhere;
    }
    cluster.members.forEach(Member::start);
    CompletableFuture<ClusterMetadata> made =
        cluster.members.get(3).create("k").toCompletableFuture();
    cluster.within(30, "the log goes on", made::isDone);
    made.join();
    cluster.within(
        30,
        "the new addresses are agreed on",
        () ->
            cluster.isOne()
                && cluster.members.stream()
                    .skip(1)
                    .allMatch(
                        m -> {
                          ClusterMetadata metadata = m.service.metadata();
                          NodeAddress known = metadata.node(m.state.self().hostId()).address();
                          return known.equals(m.machine.address());
                        }));
  }

  @Test
  void aLostVoterGivesItsPlaceAway() {
    MetadataCluster cluster = new MetadataCluster(8, 4);
    cluster.start();
    ClusterMetadata before = cluster.members.get(0).service.metadata();
    Member lost =
        cluster.members.stream()
            .filter(m -> before.voters().contains(m.state.self().hostId()))
            .findFirst()
            .orElseThrow();
    lost.machine.kill();
    cluster.within(
        120,
        "another votes",
        () -> {
          Member other = cluster.members.get((lost.number + 1) % 4);
          List<?> voters = other.service.metadata().voters();
          return voters.size() == 3 && !voters.contains(lost.state.self().hostId());
        });
  }

  @Test
  void aClusterThatGrowsNeverHasTwoVoters() {
    for (long seed = 1; seed <= 10; seed++) {
      MetadataCluster cluster = new MetadataCluster(seed, 3);
      Set<Integer> voters = new TreeSet<>();
      Member first = cluster.members.get(0);
      first.start();
      first.service.listen(metadata -> voters.add(metadata.voters().size()));
      cluster.members.subList(1, 3).forEach(Member::start);
      cluster.within(60, "all know all, and enough vote", cluster::isWhole);
      assertThat(voters).describedAs("seed %d", seed).containsExactly(1, 3);
    }
  }

  @Test
  void aSurvivorGoesOnWhenTheMajorityIsLostAndTheLostLearnOfIt() {
    for (long seed = 1; seed <= 15; seed++) {
      int count = seed % 3 == 0 ? 2 : seed % 3 == 1 ? 3 : 6;
      MetadataCluster cluster = new MetadataCluster(seed, count);
      cluster.start();
      cluster.world.await(cluster.members.get(0).create("before"));
      cluster.within(5, "all know it", cluster::isOne);
      List<UUID> voters = cluster.members.get(0).service.metadata().voters();
      Set<UUID> lost = new HashSet<>();
      List<Member> dead = new ArrayList<>();
      for (Member member : cluster.members) {
        if (voters.contains(Nodes.id(member.number)) && 2 * lost.size() < voters.size()) {
          lost.add(Nodes.id(member.number));
          dead.add(member);
        }
      }
      Member survivor = cluster.members.getLast();
      if (voters.contains(Nodes.id(survivor.number))) {
        CompletableFuture<ClusterMetadata> early =
            survivor.service.recover(lost).toCompletableFuture();
        cluster.within(5, "it is refused", early::isDone);
        assertThat(early).describedAs("seed %d", seed).isCompletedExceptionally();
      }
      dead.forEach(member -> member.machine.crash());
      CompletableFuture<ClusterMetadata> refused = survivor.create("no").toCompletableFuture();
      cluster.within(20, "it is refused", refused::isDone);
      assertThat(refused).describedAs("seed %d", seed).isCompletedExceptionally();
      CompletableFuture<ClusterMetadata> recovered =
          survivor.service.recover(lost).toCompletableFuture();
      cluster.within(5, "the survivor goes on", recovered::isDone);
      assertThat(recovered.join().voters()).containsExactly(Nodes.id(survivor.number));
      cluster.world.await(survivor.create("after"));
      cluster.within(30, "all that live know it", cluster::isOne);
      survivor.machine.crash();
      survivor.start();
      assertThat(survivor.keyspaces()).contains("before", "after");
      dead.forEach(Member::start);
      cluster.within(60, "all know all, and enough vote", cluster::isWhole);
      for (Member member : cluster.members) {
        assertThat(member.keyspaces()).describedAs("seed %d", seed).contains("before", "after");
      }
      cluster.world.await(dead.getFirst().create("later"));
    }
  }

  @Test
  void whoVotesAloneLeavesThoughItAsksTenTimesASecond() {
    for (long seed = 1; seed <= 5; seed++) {
      MetadataCluster cluster = new MetadataCluster(seed, 2);
      cluster.start();
      Member first = cluster.members.get(0);
      cluster.run(3 * SECOND);
      assertThat(first.service.metadata().voters()).containsExactly(Nodes.id(0));
      CompletableFuture<ClusterMetadata> left =
          first.membership.leave(Nodes.id(0), false).toCompletableFuture();
      cluster.within(60, "it has left", left::isDone);
      assertThat(left.join().voters()).containsExactly(Nodes.id(1));
    }
  }

  @Test
  void whoVotesAloneSinceTheOthersLeftKnowsAllAtTheNextStart() {
    for (long seed = 1; seed <= 10; seed++) {
      MetadataCluster cluster = new MetadataCluster(seed, 3);
      cluster.start();
      // Its file begins with metadata by which another voted.
      Member last = cluster.members.get(2);
      for (Member leaving : cluster.members.subList(0, 2)) {
        UUID id = Nodes.id(leaving.number);
        CompletableFuture<ClusterMetadata> left =
            leaving.membership.leave(id, false).toCompletableFuture();
        cluster.within(60, "it has left", left::isDone);
      }
      List<UUID> alone = List.of(Nodes.id(2));
      cluster.within(60, "one votes", () -> last.service.metadata().voters().equals(alone));
      cluster.world.await(last.create("k1"));
      cluster.world.await(last.create("k2"));
      last.machine.crash();
      last.start();
      // Before it has heard anybody: the rows in its commit log are of these.
      assertThat(last.keyspaces()).describedAs("seed %d", seed).contains("k1", "k2");
    }
  }

  @Test
  void whatALeaderCouldNotHaveDecidedDoesNotKeepItFromGoingOnAlone() {
    MetadataCluster cluster = new MetadataCluster(5, 3);
    cluster.start();
    Member survivor = leader(cluster);
    Set<UUID> lost = new HashSet<>();
    for (Member member : cluster.members) {
      if (member != survivor) {
        lost.add(Nodes.id(member.number));
        member.machine.crash();
      }
    }
    CompletableFuture<ClusterMetadata> unknown = survivor.create("k").toCompletableFuture();
    cluster.within(30, "it is told", unknown::isDone);
    cluster.run(10 * SECOND);
    CompletableFuture<ClusterMetadata> recovered =
        survivor.service.recover(lost).toCompletableFuture();
    cluster.within(5, "it goes on", recovered::isDone);
    assertThat(recovered).isCompleted();
    assertThat(survivor.keyspaces()).contains("k");
  }

  @Test
  void whoCannotWriteThatItGoesOnAloneDoesNotSaySo() {
    MetadataCluster cluster = new MetadataCluster(4, 3);
    cluster.start();
    cluster.members.subList(1, 3).forEach(member -> member.machine.crash());
    Member survivor = cluster.members.get(0);
    cluster.run(20 * SECOND);
    survivor.machine.files().setFull(true);
    CompletableFuture<ClusterMetadata> recovered =
        survivor.service.recover(Set.of(Nodes.id(1), Nodes.id(2))).toCompletableFuture();
    cluster.within(1, "it is told", recovered::isDone);
    assertThat(recovered).isCompletedExceptionally();
    assertThat(survivor.service.isLeader()).isFalse();
    // It goes on all the same when there is room again.
    survivor.machine.files().setFull(false);
    cluster.within(5, "it goes on", survivor.service::isLeader);
    cluster.world.await(survivor.create("k"));
    survivor.machine.crash();
    survivor.start();
    assertThat(survivor.keyspaces()).contains("k");
    assertThat(survivor.service.metadata().voters()).containsExactly(Nodes.id(0));
  }

  @Test
  void aFailedSyncStopsTheNodeAndAFullDiskDoesNot() {
    MetadataCluster cluster = new MetadataCluster(2, 1);
    cluster.start();
    Member node = cluster.members.get(0);
    node.machine.files().setFull(true);
    CompletableFuture<ClusterMetadata> refused = node.create("k").toCompletableFuture();
    cluster.within(5, "it is refused", refused::isDone);
    assertThat(refused).isCompletedExceptionally();
    node.machine.files().setFull(false);
    cluster.run(3 * SECOND);
    cluster.world.await(node.create("k2"));
    assertThat(node.keyspaces()).contains("k2");
    Set<String> known = new TreeSet<>(node.keyspaces());
    node.machine.crash();
    node.start();
    assertThat(node.keyspaces()).isEqualTo(known);
    cluster.run(SECOND);
    node.machine.files().setSyncFails(true);
    CompletableFuture<ClusterMetadata> unknown = node.create("k4").toCompletableFuture();
    cluster.run(SECOND);
    assertThat(node.failure).isNotNull();
    assertThat(unknown).isCompletedExceptionally();
  }

  @Test
  void whoAsksWhileTheDiskIsFullIsToldOrHeardLater() {
    MetadataCluster cluster = new MetadataCluster(3, 2);
    cluster.start();
    Member node = cluster.members.get(0);
    node.machine.files().setFull(true);
    CompletableFuture<ClusterMetadata> refused = node.create("k").toCompletableFuture();
    cluster.within(30, "it is refused", refused::isDone);
    CompletableFuture<ClusterMetadata> later =
        node.service.catchUp(node.service.metadata().epoch() + 100).toCompletableFuture();
    CompletableFuture<ClusterMetadata> known = node.service.discover().toCompletableFuture();
    CompletableFuture<ClusterMetadata> alone =
        node.service.recover(Set.of(Nodes.id(1))).toCompletableFuture();
    cluster.within(1, "all are told", () -> later.isDone() && known.isDone() && alone.isDone());
    assertThat(later).isCompletedExceptionally();
    assertThat(known).isCompleted();
    assertThat(alone).isCompletedExceptionally();
  }

  @Test
  void nodesLeaveAndAreReplacedOneAfterAnother() {
    for (long seed = 1; seed <= 5; seed++) {
      MetadataCluster cluster = new MetadataCluster(seed, 6);
      cluster.start();
      Member first = cluster.members.get(0);
      // Both want to go at once, a voter among them.
      CompletableFuture<ClusterMetadata> one =
          cluster.members.get(5).membership.leave(Nodes.id(5), false).toCompletableFuture();
      CompletableFuture<ClusterMetadata> other =
          first.membership.leave(Nodes.id(0), false).toCompletableFuture();
      cluster.within(60, "both have left", () -> one.isDone() && other.isDone());
      ClusterMetadata after = cluster.members.get(1).service.metadata();
      assertThat(one.join().node(Nodes.id(5)).state()).isEqualTo(State.LEFT);
      assertThat(other.join().voters()).doesNotContain(Nodes.id(0));
      assertThat(after.nodes()).hasSize(6);
      Member dead = cluster.members.get(2);
      dead.machine.kill();
      Member newcomer = cluster.add();
      newcomer.replaces = Nodes.id(2);
      newcomer.start();
      cluster.within(
          60,
          "it is replaced",
          () -> {
            ClusterMetadata now = newcomer.service.metadata();
            return now.node(Nodes.id(6)) != null
                && now.node(Nodes.id(6)).state() == State.NORMAL
                && now.node(Nodes.id(2)).state() == State.LEFT;
          });
      assertThat(newcomer.service.metadata().node(Nodes.id(6)).tokens())
          .isEqualTo(after.node(Nodes.id(2)).tokens());
    }
  }

  @Test
  void whoHasLeftHearsOfThatAndOfNothingBehindIt() {
    MetadataCluster cluster = new MetadataCluster(3, 5);
    cluster.start();
    Member gone = cluster.members.get(4);
    Member away = cluster.members.get(3);
    away.machine.kill();
    for (Member leaving : List.of(gone, away)) {
      CompletableFuture<ClusterMetadata> left =
          cluster
              .members
              .get(0)
              .membership
              .leave(Nodes.id(leaving.number), false)
              .toCompletableFuture();
      cluster.within(60, "it has left", left::isDone);
      left.join();
    }
    cluster.within(
        60, "who left knows it", () -> gone.state.node(Nodes.id(3)).state() == State.LEFT);
    long known = gone.service.metadata().epoch();
    gone.gossiper.stop();
    cluster.run(SECOND);
    for (int i = 0; i < 5; i++) {
      CompletableFuture<ClusterMetadata> made =
          cluster.members.get(0).create("k" + i).toCompletableFuture();
      cluster.within(20, "the change is made", made::isDone);
    }
    cluster.run(5 * SECOND);
    assertThat(gone.service.metadata().epoch()).isEqualTo(known);
    // Who was down then is told when it is back, by those with whom it gossips.
    away.start();
    cluster.within(
        20,
        "who was removed knows it",
        () -> away.service.metadata().node(Nodes.id(3)).state() == State.LEFT);
  }

  /** The one that has died never comes back: without those who stay nothing can be decided. */
  @Test
  void aVoterThatLeavesWhenAnotherHasDiedTakesNoMajorityWithIt() {
    for (long seed = 1; seed <= Long.getLong("ilion.seeds", 12); seed++) {
      Random random = new Random(seed);
      MetadataCluster cluster = new MetadataCluster(seed, 3 + (int) seed % 4);
      cluster.start();
      List<UUID> voters = new ArrayList<>(cluster.members.get(0).service.metadata().voters());
      Collections.shuffle(voters, random);
      Member dead = cluster.member(voters.get(0));
      Member leaving = cluster.member(voters.get(1));
      Member staying = cluster.member(voters.get(2));
      dead.machine.kill();
      cluster.run(random.nextInt(4) * random.nextLong(20 * SECOND));
      CompletableFuture<ClusterMetadata> left =
          leaving.membership.leave(leaving.state.self().hostId(), false).toCompletableFuture();
      cluster.within(200, "it has left", left::isDone);
      left.join();
      leaving.machine.kill();
      CompletableFuture<ClusterMetadata> made = staying.create("after").toCompletableFuture();
      cluster.within(30, "the log goes on", made::isDone);
      made.join();
    }
  }

  private enum Absence {
    DOWN,
    DOWN_FOR_LONG,
    CUT_OFF
  }

  /** Without a record of its own it would join as a newcomer, and bring its rows back. */
  @Test
  void whoIsRemovedAndForgottenWhileItIsAwayKnowsThatItHasLeft() {
    for (Absence absence : Absence.values()) {
      MetadataCluster cluster = new MetadataCluster(3, 5);
      cluster.start();
      Member away = cluster.members.get(3);
      Member other = cluster.members.get(0);
      Set<NodeAddress> others = new HashSet<>();
      cluster.members.stream().filter(m -> m != away).forEach(m -> others.add(m.machine.address()));
      if (absence == Absence.CUT_OFF) {
        cluster.world.network().partition(Set.of(away.machine.address()), others);
      } else {
        away.machine.crash();
      }
      cluster.within(60, "it is down", () -> !other.state.isAlive(Nodes.id(3)));
      CompletableFuture<ClusterMetadata> removed =
          other.membership.leave(Nodes.id(3), false).toCompletableFuture();
      cluster.within(200, "it is removed", removed::isDone);
      removed.join();
      // As if as many had left since as are kept.
      cluster.world.await(
          other.service.change(
              metadata ->
                  metadata.node(Nodes.id(3)) == null
                      ? List.of()
                      : List.of(new Change.RemoveNode(Nodes.id(3)))));
      for (int i = 0; absence == Absence.DOWN_FOR_LONG && i < 400; i++) {
        cluster.world.await(other.create("k" + i));
      }
      if (absence == Absence.CUT_OFF) {
        cluster.world.network().heal();
      } else {
        away.start();
      }
      cluster.within(
          60,
          "it knows that it has left",
          () -> away.service.metadata().node(Nodes.id(3)).state() == State.LEFT);
      // Nobody is told of it, and it knows also when nobody tells it anything.
      Member newcomer = cluster.add();
      newcomer.start();
      cluster.within(
          60, "another joins", () -> newcomer.service.metadata().node(Nodes.id(5)) != null);
      cluster.within(20, "all know it", () -> other.service.metadata().node(Nodes.id(5)) != null);
      cluster.run(5 * SECOND);
      for (Member member : List.of(other, newcomer)) {
        assertThat(member.service.metadata().node(Nodes.id(3))).as("%s", absence).isNull();
      }
      away.machine.crash();
      cluster.members.subList(0, 3).forEach(member -> member.machine.crash());
      away.start();
      assertThat(away.service.metadata().node(Nodes.id(3)).state())
          .as("%s", absence)
          .isEqualTo(State.LEFT);
    }
  }

  /** Whatever happens: one leader in a term, one history, nothing lost that was acknowledged. */
  @Test
  void nothingThatWasDecidedIsLost() {
    long first = Long.getLong("ilion.seed", 100);
    long count = Long.getLong("ilion.seeds", 25);
    int acknowledged = 0;
    for (long seed = first; seed < first + count; seed++) {
      acknowledged += trouble(seed);
    }
    assertThat(acknowledged).isGreaterThan((int) count);
  }

  /** The number of changes that were acknowledged. */
  private static int trouble(long seed) {
    Random random = new Random(seed);
    MetadataCluster cluster = new MetadataCluster(seed, 3 + random.nextInt(4));
    cluster.start();
    if (random.nextBoolean()) {
      cluster.world.network().setFaults(LinkFaults.BAD);
    }
    Set<String> acknowledged = new HashSet<>();
    Set<String> refused = new HashSet<>();
    int names = 0;
    for (int round = 0; round < 60; round++) {
      for (Member member : cluster.members) {
        if (member.isRunning() && random.nextInt(3) == 0) {
          String name = "k" + names++;
          member
              .create(name)
              .whenComplete(
                  (done, failure) -> {
                    if (failure == null) {
                      acknowledged.add(name);
                    } else if (failure instanceof IllegalStateException) {
                      refused.add(name);
                    }
                  });
        }
      }
      Member victim = cluster.members.get(random.nextInt(cluster.members.size()));
      switch (random.nextInt(8)) {
        case 0 -> victim.machine.kill();
        case 1 -> victim.machine.crash();
        case 2 -> cut(cluster, random);
        case 3 -> cluster.world.network().heal();
        case 4 -> victim.machine.clock().jump(random.nextLong(600_000_000L) - 300_000_000L);
        case 5 -> victim.machine.files().stopAfter(random.nextInt(20));
        default -> {
          if (!victim.machine.isRunning()) {
            victim.machine.files().neverStop();
            victim.start();
          }
        }
      }
      cluster.run((long) (random.nextDouble() * 2 * SECOND));
    }
    cluster.world.network().heal();
    cluster.world.network().setFaults(LinkFaults.NONE);
    for (Member member : cluster.members) {
      member.machine.files().neverStop();
      if (!member.machine.isRunning()) {
        member.start();
      }
    }
    cluster.within(60, "all know all again", cluster::isWhole);
    cluster.world.await(cluster.members.get(1).create("last"));
    cluster.within(10, "it goes on", cluster::isOne);
    for (Member member : cluster.members) {
      assertThat(member.keyspaces()).describedAs("seed %d", seed).containsAll(acknowledged);
    }
    // No two changes have one name, so whoever is told that a name is taken has met its own change.
    assertThat(refused).describedAs("seed %d", seed).isEmpty();
    return acknowledged.size();
  }

  private static void cut(MetadataCluster cluster, Random random) {
    Set<NodeAddress> some = new HashSet<>();
    Set<NodeAddress> others = new HashSet<>();
    for (Member member : cluster.members) {
      (random.nextBoolean() ? some : others).add(member.machine.address());
    }
    if (random.nextInt(4) == 0) {
      some.forEach(a -> others.forEach(b -> cluster.world.network().cut(a, b)));
    } else {
      cluster.world.network().partition(some, others);
    }
  }

  @Test
  void theSameSeedGivesTheSameRun() {
    long[] hashes = new long[2];
    for (int i = 0; i < 2; i++) {
      MetadataCluster cluster = new MetadataCluster(42, 4);
      cluster.world.network().setFaults(LinkFaults.BAD);
      cluster.start();
      cluster.world.await(cluster.members.get(3).create("k"));
      hashes[i] = cluster.world.hash();
    }
    assertThat(hashes[0]).isEqualTo(hashes[1]);
  }
}
