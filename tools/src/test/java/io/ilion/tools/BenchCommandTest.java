package io.ilion.tools;

import static org.assertj.core.api.Assertions.assertThat;

import io.ilion.bench.load.report.Percentiles;
import io.ilion.bench.load.report.ResultFile;
import io.ilion.bench.load.report.RunResult;
import io.ilion.bench.load.report.Sample;
import io.ilion.bench.load.report.StatementResult;
import io.ilion.server.Node;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.PipedReader;
import java.io.PipedWriter;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** {@code ilion bench} as it is typed: what it says, and its exit codes. */
@Timeout(120)
class BenchCommandTest {
  @TempDir private static Path directory;
  private static Node node;

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @BeforeAll
  static void start() throws IOException {
    node = Node.start(TestNode.settings(directory.resolve("data")));
  }

  @AfterAll
  static void stop() {
    node.close();
  }

  private int bench(String... arguments) {
    CommandLine command = Ilion.commandLine(Map.of());
    command.setOut(new PrintWriter(out, true));
    command.setErr(new PrintWriter(err, true));
    List<String> all = new ArrayList<>(List.of("bench"));
    all.addAll(List.of(arguments));
    return command.execute(all.toArray(String[]::new));
  }

  private int run(String... more) {
    return run(300, more);
  }

  private int run(int cycles, String... more) {
    List<String> arguments = new ArrayList<>(List.of("run", "counters", "--host"));
    arguments.add(node.nativeAddress().getHostString() + ":" + node.nativeAddress().getPort());
    arguments.addAll(List.of("--duration", "0", "--cycles"));
    arguments.add(Integer.toString(cycles));
    arguments.addAll(List.of(more));
    return bench(arguments.toArray(String[]::new));
  }

  @Test
  void theExitCodeSaysWhetherRequirementsHeld() {
    assertThat(run("--require", "errors<1%", "--require", "violations=0")).as("%s", err).isZero();
    assertThat(out.toString()).contains("counters").contains("300");
    assertThat(run("--require", "p99<0.001ms")).isEqualTo(3);
    assertThat(err.toString()).containsPattern("does not hold: it is [0-9.]+ (us|ms|s)\\b");
    assertThat(run("--require", "speed>9000")).isEqualTo(2);
    assertThat(run("--rate", "fast")).isEqualTo(2);
    assertThat(run("--processes", "0")).isEqualTo(2);
    assertThat(run("--peer", "mysql")).isEqualTo(2);
    assertThat(run("--peer", "cassandra", "--find-rate", "p99<1ms")).isEqualTo(2);
    assertThat(bench("run", "no-such-workload")).isEqualTo(2);
    assertThat(bench("run", "counters", "--host", "127.0.0.1:1", "--connect-timeout", "1s"))
        .isEqualTo(1);
    assertThat(run("--warm-up", "1m")).isEqualTo(1);
    assertThat(err.toString()).contains("nothing was measured", "--warm-up 0");
    assertThat(run("--out", "/nowhere/at/all")).isEqualTo(2);
    assertThat(err.toString()).contains("--out /nowhere/at/all: there is no directory");
    assertThat(run("--agents", "127.0.0.1:1")).isEqualTo(1);
    assertThat(err.toString()).contains("agent 127.0.0.1:1 cannot be reached");
  }

  @Test
  void twoResultsAreCompared() {
    Path before = directory.resolve("before");
    Path after = directory.resolve("after");
    assertThat(run(1400, "--rate", "500", "--out", before.toString())).as("%s", err).isZero();
    assertThat(run(1400, "--rate", "500", "--out", after.toString())).as("%s", err).isZero();
    assertThat(bench("compare", before.toString(), after.toString())).isZero();
    assertThat(out.toString()).contains("B / A").contains("p99");
    JsonNode compared = json("compare", before + ".json", after + ".json", "--format", "json");
    assertThat(compared.path("second").asString()).isEqualTo(after + ".json");
    JsonNode throughput = compared.path("figures").path(0);
    assertThat(throughput.path("name").asString()).isEqualTo("throughput");
    assertThat(throughput.path("ratio").asDouble()).isBetween(0.5, 2.0);
    assertThat(throughput.path("verdict").asString()).isEqualTo("NOT_SHOWN");
    assertThat(bench("compare", before + ".json", after + ".json", "--format", "xml")).isEqualTo(2);
    assertThat(bench("compare", before + ".json", before + ".json", "--fail-if-worse")).isZero();
    assertThat(bench("compare", before + ".json", before + ".hlog")).isEqualTo(1);
    String nowhere = directory.resolve("no/where.html").toString();
    assertThat(bench("report", before.toString(), "--out", nowhere)).isEqualTo(1);
    assertThat(err.toString()).contains(nowhere + ": cannot be written: there is no such dir");
  }

