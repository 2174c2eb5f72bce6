package io.ilion.tools.shell;

import static org.assertj.core.api.Assertions.assertThat;

import io.ilion.driver.Row;
import io.ilion.driver.Session;
import io.ilion.tools.TestNode;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine;

/** COPY as it is typed: which files there are then. */
@Tag(TestNode.PEER)
class CopyCommandTest {
  @TempDir private static Path data;
  private static TestNode node;

  @TempDir private Path folder;
  private final ByteArrayOutputStream screen = new ByteArrayOutputStream();

  @BeforeAll
  static void start() throws IOException {
    node = TestNode.orPeer(data);
    try (Session session = node.session()) {
      session.execute("CREATE TABLE ks.numbers (id int PRIMARY KEY, name text)");
      for (int i = 0; i < 25; i++) {
        session.execute("INSERT INTO ks.numbers (id, name) VALUES (" + i + ", 'n" + i + "')");
      }
      session.execute("CREATE TABLE ks.named (id int PRIMARY KEY, name text)");
      session.execute("CREATE TABLE ks.keyed (k text PRIMARY KEY, v int)");
      for (String name : List.of("one", "again")) {
        session.execute(
            "CREATE TABLE ks."
                + name
                + " (k int PRIMARY KEY, b boolean, d double, f float, n bigint, t text,"
                + " ts timestamp, nothing text)");
      }
      session.execute(
          "INSERT INTO ks.one (k, b, d, f, n, t, ts) VALUES (1, true, 1234.56789012,"
              + " 1.23456, 1234567, 'it''s \"x\", café', '2020-01-02 03:04:05+0000')");
    }
  }

  @AfterAll
  static void stop() {
    node.close();
  }

  private int copy(String rest) {
    screen.reset();
    return new CommandLine(new ShellCommand(Map.of(), screen))
        .execute(
            node.nativeAddress().getHostString(),
            Integer.toString(node.nativeAddress().getPort()),
            "--no-color",
            "-e",
            "COPY ks.numbers " + rest);
  }

  /** The first has the name that was given, the next ones that with a number, as cqlsh has it. */
  @Test
  void aFileThatIsFullIsFollowedByAnother() throws IOException {
    Path file = folder.resolve("numbers.csv");
    assertThat(copy("TO '" + file + "' WITH MAXOUTPUTSIZE = 10 AND PAGESIZE = 7")).isZero();
    TreeSet<String> names = new TreeSet<>();
    int rows = 0;
    try (var all = Files.list(folder)) {
      for (Path each : all.toList()) {
        names.add(each.getFileName().toString());
        assertThat(Files.readAllLines(each)).hasSizeBetween(1, 10);
        rows += Files.readAllLines(each).size();
      }
    }
    assertThat(rows).isEqualTo(25);
    assertThat(names).contains("numbers.csv", "numbers.csv.1", "numbers.csv.2");
    assertThat(names.last()).isEqualTo("numbers.csv." + (names.size() - 1));
    assertThat(copy("FROM '" + file + "*'")).isZero();
  }

  private int script(String... statements) {
    return shell("--no-color", "-e", String.join(";", statements));
  }

  private static int shell(String... more) {
    return new CommandLine(new ShellCommand(Map.of())).execute(arguments(more));
  }

  private static String[] arguments(String... more) {
    List<String> all = new ArrayList<>();
    all.add(node.nativeAddress().getHostString());
    all.add(Integer.toString(node.nativeAddress().getPort()));
    all.addAll(List.of(more));
    return all.toArray(String[]::new);
  }

  private static final String TEXT = "\"it's \\\"x\\\", café\"";
  private static final String TIME = "2020-01-02 03:04:05.000+0000";

  static List<Arguments> options() {
    String numbers = "1234.56789012,1.2346,1234567,";
    return List.of(
        Arguments.of("", "1,True," + numbers + TEXT + "," + TIME + ","),
        Arguments.of("QUOTE = ''''", "1,True," + numbers + "'it\\'s \"x\", café'," + TIME + ","),
        Arguments.of(
            "ESCAPE = '\"'", "1,True," + numbers + "\"it's \"\"x\"\", café\"," + TIME + ","),
        Arguments.of("BOOLSTYLE = 'ja,nein'", "1,ja," + numbers + TEXT + "," + TIME + ","),
        Arguments.of("NULLVAL = 'n/a'", "1,True," + numbers + TEXT + "," + TIME + ",n/a"),
        Arguments.of(
            "DATETIMEFORMAT = '%d.%m.%Y %H:%M:%S%z'",
            "1,True," + numbers + TEXT + ",02.01.2020 03:04:05+0000,"),
        Arguments.of(
            "DELIMITER = ';' AND DECIMALSEP = ',' AND THOUSANDSSEP = '.'",
            "1;True;1.234,56789012;1,2346;1.234.567;" + TEXT + ";" + TIME + ";"),
        Arguments.of(
            "FLOATPRECISION = 2 AND DOUBLEPRECISION = 6",
            "1,True,1234.57,1.2,1234567," + TEXT + "," + TIME + ","));
  }

