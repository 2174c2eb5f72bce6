package io.ilion.tools.load;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ilion.driver.Row;
import io.ilion.driver.Session;
import io.ilion.tools.TestNode;
import io.ilion.tools.console.Progress;
import io.ilion.tools.console.ToolException;
import io.ilion.tools.load.codec.FieldFormats;
import io.ilion.tools.load.format.CsvFormat;
import io.ilion.tools.load.format.FileCompression;
import io.ilion.tools.load.mapping.Mapping;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files into the tables of a node. */
@Tag(TestNode.PEER)
class BulkLoadTest {
  @TempDir static Path data;
  private static TestNode node;
  private static Session session;

  @TempDir Path folder;

  @BeforeAll
  static void start() throws IOException {
    node = TestNode.orPeer(data);
    session = node.session();
    session.execute(
        "CREATE TABLE ks.book (id int PRIMARY KEY, title text, price double, tags set<text>)");
    session.execute("CREATE TABLE ks.hits (page text PRIMARY KEY, n counter)");
  }

  @AfterAll
  static void stop() {
    node.close();
  }

  @BeforeEach
  void empty() {
    session.execute("TRUNCATE ks.book");
  }

  private static LoadOptions book() {
    return new LoadOptions().table("ks", "book");
  }

  private Path file(String name, String text) throws IOException {
    Path path = folder.resolve(name);
    try (OutputStream out = FileCompression.ofName(name).create(Files.newOutputStream(path))) {
      out.write(text.getBytes(StandardCharsets.UTF_8));
    }
    return path;
  }

  private static LoadSummary load(LoadOptions options) throws Exception {
    return new BulkLoad(session, options, Progress.none()).run();
  }

  private static String row(int id) {
    Row row = session.execute("SELECT * FROM ks.book WHERE id = " + id).one();
    return row == null ? null : row.toString();
  }

  private static long count() {
    return session.execute("SELECT count(*) FROM ks.book").one().getLong(0);
  }

  @Test
  void aStatementThatTheServerRefusesIsWrongUse() throws Exception {
    Path csv = file("q.csv", "id,tag\n1,a\n");
    LoadOptions wrong = new LoadOptions().query("UPDATE ks.nothing SET n = :tag WHERE id = :id");
    assertThatThrownBy(() -> load(wrong.inputs(List.of(csv.toString()))))
        .isInstanceOf(ToolException.class)
        .hasMessageContaining("--query: ");
  }

  @Test
  void aDryRunSaysThatItOnlyChecked() throws Exception {
    Path csv = file("dry.csv", "id,title\n1,a\n");
    assertThat(load(book().inputs(List.of(csv.toString())).dryRun(true)).lines().get(0))
        .startsWith("1 row checked for ks.book in ");
    assertThat(count()).isZero();
  }

  @Test
  void ofRecordsOfOneRowTheLastIsLeft() throws Exception {
    StringBuilder text = new StringBuilder("id,title\n");
    for (int i = 200; i >= 100; i--) {
      text.append("1,title ")
          .append(i)
          .append('\n')
          .append("2,title ")
          .append(300 - i)
          .append('\n');
    }
    Path csv = file("again.csv", text.toString());

    load(book().inputs(List.of(csv.toString())).threads(1));

    assertThat(session.execute("SELECT title FROM ks.book WHERE id = 1").one().getString(0))
        .isEqualTo("title 100");
    assertThat(session.execute("SELECT title FROM ks.book WHERE id = 2").one().getString(0))
        .isEqualTo("title 200");
  }

  @Test
  void csvWithAHeader() throws Exception {
    file("a.csv", "id,title,price,tags\n1,Iliad,2.5,\"['x', 'y']\"\n2,\"a, \"\"b\"\"\",,\n\n");
    LoadSummary summary = load(book().inputs(List.of(folder.resolve("a.csv").toString())));
    assertThat(summary.status()).isEqualTo("completed");
    assertThat(summary.rows()).isEqualTo(2);
    assertThat(row(1)).contains("'Iliad'").contains("2.5").contains("{'x', 'y'}");
    assertThat(row(2)).contains("a, \"b\"");
  }

