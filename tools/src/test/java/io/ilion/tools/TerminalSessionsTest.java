package io.ilion.tools;

import static org.assertj.core.api.Assertions.assertThat;

import io.ilion.driver.Session;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What a person sees of a command that takes its time, on a real pseudo-terminal. */
class TerminalSessionsTest {
  private static final int FILES = 30;
  private static final int ROWS = 30;

  @TempDir private static Path data;
  private static TestNode node;

  @TempDir private Path folder;

  @BeforeAll
  static void start() throws IOException {
    node = TestNode.start(data);
    try (Session session = node.session()) {
      session.execute("CREATE TABLE ks.item (id int PRIMARY KEY, name text)");
      session.execute("CREATE TABLE ks.others (id int PRIMARY KEY, name text)");
      var insert = session.prepare("INSERT INTO ks.others (id, name) VALUES (?, 'n')");
      for (int i = 0; i < FILES * ROWS; i++) {
        session.execute(insert.bind(i));
      }
    }
  }

  @AfterAll
  static void stop() {
    node.close();
  }

  private void play(String steps, int code, String... words) throws Exception {
    List<String> all = new ArrayList<>(List.of(words));
    if (!words[0].equals("admin")) {
      all.addAll(List.of("--host", "127.0.0.1:" + node.nativeAddress().getPort()));
    }
    PseudoTerminal.play(folder, steps, all, code);
  }

  /** A rate makes it last long enough to be seen. */
  @Test
  void aLoadShowsBarRateRemainingTimeAndErrors() throws Exception {
    Path files = Files.createDirectories(folder.resolve("files"));
    for (int i = 0; i < FILES; i++) {
      StringBuilder text = new StringBuilder("id,name\n");
      for (int id = i * ROWS; id < (i + 1) * ROWS; id++) {
        text.append(id).append(",n\n");
      }
      Files.writeString(files.resolve(i + ".csv"), text.append(i == 0 ? "x,bad\n" : ""));
    }
    play(
        """
        expect █
        expect rows,\\x20
        expect /s,\\x20
        expect left, 1 bad,\\x20
        expect in flight
        expect 900 rows loaded into ks.item in
        expect 1 record is bad
        expect 0.csv:32: id: 'x' is no int
        expect bad records:\\x20
        """,
        3,
        "load",
        "ks.item",
        files.toString(),
        "--rate",
        "600",
        "--dir",
        folder.resolve("kept").toString());
  }

  @Test
  void anUnloadShowsBarRateAndRemainingTime() throws Exception {
    play(
        """
        expect █
        expect rows,\\x20
        expect /s,\\x20
        expect left
        expect 900 rows unloaded from ks.others in
        """,
        0,
        "unload",
        "ks.others",
        folder.resolve("out.csv").toString(),
        "--rate",
        "600");
  }

  @Test
  void aCountShowsHowFarItIs() throws Exception {
    play(
        """
        expect %\\x20
        expect rows
        expect 900
        """,
        0, "count", "ks.others");
  }

  @Test
  void aRunOfBenchShowsALineThatLives() throws Exception {
    play(
        """
        expect s of 3 s
        expect /s  p50\\x20
        expect p99\\x20
        expect errors 0
        expect counters
        """,
        0,
        "bench",
        "run",
        "counters",
        "--duration",
        "3s",
        "--warm-up",
        "0",
        "--rate",
        "100");
  }

  @Test
  void whatCtrlCLeavesRunsOnTheNode() throws Exception {
    play(
        """
        expect toppartitions
        expect of 60000 milliseconds
        send \\x03
        expect toppartitions goes on as task
        expect stop
        """,
        130,
        "admin",
        "--http-port",
        Integer.toString(node.httpPort()),
        "toppartitions",
        "60s");
    JsonNode task = admin("tasks").path(0);
    assertThat(task.path("operation").asString()).isEqualTo("toppartitions");
    assertThat(task.path("state").asString()).isEqualTo("RUNNING");
    admin("stop", task.path("id").asString());
  }

  private static JsonNode admin(String... words) {
    StringWriter out = new StringWriter();
    CommandLine ilion = Ilion.commandLine(Map.of());
    ilion.setOut(new PrintWriter(out));
    List<String> all = new ArrayList<>(List.of("admin", "--format", "json", "--http-port"));
    all.add(Integer.toString(node.httpPort()));
    all.addAll(List.of(words));
    assertThat(ilion.execute(all.toArray(String[]::new))).isZero();
    return JsonMapper.shared().readTree(out.toString());
  }
}
