package io.ilion.simulator;

import io.ilion.model.Consistency;
import io.ilion.model.schema.ColumnDefinition;
import io.ilion.runtime.simulated.SimulatedRandom;
import io.ilion.server.config.Config;
import io.ilion.server.config.Settings;
import io.ilion.simulator.workload.Session;
import io.ilion.simulator.workload.Workload;
import io.ilion.simulator.workload.Workload.Outcome;
import io.ilion.simulator.workload.Workload.ViolationException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.function.BooleanSupplier;

/**
 * One run: a cluster starts, clients work while faults happen, the faults are mended, the cluster
 * has to make progress within a bounded time, and everything that it was told must be there.
 */
public final class Simulation {
  private static final long SECOND = 1_000_000_000L;
  private static final long START_NANOS = 120 * SECOND;
  private static final long PROGRESS_NANOS = 120 * SECOND;

  /** Two repairs of a few nodes, if data centres are far from each other. */
  private static final long REPAIR_NANOS = 600 * SECOND;

  private static final long QUIET_NANOS = 60 * SECOND;
  private static final long CLOCK_OFFSET_MICROS = 300_000_000;
  private static final String FAILED = "the simulation failed: ";

  /** Where the tables of clients are. */
  static final String KEYSPACE = "sim";

  private static final Duration PURGING_REPAIRS = Duration.ofSeconds(10);
  private static final long PURGING_PAUSE_NANOS = 5 * SECOND;
  private static final long PURGING_PATIENCE_NANOS = 10 * SECOND;

  /** Longer than a node stops and a write is on its way. */
  private static final Duration PURGING_MARGIN = Duration.ofSeconds(40);

  /** As above, if none stops. */
  private static final Duration SHORT_PURGING_MARGIN = Duration.ofSeconds(20);

  private final Options options;
  private final List<Workload> workloads;
  private final SimulatedCluster cluster;
  private final Faults faults;
  private final Map<String, Map<Outcome, Integer>> outcomes = new TreeMap<>();
  private long pauseNanos;
  private boolean working = true;
  private int busy;
  private Throwable violation;

  /**
   * What to run.
   *
   * @param seed everything else of the run follows from it
   * @param nodes how many servers
   * @param shape where they stand, and the levels at which clients work
   * @param clients how many work at once, each on all workloads
   * @param seconds of virtual time, while faults happen
   * @param pauseNanos how long a client rests at most between two operations that were done; a
   *     while longer once all faults are mended, and after one that was not done
   * @param faults the kinds that may happen
   * @param clocksDiffer whether the clocks of the machines differ by minutes from the start
   * @param rotStays whether the node scrubs and repairs what has rotten of its tables, which is
   *     mended by nobody
   * @param purging whether deletions are purged within seconds; the clocks of the nodes must agree
   * @param defect what is wrong on purpose
   */
  public record Options(
      long seed,
      int nodes,
      Shape shape,
      int clients,
      int seconds,
      long pauseNanos,
      Set<Faults.Kind> faults,
      boolean clocksDiffer,
      boolean rotStays,
      boolean purging,
      Defect defect) {
    /** Whether replicas are equal if no node repairs anything: no write ever failed half-way. */
    boolean staysEqual() {
      return Faults.Kind.LINKS.containsAll(faults) || faults.equals(Set.of(Faults.Kind.JOIN));
    }
  }

  /**
   * What a run did.
   *
   * @param hash of all events; the same for the same seed
   * @param virtualNanos that passed
   * @param outcomes how many operations of each workload ended how
   * @param faults how many of each kind happened
   */
  public record Report(
      long seed,
      Shape shape,
      long hash,
      long virtualNanos,
      long events,
      Map<String, Map<Outcome, Integer>> outcomes,
      Map<Faults.Kind, Integer> faults) {
    /** How many operations were done. */
    public int done() {
      return outcomes.values().stream().mapToInt(m -> m.getOrDefault(Outcome.DONE, 0)).sum();
    }
  }

