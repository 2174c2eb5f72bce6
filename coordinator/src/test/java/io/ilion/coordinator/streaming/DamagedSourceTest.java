package io.ilion.coordinator.streaming;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ilion.coordinator.paxos.PaxosTables;
import io.ilion.coordinator.replica.SimulatedCluster;
import io.ilion.coordinator.replica.SimulatedCluster.Member;
import io.ilion.gossip.NodeInfo;
import io.ilion.runtime.simulated.SimulatedFiles;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** A node joins, and some of those whom it asks cannot read what they have. */
class DamagedSourceTest {
  private static final int REGISTERS = 40;
  private static final int IN_FIRST_BLOCK = 60;
  private static final int SEEDS = Integer.getInteger("ilion.seeds", 4);

  /** A cluster whose registers are all in files. */
  private static final class Run {
    final MovingCluster test;
    final SimulatedCluster cluster;
    final Map<Member, Set<String>> damaged = new HashMap<>();

    Run(long seed) {
      test = new MovingCluster(seed);
      cluster = test.cluster;
      test.setRegisters(REGISTERS);
      cluster.world().run(MovingCluster.SECOND);
      for (Member member : cluster.members()) {
        for (UUID table : List.of(cluster.table("t").id(), PaxosTables.PAXOS.id())) {
          cluster.world().await(member.engine().storedFiles(table, true)).close();
        }
      }
    }

    /** Changes a bit of the first block of some files of a node, or changes it back. */
    void rot(int number, String tables) {
      SimulatedFiles files = cluster.member(number).machine().files();
      Set<String> paths = damaged.computeIfAbsent(cluster.member(number), m -> new HashSet<>());
      for (String path : files.paths()) {
        if (path.endsWith(".v1") && path.contains(tables)) {
          files.corrupt(path, IN_FIRST_BLOCK, 4);
          paths.add(path);
        }
      }
      assertThat(paths).isNotEmpty();
      // Nothing of them is in memory then.
      cluster.member(number).machine().kill();
      cluster.member(number).start();
    }

    Member begin() {
      return test.beginJoinKnownToAll();
    }

    /** How many registers a node replicates by now; it must have them all. */
    int owned(Member newcomer) {
      test.put(newcomer, NodeInfo.State.NORMAL);
      int owned = 0;
      for (int register = 0; register < REGISTERS; register++) {
        if (cluster.replicas("ks", register).contains(4)) {
          assertThat(newcomer.value("t", register)).as("register %d", register).isEqualTo(7);
          owned++;
        }
      }
      return owned;
    }
  }

  @Test
  void anotherReplicaIsAskedForWhatASourceCannotRead() {
    int owned = 0;
    for (long seed = 1; seed <= SEEDS; seed++) {
      Run run = new Run(seed);
      run.rot((int) seed % 4, "/");
      Member newcomer = run.begin();
      assertThat(run.test.fetch(newcomer)).as("seed %d", seed).isCompleted();
      owned += run.owned(newcomer);
    }
    assertThat(owned).isPositive();
  }

  @Test
  void whatIsAgreedOnComesFromAnotherReplicaToo() {
    for (long seed = 1; seed <= SEEDS; seed++) {
      Run run = new Run(seed);
      run.rot((int) seed % 4, "paxos");
      assertThat(run.test.fetch(run.begin())).as("seed %d", seed).isCompleted();
    }
  }

  @Test
  void nothingIsMissedSilentlyIfTooFewCanReadWhatTheyHave() {
    int refused = 0;
    for (long seed = 1; seed <= SEEDS; seed++) {
      Run run = new Run(seed);
      // Each range has three of the four, and has to be fetched from two of these.
      run.rot(1, "/t-");
      run.rot(2, "/t-");
      Member newcomer = run.begin();
      CompletableFuture<Void> fetched = run.test.fetch(newcomer);
      if (!fetched.isCompletedExceptionally()) {
        // Those two have nothing in the ranges that they both have.
        run.owned(newcomer);
        continue;
      }
      refused++;
      assertThatThrownBy(fetched::join)
          .hasCauseInstanceOf(StreamException.class)
          .as("seed %d", seed)
          .hasMessageContaining("only 1 are alive and can read what they have")
          .satisfies(
              failure ->
                  assertThat(
                          run.damaged.entrySet().stream()
                              .filter(
                                  of ->
                                      names(
                                          failure.getMessage(),
                                          of.getKey().machine().address().toString(),
                                          of.getValue())))
                      .hasSize(2));
      // What was mended is asked for again.
      run.rot(1, "/t-");
      assertThat(run.test.fetch(newcomer)).as("seed %d", seed).isCompleted();
      run.owned(newcomer);
    }
    assertThat(refused).isPositive();
  }

  /** Whether a node is named, and a file that is damaged there. */
  private static boolean names(String message, String node, Set<String> paths) {
    return message.contains(node + " cannot read")
        && paths.stream().anyMatch(path -> message.contains(path + " is damaged at offset"));
  }
}
