package io.ilion.tools.bench;

import io.ilion.bench.load.BenchException;
import io.ilion.bench.load.WholeNumbers;
import io.ilion.bench.load.report.Figures;
import io.ilion.bench.load.report.Requirement;
import io.ilion.bench.load.report.ResultFile;
import io.ilion.bench.load.report.RunResult;
import io.ilion.bench.load.report.Sample;
import io.ilion.bench.load.run.HistogramLog;
import io.ilion.bench.load.run.LoadRun;
import io.ilion.bench.load.run.MetricsWatch;
import io.ilion.bench.load.run.PhaseOptions;
import io.ilion.bench.load.run.Rate;
import io.ilion.bench.load.run.ServerWatch;
import io.ilion.bench.load.spread.Message;
import io.ilion.bench.load.workload.NamedWorkloads;
import io.ilion.bench.load.workload.Workload;
import io.ilion.driver.Session;
import io.ilion.tools.bench.peer.Cassandra;
import io.ilion.tools.console.ConnectionOptions;
import io.ilion.tools.console.Durations;
import io.ilion.tools.console.Interruption;
import io.ilion.tools.console.Progress;
import io.ilion.tools.console.Style;
import io.ilion.tools.console.ToolException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.Function;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Runs a workload. */
@Command(
    name = "run",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Runs a workload: makes its tables, writes its records, warms up, measures.",
      "With --rate operations begin when they are due, whether or not earlier ones have ended, and"
          + " what one takes counts from then (open loop). Without, one begins when another ends."
    },
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:it ran, and every requirement held",
      "1:it could not run",
      "2:an option or the workload is wrong",
      "3:a requirement did not hold, or something read was lost, stale or wrong",
      "130:Ctrl-C ended it early; what was measured until then is its result"
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  ilion bench run key-value -d 20s                     as fast as it answers",
      "  ilion bench run ycsb-a -r 20000 -o a                 a.html, a.json, a.hlog",
      "  ilion bench run ycsb-b -r 'burst(5k, 50k, 30s, 2s)'  also steps(), sine()",
      "  ilion bench run ycsb-a --set rows=5000000 --populate only",
      "  ilion bench run ycsb-c --populate no --cycles 1000000",
      "  ilion bench run mine.yaml -r 5k --require 'p99<20ms' --require 'errors<0.1%%'",
      "  ilion bench run time-series --find-rate 'p99<10ms'   the highest with that",
      "  ilion bench run ycsb-a --peer cassandra -o both      Cassandra beside it"
    })
public final class RunCommand implements Callable<Integer> {
  private static final Duration WARM_UP = Duration.ofSeconds(10);
  private static final int CLOSED_CONCURRENCY = 256;
  private static final int OPEN_CONCURRENCY = 10_000;
  private static final int MOST_PROCESSES = 64;
  private static final int POPULATE_CONCURRENCY = 256;

  @CommandLine.Spec private CommandSpec spec;
  @Mixin private ConnectionOptions connection = new ConnectionOptions();

  @Parameters(
      paramLabel = "WORKLOAD",
      description = "a name of 'ilion bench list', or a file that ends in .yaml")
  private String workloadName;

  @Option(
      names = {"-s", "--set"},
      paramLabel = "NAME=VALUE",
      description = "what a parameter of the workload is to be, such as rows=5M")
  private Map<String, String> parameters = new LinkedHashMap<>();

  @Option(
      names = {"-r", "--rate"},
      paramLabel = "RATE",
      description = {
        "operations a second: 20000, steps(30s, 5000, 10000), sine(10000, 5000, 60s),",
        "burst(5000, 50000, 30s, 2s)"
      })
  private String rate;

  @Option(
      names = "--arrivals",
      paramLabel = "constant|poisson",
      defaultValue = "poisson",
      description = "of an open loop: by the clock or by chance (default: ${DEFAULT-VALUE})")
  private String arrivals;

  @Option(
      names = {"-c", "--concurrency"},
      paramLabel = "N",
      description = {
        "operations under way: in a closed loop always (default: 256),",
        "in an open one at most (default: 10000)"
      })
  private Integer concurrency;

  @Option(
      names = {"-d", "--duration"},
      paramLabel = "TIME",
      defaultValue = "60s",
      description = "what is measured (default: ${DEFAULT-VALUE}); 0 for until --cycles are done")
  private String duration;

  @Option(
      names = {"-w", "--warm-up"},
      paramLabel = "TIME",
      description = "before that, cut off (default: 10s; none with --cycles)")
  private String warmUp;

  @Option(
      names = "--cycles",
      paramLabel = "N",
      description = "how many operations at most, such as 5M (default: as the time allows)",
      converter = Count.class)
  private long cycles;

