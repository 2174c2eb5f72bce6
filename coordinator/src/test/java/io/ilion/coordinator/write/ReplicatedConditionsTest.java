package io.ilion.coordinator.write;

import static org.assertj.core.api.Assertions.assertThat;

import io.ilion.coordinator.paxos.FinishedAgreements;
import io.ilion.coordinator.paxos.PaxosAgreement;
import io.ilion.coordinator.paxos.PaxosTables;
import io.ilion.coordinator.replica.HintKeeper;
import io.ilion.coordinator.replica.SimulatedCluster;
import io.ilion.coordinator.replica.SimulatedCluster.Member;
import io.ilion.coordinator.replica.UnavailableException;
import io.ilion.coordinator.replica.WriteTimeoutException;
import io.ilion.cql.ast.Modification;
import io.ilion.cql.grammar.CqlParser;
import io.ilion.cql.modify.BoundModification;
import io.ilion.cql.modify.ModificationPlan;
import io.ilion.cql.modify.ModificationPlanner;
import io.ilion.cql.schema.TypeResolver;
import io.ilion.cql.term.BindVariables;
import io.ilion.cql.term.Evaluation;
import io.ilion.model.Consistency;
import io.ilion.model.WriteType;
import io.ilion.model.schema.KeyspaceDefinition;
import io.ilion.runtime.NodeAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** Conditional statements whose partitions have three replicas. */
class ReplicatedConditionsTest {
  private static final long SECOND = SimulatedCluster.SECOND;
  private static final List<String> SCHEMA =
      List.of(
          "CREATE KEYSPACE ks WITH replication ="
              + " {'class': 'SimpleStrategy', 'replication_factor': 3}",
          "CREATE TABLE ks.t (k int PRIMARY KEY, v int)",
          "CREATE TABLE ks.s (k int, c int, v int, s int STATIC, PRIMARY KEY (k, c))",
          "CREATE TABLE ks.e (k int PRIMARY KEY, v int, e set<int>)");

  private final Map<Member, Writer> writers = new HashMap<>();
  private final SimulatedCluster cluster =
      new SimulatedCluster(7, 4, SCHEMA, "dc1").start(this::serve);

  private void serve(Member member) {
    PaxosTables.put(member.engine());
    var clock = member.runtime().clock();
    TimestampGenerator timestamps = new TimestampGenerator(clock);
    PaxosAgreement agreement =
        new PaxosAgreement(
            member.lanes(),
            member.runtime().scheduler(),
            member.messenger(),
            member.view(),
            member::schema,
            PaxosTables.PAXOS,
            PaxosTables.HORIZONS,
            clock,
            timestamps::next,
            member.runtime().random().split(),
            HintKeeper.NONE,
            FinishedAgreements.NONE,
            3_600_000_000_000L,
            1 << 20);
    agreement.register(member.messenger());
    writers.put(
        member,
        new Writer(
            member.engine(),
            member.runtime().scheduler(),
            clock,
            timestamps,
            member.view().self()::hostId,
            WriteLimits.NONE,
            null,
            null,
            new ReplicatedConditions(
                agreement.coordinator(),
                member.view(),
                member::schema,
                clock,
                () -> 2 * SECOND,
                () -> 2 * SECOND)));
  }

  /** What a client was told. */
  private static final class Told {
    private ConditionalResult result;
    private Throwable failure;

    private boolean isOver() {
      return result != null || failure != null;
    }

    @Override
    public String toString() {
      if (failure != null) {
        return failure.toString();
      }
      StringBuilder text = new StringBuilder().append(result.applied());
      for (byte[][] row : result.rows()) {
        for (int i = 0; i < row.length; i++) {
          text.append(' ').append(result.columns().get(i).name()).append('=');
          text.append(row[i] == null ? "null" : ByteBuffer.wrap(row[i]).getInt());
        }
      }
      return text.toString();
    }
  }

  private Told execute(int from, String cql) {
    Told told = begin(from, cql);
    cluster.world().until(told::isOver);
    return told;
  }

  private Told begin(int from, String cql) {
    return begin(cluster.member(from), cql);
  }