  @Test
  void jsonLinesAndArraysOfAllCompressions() throws Exception {
    file("1.json", "{\"id\":1,\"title\":\"a\",\"tags\":[\"x\"]}\n{\"id\":2,\"price\":1.5}\n");
    file("2.json.gz", "[{\"id\":3,\n\"title\":\"c\"},\n{\"id\":\"4\"}\n]");
    file("3.jsonl.zst", "{\"id\":5}\n");
    file("4.ndjson.lz4", "{\"id\":6}");
    LoadSummary summary =
        load(book().format(LoadOptions.Format.JSON).inputs(List.of(folder.toString())));
    assertThat(summary.rows()).isEqualTo(6);
    assertThat(summary.files()).isEqualTo(4);
    assertThat(count()).isEqualTo(6);
    assertThat(row(1)).contains("{'x'}");
    assertThat(row(3)).contains("'c'");
  }

  @Test
  void theFilesOfAFolderSayWhatTheyAre() throws Exception {
    file("1.json", "{\"id\":1,\"title\":\"a\"}\n");
    file("2.json.gz", "[{\"id\":3}]");
    assertThat(load(book().inputs(List.of(folder.toString()))).rows()).isEqualTo(2);
    file("3.csv", "id,title\n5,e\n");
    assertThat(load(book().inputs(List.of(folder.toString()))).rows()).isEqualTo(1);
    assertThat(row(5)).contains("'e'");
    Path empty = Files.createDirectories(folder.resolve("empty"));
    assertThatThrownBy(() -> load(book().inputs(List.of(empty.toString()))))
        .isInstanceOf(ToolException.class)
        .hasMessageContaining("no file in it has a name that ends with .csv");
  }

  @Test
  void standardInputPositionsFunctionsAndFormats() throws Exception {
    InputStream in = bytes("x;7;1.234,5\ny;8;-\n");
    LoadSummary summary =
        load(
            book()
                .standardInput(in)
                .csv(CsvFormat.of(";", "\"", "\"", false), false)
                .mapping(Mapping.parse("1=id, 0=title, 2=price"))
                .nulls(Set.of("-"), false, true)
                .formats(FieldFormats.STANDARD.numbers(',', '.')));
    assertThat(summary.rows()).isEqualTo(2);
    assertThat(row(7)).contains("1234.5").contains("'x'");
  }

  @Test
  void nullLeavesAColumnOrDeletesIt() throws Exception {
    file("1.csv", "id,title,price\n1,a,1\n2,b,2\n");
    file("2.csv", "id,title,price\n1,,3\n");
    file("3.csv", "id,title,price\n2,,3\n");
    load(book().inputs(List.of(folder.resolve("1.csv").toString())));
    load(book().inputs(List.of(folder.resolve("2.csv").toString())));
    load(
        book().inputs(List.of(folder.resolve("3.csv").toString())).nulls(Set.of(""), false, false));
    assertThat(row(1)).contains("'a'").contains("3.0");
    assertThat(row(2)).doesNotContain("'b'").contains("3.0");
  }

  @Test
  void badRecordsAreKeptWithLineColumnAndReason() throws Exception {
    file("a.csv", "id,title,price\n1,a,1\nx,b,2\n3,c\n,d,4\n5,e,y\n\"6\"z,f,1\n7,g,7\n");
    Path kept = folder.resolve("kept");
    LoadSummary summary =
        load(book().inputs(List.of(folder.resolve("a.csv").toString())).directory(kept, false));
    assertThat(summary.status()).isEqualTo("completed with errors");
    assertThat(summary.rows()).isEqualTo(2);
    assertThat(summary.bad()).isEqualTo(5);
    assertThat(Files.readAllLines(kept.resolve("bad.csv")))
        .containsExactly("id,title,price", "x,b,2", "3,c", ",d,4", "5,e,y", "\"6\"z,f,1");
    List<String> reasons = Files.readAllLines(kept.resolve("errors.jsonl"));
    assertThat(reasons.get(0)).contains("\"line\":3").contains("\"column\":\"id\"");
    assertThat(reasons.get(1)).contains("2 fields; expected 3");
    assertThat(reasons.get(2)).contains("\"line\":5").contains("it is of the key");
    assertThat(reasons.get(3)).contains("\"column\":\"price\"");
    assertThat(Files.readString(kept.resolve("summary.json"))).contains("\"bad\":5");
    // All is done: the same again does nothing.
    assertThat(
            load(book().inputs(List.of(folder.resolve("a.csv").toString())).directory(kept, false))
                .rows())
        .isZero();
  }