  /** The cluster did what it must not do; the message says what, and how to replay it. */
  public static final class FailedException extends RuntimeException {
    FailedException(Options options, Map<?, ?> outcomes, Throwable cause) {
      super(
          "%s; outcomes %s of seed %d, %s"
              .formatted(cause.getMessage(), outcomes, options.seed, options.shape),
          cause);
    }
  }

  /** A run of some workloads, which serve for this run only. */
  public Simulation(Options options, List<Workload> workloads) {
    this.options = options;
    pauseNanos = options.pauseNanos;
    this.workloads = List.copyOf(workloads);
    cluster =
        new SimulatedCluster(
            options.seed, options.nodes, options.shape, options.defect, this::config);
    if (options.clocksDiffer) {
      cluster.clocksDiffer(CLOCK_OFFSET_MICROS);
    }
    cluster.onFailure(() -> this.workloads.forEach(Workload::nodeFailed));
    faults = new Faults(cluster, options.faults, options.seconds, options.rotStays);
  }

  private Config config(Config usual) {
    Config config = options.defect.config(usual);
    if (options.staysEqual()) {
      // A repair would hide what writes and moves of ranges have left out.
      return config.with(Settings.AUTO_REPAIR_ENABLED, false);
    }
    return options.purging
        ? config
            .with(Settings.AUTO_REPAIR_INTERVAL, PURGING_REPAIRS)
            .with(
                Settings.REPAIR_PURGE_MARGIN,
                options.faults.contains(Faults.Kind.STOP) ? PURGING_MARGIN : SHORT_PURGING_MARGIN)
        : config;
  }

  /**
   * Runs it to the end.
   *
   * @throws FailedException if the cluster did what it must not do
   */
  public Report run() {
    try {
      cluster.startAll();
      within(START_NANOS, "serves", cluster::isServing);
      within(START_NANOS, "knows all its nodes", this::knowEachOther);
      List<SimulatedSession> sessions = makeSessions();
      define(sessions.get(0));
      sessions.forEach(session -> workloads.forEach(workload -> work(session, workload)));
      faults.begin();
      if (options.purging && !options.staysEqual()) {
        purge(cluster.splitRandom());
      }
      step(options.seconds * SECOND);
      faults.end();
      // What is left to be seen are a few operations of each kind.
      pauseNanos = Math.max(pauseNanos, SECOND / 2);
      within(PROGRESS_NANOS, "serves after the faults", faults::isSettled);
      within(REPAIR_NANOS, "is replicated as at first", faults::isReplicated);
      Map<String, Map<Outcome, Integer>> before = copy();
      within(PROGRESS_NANOS, "makes progress after the faults", () -> hasProgressed(before));
      working = false;
      within(PROGRESS_NANOS, "answers all", () -> busy == 0);
      step(QUIET_NANOS);
      scrub();
      compareSchemas(sessions.get(0));
      verify(sessions.get(0));
      verifyElsewhere();
      compareReplicas();
      verify(session(options.shape, options.clients, Consistency.ALL));
    } catch (ViolationException | AssertionError e) {
      throw new FailedException(options, outcomes, e);
    } catch (CompletionException e) {
      String what = e.getCause().getMessage() + fatals();
      throw new FailedException(options, outcomes, new AssertionError(what, e.getCause()));
    } catch (RuntimeException e) {
      throw new FailedException(options, outcomes, new AssertionError(FAILED + e, e));
    }
    return new Report(
        options.seed,
        options.shape,
        cluster.world().hash(),
        cluster.world().nanos(),
        cluster.world().events(),
        outcomes,
        faults.counts());
  }

