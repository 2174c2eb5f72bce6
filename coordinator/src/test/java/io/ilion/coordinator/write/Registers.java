package io.ilion.coordinator.write;

import io.ilion.coordinator.paxos.FinishedAgreements;
import io.ilion.coordinator.paxos.PaxosAgreement;
import io.ilion.coordinator.paxos.PaxosTables;
import io.ilion.coordinator.replica.HintKeeper;
import io.ilion.coordinator.replica.SimulatedCluster;
import io.ilion.coordinator.replica.SimulatedCluster.Member;
import io.ilion.cql.ast.Modification;
import io.ilion.cql.grammar.CqlParser;
import io.ilion.cql.modify.ModificationPlan;
import io.ilion.cql.modify.ModificationPlanner;
import io.ilion.cql.schema.TypeResolver;
import io.ilion.cql.term.BindVariables;
import io.ilion.cql.term.Evaluation;
import io.ilion.gossip.NodeInfo;
import io.ilion.model.Consistency;
import io.ilion.model.schema.KeyspaceDefinition;
import io.ilion.runtime.simulated.LinkFaults;
import io.ilion.runtime.simulated.SimulatedRandom;
import io.ilion.runtime.simulated.check.ClientHistory;
import io.ilion.runtime.simulated.check.ClientHistory.Operation;
import io.ilion.runtime.simulated.check.ConditionalRegister;
import io.ilion.runtime.simulated.check.ConditionalRegister.Answer;
import io.ilion.runtime.simulated.check.ConditionalRegister.Request;
import io.ilion.runtime.simulated.check.LinearizabilityChecker;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Clients of a simulated cluster that read and set registers by conditional statements. */
public final class Registers {
  /** What {@link SimulatedCluster} has to know. */
  public static final List<String> SCHEMA =
      List.of(
          "CREATE KEYSPACE ks WITH replication ="
              + " {'class': 'SimpleStrategy', 'replication_factor': 3}",
          "CREATE TABLE ks.t (k int PRIMARY KEY, v int)");

  private static final long SECOND = SimulatedCluster.SECOND;
  private static final int REGISTERS = 4;

  private final SimulatedCluster cluster;
  private final SimulatedRandom random;
  private final Map<Member, Writer> writers = new HashMap<>();
  private final ClientHistory<Integer, Request, Answer> history = new ClientHistory<>();
  private final Map<Integer, Object> lastSeen = new HashMap<>();
  private int nextValue = 1;
  private int applied;
  private boolean over;

  /** Clients that do nothing yet. */
  public Registers(SimulatedCluster cluster, SimulatedRandom random) {
    this.cluster = cluster;
    this.random = random;
  }

  /** What runs on a member. */
  public void serve(Member member) {
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
                () -> SECOND,
                () -> SECOND)));
  }

  /** Begins to ask. */
  public void begin(int clients) {
    for (int i = 0; i < clients; i++) {
      cluster.world().after(random.between(0, SECOND / 20), this::next);
    }
  }

  /** Asks through a member and waits for the answer; a failure is one of the test. */
  public Answer ask(Member member, int register, Request request) {
    Operation<Request, Answer> operation = history.call(register, request);
    Answer[] told = new Answer[1];
    execute(
        member,
        register,
        request,
        (result, failure) -> {
          if (failure != null) {
            throw new AssertionError("register " + register, failure);
          }
          told[0] = answered(register, request, operation, result);
        });
    cluster.world().until(() -> told[0] != null);
    return told[0];
  }

  /** How many updates were applied. */
  public int applied() {
    return applied;
  }

  private void next() {
    if (over) {
      return;
    }
    Member member = cluster.member(random.below(cluster.members().size()));
    if (!member.machine().isRunning()
        || !writers.containsKey(member)
        || member.view().self().state() == NodeInfo.State.JOINING) {
      cluster.world().after(SECOND / 50, this::next);
      return;
    }
    int register = random.below(REGISTERS);
    Request request =
        random.oneIn(3) ? Request.READ : new Request(lastSeen.get(register), nextValue++);
    Operation<Request, Answer> operation = history.call(register, request);
    boolean[] ended = new boolean[1];
    execute(
        member,
        register,
        request,
        (result, failure) -> {
          if (!over && failure == null) {
            Answer unused = answered(register, request, operation, result);
          }
          if (!ended[0]) {
            ended[0] = true;
            cluster.world().after(random.between(0, SECOND / 100), this::next);
          }
        });
    cluster
        .world()
        .after(
            3 * SECOND,
            () -> {
              if (!ended[0]) {
                ended[0] = true;
                next();
              }
            });
  }

  private Answer answered(
      int register,
      Request request,
      Operation<Request, Answer> operation,
      ConditionalResult result) {
    Object found =
        result.rows().isEmpty()
            ? null
            : ByteBuffer.wrap(result.rows().get(0)[result.columns().size() - 1]).getInt();
    Answer answer = new Answer(result.applied(), found);
    history.answered(operation, answer);
    lastSeen.put(register, result.applied() ? request.value() : found);
    applied += result.applied() ? 1 : 0;
    return answer;
  }

  private void execute(
      Member member, int register, Request request, ConditionalResult.Callback callback) {
    String cql =
        request.value() == null
            ? "UPDATE ks.t SET v = 0 WHERE k = " + register + " IF v = -1"
            : request.expected() == null
                ? "INSERT INTO ks.t (k, v) VALUES ("
                    + register
                    + ", "
                    + request.value()
                    + ") IF NOT EXISTS"
                : "UPDATE ks.t SET v = "
                    + request.value()
                    + " WHERE k = "
                    + register
                    + " IF v = "
                    + request.expected();
    KeyspaceDefinition keyspace = member.schema().keyspace("ks");
    Modification statement = (Modification) CqlParser.parse(cql);
    ModificationPlan plan =
        new ModificationPlanner(
                keyspace.tables().get("t"),
                new TypeResolver("ks", keyspace),
                (name, arguments, receiver, t) -> List.of(),
                new BindVariables())
            .plan(statement);
    Evaluation none = new Evaluation(new byte[0][], null);
    long now = member.runtime().clock().wallSeconds();
    member
        .runtime()
        .scheduler()
        .lane(0)
        .execute(
            () ->
                writers
                    .get(member)
                    .decide(
                        timestamp -> List.of(plan.bind(none, timestamp, now)),
                        Consistency.SERIAL,
                        random.oneIn(2) ? Consistency.ONE : Consistency.QUORUM,
                        false,
                        now,
                        warning -> {},
                        new Attempt(),
                        callback));
  }

  /** Ends the trouble, reads every register through every member, and checks the history. */
  public LinearizabilityChecker.Result end() {
    cluster.world().network().heal();
    cluster.world().network().setFaults(LinkFaults.NONE);
    cluster.world().run(5 * SECOND);
    int[] left = new int[1];
    for (Member member : cluster.members()) {
      for (int i = 0; member.machine().isRunning() && i < REGISTERS; i++) {
        int register = i;
        left[0]++;
        Operation<Request, Answer> operation = history.call(register, Request.READ);
        execute(
            member,
            register,
            Request.READ,
            (result, failure) -> {
              if (failure != null) {
                throw new AssertionError("no progress in the end", failure);
              }
              Answer unused = answered(register, Request.READ, operation, result);
              left[0]--;
            });
      }
    }
    cluster.world().until(() -> left[0] == 0);
    over = true;
    return new LinearizabilityChecker<>(new ConditionalRegister(), 200_000).check(history);
  }
}
