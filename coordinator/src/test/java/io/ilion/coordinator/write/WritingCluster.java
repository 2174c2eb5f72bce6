package io.ilion.coordinator.write;

import static io.ilion.coordinator.replica.SimulatedCluster.SECOND;

import io.ilion.coordinator.MemoryPool;
import io.ilion.coordinator.batch.BatchCompletion;
import io.ilion.coordinator.batch.BatchHolders;
import io.ilion.coordinator.batch.Batchlog;
import io.ilion.coordinator.batch.HeldBatches;
import io.ilion.coordinator.batch.TableBatchStore;
import io.ilion.coordinator.replica.ClusterTruncation;
import io.ilion.coordinator.replica.RepairWrites;
import io.ilion.coordinator.replica.ReplicaMutations;
import io.ilion.coordinator.replica.ReplicaWriter;
import io.ilion.coordinator.replica.SimulatedCluster;
import io.ilion.coordinator.replica.SimulatedCluster.Member;
import io.ilion.coordinator.replica.SimulatedCluster.Outcome;
import io.ilion.coordinator.replica.hint.HintOptions;
import io.ilion.coordinator.replica.hint.Hints;
import io.ilion.coordinator.replica.read.ReplicaReads;
import io.ilion.coordinator.replica.read.StreamThroughput;
import io.ilion.cql.ast.Batch;
import io.ilion.cql.ast.Modification;
import io.ilion.cql.function.FunctionContext;
import io.ilion.cql.grammar.CqlParser;
import io.ilion.cql.modify.BoundModification;
import io.ilion.cql.modify.ModificationPlanner;
import io.ilion.cql.schema.TypeResolver;
import io.ilion.cql.term.BindVariables;
import io.ilion.cql.term.Evaluation;
import io.ilion.model.Consistency;
import io.ilion.model.WriteType;
import io.ilion.model.schema.KeyspaceDefinition;
import io.ilion.model.schema.TableDefinition;
import io.ilion.runtime.Clock;
import io.ilion.storage.PurgeHorizon;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;

/** A cluster whose members write: statements, batches, counters, with hints. */
final class WritingCluster {
  private static final List<String> SCHEMA =
      List.of(
          "CREATE KEYSPACE ks WITH replication = {'class': 'SimpleStrategy',"
              + " 'replication_factor': 3}",
          "CREATE TABLE ks.t (k int PRIMARY KEY, v int)",
          "CREATE TABLE ks.l (k int PRIMARY KEY, l list<int>, v int)",
          "CREATE TABLE ks.c (k int PRIMARY KEY, v counter)",
          "CREATE TABLE ks.n (k int, c int, s counter static, v counter, PRIMARY KEY (k, c))",
          "CREATE TABLE ks.b (id timeuuid PRIMARY KEY, version int, mutations list<blob>)"
              + " WITH gc_grace_seconds = 0");

  /** What a member has for its writes. */
  record Parts(Writer writer, Hints hints, Batchlog batchlog, ClusterTruncation truncation) {}

  private final SimulatedCluster cluster;
  private final Map<Member, Parts> parts = new HashMap<>();
  private long time;
  private long writeTimeoutNanos = SECOND;

  WritingCluster(long seed, int size) {
    cluster = new SimulatedCluster(seed, size, SCHEMA, "dc1");
    cluster.start(this::serve);
  }

  /** Members in data centres in turn, with a keyspace of another replication. */
  WritingCluster(long seed, int size, String replication, String... datacenters) {
    List<String> schema = new ArrayList<>(SCHEMA);
    schema.set(0, "CREATE KEYSPACE ks WITH replication = " + replication);
    cluster = new SimulatedCluster(seed, size, schema, datacenters);
    cluster.start(this::serve);
  }

  SimulatedCluster cluster() {
    return cluster;
  }

  Parts parts(int number) {
    return parts.get(cluster.member(number));
  }

  private long writeTimeoutNanos() {
    return writeTimeoutNanos;
  }

  /** From now on a write may take so long on all members, as an operator would have it. */
  void setWriteTimeout(long nanos) {
    writeTimeoutNanos = nanos;
  }

