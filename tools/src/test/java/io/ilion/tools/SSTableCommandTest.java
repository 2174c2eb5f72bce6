package io.ilion.tools;

import static org.assertj.core.api.Assertions.assertThat;

import io.ilion.driver.Session;
import io.ilion.server.Node;
import io.ilion.server.config.Config;
import io.ilion.server.config.Settings;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** {@code ilion sstable} and {@code ilion commitlog} on what a node has left. */
class SSTableCommandTest {
  private static String sstable;
  private static String typed;
  private static String counts;
  private static List<String> truncated;
  private static String commitLog;
  private static String layout;

  private record Run(int code, String out, String err) {}

  @BeforeAll
  static void write(@TempDir Path directory) throws IOException {
    Node node =
        Node.start(
            Config.defaults(1)
                .with(Settings.DATA_DIRECTORY, directory.toString())
                .with(Settings.NATIVE_TRANSPORT_PORT, 0)
                .with(Settings.NATIVE_SHARD_AWARE_TRANSPORT_PORT, -1)
                .with(Settings.HTTP_PORT, 0)
                .with(Settings.DISK_FREE_RESERVE, 0L));
    try (Session session = Session.builder().contactPoint(node.nativeAddress()).connect()) {
      session.execute(
          "CREATE KEYSPACE shop WITH replication ="
              + " {'class': 'SimpleStrategy', 'replication_factor': 1}");
      session.execute("CREATE TABLE shop.t (k text, c int, v text, PRIMARY KEY (k, c))");
      for (int i = 0; i < 50; i++) {
        session.execute("INSERT INTO shop.t (k, c, v) VALUES ('key" + i + "', 1, 'value')");
      }
      session.execute("DELETE FROM shop.t WHERE k = 'key7' AND c > 5");
      session.execute("CREATE TYPE shop.place (street text, number int)");
      session.execute(
          "CREATE TABLE shop.typed (region text, day date, at timestamp, n int, fixed int static,"
              + " tags set<text>, prices map<text, decimal>, notes list<text>, home place,"
              + " frozen_home frozen<place>, gone int, PRIMARY KEY ((region, day), at, n))"
              + " WITH CLUSTERING ORDER BY (at DESC, n ASC)");
      session.execute(
          "INSERT INTO shop.typed (region, day, at, n, fixed, tags, prices, notes, home,"
              + " frozen_home, gone) VALUES ('eu', '2026-11-21', '2026-11-21T10:00:00Z', 7, 42,"
              + " {'a', 'it''s'}, {'x': 1.50}, ['first'], {street: 'Main', number: 5},"
              + " {street: 'Side', number: 6}, 9)");
      session.execute("ALTER TABLE shop.typed DROP gone");
      session.execute(
          "DELETE FROM shop.typed WHERE region = 'eu' AND day = '2026-11-21'"
              + " AND at < '2026-11-20T00:00:00Z'");
      session.execute("CREATE TABLE shop.counts (k int PRIMARY KEY, n counter)");
      session.execute("UPDATE shop.counts SET n = n + 5 WHERE k = -1");
      session.execute("CREATE TABLE shop.again (k int PRIMARY KEY, v text)");
      session.execute("INSERT INTO shop.again (k, v) VALUES (1, 'before')");
      session.execute("TRUNCATE shop.again");
      session.execute("INSERT INTO shop.again (k, v) VALUES (2, 'after')");
      List<String> flush =
          List.of(
              "admin",
              "--http-port",
              Integer.toString(node.httpAddress().getPort()),
              "flush",
              "shop");
      assertThat(run(flush.toArray(String[]::new)).code).isZero();
      layout =
          run(
                  "admin",
                  "--http-port",
                  Integer.toString(node.httpAddress().getPort()),
                  "--format",
                  "json",
                  "layout",
                  "shop")
              .out;
      session.execute("INSERT INTO shop.t (k, c, v) VALUES ('late', 1, 'unflushed')");
    }
    node.close();
    typed = file(directory, "shop-typed-");
    counts = file(directory, "shop-counts-");
    truncated = files(directory, "shop-again-");
    sstable = file(directory, "shop-t-");
    commitLog = directory.resolve("commitlog").toString();
  }

  private static String file(Path directory, String table) throws IOException {
    return files(directory, table).getFirst();
  }

  private static List<String> files(Path directory, String table) throws IOException {
    try (Stream<Path> files = Files.walk(directory)) {
      return files
          .map(Path::toString)
          .filter(path -> path.contains(table) && path.endsWith(".v1"))
          .sorted()
          .toList();
    }
  }

