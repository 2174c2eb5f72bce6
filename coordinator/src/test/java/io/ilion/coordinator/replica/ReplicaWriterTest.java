package io.ilion.coordinator.replica;

import static io.ilion.coordinator.replica.SimulatedCluster.SECOND;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ilion.coordinator.replica.SimulatedCluster.Member;
import io.ilion.coordinator.replica.SimulatedCluster.Outcome;
import io.ilion.gossip.messaging.FailureReason;
import io.ilion.model.Consistency;
import io.ilion.model.WriteType;
import io.ilion.model.data.CorruptDataException;
import io.ilion.runtime.simulated.LinkFaults;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ReplicaWriterTest {
  private static final List<String> SCHEMA =
      List.of(
          "CREATE KEYSPACE ks WITH replication = {'class': 'SimpleStrategy',"
              + " 'replication_factor': 3}",
          "CREATE TABLE ks.t (k int PRIMARY KEY, v int)");

  private final Map<Member, ReplicaWriter> writers = new HashMap<>();

  private SimulatedCluster cluster(long seed, int size) {
    return new SimulatedCluster(seed, size, SCHEMA, "dc1").start(this::serve);
  }

  private void serve(Member member) {
    new ReplicaMutations(member.lanes(), member.view(), member::schema)
        .register(member.messenger());
    writers.put(
        member,
        new ReplicaWriter(
            member.lanes(),
            member.messenger(),
            member.view(),
            member::schema,
            member.runtime().clock(),
            HintKeeper.NONE));
  }

  private Outcome write(SimulatedCluster cluster, int from, int key, int value, Consistency level) {
    Outcome outcome = new Outcome();
    Member member = cluster.member(from);
    long timestamp = cluster.world().nanos() / 1000;
    member
        .runtime()
        .scheduler()
        .lane(key % 2)
        .execute(
            () -> {
              try {
                writers
                    .get(member)
                    .write(
                        "ks",
                        SimulatedCluster.token(key),
                        cluster.update("t", key, timestamp, value),
                        Long.MAX_VALUE,
                        level,
                        WriteType.SIMPLE,
                        2 * SECOND,
                        outcome::done);
              } catch (UnavailableException e) {
                outcome.done(e);
              }
            });
    return outcome;
  }

  @Test
  void aWriteReachesAllReplicasFromAnyNode() {
    SimulatedCluster cluster = cluster(1, 5);
    for (int from = 0; from < 5; from++) {
      Outcome outcome = write(cluster, from, 100 + from, from, Consistency.ALL);
      cluster.world().until(outcome::isTold);
      assertThat(outcome.failure()).isNull();
      List<Integer> replicas = cluster.replicas("ks", 100 + from);
      assertThat(replicas).hasSize(3);
      for (int i = 0; i < 5; i++) {
        assertThat(cluster.member(i).value("t", 100 + from))
            .isEqualTo(replicas.contains(i) ? from : null);
      }
    }
  }

  /** With the power gone everywhere at the moment of the acknowledgement, so many have it. */
  @ParameterizedTest
  @ValueSource(strings = {"ONE", "TWO", "QUORUM", "THREE", "ALL", "LOCAL_QUORUM", "LOCAL_ONE"})
  void whatIsAcknowledgedIsOnSoManyDisks(Consistency level) {
    int required = new int[] {0, 1, 2, 3, 2, 3, 2, 2, 0, 0, 1}[level.code()];
    for (int seed = 0; seed < 12; seed++) {
      SimulatedCluster cluster = cluster(seed, 4);
      cluster.world().network().setFaults(LinkFaults.BAD);
      for (Member member : cluster.members()) {
        member.machine().files().setLatency(1000, 3_000_000);
      }
      Outcome last = null;
      int key = 0;
      for (; key < 20; key++) {
        last = write(cluster, key % 4, key, 7, level);
      }
      Outcome watched = last;
      cluster.world().until(watched::isTold);
      if (watched.succeeded()) {
        assertThat(cluster.afterPowerLoss("t", key - 1, 7, 0, 1, 2, 3))
            .as("seed %d", seed)
            .hasSizeGreaterThanOrEqualTo(required);
      }
    }
  }

  @Test
  void tooFewLiveReplicasAreRefusedBeforeAnythingIsSent() {
    SimulatedCluster cluster = cluster(3, 3);
    cluster.believe(1, false);
    cluster.believe(2, false);
    cluster.world().run(SECOND);
    Outcome outcome = write(cluster, 0, 1, 1, Consistency.QUORUM);
    cluster.world().until(outcome::isTold);
    UnavailableException e = (UnavailableException) outcome.failure();
    assertThat(List.of(e.required(), e.alive())).containsExactly(2, 1);
    assertThat(cluster.member(0).value("t", 1)).isNull();
  }

  @Test
  void silentReplicasMakeATimeoutWithTheNumbers() {
    SimulatedCluster cluster = cluster(4, 3);
    for (int other = 1; other < 3; other++) {
      cluster
          .world()
          .network()
          .cut(cluster.member(0).machine().address(), cluster.member(other).machine().address());
    }
    Outcome outcome = write(cluster, 0, 1, 1, Consistency.QUORUM);
    cluster.world().until(outcome::isTold);
    WriteTimeoutException e = (WriteTimeoutException) outcome.failure();
    assertThat(List.of(e.received(), e.blockFor())).containsExactly(1, 2);
    assertThat(e.getMessage()).isEqualTo("Operation timed out - received only 1 responses.");
    assertThat(e.type()).isEqualTo(WriteType.SIMPLE);
  }

  @Test
  void replicasThatRefuseMakeAFailureWithTheirReasons() {
    SimulatedCluster cluster = cluster(5, 3);
    cluster.member(1).machine().files().setFull(true);
    cluster.world().await(cluster.member(2).engine().dropTable(cluster.table("t").id()));
    Outcome outcome = write(cluster, 0, 1, 1, Consistency.QUORUM);
    cluster.world().until(outcome::isTold);
    WriteFailureException e = (WriteFailureException) outcome.failure();
    assertThat(List.of(e.received(), e.blockFor())).containsExactly(1, 2);
    assertThat(e.reasons())
        .isEqualTo(
            Map.of(
                cluster.member(1).machine().address(),
                FailureReason.UNKNOWN,
                cluster.member(2).machine().address(),
                FailureReason.INCOMPATIBLE_SCHEMA));
    assertThat(e.getMessage())
        .startsWith("Operation failed - received 1 responses and 2 failures: ")
        .contains("UNKNOWN from /node1:7000");
  }

  @Test
  void anAcknowledgementMoreIsWaitedForWhileANodeJoins() {
    SimulatedCluster cluster = cluster(6, 3);
    Member joining = cluster.join(SimulatedCluster.token(1));
    joining.start();
    for (int i = 0; i < 3; i++) {
      cluster.member(i).learn();
    }
    joining.machine().kill();
    cluster.believe(3, false);
    cluster.world().run(SECOND);
    Outcome all = write(cluster, 0, 1, 1, Consistency.ALL);
    cluster.world().until(all::isTold);
    UnavailableException e = (UnavailableException) all.failure();
    assertThat(List.of(e.required(), e.alive())).containsExactly(4, 3);
    // Two natural replicas and the pending one, or all three natural ones.
    Outcome quorum = write(cluster, 0, 1, 1, Consistency.QUORUM);
    cluster.world().until(quorum::isTold);
    assertThat(quorum.failure()).isNull();
    for (int i = 0; i < 3; i++) {
      assertThat(cluster.member(i).value("t", 1)).isEqualTo(1);
    }
  }

  /** Both are asked at one address as long as the dead one counts as alive. */
  @Test
  void whoReplacesADeadNodeAtItsAddressIsCountedOnce() {
    SimulatedCluster cluster = cluster(12, 3);
    cluster.member(2).machine().kill();
    Member newcomer = cluster.replace(2);
    newcomer.start();
    cluster.member(0).learn();
    cluster.member(1).learn();
    cluster
        .world()
        .network()
        .cut(cluster.member(0).machine().address(), cluster.member(1).machine().address());
    Outcome outcome = write(cluster, 0, 1, 1, Consistency.QUORUM);
    cluster.world().until(outcome::isTold);
    // One of the three replicas of now has it.
    assertThat(outcome.failure()).isInstanceOf(WriteTimeoutException.class);
    cluster.world().network().heal();
    outcome = write(cluster, 0, 1, 2, Consistency.QUORUM);
    cluster.world().until(outcome::isTold);
    assertThat(outcome.failure()).isNull();
    assertThat(cluster.member(1).value("t", 1)).isEqualTo(2);
  }

  @Test
  void whoKnowsOldReplicasBeginsAgainWithTheNewOnes() {
    SimulatedCluster cluster = cluster(7, 3);
    int key = 1;
    Member joining = cluster.join(SimulatedCluster.token(key));
    joining.start();
    // The coordinator does not know of the new node; the others do.
    cluster.member(1).learn();
    cluster.member(2).learn();
    Outcome outcome = write(cluster, 0, key, 9, Consistency.ALL);
    cluster.world().until(outcome::isTold);
    assertThat(outcome.failure()).isNull();
    assertThat(cluster.member(0).view().epoch()).isEqualTo(cluster.member(1).view().epoch());
    assertThat(joining.value("t", key)).isEqualTo(9);
  }

  @Test
  void dataCentresAreCountedApart() {
    SimulatedCluster cluster =
        new SimulatedCluster(
                9,
                6,
                List.of(
                    "CREATE KEYSPACE ks WITH replication = {'class': 'NetworkTopologyStrategy',"
                        + " 'dc1': 3, 'dc2': 3}",
                    SCHEMA.get(1)),
                "dc1",
                "dc2")
            .start(this::serve);
    for (int near = 0; near < 6; near += 2) {
      for (int far = 3; far < 6; far += 2) {
        cluster
            .world()
            .network()
            .cut(cluster.member(near).machine().address(), cluster.member(far).machine().address());
      }
    }
    Outcome local = write(cluster, 0, 1, 1, Consistency.LOCAL_QUORUM);
    Outcome each = write(cluster, 0, 2, 1, Consistency.EACH_QUORUM);
    Outcome quorum = write(cluster, 0, 3, 1, Consistency.QUORUM);
    cluster.world().until(() -> local.isTold() && each.isTold() && quorum.isTold());
    assertThat(local).hasToString("done");
    assertThat(quorum).hasToString("done");
    WriteTimeoutException e = (WriteTimeoutException) each.failure();
    // All of one data centre and one of the other: enough of them, but not of each.
    assertThat(List.of(e.received(), e.blockFor())).containsExactly(3, 4);
    for (int dead : new int[] {2, 4}) {
      cluster.believe(dead, false);
    }
    cluster.world().run(SECOND);
    Outcome few = write(cluster, 0, 4, 1, Consistency.LOCAL_QUORUM);
    cluster.world().until(few::isTold);
    UnavailableException u = (UnavailableException) few.failure();
    assertThat(List.of(u.required(), u.alive())).containsExactly(2, 1);
  }

  @Test
  void aDamagedUpdateIsRefusedWholly() {
    SimulatedCluster cluster = cluster(8, 3);
    byte[] good = cluster.update("t", 1, 1, 1);
    Random random = new Random(8);
    for (int i = 0; i < 300; i++) {
      byte[] bad = good.clone();
      bad[random.nextInt(bad.length)] ^= (byte) (1 << random.nextInt(8));
      try {
        UpdateCheck.check(bad);
      } catch (CorruptDataException e) {
        assertThat(e).hasMessageNotContaining("null");
      }
    }
    for (int length = 0; length < good.length; length++) {
      byte[] cut = Arrays.copyOf(good, length);
      assertThatThrownBy(() -> UpdateCheck.check(cut)).isInstanceOf(CorruptDataException.class);
    }
  }

  /** Crashes, restarts and a bad network: no acknowledged value is on fewer disks than it says. */
  @ParameterizedTest
  @ValueSource(longs = {11, 12, 13, 14, 15, 16})
  void acknowledgedWritesSurviveCrashesOfAMinority(long seed) {
    SimulatedCluster cluster = cluster(seed, 4);
    cluster.world().network().setFaults(LinkFaults.BAD);
    Random random = new Random(seed);
    List<Integer> acknowledged = new ArrayList<>();
    Map<Integer, Outcome> running = new HashMap<>();
    for (int key = 0; key < 120; key++) {
      int from = random.nextInt(4);
      running.put(key, write(cluster, from, key, key % 100, Consistency.QUORUM));
      cluster.world().run(random.nextInt(40_000_000));
      if (key % 15 == 7) {
        Member victim = cluster.member(random.nextInt(4));
        victim.machine().crash();
        cluster.world().run(random.nextInt(300_000_000));
        victim.start();
      }
    }
    cluster.world().run(3 * SECOND);
    running.forEach(
        (key, outcome) -> {
          if (outcome.succeeded()) {
            acknowledged.add(key);
          }
        });
    assertThat(acknowledged).hasSizeGreaterThan(40);
    for (Member member : cluster.members()) {
      member.machine().crash();
      member.start();
    }
    for (int key : acknowledged) {
      long copies =
          cluster.members().stream()
              .filter(m -> Integer.valueOf(key % 100).equals(m.value("t", key)))
              .count();
      assertThat(copies).as("seed %d key %d", seed, key).isGreaterThanOrEqualTo(2);
    }
  }
}
