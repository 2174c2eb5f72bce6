package io.ilion.tools.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.ilion.bench.load.generate.Stamp;
import io.ilion.bench.load.report.HtmlReport;
import io.ilion.bench.load.report.Requirement;
import io.ilion.bench.load.report.ResultFile;
import io.ilion.bench.load.report.RunResult;
import io.ilion.bench.load.report.Sample;
import io.ilion.bench.load.report.StatementResult;
import io.ilion.bench.load.run.HistogramLog;
import io.ilion.bench.load.run.LoadRun;
import io.ilion.bench.load.run.MetricsWatch;
import io.ilion.bench.load.run.PhaseOptions;
import io.ilion.bench.load.run.Rate;
import io.ilion.bench.load.run.ServerWatch;
import io.ilion.bench.load.workload.NamedWorkloads;
import io.ilion.bench.load.workload.Workload;
import io.ilion.driver.Session;
import io.ilion.driver.policy.ThrottlingPolicy;
import io.ilion.server.Node;
import io.ilion.tools.TestNode;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;
import org.HdrHistogram.EncodableHistogram;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.HistogramLogReader;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Runs workloads on a node of this process. */
class BenchRunTest {
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final ServerWatch NONE = new ServerWatch(List.of());
  private static final int ROWS = 200;

  @TempDir private static Path directory;
  private static Node node;
  private static Session session;

  @BeforeAll
  static void start() throws IOException {
    node = Node.start(TestNode.settings(directory.resolve("data")));
    session = TestNode.connect(node);
  }

  @AfterAll
  static void stop() {
    session.close();
    node.close();
  }

  private static PhaseOptions cycles(long count) {
    return PhaseOptions.closedLoop(count, 8);
  }

  private static Workload workload(String name) {
    Workload any = NamedWorkloads.find(name, Map.of());
    Map<String, String> small = new HashMap<>();
    for (String parameter : List.of("rows", "history", "counters", "seats", "queues")) {
      if (any.parameters().containsKey(parameter)) {
        small.put(parameter, Integer.toString(ROWS));
      }
    }
    if (any.parameters().containsKey("partitions")) {
      small.put("partitions", "20");
    }
    return NamedWorkloads.find(name, small);
  }

  @Test
  void everyWorkloadRuns() throws InterruptedException {
    for (String name : NamedWorkloads.names()) {
      Workload workload = workload(name);
      LoadRun run = new LoadRun(session, workload, 5, NONE);
      run.createSchema();
      if (run.hasRecords()) {
        RunResult populated = run.populate(cycles(0), sample -> {});
        assertThat(populated.total().count()).as(name).isEqualTo(ROWS);
        assertThat(populated.total().errors()).as(name).isEmpty();
      }
      RunResult result = run.run(cycles(500), null, sample -> {});
      assertThat(result.total().errors()).as(name).isEmpty();
      assertThat(result.total().count()).as(name).isEqualTo(500);
      Set<String> ran = new HashSet<>();
      result.statements().forEach(each -> ran.add(each.name()));
      workload.run().statements().stream()
          .filter(each -> each.weight() > 0)
          .forEach(each -> assertThat(ran).as(name).contains(each.name()));
    }
  }

  @Test
  void anOpenLoopBeginsAllThatIsWanted() throws Exception {
    LoadRun run = new LoadRun(session, workload("counters"), 5, NONE);
    run.createSchema();
    PhaseOptions options =
        new PhaseOptions(
            Duration.ZERO, Duration.ZERO, 400, Rate.constant(1000), true, 100, 1, PATIENCE, 0, 1);
    Path file = directory.resolve("run.hlog");
    RunResult result;
    try (HistogramLog log = new HistogramLog(file, "[test]")) {
      result = run.run(options, log, sample -> {});
    }
    assertThat(result.total().count()).isEqualTo(400);
    assertThat(result.seconds()).isBetween(0.2, 5.0);
    assertThat(logged(file, "increment") + logged(file, "read")).isEqualTo(400);
    Path json = directory.resolve("run.json");
    ResultFile.write(result, json);
    assertThat(ResultFile.read(json)).isEqualTo(result);
  }

  private static long logged(Path file, String tag) throws IOException {
    long count = 0;
    try (HistogramLogReader reader = new HistogramLogReader(file.toFile())) {
      for (EncodableHistogram each = reader.nextIntervalHistogram();
          each != null;
          each = reader.nextIntervalHistogram()) {
        if (tag.equals(each.getTag())) {
          count += ((Histogram) each).getTotalCount();
        }
      }
    }
    return count;
  }

  /** What a browser makes of the page, scripts included. */
  @Test
  void aBrowserDrawsTheReport() throws Exception {
    String drawn = drawn(Map.of("one", atThousand(NONE)));
    assertThat(drawn).contains("<title>ycsb-a").contains("2,500");
    assertThat(count(drawn, "<figure>")).isEqualTo(6);
    // Three percentiles, a curve, rate, errors, and the client's processor time.
    assertThat(count(drawn, "<polyline")).isEqualTo(7);
    // Nobody watched the memory of the server.
    assertThat(count(drawn, "<p>nothing was recorded")).isEqualTo(1);
  }

