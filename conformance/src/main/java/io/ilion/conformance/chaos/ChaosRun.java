package io.ilion.conformance.chaos;

import io.ilion.model.Consistency;
import io.ilion.runtime.simulated.SimulatedRandom;
import io.ilion.simulator.workload.BatchesWorkload;
import io.ilion.simulator.workload.ConditionsWorkload;
import io.ilion.simulator.workload.CountersWorkload;
import io.ilion.simulator.workload.InsertsWorkload;
import io.ilion.simulator.workload.RowsWorkload;
import io.ilion.simulator.workload.SchemaWorkload;
import io.ilion.simulator.workload.Session;
import io.ilion.simulator.workload.SetsWorkload;
import io.ilion.simulator.workload.TruncationsWorkload;
import io.ilion.simulator.workload.WideWorkload;
import io.ilion.simulator.workload.Workload;
import io.ilion.simulator.workload.Workload.Outcome;
import io.ilion.simulator.workload.Workload.ViolationException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;

/**
 * One run: a cluster of processes starts, clients work while faults happen, the faults are mended,
 * the cluster has to make progress within a bounded time, and everything that it was told must be
 * there. A seed says which faults happen when, and what clients do; when these meet is chance.
 */
public final class ChaosRun {
  private static final long SECOND = 1_000_000_000L;
  private static final long PROGRESS_SECONDS = 60;
  private static final long ANSWER_SECONDS = 120;

  /** A batch that its coordinator left is completed by others within this time. */
  private static final long BATCHES_SECONDS = 60;

  private static final String KEYSPACE = "chaos";
  private static final int FEW_REGISTERS = 5;

  /** A node that is not given time to end loses some of each client's. */
  private static final int LOST_OF_A_RESTART = 3;

  private static final int MANY_REGISTERS = 100;

  /**
   * Where no request may fail, one that is late on a busy machine does not: the nodes wait half as
   * long as clients do. Faults are to be met with the times that nodes have by default.
   */
  private static final List<String> PATIENT =
      List.of(
          "--read-request-timeout", "10s",
          "--write-request-timeout", "10s",
          "--counter-write-request-timeout", "10s",
          "--cas-contention-timeout", "5s");

  private final Options options;
  private final Path directory;
  private final List<Workload> workloads =
      new ArrayList<>(
          List.of(
              new RowsWorkload(20),
              new SetsWorkload(10),
              new CountersWorkload(10),
              new BatchesWorkload(10),
              new InsertsWorkload(),
              new WideWorkload(true, 3),
              new WideWorkload(false, 3),
              new SchemaWorkload()));
  private final Map<String, Map<Outcome, Integer>> outcomes = new TreeMap<>();

  /** How many statements failed, and how, of those that did the same thing. */
  private final Map<ClientSession.Kind, Map<String, Integer>> failures = new TreeMap<>();

  private final ScheduledExecutorService thread =
      Executors.newSingleThreadScheduledExecutor(
          task -> {
            Thread made = new Thread(task, "clients");
            made.setDaemon(true);
            return made;
          });

  /** Whether requests may fail, now, as long as it is known what that means. */
  private volatile boolean allows = true;

  /** Whether ten operations of each kind have been done. */
  private volatile boolean isWarm;

  /** Requests whose connection ended while none may fail. */
  private int lost;

  /** How many of these there may be. */
  private int mostLost;

  private boolean working = true;
  private int busy;
  private Throwable violation;

  /** How the schemas of nodes last differed. */
  private String schemas = "";

  /**
   * What to run.
   *
   * @param name of the run, such as that of the driver
   * @param seed the schedule of faults, and what clients do, follow from it
   * @param nodes how many
   * @param clients how many work at once, each on all workloads
   * @param seconds while faults happen
   */
  public record Options(String name, long seed, int nodes, int clients, int seconds) {}

  /** The cluster did what it must not do; the message says what, with the seed and the faults. */
  public static final class FailedException extends RuntimeException {
    FailedException(String message, Throwable cause) {
      super(message, cause);
    }
  }

  /**
   * A run.
   *
   * @param directory where the logs of all nodes are kept if it fails
   */
  public ChaosRun(Options options, Path directory) {
    this.options = options;
    this.directory = directory.resolve(options.name + "-" + options.seed);
  }

  /**
   * Runs it to the end.
   *
   * @param connect makes the clients' session with the nodes at these addresses
   * @return what was done, for people
   * @throws FailedException if the cluster did what it must not do
   */
  public String run(Function<List<InetSocketAddress>, Client> connect)
      throws IOException, InterruptedException {
    StringBuilder plan = new StringBuilder();
    workloads.add(new ConditionsWorkload(FEW_REGISTERS));
    // All nodes have to be alive for one, so it has no place where none may fail.
    workloads.add(new TruncationsWorkload(10));
    return run(
        connect,
        List.of(),
        cluster -> {
          Set<Fault.Kind> kinds = EnumSet.allOf(Fault.Kind.class);
          if (!cluster.hasSmallDisks()) {
            kinds.remove(Fault.Kind.FULL_DISK);
          }
          List<Fault> schedule =
              Fault.schedule(options.seed, options.nodes, options.seconds, kinds);
          schedule.forEach(fault -> plan.append("\n  ").append(fault));
          return new Faults(cluster, schedule);
        },
        plan);
  }