  /**
   * Has one server after another repair all that it has, as often as that is possible, and then
   * compact the states of agreements, as all would in time.
   */
  private void purge(SimulatedRandom random) {
    if (!working) {
      return;
    }
    SimulatedServer server = cluster.servers().get(random.below(cluster.servers().size()));
    CompletionStage<?> repaired =
        server.isServing()
            ? new ReplicaComparison(cluster, KEYSPACE).repairAll(server)
            : CompletableFuture.completedFuture(null);
    Runnable next =
        () -> {
          if (server.isServing()) {
            server.core().operations().run("compact", Map.of("keyspace", "system.paxos"));
          }
          cluster.world().after(random.between(0, PURGING_PAUSE_NANOS), () -> purge(random));
        };
    boolean[] ended = new boolean[1];
    Runnable once =
        () -> {
          if (!ended[0]) {
            ended[0] = true;
            next.run();
          }
        };
    repaired.whenComplete((report, failure) -> cluster.world().after(0, once));
    // A server that ends tells nobody how its repair ended.
    cluster.world().after(PURGING_PATIENCE_NANOS, once);
  }

  /** What has rotten goes, and what went with it comes back from the other replicas. */
  private void scrub() {
    SimulatedServer server = faults.rotten();
    if (server != null) {
      await(server.core().operations().run("scrub", Map.of("keyspace", KEYSPACE)));
      await(new ReplicaComparison(cluster, KEYSPACE).repair());
    }
  }

  private void verify(Session session) {
    for (Workload workload : workloads) {
      await(workload.verify(session));
    }
  }

  /** What each data centre has acknowledged can be read in each. */
  private void verifyElsewhere() {
    if (options.shape.levels() != Shape.Levels.EVERYWHERE) {
      return;
    }
    for (String datacenter : options.shape.factors().keySet()) {
      // What was seen in one, and not acknowledged, need not be in another.
      workloads.forEach(Workload::nodeFailed);
      verify(session(options.shape.at(datacenter), 0, options.shape.levels().read()));
    }
  }

  /** Once nobody changes the schema any more, every node has the same. */
  private void compareSchemas(SimulatedSession session) {
    within(PROGRESS_NANOS, "agrees on its schema", () -> agree(session));
    Set<Map<String, List<ColumnDefinition>>> schemas = new HashSet<>();
    for (SimulatedServer server : cluster.servers()) {
      Map<String, List<ColumnDefinition>> columns = new TreeMap<>();
      server
          .core()
          .schema()
          .keyspace(KEYSPACE)
          .tables()
          .forEach((name, table) -> columns.put(name + " " + table.id(), table.columns()));
      schemas.add(columns);
    }
    if (schemas.size() > 1) {
      throw new ViolationException("one version of the schema is several: " + schemas);
    }
  }

  /** Whatever there was, replicas are equal after a repair; if only links failed, before it too. */
  private void compareReplicas() {
    ReplicaComparison comparison = new ReplicaComparison(cluster, KEYSPACE);
    int differing = await(comparison.repair());
    if (differing > 0 && options.staysEqual()) {
      throw new ViolationException(
          "replicas differ in " + differing + " parts, although no node failed");
    }
    String difference = await(comparison.difference());
    if (difference != null) {
      throw new ViolationException("replicas differ after a repair: " + difference);
    }
    differing = await(comparison.repair());
    if (differing > 0) {
      throw new ViolationException("replicas differ in " + differing + " parts after a repair");
    }
  }

  private List<SimulatedSession> makeSessions() {
    List<SimulatedSession> sessions = new ArrayList<>();
    for (int i = 0; i < options.clients; i++) {
      sessions.add(session(options.shape, i, options.shape.levels().read()));
    }
    return sessions;
  }

  private SimulatedSession session(Shape shape, int number, Consistency level) {
    return new SimulatedSession(
        cluster, new SimulatedClient(cluster, number), KEYSPACE, shape, level);
  }

  private boolean knowEachOther() {
    SimulatedSession session = makeSessions().get(0);
    for (SimulatedServer server : cluster.servers()) {
      Session.Answer peers =
          await(session.execute(server, "SELECT host_id FROM system.peers", Consistency.ONE));
      if (!peers.isDone() || peers.rows().size() != cluster.servers().size() - 1) {
        step(SECOND);
        return false;
      }
    }
    return true;
  }

