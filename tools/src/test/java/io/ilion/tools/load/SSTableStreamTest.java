package io.ilion.tools.load;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ilion.driver.Session;
import io.ilion.driver.SimpleStatement;
import io.ilion.model.Consistency;
import io.ilion.tools.TestCluster;
import io.ilion.tools.console.Progress;
import io.ilion.tools.console.ToolException;
import java.io.File;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** SSTables that were built without a node, sent to a cluster of three. */
class SSTableStreamTest {
  private static final int ROWS = 2000;

  @TempDir static Path data;
  private static TestCluster cluster;
  private static int nativePort;
  private static int httpPort;
  private static Session session;

  @TempDir Path folder;

  private record Run(int code, String said) {}

  @BeforeAll
  static void start() throws IOException {
    cluster = TestCluster.start(data);
    nativePort = cluster.nativePort();
    httpPort = cluster.httpPort();
    session = cluster.session();
    session.execute(
        "CREATE KEYSPACE ks WITH replication ="
            + " {'class': 'SimpleStrategy', 'replication_factor': 2}");
    session.execute("CREATE TABLE ks.event (id int, at int, title text, PRIMARY KEY (id, at))");
    session.execute("CREATE TABLE ks.other (id int PRIMARY KEY, title text)");
  }

  @AfterAll
  static void stop() {
    cluster.close();
  }

  private Path build() throws Exception {
    StringBuilder csv = new StringBuilder("id,at,title\n");
    for (int i = 0; i < ROWS; i++) {
      csv.append(i % 500).append(',').append(i).append(",title ").append(i).append('\n');
    }
    Path file = Files.writeString(folder.resolve("rows.csv"), csv);
    new BulkLoad(
            session,
            new LoadOptions()
                .table("ks", "event")
                .inputs(List.of(file.toString()))
                .offline(folder, KeyspaceLayout.ask("127.0.5.1", httpPort, "ks")),
            Progress.none())
        .run();
    return folder.resolve("ks.event");
  }

  private static Run load(Path directory, String... more) {
    StringWriter said = new StringWriter();
    List<String> arguments =
        new ArrayList<>(
            List.of(
                directory.toString(),
                "--host=127.0.5.1",
                "--port=" + nativePort,
                "--http-port=" + httpPort,
                "--quiet"));
    arguments.addAll(List.of(more));
    int code =
        new CommandLine(new SSTableLoadCommand())
            .setErr(new PrintWriter(said))
            .setOut(new PrintWriter(said))
            .setExecutionExceptionHandler(
                (failure, command, parsed) -> {
                  if (failure instanceof ToolException known) {
                    said.append(known.getMessage());
                    return known.exitCode();
                  }
                  throw failure;
                })
            .execute(arguments.toArray(String[]::new));
    return new Run(code, said.toString());
  }

  private static List<String> rows() {
    return session
        .execute(
            SimpleStatement.of("SELECT id, at, title FROM ks.event").consistency(Consistency.ALL))
        .all()
        .stream()
        .map(Object::toString)
        .toList();
  }

  @Test
  void eachReplicaTakesItsPartAndWhoWasDownTakesItLater() throws Exception {
    session.execute("TRUNCATE ks.event");
    Path built = build();
    assertThat(rows()).isEmpty();
    cluster.stop(2);

    Run first = load(built);
    assertThat(first.code).as(first.said).isEqualTo(1);
    assertThat(first.said)
        .contains("127.0.5.3: NOT DONE: no node answers at 127.0.5.3:" + httpPort)
        .contains("to 2 of 3 nodes")
        .contains("ilion sstable load " + built);

    cluster.startAgain(2);
    Run second = load(built, "--throttle=50");
    assertThat(second.code).as(second.said).isZero();
    assertThat(second.said)
        .contains("127.0.5.1: had it from an earlier run", "127.0.5.2: had it")
        .contains("127.0.5.3: imported ");
    long taken =
        (first.said + second.said)
            .lines()
            .filter(line -> line.contains(": imported "))
            .mapToLong(line -> Long.parseLong(line.replaceAll(".*imported | rows|,", "")))
            .sum();
    assertThat(taken).isEqualTo(2L * ROWS);
    assertThat(rows()).hasSize(ROWS).doesNotHaveDuplicates();
    assertThat(load(built).said).contains("127.0.5.3: had it");
    JsonNode json = JsonMapper.shared().readTree(load(built, "--json").said);
    assertThat(json.path("complete").asBoolean()).isTrue();
    assertThat(json.path("nodes").size()).isEqualTo(3);
    assertThat(json.at("/nodes/2/address").asString()).startsWith("127.0.5.");
    assertThat(json.at("/nodes/2/by_an_earlier_run").asBoolean()).isTrue();
    assertThat(json.at("/nodes/2/failure").isNull()).isTrue();
    assertThat(built.resolveSibling("ks.event.sending")).doesNotExist();
    assertThat(data.resolve("127.0.5.1/uploads")).isEmptyDirectory();
  }