  private Told begin(Member member, String cql) {
    KeyspaceDefinition keyspace = member.schema().keyspace("ks");
    Modification statement = (Modification) CqlParser.parse(cql);
    ModificationPlan plan =
        new ModificationPlanner(
                keyspace.tables().get(statement.table().name()),
                new TypeResolver("ks", keyspace),
                (name, arguments, receiver, t) -> List.of(),
                new BindVariables())
            .plan(statement);
    Evaluation none = new Evaluation(new byte[0][], null);
    long now = member.runtime().clock().wallSeconds();
    Told told = new Told();
    member
        .runtime()
        .scheduler()
        .lane(0)
        .execute(
            () ->
                writers
                    .get(member)
                    .decide(
                        timestamp -> List.<BoundModification>of(plan.bind(none, timestamp, now)),
                        Consistency.SERIAL,
                        Consistency.QUORUM,
                        false,
                        now,
                        warning -> {},
                        new Attempt(),
                        (result, failure) -> {
                          told.result = result;
                          told.failure = failure;
                        }));
    return told;
  }

  /** What a decision needs to know may take long to read, and who joins has fetched all by then. */
  @Test
  void whoBeginsToJoinWhileADecisionReadsTakesPartInIt() {
    List<String> ofOneReplica = new ArrayList<>(SCHEMA);
    ofOneReplica.set(
        0,
        "CREATE KEYSPACE ks WITH replication ="
            + " {'class': 'SimpleStrategy', 'replication_factor': 1}");
    SimulatedCluster lone = new SimulatedCluster(8, 1, ofOneReplica, "dc1").start(this::serve);
    Member alone = lone.member(0);
    Told inserted = begin(alone, "INSERT INTO ks.t (k, v) VALUES (1, 10) IF NOT EXISTS");
    lone.world().until(inserted::isOver);
    assertThat(inserted).hasToString("true");
    lone.world().await(alone.engine().flush(lone.table("t").id()));
    alone.machine().files().setLatency(SECOND / 2, SECOND / 2);
    Told updated = begin(alone, "UPDATE ks.t SET v = 11 WHERE k = 1 IF v = 10");
    Told other = begin(alone, "UPDATE ks.t SET v = 12 WHERE k = 1 IF v = 10");
    lone.world().run(SECOND / 10);
    Member newcomer = lone.join(0);
    newcomer.start();
    newcomer.lanes().apply(lone.update("t", 1, 5, 10), failure -> assertThat(failure).isNull());
    alone.learn();
    lone.world().run(SECOND / 10);
    assertThat(updated.isOver()).isFalse();
    alone.machine().files().setLatency(0, 0);
    lone.world().until(() -> updated.isOver() && other.isOver());
    assertThat(List.of(updated, other)).extracting(told -> told.failure).containsOnlyNulls();
    boolean isFirst = updated.result.applied();
    assertThat(isFirst ? other : updated).hasToString("false v=" + (isFirst ? 11 : 12));
    assertThat((isFirst ? updated : other).result.applied()).isTrue();
    assertThat(newcomer.value("t", 1)).isEqualTo(isFirst ? 11 : 12);
  }

  @Test
  void anyNodeSeesWhatWasDecidedThroughAnother() {
    assertThat(execute(0, "INSERT INTO ks.t (k, v) VALUES (1, 10) IF NOT EXISTS"))
        .hasToString("true");
    assertThat(execute(1, "INSERT INTO ks.t (k, v) VALUES (1, 11) IF NOT EXISTS"))
        .hasToString("false k=1 v=10");
    assertThat(execute(2, "UPDATE ks.t SET v = 12 WHERE k = 1 IF v = 10")).hasToString("true");
    assertThat(execute(3, "UPDATE ks.t SET v = 13 WHERE k = 1 IF v = 10"))
        .hasToString("false v=12");
    assertThat(execute(0, "DELETE FROM ks.t WHERE k = 1 IF EXISTS")).hasToString("true");
    assertThat(execute(1, "UPDATE ks.t SET v = 14 WHERE k = 1 IF EXISTS")).hasToString("false");
    assertThat(execute(1, "INSERT INTO ks.t (k, v) VALUES (1, 15) IF NOT EXISTS"))
        .hasToString("true");
    cluster.world().run(SECOND);
    for (int replica : cluster.replicas("ks", 1)) {
      assertThat(cluster.member(replica).value("t", 1)).isEqualTo(15);
    }
  }

