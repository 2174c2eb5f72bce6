package io.ilion.bench.load.run;

import io.ilion.bench.load.BenchException;
import io.ilion.bench.load.report.RunResult;
import io.ilion.bench.load.report.Sample;
import io.ilion.bench.load.run.LoadWorker.Part;
import io.ilion.bench.load.workload.Phase;
import io.ilion.bench.load.workload.StatementSpec;
import io.ilion.bench.load.workload.Workload;
import io.ilion.driver.DriverException;
import io.ilion.driver.Page;
import io.ilion.driver.Row;
import io.ilion.driver.Session;
import io.ilion.driver.SimpleStatement;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * Runs a workload on a cluster: its schema, its records, and what is measured. One for a run; the
 * session stays its owner's.
 */
public final class LoadRun {
  private static final Duration SCHEMA_TIMEOUT = Duration.ofSeconds(60);

  /** What is left at the end of a phase has rates that say nothing. */
  private static final double SHORTEST_SHOWN_SECONDS = 0.5;

  private static final Set<String> SETTINGS =
      Set.of(
          "commitlog_sync",
          "commitlog_sync_period",
          "commitlog_sync_group_window",
          "compaction_throughput",
          "concurrent_compactors",
          "concurrent_reads",
          "concurrent_writes",
          "lanes",
          "memory",
          "memtable_allocation_type",
          "num_tokens");

  private final Session session;
  private final Workload workload;
  private final long seed;
  private final LoadWorker worker;
  private final int processes;
  private final ServerWatch servers;
  private volatile boolean stopped;

  /**
   * A run whose operations this process issues.
   *
   * @param seed from which all values follow
   * @param servers whose processor time counts
   */
  public LoadRun(Session session, Workload workload, long seed, ServerWatch servers) {
    this(session, workload, seed, servers, new LocalWorker(session, workload, seed), 1);
  }

  /**
   * A run whose operations others issue.
   *
   * @param seed from which all values follow
   * @param servers whose processor time counts
   * @param worker issues them
   * @param processes how many it consists of
   */
  public LoadRun(
      Session session,
      Workload workload,
      long seed,
      ServerWatch servers,
      LoadWorker worker,
      int processes) {
    this.session = session;
    this.workload = workload;
    this.seed = seed;
    this.servers = servers;
    this.worker = worker;
    this.processes = processes;
  }

  /**
   * Makes keyspace and tables, if they are not there.
   *
   * @throws BenchException if that fails
   */
  public void createSchema() {
    for (String cql : workload.schema()) {
      try {
        var unused = session.execute(SimpleStatement.of(cql).timeout(SCHEMA_TIMEOUT));
      } catch (DriverException e) {
        throw new BenchException(
            "schema of %s: %s\n  %s".formatted(workload.name(), e.getMessage(), cql), e);
      }
    }
  }

  /** Whether the workload has records to write before it is run. */
  public boolean hasRecords() {
    return workload.populate() != null;
  }

  /**
   * Writes the records.
   *
   * @param observer told about once a second
   * @return what it took, as a result
   */
  public RunResult populate(PhaseOptions options, Consumer<Sample> observer)
      throws InterruptedException {
    return run(Part.POPULATE, workload.populate(), options, null, observer);
  }

  /**
   * Runs what is measured. If the operations are done before the warm-up is over, that is nothing,
   * and the result has no second.
   *
   * @param log where to write histograms, or null
   * @param observer told about once a second, in the warm-up too
   */
  public RunResult run(PhaseOptions options, HistogramLog log, Consumer<Sample> observer)
      throws InterruptedException {
    return run(Part.RUN, workload.run(), options, log, observer);
  }

  /**
   * Ends what is running before its time; any thread may. What was measured until then is the
   * result, which says that it was {@link RunResult#cutShort}. Nothing can be run after that.
   */
  public void stop() {
    stopped = true;
    worker.stop();
  }