  private static Run run(String... words) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    CommandLine ilion = Ilion.commandLine(Map.of());
    ilion.setOut(new PrintWriter(out));
    ilion.setErr(new PrintWriter(err));
    return new Run(ilion.execute(words), out.toString(), err.toString());
  }

  @Test
  void aFileIsShown() {
    Run all = run("sstable", "dump", sstable);
    assertThat(all.err).isEmpty();
    assertThat(all.out.lines().filter(line -> line.startsWith("partition"))).hasSize(50);
    assertThat(all.out).contains("'key7'").contains("range marker").contains("'value' @");
    assertThat(run("sstable", "dump", "--limit", "3", sstable).out.lines()).hasSize(6);
    assertThat(run("sstable", "statistics", sstable).out)
        .containsPattern("partitions +50\n")
        .containsPattern("rows +50\n");
    assertThat(run("sstable", "query", "--key", "key3", sstable).out).contains("'key3'");
    assertThat(run("sstable", "query", "--key", "0x6b657933", sstable).out).contains("'key3'");
  }

  @Test
  void filesOfATableThatWasTruncatedAreShown() {
    assertThat(truncated).anyMatch(file -> file.contains("snapshots"));
    StringBuilder dumps = new StringBuilder();
    for (String file : truncated) {
      Run dump = run("sstable", "dump", file);
      assertThat(dump.err).as(file).isEmpty();
      dumps.append(dump.out);
      assertThat(run("sstable", "verify", file).code).as(file).isZero();
    }
    assertThat(dumps).contains("'before'").contains("'after'");
  }

  /** TRUNCATE gives data another id, which the name of the directory does not tell. */
  @Test
  void copiesOfATruncatedTableAreReadWithoutItsSchema(@TempDir Path elsewhere) throws IOException {
    Path after =
        truncated.stream()
            .filter(file -> run("sstable", "dump", file).out.contains("'after'"))
            .map(Path::of)
            .findFirst()
            .orElseThrow();
    Path directory = Files.createDirectories(elsewhere.resolve(after.getParent().getFileName()));
    String copy = Files.copy(after, directory.resolve(after.getFileName())).toString();
    Run bare = run("sstable", "dump", copy);
    assertThat(bare.out).contains("partition 0x00000002");
    assertThat(bare.err).contains("has another id than the directory says, as after TRUNCATE");
    assertThat(bare.code).isZero();

    Path schema =
        Files.writeString(
            elsewhere.resolve("schema.cql"), "CREATE TABLE shop.again (k int PRIMARY KEY, v text)");
    Run named = run("sstable", "dump", "--schema", schema.toString(), copy);
    assertThat(named.out).contains("partition k=2").contains("'after'");
    String data = Path.of(commitLog).getParent().toString();
    assertThat(run("sstable", "dump", "--schema", data, copy)).isEqualTo(new Run(0, named.out, ""));

    // Who knows the ids says that a file has not the name it was written under.
    String renamed = Files.copy(after, directory.resolve("sstable-999.v1")).toString();
    Run other = run("sstable", "verify", "--schema", data, renamed);
    assertThat(other.err).contains("is another file than the one of this name");
    assertThat(other.code).isEqualTo(1);
    String old = Files.copy(after, directory.resolve("sstable-x.v1")).toString();
    assertThat(run("sstable", "verify", old).err).contains("is no SSTable by its name");
  }

  @Test
  void namesAndValuesAreWrittenAsCqlWritesThem(@TempDir Path elsewhere) throws IOException {
    Run all = run("sstable", "dump", typed);
    assertThat(all.err).isEmpty();
    assertThat(all.out)
        .contains("partition region='eu' day='2026-11-21' token ")
        .contains("static [fixed 42 @")
        .contains("row at='2026-11-21T10:00:00.000Z' n=7 live @")
        .contains("[tags['it''s'] @")
        .contains("[prices['x'] 1.50 @")
        .containsPattern("\\[notes\\[[0-9a-f]{8}-[0-9a-f-]{27}] 'first' @")
        .contains("[home.street 'Main' @")
        .contains("[home.number 5 @")
        .contains("[frozen_home {street: 'Side', number: 6} @")
        .contains("[gone 9 @")
        .containsPattern("range marker .*at='2026-11-20T00:00:00.000Z' before none after @")
        .contains("range marker end before @");
    assertThat(run("sstable", "dump", counts).out).contains("k=-1 token").contains("n counter 5 @");
    assertThat(run("sstable", "query", "--key", "eu:2026-11-21", typed).out).contains("n=7");
    assertThat(run("sstable", "query", "--key", "-1", counts).out).contains("n counter 5");
    assertThat(run("sstable", "query", "--key", "one", counts).err)
        .startsWith("ilion: this is no key of the table: ")
        .contains("it has k int");

    assertThat(run("sstable", "dump", "--untyped", counts).out).contains("partition 0xffffffff");
    Path copy =
        Files.createDirectories(elsewhere.resolve(Path.of(counts).getParent().getFileName()))
            .resolve(Path.of(counts).getFileName());
    Files.copy(Path.of(counts), copy);
    assertThat(run("sstable", "dump", copy.toString()).out).contains("partition 0xffffffff");
    Path data = Path.of(commitLog).getParent();
    assertThat(run("sstable", "dump", "--schema", data.toString(), copy.toString()).out)
        .contains("partition k=-1");
    assertThat(run("sstable", "dump", "--schema", elsewhere.toString(), counts).err)
        .contains("is no data directory of a node");
  }

  @Test
  void jsonHasAPartitionOnEachLine() {
    Run all = run("sstable", "dump", "--json", typed);
    assertThat(all.err).isEmpty();
    JsonNode partition = JsonMapper.shared().readTree(all.out);
    assertThat(partition.at("/partition/key").toString()).isEqualTo("[\"eu\",\"2026-11-21\"]");
    assertThat(partition.at("/rows/0/type").asString()).isEqualTo("static_block");
    assertThat(partition.at("/rows/0/cells/0/name").asString()).isEqualTo("fixed");
    assertThat(partition.at("/rows/0/cells/0/value").asInt()).isEqualTo(42);
    JsonNode row = partition.at("/rows/1");
    assertThat(row.at("/clustering").toString()).isEqualTo("[\"2026-11-21 10:00:00.000Z\",7]");
    assertThat(row.at("/liveness_info/tstamp").asLong()).isPositive();
    assertThat(row.at("/cells").toString())
        .contains("{\"name\":\"tags\",\"path\":[\"it's\"],\"value\":\"\",\"tstamp\":")
        .contains("\"path\":[\"x\"],\"value\":1.5,")
        .contains("{\"name\":\"home\",\"path\":[\"street\"],\"value\":\"Main\",")
        .contains("\"value\":{\"street\":\"Side\",\"number\":6}")
        .contains("{\"name\":\"tags\",\"deletion_info\":{\"marked_deleted\":");
    JsonNode bound = partition.at("/rows/2");
    assertThat(bound.at("/type").asString()).isEqualTo("range_tombstone_bound");
    assertThat(bound.at("/start/clustering").toString())
        .isEqualTo("[\"2026-11-20 00:00:00.000Z\"]");
    assertThat(bound.at("/start/deletion_info/marked_deleted").asLong()).isPositive();
    assertThat(partition.at("/rows/3/end/behind").asBoolean()).isTrue();
    assertThat(run("sstable", "dump", "--format=json", "--limit=5", sstable).out.lines())
        .hasSize(5);
    assertThat(run("sstable", "dump", "--json", "--untyped", counts).out)
        .contains("[\"0xffffffff\"]");
    assertThat(run("sstable", "dump", "--json", counts).out).contains("\"value\":5,");
  }

  @Test
  void scriptsGetWhatIsSaidOfFilesAndLogsAsJson() {
    JsonNode statistics =
        lines(run("sstable", "statistics", "--format", "json", sstable)).getFirst();
    assertThat(statistics.path("file").asString()).isEqualTo(sstable);
    assertThat(statistics.path("partitions").asLong()).isEqualTo(50);
    assertThat(statistics.path("static_rows").asBoolean(true)).isFalse();
    assertThat(statistics.path("newest_timestamp").asLong()).isGreaterThan(1_700_000_000_000_000L);
    assertThat(statistics.path("last_deletion").isNull()).isTrue();
    assertThat(run("sstable", "statistics", sstable).out)
        .contains("  partitions        50\n", "  last deletion     none\n");

    List<JsonNode> writes = lines(run("commitlog", "dump", "--format", "json", commitLog));
    JsonNode late =
        writes.stream().filter(each -> each.toString().contains("unflushed")).findAny().get();
    assertThat(late.path("table").asString()).isEqualTo("shop.t");
    assertThat(late.at("/partition/key/0").asString()).isEqualTo("late");
    assertThat(late.at("/rows/0/clustering/0").asInt()).isEqualTo(1);
    assertThat(late.at("/rows/0/cells/0/value").asString()).isEqualTo("unflushed");
    assertThat(writes.getLast().path("records").asLong()).isEqualTo(writes.size() - 1);
    assertThat(writes.getLast().path("torn_tail").isNull()).isTrue();
  }

  private static List<JsonNode> lines(Run run) {
    assertThat(run.err).isEmpty();
    return run.out.lines().map(JsonMapper.shared()::readTree).toList();
  }

  @Test
  void statementsAndLayoutsSayNamesAndTypesToo(@TempDir Path elsewhere) throws IOException {
    Path copy =
        Files.createDirectories(elsewhere.resolve(Path.of(typed).getParent().getFileName()))
            .resolve(Path.of(typed).getFileName());
    Files.copy(Path.of(typed), copy);
    Path schema = elsewhere.resolve("schema.cql");
    Files.writeString(
        schema,
        "CREATE TYPE shop.place (street text, number int); -- as it was\n"
            + "CREATE TABLE shop.t (k text, c int, v text, PRIMARY KEY (k, c));"
            + "CREATE TABLE shop.typed (region text, day date, at timestamp, n int,"
            + " fixed int static, tags set<text>, prices map<text, decimal>, notes list<text>,"
            + " home place, frozen_home frozen<place>, gone int,"
            + " PRIMARY KEY ((region, day), at, n)) WITH CLUSTERING ORDER BY (at DESC, n ASC);"
            + "ALTER TABLE shop.typed DROP gone");
    Run named = run("sstable", "dump", "--schema", schema.toString(), copy.toString());
    assertThat(named.err).isEmpty();
    assertThat(named.out).isEqualTo(run("sstable", "dump", typed).out);

    Files.writeString(schema, "CREATE TABLE t (k int PRIMARY KEY");
    assertThat(run("sstable", "dump", "--schema", schema.toString(), copy.toString()))
        .matches(failed -> failed.code == 2 && failed.err.contains("schema.cql, line 1: "));
    assertThat(layout).contains("\"layout\"");
    Path kept = Files.writeString(elsewhere.resolve("layout.json"), layout);
    assertThat(run("sstable", "dump", "--schema", kept.toString(), copy.toString()).out)
        .isEqualTo(named.out);
    Path built =
        Files.createDirectories(elsewhere.resolve("shop.typed")).resolve(copy.getFileName());
    Files.copy(copy, built);
    assertThat(run("sstable", "verify", "--schema", kept.toString(), built.toString()).out)
        .contains("sound, 1 partitions, 1 rows");
  }

  @Test
  void whatIsNotThereIsSaid() {
    assertThat(run("sstable", "query", "--key", "nokey", sstable))
        .isEqualTo(new Run(1, "", "ilion: no file has the partition nokey\n"));
    assertThat(run("sstable", "dump", "nowhere/sstable-1.v1").code).isEqualTo(2);
    assertThat(run("sstable", "query", "--key", "0x1", sstable).code).isEqualTo(2);
    assertThat(run("commitlog", "dump", "nowhere").code).isEqualTo(2);
  }

  @Test
  void damageIsFound(@TempDir Path copies) throws IOException {
    assertThat(run("sstable", "verify", sstable).out).contains("sound, 50 partitions, 50 rows");
    Path directory =
        Files.createDirectories(copies.resolve(Path.of(sstable).getParent().getFileName()));
    Path copy = directory.resolve(Path.of(sstable).getFileName());
    byte[] bytes = Files.readAllBytes(Path.of(sstable));
    bytes[bytes.length / 3] ^= 1;
    Files.write(copy, bytes);
    Run verify = run("sstable", "verify", copy.toString(), sstable);
    assertThat(verify.code).isEqualTo(1);
    assertThat(verify.err).contains("damaged");
    assertThat(verify.out).contains(sstable + ": sound");
    Run forScripts = run("sstable", "verify", "--format", "json", copy.toString(), sstable);
    assertThat(forScripts.code).isEqualTo(1);
    List<JsonNode> found = forScripts.out.lines().map(JsonMapper.shared()::readTree).toList();
    assertThat(found.get(0).path("sound").asBoolean(true)).isFalse();
    assertThat(found.get(0).path("error").asString()).contains("damaged");
    assertThat(found.get(1).path("sound").asBoolean()).isTrue();
    assertThat(found.get(1).path("rows").asLong()).isEqualTo(50);
  }

  @Test
  void theCommitLogIsShownAndStaysAsItIs() throws IOException {
    List<String> before = names();
    Run all = run("commitlog", "dump", commitLog);
    assertThat(all.err).isEmpty();
    assertThat(all.out)
        .contains("table shop.t partition k='late'")
        .contains("'unflushed'")
        .contains(" records in ");
    assertThat(names()).isEqualTo(before);
  }

  private static List<String> names() throws IOException {
    try (Stream<Path> files = Files.list(Path.of(commitLog))) {
      return files.map(Path::toString).sorted().toList();
    }
  }
}