  /**
   * Restarts all nodes in order, one after the other, while clients work: none of their requests
   * may fail, whether or not their driver may try it again; but for a few that are on their way to
   * a node when their connection ends, which nobody can answer.
   *
   * @param rounds how often each node is restarted
   * @return what was done
   */
  public String runRollingRestart(Function<List<InetSocketAddress>, Client> connect, int rounds)
      throws IOException, InterruptedException {
    mostLost = LOST_OF_A_RESTART * options.nodes * rounds;
    // Who meets too many others at one register may time out, whatever the nodes do.
    workloads.add(new ConditionsWorkload(MANY_REGISTERS));
    return run(
        connect,
        PATIENT,
        cluster -> new RollingRestart(cluster, rounds, () -> isWarm, mayFail -> allows = mayFail),
        "");
  }

  /**
   * Kills one node and starts it again after a time, while clients work: within a minute the others
   * must have handed over what they keep for it.
   *
   * @return what was done, and how long that took
   */
  public String runOutage(Function<List<InetSocketAddress>, Client> connect)
      throws IOException, InterruptedException {
    workloads.add(new ConditionsWorkload(FEW_REGISTERS));
    return run(connect, List.of(), cluster -> new Outage(cluster, options.seconds), "");
  }

  private String run(
      Function<List<InetSocketAddress>, Client> connect,
      List<String> nodeOptions,
      Function<ProcessCluster, Disturbance> happening,
      CharSequence plan)
      throws IOException, InterruptedException {
    try (ProcessCluster cluster = new ProcessCluster(options.nodes, nodeOptions, directory)) {
      Disturbance disturbance = happening.apply(cluster);
      cluster.startAll();
      try (Client client = connect.apply(cluster.addresses())) {
        work(cluster, client, disturbance);
        cluster.forgetLogs();
        return "%s, seed %d, %d nodes: %s, outcomes %s, failures %s"
            .formatted(options.name, options.seed, options.nodes, disturbance, outcomes, failures);
      }
    } catch (ViolationException | AssertionError | IOException e) {
      throw new FailedException(
          "%s; seed %d, %d nodes, outcomes %s, failures %s; what the nodes said is in %s; faults:%s"
              .formatted(
                  e.getMessage(), options.seed, options.nodes, outcomes, failures, directory, plan),
          e);
    } finally {
      thread.shutdownNow();
    }
  }

