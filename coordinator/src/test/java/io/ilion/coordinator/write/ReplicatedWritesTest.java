package io.ilion.coordinator.write;

import static io.ilion.coordinator.replica.SimulatedCluster.SECOND;
import static org.assertj.core.api.Assertions.assertThat;

import io.ilion.coordinator.replica.SimulatedCluster;
import io.ilion.coordinator.replica.SimulatedCluster.Member;
import io.ilion.coordinator.replica.SimulatedCluster.Outcome;
import io.ilion.coordinator.replica.UnavailableException;
import io.ilion.coordinator.replica.WriteFailureException;
import io.ilion.coordinator.replica.WriteTimeoutException;
import io.ilion.cql.ast.Batch;
import io.ilion.gossip.NodeInfo;
import io.ilion.gossip.metadata.Change;
import io.ilion.model.Consistency;
import io.ilion.model.WriteType;
import io.ilion.runtime.simulated.LinkFaults;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletionException;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ReplicatedWritesTest {

  private static Outcome write(
      WritingCluster writing,
      int from,
      Consistency level,
      WriteProgress progress,
      String... statements) {
    Outcome outcome = writing.write(from, level, progress, Batch.Kind.UNLOGGED, 5, statements);
    writing.cluster().world().until(outcome::isTold);
    return outcome;
  }

  private static String add(int key, int amount) {
    return "UPDATE c SET v = v + " + amount + " WHERE k = " + key;
  }

  @Test
  void statementsAndUnloggedBatchesReachTheReplicas() {
    WritingCluster writing = new WritingCluster(1, 5);
    SimulatedCluster cluster = writing.cluster();
    WriteProgress progress = new WriteProgress();
    assertThat(write(writing, 0, Consistency.ALL, progress, "INSERT INTO t (k, v) VALUES (1, 11)"))
        .hasToString("done");
    assertThat(
            write(
                writing,
                1,
                Consistency.ALL,
                progress,
                "INSERT INTO t (k, v) VALUES (2, 12)",
                "UPDATE t SET v = 13 WHERE k = 3",
                "DELETE FROM t WHERE k = 1"))
        .hasToString("done");
    assertThat(progress.type()).isEqualTo(WriteType.UNLOGGED_BATCH);
    for (int number = 0; number < 5; number++) {
      Member member = cluster.member(number);
      for (int key = 1; key <= 3; key++) {
        boolean has = key > 1 && cluster.replicas("ks", key).contains(number);
        assertThat(member.value("t", key)).isEqualTo(has ? key + 10 : null);
      }
    }
  }

  @Test
  void whatChangesNothingIsDone() {
    WritingCluster writing = new WritingCluster(1, 3);
    String nothing = "UPDATE l SET l = l + [] WHERE k = 1";
    String insert = "INSERT INTO t (k, v) VALUES (1, 1)";
    for (Batch.Kind kind : List.of(Batch.Kind.UNLOGGED, Batch.Kind.LOGGED)) {
      for (String[] statements : List.of(new String[] {nothing}, new String[] {nothing, insert})) {
        Outcome outcome =
            writing.write(0, Consistency.QUORUM, new WriteProgress(), kind, 5, statements);
        writing.cluster().world().until(outcome::isTold);
        assertThat(outcome).as("%s, %d", kind, statements.length).hasToString("done");
      }
    }
  }

  @Test
  void aTimeoutTellsOfThePartitionThatIsNotWritten() {
    WritingCluster writing = new WritingCluster(2, 3);
    SimulatedCluster cluster = writing.cluster();
    cluster
        .world()
        .network()
        .cut(cluster.member(0).machine().address(), cluster.member(1).machine().address());
    WriteProgress progress = new WriteProgress();
    Outcome outcome =
        writing.write(
            0,
            Consistency.ALL,
            progress,
            Batch.Kind.UNLOGGED,
            5,
            "INSERT INTO t (k, v) VALUES (1, 1)",
            "INSERT INTO t (k, v) VALUES (2, 2)");
    cluster.world().run(SECOND / 2);
    assertThat(List.of(progress.received(), progress.blockFor())).containsExactly(2, 3);
    cluster.world().until(outcome::isTold);
    WriteTimeoutException e = (WriteTimeoutException) outcome.failure();
    assertThat(List.of(e.received(), e.blockFor(), e.type()))
        .containsExactly(2, 3, WriteType.UNLOGGED_BATCH);
  }

  @Test
  void nothingIsWrittenIfOnePartitionOfABatchIsUnavailable() {
    WritingCluster writing = new WritingCluster(3, 3);
    SimulatedCluster cluster = writing.cluster();
    cluster.believe(1, false);
    cluster.world().run(SECOND);
    Outcome outcome =
        write(
            writing,
            0,
            Consistency.ALL,
            new WriteProgress(),
            "INSERT INTO t (k, v) VALUES (1, 1)",
            "INSERT INTO t (k, v) VALUES (2, 2)");
    assertThat(outcome.failure()).isInstanceOf(UnavailableException.class);
    assertThat(cluster.member(0).value("t", 1)).isNull();
    assertThat(cluster.member(0).value("t", 2)).isNull();
  }

  @Test
  void aNodeAloneWritesWithoutMessages() {
    WritingCluster writing = new WritingCluster(4, 1);
    assertThat(
            write(
                writing,
                0,
                Consistency.ONE,
                new WriteProgress(),
                "INSERT INTO t (k, v) VALUES (1, 1)"))
        .hasToString("done");
    assertThat(writing.cluster().member(0).value("t", 1)).isEqualTo(1);
    assertThat(writing.cluster().world().network().delivered()).isZero();
  }

  @Test
  void additionsAreLedByAReplicaAndReachTheOthers() {
    WritingCluster writing = new WritingCluster(5, 5);
    SimulatedCluster cluster = writing.cluster();
    for (int from = 0; from < 5; from++) {
      for (int key = 0; key < 4; key++) {
        assertThat(write(writing, from, Consistency.ALL, new WriteProgress(), add(key, 3)))
            .hasToString("done");
      }
    }
    for (int key = 0; key < 4; key++) {
      for (int number : cluster.replicas("ks", key)) {
        assertThat(cluster.member(number).value("c", key)).isEqualTo(15);
      }
    }
  }

  @Test
  void whatTheLeaderMetIsToldToTheClient() {
    WritingCluster writing = new WritingCluster(6, 4);
    SimulatedCluster cluster = writing.cluster();
    int key = 0;
    while (cluster.replicas("ks", key).contains(0)) {
      key++;
    }
    // Whoever leads cannot reach the others.
    for (int i = 1; i < 4; i++) {
      for (int j = 1; j < 4; j++) {
        cluster
            .world()
            .network()
            .cut(cluster.member(i).machine().address(), cluster.member(j).machine().address());
      }
    }
    Outcome outcome = write(writing, 0, Consistency.QUORUM, new WriteProgress(), add(key, 1));
    WriteTimeoutException e = (WriteTimeoutException) outcome.failure();
    assertThat(List.of(e.blockFor(), e.type())).containsExactly(2, WriteType.COUNTER);
    cluster.believe(2, false);
    cluster.believe(3, false);
    cluster.world().run(SECOND);
    Outcome refused = write(writing, 0, Consistency.QUORUM, new WriteProgress(), add(key, 1));
    UnavailableException u = (UnavailableException) refused.failure();
    assertThat(List.of(u.required(), u.alive())).containsExactly(2, 1);
  }

  /**
   * Leaders lose their power and the network repeats and loses messages: in the end all replicas
   * agree on a count between those that were acknowledged and those that were tried.
   */
  @ParameterizedTest
  @ValueSource(longs = {21, 22, 23, 24, 25, 26, 27, 28})
  void anAcknowledgedAdditionCountsOnce(long seed) {
    WritingCluster writing = new WritingCluster(seed, 4);
    SimulatedCluster cluster = writing.cluster();
    cluster.world().network().setFaults(LinkFaults.BAD);
    for (Member member : cluster.members()) {
      member.machine().files().setLatency(1000, 500_000);
    }
    Random random = new Random(seed);
    List<Outcome> outcomes = new ArrayList<>();
    int key = 1;
    for (int i = 0; i < 100; i++) {
      int from = random.nextInt(4);
      outcomes.add(
          writing.write(
              from, Consistency.QUORUM, new WriteProgress(), Batch.Kind.UNLOGGED, i, add(key, 1)));
      cluster.world().run(random.nextInt(30_000_000));
      if (i % 12 == 5) {
        Member victim = cluster.member(random.nextInt(4));
        victim.machine().crash();
        cluster.world().run(random.nextInt(50_000_000));
        victim.start();
      }
    }
    cluster.world().network().setFaults(LinkFaults.NONE);
    cluster.world().run(130 * SECOND);
    // An addition at ALL brings what the leader has counted to all.
    for (int from : cluster.replicas("ks", key)) {
      assertThat(write(writing, from, Consistency.ALL, new WriteProgress(), add(key, 0)))
          .hasToString("done");
    }
    long acknowledged = outcomes.stream().filter(Outcome::succeeded).count();
    assertThat(acknowledged).as("seed %d", seed).isGreaterThan(40);
    for (int number : cluster.replicas("ks", key)) {
      assertThat((long) cluster.member(number).value("c", key))
          .as("seed %d", seed)
          .isBetween(acknowledged, (long) outcomes.size())
          .isEqualTo((long) cluster.member(cluster.replicas("ks", key).get(0)).value("c", key));
    }
  }

  /**
   * The coordinator dies at any moment of a logged batch: in the end all of it is there, or none.
   */
  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3})
  void aLoggedBatchIsWholeWhenItsCoordinatorDies(int part) {
    int whole = 0;
    int none = 0;
    for (int seed = part * 15; seed < part * 15 + 15; seed++) {
      WritingCluster writing = new WritingCluster(seed, 5);
      SimulatedCluster cluster = writing.cluster();
      for (Member member : cluster.members()) {
        member.machine().files().setLatency(1000, 200_000);
      }
      Outcome outcome =
          writing.write(
              0,
              Consistency.QUORUM,
              new WriteProgress(),
              Batch.Kind.LOGGED,
              5,
              "INSERT INTO t (k, v) VALUES (1, 1)",
              "INSERT INTO t (k, v) VALUES (2, 2)",
              "INSERT INTO t (k, v) VALUES (3, 3)");
      cluster.world().run(new Random(seed).nextInt(seed % 3 == 0 ? 20_000 : 3_000_000));
      cluster.member(0).machine().crash();
      cluster.believe(0, false);
      cluster.world().run(15 * SECOND);
      writing.bringBack(0);
      cluster.world().run(15 * SECOND);
      int found = 0;
      for (int key = 1; key <= 3; key++) {
        for (int number : cluster.replicas("ks", key)) {
          found += cluster.member(number).value("t", key) == null ? 0 : 1;
        }
      }
      assertThat(found).as("seed %d", seed).isIn(0, 9);
      assertThat(outcome.succeeded() && found == 0).as("seed %d", seed).isFalse();
      whole += found == 9 ? 1 : 0;
      none += found == 0 ? 1 : 0;
    }
    assertThat(whole).isPositive();
    assertThat(none).isPositive();
  }

  /** It may have fetched what it will own before the batch is applied. */
  @Test
  void whoBeginsToJoinWhileABatchIsKeptGetsItToo() {
    WritingCluster writing = new WritingCluster(66, 1);
    SimulatedCluster cluster = writing.cluster();
    Member alone = cluster.member(0);
    alone.machine().files().setLatency(SECOND / 2, SECOND / 2);
    Outcome outcome = writePair(writing, Consistency.ONE);
    cluster.world().run(SECOND / 10);
    Member newcomer = cluster.join(0);
    newcomer.start();
    alone.learn();
    cluster.world().run(SECOND / 10);
    assertThat(alone.value("t", 1)).isNull();
    cluster.world().until(outcome::isTold);
    assertThat(outcome).hasToString("done");
    for (int key = 1; key <= 2; key++) {
      assertThat(newcomer.value("t", key)).isEqualTo(key);
    }
  }

  /** What a write needs to know may take long to read, and who joins has fetched all by then. */
  @ParameterizedTest
  @ValueSource(strings = {"c", "l"})
  void whoBeginsToJoinWhileAWriteReadsGetsItToo(String table) {
    WritingCluster writing = new WritingCluster(67, 1);
    SimulatedCluster cluster = writing.cluster();
    Member alone = cluster.member(0);
    String list = "UPDATE l SET l[0] = 7, v = 2 WHERE k = 1";
    String first = table.equals("c") ? add(1, 1) : "INSERT INTO l (k, l) VALUES (1, [1])";
    assertThat(write(writing, 0, Consistency.ONE, new WriteProgress(), first)).hasToString("done");
    cluster.world().await(alone.engine().flush(cluster.table(table).id()));
    alone.machine().files().setLatency(SECOND / 2, SECOND / 2);
    Outcome outcome =
        writing.write(
            0,
            Consistency.ONE,
            new WriteProgress(),
            Batch.Kind.UNLOGGED,
            10,
            table.equals("c") ? add(1, 1) : list);
    cluster.world().run(SECOND / 10);
    Member newcomer = cluster.join(0);
    newcomer.start();
    alone.learn();
    cluster.world().run(SECOND / 10);
    assertThat(outcome.isTold()).isFalse();
    cluster.world().until(outcome::isTold);
    assertThat(outcome).hasToString("done");
    assertThat(newcomer.value(table, 1)).isEqualTo(2);
  }

  /** Else it would outlive its table's gc_grace_seconds, and bring back what was deleted since. */
  @Test
  void aHintOfABatchThatIsCompletedLateIsAsOldAsTheBatch() {
    WritingCluster writing = new WritingCluster(65, 5);
    SimulatedCluster cluster = writing.cluster();
    int down = 4;
    int key = keyOf(cluster, List.of(down), List.of(0));
    writing.kill(down);
    WriteProgress progress = new WriteProgress();
    writing.write(
        0,
        Consistency.QUORUM,
        progress,
        Batch.Kind.LOGGED,
        5,
        "INSERT INTO t (k, v) VALUES (" + key + ", 1)",
        "INSERT INTO l (k, l) VALUES (" + key + ", [1])");
    cluster.world().until(() -> progress.type() == WriteType.BATCH);
    writing.kill(0);
    List<Member> alive = cluster.members().subList(1, down);
    long micros = cluster.table("t").properties().gcGraceSeconds() * 1_000_000L;
    alive.forEach(member -> member.machine().clock().jump(micros / 10 * 9));
    cluster.world().run(15 * SECOND);
    assertThat(keepers(writing)).isZero();
    assertThat(replicasThatHave(cluster, key, down)).isEqualTo(2);
    alive.forEach(member -> member.machine().clock().jump(micros / 10 * 2));
    writing.bringBack(down);
    cluster.world().run(15 * SECOND);
    assertThat(cluster.member(down).value("t", key)).isNull();
  }

  /** Who reads in one data centre must not see a half of it, and hints may be lost. */
  @Test
  void aBatchThatIsCompletedLaterIsKeptUntilEveryDatacenterHasIt() {
    WritingCluster writing =
        new WritingCluster(
            66, 7, "{'class': 'NetworkTopologyStrategy', 'dc1': 3, 'dc2': 1}", "dc1", "dc2");
    SimulatedCluster cluster = writing.cluster();
    List<Integer> far = List.of(1, 3, 5);
    int key = keyOf(cluster, List.of(2, 4, 6), List.of(0));
    far.forEach(writing::kill);
    WriteProgress progress = new WriteProgress();
    writing.write(
        0,
        Consistency.LOCAL_QUORUM,
        progress,
        Batch.Kind.LOGGED,
        5,
        "INSERT INTO t (k, v) VALUES (" + key + ", 1)",
        "INSERT INTO l (k, l) VALUES (" + key + ", [1])");
    cluster.world().until(() -> progress.type() == WriteType.BATCH);
    writing.kill(0);
    cluster.world().run(15 * SECOND);
    assertThat(keepers(writing)).isPositive();
    far.forEach(writing::bringBack);
    cluster.world().run(30 * SECOND);
    assertThat(keepers(writing)).isZero();
    for (int replica : cluster.replicas("ks", key)) {
      assertThat(cluster.member(replica).value("t", key)).as("replica %d", replica).isEqualTo(1);
    }
  }

  /** Writes two rows as a logged batch, through the first member. */
  private static Outcome writePair(WritingCluster writing, Consistency level) {
    return writing.write(
        0,
        level,
        new WriteProgress(),
        Batch.Kind.LOGGED,
        5,
        "INSERT INTO t (k, v) VALUES (1, 1)",
        "INSERT INTO t (k, v) VALUES (2, 2)");
  }

  @Test
  void aLoggedBatchLeavesNothingBehindAndSaysWhereItIs() {
    WritingCluster writing = new WritingCluster(61, 3);
    SimulatedCluster cluster = writing.cluster();
    WriteProgress progress = new WriteProgress();
    Outcome outcome =
        writing.write(
            0,
            Consistency.QUORUM,
            progress,
            Batch.Kind.LOGGED,
            5,
            "INSERT INTO t (k, v) VALUES (1, 1)",
            "INSERT INTO t (k, v) VALUES (2, 2)");
    cluster.world().run(10_000);
    assertThat(progress.type()).isEqualTo(WriteType.BATCH_LOG);
    assertThat(progress.blockFor()).isEqualTo(2);
    cluster.world().until(outcome::isTold);
    assertThat(outcome).hasToString("done");
    assertThat(progress.type()).isEqualTo(WriteType.BATCH);
    cluster.world().run(10 * SECOND);
    for (int i = 0; i < 3; i++) {
      assertThat(writing.parts(i).batchlog().hasLeftBehind()).isFalse();
    }
  }

  @Test
  void anotherKeepsABatchInThePlaceOfOneThatHasJustEnded() {
    for (int ended = 1; ended < 5; ended++) {
      WritingCluster writing = new WritingCluster(64, 5);
      SimulatedCluster cluster = writing.cluster();
      cluster.member(ended).machine().crash();
      Outcome outcome = writePair(writing, Consistency.QUORUM);
      cluster.world().until(outcome::isTold);
      assertThat(outcome).as("without %d", ended).hasToString("done");
      cluster.believe(ended, false);
      cluster.world().run(10 * SECOND);
      for (int other = 0; other < 5; other++) {
        if (other != ended) {
          assertThat(writing.parts(other).batchlog().hasLeftBehind()).isFalse();
        }
      }
    }
  }

  @Test
  void aBatchThatNobodyKeepsIsNotWritten() {
    WritingCluster writing = new WritingCluster(62, 4);
    SimulatedCluster cluster = writing.cluster();
    for (int other = 1; other < 4; other++) {
      cluster
          .world()
          .network()
          .cut(cluster.member(0).machine().address(), cluster.member(other).machine().address());
    }
    Outcome outcome = writePair(writing, Consistency.ONE);
    cluster.world().until(outcome::isTold);
    WriteTimeoutException e = (WriteTimeoutException) outcome.failure();
    assertThat(List.of(e.level(), e.received(), e.blockFor(), e.type()))
        .containsExactly(Consistency.TWO, 0, 2, WriteType.BATCH_LOG);
    for (Member member : cluster.members()) {
      assertThat(member.value("t", 1)).isNull();
    }
  }

  /** Who keeps a batch leaves it to its coordinator for twice the time that a write has by then. */
  @Test
  void aBatchIsLeftBehindLaterWhenWritesGetMoreTime() {
    int kept = 0;
    for (int seed = 0; seed < 8; seed++) {
      WritingCluster writing = new WritingCluster(seed, 5);
      SimulatedCluster cluster = writing.cluster();
      writing.setWriteTimeout(20 * SECOND);
      for (Member member : cluster.members()) {
        member.machine().files().setLatency(1000, 200_000);
      }
      writePair(writing, Consistency.QUORUM);
      cluster.world().run(new Random(seed).nextInt(3_000_000));
      cluster.member(0).machine().crash();
      cluster.believe(0, false);
      cluster.world().run(SECOND);
      int keepers = keepers(writing);
      cluster.world().run(30 * SECOND);
      assertThat(keepers(writing)).as("seed %d", seed).isEqualTo(keepers);
      cluster.world().run(60 * SECOND);
      assertThat(keepers(writing)).as("seed %d", seed).isZero();
      kept += keepers;
    }
    assertThat(kept).isPositive();
  }

  /** How many of the members but the first keep a batch. */
  private static int keepers(WritingCluster writing) {
    int keepers = 0;
    for (int i = 1; i < 5; i++) {
      if (!writing.cluster().member(i).machine().isRunning()) {
        continue;
      }
      long oldest = writing.cluster().world().await(writing.parts(i).batchlog().oldestMillis());
      keepers += oldest < Long.MAX_VALUE ? 1 : 0;
    }
    return keepers;
  }

  /**
   * Of those who were to keep a batch one has it alone, begins to complete it, and is lost for ever
   * when one partition is written and another is not: all of it is there in the end, or none.
   */
  @Test
  void aBatchThatOneNodeKeepsIsWholeAlsoIfThatNodeIsLost() {
    int kept = 0;
    int whole = 0;
    for (int seed = 0; seed < 24; seed++) {
      WritingCluster writing = new WritingCluster(seed, 5);
      SimulatedCluster cluster = writing.cluster();
      int holder = 1 + seed % 4;
      int reached = 1 + (seed + 1 + seed / 4 % 3) % 4;
      int first = keyOf(cluster, List.of(reached), List.of());
      int second = keyOf(cluster, List.of(), List.of(holder, reached));
      if (second < 0) {
        continue;
      }
      cutAllBut(cluster, 0, holder);
      Outcome outcome =
          writing.write(
              0,
              Consistency.QUORUM,
              new WriteProgress(),
              Batch.Kind.LOGGED,
              5,
              "INSERT INTO t (k, v) VALUES (" + first + ", 1)",
              "INSERT INTO t (k, v) VALUES (" + second + ", 2)");
      cluster.world().until(outcome::isTold);
      assertThat(outcome.succeeded()).isFalse();
      if (cluster.world().await(writing.parts(holder).batchlog().oldestMillis()) < Long.MAX_VALUE) {
        kept++;
      }
      cluster.world().network().heal();
      cutAllBut(cluster, holder, reached);
      cluster.world().run(7 * SECOND);
      cluster.member(holder).machine().crash();
      cluster.believe(holder, false);
      cluster.world().network().heal();
      cluster.world().run(15 * SECOND);
      int found = replicasThatHave(cluster, first, holder);
      assertThat(replicasThatHave(cluster, second, holder))
          .as("seed %d: replicas of the one, %d of the other", seed, found)
          .isEqualTo(found > 0 ? 3 : 0);
      whole += found > 0 ? 1 : 0;
    }
    assertThat(kept).isPositive();
    assertThat(whole).isBetween(1, kept);
  }

  /**
   * Of those who may keep a batch only one other is alive, and the coordinator's disk is full. If
   * that one were enough, and lost for ever after the batch is written, one partition would stay at
   * a node that is about to leave and so keeps no batches, and the other, which that does not
   * replicate, would be gone.
   */
  @Test
  void aBatchIsWholeAlsoIfTheOnlyOtherWhoCouldKeepItIsLost() {
    WritingCluster writing = new WritingCluster(63, 6);
    SimulatedCluster cluster = writing.cluster();
    int keeper = 2;
    int leaver = 4;
    cluster.change(
        List.of(
            new Change.PutNode(cluster.member(leaver).view().self().in(NodeInfo.State.LEAVING))),
        0,
        1,
        2,
        3,
        4,
        5);
    int first = keyOf(cluster, List.of(keeper, leaver), List.of());
    int second = keyOf(cluster, List.of(keeper), List.of(0, leaver));
    List<Integer> down = List.of(1, 3, 5);
    down.forEach(writing::kill);
    cluster.member(0).machine().files().setFull(true);
    Outcome outcome =
        writing.write(
            0,
            Consistency.ONE,
            new WriteProgress(),
            Batch.Kind.LOGGED,
            5,
            "INSERT INTO t (k, v) VALUES (" + first + ", 1)",
            "INSERT INTO t (k, v) VALUES (" + second + ", 2)");
    cluster.world().until(outcome::isTold);
    cluster.world().run(SECOND / 10);
    writing.kill(keeper);
    cluster.member(0).machine().files().setFull(false);
    down.forEach(writing::bringBack);
    cluster.world().run(15 * SECOND);
    int found = replicasThatHave(cluster, second, keeper);
    assertThat(replicasThatHave(cluster, first, keeper))
        .as("replicas of the one, %d of the other", found)
        .isEqualTo(found);
    WriteFailureException e = (WriteFailureException) outcome.failure();
    assertThat(List.of(e.level(), e.received(), e.blockFor(), e.type()))
        .containsExactly(Consistency.TWO, 1, 2, WriteType.BATCH_LOG);
  }

  /** A key that has some replicas and lacks others; -1 if there seems to be none. */
  private static int keyOf(SimulatedCluster cluster, List<Integer> has, List<Integer> lacks) {
    for (int key = 1; key < 100; key++) {
      List<Integer> replicas = cluster.replicas("ks", key);
      if (replicas.containsAll(has) && lacks.stream().noneMatch(replicas::contains)) {
        return key;
      }
    }
    return -1;
  }

  private static void cutAllBut(SimulatedCluster cluster, int from, int reached) {
    for (int other = 0; other < cluster.members().size(); other++) {
      if (other != from && other != reached) {
        cluster
            .world()
            .network()
            .cut(
                cluster.member(from).machine().address(),
                cluster.member(other).machine().address());
      }
    }
  }

  private static int replicasThatHave(SimulatedCluster cluster, int key, int lost) {
    int found = 0;
    for (int number : cluster.replicas("ks", key)) {
      found += number == lost || cluster.member(number).value("t", key) == null ? 0 : 1;
    }
    return found;
  }

  @Test
  void aTruncationEmptiesAllNodesAndNothingComesBack() {
    WritingCluster writing = new WritingCluster(71, 4);
    SimulatedCluster cluster = writing.cluster();
    writing.kill(3);
    for (int key = 0; key < 20; key++) {
      Outcome outcome =
          write(
              writing,
              0,
              Consistency.QUORUM,
              new WriteProgress(),
              "INSERT INTO t (k, v) VALUES (" + key + ", 1)");
      assertThat(outcome).hasToString("done");
    }
    // A batch whose coordinator dies.
    writing.write(
        1,
        Consistency.QUORUM,
        new WriteProgress(),
        Batch.Kind.LOGGED,
        5,
        "INSERT INTO t (k, v) VALUES (31, 1)",
        "INSERT INTO t (k, v) VALUES (32, 2)");
    cluster.world().run(700_000);
    writing.kill(1);
    assertThat(truncate(writing, 0))
        .hasToString(
            "io.ilion.model.CqlException: Error during truncate: Cannot achieve consistency level"
                + " ALL");
    writing.bringBack(3);
    writing.bringBack(1);
    cluster.world().run(SECOND / 100);
    assertThat(truncate(writing, 0)).isNull();
    cluster.world().run(20 * SECOND);
    for (Member member : cluster.members()) {
      for (int key = 0; key < 40; key++) {
        assertThat(member.value("t", key)).as("key %d", key).isNull();
      }
    }
  }

  private static Throwable truncate(WritingCluster writing, int from) {
    Outcome outcome = new Outcome();
    writing
        .parts(from)
        .truncation()
        .truncate(writing.cluster().table("t"))
        .whenComplete(
            (done, failure) ->
                outcome.done(
                    failure instanceof CompletionException ? failure.getCause() : failure));
    writing.cluster().world().until(outcome::isTold);
    return outcome.failure();
  }

  @Test
  void listsAreChangedByTheRowsOfALevel() {
    WritingCluster writing = new WritingCluster(81, 4);
    SimulatedCluster cluster = writing.cluster();
    WriteProgress progress = new WriteProgress();
    assertThat(
            write(
                writing,
                0,
                Consistency.QUORUM,
                progress,
                "INSERT INTO l (k, l) VALUES (1, [10, 20, 30])"))
        .hasToString("done");
    // Any coordinator sees the list, also one that does not keep it.
    for (int from = 0; from < 4; from++) {
      Outcome outcome =
          writing.write(
              from,
              Consistency.QUORUM,
              progress,
              Batch.Kind.UNLOGGED,
              10 + from,
              "UPDATE l SET l[1] = " + from + " WHERE k = 1");
      cluster.world().until(outcome::isTold);
      assertThat(outcome).hasToString("done");
    }
    Outcome beyond =
        write(writing, 1, Consistency.QUORUM, progress, "UPDATE l SET l[3] = 1 WHERE k = 1");
    assertThat(beyond.failure()).hasMessage("List index 3 out of bound, list has size 3");
    Outcome any = write(writing, 1, Consistency.ANY, progress, "UPDATE l SET l[0] = 1 WHERE k = 1");
    assertThat(any.failure())
        .hasMessage("Write operation require a read but consistency ANY is not supported on reads");
  }

  /** As many times as many comparisons would take the lane minutes. */
  @Test
  @Timeout(value = 60, threadMode = ThreadMode.SEPARATE_THREAD)
  void oneUpdateMayCountInVeryManyRows() {
    WritingCluster cluster = new WritingCluster(1, 1);
    String rows =
        IntStream.range(0, 100_000).mapToObj(Integer::toString).collect(Collectors.joining(","));
    Outcome counted =
        cluster.write(
            0,
            Consistency.ONE,
            new WriteProgress(),
            Batch.Kind.COUNTER,
            1,
            "UPDATE ks.n SET v = v + 1 WHERE k = 1 AND c IN (" + rows + ")",
            "UPDATE ks.n SET v = v + 2 WHERE k = 1 AND c = 99999",
            "UPDATE ks.n SET s = s + 3 WHERE k = 1");
    cluster.cluster().world().run(SECOND);
    assertThat(counted.succeeded()).as("%s", counted).isTrue();
  }
}