  @Test
  void theReportHasWhatNodesSayOfThemselves() throws Exception {
    URI metrics =
        URI.create(
            "http://%s:%d/metrics"
                .formatted(node.httpAddress().getHostString(), node.httpAddress().getPort()));
    RunResult result;
    try (MetricsWatch watch = MetricsWatch.of(List.of(metrics))) {
      assertThat(watch.nodes()).isEqualTo(1);
      ServerWatch servers = new ServerWatch(List.of(ProcessHandle.current().pid())).with(watch);
      result = atThousand(servers);
    }
    assertThat(result.server()).containsKeys("ilion", "processors", "command", "release");
    assertThat(result.samples())
        .anyMatch(sample -> sample.metrics().getOrDefault("requests/s", 0.0) > 100)
        .anyMatch(sample -> sample.metrics().getOrDefault("heap MiB", 0.0) > 1)
        .anyMatch(sample -> sample.serverCores() > 0 && sample.serverBytes() > 1 << 20);
    Path json = directory.resolve("metrics.json");
    ResultFile.write(result, json);
    assertThat(ResultFile.read(json)).isEqualTo(result);
    Map<String, RunResult> both = new LinkedHashMap<>();
    both.put("with", result);
    both.put("without", atThousand(NONE));
    String drawn = drawn(both);
    assertThat(count(drawn, "<figure>")).isEqualTo(13);
    assertThat(drawn).contains("with heap MiB").contains("Compactions");
    assertThat(drawn).contains("without / with", "update p99 us", "too few seconds");
  }

  private static RunResult atThousand(ServerWatch servers) throws InterruptedException {
    LoadRun run = new LoadRun(session, workload("ycsb-a"), 5, servers);
    run.createSchema();
    PhaseOptions options =
        new PhaseOptions(
            Duration.ZERO, Duration.ZERO, 2500, Rate.constant(1000), true, 100, 1, PATIENCE, 0, 1);
    return run.run(options, null, sample -> {});
  }

