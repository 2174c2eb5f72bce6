package io.ilion.tools.bench;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.ilion.bench.load.report.ResultFile;
import io.ilion.bench.load.report.RunResult;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.HdrHistogram.EncodableHistogram;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.HistogramLogReader;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Ctrl-C in {@code ilion bench run}, with real processes. */
@Timeout(120)
class InterruptedRunTest {
  private static final String SERVING = "serving CQL on ";

  @TempDir private static Path directory;
  private static Process node;
  private static String host;

  @BeforeAll
  static void startNode() throws IOException {
    Ilion start =
        ilion("start", "--data", directory.resolve("data").toString())
            .with("--native-port", "0", "--http-port=-1", "--memory", "256M");
    // Nobody reads what it logs.
    node =
        new ProcessBuilder(start.command()).redirectError(ProcessBuilder.Redirect.DISCARD).start();
    String line = node.inputReader().readLine();
    assertThat(line).startsWith(SERVING);
    host = line.substring(SERVING.length());
  }

  @AfterAll
  static void stopNode() {
    node.destroyForcibly();
  }

  /** A command that is a process, in a group of its own as a shell makes it. */
  private record Ilion(List<String> command) {
    Ilion with(String... more) {
      command.addAll(List.of(more));
      return this;
    }

    Process start() throws IOException {
      return new ProcessBuilder(command).start();
    }
  }

  private static Ilion ilion(String... words) {
    // Who was started in the background may ignore the signal, and so do its children.
    List<String> command = new ArrayList<>(List.of("setsid", "env", "--default-signal=INT"));
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Dilion.terminals="));
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), "io.ilion.tools.Ilion"));
    return new Ilion(command).with(words);
  }

  /** A run of ten minutes whose histograms go through a pipe. */
  private static Ilion run(String name) throws Exception {
    Path pipe = directory.resolve(name + ".hlog");
    assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor()).isZero();
    return ilion("bench", "run", "counters", "--host", host, "--warm-up", "0", "--duration", "10m")
        .with("--concurrency", "8", "--out", directory.resolve(name).toString());
  }

  /** As a terminal does it: all processes are told. */
  private static void ctrlC(Process process) throws Exception {
    signal("-INT", "-" + process.pid());
  }

  private static void signal(String signal, String processes) throws Exception {
    assertThat(new ProcessBuilder("kill", signal, "--", processes).start().waitFor()).isZero();
  }

  private static long count(EncodableHistogram histogram) {
    return histogram.getTag().endsWith(".service") ? 0 : ((Histogram) histogram).getTotalCount();
  }

  @ParameterizedTest
  @ValueSource(strings = {"1", "2"})
  void whatWasMeasuredIsTheResult(String processes) throws Exception {
    Path out = directory.resolve("early-" + processes);
    Process run = run("early-" + processes).with("--rate", "200", "--processes", processes).start();
    long logged;
    try (HistogramLogReader log = new HistogramLogReader(Path.of(out + ".hlog").toFile())) {
      // A second was measured.
      EncodableHistogram next = log.nextIntervalHistogram();
      ctrlC(run);
      for (logged = 0; next != null; next = log.nextIntervalHistogram()) {
        logged += count(next);
      }
    }
    String said = new String(run.getInputStream().readAllBytes(), UTF_8);
    String errors = new String(run.getErrorStream().readAllBytes(), UTF_8);
    assertThat(run.waitFor()).as("%s", errors).isEqualTo(130);
    assertThat(said).contains("counters", "cut short by Ctrl-C");
    assertThat(errors).contains("ending early", "wrote ").doesNotContain("Exception");
    RunResult result = ResultFile.read(Path.of(out + ".json"));
    assertThat(result.cutShort()).isTrue();
    assertThat(result.total().errors()).isEmpty();
    assertThat(result.total().count()).isPositive().isEqualTo(logged);
    assertThat(Files.readString(Path.of(out + ".html"))).contains("\"cut_short\":\"yes\"");
  }

  @Test
  void aSecondOneEndsAtOnce() throws Exception {
    Process run = run("late").start();
    try (HistogramLogReader log = new HistogramLogReader(directory.resolve("late.hlog").toFile());
        BufferedReader errors = run.errorReader()) {
      assertThat(log.nextIntervalHistogram()).isNotNull();
      // Eight operations are under way, and none is answered any more.
      signal("-STOP", Long.toString(node.pid()));
      ctrlC(run);
      String line = errors.readLine();
      while (!line.contains("ending early")) {
        line = errors.readLine();
      }
      ctrlC(run);
      assertThat(run.waitFor()).isEqualTo(130);
    } finally {
      signal("-CONT", Long.toString(node.pid()));
      run.destroyForcibly();
    }
    assertThat(directory.resolve("late.json")).doesNotExist();
  }
}