  @Test
  void aStatementThatChangesNothingIsAppliedIfItsConditionsHold() {
    assertThat(execute(0, "INSERT INTO ks.e (k, v) VALUES (1, 10) IF NOT EXISTS"))
        .hasToString("true");
    assertThat(execute(1, "UPDATE ks.e SET e = e + {} WHERE k = 1 IF v = 10")).hasToString("true");
    assertThat(execute(2, "UPDATE ks.e SET e = e + {} WHERE k = 1 IF v = 11"))
        .hasToString("false v=10");
  }

  @Test
  void whatIsDecidedIsNewerThanWhatItSaw() {
    long ahead = cluster.member(0).runtime().clock().wallMicros() + 60_000_000;
    for (int replica : cluster.replicas("ks", 1)) {
      cluster
          .member(replica)
          .lanes()
          .apply(cluster.update("t", 1, ahead, 10), failure -> assertThat(failure).isNull());
    }
    cluster.world().run(SECOND);
    assertThat(execute(0, "UPDATE ks.t SET v = 11 WHERE k = 1 IF v = 10")).hasToString("true");
    assertThat(execute(1, "UPDATE ks.t SET v = 12 WHERE k = 1 IF v = 11")).hasToString("true");
    assertThat(execute(2, "UPDATE ks.t SET v = 13 WHERE k = 1 IF v = 10"))
        .hasToString("false v=12");
  }

  @Test
  void rangeDeletionsCount() {
    assertThat(execute(0, "INSERT INTO ks.s (k, c, v) VALUES (1, 1, 1) IF NOT EXISTS"))
        .hasToString("true");
    assertThat(execute(1, "UPDATE ks.s SET s = 5 WHERE k = 1 IF s = null")).hasToString("true");
    assertThat(execute(2, "UPDATE ks.s SET s = 6 WHERE k = 1 IF s = 7")).hasToString("false s=5");
    assertThat(execute(3, "DELETE FROM ks.s WHERE k = 1 AND c = 1 IF v = 1")).hasToString("true");
    assertThat(execute(0, "INSERT INTO ks.s (k, c, v) VALUES (1, 1, 2) IF NOT EXISTS"))
        .hasToString("true");
  }

  @Test
  void aConditionOnMissingStaticsTellsWhetherThereIsARow() {
    assertThat(execute(0, "UPDATE ks.s SET s = 6 WHERE k = 2 IF s = 7")).hasToString("false");
    assertThat(execute(0, "INSERT INTO ks.s (k, c, v) VALUES (2, 1, 1) IF NOT EXISTS"))
        .hasToString("true");
    assertThat(execute(1, "UPDATE ks.s SET s = 6 WHERE k = 2 IF s = 7"))
        .hasToString("false s=null");
  }

  @Test
  void oneReplicaMayBeDownAndTwoMayNot() {
    List<Integer> replicas = cluster.replicas("ks", 1);
    int coordinator = replicas.get(0);
    cluster.member(replicas.get(1)).machine().crash();
    cluster.believe(replicas.get(1), false);
    cluster.world().run(SECOND);
    assertThat(execute(coordinator, "INSERT INTO ks.t (k, v) VALUES (1, 10) IF NOT EXISTS"))
        .hasToString("true");
    cluster.member(replicas.get(2)).machine().crash();
    Told unknown = execute(coordinator, "UPDATE ks.t SET v = 11 WHERE k = 1 IF v = 10");
    assertThat(unknown.failure)
        .isInstanceOfSatisfying(
            WriteTimeoutException.class,
            e -> {
              assertThat(e.level()).isEqualTo(Consistency.SERIAL);
              assertThat(e.type()).isEqualTo(WriteType.CAS);
              assertThat(e.blockFor()).isEqualTo(2);
              assertThat(e.received()).isEqualTo(1);
            });
    cluster.believe(replicas.get(2), false);
    cluster.world().run(SECOND);
    Told refused = execute(coordinator, "UPDATE ks.t SET v = 11 WHERE k = 1 IF v = 10");
    assertThat(refused.failure)
        .isInstanceOfSatisfying(
            UnavailableException.class,
            e -> {
              assertThat(e.level()).isEqualTo(Consistency.SERIAL);
              assertThat(e.required()).isEqualTo(2);
              assertThat(e.alive()).isEqualTo(1);
            });
    cluster.member(replicas.get(1)).start();
    cluster.believe(replicas.get(1), true);
    cluster.world().run(SECOND);
    assertThat(execute(coordinator, "UPDATE ks.t SET v = 12 WHERE k = 1 IF v = 10"))
        .hasToString("true");
    assertThat(cluster.member(replicas.get(1)).value("t", 1)).isEqualTo(12);
  }

