package io.ilion.tools.shell;

import static org.assertj.core.api.Assertions.assertThat;

import io.ilion.tools.TestNode;
import io.ilion.tools.console.ToolException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
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

/** {@code ilion shell} as scripts call it. */
class ShellCommandTest {
  @TempDir private static Path data;
  private static TestNode node;

  @TempDir private Path folder;

  private record Run(int code, String out, String err) {}

  @BeforeAll
  static void start() throws IOException {
    node = TestNode.start(data);
    node.query("CREATE TABLE ks.t (k int PRIMARY KEY, v text)");
    node.query("INSERT INTO ks.t (k, v) VALUES (1, 'a, b')");
  }

  @AfterAll
  static void stop() {
    node.close();
  }

  private static Run shell(String... arguments) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    StringWriter err = new StringWriter();
    List<String> all =
        new ArrayList<>(
            List.of(
                node.nativeAddress().getHostString(),
                Integer.toString(node.nativeAddress().getPort())));
    all.addAll(List.of(arguments));
    int code = command(out, err).execute(all.toArray(String[]::new));
    return new Run(code, out.toString(StandardCharsets.UTF_8), err.toString());
  }

  private static CommandLine command(OutputStream out, StringWriter err) {
    return new CommandLine(new ShellCommand(Map.of(), out))
        .setErr(new PrintWriter(err, true))
        .setCaseInsensitiveEnumValuesAllowed(true)
        .setExecutionExceptionHandler(
            (failure, command, parsed) -> {
              if (failure instanceof ToolException known) {
                err.append(known.getMessage());
                return known.exitCode();
              }
              throw failure;
            });
  }

  @Test
  void aFileIsExecutedToItsEnd() throws IOException {
    Path file =
        Files.writeString(
            folder.resolve("in.cql"),
            """
            USE ks;
            INSERT INTO t (k, v) VALUES (2, 'two');
            SELECT wrong FROM t;
            /* a comment; of
               two lines */ SELECT v FROM t WHERE k = 2;
            """);
    Run run = shell("-f", file.toString());
    assertThat(run.out).contains("two", "(1 rows)");
    assertThat(run.err).startsWith(file + ":3: InvalidRequest: Undefined column name wrong");
    assertThat(run.code).isEqualTo(2);

    Run stopped = shell("--stop-on-error", "--file", file.toString());
    assertThat(stopped.out).doesNotContain("two");
    assertThat(stopped.code).isEqualTo(2);
    Run none = shell("-f", folder.resolve("none.cql").toString());
    assertThat(none.err).contains("none.cql': there is no such file");
    assertThat(none.code).isEqualTo(1);
    assertThat(shell("-f", "x", "-e", "y").code).isEqualTo(2);
  }

  @Test
  void programsGetCsvOrJson() {
    String select = "SELECT k, v FROM ks.t WHERE k = 1; CONSISTENCY; SELECT * FROM ks.none;";
    Run csv = shell("--format", "csv", "-e", select);
    assertThat(csv.out).isEqualTo("k,v\n1,\"a, b\"\n");
    assertThat(csv.err).contains("Current consistency level is ONE.", "InvalidRequest");
    assertThat(csv.code).isEqualTo(2);
    Run json = shell("--format=json", "-e", "SELECT k, v FROM ks.t WHERE k = 1");
    assertThat(json).isEqualTo(new Run(0, "{\"k\": 1, \"v\": \"a, b\"}\n", ""));
  }

  @Test
  void withoutAConnectionTheCodeIsOne() {
    StringWriter err = new StringWriter();
    int code =
        command(new ByteArrayOutputStream(), err).execute("127.0.0.1", "1", "-e", "SELECT 1");
    assertThat(code).isEqualTo(1);
    assertThat(err.toString()).contains("cannot connect to 127.0.0.1:1");
  }

  @Test
  void allFlagsOfCqlshAreTaken() throws IOException {
    Path rc = Files.writeString(folder.resolve("cqlshrc"), "[ui]\nfloat_precision = 2\n");
    Path credentials =
        Files.writeString(
            folder.resolve("credentials"), "[PlainTextAuthProvider]\nusername = ann\n");
    String flags =
        "--color --no-color --browser firefox --cqlversion 3.4.7 --protocol-version 5"
            + " --encoding utf-8 --connect-timeout 5 --request-timeout 10 --debug --coverage"
            + " --insecure-password-without-warning -u ann -p secret -k ks --disable-history"
            + " --cqlshrc %s --credentials %s -e".formatted(rc, credentials);
    List<String> words = new ArrayList<>(List.of(flags.split(" ")));
    words.add("SELECT v FROM t WHERE k = 1");
    Run run = shell(words.toArray(String[]::new));
    assertThat(run.err).isEmpty();
    assertThat(run.out).contains("a, b");
    assertThat(run.code).isZero();
    assertThat(shell("--nonsense", "-e", "SELECT 1").code).isEqualTo(2);
  }

  /** Of options for all tables, for one way, and for one table the nearest counts. */
  @Test
  void copyTakesOptionsOfCqlshrc() throws IOException {
    Path rc =
        Files.writeString(
            folder.resolve("cqlshrc"),
            """
            [copy]
            header = true
            delimiter = ;
            maxrows = 5
            [copy-to]
            nullval = none
            [copy-to:ks.t]
            delimiter = |
            """);
    Path file = folder.resolve("t.csv");
    String copy = "COPY ks.t TO '" + file + "'";
    assertThat(shell("--cqlshrc", rc.toString(), "-e", copy).err).isEmpty();
    assertThat(Files.readAllLines(file)).startsWith("k|v").contains("1|a, b");
    assertThat(shell("--cqlshrc", rc.toString(), "-e", copy + " WITH DELIMITER = ','").code)
        .isZero();
    assertThat(Files.readAllLines(file)).startsWith("k,v").contains("1,\"a, b\"");
    Path other = Files.writeString(folder.resolve("copy.ini"), "[copy]\ndelimiter = !\n");
    assertThat(
            shell("--cqlshrc", rc.toString(), "-e", copy + " WITH CONFIGFILE = '" + other + "'")
                .code)
        .isZero();
    assertThat(Files.readAllLines(file)).contains("1!a, b").doesNotContain("k|v");
  }
}