  /** A number that may have k or M behind it. */
  static final class Count implements CommandLine.ITypeConverter<Long> {
    @Override
    public Long convert(String text) {
      try {
        return WholeNumbers.parse(text);
      } catch (NumberFormatException e) {
        throw new CommandLine.TypeConversionException("'" + text + "' is no number such as 5M");
      }
    }
  }

  @Option(
      names = "--populate",
      paramLabel = "yes|no|only",
      defaultValue = "yes",
      description = "whether the records are written first (default: ${DEFAULT-VALUE})")
  private String populate;

  @Option(
      names = "--seed",
      paramLabel = "N",
      defaultValue = "1",
      description = "which values are drawn (default: ${DEFAULT-VALUE})")
  private long seed;

  @Option(
      names = "--dispatchers",
      paramLabel = "N",
      defaultValue = "1",
      description = "threads that begin operations of an open loop (default: ${DEFAULT-VALUE})")
  private int dispatchers;

  @Option(
      names = "--connections",
      paramLabel = "N",
      defaultValue = "1",
      description = "to each node, or to each of its lanes (default: ${DEFAULT-VALUE})")
  private int connections;

  @Option(
      names = "--event-loops",
      paramLabel = "N",
      description = "threads of the driver (default: a quarter of the processors)")
  private Integer eventLoops;

  @Option(
      names = "--processes",
      paramLabel = "N",
      defaultValue = "1",
      description = {
        "of this machine that share the work: each issues its part of the rate, of the",
        "concurrency and of the operations (default: ${DEFAULT-VALUE}, this one)"
      })
  private int processes;

  @Option(
      names = "--agents",
      split = ",",
      paramLabel = "HOST:PORT",
      description = "machines that share the work: 'ilion bench agent' runs there")
  private List<String> agents;

  @Option(
      names = "--secret-file",
      paramLabel = "FILE",
      description = "the secret that the agents were started with")
  private Path secretFile;

  @Option(
      names = "--peer",
      paramLabel = "cassandra",
      description = {
        "also runs the work on the published Apache Cassandra, which is fetched once with",
        "Maven, started on this machine (JDK 17) and stopped, and compares both"
      })
  private String peer;

  @Option(
      names = "--cassandra-home",
      paramLabel = "DIR",
      description = "an unpacked distribution for --peer (default: fetched from Maven Central)")
  private Path cassandraHome;

  @Option(
      names = "--peer-heap",
      paramLabel = "SIZE",
      defaultValue = "2G",
      description = "of the peer's virtual machine (default: ${DEFAULT-VALUE})")
  private String peerHeap;

  @Option(
      names = "--peer-cores",
      paramLabel = "LIST",
      description = "processors that the peer may use, such as 0,1 (default: all)")
  private String peerCores;

  @Option(
      names = {"-o", "--out"},
      paramLabel = "NAME",
      description = {
        "writes NAME.json, NAME.hlog and NAME.html; with --peer NAME-ilion, NAME-cassandra and",
        "one page of both"
      })
  private Path out;

  @Option(
      names = "--require",
      paramLabel = "WHAT",
      description = "p99<5ms, read.p99.9<20ms, throughput>=10000, errors<0.1%%, violations=0")
  private List<String> requirements = new ArrayList<>();

  @Option(
      names = "--find-rate",
      paramLabel = "WHAT",
      description = "searches the highest rate at which this holds, such as p99<10ms")
  private List<String> wanted = new ArrayList<>();

  @Option(
      names = "--pid",
      split = ",",
      paramLabel = "PID",
      description = "servers whose processor time counts (default: those of this machine)")
  private List<Long> pids;

  @Option(
      names = "--metrics",
      split = ",",
      paramLabel = "URL|none",
      description = {
        "what nodes of Ilion serve at /metrics, for the report",
        "(default: port 9180 of each node, where one answers)"
      })
  private List<String> metrics;

  @Option(
      names = "--format",
      paramLabel = "text|json",
      defaultValue = "text",
      description = "of the summary (default: ${DEFAULT-VALUE})")
  private String format;

  private PrintWriter err;
  private Style style;
  private RunReport report;

  @Override
  public Integer call() throws InterruptedException {
    err = spec.commandLine().getErr();
    style = Style.of(Style.Stream.ERR, System.getenv(), null);
    report = new RunReport(spec.commandLine().getOut(), err, format.equals("json"), out);
    try {
      return run();
    } catch (BenchException e) {
      throw ToolException.failed(e.getMessage()).causedBy(e);
    }
  }