  private void work(ProcessCluster cluster, Client client, Disturbance faults)
      throws InterruptedException {
    List<Session> sessions = new ArrayList<>();
    SimulatedRandom random = new SimulatedRandom(~options.seed);
    for (int i = 0; i < options.clients; i++) {
      sessions.add(session(client, random.split(), i, Consistency.QUORUM));
    }
    define(sessions.get(0));
    thread.execute(() -> sessions.forEach(s -> workloads.forEach(w -> work(s, w))));
    Thread happening =
        Thread.ofPlatform()
            .start(
                () -> {
                  try {
                    faults.run();
                  } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                  }
                });
    while (happening.isAlive()) {
      happening.join(100);
      check(cluster, faults);
      isWarm = isWarm || onThread(() -> hasDone(Map.of()));
    }
    Map<String, Integer> before = onThread(this::done);
    within(
        PROGRESS_SECONDS,
        "makes progress after the faults",
        cluster,
        faults,
        () -> onThread(() -> hasDone(before)));
    thread.execute(() -> working = false);
    within(60, "answers all", cluster, faults, () -> onThread(() -> busy == 0));
    within(PROGRESS_SECONDS, "agrees on its schema", cluster, faults, () -> hasOneSchema(cluster));
    for (Workload workload : workloads) {
      boolean later = workload instanceof BatchesWorkload;
      verify(workload, sessions.get(0), later ? BATCHES_SECONDS : 0);
    }
    compareReplicas(cluster);
    Session all = session(client, random.split(), options.clients, Consistency.ALL);
    for (Workload workload : workloads) {
      verify(workload, all, 0);
    }
    check(cluster, faults);
  }

  private Session session(Client client, SimulatedRandom random, int number, Consistency level) {
    return new ClientSession(
        client,
        thread,
        random,
        number,
        KEYSPACE,
        level,
        (kind, failure) -> countFailure(kind, failure, client.isLost(failure)));
  }

  private boolean hasOneSchema(ProcessCluster cluster) throws InterruptedException {
    try {
      String difference = Schemas.difference(cluster.operated(), KEYSPACE);
      schemas = difference == null ? "" : ": " + difference;
      return difference == null;
    } catch (IOException e) {
      throw new ViolationException("the schemas cannot be compared: " + e.getMessage());
    }
  }

  /** A repair leaves nothing for a second one. */
  private static void compareReplicas(ProcessCluster cluster) throws InterruptedException {
    try {
      for (InetSocketAddress node : cluster.operated()) {
        Repair.run(node, KEYSPACE);
      }
      for (InetSocketAddress node : cluster.operated()) {
        int differing = Repair.run(node, KEYSPACE);
        if (differing > 0) {
          throw new ViolationException(
              differing + " parts of the ranges of " + node + " differ after a repair");
        }
      }
    } catch (IOException e) {
      throw new ViolationException("the replicas cannot be repaired: " + e.getMessage());
    }
  }

  private void define(Session session) throws InterruptedException {
    List<String> statements = new ArrayList<>();
    statements.add(
        "CREATE KEYSPACE %s WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 3}"
            .formatted(KEYSPACE));
    workloads.forEach(workload -> statements.addAll(workload.tables(KEYSPACE)));
    for (String statement : statements) {
      // Nodes that have just started on a busy machine may take longer than a driver waits.
      String repeatable = statement.replaceFirst("^CREATE (KEYSPACE|TABLE)", "$0 IF NOT EXISTS");
      long end = System.nanoTime() + PROGRESS_SECONDS * SECOND;
      while (!await(() -> session.execute(repeatable, Consistency.QUORUM)).isDone()) {
        if (System.nanoTime() > end) {
          throw new ViolationException(statement + " failed: " + failures);
        }
      }
    }
  }

  /** Looks whether all is there; what may take its time is looked at again, until it is. */
  private void verify(Workload workload, Session session, long seconds)
      throws InterruptedException {
    long end = System.nanoTime() + seconds * SECOND;
    while (true) {
      try {
        await(() -> workload.verify(session));
        return;
      } catch (ViolationException e) {
        if (System.nanoTime() > end) {
          throw e;
        }
        LockSupport.parkNanos(SECOND);
      }
    }
  }

  /** Has a client do one thing after another; on the clients' thread. */
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
            if (violation == null) {
              violation = failure instanceof CompletionException ? failure.getCause() : failure;
            }
            return;
          }
          outcomes
              .computeIfAbsent(workload.name(), name -> new TreeMap<>())
              .merge(outcome, 1, Integer::sum);
          long pause =
              session.random().between(1_000, outcome == Outcome.DONE ? SECOND / 20 : SECOND / 4);
          thread.schedule(() -> work(session, workload), pause, TimeUnit.NANOSECONDS);
        });
  }

  private void countFailure(ClientSession.Kind kind, Throwable failure, boolean isLost) {
    failures
        .computeIfAbsent(kind, k -> new TreeMap<>())
        .merge(failure.getClass().getSimpleName(), 1, Integer::sum);
    if (allows || violation != null) {
      return;
    }
    lost += isLost ? 1 : 0;
    if (!isLost || lost > mostLost) {
      violation = new ViolationException("a request failed, " + kind + ": " + failure);
    }
  }

  /** Whether ten operations more of each kind are done than before. */
  private boolean hasDone(Map<String, Integer> before) {
    Map<String, Integer> now = done();
    return workloads.stream()
        .map(Workload::name)
        .allMatch(name -> now.getOrDefault(name, 0) >= before.getOrDefault(name, 0) + 10);
  }

  private Map<String, Integer> done() {
    Map<String, Integer> done = new TreeMap<>();
    outcomes.forEach((name, counts) -> done.put(name, counts.getOrDefault(Outcome.DONE, 0)));
    return done;
  }

  private void check(ProcessCluster cluster, Disturbance faults) throws InterruptedException {
    Throwable seen = onThread(() -> violation == null ? faults.failure() : violation);
    for (NodeProcess node : cluster.nodes()) {
      if (seen == null && node.hasFailed()) {
        seen = new ViolationException(node + " has ended, and nobody asked it to");
      }
    }
    if (seen instanceof ViolationException known) {
      throw known;
    }
    if (seen != null) {
      throw new AssertionError(seen.getMessage(), seen);
    }
  }

  /** A condition that takes part in what happens on the clients' thread. */
  private interface Condition {
    boolean holds() throws InterruptedException;
  }

  private void within(
      long seconds, String what, ProcessCluster cluster, Disturbance faults, Condition condition)
      throws InterruptedException {
    long end = System.nanoTime() + seconds * SECOND;
    while (!condition.holds()) {
      check(cluster, faults);
      if (System.nanoTime() > end) {
        throw new ViolationException("not within " + seconds + " s: the cluster " + what + schemas);
      }
      LockSupport.parkNanos(SECOND / 20);
    }
  }

  private <T> T onThread(Callable<T> task) throws InterruptedException {
    try {
      return thread.submit(task).get();
    } catch (ExecutionException e) {
      throw new IllegalStateException(e.getCause());
    }
  }

  private <T> T await(Callable<CompletionStage<T>> begin) throws InterruptedException {
    try {
      return onThread(begin).toCompletableFuture().get(ANSWER_SECONDS, TimeUnit.SECONDS);
    } catch (TimeoutException e) {
      throw new ViolationException("not within " + ANSWER_SECONDS + " s: the cluster answers");
    } catch (ExecutionException e) {
      if (e.getCause() instanceof ViolationException known) {
        throw known;
      }
      throw new AssertionError(e.getCause().getMessage(), e.getCause());
    }
  }
}