  /** The file of a run of 20 seconds at about a rate. */
  private static String written(String name, int rate) {
    Percentiles times = new Percentiles(100, 90, 150, 200, 400, 800, 900, 1000);
    List<Sample> samples = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      Sample.Statement read = new Sample.Statement(rate + i % 3, 0, times, times);
      samples.add(new Sample(i + 1, 1, 5, 1, 1e8, 1, Map.of("read", read), Map.of()));
    }
    StatementResult total =
        new StatementResult("read", 20L * rate, 0, Map.of(), times, times, "", "");
    RunResult result =
        new RunResult(
            RunResult.VERSION,
            "test",
            "",
            "test",
            "",
            Map.of(),
            Map.of("rate", Integer.toString(rate)),
            Map.of(),
            Map.of(),
            20,
            rate,
            0,
            0,
            total,
            List.of(total),
            samples);
    Path file = directory.resolve(name);
    ResultFile.write(result, file);
    return file.toString();
  }

  @Test
  void whatIsWorseFailsIfItIsToldTo() {
    String fast = written("fast.json", 1100);
    String slow = written("slow.json", 1000);
    assertThat(bench("compare", fast, slow, "--fail-if-worse")).isEqualTo(3);
    assertThat(out.toString()).containsPattern("throughput .*0\\.909.* worse");
    assertThat(bench("compare", fast, slow)).isZero();
    assertThat(bench("compare", slow, fast, "--fail-if-worse")).isZero();
    assertThat(err.toString()).contains("these runs differ in rate (1100, 1000)");
    err.getBuffer().setLength(0);
    assertThat(bench("compare", fast, fast, "--fail-if-worse")).isZero();
    assertThat(err.toString()).isEmpty();
    out.getBuffer().setLength(0);
    assertThat(bench("show", fast)).isZero();
    assertThat(out.toString()).contains("22,000", "20.0 s recorded");
    assertThat(bench("show", fast + ".json")).isEqualTo(1);
    assertThat(bench("report", fast)).isEqualTo(1);
    assertThat(err.toString()).contains("has a histogram that cannot be read");
  }

  @Test
  void aRateThatIsNotReachedIsToldOf() {
    assertThat(run("--rate", "1M", "--concurrency", "1")).as("%s", err).isZero();
    assertThat(err.toString()).contains("/s of the 1,000,000/s wanted: with 1 under way");
    assertThat(bench("run", "counters", "--cycles", "5Q")).isEqualTo(2);
    assertThat(err.toString()).contains("'5Q' is no number such as 5M");
  }

  /** A cluster that forgets what it acknowledged, for a third of the records each in its way. */
  @Test
  void whatIsLostStaleOrWrongIsAnExitCode() throws IOException {
    Path workload = directory.resolve("forgetful.yaml");
    Files.writeString(
        workload,
        """
        schema:
          - "CREATE KEYSPACE IF NOT EXISTS forgetful WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}"
          - CREATE TABLE IF NOT EXISTS forgetful.t (k bigint PRIMARY KEY, v text)
        records: 30
        populate:
          cycles: 30
          statements:
            - name: insert
              key: cycle()
              cql: INSERT INTO forgetful.t (k, v) VALUES (?, ?)
              bind: key(), stamp(50)
        run:
          statements:
            - name: lose
              cql: DELETE FROM forgetful.t WHERE k = ?
              bind: uniform(0, 9)
            - name: forget
              key: uniform(10, 19)
              cql: INSERT INTO forgetful.t (k, v) VALUES (?, ?) USING TIMESTAMP 1
              bind: key(), stamp(50)
            - name: damage
              cql: UPDATE forgetful.t SET v = 'nonsense' WHERE k = ?
              bind: uniform(20, 29)
            - name: read
              weight: 5
              key: uniform(0, 29)
              cql: SELECT v FROM forgetful.t WHERE k = ?
              bind: key()
              verify: v
        """);
    List<String> arguments = new ArrayList<>(List.of("run", workload.toString(), "--host"));
    arguments.add(node.nativeAddress().getHostString() + ":" + node.nativeAddress().getPort());
    arguments.addAll(List.of("--duration", "0", "--cycles", "1k"));
    assertThat(bench(arguments.toArray(String[]::new))).as("%s", err).isEqualTo(3);
    assertThat(err.toString())
        .contains("what was read could not be")
        .contains("LOST: ", "STALE: ", "WRONG: ");
    // Who looks later does not know what was acknowledged, but what was never written.
    err.getBuffer().setLength(0);
    arguments.addAll(List.of("--populate", "no"));
    assertThat(bench(arguments.toArray(String[]::new))).isEqualTo(3);
    assertThat(err.toString()).contains("WRONG: ").doesNotContain("LOST: ");
  }

  @Test
  void workloadsAreListedForScriptsToo() {
    JsonNode list = json("list", "--format", "json");
    assertThat(list.size()).isGreaterThan(10);
    assertThat(list.path(0).path("name").asString()).isEqualTo("key-value");
    assertThat(list.path(0).path("parameters").path("rows").asString()).isNotEmpty();
    assertThat(bench("list")).isZero();
    assertThat(out.toString()).contains("key-value    ");
  }

  @Test
  void whatASearchFoundIsForScriptsToo() {
    out.getBuffer().setLength(0);
    assertThat(run("--find-rate", "throughput<3000", "--format", "json")).as("%s", err).isZero();
    JsonNode found = JsonMapper.shared().readTree(out.toString());
    assertThat(found.path("rate").asDouble()).isBetween(500.0, 3500.0);
    assertThat(found.path("trials").size()).isGreaterThan(1);
    JsonNode first = found.path("trials").path(0);
    assertThat(first.path("rate").asInt()).isEqualTo(1000);
    assertThat(first.path("response").path("p99").asDouble()).isPositive();
  }

  @Test
  void readsThatFindNothingAreToldOf() {
    List<String> reads = new ArrayList<>(List.of("run", "ycsb-c", "--host"));
    reads.add(node.nativeAddress().getHostString() + ":" + node.nativeAddress().getPort());
    reads.addAll(List.of("--duration", "0", "--cycles", "100"));
    reads.addAll(List.of("--set", "rows=20"));
    List<String> empty = new ArrayList<>(reads);
    empty.addAll(List.of("--populate", "no"));
    assertThat(bench(empty.toArray(String[]::new))).as("%s", err).isZero();
    assertThat(err.toString())
        .contains("none of 100 reads found a row")
        .contains("--populate only");
    err.getBuffer().setLength(0);
    assertThat(bench(reads.toArray(String[]::new))).isZero();
    assertThat(err.toString()).doesNotContain("found a row");
  }

  private JsonNode json(String... arguments) {
    out.getBuffer().setLength(0);
    assertThat(bench(arguments)).as("%s", err).isZero();
    return JsonMapper.shared().readTree(out.toString());
  }

  @Test
  void processesAreOneRun() {
    Path file = directory.resolve("shared");
    assertThat(run("--processes", "2", "--event-loops", "1", "--out", file.toString()))
        .as("%s", err)
        .isZero();
    RunResult result = ResultFile.read(directory.resolve("shared.json"));
    assertThat(result.total().count()).isEqualTo(300);
    assertThat(result.total().errors()).isEmpty();
    assertThat(result.settings()).containsEntry("processes", "2");
  }

  @Test
  void anAgentTakesPartForWhoKnowsItsSecret() throws Exception {
    Path secret = Files.writeString(directory.resolve("secret"), "a secret of some length\n");
    Path wrong = Files.writeString(directory.resolve("wrong"), "another one of its length\n");
    assertThat(bench("agent", "--listen", "0.0.0.0:0")).isEqualTo(2);
    assertThat(err.toString()).contains("needs a --secret-file");
    PipedReader said = new PipedReader();
    CommandLine agent = Ilion.commandLine(Map.of());
    agent.setOut(new PrintWriter(new PipedWriter(said), true));
    agent.setErr(new PrintWriter(new StringWriter(), true));
    // The wait of a virtual thread for connections ends when it is interrupted.
    Thread running =
        Thread.ofVirtual()
            .start(
                () ->
                    agent.execute(
                        "bench", "agent", "--listen=127.0.0.1:0", "--secret-file=" + secret));
    try (BufferedReader lines = new BufferedReader(said)) {
      String line = lines.readLine();
      assertThat(line).startsWith("waiting for runs on 127.0.0.1:");
      String agents = "--agents=" + line.substring(line.lastIndexOf(' ') + 1);
      assertThat(run(agents, "--secret-file=" + wrong)).isEqualTo(1);
      assertThat(err.toString()).contains("the leader does not know the secret of this agent");
      for (int time = 1; time <= 2; time++) {
        Path file = directory.resolve("led-" + time);
        assertThat(run(agents, "--secret-file=" + secret, "--out=" + file)).as("%s", err).isZero();
        RunResult result = ResultFile.read(Path.of(file + ".json"));
        assertThat(result.total().count()).isEqualTo(300);
        assertThat(result.total().errors()).isEmpty();
      }
    } finally {
      running.interrupt();
      running.join();
    }
  }

  @Test
  @Tag(TestNode.PEER)
  @EnabledIfSystemProperty(named = "ilion.peer", matches = "true")
  void thePublishedCassandraDoesTheSameWork() throws IOException {
    Path file = directory.resolve("both");
    assertThat(run(1000, "--peer", "cassandra", "--peer-heap", "1G", "--out", file.toString()))
        .as("%s", err)
        .isZero();
    for (String server : List.of("ilion", "cassandra")) {
      RunResult result = ResultFile.read(directory.resolve("both-" + server + ".json"));
      assertThat(result.total().count()).as(server).isEqualTo(1000);
      assertThat(result.total().errors()).as(server).isEmpty();
    }
    assertThat(Files.readString(directory.resolve("both.html"))).contains("\"cassandra\"");
    assertThat(out.toString()).contains("ilion / cassandra");
  }
}