  private Integer run() throws InterruptedException {
    if (!List.of("yes", "no", "only").contains(populate)) {
      throw ToolException.wrongUse("--populate is yes, no or only");
    }
    if (!List.of("text", "json").contains(format)) {
      throw ToolException.wrongUse("--format is text or json");
    }
    Workload workload;
    List<Requirement> required;
    List<Requirement> search;
    try {
      workload = NamedWorkloads.find(workloadName, parameters);
      required = requirements.stream().map(Requirement::parse).toList();
      search = wanted.stream().map(Requirement::parse).toList();
      PhaseOptions unused = options(null);
    } catch (BenchException e) {
      throw ToolException.wrongUse(e.getMessage()).causedBy(e);
    }
    if (processes < 1 || processes > MOST_PROCESSES) {
      throw ToolException.wrongUse("--processes is 1 to " + MOST_PROCESSES);
    }
    Path place = out == null ? null : out.toAbsolutePath().getParent();
    if (place != null && !Files.isWritable(place)) {
      boolean isThere = Files.isDirectory(place);
      throw ToolException.wrongUse(
          isThere
              ? "--out %s: nothing can be written there".formatted(out)
              : "--out %s: there is no directory %s".formatted(out, place));
    }
    if (agents != null && processes > 1) {
      throw ToolException.wrongUse("--processes and --agents exclude each other");
    }
    if (peer != null) {
      return beside(workload, required);
    }
    Outcome outcome =
        at(connected -> Servers.metrics(connected, metrics), pids, workload, search, out);
    if (outcome.result() == null) {
      return outcome.code();
    }
    report.show(outcome.result());
    report.sayIfNothingWasFound(outcome.result(), workload);
    if (rate != null) {
      int most = concurrencyOr(OPEN_CONCURRENCY);
      report.sayIfTheRateWasNotReached(outcome.result(), Rate.parse(rate), most);
    }
    if (out != null) {
      report.writePage(Map.of(out.getFileName().toString(), outcome.result()));
    }
    return code(outcome.result(), required);
  }

  private int code(RunResult result, List<Requirement> required) {
    int code = report.judge(result, required);
    return result.cutShort() ? Interruption.EXIT_CODE : code;
  }

  /** What came of a run: a result, or only an exit code if none was asked for. */
  private record Outcome(RunResult result, int code) {}

  /** Does all that is to be done at the cluster that the connection options say. */
  private Outcome at(
      Function<Session, MetricsWatch> watch,
      List<Long> itsPids,
      Workload workload,
      List<Requirement> search,
      Path name)
      throws InterruptedException {
    try (Session session = LoadSession.connect(connection, connections, eventLoops, concurrency);
        MetricsWatch nodes = watch.apply(session);
        Workers workers = workers()) {
      ServerWatch servers = Servers.processes(session, itsPids).with(nodes);
      LoadRun run =
          workers.isThisProcess()
              ? new LoadRun(session, workload, seed, servers)
              : new LoadRun(session, workload, seed, servers, workers.prepared(), workers.count());
      run.createSchema();
      if (run.hasRecords() && !populate.equals("no")) {
        populate(run, workload);
      }
      if (populate.equals("only")) {
        return new Outcome(null, 0);
      }
      return search.isEmpty()
          ? new Outcome(measure(run, workload, name), 0)
          : new Outcome(null, search(run, search));
    }
  }

  /** The same work here and at the published Cassandra, one after the other, and both compared. */
  private int beside(Workload workload, List<Requirement> required) throws InterruptedException {
    if (!peer.equals("cassandra")) {
      throw ToolException.wrongUse("--peer is cassandra");
    }
    if (!wanted.isEmpty() || !populate.equals("yes") || agents != null) {
      throw ToolException.wrongUse("--peer goes with none of --find-rate, --populate and --agents");
    }
    Cassandra.Installation installation = Cassandra.find(cassandraHome, System.getenv());
    Map<String, RunResult> results = new LinkedHashMap<>();
    RunResult ours =
        at(
                connected -> Servers.metrics(connected, metrics),
                pids,
                workload,
                List.of(),
                out == null ? null : RunReport.sibling(out, "-ilion"))
            .result();
    report.showOne(ours);
    if (ours.cutShort()) {
      report.writePage(Map.of("ilion", ours));
      return code(ours, required);
    }
    err.println("starting Cassandra");
    err.flush();
    RunResult theirs;
    try (Cassandra cassandra = Cassandra.start(installation, peerHeap, peerCores)) {
      connection.node(cassandra.address().getHostString(), cassandra.address().getPort());
      theirs =
          at(
                  connected -> MetricsWatch.of(List.of()),
                  null,
                  workload,
                  List.of(),
                  out == null ? null : RunReport.sibling(out, "-cassandra"))
              .result();
    }
    results.put("cassandra", theirs);
    results.put("ilion", ours);
    report.compare(ours, theirs, results);
    report.writePage(results);
    int code = code(ours, required);
    return theirs.cutShort() ? Interruption.EXIT_CODE : code;
  }

