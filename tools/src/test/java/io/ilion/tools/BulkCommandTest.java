package io.ilion.tools;

import static org.assertj.core.api.Assertions.assertThat;

import io.ilion.driver.Session;
import io.ilion.tools.load.format.FileCompression;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** {@code ilion load}, {@code unload} and {@code count} as they are typed. */
@Timeout(120)
class BulkCommandTest {
  @TempDir private static Path data;
  private static TestNode node;
  private static Session session;

  @TempDir private Path folder;

  private record Run(int code, String out, String err) {}

  @BeforeAll
  static void start() throws IOException {
    node = TestNode.start(data);
    session = node.session();
    session.execute(
        "CREATE TABLE ks.item (id int PRIMARY KEY, name text, price double, ok boolean, at"
            + " timestamp, day date, hour time, tags set<text>)");
  }

  @AfterAll
  static void stop() {
    session.close();
    node.close();
  }

  @BeforeEach
  void empty() {
    session.execute("TRUNCATE ks.item");
  }

  /**
   * Runs a command.
   *
   * @param words in which FILE is the file that is read, OUT one or a folder that is written, and ~
   *     a blank
   */
  private Run run(String command, String words) {
    return run(words(command, words));
  }

  private static Run run(List<String> words) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    CommandLine ilion = Ilion.commandLine(Map.of("NO_COLOR", "1"));
    ilion.setOut(new PrintWriter(out));
    ilion.setErr(new PrintWriter(err));
    int code = ilion.execute(words.toArray(String[]::new));
    return new Run(code, out.toString(), err.toString());
  }

  private List<String> words(String command, String words) {
    List<String> all = new ArrayList<>(List.of(command));
    Arrays.stream(words.split(" +"))
        .map(word -> word.replace("FILE", file().toString()))
        .map(word -> word.replace("OUT", folder.resolve("out").toString()))
        .map(word -> word.replace('~', ' '))
        .forEach(all::add);
    all.addAll(List.of("--host", "127.0.0.1:" + node.nativeAddress().getPort()));
    if (command.equals("load")) {
      all.addAll(List.of("--dir", folder.resolve("kept").toString()));
    }
    return all;
  }

  private Path file() {
    return folder.resolve("in.csv");
  }

  /** What a row has, in the order of their ids. */
  private static String rows() {
    return session.execute("SELECT * FROM ks.item").all().stream()
        .map(row -> row.toString().replaceAll(", \\w+: null", ""))
        .sorted()
        .collect(Collectors.joining(" "));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          ks.item FILE                             | id,name\\n1,a\\n          | 0 | 1 row loaded into ks.item in | {id: 1, name: 'a'}
          ks.item FILE                             | id\\nx\\n2\\n             | 3 | 1 record is bad              | {id: 2}
          ks.item --max-errors 1 FILE              | id\\nx\\ny\\n             | 1 | more than 1 bad record       |
          ks.item --max-errors -1 FILE             | id\\nx\\ny\\n2\\n         | 3 | 2 records are bad            | {id: 2}
          ks.item --dry-run FILE                   | id\\n1\\n                 | 0 | 1 row checked for ks.item    |
          ks.item -f json FILE                     | {"id": 1, "name": "a"}    | 0 |                              | {id: 1, name: 'a'}
          ks.item --format tsv FILE                | id\\tname\\n1\\ta b\\n    | 0 |                              | {id: 1, name: 'a b'}
          ks.item -d tab --quote ' FILE            | id\\tname\\n1\\t'a\\tb'   | 0 |                              | {id: 1, name: 'a\\tb'}
          ks.item --escape \\ FILE                 | id,name\\n1,"a\\"b"       | 0 |                              | {id: 1, name: 'a"b'}
          ks.item --no-header --columns name,id FILE | a,1\\n                  | 0 |                              | {id: 1, name: 'a'}
          ks.item -m isbn=id,1=name FILE           | isbn,title\\n1,a          | 0 |                              | {id: 1, name: 'a'}
          ks.item --map n=id,*=-price FILE         | n,name,price\\n1,a,2      | 0 |                              | {id: 1, name: 'a'}
          --query INSERT~INTO~ks.item~(id,price)~VALUES~(:id,~:p) FILE | p,id\\n2,1 | 0 | loaded by INSERT INTO    | {id: 1, price: 2.0}
          ks.item --null - --null NA FILE          | id,name,price\\n1,-,NA    | 0 |                              | {id: 1}
          ks.item --null - --threads 1 FILE        | id,name\\n1,a\\n1,-       | 0 |                              | {id: 1, name: 'a'}
          ks.item --null - --nulls null --threads 1 FILE | id,name\\n1,a\\n1,- | 0 |                              | {id: 1}
          ks.item --trim FILE                      | id, name\\n 1, a          | 0 |                              | {id: 1, name: 'a'}
          ks.item FILE                             | id,name\\n1,a,b           | 3 | 3 fields; expected 2         |
          ks.item --allow-extra-fields FILE        | id,name\\n1,a,b           | 0 |                              | {id: 1, name: 'a'}
          ks.item --allow-missing-fields FILE      | id,name\\n1               | 0 |                              | {id: 1}
          ks.item --skip 1 --limit 1 FILE          | id\\n1\\n2\\n3            | 0 | 1 row loaded                 | {id: 2}
          ks.item --ttl 1000 --timestamp 5 FILE    | id,name\\n1,a             | 0 |                              | {id: 1, name: 'a'}
          ks.item --encoding ISO-8859-1 FILE       | id,name\\n1,ü             | 0 |                              | {id: 1, name: 'Ã¼'}
          ks.item --compress gzip FILE             | id\\n1                    | 1 | cannot be read as GZIP       |
          ks.item -d ; --field-format price=,. FILE | id;price\\n1;1.234,5     | 0 |                              | {id: 1, price: 1234.5}
          ks.item -d ; --decimal , --thousands . FILE | id;price\\n1;1.234,5   | 0 |                              | {id: 1, price: 1234.5}
          ks.item --booleans ja:nein FILE          | id,ok\\n1,JA              | 0 |                              | {id: 1, ok: true}
          ks.item --date-format d.M.yyyy --time-format H.mm FILE | id,day,hour\\n1,1.12.2026,9.30 | 0 |      | {id: 1, day: '2026-12-01', hour: '09:30:00.000000000'}
          ks.item --timestamp-format d.M.yyyy~H:mm --time-zone Europe/Berlin FILE | id,at\\n1,1.12.2026 9:30 | 0 | | {id: 1, at: '2026-12-01T08:30:00.000Z'}
          ks.item --batch partition --batch-rows 2 --batch-bytes 99 --in-flight 1 --attempts 1 --rate 9999 --threads 1 FILE | id\\n1\\n2\\n3 | 0 | 3 requests | {id: 1} {id: 2} {id: 3}
          """)
  void aLoadDoesWhatFlagsSay(String words, String text, int code, String said, String rows)
      throws IOException {
    Files.writeString(file(), text.replace("\\n", "\n").replace("\\t", "\t"));
    Run run = run("load", words);
    assertThat(run.code).as("%s", run).isEqualTo(code);
    assertThat(run.err).contains(said == null ? "" : said);
    assertThat(run.out).isEmpty();
    assertThat(rows()).isEqualTo(rows == null ? "" : rows.replace("\\t", "\t"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          load   | --quiet                        | which table?
          load   | ks.item                        | which files?
          load   | ks.item FILE.nowhere           | there is no such file
          load   | ks.nothing FILE                | there is no table ks.nothing
          load   | nowhere.item FILE              | there is no keyspace nowhere
          load   | item FILE                      | the keyspace of item is not known
          load   | ks.item FILE                   | nope is no column of item
          load   | ks.item --map =id FILE         | expected FIELD=COLUMN
          load   | ks.item --columns nope FILE    | nope is no column
          load   | ks.item --batch all FILE       | --batch is replicas, partition or off
          load   | ks.item --nulls never FILE     | --nulls is unset or null
          load   | ks.item --format xml FILE      | --format is csv or json
          load   | ks.item --compress zip FILE    | --compress is none, gzip, zstd or lz4
          load   | ks.item --encoding no-no FILE  | --encoding no-no: it is not known
          load   | ks.item --time-zone Mars FILE  | --time-zone Mars: it is not known
          load   | ks.item --decimal ,, FILE      | expected one character
          load   | ks.item --booleans yes FILE    | expected such as yes,y:no,n
          load   | ks.item --no-header --columns id --field-format x=. FILE | there is no column x
          load   | ks.item --rate fast FILE       | 'fast' is not a double
          load   | ks.item --ttl -1 FILE          | --ttl is 0 or more
          load   | ks.item --stream FILE          | --stream is for what --offline builds
          load   | --query SELECT FILE            | --query:
          load   | ks.item --jsonn FILE           | Unknown option: '--jsonn'
          load   | -url FILE -k ks -t item        | -url is an option of DSBulk; here: files are arguments
          load   | -k ks -t item FILE             | -t is an option of DSBulk; here: the first argument is
          load   | ks.item FILE -h 127.0.0.1      | -h is an option of DSBulk; here: --host
          load   | ks.item FILE -header false     | here: --header, or --no-header
          load   | ks.item FILE --connector.csv.delimiter=; | here: --delimiter
          unload | ks.item --dsbulk.log.maxErrors 5 OUT | here: --max-errors
          count  | ks.item -stats ranges          | here: --by and --partitions
          count  | ks.item --executor.nobody 5    | see 'ilion count --help'
          unload | --quiet                        | which table?
          unload | ks.nothing OUT                 | there is no table ks.nothing
          unload | ks.item OUT --columns nope     | Undefined column name nope
          unload | OUT --query TRUNCATE~ks.item   | this statement has no rows
          unload | OUT --query SELECT~*~FROM~ks.item~WHERE~id=? | a statement has no markers, or two
          unload | ks.item OUT --format xml       | --format is csv or json
          unload | ks.item OUT --timestamp-format jjj | the pattern jjj
          unload | ks.item OUT --field-format x=. | there is no column x
          count  | ks.nothing                     | there is no table ks.nothing
          count  | ks.item --by rack              | --by is node or range
          count  | ks.item --format xml           | '--format'
          count  | ks.item --partitions many      | 'many' is not an int
          """)
  void whatIsWrongIsSaidInTwoLines(String command, String words, String said) throws IOException {
    Files.writeString(file(), "nope\n1\n");
    Run run = run(command, words);
    assertThat(run.err).startsWith("ilion: ").contains(said);
    assertThat(run.err.lines().count()).isLessThanOrEqualTo(3);
    assertThat(run.code).isEqualTo(2);
    assertThat(run.out).isEmpty();
  }

  @Test
  void aServerThatIsNotThereIsSaid() throws IOException {
    Files.writeString(file(), "id\n1\n");
    for (String command : List.of("load ks.item FILE", "unload ks.item OUT", "count ks.item")) {
      String[] words = command.split(" ", 2);
      List<String> all = words(words[0], words[1]);
      all.replaceAll(word -> word.startsWith("127.0.0.1:") ? "127.0.0.1:1" : word);
      Run run = run(all);
      assertThat(run.code).as("%s", run).isEqualTo(1);
      assertThat(run.err).startsWith("ilion: ").contains("127.0.0.1:1");
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          ks.item OUT --columns id,name               | 1,a / 2, / id,name
          ks.item OUT --columns id,name --null NIL    | 1,a / 2,NIL / id,name
          ks.item OUT --columns id --no-header        | 1 / 2
          ks.item OUT --columns id,ok --booleans ja:nein | 1,ja / 2, / id,ok
          ks.item OUT --columns id --quote-all        | "1" / "2" / "id"
          ks.item OUT --columns id,tags               | 1,"[""x"", ""y""]" / 2, / id,tags
          ks.item OUT --columns id,tags --quote '     | 1,'["x", "y"]' / 2, / id,tags
          ks.item OUT --columns id,tags --escape \\   | 1,"[\\"x\\", \\"y\\"]" / 2, / id,tags
          ks.item OUT --columns id,tags --cql-literals -d ; | 1;{'x', 'y'} / 2; / id;tags
          ks.item OUT --columns id,name --format json | {"id": 1, "name": "a"} / {"id": 2, "name": null}
          ks.item OUT --columns id --limit 1 --threads 1 --no-header | 1
          ks.item OUT --columns id --threads 1 -f json --array | ,{"id": 2} / [ / ] / {"id": 1}
          ks.item OUT --columns id,price -d ; --decimal , --rate 999 --page-size 1 --attempts 1 | 1;2,5 / 2;3,5 / id;price
          ks.item OUT --columns id,at --timestamp-format HH:mm --time-zone Europe/Berlin | 1,01:00 / 2, / id,at
          ks.item OUT/ --columns id --rows-per-file 1 --threads 1 | 1 / 2 / id / id
          ks.item OUT/ --columns id --compress gzip --threads 1 | 1 / 2 / id
          OUT --query SELECT~name~FROM~ks.item~WHERE~id=1 | a / name
          OUT --query SELECT~id~FROM~ks.item~WHERE~token(id)>:start~AND~token(id)<=:end | 1 / 2 / id
          """)
  void anUnloadWritesWhatFlagsSay(String words, String lines) throws IOException {
    insertTwo();
    Run run = run("unload", words);
    assertThat(run.code).as("%s", run).isZero();
    assertThat(run.err).contains(words.contains("--query") ? " in 1 file" : "from ks.item in ");
    assertThat(run.out).isEmpty();
    assertThat(String.join(" / ", written())).isEqualTo(lines);
  }

  private static void insertTwo() {
    session.execute(
        "INSERT INTO ks.item (id, name, price, ok, at, tags)"
            + " VALUES (1, 'a', 2.5, true, 0, {'x', 'y'})");
    session.execute("INSERT INTO ks.item (id, price) VALUES (2, 3.5)");
  }

  /** All lines of what was written, sorted. */
  private List<String> written() throws IOException {
    List<String> lines = new ArrayList<>();
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path each : files.filter(Files::isRegularFile).toList()) {
        byte[] bytes =
            FileCompression.ofName(each.toString()).open(Files.newInputStream(each)).readAllBytes();
        lines.addAll(new String(bytes, StandardCharsets.UTF_8).lines().toList());
      }
    }
    lines.sort(null);
    return lines;
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          ks.item                          | ^2\\n$
          ks.item --by node                | ^2\\n node .*\\n.*\\n.*127.0.0.1 .* 2\\n$
          ks.item --by range               | (?s)^2\\n .*from token.* [12]\\n
          ks.item --partitions 1 --quiet   | ^2\\n2 partitions; the largest:\\n.*\\n.*\\n.*[12] .* 1\\n$
          item -k ks --threads 1 --attempts 1 | ^2\\n$
          """)
  void aCountIsANumberAndMoreIfThatIsWanted(String words, String pattern) {
    insertTwo();
    Run run = run("count", words);
    assertThat(run.code).as("%s", run).isZero();
    assertThat(run.err).isEmpty();
    assertThat(run.out).containsPattern(pattern);
  }

  @Test
  void filesThatAreNamedSoHaveTabs() throws IOException {
    session.execute("INSERT INTO ks.item (id, name) VALUES (1, 'a,b')");
    assertThat(run("unload", "ks.item OUT.tsv --columns id,name").code).isZero();
    assertThat(Files.readString(folder.resolve("out.tsv"))).isEqualTo("id\tname\n1\ta,b\n");
    empty();
    assertThat(run("load", "ks.item OUT.tsv").code).isZero();
    assertThat(rows()).isEqualTo("{id: 1, name: 'a,b'}");
  }

  @Test
  void scriptsGetJson() throws IOException {
    Files.writeString(file(), "id,name\n1,a\n2,b\nx,c\n");
    Run load = run("load", "ks.item FILE --json");
    assertThat(load.code).isEqualTo(3);
    assertThat(load.err).isEmpty();
    JsonNode loaded = JsonMapper.shared().readTree(load.out);
    assertThat(loaded.path("operation").asString()).isEqualTo("load");
    assertThat(loaded.path("target").asString()).isEqualTo("ks.item");
    assertThat(loaded.path("status").asString()).isEqualTo("completed with errors");
    assertThat(loaded.path("complete").asBoolean()).isTrue();
    assertThat(loaded.path("rows").asLong()).isEqualTo(2);
    assertThat(loaded.path("rows_before").asLong()).isZero();
    assertThat(loaded.path("bad").asLong()).isEqualTo(1);
    assertThat(loaded.path("bytes").asLong()).isEqualTo(12);
    assertThat(loaded.path("files").asLong()).isEqualTo(1);
    assertThat(loaded.path("seconds").asDouble()).isPositive();
    assertThat(loaded.path("notes").path(0).asString()).contains("in.csv:4: id: 'x' is no int");

    Run unload = run("unload", "ks.item OUT --json");
    assertThat(unload.code).isZero();
    assertThat(unload.out).isEmpty();
    JsonNode unloaded = JsonMapper.shared().readTree(unload.err);
    assertThat(unloaded.path("operation").asString()).isEqualTo("unload");
    assertThat(unloaded.path("rows").asLong()).isEqualTo(2);

    String plain = run("count", "ks.item --json").out;
    assertThat(plain).isEqualTo(run("count", "ks.item --format json").out);
    JsonNode counted =
        JsonMapper.shared().readTree(run("count", "ks.item --format json --partitions 1").out);
    assertThat(counted.path("rows").asLong()).isEqualTo(2);
    assertThat(counted.path("complete").asBoolean()).isTrue();
    assertThat(counted.path("by_node").path("127.0.0.1").asLong()).isEqualTo(2);
    assertThat(counted.path("by_range").size()).isPositive();
    assertThat(counted.path("partitions").asLong()).isEqualTo(2);
    assertThat(counted.path("largest").size()).isEqualTo(1);
  }

  @Test
  void whatIsCompleteAndQuietSaysNothing() throws IOException {
    Files.writeString(file(), "id\n1\n");
    assertThat(run("load", "ks.item FILE --quiet")).isEqualTo(new Run(0, "", ""));
    assertThat(run("unload", "ks.item OUT --quiet")).isEqualTo(new Run(0, "", ""));
    // It was loaded before, unless somebody wants it anew.
    assertThat(run("load", "ks.item FILE").err).contains("0 rows loaded", "all was loaded before");
    assertThat(run("load", "ks.item FILE --restart").err).contains("1 row loaded");
  }

  /** A real process, which is killed when a part is done. */
  @Test
  void aLoadThatWasKilledGoesOnWithoutLossOrRepetition() throws Exception {
    Path files = Files.createDirectories(file());
    int each = 50;
    int rows = 40 * each;
    for (int i = 0; i < rows; i += each) {
      StringBuilder text = new StringBuilder("id,name\nbad" + i + ",b\n");
      for (int id = i; id < i + each; id++) {
        text.append(id).append(",n\n");
      }
      Files.writeString(files.resolve(i + ".csv"), text);
    }
    String words = "ks.item FILE --max-errors -1 --quiet";
    Path kept = folder.resolve("kept");
    Path checkpoint = kept.resolve("checkpoint");
    Path bad = kept.resolve("bad.csv");
    Path reasons = kept.resolve("errors.jsonl");
    Process process = start(words("load", words + " --rate 500"));
    while (!Files.exists(checkpoint) || Files.readAllLines(checkpoint).size() < 4) {
      assertThatItRuns(process);
    }
    process.destroyForcibly().waitFor();
    // As if that had been in the middle of each write.
    Files.writeString(bad, "bad9", StandardOpenOption.APPEND);
    Files.writeString(reasons, "{\"source\":", StandardOpenOption.APPEND);
    Files.writeString(checkpoint, "39 0 2", StandardOpenOption.APPEND);

    JsonNode summary = JsonMapper.shared().readTree(run("load", words + " --json").out);
    assertThat(summary.path("rows_before").asLong()).isBetween(1L, rows - 1L);
    assertThat(summary.path("rows").asLong() + summary.path("rows_before").asLong())
        .isEqualTo(rows);
    assertThat(summary.path("bad").asLong()).isEqualTo(40);
    assertThat(run("count", "ks.item --quiet").out).isEqualTo(rows + "\n");
    List<String> lines = Files.readAllLines(bad);
    assertThat(lines).hasSize(41).startsWith("id,name");
    assertThat(new HashSet<>(lines)).hasSize(41);
    assertThat(Files.readAllLines(reasons)).hasSize(40);
    assertThat(run("load", words)).isEqualTo(new Run(3, "", run("load", words).err));
  }

  @Test
  void anUnloadThatWasKilledLeavesAnEarlierFileAsItWas() throws Exception {
    insertTwo();
    Path out = Files.writeString(folder.resolve("out"), "before\n");
    Path partial = folder.resolve("out.partial");
    Process process = start(words("unload", "ks.item OUT --columns id --rate 0.01"));
    while (!Files.exists(partial)) {
      assertThatItRuns(process);
    }
    process.destroyForcibly().waitFor();
    assertThat(out).hasContent("before\n");
    assertThat(run("unload", "ks.item OUT --columns id --quiet")).isEqualTo(new Run(0, "", ""));
    assertThat(Files.readAllLines(out)).containsExactlyInAnyOrder("id", "1", "2");
    assertThat(partial).doesNotExist();
  }

  private void assertThatItRuns(Process process) throws InterruptedException {
    assertThat(process.waitFor(5, TimeUnit.MILLISECONDS))
        .as(() -> "it ended: " + read(folder.resolve("said")))
        .isFalse();
  }

  private Process start(List<String> words) throws IOException {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-Dilion.terminals=",
                "-cp",
                System.getProperty("java.class.path"),
                "io.ilion.tools.Ilion"));
    command.addAll(words);
    return new ProcessBuilder(command)
        .redirectErrorStream(true)
        .redirectOutput(folder.resolve("said").toFile())
        .start();
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      return e.toString();
    }
  }
}
