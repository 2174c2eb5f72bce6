package io.ilion.coordinator.paxos;

import static org.assertj.core.api.Assertions.assertThat;

import io.ilion.coordinator.replica.HintKeeper;
import io.ilion.coordinator.replica.SimulatedCluster;
import io.ilion.coordinator.replica.SimulatedCluster.Member;
import io.ilion.coordinator.write.TimestampGenerator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class UnfinishedRoundsTest {
  private static final List<String> SCHEMA =
      List.of(
          "CREATE KEYSPACE ks WITH replication ="
              + " {'class': 'SimpleStrategy', 'replication_factor': 3}",
          "CREATE TABLE ks.t (k int PRIMARY KEY, v int)");

  private static final List<String> TWO_DATA_CENTRES =
      List.of(
          "CREATE KEYSPACE ks WITH replication ="
              + " {'class': 'NetworkTopologyStrategy', 'dc1': 2, 'dc2': 2}",
          "CREATE TABLE ks.t (k int PRIMARY KEY, v int)");

  private final Map<Member, PaxosAgreement> agreements = new HashMap<>();
  private SimulatedCluster cluster;

  private void start(List<String> schema, int members, String... datacenters) {
    cluster = new SimulatedCluster(3, members, schema, datacenters).start(this::serve);
  }

  private void serve(Member member) {
    PaxosTables.put(member.engine());
    PaxosAgreement agreement =
        new PaxosAgreement(
            member.lanes(),
            member.runtime().scheduler(),
            member.messenger(),
            member.view(),
            member::schema,
            PaxosTables.PAXOS,
            PaxosTables.HORIZONS,
            member.runtime().clock(),
            new TimestampGenerator(member.runtime().clock())::next,
            member.runtime().random().split(),
            HintKeeper.NONE,
            FinishedAgreements.NONE,
            3_600_000_000_000L,
            1 << 20);
    agreement.register(member.messenger());
    agreements.put(member, agreement);
  }

  /**
   * Has some replicas accept an update for a key, as if its coordinator had died then.
   *
   * @param local whether those of its data centre were to agree alone
   */
  private long accept(int replicas, boolean local, int key, int value) {
    long micros = cluster.member(0).runtime().clock().wallMicros();
    Ballot ballot = Ballot.draw(micros, local, new SplittableRandom(key));
    Proposal proposal =
        new Proposal(ballot, ballot, List.of(), cluster.update("t", key, micros, value));
    PaxosKey paxosKey = PaxosKey.of(cluster.table("t").id(), SimulatedCluster.key(key));
    for (int number = 0; number < replicas; number++) {
      Member member = cluster.member(number);
      CompletableFuture<Void> done = new CompletableFuture<>();
      int lane = member.lanes().laneOf(paxosKey.token());
      member
          .lanes()
          .run(
              lane,
              () ->
                  new PaxosTable(member.lanes(), PaxosTables.PAXOS, member.runtime().clock())
                      .accept(paxosKey, proposal, failure -> done.complete(null)),
              failure -> done.completeExceptionally(failure));
      cluster.world().await(done);
    }
    return micros / 1000;
  }

  private long oldest(int number) {
    CompletableFuture<Long> found = new CompletableFuture<>();
    cluster
        .member(number)
        .runtime()
        .scheduler()
        .lane(0)
        .execute(
            () ->
                agreements
                    .get(cluster.member(number))
                    .unfinished()
                    .oldestMillis()
                    .thenAccept(found::complete));
    return cluster.world().await(found);
  }

  @Test
  void whatIsAcceptedIsNamedUntilItIsCompleted() {
    // More partitions than are looked at in one turn; a quorum has accepted those with even keys.
    start(SCHEMA, 3, "dc1");
    long first = accept(2, false, 0, 7);
    for (int key = 1; key < 700; key++) {
      accept(1 + (key + 1) % 2, false, key, 7);
    }
    assertThat(oldest(0)).isEqualTo(first);
    assertThat(oldest(2)).isEqualTo(Long.MAX_VALUE);
    assertThat(cluster.member(0).value("t", 0)).isNull();
    // Nobody cares for them, so whoever asks again has some of them completed each time.
    for (int round = 0; round < 4; round++) {
      cluster.world().run(400 * SimulatedCluster.SECOND);
      oldest(0);
    }
    cluster.world().run(400 * SimulatedCluster.SECOND);
    assertThat(oldest(0)).isEqualTo(Long.MAX_VALUE);
    for (int key = 0; key < 700; key += 25) {
      Integer value = cluster.member(0).value("t", key);
      if (key % 2 == 0) {
        assertThat(value).as("%d", key).isEqualTo(7);
      }
      for (int member = 1; member < 3; member++) {
        assertThat(cluster.member(member).value("t", key))
            .as("%d at %d", key, member)
            .isEqualTo(value);
      }
    }
  }

  @Test
  void thoseCompleteItWhoWereToAgreeOnIt() {
    start(TWO_DATA_CENTRES, 4, "dc1", "dc1", "dc2", "dc2");
    accept(2, true, 0, 7);
    long everybodys = accept(2, false, 1, 7);
    for (int number = 2; number < 4; number++) {
      cluster.member(number).machine().kill();
      cluster.believe(number, false);
    }
    // By the first question they are brought to their end, the second one tells what is left.
    for (int round = 0; round < 2; round++) {
      cluster.world().run(400 * SimulatedCluster.SECOND);
      oldest(0);
    }
    cluster.world().run(400 * SimulatedCluster.SECOND);
    assertThat(oldest(0)).isEqualTo(everybodys);
    assertThat(cluster.member(1).value("t", 0)).isEqualTo(7);
    assertThat(cluster.member(1).value("t", 1)).isNull();
  }
}
