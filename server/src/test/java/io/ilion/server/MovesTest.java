package io.ilion.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ilion.coordinator.streaming.StreamProgress;
import io.ilion.gossip.metadata.Change;
import io.ilion.model.Consistency;
import io.ilion.model.type.NativeType;
import io.ilion.protocol.Response;
import io.ilion.protocol.Result;
import io.ilion.runtime.simulated.SimulatedFiles;
import io.ilion.server.config.Settings;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.Test;

/** Nodes leave, are removed and replaced while clients write and others fail. */
class MovesTest {
  private static final long SECOND = CoreCluster.SECOND;
  private static final int SEEDS = Integer.getInteger("ilion.seeds", 1);

  private interface Scenario {
    void run(CoreCluster run) throws IOException;
  }

  private static void eachSeed(int nodes, int replicas, Scenario scenario) {
    for (long seed = 1; seed <= SEEDS; seed++) {
      try {
        scenario.run(new CoreCluster(seed, nodes, replicas));
      } catch (IOException | RuntimeException | AssertionError e) {
        throw new AssertionError("seed " + seed, e);
      }
    }
  }

  @Test
  void aNodeLeavesWhileClientsWrite() {
    eachSeed(
        4,
        3,
        run -> {
          int leaver = run.random.below(4);
          run.keepWriting((leaver + 1) % 4);
          run.world.await(run.cores.get(leaver).core().decommission(false));
          assertThat(run.cores.get(leaver).core().mode()).isEqualTo(NodeMode.DECOMMISSIONED);
          assertThat(run.cores.get(leaver).isServing()).isFalse();
          run.end(leaver);
          run.expectWritten();
          assertThatThrownBy(() -> run.begin(leaver)).isInstanceOf(NodeHasLeftException.class);
        });
  }

  @Test
  void replicationStaysWhileANodeLeaves() {
    eachSeed(
        4,
        2,
        run -> {
          String alter =
              "ALTER KEYSPACE k WITH replication ="
                  + " {'class': 'SimpleStrategy', 'replication_factor': 3}";
          // It cannot leave before those are there who will own what it has.
          run.end(3);
          CompletionStage<Void> leaving = run.cores.get(2).core().decommission(false);
          run.world.until(() -> run.cores.get(2).core().mode() == NodeMode.LEAVING);
          run.world.run(SECOND);
          Response refused = run.ask(0, alter, Consistency.ONE);
          assertThat(refused.toString())
              .contains("CONFIG_ERROR")
              .contains(
                  "Cannot alter RF while some endpoints are not in normal state (no range"
                      + " movements): [/127.0.0.3:7000]");
          assertThat(run.ask(0, "ALTER TABLE k.t ADD w int", Consistency.ONE))
              .isInstanceOf(Result.SchemaChanged.class);
          run.begin(3);
          run.world.await(leaving);
          run.end(2);
          assertThat(run.ask(0, alter, Consistency.ONE)).isInstanceOf(Result.SchemaChanged.class);
        });
  }

  @Test
  void leavingGoesOnAfterARestartOfWhoLeavesOrOfAnother() {
    eachSeed(
        5,
        3,
        run -> {
          int leaver = run.random.below(5);
          UUID id = run.hostId(leaver);
          CompletionStage<Void> unused = run.cores.get(leaver).core().decommission(false);
          int writer = (leaver + 1) % 5;
          run.keepWriting(writer);
          run.world.until(() -> run.cores.get(leaver).core().mode() == NodeMode.LEAVING);
          run.world.run(run.random.below(1000) * 1_000_000L);
          int ended = run.random.oneIn(2) ? leaver : (leaver + 2) % 5;
          run.end(ended);
          run.world.run(run.random.below(3) * SECOND);
          run.begin(ended);
          run.world.until(() -> !run.isMember(id, writer));
          run.world.run(5 * SECOND);
          run.end(leaver);
          run.expectWritten();
        });
  }

  @Test
  void aNodeGoesOnToJoinWhereItWasWhenItEnded() {
    eachSeed(
        3,
        3,
        run -> {
          run.keepWriting(run.random.below(3));
          int joining = run.addMachine();
          SimulatedCore core = run.begin(joining);
          int part = 2 + run.random.below(6);
          run.world.until(
              () -> {
                StreamProgress progress = core.core().transfers().progress();
                return progress.rangesDone() > progress.ranges() / part;
              });
          run.world.run(run.random.below(4) * 1_000_000L);
          assertThat(core.core().mode()).isEqualTo(NodeMode.JOINING);
          run.end(joining);
          run.world.run(run.random.below(5) * SECOND);
          SimulatedCore again = run.begin(joining);
          run.world.await(again.started());
          StreamProgress progress = again.core().transfers().progress();
          assertThat(progress.rangesDone()).isEqualTo(progress.ranges());
          assertThat(progress.rangesKept()).isPositive();
          run.expectWritten();
        });
  }

