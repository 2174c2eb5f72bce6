package io.ilion.gossip;

import static io.ilion.gossip.Nodes.id;
import static io.ilion.gossip.Nodes.node;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ilion.gossip.NodeInfo.State;
import io.ilion.gossip.messaging.FakeMessenger;
import io.ilion.gossip.metadata.Change;
import io.ilion.gossip.metadata.ClusterMetadata;
import io.ilion.model.schema.Schema;
import io.ilion.runtime.NodeAddress;
import io.ilion.runtime.NodeRuntime;
import io.ilion.runtime.simulated.LinkFaults;
import io.ilion.runtime.simulated.SimulatedNode;
import io.ilion.runtime.simulated.SimulatedWorld;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;

class GossiperTest {
  private static final long SECOND = 1_000_000_000L;

  /** Nodes that gossip, of which the metadata know all from the beginning. */
  private static final class Cluster {
    final long seed;
    final SimulatedWorld world;
    final List<SimulatedNode> machines = new ArrayList<>();
    final Map<Integer, ClusterState> states = new HashMap<>();
    final Map<Integer, Gossiper> gossipers = new HashMap<>();
    final List<String> events = new ArrayList<>();
    ClusterMetadata metadata;

    Cluster(long seed, int count) {
      this.seed = seed;
      world = new SimulatedWorld(seed);
      Map<UUID, NodeInfo> nodes = new HashMap<>();
      for (int i = 0; i < count; i++) {
        machines.add(world.addNode());
        nodes.put(id(i), node(i, State.NORMAL, (long) i));
      }
      metadata = new ClusterMetadata(new UUID(0, 1), 1, Schema.EMPTY, nodes, List.of(id(0)));
      for (int i = 0; i < count; i++) {
        start(i, machines.get(i));
      }
    }

    void start(int number, SimulatedNode machine) {
      NodeRuntime runtime = machine.start(2);
      ClusterState state = new ClusterState(metadata.node(id(number)), metadata);
      state.listen(
          new ClusterView.Listener() {
            @Override
            public void up(NodeInfo node) {
              events.add(number + " up " + node.hostId().getLeastSignificantBits());
            }

            @Override
            public void down(NodeInfo node) {
              events.add(number + " down " + node.hostId().getLeastSignificantBits());
            }
          });
      Gossiper gossiper =
          new Gossiper(
              "test",
              state,
              List.of(new NodeAddress("node0", 7000)),
              new FakeMessenger(runtime),
              runtime.clock(),
              runtime.scheduler().lane(0),
              runtime.random().split(),
              () -> 17L * number);
      states.put(number, state);
      gossipers.put(number, gossiper);
      gossiper.start();
    }

    boolean sees(int one, int other) {
      return states.get(one).isAlive(id(other));
    }

    boolean allSeeEachOther() {
      return states.keySet().stream()
          .allMatch(a -> states.keySet().stream().allMatch(b -> sees(a, b)));
    }

    void within(long seconds, String what, BooleanSupplier condition) {
      long end = world.nanos() + seconds * SECOND;
      while (!condition.getAsBoolean()) {
        assertThat(world.nanos()).describedAs("seed %d: %s", seed, what).isLessThan(end);
        world.run(SECOND / 10);
      }
    }
  }

  @Test
  void allFindEachOtherAndNobodyIsSuspectedForNothing() {
    for (long seed = 1; seed <= 5; seed++) {
      Cluster cluster = new Cluster(seed, 10);
      cluster.within(15, "all meet", cluster::allSeeEachOther);
      cluster.events.clear();
      cluster.world.run(600 * SECOND);
      assertThat(cluster.events).describedAs("seed %d", seed).isEmpty();
      assertThat(cluster.gossipers.get(3).status(id(7)).load()).isEqualTo(7 * 17);
      assertThat(cluster.gossipers.get(3).malformed()).isZero();
    }
  }

  @Test
  void whatALearnerOfNewsThrowsIsNotTheEndOfGossip() {
    Cluster cluster = new Cluster(7, 4);
    cluster.within(15, "all meet", cluster::allSeeEachOther);
    cluster
        .states
        .get(0)
        .listen(
            new ClusterView.Listener() {
              @Override
              public void down(NodeInfo node) {
                throw new IllegalStateException("of " + node.address());
              }
            });
    cluster.machines.get(3).crash();
    assertThatThrownBy(() -> cluster.world.run(60 * SECOND)).hasMessage("of node3:7000");
    cluster.world.run(60 * SECOND);
    assertThat(cluster.sees(1, 0) && cluster.sees(2, 0)).isTrue();
  }

