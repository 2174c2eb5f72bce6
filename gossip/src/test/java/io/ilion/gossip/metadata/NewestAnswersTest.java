package io.ilion.gossip.metadata;

import static io.ilion.gossip.metadata.MetadataCluster.SECOND;
import static org.assertj.core.api.Assertions.assertThat;

import io.ilion.gossip.Nodes;
import io.ilion.gossip.metadata.MetadataCluster.Member;
import io.ilion.runtime.NodeAddress;
import io.ilion.runtime.simulated.LinkFaults;
import io.ilion.runtime.simulated.SimulatedNetwork;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** What was acknowledged anywhere refuses nothing that is asked for afterwards. */
class NewestAnswersTest {
  private static final long MILLI = SECOND / 1000;

  private final List<CompletableFuture<ClusterMetadata>> found = new ArrayList<>();

  private static Member leader(MetadataCluster cluster) {
    return cluster.members.stream()
        .filter(m -> m.isRunning() && m.service.isLeader())
        .findFirst()
        .orElseThrow();
  }

  private static Member nonVoter(MetadataCluster cluster) {
    Collection<UUID> voters = cluster.members.get(0).service.metadata().voters();
    return cluster.members.stream()
        .filter(m -> !voters.contains(Nodes.id(m.number)))
        .findFirst()
        .orElseThrow();
  }

  private static Set<NodeAddress> addresses(Collection<Member> members) {
    return members.stream().map(m -> m.machine.address()).collect(Collectors.toSet());
  }

  /** Some are cut off from all others. */
  private static void cutOff(MetadataCluster cluster, Member... some) {
    List<Member> rest = new ArrayList<>(cluster.members);
    rest.removeAll(List.of(some));
    cluster.world.network().partition(addresses(List.of(some)), addresses(rest));
  }

  private static void delay(
      MetadataCluster cluster, Member from, Member to, long least, long most, double late) {
    cluster
        .world
        .network()
        .setFaults(
            from.machine.address(),
            to.machine.address(),
            new LinkFaults(least, most, 0, 0, late, true));
  }

  private static CompletableFuture<ClusterMetadata> change(Member member, Change change) {
    return member.service.change(agreed -> List.of(change)).toCompletableFuture();
  }

  /** Asks a member to do nothing to a keyspace, which it refuses if there is none. */
  private void find(Member member, String name) {
    found.add(
        member
            .service
            .change(
                agreed -> {
                  if (agreed.schema().keyspace(name) == null) {
                    throw new IllegalStateException("there is no " + name);
                  }
                  return List.of();
                })
            .toCompletableFuture());
  }

  /** What says that there is none; that nobody could tell in time is no refusal. */
  private List<Throwable> refusals() {
    return found.stream()
        .filter(CompletableFuture::isCompletedExceptionally)
        .map(CompletableFuture::exceptionNow)
        .filter(IllegalStateException.class::isInstance)
        .toList();
  }

  @Test
  void anAnswerThatWasUnderWayBeforeTheQuestionIsNotOneToIt() {
    for (long seed = 1; seed <= 3; seed++) {
      MetadataCluster cluster = new MetadataCluster(seed, 4);
      cluster.start();
      Member leader = leader(cluster);
      Member far = nonVoter(cluster);
      delay(cluster, leader, far, 200 * MILLI, 200 * MILLI, 0);
      for (int i = 0; i < 40; i++) {
        cluster.world.await(leader.create("k" + i));
        find(far, "k" + i);
        cluster.run(20 * MILLI);
      }
      cluster.within(20, "all ends", () -> found.stream().allMatch(CompletableFuture::isDone));
    }
    assertThat(refusals()).isEmpty();
  }