  /** Who issues the operations; those that are not this process are told what to do. */
  private Workers workers() {
    if (agents == null && processes == 1) {
      return Workers.thisProcess();
    }
    List<String> arguments = LoadSession.arguments(spec, connection);
    arguments.add("--connections=" + connections);
    if (eventLoops != null) {
      arguments.add("--event-loops=" + eventLoops);
    }
    if (concurrency != null) {
      arguments.add("--concurrency=" + concurrency);
    }
    Message.Job job =
        new Message.Job(
            workloadName, NamedWorkloads.source(workloadName), parameters, seed, 0, 1, arguments);
    return agents == null
        ? Workers.processes(processes, job)
        : Workers.agents(agents, job, AgentCommand.secret(secretFile));
  }

  private int concurrencyOr(int otherwise) {
    return concurrency == null ? otherwise : concurrency;
  }

  private PhaseOptions options(Rate at) {
    Duration warm = warmUp == null && cycles > 0 ? Duration.ZERO : warmUp();
    Duration length = Durations.parse(duration, "--duration");
    if (length.isZero() && cycles <= 0) {
      throw ToolException.wrongUse("--duration 0 needs --cycles");
    }
    Rate wantedRate = at != null ? at : rate == null ? null : Rate.parse(rate);
    boolean poisson =
        switch (arrivals) {
          case "poisson" -> true;
          case "constant" -> false;
          default -> throw ToolException.wrongUse("--arrivals is constant or poisson");
        };
    int most = concurrencyOr(wantedRate == null ? CLOSED_CONCURRENCY : OPEN_CONCURRENCY);
    if (most < 1 || dispatchers < 1) {
      throw ToolException.wrongUse("--concurrency and --dispatchers are 1 or more");
    }
    return new PhaseOptions(
        warm, length, cycles, wantedRate, poisson, most, dispatchers, PhaseOptions.PATIENCE, 0, 1);
  }

  private Duration warmUp() {
    return warmUp == null ? WARM_UP : Durations.parse(warmUp, "--warm-up");
  }

  private void populate(LoadRun run, Workload workload) throws InterruptedException {
    PhaseOptions options = PhaseOptions.closedLoop(0, POPULATE_CONCURRENCY);
    long all = workload.populate().cycles();
    try (Progress progress = Progress.on(System.err, style)) {
      long[] done = {0};
      RunResult result =
          run.populate(
              options,
              sample -> {
                done[0] += count(sample);
                progress.update(
                    () ->
                        "populating %s of %s  %s/s"
                            .formatted(
                                Progress.count(done[0]),
                                Progress.count(all),
                                Figures.number(sample.rate())));
              });
      progress.finish(
          String.format(
              Locale.ROOT,
              "populated %s records in %s s",
              Progress.count(result.total().count()),
              Figures.number(result.seconds())));
      if (result.total().failures() > 0) {
        throw new BenchException("not all records could be written: " + result.total().errors());
      }
    }
  }

  private static long count(Sample sample) {
    return sample.statements().values().stream().mapToLong(Sample.Statement::count).sum();
  }

  // ---- one run

  /** Runs, and writes the result under this name unless it is null. */
  private RunResult measure(LoadRun run, Workload workload, Path name) throws InterruptedException {
    String comment =
        "[ilion bench, workload %s, times in nanoseconds; tags: statement, statement.service]"
            .formatted(workload.name());
    RunResult result;
    try (HistogramLog log =
        name == null ? null : new HistogramLog(RunReport.sibling(name, ".hlog"), comment)) {
      result = run(run, options(null), log);
    }
    if (result.seconds() == 0) {
      throw new ToolException(
          result.cutShort() ? Interruption.EXIT_CODE : ToolException.FAILED,
          "nothing was measured: it ended before the warm-up of %d s was over"
              .formatted(warmUp().toSeconds()),
          "--warm-up 0 measures from the beginning",
          null);
    }
    if (name != null) {
      ResultFile.write(result, RunReport.sibling(name, ".json"));
    }
    return result;
  }

  private RunResult run(LoadRun run, PhaseOptions options, HistogramLog log)
      throws InterruptedException {
    try (Progress progress = Progress.on(System.err, style);
        Interruption unused =
            Interruption.asks(
                () -> {
                  progress.say("ending early; Ctrl-C again ends at once, without a result");
                  run.stop();
                })) {
      return run.run(options, log, LiveLine.on(progress, options));
    }
  }

  // ---- a search

  private int search(LoadRun run, List<Requirement> search) throws InterruptedException {
    RateSearch rates =
        new RateSearch(
            search,
            at -> {
              RunResult result = run(run, options(Rate.constant(at)), null);
              if (result.cutShort()) {
                return null;
              }
              report.tried(at, result);
              return result;
            });
    double best = rates.find(rate == null ? 1000 : Rate.parse(rate).startingAt());
    report.found(workloadName, best, wanted, rates.cutShort());
    return rates.cutShort() ? Interruption.EXIT_CODE : best == 0 ? RunReport.NOT_HELD : 0;
  }
}
