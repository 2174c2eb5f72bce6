package io.ilion.tools.shell;

import static org.assertj.core.api.Assertions.assertThat;

import io.ilion.driver.Session;
import io.ilion.tools.TestNode;
import io.ilion.tools.console.IniFile;
import io.ilion.tools.console.Style;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.io.StringReader;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Sessions as text: what is typed, a line of dashes, what the shell answers. {@code
 * -Dilion.record=true} writes the answers anew.
 */
@Tag(TestNode.PEER)
class SessionsTest {
  private static final String RULE = "----";
  private static final String END = "====";

  /** Statements that Cassandra does not know. */
  private static final String ONLY_OURS = "explain.txt";

  @TempDir private static Path directory;
  private static TestNode node;

  @BeforeAll
  static void start() throws IOException {
    node = TestNode.orPeer(directory.resolve("data"));
  }

  @AfterAll
  static void stop() {
    node.close();
  }

  static List<Path> sessions() throws IOException {
    try (Stream<Path> files = Files.list(folder())) {
      return files
          .filter(file -> !TestNode.isPeer() || !file.endsWith(ONLY_OURS))
          .sorted()
          .toList();
    }
  }

  private static Path folder() {
    return Path.of("src/test/resources/io/ilion/tools/shell/sessions");
  }

  @ParameterizedTest
  @MethodSource("sessions")
  void aSessionIsAnsweredAsBefore(Path file) throws IOException {
    String name = file.getFileName().toString();
    Format format = Format.TABLE;
    for (Format each : Format.values()) {
      format = name.contains(each.name().toLowerCase(java.util.Locale.ROOT)) ? each : format;
    }
    List<String> actual = new ArrayList<>();
    StringWriter text = new StringWriter();
    try (Shell shell = shell(format, text, Style.PLAIN, false)) {
      List<String> input = new ArrayList<>();
      boolean answer = false;
      for (String line : Files.readAllLines(file)) {
        if (!answer && line.equals(RULE)) {
          shell.runAll(
              "in",
              new StringReader(String.join("\n", input).replace("@DIR@", directory.toString())));
          input.forEach(actual::add);
          actual.add(RULE);
          text.toString()
              .replace(directory.toString(), "@DIR@")
              .lines()
              .map(SessionsTest::steady)
              .forEach(actual::add);
          actual.add(END);
          text.getBuffer().setLength(0);
          answer = true;
          input.clear();
        } else if (line.equals(END)) {
          answer = false;
        } else if (!answer) {
          input.add(line);
        }
      }
    }
    if (Boolean.getBoolean("ilion.record") && !TestNode.isPeer()) {
      Files.write(file, actual);
    }
    assertThat(text(actual)).isEqualTo(text(Files.readAllLines(file)));
  }

  /** Cassandra has a name of its own, and another parser, whose complaints have other words. */
  private static String text(List<String> lines) {
    String text = String.join("\n", lines);
    return TestNode.isPeer()
        ? text.replace("Connected to Peer at", "Connected to ilion at")
            .replaceAll("(SyntaxException: line \\d+:\\d+) .*", "$1")
        : text;
  }

  /** A line without what differs from run to run. */
  private static String steady(String line) {
    return line.replaceAll("shell \\d+\\.\\d+\\.\\d+", "shell X")
        .replaceAll("in [0-9.]+ seconds", "in X seconds")
        .replaceAll("[0-9.]+ ms\\)", "X ms)");
  }

  @Test
  void explainIsCompletedAsTheSelectBehindIt() throws IOException {
    try (Session session = node.session()) {
      Suggestions suggestions = new Suggestions(session.metadata(), null);
      assertThat(suggestions.words("EXPLAIN ", "")).containsExactly("ANALYZE", "SELECT");
      assertThat(suggestions.words("EXPLAIN ANALYZE ", "")).containsExactly("SELECT");
      assertThat(suggestions.words("EXPLAIN ANALYZE SELECT key FROM ", ""))
          .isEqualTo(suggestions.words("SELECT key FROM ", ""));
      assertThat(suggestions.words("", "")).contains("EXPLAIN");
    }
  }