  private RunResult run(
      Part part, Phase phase, PhaseOptions given, HistogramLog log, Consumer<Sample> observer)
      throws InterruptedException {
    PhaseOptions options =
        given.cycles() == 0 && phase.cycles() > 0 ? given.withCycles(phase.cycles()) : given;
    List<String> names = phase.statements().stream().map(StatementSpec::name).toList();
    PhaseRecorder recorder = new PhaseRecorder(names, servers, log, options.warmUp());
    worker.run(
        part,
        options,
        interval -> {
          Sample sample = recorder.add(interval);
          if (sample.seconds() >= SHORTEST_SHOWN_SECONDS) {
            observer.accept(sample);
          }
        });
    recorder.end();
    return result(options, recorder);
  }

  private RunResult result(PhaseOptions options, PhaseRecorder recorder) {
    Map<String, String> settings = new LinkedHashMap<>();
    settings.put("loop", options.rate() == null ? "closed" : "open");
    settings.put("rate", options.rate() == null ? "" : options.rate().toString());
    settings.put("arrivals", options.poisson() ? "poisson" : "constant");
    settings.put("concurrency", Integer.toString(options.concurrency()));
    settings.put("warm_up", options.warmUp().toString());
    settings.put("duration", options.duration().toString());
    settings.put("cycles", Long.toString(options.cycles()));
    settings.put("processes", Integer.toString(processes));
    settings.put("seed", Long.toString(seed));
    if (stopped) {
      settings.put(RunResult.CUT_SHORT, "yes");
    }
    var total = recorder.total();
    return new RunResult(
        RunResult.VERSION,
        toolVersion(),
        recorder.started().toString(),
        workload.name(),
        workload.description(),
        workload.parameters(),
        settings,
        server(),
        client(),
        recorder.seconds(),
        total.count() / Math.max(1e-9, recorder.seconds()),
        recorder.serverMicros(),
        recorder.clientMicros(),
        total,
        recorder.statements(),
        List.copyOf(recorder.samples()));
  }

  private static String toolVersion() {
    String version = LoadRun.class.getPackage().getImplementationVersion();
    return "ilion bench " + (version == null ? "0.1.0" : version);
  }

  private Map<String, String> server() {
    Map<String, String> server = new LinkedHashMap<>();
    try {
      Page page =
          session
              .executeAsync(
                  SimpleStatement.of(
                      "SELECT cluster_name, release_version, partitioner FROM system.local"))
              .toCompletableFuture()
              .join();
      Row row = page.one();
      server.put("cluster", row.getString("cluster_name"));
      server.put("release", row.getString("release_version"));
      server.put("nodes", Integer.toString(session.metadata().nodes().size()));
    } catch (RuntimeException e) {
      server.put("unknown", String.valueOf(e.getMessage()));
    }
    server.putAll(servers.facts());
    server.putAll(serverSettings());
    return server;
  }

  /**
   * The settings of the node that was asked which decide what work costs, as far as it has them.
   */
  private Map<String, String> serverSettings() {
    Map<String, String> settings = new TreeMap<>();
    try {
      Page page =
          session
              .executeAsync(SimpleStatement.of("SELECT name, value FROM system_views.settings"))
              .toCompletableFuture()
              .join();
      for (Row row : page) {
        String name = row.getString("name");
        String value = row.getString("value");
        if (SETTINGS.contains(name) && value != null) {
          settings.put(name, value);
        }
      }
    } catch (RuntimeException e) {
      // Servers before Cassandra 4 have no such table.
      settings.put("settings", "not known");
    }
    return settings;
  }

  private static Map<String, String> client() {
    Map<String, String> client = new LinkedHashMap<>();
    client.put("java", Runtime.version().toString());
    client.put("os", System.getProperty("os.name") + " " + System.getProperty("os.version"));
    client.put("processor", processorModel());
    client.put("processors", Integer.toString(Runtime.getRuntime().availableProcessors()));
    return client;
  }

  /** The name of the processor where Linux says it, else its architecture. */
  private static String processorModel() {
    try (Stream<String> lines = Files.lines(Path.of("/proc/cpuinfo"))) {
      return lines
          .filter(line -> line.startsWith("model name"))
          .map(line -> line.substring(line.indexOf(':') + 1).strip())
          .findFirst()
          .orElse(System.getProperty("os.arch"));
    } catch (IOException e) {
      return System.getProperty("os.arch");
    }
  }
}
