package io.ilion.coordinator.repair;

import static org.assertj.core.api.Assertions.assertThat;

import io.ilion.coordinator.replica.SimulatedCluster;
import io.ilion.coordinator.replica.SimulatedCluster.Member;
import io.ilion.coordinator.replica.read.ReadService;
import io.ilion.coordinator.streaming.StreamLimits;
import io.ilion.model.ring.TokenRange;
import io.ilion.runtime.simulated.SimulatedRandom;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class RepairsTest {
  private static final int KEYS = 60;
  private static final TokenRange WHOLE = new TokenRange(0, 0);
  private static final List<String> SCHEMA =
      List.of(
          "CREATE KEYSPACE ks WITH replication ="
              + " {'class': 'SimpleStrategy', 'replication_factor': 3}",
          "CREATE TABLE ks.t (k int PRIMARY KEY, v int)");

  private final Map<Member, Repairs> repairs = new HashMap<>();
  private final SimulatedRandom random = new SimulatedRandom(11);
  private final SimulatedCluster cluster =
      new SimulatedCluster(11, 4, SCHEMA, "dc1").start(this::serve);

  private void serve(Member member) {
    new ReadService(member.engine(), member.runtime().scheduler(), member.view(), member::schema)
        .serve(member.messenger());
    repairs.put(
        member,
        new Repairs(
            member.lanes(),
            member.runtime().scheduler().lane(0),
            member.messenger(),
            member.view(),
            member.runtime().clock(),
            new StreamLimits(300, 0, 1, SimulatedCluster.SECOND, 10)));
  }

  private void apply(int member, int key, long timestamp, int value) {
    boolean[] done = new boolean[1];
    cluster
        .member(member)
        .lanes()
        .apply(
            cluster.update("t", key, timestamp, value),
            failure -> {
              assertThat(failure).isNull();
              done[0] = true;
            });
    cluster.world().until(() -> done[0]);
  }

  private Repairs.Report repair(int member, TokenRange within) {
    CompletableFuture<Repairs.Report> done =
        repairs
            .get(cluster.member(member))
            .repair(cluster.member(member).schema().keyspace("ks"), cluster.table("t"), within);
    return cluster.world().await(done);
  }

  /** Writes each key to one to three of its replicas, the newest value to any of them. */
  private void diverge() {
    for (int key = 0; key < KEYS; key++) {
      List<Integer> replicas = cluster.replicas("ks", key);
      for (int replica : replicas) {
        if (random.oneIn(2)) {
          apply(replica, key, 1, 1);
        }
      }
      apply(replicas.get(random.below(3)), key, 2, 2);
    }
  }

  private int equal(TokenRange within) {
    int equal = 0;
    for (int key = 0; key < KEYS; key++) {
      for (int replica : cluster.replicas("ks", key)) {
        boolean same = Integer.valueOf(2).equals(cluster.member(replica).value("t", key));
        if (within.contains(SimulatedCluster.token(key))) {
          assertThat(same).as("key %d at %d", key, replica).isTrue();
        }
        equal += same ? 1 : 0;
      }
    }
    return equal;
  }

  @Test
  void replicasAreEqualAfterARepairByEachNode() {
    diverge();
    assertThat(repair(0, WHOLE).differing()).isPositive();
    for (int member = 1; member < 4; member++) {
      repair(member, WHOLE);
    }
    assertThat(equal(WHOLE)).isEqualTo(3 * KEYS);
    for (int member = 0; member < 4; member++) {
      Repairs.Report report = repair(member, WHOLE);
      assertThat(report.differing()).isZero();
      assertThat(report.bytesFetched()).isZero();
      assertThat(report.ranges()).isPositive();
    }
  }

  @Test
  void aPartOfTheRingIsRepairedAlone() {
    diverge();
    TokenRange part = new TokenRange(Long.MIN_VALUE / 2, Long.MAX_VALUE / 2);
    for (int member = 0; member < 4; member++) {
      repair(member, part);
    }
    assertThat(equal(part)).isLessThan(3 * KEYS);
  }

  @Test
  void aReplicaThatIsDownFailsTheRepair() {
    cluster.member(1).machine().crash();
    CompletableFuture<Repairs.Report> done =
        repairs
            .get(cluster.member(0))
            .repair(cluster.member(0).schema().keyspace("ks"), cluster.table("t"), WHOLE);
    cluster.world().until(done::isDone);
    assertThat(done).isCompletedExceptionally();
  }
}