  @Test
  void aRowThatTheServerRefusesIsFoundInItsBatch() throws Exception {
    String large = "x".repeat(70_000);
    session.execute("CREATE TABLE IF NOT EXISTS ks.keyed (k text PRIMARY KEY, v int)");
    file("a.csv", "k,v\na,1\nb,2\n" + large + ",3\nc,4\n");
    LoadSummary summary =
        load(
            new LoadOptions()
                .table("ks", "keyed")
                .batching(LoadOptions.Batching.REPLICAS, 32, 1 << 20)
                .inputs(List.of(folder.resolve("a.csv").toString())));
    assertThat(summary.rows()).isEqualTo(3);
    assertThat(summary.bad()).isEqualTo(1);
    assertThat(summary.notes().get(0)).contains("a.csv:4").contains("Key length of 70000");
  }

  @Test
  void badElementsOfAnArrayCanBeMendedAndLoaded() throws Exception {
    Path array = file("a.json", "[{\"id\": 1},\n {\"id\": \"x\"} ,\n\n{\"id\": 3},\n{\"id\": 4,");
    Path kept = folder.resolve("kept");
    LoadSummary summary = load(book().inputs(List.of(array.toString())).directory(kept, false));
    assertThat(summary.rows()).isEqualTo(2);
    assertThat(Files.readAllLines(kept.resolve("bad.json")))
        .containsExactlyInAnyOrder("{\"id\": \"x\"}", "{\"id\": 4,");
    assertThat(summary.notes())
        .anyMatch(note -> note.contains("a.json:2: id: 'x' is no int"))
        .anyMatch(note -> note.contains("a.json:5: the file ends within the record"));
  }

  @Test
  void whatIsNoTextOfThisEncodingSaysSo() throws Exception {
    Path utf16 =
        Files.write(folder.resolve("a.csv"), "id,title\n1,日本\n".getBytes(StandardCharsets.UTF_16));
    assertThatThrownBy(() -> load(book().inputs(List.of(utf16.toString()))))
        .isInstanceOf(ToolException.class)
        .hasMessageContaining("a.csv: this is UTF-16");
    load(book().inputs(List.of(utf16.toString())).charset(StandardCharsets.UTF_16));
    assertThat(row(1)).contains("日本");
    Path empty = Files.createFile(folder.resolve("b.csv.gz"));
    assertThat(load(book().inputs(List.of(empty.toString()))).status())
        .isEqualTo("stopped: " + empty + ": cannot be read as GZIP: it ends too early");
  }

  @Test
  void tooManyErrorsEndTheLoad() throws Exception {
    file("a.csv", "id,title\n" + "x,y\n".repeat(50));
    LoadSummary summary =
        load(book().inputs(List.of(folder.resolve("a.csv").toString())).maxErrors(10, -1));
    assertThat(summary.complete()).isFalse();
    assertThat(summary.status()).contains("more than 10 bad records");
  }