  /** What cqlsh's options make of a row, and that the same ones read it again. */
  @ParameterizedTest
  @MethodSource("options")
  void fieldsAreWrittenAndReadAsTheOptionsSay(String options, String line) throws IOException {
    Path file = folder.resolve("one.csv");
    String with = options.isEmpty() ? "" : " WITH " + options;
    String columns = "(k, b, d, f, n, t, ts, nothing)";
    assertThat(script("COPY ks.one " + columns + " TO '" + file + "'" + with)).isZero();
    assertThat(Files.readAllLines(file)).containsExactly(line);
    // How exact numbers are is an option of COPY TO alone.
    boolean rounded = options.contains("PRECISION");
    String from = "COPY ks.again " + columns + " FROM '" + file + "'" + (rounded ? "" : with);
    assertThat(script("TRUNCATE ks.again", from)).isZero();
    String rest = "SELECT k, b, n, t, ts, nothing FROM ks.";
    assertThat(node.query(rest + "again").toString())
        .isEqualTo(node.query(rest + "one").toString());
    assertThat(node.query("SELECT d FROM ks.again").getFirst().getDouble("d"))
        .isEqualTo(rounded ? 1234.57 : 1234.56789012);
  }

  @Test
  void anEncodingIsThatOfTheFile() throws IOException {
    Path file = folder.resolve("latin.csv");
    String latin = file + "' WITH ENCODING = 'latin1'";
    assertThat(script("COPY ks.one (k, t) TO '" + latin)).isZero();
    assertThat(Files.readString(file, StandardCharsets.ISO_8859_1)).contains("café");
    assertThat(script("TRUNCATE ks.again", "COPY ks.again (k, t) FROM '" + latin)).isZero();
    assertThat(node.query("SELECT t FROM ks.again").getFirst().getString("t")).contains("café");
    assertThat(copy("TO '" + file + "' WITH ENCODING = 'klingon'")).isEqualTo(2);
    assertThat(copy("TO '" + file + "' WITH DECIMALSEP = ''")).isEqualTo(2);
  }

  @Test
  void someRowsOfAFileAreLoaded() throws IOException {
    Path file =
        Files.writeString(folder.resolve("some.csv"), "id,name\n1,a\n2,b\n3,c\n4,d\n5,e\n6,f\n");
    String some = "COPY ks.named FROM '" + file + "' WITH HEADER = true AND ";
    assertThat(
            script(
                "TRUNCATE ks.named",
                some
                    + "SKIPROWS = 2 AND MAXROWS = 3 AND TTL = 1000 AND MAXBATCHSIZE = 1"
                    + " AND INGESTRATE = 100000"))
        .isZero();
    List<Row> rows = node.query("SELECT id, TTL(name) FROM ks.named");
    assertThat(rows.stream().map(row -> row.getInt(0))).containsExactlyInAnyOrder(3, 4, 5);
    assertThat(rows).allMatch(row -> row.getInt(1) > 800 && row.getInt(1) <= 1000);
    assertThat(script("TRUNCATE ks.named", some + "MAXROWS = 0")).isZero();
    assertThat(node.query("SELECT id FROM ks.named")).isEmpty();
  }

  @Test
  void badRowsAreKeptAndCounted() throws IOException {
    Path file = Files.writeString(folder.resolve("bad.csv"), "1,a\nx,b\n2,c\ny,d\nz,e\n3,f\n");
    Path bad = folder.resolve("bad.err");
    String copy = "COPY ks.named (id, name) FROM '" + file + "' WITH ERRFILE = '" + bad + "'";
    assertThat(script("TRUNCATE ks.named", copy)).isEqualTo(2);
    assertThat(node.query("SELECT id FROM ks.named")).hasSize(3);
    assertThat(Files.readString(bad)).contains("x,b").contains("y,d").contains("z,e");

    // What is too long for a key fails when it is inserted.
    Path large =
        Files.writeString(folder.resolve("large.csv"), "1," + "n".repeat(70_000) + "\n2,two\n");
    assertThat(script("COPY ks.keyed (v, k) FROM '" + large + "'")).isEqualTo(2);
    assertThat(node.query("SELECT v FROM ks.keyed")).hasSize(1);
  }