  @Test
  void aDeadNodeIsRemovedThoughWhoRemovesItEnds() {
    eachSeed(
        5,
        3,
        run -> {
          int dead = run.random.below(5);
          int remover = (dead + 1) % 5;
          int writer = (dead + 2) % 5;
          UUID id = run.hostId(dead);
          assertThatThrownBy(
                  () -> run.world.await(run.cores.get(remover).core().removeNode(id, false)))
              .hasStackTraceContaining("is alive and owns this ID");
          run.end(dead);
          run.awaitDown(id, remover);
          run.keepWriting(writer);
          CompletionStage<Void> removed = run.cores.get(remover).core().removeNode(id, false);
          if (run.random.oneIn(2)) {
            run.world.run(run.random.below(1500) * 1_000_000L);
            run.end(remover);
            run.world.run(SECOND);
            run.begin(remover);
            run.world.await(run.cores.get(remover).started());
            if (run.isMember(id, writer)) {
              run.awaitDown(id, remover);
              run.world.await(run.cores.get(remover).core().removeNode(id, false));
            }
          } else {
            run.world.await(removed);
          }
          run.expectWritten();
          SimulatedCore again = run.begin(dead);
          run.world.until(() -> again.started().toCompletableFuture().isDone());
          assertThatThrownBy(() -> again.started().toCompletableFuture().join())
              .hasCauseInstanceOf(NodeHasLeftException.class);
        });
  }

  @Test
  void whoWasRemovedAndIsForgottenDoesNotComeBack() throws IOException {
    boolean[] forgets = new boolean[1];
    CoreCluster run =
        new CoreCluster(1, 3, 2, usual -> usual.with(Settings.OVERRIDE_DECOMMISSION, forgets[0]));
    UUID id = run.hostId(2);
    run.end(2);
    run.awaitDown(id, 0);
    run.world.await(run.cores.get(0).core().removeNode(id, false));
    run.world.await(
        run.cores
            .get(0)
            .core()
            .cluster()
            .metadataLog()
            .change(agreed -> List.of(new Change.RemoveNode(id))));
    run.world.until(() -> run.cores.get(0).core().view().node(id) == null);
    assertThat(run.ask(0, "DELETE FROM k.t WHERE k = 0", Consistency.ALL))
        .isInstanceOf(Result.Void.class);
    for (int start = 0; start < 2; start++) {
      // It was told by others at the first start, and knows by itself at the second.
      assertThatThrownBy(() -> run.world.await(run.begin(2).started()))
          .hasStackTraceContaining(
              "This node was decommissioned or removed and will not rejoin the ring");
      run.machines.get(2).crash();
    }
    assertThat(run.cores.get(0).core().metadata().nodes()).hasSize(2);
    forgets[0] = true;
    run.world.await(run.begin(2).started());
    assertThat(run.hostId(2)).isNotEqualTo(id);
    assertThat(SimulatedCore.rows(run.ask(2, "SELECT v FROM k.t WHERE k = 0", Consistency.ALL)))
        .isEmpty();
    run.acknowledged.remove((Integer) 0);
    run.expectAll(Consistency.ALL);
    run.expectClientsKnow();
  }