  @Test
  void whatIsFoundAgainIsKeptOnce() throws Exception {
    Path bad = folder.resolve("kept/bad.csv");
    LoadOptions options =
        book()
            .inputs(List.of(file("a.csv", "id,title\n" + "x,y\n".repeat(50)).toString()))
            .directory(bad.getParent(), false);
    load(options.dryRun(true).maxErrors(-1, -1));
    assertThat(Files.readAllLines(bad)).hasSize(51);
    assertThat(load(options.dryRun(false).maxErrors(10, -1)).complete()).isFalse();
    assertThat(Files.readAllLines(bad)).hasSizeBetween(11, 51);
    assertThat(load(options.maxErrors(-1, -1)).status()).isEqualTo("completed with errors");
    assertThat(Files.readAllLines(bad)).hasSize(51);
    assertThat(Files.readAllLines(bad.resolveSibling("errors.jsonl"))).hasSize(50);
    load(options.directory(bad.getParent(), true));
    assertThat(Files.readAllLines(bad)).hasSize(51);
    assertThatThrownBy(() -> load(options.inputs(List.of(bad.toString()))))
        .isInstanceOf(ToolException.class)
        .hasMessageContaining("is read, and where bad records are written to");
  }

  @Test
  void aRateIsNotExceeded() throws Exception {
    Path file = file("a.csv", "id\n1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n");
    LoadSummary summary = load(book().inputs(List.of(file.toString())).rate(50).requests(8, 1));
    assertThat(summary.rows()).isEqualTo(10);
    assertThat(summary.elapsed()).isGreaterThan(Duration.ofMillis(190));
  }

  @Test
  void countersAreAddedToAndOwnStatementsAreExecuted() throws Exception {
    file("hits.csv", "page,n\na,5\nb,7\na,1\n");
    LoadSummary summary =
        load(
            new LoadOptions()
                .table("ks", "hits")
                .inputs(List.of(folder.resolve("hits.csv").toString())));
    assertThat(summary.rows()).isEqualTo(3);
    assertThat(session.execute("SELECT n FROM ks.hits WHERE page = 'a'").one().getLong(0))
        .isEqualTo(6);
    load(
        new LoadOptions()
            .query("UPDATE ks.hits SET n = n + :n WHERE page = :page")
            .inputs(List.of(folder.resolve("hits.csv").toString())));
    assertThat(session.execute("SELECT n FROM ks.hits WHERE page = 'b'").one().getLong(0))
        .isEqualTo(14);
    file("tags.csv", "id,tags\n1,[a]\n1,[b]\n");
    load(
        new LoadOptions()
            .query("UPDATE ks.book SET tags = tags + :tags WHERE id = :id")
            .inputs(List.of(folder.resolve("tags.csv").toString())));
    assertThat(row(1)).contains("{'a', 'b'}");
  }

  @Test
  void timesOfWritesAndOfLifeAreThoseOfTheRecord() throws Exception {
    file("a.csv", "id,title,secs,at\n1,a,1000,2026-11-21T14:30:00Z\n2,b,2000,1763735400000001\n");
    LoadSummary summary =
        load(
            book()
                .mapping(Mapping.parse("secs=__ttl, at=writetime(*), *=*"))
                .inputs(List.of(folder.resolve("a.csv").toString())));
    assertThat(summary.rows()).isEqualTo(2);
    Row first =
        session.execute("SELECT writetime(title), ttl(title) FROM ks.book WHERE id = 1").one();
    assertThat(first.getLong(0)).isEqualTo(1_795_271_400_000_000L);
    assertThat(first.getInt(1)).isBetween(900, 1000);
    assertThat(
            session.execute("SELECT writetime(title) FROM ks.book WHERE id = 2").one().getLong(0))
        .isEqualTo(1_763_735_400_000_001L);
  }

  @Test
  void aDryRunWritesNothing() throws Exception {
    file("a.csv", "id,title\n1,a\nx,b\n");
    LoadSummary summary =
        load(book().inputs(List.of(folder.resolve("a.csv").toString())).dryRun(true));
    assertThat(summary.rows()).isEqualTo(1);
    assertThat(summary.bad()).isEqualTo(1);
    assertThat(count()).isZero();
  }

  @Test
  void someRecordsCanBeLeftOut() throws Exception {
    StringBuilder text = new StringBuilder("id,title\n");
    for (int i = 0; i < 100; i++) {
      text.append(i).append(",t\n");
    }
    file("a.csv", text.toString());
    LoadSummary summary =
        load(book().inputs(List.of(folder.resolve("a.csv").toString())).records(10, 30));
    assertThat(summary.rows()).isEqualTo(30);
    assertThat(row(9)).isNull();
    assertThat(row(10)).isNotNull();
    assertThat(row(40)).isNull();
  }