  /** The page of runs after its scripts have run; it has no number that is none. */
  private static String drawn(Map<String, RunResult> runs) throws Exception {
    Path chromium = Path.of("/usr/bin/chromium");
    assumeThat(Files.isExecutable(chromium)).as("%s is not installed", chromium).isTrue();
    Path page = directory.resolve("report.html");
    HtmlReport.write(runs, page);
    Process browser =
        new ProcessBuilder(
                chromium.toString(),
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--user-data-dir=" + directory.resolve("browser"),
                "--dump-dom",
                page.toUri().toString())
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    String drawn = new String(browser.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(browser.waitFor()).isZero();
    String plots = drawn.substring(drawn.indexOf("<figure>"), drawn.indexOf("What was run"));
    assertThat(plots).doesNotContain("NaN").doesNotContain("undefined");
    return drawn;
  }

  private static int count(String text, String part) {
    return text.split(Pattern.quote(part), -1).length - 1;
  }

  /** Lets requests through, but for a number of them which wait until it ends. */
  private static final class Silence implements ThrottlingPolicy {
    private final AtomicInteger toHold = new AtomicInteger();
    private final Queue<Throttled> held = new ConcurrentLinkedQueue<>();

    @Override
    public void register(Throttled request) {
      if (toHold.getAndUpdate(count -> Math.max(0, count - 1)) == 0) {
        request.proceed();
      } else {
        held.add(request);
      }
    }

    void end() {
      for (Throttled each = held.poll(); each != null; each = held.poll()) {
        each.proceed();
      }
    }

    @Override
    public void done() {
      // Nothing waits for its turn.
    }
  }

  private static Session silenced(Silence silence) {
    return Session.builder().contactPoint(node.nativeAddress()).throttling(silence).connect();
  }

  /** A run of reads in which nothing is left to be done but the reads. */
  private static LoadRun reads(Session session) throws InterruptedException {
    Workload workload = NamedWorkloads.find("ycsb-c", Map.of("rows", "50", "keyspace", "silent"));
    LoadRun run = new LoadRun(session, workload, 5, NONE);
    run.createSchema();
    run.populate(cycles(0), sample -> {});
    // What was prepared once is known from then on.
    run.run(cycles(20), null, sample -> {});
    return run;
  }

  /** What came behind a stall was sent late and answered at once: that alone says nothing of it. */
  @Test
  @Timeout(60)
  void whatHadToWaitForAStallCountsAsHavingWaited() throws Exception {
    Silence silence = new Silence();
    try (Session silenced = silenced(silence)) {
      LoadRun run = reads(silenced);
      PhaseOptions options =
          new PhaseOptions(
              Duration.ZERO,
              Duration.ZERO,
              1000,
              Rate.constant(1000),
              false,
              20,
              1,
              PATIENCE,
              0,
              1);
      silence.toHold.set(20);
      // The first sample is there after about a second.
      StatementResult result = run.run(options, null, sample -> silence.end()).total();
      assertThat(result.errors()).isEmpty();
      assertThat(result.count()).isEqualTo(1000);
      assertThat(result.service().max()).isGreaterThan(500_000);
      assertThat(result.response().p50()).isGreaterThan(200_000);
      assertThat(result.service().p50()).isLessThan(result.response().p50() / 4);
    }
  }

  @Test
  void theWarmUpIsCutOff() throws Exception {
    LoadRun run = new LoadRun(session, workload("counters"), 5, NONE);
    run.createSchema();
    PhaseOptions options =
        new PhaseOptions(
            Duration.ofSeconds(1),
            Duration.ZERO,
            2000,
            Rate.constant(1000),
            false,
            100,
            1,
            PATIENCE,
            0,
            1);
    Path file = directory.resolve("warm.hlog");
    Instant begun = Instant.now();
    RunResult result;
    try (HistogramLog log = new HistogramLog(file, "[test]")) {
      result = run.run(options, log, sample -> {});
    }
    long count = result.total().count();
    assertThat(count).isBetween(400L, 1400L);
    assertThat(result.total().errors()).isEmpty();
    assertThat(logged(file, "increment") + logged(file, "read")).isEqualTo(count);
    Sample first = result.samples().getFirst();
    assertThat(first.atSeconds()).isCloseTo(first.seconds(), within(1e-6));
    assertThat(
            result.samples().stream()
                .flatMap(sample -> sample.statements().values().stream())
                .mapToLong(Sample.Statement::count)
                .sum())
        .isEqualTo(count);
    assertThat(Instant.parse(result.started())).isAfter(begun.plusMillis(900));
  }

  @Test
  void whatEndsInItsWarmUpHasMeasuredNothing() throws Exception {
    LoadRun run = new LoadRun(session, workload("counters"), 5, NONE);
    run.createSchema();
    PhaseOptions options =
        new PhaseOptions(
            Duration.ofHours(1), Duration.ZERO, 0, Rate.constant(50), true, 9, 1, PATIENCE, 0, 1);
    Path file = directory.resolve("none.hlog");
    RunResult result;
    try (HistogramLog log = new HistogramLog(file, "[test]")) {
      result = run.run(options, log, sample -> run.stop());
    }
    assertThat(result.cutShort()).isTrue();
    assertThat(result.seconds()).isZero();
    assertThat(result.total().count()).isZero();
    assertThat(result.samples()).isEmpty();
    assertThat(file).doesNotExist();
  }

  @Test
  @Timeout(60)
  void whatIsNeverAnsweredCountsAsAnError() throws Exception {
    Silence silence = new Silence();
    try (Session silenced = silenced(silence)) {
      LoadRun run = reads(silenced);
      PhaseOptions options =
          new PhaseOptions(
              Duration.ZERO,
              Duration.ofSeconds(1),
              0,
              Rate.constant(100),
              false,
              20,
              1,
              Duration.ofMillis(50),
              0,
              1);
      silence.toHold.set(20);
      StatementResult result = run.run(options, null, sample -> {}).total();
      assertThat(result.errors()).containsExactly(Map.entry("UNANSWERED", 20L));
      assertThat(result.count()).isZero();
    }
  }

  @Test
  void whatIsLostStaleOrWrongIsFound() throws InterruptedException {
    Workload workload = NamedWorkloads.find("ycsb-c", Map.of("rows", "50", "keyspace", "checked"));
    LoadRun run = new LoadRun(session, workload, 5, NONE);
    run.createSchema();
    run.populate(cycles(0), sample -> {});
    assertThat(run.run(cycles(200), null, sample -> {}).total().errors()).isEmpty();
    String table = "checked.usertable";
    for (int i = 0; i < 50; i += 3) {
      session.execute("DELETE FROM " + table + " WHERE id = ?", "user" + i);
    }
    for (int i = 1; i < 50; i += 3) {
      session.execute("UPDATE " + table + " SET field = ? WHERE id = ?", "nonsense", "user" + i);
    }
    for (int i = 2; i < 50; i += 3) {
      String older = Stamp.of(i, 1000, 100);
      session.execute("UPDATE " + table + " SET field = ? WHERE id = ?", older, "user" + i);
    }
    StatementResult result = run.run(cycles(400), null, sample -> {}).total();
    assertThat(result.count()).isZero();
    assertThat(result.errors().keySet().stream().map(kind -> kind.substring(0, 5)))
        .containsExactly("LOST:", "STALE", "WRONG");
    assertThat(Requirement.violations(result)).isEqualTo(400);
  }
}
