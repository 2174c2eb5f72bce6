package io.ilion.tools.shell;

import static org.assertj.core.api.Assertions.assertThat;

import io.ilion.driver.Session;
import io.ilion.tools.TestNode;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
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

  @Test
  void theScreenIsOneFile() {
    assertThat(copy("TO STDOUT WITH MAXOUTPUTSIZE = 10")).isEqualTo(2);
    assertThat(copy("TO STDOUT")).isZero();
    assertThat(screen.toString(StandardCharsets.UTF_8).lines())
        .hasSize(25)
        .allMatch(line -> line.matches("\\d+,n\\d+"));
  }
}