  @Test
  void aLoadOfSomeRecordsThatGoesOnLoadsNoMoreThanThose() throws Exception {
    LoadOptions options =
        book()
            .inputs(List.of(file("a.csv", "id\n1\n2\n3\n4\n").toString()))
            .records(0, 3)
            .directory(folder.resolve("kept"), false);
    assertThat(load(options).rows()).isEqualTo(3);
    assertThat(load(options).rows()).isZero();
    assertThat(load(options.records(0, 10)).rows()).isEqualTo(1);
    assertThat(count()).isEqualTo(4);
  }

  @Test
  void aStandardInputThatIsAnotherOneIsNoResumption() throws Exception {
    LoadOptions options = book().directory(folder.resolve("kept"), false);
    assertThat(load(options.standardInput(bytes("id\n1\n2\n"))).rows()).isEqualTo(2);
    assertThat(load(options.standardInput(bytes("id\n1\n2\n"))).rows()).isZero();
    assertThatThrownBy(() -> load(options.standardInput(bytes("id\n3\n4\n"))))
        .isInstanceOf(ToolException.class)
        .hasMessageContaining("is the checkpoint of another load");
  }

  private static InputStream bytes(String text) {
    return new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void whatCannotBeginSaysWhy() throws Exception {
    Path file = file("a.csv", "id,nope\n1,2\n");
    assertThatThrownBy(() -> load(book().inputs(List.of(file.toString()))))
        .isInstanceOf(ToolException.class)
        .hasMessageContaining("nope is no column of book");
    assertThatThrownBy(() -> load(new LoadOptions().table("ks", "nope")))
        .isInstanceOf(ToolException.class)
        .hasMessageContaining("there is no table ks.nope");
    assertThatThrownBy(() -> load(book().inputs(List.of(folder + "/no.csv"))))
        .isInstanceOf(ToolException.class)
        .hasMessageContaining("there is no such file");
  }

  /** A load that ends somewhere, again and again, is whole in the end and repeats little. */
  @Test
  void aLoadGoesOnWhereItWas() throws Exception {
    StringBuilder text = new StringBuilder("id,title,price,tags\n");
    int rows = 3000;
    // Cassandra takes longer to count rows than to write them.
    double rate = TestNode.isPeer() ? 300 : 0;
    for (int i = 0; i < rows; i++) {
      text.append(i).append(",\"t\n").append(i).append("\",").append(i).append(".5,[a]\n");
    }
    Path file = file("a.csv.gz", text.toString());
    Path kept = folder.resolve("kept");
    long loaded = 0;
    int runs = 0;
    LoadSummary summary;
    do {
      int stopAfter = 700;
      int run = runs;
      // What reads the standard error of a run of its own would do: it ends while rows are sent.
      try (Session own = node.session()) {
        Thread killer =
            Thread.ofPlatform()
                .unstarted(
                    () -> {
                      while (run < 3 && countOf() < stopAfter * (run + 1)) {
                        Thread.onSpinWait();
                      }
                      if (run < 3) {
                        own.closeAsync();
                      }
                    });
        killer.start();
        summary =
            new BulkLoad(
                    own,
                    book()
                        .inputs(List.of(file.toString()))
                        .chunks(4096, 1 << 16)
                        .requests(4, 1)
                        .threads(2)
                        .rate(rate)
                        .directory(kept, false),
                    Progress.none())
                .run();
        killer.join();
      }
      loaded += summary.rows();
      runs++;
    } while (!summary.complete() && runs < 10);
    assertThat(summary.status()).isEqualTo("completed");
    assertThat(runs).isGreaterThan(1);
    assertThat(count()).isEqualTo(rows);
    assertThat(loaded).isBetween((long) rows, rows + runs * 2000L);
    assertThat(row(rows - 1)).contains("t\n" + (rows - 1));
  }

  private static long countOf() {
    return session.execute("SELECT count(*) FROM ks.book").one().getLong(0);
  }
}