  @Test
  void anAnswerThatIsLateIsNotOneToTheNextQuestion() {
    for (long seed = 1; seed <= 5; seed++) {
      MetadataCluster cluster = new MetadataCluster(seed, 4);
      cluster.start();
      Member leader = leader(cluster);
      Member far = nonVoter(cluster);
      delay(cluster, leader, far, MILLI, 3 * MILLI, 0.05);
      for (int i = 0; i < 100; i++) {
        cluster.world.await(leader.create("k" + i));
        cluster.run(10 * MILLI);
        find(far, "k" + i);
      }
      cluster.within(20, "all ends", () -> found.stream().allMatch(CompletableFuture::isDone));
    }
    assertThat(refusals()).isEmpty();
  }

  /** That nothing is to be done may be believed of anybody, but not what follows from that. */
  @Test
  void whoIsNotCertainRefusesNothing() {
    for (long seed = 1; seed <= 5; seed++) {
      MetadataCluster cluster = new MetadataCluster(seed, 4);
      cluster.start();
      Member leader = leader(cluster);
      Member outside = nonVoter(cluster);
      Member behind =
          cluster.members.stream()
              .filter(m -> m.number != leader.number && m.number != outside.number)
              .findFirst()
              .orElseThrow();
      cluster.world.await(leader.create("k"));
      cluster.run(SECOND);
      cutOff(cluster, outside);
      cluster.world.await(change(leader, new Change.DropKeyspace("k")));
      cluster.run(SECOND / 2);
      // The voter that knows of this falls behind together with the one that does not.
      cutOff(cluster, outside, behind);
      cluster.world.await(leader.create("k"));
      cluster.world.network().heal();
      cutOff(cluster, outside, behind);
      find(outside, "k");
      cluster.within(20, "it ends", found.getLast()::isDone);
    }
    assertThat(refusals()).isEmpty();
  }

  /** It may have elected another since it said so. */
  @Test
  void whatAVoterAnsweredLongAgoDoesNotShowThatThisOneLeads() {
    for (long seed = 1; seed <= 10; seed++) {
      MetadataCluster cluster = new MetadataCluster(seed, 3);
      cluster.start();
      Member a = leader(cluster);
      List<Member> two = new ArrayList<>(cluster.members);
      two.remove(a);
      delay(cluster, two.get(0), a, 1800 * MILLI, 1800 * MILLI, 0);
      cluster.run(200 * MILLI);
      SimulatedNetwork network = cluster.world.network();
      NodeAddress b = two.get(0).machine.address();
      NodeAddress c = two.get(1).machine.address();
      network.cut(a.machine.address(), c);
      network.cut(c, a.machine.address());
      network.cut(a.machine.address(), b);
      CompletableFuture<ClusterMetadata> made = two.get(1).create("k").toCompletableFuture();
      long end = cluster.world.nanos() + 4 * SECOND;
      while (cluster.world.nanos() < end) {
        if (made.isDone() && !made.isCompletedExceptionally()) {
          find(a, "k");
        }
        cluster.run(10 * MILLI);
      }
      network.heal();
      cluster.run(15 * SECOND);
    }
    assertThat(refusals()).isEmpty();
  }

  /** A leader that was given up takes no entries, so it does not know what it was told. */
  @Test
  void whoBelievesToLeadAndDoesNotTakeWhatItIsToldRefusesNothing() {
    for (long seed = 1; seed <= 30; seed++) {
      MetadataCluster cluster = new MetadataCluster(seed, 3);
      cluster.start();
      Member a = leader(cluster);
      Member c =
          cluster.members.stream().filter(m -> m.number != a.number).findFirst().orElseThrow();
      cutOff(cluster, a);
      CompletableFuture<ClusterMetadata> made = c.create("k").toCompletableFuture();
      cluster.world.until(made::isDone);
      cluster.world.network().heal();
      // As when a request of somebody who works by that epoch arrives.
      a.service.heardOf(made.join().epoch());
      for (int i = 0; i < 100; i++) {
        find(a, "k");
        cluster.run(2 * MILLI);
      }
      cluster.run(15 * SECOND);
    }
    assertThat(refusals()).isEmpty();
  }
}