  /** The others may have its counts of before, but none of them all of those. */
  @Test
  void whoForgetsItsDataDoesNotGoOnCountingWhereItWas() throws IOException {
    boolean[] forgets = new boolean[1];
    CoreCluster run =
        new CoreCluster(1, 3, 3, usual -> usual.with(Settings.OVERRIDE_DECOMMISSION, forgets[0]));
    run.ask(0, "CREATE TABLE k.c (k int PRIMARY KEY, n counter)", Consistency.ONE);
    run.world.run(5 * SECOND);
    count(run, 10, Consistency.ALL);
    // After a scrub of a damaged table of counters the node counts under another id.
    run.run(2, "flush", Map.of("keyspace", "k"));
    SimulatedFiles files = run.machines.get(2).files();
    files.paths().stream()
        .filter(path -> path.endsWith(".v1") && path.contains("/k-c-"))
        .toList()
        .forEach(path -> files.corrupt(path, 60, 4));
    run.machines.get(2).kill();
    run.world.await(run.begin(2).started());
    run.world.run(10 * SECOND);
    run.run(2, "scrub", Map.of("keyspace", "k"));
    assertThat(files.exists("node/counting")).isTrue();
    count(run, 5, Consistency.ALL);
    // The one that it is to learn of its counts from misses some.
    UUID behind = run.hostId(1);
    run.cores.remove(1);
    run.machines.get(1).kill();
    run.awaitDown(behind, 2);
    count(run, 5, Consistency.QUORUM);
    UUID id = run.hostId(2);
    run.end(2);
    run.world.await(run.begin(1).started());
    run.world.run(10 * SECOND);
    run.awaitDown(id, 0);
    run.world.await(run.cores.get(0).core().removeNode(id, true));
    assertThatThrownBy(() -> run.world.await(run.begin(2).started()))
        .hasStackTraceContaining("will not rejoin");
    run.machines.get(2).crash();
    forgets[0] = true;
    run.world.await(run.begin(2).started());
    run.world.run(10 * SECOND);
    count(run, 1, Consistency.ALL);
    byte[] counted =
        SimulatedCore.rows(run.ask(0, "SELECT n FROM k.c WHERE k = 1", Consistency.ALL)).get(0)[0];
    assertThat(NativeType.BIGINT.decode(counted)).isEqualTo(21L);
  }

  private static void count(CoreCluster run, int times, Consistency level) {
    for (int i = 0; i < times; i++) {
      assertThat(run.ask(2, "UPDATE k.c SET n = n + 1 WHERE k = 1", level))
          .isInstanceOf(Result.Void.class);
    }
  }

  @Test
  void aDeadNodeIsReplacedThoughItsSuccessorEndsInBetween() {
    eachSeed(
        3,
        3,
        run -> {
          int dead = run.random.below(3);
          String address = run.machines.get(dead).address().host();
          UUID id = run.hostId(dead);
          run.end(dead);
          run.awaitDown(id, (dead + 1) % 3);
          for (int i = 0; i < 20; i++) {
            CompletionStage<Response> answered = run.write((dead + 1) % 3);
            run.world.await(answered);
          }
          int successor = run.addMachine();
          SimulatedCore core = run.begin(successor, address);
          run.keepWriting((dead + 2) % 3);
          if (run.random.oneIn(2)) {
            run.world.until(() -> core.core().mode() == NodeMode.JOINING);
            run.end(successor);
            run.world.run(SECOND);
            run.begin(successor);
          }
          run.world.await(run.cores.get(successor).started());
          run.expectWritten();
          assertThat(run.hostId(successor)).isNotEqualTo(id);
        });
  }

  @Test
  void aNodeThatLostItsDiskReplacesItselfAtItsAddress() {
    eachSeed(
        3,
        3,
        run -> {
          int dead = run.random.below(3);
          String address = run.machines.get(dead).address().host();
          UUID id = run.hostId(dead);
          run.end(dead);
          run.keepWriting((dead + 1) % 3);
          SimulatedCore core = run.beginIn("empty", dead, address);
          run.world.await(core.started());
          assertThat(run.hostId(dead)).isNotEqualTo(id);
          run.world.until(() -> !run.isMember(id, (dead + 1) % 3));
          run.expectWritten();
        });
  }

  @Test
  void aNodeThatEndsAnswersWhatItWasAskedForBefore() throws IOException {
    CoreCluster run = new CoreCluster(1, 3, 3);
    // A write takes several calls, maybe behind those of another; they end before its timeout.
    run.machines.get(2).files().setLatency(SECOND / 4, SECOND / 4);
    CompletionStage<Response> written =
        run.cores.get(0).ask("INSERT INTO k.t (k, v) VALUES (0, 1)", Consistency.ALL);
    run.world.run(SECOND / 20);
    CompletionStage<Void> left = run.cores.get(2).core().leave();
    run.world.until(() -> left.toCompletableFuture().isDone());
    run.world.run(SECOND / 20);
    assertThat(written.toCompletableFuture())
        .isCompletedWithValueMatching(Result.Void.class::isInstance);
  }

