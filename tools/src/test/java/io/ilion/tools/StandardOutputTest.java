package io.ilion.tools;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.ilion.driver.Session;
import io.ilion.tools.console.OutputEndedException;
import io.ilion.tools.console.Progress;
import io.ilion.tools.console.StandardOutput;
import io.ilion.tools.load.BulkUnload;
import io.ilion.tools.load.LoadSummary;
import io.ilion.tools.load.UnloadOptions;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What commands do, as processes, when nobody reads on what they write, or no disk takes it. */
@Timeout(120)
class StandardOutputTest {
  private static final int ROWS = 20_000;
  private static final Path FULL = Path.of("/dev/full");

  @TempDir private static Path directory;
  private static TestNode node;
  private static Session session;

  @BeforeAll
  static void start() throws IOException {
    node = TestNode.start(directory);
    session = node.session();
    session.execute("CREATE TABLE ks.long (id int PRIMARY KEY, v text)");
    var insert = session.prepare("INSERT INTO ks.long (id, v) VALUES (?, ?)");
    for (int i = 0; i < ROWS; i++) {
      session.execute(insert.bind(i, "twenty characters it is"));
    }
  }

  @AfterAll
  static void stop() {
    session.close();
    node.close();
  }

  private record Run(int code, String out, String err) {}

  /** Runs a command behind which another one stands in the shell. */
  private static Run run(String command, String behind) throws Exception {
    String java =
        "'%s' -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Dilion.terminals= -cp '%s' %s"
            .formatted(
                Path.of(System.getProperty("java.home"), "bin", "java"),
                System.getProperty("java.class.path"),
                "io.ilion.tools.Ilion");
    Path errors = directory.resolve("errors");
    Process process =
        new ProcessBuilder(
                List.of(
                    "bash",
                    "-c",
                    "set -o pipefail; %s %s 2>'%s' %s".formatted(java, command, errors, behind)))
            .start();
    String out;
    try (InputStream said = process.getInputStream()) {
      out = new String(said.readAllBytes(), StandardCharsets.UTF_8);
    }
    int code = process.waitFor();
    String err =
        Files.readString(errors)
            .lines()
            .filter(line -> !line.startsWith("WARNING: "))
            .reduce("", (before, line) -> before + line + "\n");
    return new Run(code, out, err);
  }

  private static String host() {
    return node.nativeAddress().getHostString() + ":" + node.nativeAddress().getPort();
  }

  private static String shell() {
    return "shell %s %d -e 'SELECT * FROM ks.long'"
        .formatted(node.nativeAddress().getHostString(), node.nativeAddress().getPort());
  }

  @Test
  void whoseReaderHasSeenEnoughEndsInSilence() throws Exception {
    assertThat(run("unload ks.long --host " + host(), "| head -n 1"))
        .isEqualTo(new Run(141, "id,v\n", ""));
    String copy = shell().replace("SELECT * FROM ks.long", "COPY ks.long TO STDOUT");
    Run copied = run(copy, "| head -n 1");
    assertThat(copied.out()).endsWith(",twenty characters it is\n");
    assertThat(copied.err()).isEmpty();
    assertThat(copied.code()).isEqualTo(141);
    Run select = run(shell(), "| head -n 2");
    assertThat(select.out()).contains("id").contains("v");
    assertThat(select.err()).isEmpty();
    assertThat(select.code()).isEqualTo(141);
    assertThat(run("count ks.long --quiet --host " + host(), "| true"))
        .isEqualTo(new Run(141, "", ""));
  }

  /** Each page is given away at once, so that few are read in vain. */
  @Test
  void whatNobodyReadsIsNotFetched() {
    AtomicInteger writes = new AtomicInteger();
    AtomicInteger largest = new AtomicInteger();
    OutputStream closing =
        new OutputStream() {
          @Override
          public void write(int one) throws IOException {
            write(new byte[] {(byte) one}, 0, 1);
          }

          @Override
          public void write(byte[] bytes, int offset, int length) throws IOException {
            largest.accumulateAndGet(length, Math::max);
            if (writes.incrementAndGet() > 1) {
              throw new IOException("Broken pipe");
            }
          }
        };
    UnloadOptions options =
        new UnloadOptions()
            .table("ks", "long")
            .standardOutput(new StandardOutput(closing))
            .requests(2, 100, 3);
    assertThatThrownBy(() -> new BulkUnload(session, options, Progress.none()).run())
        .isInstanceOf(OutputEndedException.class);
    // A page has 3 kB; each of two threads may have one when the pipe is found closed.
    assertThat(largest).hasValueLessThan(10_000);
    assertThat(writes).hasValueLessThan(10);
  }

  @Test
  void whatTheDiskDoesNotTakeIsSaidInOneLine() throws Exception {
    assumeTrue(Files.exists(FULL), "there is no /dev/full");
    assertThat(run(shell(), "> " + FULL))
        .isEqualTo(new Run(1, "", "ilion: the standard output: No space left on device\n"));
    assertThat(run("unload ks.long --quiet --host " + host(), "> " + FULL))
        .isEqualTo(new Run(1, "", "ilion: the standard output: No space left on device\n"));
    LoadSummary summary =
        new BulkUnload(
                session,
                new UnloadOptions().table("ks", "long").output(FULL, false),
                Progress.none())
            .run();
    assertThat(summary.complete()).isFalse();
    assertThat(summary.status()).isEqualTo("stopped: /dev/full: No space left on device");
  }
}