  /** Begins to insert a row, and goes on for a while that is longer for each key. */
  private Told beginPart(int from, int key) {
    Told told = begin(from, "INSERT INTO ks.t (k, v) VALUES (" + key + ", 10) IF NOT EXISTS");
    for (int i = 0; i < 3 * key / 2 && !told.isOver(); i++) {
      cluster.world().step();
    }
    return told;
  }

  /** Both other replicas lose their power at every moment of an update; one is back later. */
  @Test
  void whoeverIsToldOfATimeoutChangedNothingAndElseTheOutcomeIsUnknown() {
    Map<String, Integer> outcomes = new TreeMap<>();
    for (int key = 1; key <= 40; key++) {
      List<Integer> replicas = cluster.replicas("ks", key);
      Told told = beginPart(replicas.get(0), key);
      cluster.member(replicas.get(1)).machine().crash();
      cluster.member(replicas.get(2)).machine().crash();
      cluster.world().until(told::isOver);
      cluster.member(replicas.get(1)).start();
      cluster.member(replicas.get(2)).start();
      cluster.world().run(SECOND);
      String outcome = told.failure == null ? "done" : told.failure.getClass().getSimpleName();
      outcomes.merge(outcome, 1, Integer::sum);
      String then =
          execute(replicas.get(1), "INSERT INTO ks.t (k, v) VALUES (" + key + ", 11) IF NOT EXISTS")
              .toString();
      if (told.failure instanceof WriteTimeoutException e && e.type() == WriteType.CAS) {
        assertThat(e).hasMessageStartingWith("CAS operation timed out: received ");
        assertThat(then).as("key %d", key).isEqualTo("true");
      } else if (told.failure instanceof DecisionUnknownException e) {
        assertThat(e).hasMessageContaining("but not a quorum");
        assertThat(e.accepted()).isLessThan(e.required());
        assertThat(then).as("key %d", key).isIn("true", "false k=" + key + " v=10");
      } else {
        assertThat(then).as("key %d, %s", key, told).isEqualTo("false k=" + key + " v=10");
      }
    }
    assertThat(outcomes).containsKeys("done", "WriteTimeoutException", "DecisionUnknownException");
  }

  /**
   * The others cannot be reached, from every moment of an update on, for longer than contention.
   */
  @Test
  void whatWasProposedIsFoundOutForAsLongAsAWriteMayTake() {
    Map<String, Integer> outcomes = new TreeMap<>();
    for (int key = 1; key <= 40; key++) {
      List<Integer> replicas = cluster.replicas("ks", key);
      Told told = beginPart(replicas.get(0), key);
      NodeAddress first = cluster.member(replicas.get(0)).machine().address();
      Set<NodeAddress> others =
          Set.of(
              cluster.member(replicas.get(1)).machine().address(),
              cluster.member(replicas.get(2)).machine().address());
      cluster.world().network().partition(Set.of(first), others);
      cluster.world().run(5 * SECOND / 2);
      boolean isLate = !told.isOver();
      cluster.world().network().heal();
      cluster.world().until(told::isOver);
      String outcome = told.failure == null ? "done" : told.failure.getClass().getSimpleName();
      outcomes.merge(isLate ? "late: " + outcome : outcome, 1, Integer::sum);
    }
    assertThat(outcomes).containsKeys("late: done", "WriteTimeoutException");
    assertThat(outcomes.keySet()).noneMatch(outcome -> outcome.contains("DecisionUnknown"));
  }
}