  @Test
  void aSuccessorDoesNotAnswerForWhomItReplaces() throws IOException {
    CoreCluster run = new CoreCluster(1, 3, 3);
    UUID first = run.hostId(0);
    run.end(0);
    run.awaitDown(first, 1);
    run.awaitDown(first, 2);
    int written = run.written;
    for (int i = 0; i < 20; i++) {
      assertThat(run.world.await(run.write(1))).isInstanceOf(Result.Void.class);
    }
    for (int i = 1; i < 3; i++) {
      run.world.await(run.cores.get(i).core().operations().run("pausehandoff", Map.of()));
    }
    run.begin(0);
    run.world.await(run.cores.get(0).started());
    run.world.until(() -> run.cores.get(0).core().view().isAlive(run.hostId(2)));
    UUID lost = run.hostId(2);
    run.end(1);
    run.end(2);
    run.beginIn("other", 2, "127.0.0.3");
    int asked = 0;
    while (run.cores.get(0).core().view().isAlive(lost) && asked < 200) {
      int key = written + asked++ % 20;
      Response answer = run.ask(0, "SELECT v FROM k.t WHERE k = " + key, Consistency.QUORUM);
      if (answer instanceof Result.Rows) {
        assertThat(SimulatedCore.rows(answer)).as("row %d", key).hasSize(1);
      }
      run.world.run(SECOND / 20);
    }
  }

  @Test
  void twoThatLeaveAtOnceLeaveOneAfterTheOther() {
    eachSeed(
        5,
        3,
        run -> {
          run.keepWriting(0);
          CompletionStage<Void> one = run.cores.get(1).core().decommission(false);
          CompletionStage<Void> other = run.cores.get(3).core().decommission(false);
          run.world.await(one);
          run.world.await(other);
          run.end(1);
          run.end(3);
          run.expectWritten();
        });
  }

  @Test
  void replicationIsNotBrokenUnlessForced() throws IOException {
    CoreCluster run = new CoreCluster(1, 3, 3);
    assertThatThrownBy(() -> run.world.await(run.cores.get(2).core().decommission(false)))
        .hasStackTraceContaining(
            "Not enough live nodes to maintain replication factor in keyspace k (RF = 3, N = 3)."
                + " Perform a forceful decommission to ignore.");
    run.world.await(run.cores.get(2).core().decommission(true));
    run.end(2);
    run.expectAll(Consistency.QUORUM);
  }

  @Test
  void whatWasDeletedElsewhereDoesNotComeBackWithARange() throws IOException {
    CoreCluster run = new CoreCluster(1, 2, 1);
    run.ask(
        0,
        "ALTER TABLE k.t WITH gc_grace_seconds = 0 AND compaction ="
            + " {'class': 'SizeTieredCompactionStrategy', 'min_threshold': 2}",
        Consistency.ONE);
    int newcomer = run.addMachine();
    run.world.await(run.begin(newcomer).started());
    // Whoever lost ranges has their rows on disk.
    run.world.await(run.cores.get(0).core().operations().run("flush", Map.of("keyspace", "k")));
    for (int key : run.acknowledged) {
      run.ask(1, "DELETE FROM k.t WHERE k = " + key, Consistency.ONE);
      if (key % 20 == 0) {
        run.world.await(
            run.cores.get(newcomer).core().operations().run("flush", Map.of("keyspace", "k")));
      }
    }
    run.world.run(SECOND);
    // The deletions are merged, and purged.
    for (int i = 0; i < 2; i++) {
      run.ask(0, "UPDATE k.t SET v = 1 WHERE k = " + (1000 + i), Consistency.ONE);
      run.world.await(
          run.cores.get(newcomer).core().operations().run("flush", Map.of("keyspace", "k")));
      run.world.run(10 * SECOND);
    }
    run.world.await(run.cores.get(newcomer).core().decommission(false));
    run.end(newcomer);
    run.world.run(SECOND);
    for (int key : run.acknowledged) {
      assertThat(
              SimulatedCore.rows(run.ask(0, "SELECT v FROM k.t WHERE k = " + key, Consistency.ONE)))
          .as("row %d", key)
          .isEmpty();
    }
  }

  @Test
  void whatNobodyElseHasStaysWhenReplicationIsAlteredForAWhile() throws IOException {
    CoreCluster run = new CoreCluster(1, 3, 3);
    for (int replicas : new int[] {0, 3}) {
      Response altered =
          run.ask(
              0,
              "ALTER KEYSPACE k WITH replication ="
                  + " {'class': 'SimpleStrategy', 'replication_factor': "
                  + replicas
                  + "}",
              Consistency.ONE);
      assertThat(altered).as("%d replicas", replicas).isInstanceOf(Result.SchemaChanged.class);
      run.world.run(5 * SECOND);
    }
    run.expectAll(Consistency.ALL);
  }

