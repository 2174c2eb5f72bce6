package io.ilion.coordinator.streaming;

import static org.assertj.core.api.Assertions.assertThat;

import io.ilion.coordinator.replica.SimulatedCluster;
import io.ilion.coordinator.replica.SimulatedCluster.Member;
import io.ilion.coordinator.write.Registers;
import io.ilion.gossip.NodeInfo;
import io.ilion.gossip.messaging.FailureReason;
import io.ilion.gossip.messaging.Messenger;
import io.ilion.gossip.messaging.Verb;
import io.ilion.model.ring.TokenRange;
import io.ilion.runtime.NodeAddress;
import io.ilion.runtime.simulated.LinkFaults;
import io.ilion.runtime.simulated.check.ConditionalRegister.Answer;
import io.ilion.runtime.simulated.check.ConditionalRegister.Request;
import io.ilion.runtime.simulated.check.LinearizabilityChecker.Result;
import java.nio.ByteBuffer;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** A node joins while clients make conditional updates. */
class JoiningTest {
  private static final long SECOND = MovingCluster.SECOND;
  private static final int QUIET = 40;
  private static final int SEEDS = Integer.getInteger("ilion.seeds", 6);

  /** One run. */
  private static final class Run {
    private final MovingCluster test;
    private final SimulatedCluster cluster;
    private final Registers registers;
    private long copied;

    Run(long seed) {
      test = new MovingCluster(seed);
      cluster = test.cluster;
      registers = test.registers;
    }

    private Member join(boolean fetches) {
      Member newcomer = test.beginJoin();
      if (fetches) {
        assertThat(test.fetch(newcomer)).isCompleted();
        copied += test.acquisition(newcomer).progress().copied();
      }
      test.put(newcomer, NodeInfo.State.NORMAL, test.some());
      return newcomer;
    }

    /** A node leaves while clients are at work; reads go to those who are left. */
    Result leaving() {
      registers.begin(4);
      cluster.world().network().setFaults(LinkFaults.BAD);
      cluster.world().run(2 * SECOND);
      Member leaver = cluster.member(test.random.below(4));
      test.put(leaver, NodeInfo.State.LEAVING, test.some());
      leaver.learn();
      CompletableFuture<Void> held;
      do {
        held =
            test.transfers(leaver)
                .handOver(leaver.view().metadata(), leaver.view().self(), false)
                .toCompletableFuture();
        cluster.world().until(held::isDone);
      } while (held.isCompletedExceptionally());
      test.put(leaver, NodeInfo.State.LEFT, test.some());
      leaver.learn();
      leaver.machine().kill();
      cluster.world().run(2 * SECOND);
      return registers.end();
    }

    Result underLoad() {
      registers.begin(4);
      cluster.world().network().setFaults(LinkFaults.BAD);
      cluster.world().run(2 * SECOND);
      Member unused = join(true);
      cluster.world().run(2 * SECOND);
      return registers.end();
    }

    /** Whether a member gives its files to another. */
    boolean givesFiles(Member source) {
      Member asking = cluster.member(0);
      UUID table = asking.schema().keyspace("ks").tables().values().iterator().next().id();
      FileMessages.Files files =
          new FileMessages.Files(
              new FileMessages.Fetch(1, 2), table, List.of(new TokenRange(0, Long.MAX_VALUE)));
      CompletableFuture<Boolean> given = new CompletableFuture<>();
      Messenger.Answer answer =
          new Messenger.Answer() {
            @Override
            public void answered(NodeAddress from, ByteBuffer payload) {
              given.complete(FileMessages.Held.decode(payload) != null);
            }

            @Override
            public void failed(NodeAddress from, FailureReason reason) {
              given.complete(false);
            }
          };
      NodeAddress address = source.machine().address();
      asking
          .runtime()
          .scheduler()
          .lane(0)
          .execute(
              () ->
                  asking
                      .messenger()
                      .request(
                          address,
                          Verb.STREAM_FILES,
                          Long.MIN_VALUE,
                          files.encode(),
                          SECOND,
                          answer));
      return cluster.world().await(given);
    }

    /**
     * Has a node join that cannot reach two of its sources at first; returns how many ranges it had
     * when it fetched once more.
     */
    int withoutTwoSourcesAtFirst() {
      test.setRegisters(QUIET);
      Member newcomer = test.beginJoin();
      Set<NodeAddress> cut = new HashSet<>();
      for (int i : new int[] {1, 2}) {
        cut.add(cluster.member(i).machine().address());
      }
      cluster.world().network().partition(cut, Set.of(newcomer.machine().address()));
      assertThat(test.fetch(newcomer)).isCompletedExceptionally();
      cluster.world().network().heal();
      assertThat(test.fetch(newcomer)).isCompleted();
      StreamProgress progress = test.acquisition(newcomer).progress();
      assertThat(progress.rangesDone()).isEqualTo(progress.ranges());
      return progress.rangesKept();
    }