  private void serve(Member member) {
    Clock clock = member.runtime().clock();
    new ReplicaMutations(member.lanes(), member.view(), member::schema)
        .register(member.messenger());
    try {
      Hints hints =
          Hints.open(
              "n/hints",
              HintOptions.DEFAULT,
              member.lanes(),
              member.runtime(),
              member.messenger(),
              member.view(),
              member::schema);
      ReplicaWriter replicas =
          new ReplicaWriter(
              member.lanes(), member.messenger(), member.view(), member::schema, clock, hints);
      hints.start(
          (keyspace, token, update, writtenMillis, done) ->
              replicas.write(
                  keyspace,
                  token,
                  update,
                  writtenMillis,
                  Consistency.ONE,
                  WriteType.SIMPLE,
                  SECOND,
                  done));
      TimestampGenerator timestamps = new TimestampGenerator(clock);
      TimeUuids ids = new TimeUuids(clock, member.runtime().random().split());
      TableBatchStore store =
          new TableBatchStore(
              member.lanes(), member.schema().table("ks", "b"), timestamps::next, clock);
      BatchHolders holders =
          new BatchHolders(
              member.lanes(), member.messenger(), member.view(), this::writeTimeoutNanos);
      BatchCompletion completion =
          new BatchCompletion(
              member.lanes(), replicas, holders, member::schema, clock, this::writeTimeoutNanos);
      completion.begin();
      Batchlog batchlog = new Batchlog(store, member.lanes()::apply, ids, completion);
      new HeldBatches(store, batchlog::holds).register(member.messenger());
      // What an earlier run has kept.
      batchlog.holds();
      keepReplaying(member, batchlog);
      member.serveReads(new StreamThroughput(0));
      ReplicaReads reads =
          new ReplicaReads(
              member.runtime().scheduler(),
              member.messenger(),
              member.view(),
              member::schema,
              clock,
              new RepairWrites(member.messenger()),
              table -> PurgeHorizon.ALL,
              () -> {},
              MemoryPool.unlimited());
      Writer writer =
          new Writer(
              member.engine(),
              member.runtime().scheduler(),
              clock,
              timestamps,
              member.view().self()::hostId,
              WriteLimits.NONE,
              batchlog,
              new ReplicatedWrites(
                  replicas,
                  member.lanes(),
                  member.messenger(),
                  member::schema,
                  holders,
                  reads,
                  clock,
                  ids,
                  this::writeTimeoutNanos,
                  this::writeTimeoutNanos),
              null);
      ClusterTruncation truncation =
          new ClusterTruncation(
              member.messenger(),
              member.view(),
              member::schema,
              member.runtime().scheduler().lane(0),
              new ClusterTruncation.Local() {
                @Override
                public CompletionStage<Void> settle(TableDefinition table) {
                  return batchlog.settle().thenCompose(settled -> hints.forget(table.id()));
                }

                @Override
                public CompletionStage<Void> delete(TableDefinition table) {
                  return member.engine().truncate(table.id());
                }
              },
              () -> 5 * SECOND);
      parts.put(member, new Parts(writer, hints, batchlog, truncation));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void keepReplaying(Member member, Batchlog batchlog) {
    member
        .runtime()
        .scheduler()
        .lane(0)
        .schedule(
            2 * SECOND,
            () -> {
              if (batchlog.hasLeftBehind()) {
                batchlog.replay();
              }
              keepReplaying(member, batchlog);
            });
  }

  private BoundModification bind(String cql, long timestamp) {
    KeyspaceDefinition keyspace = cluster.member(0).schema().keyspace("ks");
    Modification statement = (Modification) CqlParser.parse(cql);
    return new ModificationPlanner(
            keyspace.tables().get(statement.table().name()),
            new TypeResolver("ks", keyspace),
            (name, arguments, receiver, t) -> List.of(),
            new BindVariables())
        .plan(statement)
        .bind(new Evaluation(new byte[0][], new Context()), timestamp, 1);
  }

  /** Gives time UUIDs that count up. */
  private final class Context implements FunctionContext {
    @Override
    public long nowMillis() {
      return 1;
    }

    @Override
    public byte[] newTimeUuid() {
      time++;
      return ByteBuffer.allocate(16)
          .putLong((time & 0xffff_ffffL) << 32 | 0x1000)
          .putLong(0x8000_0000_0000_0001L)
          .array();
    }

    @Override
    public byte[] newRandomUuid() {
      return new byte[16];
    }
  }

  /** Writes one statement, or several as a batch. */
  Outcome write(
      int from,
      Consistency level,
      WriteProgress progress,
      Batch.Kind kind,
      long timestamp,
      String... statements) {
    Outcome outcome = new Outcome();
    List<BoundModification> bound = new ArrayList<>();
    for (String statement : statements) {
      bound.add(bind(statement, timestamp));
    }
    Writer writer = parts(from).writer();
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
                writer.writeBatch(bound, kind, level, 1, w -> {}, progress, outcome::done);
              }
            });
    return outcome;
  }

  /** Kills a member; the others learn of it. */
  void kill(int number) {
    cluster.member(number).machine().kill();
    cluster.believe(number, false);
    cluster.world().run(SECOND / 10);
  }

  /** Starts a member again; the others learn of it. */
  void bringBack(int number) {
    cluster.member(number).start();
    cluster.believe(number, true);
  }
}
