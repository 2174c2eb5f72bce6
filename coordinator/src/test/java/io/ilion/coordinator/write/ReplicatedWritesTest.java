package io.ilion.coordinator.write;

import static io.ilion.coordinator.replica.SimulatedCluster.SECOND;
import static org.assertj.core.api.Assertions.assertThat;

import io.ilion.coordinator.batch.Batchlog;
import io.ilion.coordinator.batch.TableBatchStore;
import io.ilion.coordinator.replica.HintKeeper;
import io.ilion.coordinator.replica.ReplicaMutations;
import io.ilion.coordinator.replica.ReplicaWriter;
import io.ilion.coordinator.replica.SimulatedCluster;
import io.ilion.coordinator.replica.SimulatedCluster.Member;
import io.ilion.coordinator.replica.SimulatedCluster.Outcome;
import io.ilion.coordinator.replica.UnavailableException;
import io.ilion.coordinator.replica.WriteTimeoutException;
import io.ilion.cql.ast.Batch;
import io.ilion.cql.ast.Modification;
import io.ilion.cql.grammar.CqlParser;
import io.ilion.cql.modify.BoundModification;
import io.ilion.cql.modify.ModificationPlanner;
import io.ilion.cql.schema.TypeResolver;
import io.ilion.cql.term.BindVariables;
import io.ilion.cql.term.Evaluation;
import io.ilion.model.Consistency;
import io.ilion.model.WriteType;
import io.ilion.model.schema.KeyspaceDefinition;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ReplicatedWritesTest {
  private static final List<String> SCHEMA =
      List.of(
          "CREATE KEYSPACE ks WITH replication = {'class': 'SimpleStrategy',"
              + " 'replication_factor': 3}",
          "CREATE TABLE ks.t (k int PRIMARY KEY, v int)",
          "CREATE TABLE ks.b (id timeuuid PRIMARY KEY, version int, mutations list<blob>)");

  private final Map<Member, Writer> writers = new HashMap<>();

  private SimulatedCluster cluster(long seed, int size) {
    return new SimulatedCluster(seed, size, SCHEMA, "dc1").start(this::serve);
  }

  private void serve(Member member) {
    new ReplicaMutations(member.lanes(), member.view(), member::schema)
        .register(member.messenger());
    var clock = member.runtime().clock();
    TimestampGenerator timestamps = new TimestampGenerator(clock);
    ReplicatedWrites replicated =
        new ReplicatedWrites(
            new ReplicaWriter(
                member.lanes(),
                member.messenger(),
                member.view(),
                member::schema,
                clock,
                HintKeeper.NONE),
            member.view(),
            member::schema,
            2 * SECOND);
    Batchlog batchlog =
        new Batchlog(
            new TableBatchStore(
                member.lanes(), member.schema().table("ks", "b"), timestamps::next, clock),
            member.lanes()::apply,
            new TimeUuids(clock, member.runtime().random().split()));
    writers.put(
        member,
        new Writer(
            member.engine(),
            member.runtime().scheduler(),
            clock,
            timestamps,
            member.view().self().hostId(),
            WriteLimits.NONE,
            batchlog,
            replicated,
            null));
  }

  private static BoundModification bind(SimulatedCluster cluster, String cql, long timestamp) {
    KeyspaceDefinition keyspace = cluster.member(0).schema().keyspace("ks");
    Modification statement = (Modification) CqlParser.parse(cql);
    BindVariables variables = new BindVariables();
    return new ModificationPlanner(
            keyspace.tables().get(statement.table().name()),
            new TypeResolver("ks", keyspace),
            (name, arguments, receiver, t) -> List.of(),
            variables)
        .plan(statement)
        .bind(new Evaluation(new byte[0][], null), timestamp, 1);
  }

  private Outcome write(
      SimulatedCluster cluster,
      int from,
      Consistency level,
      WriteProgress progress,
      String... statements) {
    Outcome outcome = new Outcome();
    List<BoundModification> bound =
        Arrays.stream(statements).map(s -> bind(cluster, s, 5)).toList();
    Writer writer = writers.get(cluster.member(from));
    cluster
        .member(from)
        .runtime()
        .scheduler()
        .lane(0)
        .execute(
            () -> {
              if (statements.length == 1) {
                writer.write(bound.get(0), level, 1, w -> {}, progress, outcome::done);
              } else {
                writer.writeBatch(
                    bound, Batch.Kind.UNLOGGED, level, 1, w -> {}, progress, outcome::done);
              }
            });
    cluster.world().until(outcome::isTold);
    return outcome;
  }

  @Test
  void statementsAndUnloggedBatchesReachTheReplicas() {
    SimulatedCluster cluster = cluster(1, 5);
    WriteProgress progress = new WriteProgress();
    assertThat(write(cluster, 0, Consistency.ALL, progress, "INSERT INTO t (k, v) VALUES (1, 11)"))
        .hasToString("done");
    assertThat(
            write(
                cluster,
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
  void progressTellsOfTheFirstPartitionThatIsNotWritten() {
    SimulatedCluster cluster = cluster(2, 3);
    cluster
        .world()
        .network()
        .cut(cluster.member(0).machine().address(), cluster.member(1).machine().address());
    WriteProgress progress = new WriteProgress();
    Outcome outcome =
        write(
            cluster,
            0,
            Consistency.ALL,
            progress,
            "INSERT INTO t (k, v) VALUES (1, 1)",
            "INSERT INTO t (k, v) VALUES (2, 2)");
    WriteTimeoutException e = (WriteTimeoutException) outcome.failure();
    assertThat(List.of(e.received(), e.blockFor(), e.type()))
        .containsExactly(2, 3, WriteType.UNLOGGED_BATCH);
  }

  @Test
  void nothingIsWrittenIfOnePartitionOfABatchIsUnavailable() {
    SimulatedCluster cluster = cluster(3, 3);
    cluster.believe(1, false);
    cluster.world().run(SECOND);
    Outcome outcome =
        write(
            cluster,
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
    SimulatedCluster cluster = cluster(4, 1);
    assertThat(
            write(
                cluster,
                0,
                Consistency.ONE,
                new WriteProgress(),
                "INSERT INTO t (k, v) VALUES (1, 1)"))
        .hasToString("done");
    assertThat(cluster.member(0).value("t", 1)).isEqualTo(1);
    assertThat(cluster.world().network().delivered()).isZero();
  }
}