  @Test
  void whatAKilledLoadLeftIsNoHindrance() throws Exception {
    session.execute("TRUNCATE ks.event");
    Path built = build();
    File sending = built.resolveSibling("ks.event.sending").toFile();
    CompletableFuture<Run> slow =
        CompletableFuture.supplyAsync(() -> load(built, "--throttle=0.02"));
    Path left = null;
    while (left == null && !slow.isDone()) {
      left = anyFile(sending);
    }
    assertThat(slow.join().code).isZero();
    assertThat(left).as("a file that was being sent").isNotNull();

    Files.createDirectories(left.getParent());
    Files.writeString(left, "torn");
    Files.delete(built.resolveSibling("ks.event.sent"));
    Run again = load(built);
    assertThat(again.code).as(again.said).isZero();
    assertThat(sending).doesNotExist();
    assertThat(rows()).hasSize(ROWS);
  }

  private static Path anyFile(File sending) {
    for (File upload : Objects.requireNonNullElse(sending.listFiles(), new File[0])) {
      for (File file : Objects.requireNonNullElse(upload.listFiles(), new File[0])) {
        if (file.getName().endsWith(".v1")) {
          return file.toPath();
        }
      }
    }
    return null;
  }

  @Test
  void filesOfAnotherTableAreRefused() throws Exception {
    Path built = build();
    Run other = load(built, "--table=ks.other");
    assertThat(other.code).isEqualTo(1);
    assertThat(other.said).contains("cannot be sent to ks.other");

    session.execute("TRUNCATE ks.event");
    Run truncated = load(built);
    assertThat(truncated.code).isEqualTo(1);
    assertThat(truncated.said).contains("cannot be sent to ks.event");

    assertThat(load(folder, "--table=ks.event").said).contains("no SSTables");
    assertThat(load(folder).said).contains("is not named KEYSPACE.TABLE");
  }

  /** As it is with a snapshot of a table that had discarded something. */
  @Test
  void whatADirectoryHidesIsNotSent() throws Exception {
    session.execute("TRUNCATE ks.event");
    Path built = build();
    UUID table = session.metadata().table("ks", "event").orElseThrow().id();
    ByteBuffer hidden =
        ByteBuffer.allocate(61)
            .putLong(0x494C494F4E484944L)
            .putInt(1)
            .put((byte) 11)
            .putLong(table.getMostSignificantBits())
            .putLong(table.getLeastSignificantBits())
            .putLong(Long.MAX_VALUE)
            .putInt(1)
            .putLong(Long.MIN_VALUE)
            .putLong(0);
    CRC32C crc = new CRC32C();
    crc.update(hidden.array(), 0, hidden.position());
    Files.write(built.resolve("hidden"), hidden.putInt((int) crc.getValue()).array());
    Run run = load(built);
    assertThat(run.code).as(run.said).isZero();
    List<Long> tokens =
        session
            .execute(
                SimpleStatement.of("SELECT DISTINCT token(id) FROM ks.event")
                    .consistency(Consistency.ALL))
            .all()
            .stream()
            .map(row -> row.getLong(0))
            .toList();
    assertThat(tokens).hasSizeBetween(150, 350).allMatch(token -> token > 0);
  }

  @Test
  void loadBuildsAndSends() throws Exception {
    session.execute("TRUNCATE ks.event");
    Path file = Files.writeString(folder.resolve("two.csv"), "id,at,title\n1,1,one\n2,2,two\n");
    StringWriter said = new StringWriter();
    int code =
        new CommandLine(new LoadCommand())
            .setErr(new PrintWriter(said))
            .execute(
                "ks.event",
                file.toString(),
                "--offline=" + folder.resolve("fast"),
                "--stream",
                "--dir=" + folder.resolve("run"),
                "--host=127.0.5.1",
                "--port=" + nativePort,
                "--node-http=127.0.5.1=127.0.5.1:" + httpPort,
                "--http-port=" + httpPort,
                "--quiet");
    assertThat(code).as(said.toString()).isZero();
    assertThat(rows()).hasSize(2);
    assertThat(Files.readString(folder.resolve("run/summary.json")))
        .contains("built " + folder.resolve("fast/ks.event"))
        .doesNotContain("to bring it into the cluster");
    assertThatThrownBy(
            () ->
                new CommandLine(new LoadCommand())
                    .setExecutionExceptionHandler(
                        (failure, command, parsed) -> {
                          throw failure;
                        })
                    .parseArgs("ks.event", "--stream", "--http-port=x"))
        .isInstanceOf(CommandLine.ParameterException.class);
  }
}