  @Test
  void theFieldsOfTypesAreCompletedInsideValues() throws IOException {
    try (Session session = node.session()) {
      session.execute(
          "CREATE KEYSPACE fields WITH replication ="
              + " {'class': 'SimpleStrategy', 'replication_factor': 1}");
      session.execute("CREATE TYPE fields.place (street text, \"Zip\" int)");
      session.execute("CREATE TYPE fields.person (name text, at frozen<place>)");
      session.execute(
          "CREATE TABLE fields.t (k int PRIMARY KEY, m map<text, frozen<place>>, p person,"
              + " s set<int>)");
      session.refreshMetadata().toCompletableFuture().join();
      Suggestions suggestions = new Suggestions(session.metadata(), "fields");
      String insert = "INSERT INTO t (k, m, p) VALUES (1, {'home': ";
      assertThat(suggestions.words(insert + "{", "")).containsExactly("street:", "\"Zip\":");
      assertThat(suggestions.words(insert + "{street: 'x', ", "")).containsExactly("\"Zip\":");
      assertThat(suggestions.words(insert + "{street: 'x'}}, {", ""))
          .containsExactly("name:", "at:");
      assertThat(suggestions.words(insert + "{street: 'x'}}, {name: 'n', at: {", ""))
          .containsExactly("street:", "\"Zip\":");
      assertThat(suggestions.words("UPDATE fields.t SET p = {at: {", ""))
          .containsExactly("street:", "\"Zip\":");
      assertThat(suggestions.words("UPDATE t SET s = {", "")).isEmpty();
      assertThat(suggestions.words("UPDATE t SET p = {name: 'n'} WHERE ", "")).contains("k");
      assertThat(suggestions.words("INSERT INTO t (", "")).contains("k");
      session.execute("DROP KEYSPACE fields");
    }
  }

  @Test
  void aTraceIsATimeline() throws IOException {
    StringWriter text = new StringWriter();
    try (Shell shell = shell(Format.TABLE, text, Style.PLAIN, false)) {
      shell.runAll(
          "in", new StringReader("TRACING ON\nSELECT key FROM system.local WHERE key = 'local';"));
    }
    assertThat(text.toString())
        .containsPattern("Tracing session: [0-9a-f]{8}-")
        .containsPattern("(?m)^ [ 0-9.]+ \\| [.=]{20} \\| 127.0.0.1 +\\| +\\d+ \\| Parsing SELECT")
        .containsPattern("(?m)\\| Request complete$");
  }

  @Test
  void aTraceIsShownAgain() throws IOException {
    StringWriter text = new StringWriter();
    try (Shell shell = shell(Format.TABLE, text, Style.PLAIN, false)) {
      shell.runAll(
          "in", new StringReader("TRACING ON\nSELECT key FROM system.local WHERE key = 'local';"));
      Matcher id = Pattern.compile("Tracing session: (\\S+)").matcher(text.toString());
      assertThat(id.find()).isTrue();
      text.getBuffer().setLength(0);
      shell.runAll("in", new StringReader("TRACING OFF\nSHOW SESSION " + id.group(1)));
      assertThat(shell.failed()).isFalse();
      assertThat(text.toString())
          .contains("Tracing session: " + id.group(1))
          .containsPattern("(?m)\\| 127.0.0.1 +\\| +\\d+ \\| Parsing SELECT")
          .containsPattern("(?m)\\| Request complete$");
    }
  }

  @Test
  void afterAnErrorNothingMoreIsDoneIfThatIsWanted() throws IOException {
    StringWriter text = new StringWriter();
    try (Shell shell = shell(Format.TABLE, text, Style.PLAIN, true)) {
      shell.runAll("in", new StringReader("SELECT 1;\nSHOW HOST\n"));
      assertThat(shell.failed()).isTrue();
    }
    assertThat(text.toString()).contains("SyntaxException").doesNotContain("Connected");
  }

  @Test
  void namesOfColumnsHaveTheColourOfTheirPart() throws IOException {
    StringWriter text = new StringWriter();
    try (Shell shell = shell(Format.TABLE, text, Style.of(true, true, 80), false)) {
      shell.runAll(
          "in",
          new StringReader(
              "SELECT keyspace_name, table_name, id FROM system_schema.tables LIMIT 1;"));
    }
    assertThat(text.toString())
        .contains(
            Style.Tone.PARTITION_KEY.code() + "keyspace_name",
            Style.Tone.CLUSTERING_KEY.code() + "table_name",
            Style.Tone.COLUMN.code() + "id");
  }

  private static Shell shell(Format format, StringWriter text, Style style, boolean stopOnError) {
    PrintWriter writer = new PrintWriter(text);
    Output output =
        new Output(
            writer, OutputStream.nullOutputStream(), writer, style, style, StandardCharsets.UTF_8);
    return new Shell(
        (user, password, keyspace) ->
            Session.builder()
                .contactPoint(node.nativeAddress())
                .defaults(io.ilion.driver.Settings.NONE.timeout(Duration.ofSeconds(60)))
                .readSchema(style.isColoured())
                .threads(1)
                .connect(),
        new Shell.Settings(
            format,
            new ValueText(Strftime.CQLSH, ZoneOffset.UTC, 5, 5),
            style.isColoured(),
            stopOnError,
            "127.0.0.1:9042",
            null,
            node::session,
            IniFile.EMPTY),
        output,
        3);
  }
}