  /** What others fetched for a leaving that was given up does not end the next one. */
  @Test
  void aLeavingThatWasGivenUpDoesNotEndTheNextOne() throws IOException {
    CoreCluster run = new CoreCluster(1, 4, 1);
    CompletionStage<Void> first = run.cores.get(3).core().decommission(false);
    // Others have all; it waits for what clients have begun.
    run.world.until(() -> !run.cores.get(3).isServing());
    run.run(0, "abort-move", Map.of());
    run.world.until(() -> run.cores.get(3).core().mode() == NodeMode.NORMAL);
    run.world.run(2 * SECOND);
    assertThat(run.cores.get(3).isServing()).isTrue();
    for (int i = 0; i < 60; i++) {
      assertThat(run.world.await(run.write(0))).isInstanceOf(Result.Void.class);
    }
    // One of those is away who will own what the leaver has, so it must not end.
    run.end(1);
    CompletionStage<Void> second = run.cores.get(3).core().decommission(true);
    run.world.run(100 * SECOND);
    assertThat(run.cores.get(3).core().mode()).isEqualTo(NodeMode.LEAVING);
    run.begin(1);
    run.world.await(run.cores.get(1).started());
    run.world.await(second);
    assertThat(first.toCompletableFuture()).isCompletedExceptionally();
    run.end(3);
    run.world.run(30 * SECOND);
    run.expectAll(Consistency.ONE);
  }

  /** As long as others fetch, a leaving can be given up, and the node goes on as before. */
  @Test
  void aNodeWhoseLeavingIsGivenUpWhileOthersFetchGoesOnServing() throws IOException {
    CoreCluster run = new CoreCluster(1, 4, 3);
    for (int i = 0; i < 4; i++) {
      run.machines.get(i).files().setLatency(SECOND / 4, SECOND / 4);
    }
    CompletionStage<Void> leaving = run.cores.get(2).core().decommission(false);
    run.world.until(
        () -> run.cores.get(2).core().transfers().handed().stream().anyMatch(h -> h.ranges() > 0));
    assertThat(run.cores.get(2).core().mode()).isEqualTo(NodeMode.LEAVING);
    assertThat(run.cores.get(2).isServing()).isTrue();
    run.run(0, "abort-move", Map.of());
    run.world.run(10 * SECOND);
    assertThat(leaving.toCompletableFuture()).isCompletedExceptionally();
    assertThat(run.cores.get(2).core().mode()).isEqualTo(NodeMode.NORMAL);
    assertThat(run.cores.get(2).isServing()).isTrue();
  }

  private static void alter(CoreCluster run, int replicas) {
    Response altered =
        run.ask(
            0,
            "ALTER KEYSPACE k WITH replication ="
                + " {'class': 'SimpleStrategy', 'replication_factor': "
                + replicas
                + "}",
            Consistency.ONE);
    assertThat(altered).isInstanceOf(Result.SchemaChanged.class);
    run.world.run(5 * SECOND);
  }

  /** What a node has counted stays when it loses ranges and gets them again. */
  @Test
  void whatANodeHasCountedStaysWhenItsRangesComeBack() throws IOException {
    CoreCluster run = new CoreCluster(1, 3, 3);
    assertThat(run.ask(0, "CREATE TABLE k.c (k int PRIMARY KEY, n counter)", Consistency.ONE))
        .isInstanceOf(Result.SchemaChanged.class);
    run.world.run(5 * SECOND);
    int keys = 20;
    for (int i = 0; i < 10; i++) {
      for (int key = 0; key < keys; key++) {
        assertThat(run.ask(2, "UPDATE k.c SET n = n + 1 WHERE k = " + key, Consistency.ALL))
            .isInstanceOf(Result.Void.class);
      }
    }
    alter(run, 2);
    alter(run, 3);
    for (int key = 0; key < keys; key++) {
      assertThat(run.ask(2, "UPDATE k.c SET n = n + 1 WHERE k = " + key, Consistency.ALL))
          .isInstanceOf(Result.Void.class);
    }
    List<Long> counts = new ArrayList<>();
    for (int key = 0; key < keys; key++) {
      byte[][] row =
          SimulatedCore.rows(run.ask(0, "SELECT n FROM k.c WHERE k = " + key, Consistency.ALL))
              .get(0);
      counts.add((Long) NativeType.BIGINT.decode(row[0]));
    }
    assertThat(counts).containsOnly(11L);
  }
}