  @Test
  void aPartOfTheRingIsExported() throws IOException {
    Path low = folder.resolve("low.csv");
    Path high = folder.resolve("high.csv");
    assertThat(copy("TO '" + low + "' WITH ENDTOKEN = 0")).isZero();
    assertThat(copy("TO '" + high + "' WITH BEGINTOKEN = 0")).isZero();
    List<String> both = new ArrayList<>(Files.readAllLines(low));
    assertThat(both).hasSizeBetween(1, 24);
    both.addAll(Files.readAllLines(high));
    assertThat(both).hasSize(25).doesNotHaveDuplicates();
  }

  @Test
  void rowsComeFromTheStandardInput() {
    InputStream in = System.in;
    System.setIn(new ByteArrayInputStream("100,piped\n".getBytes(StandardCharsets.UTF_8)));
    try {
      assertThat(script("TRUNCATE ks.named", "COPY ks.named (id, name) FROM STDIN")).isZero();
    } finally {
      System.setIn(in);
    }
    assertThat(node.query("SELECT name FROM ks.named").getFirst().getString("name"))
        .isEqualTo("piped");
  }

  /** They end with a dot, and are no statements even where they cannot be loaded. */
  @Test
  void rowsStandBehindTheCommandInAScript() throws IOException {
    String text =
        """
        TRUNCATE ks.named;
        COPY ks.named (id, name) FROM STDIN WITH DELIMITER = '|' AND ENCODING = 'latin1'; -- rows
        1|one; two
        2|café
        3|.5
        .
        COPY ks.nowhere FROM STDIN;
        TRUNCATE ks.named;
        .
        COPY ks.named (id, name) FROM STDIN WITH KLINGON = 1;
        TRUNCATE ks.named;
        .
        INSERT INTO ks.named (id, name) VALUES (4, 'last');
        COPY ks.named (id, name) FROM STDIN;
        5,%s
        """
            .formatted("x".repeat(100_000));
    Path file = Files.writeString(folder.resolve("script.cql"), text);
    assertThat(shell("-f", file.toString())).isEqualTo(2);
    assertThat(names()).containsExactly("one; two", "café", ".5", "last", "x".repeat(100_000));
    InputStream in = System.in;
    System.setIn(new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)));
    try {
      assertThat(shell()).isEqualTo(2);
      assertThat(names()).hasSize(5);
    } finally {
      System.setIn(in);
    }
    assertThat(script("TRUNCATE ks.named", "SOURCE '" + file + "'")).isEqualTo(2);
    assertThat(names()).hasSize(5);
  }

  private static List<String> names() {
    return node.query("SELECT id, name FROM ks.named").stream()
        .sorted(Comparator.comparingInt(row -> row.getInt("id")))
        .map(row -> row.getString("name"))
        .toList();
  }

  @Test
  void whatIsNotThereIsNamedAsItWasWritten() {
    StringWriter said = new StringWriter();
    Path file = folder.resolve("none/x.csv");
    CommandLine command =
        new CommandLine(new ShellCommand(Map.of())).setErr(new PrintWriter(said, true));
    assertThat(
            command.execute(
                arguments("--no-color", "-e", "COPY ks.numbers TO '%s'".formatted(file))))
        .isEqualTo(2);
    assertThat(said.toString())
        .isEqualTo("COPY: %s: there is no such file or directory%n".formatted(file));
  }

  /** What is beyond the limits ends the COPY: the rows behind it are not loaded. */
  @ParameterizedTest
  @CsvSource({
    "MAXPARSEERRORS = 2,                        x,  2, 12",
    "MAXPARSEERRORS = 1,                        x,  2, 0",
    "MAXINSERTERRORS = 2 AND MAXBATCHSIZE = 1, '',  2, 12",
    "MAXINSERTERRORS = 1 AND MAXBATCHSIZE = 1, '',  2, 0"
  })
  void soManyErrorsAreBorne(String limit, String key, int wrong, int loaded) throws IOException {
    StringBuilder rows = new StringBuilder();
    rows.append((key + ",wrong\n").repeat(wrong));
    // More than is read at once.
    for (int i = 0; i < 12; i++) {
      rows.append(i).append(',').append("y".repeat(1 << 20)).append('\n');
    }
    Path file = Files.writeString(folder.resolve("wrong.csv"), rows);
    assertThat(script("TRUNCATE ks.named", "COPY ks.named FROM '" + file + "' WITH " + limit))
        .isEqualTo(2);
    if (loaded > 0) {
      assertThat(names()).hasSize(loaded);
    } else {
      assertThat(names()).hasSizeLessThan(12);
    }
  }

  @Test
  void theScreenIsOneFile() {
    assertThat(copy("TO STDOUT WITH MAXOUTPUTSIZE = 10")).isEqualTo(2);
    assertThat(copy("TO STDOUT")).isZero();
    assertThat(screen.toString(StandardCharsets.UTF_8).lines())
        .hasSize(25)
        .allMatch(line -> line.matches("\\d+,n\\d+"));
  }
}
