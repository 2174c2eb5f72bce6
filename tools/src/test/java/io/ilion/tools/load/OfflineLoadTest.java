package io.ilion.tools.load;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ilion.driver.Session;
import io.ilion.model.schema.KeyspaceDefinition;
import io.ilion.tools.TestNode;
import io.ilion.tools.admin.AdminCommand;
import io.ilion.tools.console.Progress;
import io.ilion.tools.console.Style;
import io.ilion.tools.console.ToolException;
import io.ilion.tools.load.mapping.Mapping;
import io.ilion.tools.load.offline.OfflineBuild;
import io.ilion.tools.load.offline.OfflineWriter;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** SSTables that are built without a node, and imported by one. */
class OfflineLoadTest {
  @TempDir static Path data;
  private static TestNode node;
  private static Session session;

  @TempDir Path folder;

  @BeforeAll
  static void start() throws IOException {
    node = TestNode.start(data);
    session = node.session();
    session.execute("CREATE TYPE ks.place (street text, number int)");
    session.execute(
        "CREATE TABLE ks.event (id int, at int, title text, tags set<text>, home frozen<place>,"
            + " old int, PRIMARY KEY (id, at)) WITH CLUSTERING ORDER BY (at DESC)");
    session.execute("ALTER TABLE ks.event DROP old");
    session.execute("ALTER TABLE ks.event ADD note text");
    session.execute("CREATE TABLE ks.hits (page text PRIMARY KEY, n counter)");
  }

  @AfterAll
  static void stop() {
    node.close();
  }

  private static KeyspaceDefinition layout() {
    return KeyspaceLayout.ask("127.0.0.1", node.httpPort(), "ks");
  }

  private LoadSummary build(String csv, LoadOptions options) throws Exception {
    Path file = Files.writeString(folder.resolve("rows.csv"), csv);
    return new BulkLoad(
            session,
            options
                .table("ks", "event")
                .inputs(List.of(file.toString()))
                .offline(folder.resolve("built"), layout()),
            Progress.none())
        .run();
  }

  private static int importFrom(Path directory) {
    return AdminCommand.commandLine(Map.of())
        .execute("--http-port=" + node.httpPort(), "import", "ks", "event", directory.toString());
  }

  private static List<String> rows() {
    return session.execute("SELECT id, at, title, tags, home, note FROM ks.event").all().stream()
        .map(Object::toString)
        .sorted()
        .toList();
  }

  @Test
  void whatIsBuiltIsWhatWouldHaveBeenLoaded() throws Exception {
    StringBuilder csv = new StringBuilder("id,at,title,tags,home,note\n");
    for (int i = 0; i < 3000; i++) {
      csv.append(i % 700).append(',').append(i).append(",title ").append(i);
      csv.append(",\"['a', 'b")
          .append(i % 3)
          .append("']\",\"{\"\"street\"\": \"\"Main\"\", \"\"number\"\": 3}\",");
      csv.append(i % 5 == 0 ? "" : "note").append('\n');
    }
    csv.append("7,7,again,,,\n").append("x,7,bad,,,\n");
    session.execute("TRUNCATE ks.event");
    new BulkLoad(
            session,
            new LoadOptions()
                .table("ks", "event")
                .inputs(List.of(Files.writeString(folder.resolve("all.csv"), csv).toString())),
            Progress.none())
        .run();
    List<String> loaded = rows();
    session.execute("TRUNCATE ks.event");

    LoadSummary summary = build(csv.toString(), new LoadOptions().threads(2));

    assertThat(summary.bad()).isEqualTo(1);
    assertThat(summary.rows()).isEqualTo(3001);
    Path built = folder.resolve("built/ks.event");
    assertThat(String.join("\n", summary.notes()))
        .contains("built " + built, "ilion admin import ks event " + built);
    try (Stream<Path> left = Files.list(folder.resolve("built"))) {
      assertThat(left).containsExactly(built);
    }
    assertThat(rows()).isEmpty();
    assertThat(importFrom(built)).isZero();
    assertThat(rows()).hasSize(3000).isEqualTo(loaded);
    assertThat(importFrom(built)).isZero();
    assertThat(rows()).isEqualTo(loaded);
  }