    /**
     * Sets registers while one replica is cut off, has a node join, and then reads through these
     * two alone what the others had decided. Returns how many were read, or -1 if one was lost.
     */
    int withoutThoseWhoDecided(boolean fetches) {
      Set<NodeAddress> cut = Set.of(cluster.member(2).machine().address());
      Set<NodeAddress> others = new HashSet<>();
      for (int i : new int[] {0, 1, 3}) {
        others.add(cluster.member(i).machine().address());
      }
      cluster.world().network().partition(cut, others);
      test.setRegisters(QUIET);
      cluster.world().network().heal();
      Member newcomer = join(fetches);
      cluster.change(List.of(), 0, 1, 2, 3, 4);
      cluster.member(1).machine().crash();
      cluster.believe(1, false);
      cluster.world().run(SECOND);
      int read = 0;
      for (int register = 0; register < QUIET; register++) {
        if (Set.copyOf(cluster.replicas("ks", register)).equals(Set.of(1, 2, 4))) {
          Answer answer = registers.ask(newcomer, register, Request.READ);
          if (!Integer.valueOf(7).equals(answer.found())) {
            return -1;
          }
          read++;
        }
      }
      return read;
    }
  }

  @Test
  void nothingIsLostUnderLoad() {
    long copied = 0;
    for (long seed = 1; seed <= SEEDS; seed++) {
      Run run = new Run(seed);
      Result result = run.underLoad();
      assertThat(result.isLinearizable()).as("seed %d: %s", seed, result.explanation()).isTrue();
      assertThat(run.registers.applied()).isGreaterThan(20);
      copied += run.copied;
    }
    assertThat(copied).isPositive();
  }

  @Test
  void nothingIsLostWhenANodeLeaves() {
    for (long seed = 1; seed <= SEEDS; seed++) {
      Result result = new Run(seed).leaving();
      assertThat(result.isLinearizable()).as("seed %d: %s", seed, result.explanation()).isTrue();
    }
  }

  @Test
  void aNewcomerKnowsWhatAQuorumKnew() {
    int read = 0;
    for (long seed = 1; read < 5; seed++) {
      assertThat(seed).as("%d registers were read so far", read).isLessThan(40);
      int found = new Run(seed).withoutThoseWhoDecided(true);
      assertThat(found).as("seed %d: a register was lost", seed).isNotNegative();
      read += found;
    }
  }

  /** SimpleStrategy may put one replica of three into the data centre of who joins. */
  @Test
  void aStrategyWithoutDataCentresNeedsNoReplicaOfEach() {
    MovingCluster test = new MovingCluster(1, 0, "dc2", "dc2", "dc2", "dc1");
    test.setRegisters(QUIET);
    Member newcomer = test.beginJoinKnownToAll();
    test.cluster.member(3).machine().crash();
    test.cluster.believe(3, false);
    test.cluster.world().run(SECOND);
    assertThat(test.fetch(newcomer)).isCompleted();
    test.put(newcomer, NodeInfo.State.NORMAL, 0);
    int shared = 0;
    for (int register = 0; register < QUIET; register++) {
      List<Integer> replicas = test.cluster.replicas("ks", register);
      if (replicas.contains(4)) {
        assertThat(newcomer.value("t", register)).as("register %d", register).isEqualTo(7);
        shared += replicas.contains(3) ? 1 : 0;
      }
    }
    assertThat(shared).isPositive();
  }

  @Test
  void whatIsHereWhenAFetchFailsIsNotFetchedAgain() {
    int kept = 0;
    for (long seed = 1; seed <= 3; seed++) {
      kept += new Run(seed).withoutTwoSourcesAtFirst();
    }
    assertThat(kept).isPositive();
  }

  /** What is given first need not wait; it is a page or a piece of a file. */
  @Test
  void nobodyGivesFasterThanItMay() {
    long bytesPerSecond = 2000;
    long[] took = new long[2];
    long[] given = new long[2];
    for (int limited = 0; limited < 2; limited++) {
      MovingCluster test = new MovingCluster(3, limited * bytesPerSecond);
      test.setRegisters(200);
      Member newcomer = test.beginJoinKnownToAll();
      long begun = test.cluster.world().nanos();
      assertThat(test.fetch(newcomer)).isCompleted();
      took[limited] = test.cluster.world().nanos() - begun;
      for (Member source : test.cluster.members()) {
        given[limited] = Math.max(given[limited], test.given(source));
      }
    }
    assertThat(given[1]).isGreaterThan(3 * bytesPerSecond);
    assertThat(took[1]).isGreaterThan((given[1] - bytesPerSecond) * SECOND / bytesPerSecond);
    assertThat(took[0]).as("without a limit").isLessThan(took[1] / 2);
  }

  @Test
  void whoHasNotJoinedGivesNoFiles() {
    Run run = new Run(1);
    Member newcomer = run.test.beginJoinKnownToAll();
    assertThat(run.givesFiles(run.cluster.member(1))).isTrue();
    assertThat(run.givesFiles(newcomer)).isFalse();
  }

  @Test
  void aNewcomerThatFetchesNothingIsFound() {
    long seed = 1;
    while (new Run(seed).withoutThoseWhoDecided(false) >= 0) {
      assertThat(seed++).isLessThan(20);
    }
  }
}