  /** Two end at once: who learns of both learns of the second though the first was too much. */
  @Test
  void whatALearnerOfNewsThrowsDoesNotKeepTheNextNewsFromAll() {
    Cluster cluster = new Cluster(7, 5);
    cluster.within(15, "all meet", cluster::allSeeEachOther);
    boolean[] thrown = new boolean[1];
    cluster
        .states
        .get(0)
        .listen(
            new ClusterView.Listener() {
              @Override
              public void down(NodeInfo node) {
                if (!thrown[0]) {
                  thrown[0] = true;
                  throw new IllegalStateException("of " + node.address());
                }
              }
            });
    cluster.machines.get(0).stop(2 * SECOND);
    cluster.machines.get(3).crash();
    cluster.machines.get(4).crash();
    for (int i = 0; i < 3; i++) {
      try {
        cluster.world.run(60 * SECOND);
      } catch (IllegalStateException e) {
        assertThat(e).hasMessageStartingWith("of ");
      }
    }
    assertThat(cluster.sees(0, 3)).isFalse();
    assertThat(cluster.sees(0, 4)).isFalse();
  }

  @Test
  void aBadNetworkSuspectsNobodyForLong() {
    for (long seed = 1; seed <= 5; seed++) {
      Cluster cluster = new Cluster(seed, 6);
      cluster.world.network().setFaults(LinkFaults.BAD);
      cluster.within(60, "all meet", cluster::allSeeEachOther);
      cluster.world.run(300 * SECOND);
      cluster.within(30, "all see each other", cluster::allSeeEachOther);
      assertThat(cluster.events).describedAs("seed %d", seed).hasSizeLessThan(6 * 5 + 6);
    }
  }

  @Test
  void whoDiesIsDownAndComesBackUnderAnotherAddress() {
    for (long seed = 1; seed <= 10; seed++) {
      Cluster cluster = new Cluster(seed, 5);
      cluster.within(15, "all meet", cluster::allSeeEachOther);
      cluster.machines.get(2).crash();
      cluster.within(12, "the dead one is down", () -> !cluster.sees(0, 2) && !cluster.sees(4, 2));
      List<Suspicion> suspicions = new ArrayList<>();
      cluster.gossipers.get(0).suspicions().thenAccept(suspicions::addAll);
      cluster.world.run(SECOND / 10);
      assertThat(suspicions).describedAs("seed %d", seed).hasSize(4);
      for (Suspicion suspicion : suspicions) {
        assertThat(suspicion.alive()).isEqualTo(!suspicion.hostId().equals(id(2)));
        assertThat(suspicion.phi() > 1.5).isEqualTo(!suspicion.alive());
        assertThat(suspicion.silentNanos()).isPositive();
      }
      SimulatedNode elsewhere = cluster.world.addNode();
      elsewhere.clock().jump(-3_600_000_000L);
      cluster.start(2, elsewhere);
      cluster.within(15, "all meet again", cluster::allSeeEachOther);
      assertThat(cluster.gossipers.get(1).addressOf(id(2)))
          .describedAs("seed %d", seed)
          .isEqualTo(elsewhere.address());
    }
  }

  @Test
  void whoseAddressAnotherHasIsDownAtOnce() {
    Cluster cluster = new Cluster(4, 5);
    cluster.within(20, "all are seen", cluster::allSeeEachOther);
    cluster.machines.get(3).kill();
    cluster.within(20, "3 is down", () -> !cluster.sees(0, 3) && !cluster.sees(1, 3));
    cluster.machines.get(2).kill();
    cluster.start(3, cluster.machines.get(2));
    cluster.within(3, "2 is not where it was", () -> !cluster.sees(0, 2) && !cluster.sees(1, 2));
    cluster.within(3, "3 is there", () -> cluster.sees(0, 3) && cluster.sees(1, 3));
    cluster.start(2, cluster.machines.get(3));
    cluster.within(10, "all are seen again", cluster::allSeeEachOther);
  }