  @Test
  void timesToLiveAndTimestampsAreTheRows() throws Exception {
    session.execute("TRUNCATE ks.event");
    session.execute(
        "INSERT INTO ks.event (id, at, title) VALUES (1, 1, 'new') USING TIMESTAMP 200");
    session.execute("DELETE FROM ks.event USING TIMESTAMP 200 WHERE id = 2");

    build(
        "id,at,title,ttl,time\n1,1,old,1000,100\n2,1,old,1000,100\n3,1,new,1000,100\n",
        new LoadOptions().mapping(Mapping.parse("ttl=__ttl, time=__timestamp, *=*")));
    importFrom(folder.resolve("built/ks.event"));

    assertThat(rows()).hasSize(2);
    assertThat(session.execute("SELECT title FROM ks.event WHERE id = 1").one().getString(0))
        .isEqualTo("new");
    assertThat(session.execute("SELECT ttl(title) FROM ks.event WHERE id = 3").one().getInt(0))
        .isBetween(1, 1000);
  }

  @Test
  void manyRunsAreMergedByTheLastRow() throws Exception {
    session.execute("TRUNCATE ks.event");
    AtomicLong time = new AtomicLong();
    OfflineBuild build = OfflineBuild.begin(folder, layout(), "event", time::incrementAndGet);
    var statement = build.statement("INSERT INTO ks.event (id, at, title) VALUES (?, ?, ?)");
    OfflineWriter writer = build.writer(1 << 12);
    for (int i = 0; i < 800; i++) {
      byte[] id = ByteBuffer.allocate(4).putInt(i % 100).array();
      writer.add(statement, new byte[][] {id, id, ("t" + i).getBytes(StandardCharsets.UTF_8)});
    }
    writer.flush();
    ByteArrayOutputStream said = new ByteArrayOutputStream();
    OfflineBuild.Built built;
    try (PrintStream out = new PrintStream(said, true, StandardCharsets.UTF_8);
        Progress progress = new Progress(out, Style.PLAIN, () -> 0, 0)) {
      built = build.finish(progress);
    }

    List<String> shown = said.toString(StandardCharsets.UTF_8).lines().toList();
    assertThat(shown).hasSizeGreaterThanOrEqualTo(100);
    assertThat(shown.getLast()).matches("█{19}.* 9\\d%  merging what was sorted, \\d+ files");
    assertThat(built.rows()).isEqualTo(100);
    assertThat(importFrom(built.directory())).isZero();
    assertThat(session.execute("SELECT title FROM ks.event WHERE id = 7").one().getString(0))
        .isEqualTo("t707");
    assertThat(rows()).hasSize(100);
  }

  @Test
  void whatDependsOnANodeIsRefused() throws Exception {
    assertThatThrownBy(
            () ->
                OfflineBuild.begin(folder, layout(), "hits", () -> 1)
                    .statement("UPDATE ks.hits SET n = n + ? WHERE page = ?"))
        .isInstanceOf(ToolException.class)
        .hasMessageContaining("needs a node");
    Files.createDirectories(folder.resolve("ks.event"));
    assertThatThrownBy(() -> OfflineBuild.begin(folder, layout(), "event", () -> 1))
        .hasMessageContaining("is there already")
        .extracting(e -> ((ToolException) e).hint())
        .asString()
        .contains("ilion sstable load " + folder.resolve("ks.event"));
    assertThat(importFrom(folder.resolve("ks.event"))).isEqualTo(1);
    assertThat(importFrom(Path.of("relative"))).isEqualTo(1);
  }

  @Test
  void damageIsFoundBeforeAnythingIsSeen() throws Exception {
    session.execute("TRUNCATE ks.event");
    build("id,at,title\n" + "1,1,one\n".repeat(3) + "2,2,two\n", new LoadOptions());
    Path built = folder.resolve("built/ks.event");
    Path file = built.resolve("sstable-1.v1");
    byte[] bytes = Files.readAllBytes(file);
    bytes[40] ^= 1;
    Files.write(file, bytes);

    assertThat(importFrom(built)).isEqualTo(1);
    assertThat(rows()).isEmpty();
  }
}