  private void define(SimulatedSession session) {
    List<String> statements = new ArrayList<>();
    statements.add(
        "CREATE KEYSPACE %s WITH replication = %s"
            .formatted(KEYSPACE, options.shape.replication()));
    workloads.forEach(workload -> statements.addAll(workload.tables(KEYSPACE)));
    for (String statement : statements) {
      Session.Answer answer = await(session.execute(statement, Consistency.QUORUM));
      if (!answer.isDone()) {
        throw new ViolationException(statement + ": " + answer.outcome());
      }
      // As drivers wait, before they send the next statement.
      within(START_NANOS, "agrees on its schema", () -> agree(session));
    }
  }

  private boolean agree(SimulatedSession session) {
    Set<ByteBuffer> versions = new HashSet<>();
    for (SimulatedServer server : cluster.servers()) {
      Session.Answer version =
          await(
              session.execute(server, "SELECT schema_version FROM system.local", Consistency.ONE));
      versions.add(version.isDone() ? ByteBuffer.wrap(version.rows().get(0)[0]) : null);
    }
    return versions.size() == 1;
  }

  /** Has a client do one thing after another. */
  private void work(Session session, Workload workload) {
    if (!working) {
      return;
    }
    busy++;
    CompletionStage<Outcome> operation = workload.operate(session);
    operation.whenComplete(
        (outcome, failure) -> {
          busy--;
          if (failure != null) {
            violated(failure);
            return;
          }
          outcomes
              .computeIfAbsent(workload.name(), name -> new TreeMap<>())
              .merge(outcome, 1, Integer::sum);
          cluster
              .world()
              .after(
                  session.random().between(1_000, outcome == Outcome.DONE ? pauseNanos : SECOND),
                  () -> work(session, workload));
        });
  }

  private void violated(Throwable failure) {
    if (violation == null) {
      violation = failure instanceof CompletionException ? failure.getCause() : failure;
    }
  }

  private Map<String, Map<Outcome, Integer>> copy() {
    Map<String, Map<Outcome, Integer>> copy = new TreeMap<>();
    outcomes.forEach((name, counts) -> copy.put(name, new TreeMap<>(counts)));
    return copy;
  }

  private boolean hasProgressed(Map<String, Map<Outcome, Integer>> before) {
    return workloads.stream()
        .allMatch(workload -> done(outcomes, workload) >= done(before, workload) + 10);
  }

  private static int done(Map<String, Map<Outcome, Integer>> counts, Workload workload) {
    return counts.getOrDefault(workload.name(), Map.of()).getOrDefault(Outcome.DONE, 0);
  }

  private void within(long nanos, String what, BooleanSupplier condition) {
    long end = cluster.world().nanos() + nanos;
    while (!condition.getAsBoolean()) {
      check();
      if (cluster.world().nanos() > end || !cluster.world().step()) {
        throw new ViolationException(
            "not within %d s: the cluster %s%s".formatted(nanos / SECOND, what, fatals()));
      }
    }
    check();
  }

  private String fatals() {
    StringBuilder text = new StringBuilder();
    for (SimulatedServer server : cluster.servers()) {
      if (!server.isServing()) {
        text.append("; server ").append(server.index()).append(" does not serve");
        text.append(server.fatal() == null ? "" : ": " + server.fatal());
      }
    }
    return text.append(faults.unsettled()).toString();
  }

  private void step(long nanos) {
    long end = cluster.world().nanos() + nanos;
    while (cluster.world().nanos() < end) {
      if (!cluster.world().step()) {
        return;
      }
      check();
    }
  }

  private void check() {
    if (violation instanceof ViolationException known) {
      throw known;
    }
    if (violation != null) {
      throw new AssertionError(FAILED + violation, violation);
    }
  }

  private <T> T await(CompletionStage<T> stage) {
    try {
      return cluster.world().await(stage);
    } catch (CompletionException e) {
      if (e.getCause() instanceof ViolationException known) {
        throw known;
      }
      throw e;
    }
  }
}