  @Test
  void whoIsCutOffIsDownUntilTheNetworkHeals() {
    for (long seed = 1; seed <= 10; seed++) {
      Cluster cluster = new Cluster(seed, 6);
      cluster.within(15, "all meet", cluster::allSeeEachOther);
      Set<NodeAddress> some =
          Set.of(cluster.machines.get(4).address(), cluster.machines.get(5).address());
      Set<NodeAddress> others = new java.util.HashSet<>();
      cluster.machines.forEach(machine -> others.add(machine.address()));
      others.removeAll(some);
      cluster.world.network().partition(some, others);
      cluster.within(
          15,
          "each side sees the other one down",
          () -> !cluster.sees(0, 4) && !cluster.sees(1, 5) && !cluster.sees(4, 0));
      assertThat(cluster.sees(4, 5) && cluster.sees(0, 1)).describedAs("seed %d", seed).isTrue();
      cluster.world.network().heal();
      cluster.within(30, "all meet again", cluster::allSeeEachOther);
    }
  }

  @Test
  void whoStopsIsDownAtOnce() {
    Cluster cluster = new Cluster(1, 5);
    cluster.within(15, "all meet", cluster::allSeeEachOther);
    cluster.gossipers.get(3).stop();
    cluster.within(2, "it is down", () -> !cluster.sees(0, 3) && !cluster.sees(4, 3));
  }

  @Test
  void whoStopsWaitsUntilAllHaveHeardOrForASecond() {
    Cluster cluster = new Cluster(1, 5);
    cluster.within(15, "all meet", cluster::allSeeEachOther);
    cluster.world.await(cluster.gossipers.get(3).stop());
    for (int i : List.of(0, 1, 2, 4)) {
      assertThat(cluster.sees(i, 3)).as("by %d", i).isFalse();
    }
    cluster
        .world
        .network()
        .cut(cluster.machines.get(4).address(), cluster.machines.get(0).address());
    long begun = cluster.world.nanos();
    cluster.world.await(cluster.gossipers.get(4).stop());
    assertThat(cluster.world.nanos() - begun).isBetween(SECOND / 2, 2 * SECOND);
    assertThat(cluster.sees(1, 4)).isFalse();
  }

  @Test
  void whoStartsAgainAndAllOthersMeetInARoundTrip() {
    for (long seed = 1; seed <= 10; seed++) {
      Cluster cluster = new Cluster(seed, 10);
      cluster.within(15, "all meet", cluster::allSeeEachOther);
      cluster.gossipers.get(3).stop();
      cluster.within(2, "it is down", () -> !cluster.sees(0, 3) && !cluster.sees(4, 3));
      cluster.machines.get(3).crash();
      cluster.world.run(SECOND);
      cluster.start(3, cluster.machines.get(3));
      cluster.world.run(SECOND / 10);
      assertThat(cluster.allSeeEachOther()).describedAs("seed %d", seed).isTrue();
    }
  }

  @Test
  void whoHasLeftIsIgnored() {
    Cluster cluster = new Cluster(1, 4);
    cluster.within(15, "all meet", cluster::allSeeEachOther);
    ClusterMetadata later = cluster.metadata.with(List.of(new Change.PutNode(node(3, State.LEFT))));
    for (int i = 0; i < 3; i++) {
      cluster.states.get(i).apply(later);
    }
    cluster.world.run(5 * SECOND);
    for (int i = 0; i < 3; i++) {
      assertThat(cluster.sees(i, 3)).isFalse();
      assertThat(cluster.gossipers.get(i).status(id(3))).isNull();
    }
  }

  @Test
  void epochsOfOthersAreHeardOf() {
    Cluster cluster = new Cluster(1, 4);
    cluster.within(15, "all meet", cluster::allSeeEachOther);
    List<Long> heard = new ArrayList<>();
    cluster.gossipers.get(1).listen(heard::add);
    cluster.states.get(2).apply(cluster.metadata.with(List.of()));
    cluster.within(10, "the epoch spreads", () -> heard.contains(2L));
  }

  @Test
  void theSameSeedGivesTheSameRun() {
    long[] hashes = new long[2];
    for (int i = 0; i < 2; i++) {
      Cluster cluster = new Cluster(42, 5);
      cluster.world.network().setFaults(LinkFaults.BAD);
      cluster.world.run(60 * SECOND);
      hashes[i] = cluster.world.hash();
    }
    assertThat(hashes[0]).isEqualTo(hashes[1]);
  }
}
