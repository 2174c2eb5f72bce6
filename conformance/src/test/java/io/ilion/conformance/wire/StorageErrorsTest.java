package io.ilion.conformance.wire;

import static org.assertj.core.api.Assertions.assertThat;

import io.ilion.conformance.cql.CqlConnection;
import io.ilion.conformance.server.ServerProcess;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What clients are told when the disk is damaged or full. */
class StorageErrorsTest {
  private static final int ROWS = 200;
  private static final int DAMAGED_BYTES = 64;
  private static final int FILE_LIMIT = 500_000;

  private ServerProcess node;

  @BeforeEach
  void start() throws IOException {
    node = ServerProcess.start();
    try (CqlConnection connection = CqlConnection.open(node.address())) {
      connection.run(
          "CREATE KEYSPACE ks WITH replication ="
              + " {'class': 'SimpleStrategy', 'replication_factor': 1}");
      connection.run("CREATE TABLE ks.t (k int PRIMARY KEY, v text)");
      for (int k = 0; k < ROWS; k++) {
        connection.run("INSERT INTO ks.t (k, v) VALUES (" + k + ", '" + noise(k) + "')");
      }
    }
    node.stop();
  }

  @AfterEach
  void stop() {
    node.close();
  }

  /** Text that does not become much shorter when it is compressed. */
  private static String noise(int seed) {
    StringBuilder text = new StringBuilder();
    new java.util.SplittableRandom(seed).ints(1000, 'a', 'z' + 1).forEach(text::appendCodePoint);
    return text.toString();
  }

  @Test
  void aDamagedBlockFailsTheReadsThatNeedIt() throws IOException {
    // A start writes what it replays into files.
    node.restart();
    node.stop();
    damage(largestFile());
    node.restart();
    String failure =
        "Operation failed - received 0 responses and 1 failures: UNKNOWN from /127.0.0.1:"
            + node.storagePort();
    for (int version : new int[] {4, 5}) {
      List<String> expected =
          List.of(
              "error 0x1300 " + failure,
              "consistency ONE, received 0, required 1, failures 1, data 0");
      assertThat(failedReads(version, expected)).isBetween(1, ROWS / 2);
    }
    List<String> expected =
        List.of(
            "error 0x1200 Operation timed out - received only 0 responses.",
            "consistency ONE, received 0, required 1, data present 0");
    assertThat(failedReads(3, expected)).isBetween(1, ROWS / 2);
    assertThat(node.output()).contains("is damaged at offset");
  }

  /** Reads all rows one by one; each is there or fails in this way. */
  private int failedReads(int version, List<String> expected) throws IOException {
    int failed = 0;
    try (CqlConnection connection = CqlConnection.open(node.address(), version)) {
      for (int k = 0; k < ROWS; k++) {
        List<String> answer = connection.ask("SELECT v FROM ks.t WHERE k = " + k);
        if (answer.getFirst().startsWith("error")) {
          assertThat(answer).isEqualTo(expected);
          failed++;
        } else {
          assertThat(answer).contains("- '" + noise(k) + "'");
        }
      }
      assertThat(connection.ask("SELECT count(*) FROM ks.t").getFirst())
          .as("of the reads one by one %d failed", failed)
          .isEqualTo(expected.getFirst());
      assertThat(connection.ask("INSERT INTO ks.t (k, v) VALUES (-1, 'written')"))
          .containsExactly("void");
      assertThat(connection.ask("SELECT v FROM ks.t WHERE k = -1")).contains("- 'written'");
    }
    return failed;
  }

  private Path largestFile() throws IOException {
    try (Stream<Path> files = Files.walk(node.data().resolve("data"))) {
      return files
          .filter(Files::isRegularFile)
          .filter(file -> file.getParent().getFileName().toString().startsWith("ks-t-"))
          .max(Comparator.comparingLong(file -> file.toFile().length()))
          .orElseThrow();
    }
  }

  private static void damage(Path path) throws IOException {
    try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
      long middle = file.length() / 3;
      byte[] bytes = new byte[DAMAGED_BYTES];
      file.seek(middle);
      file.readFully(bytes);
      for (int i = 0; i < bytes.length; i++) {
        bytes[i] ^= 0x55;
      }
      file.seek(middle);
      file.write(bytes);
    }
  }

  @Test
  void aFullDiskRefusesWritesAndServesReads() throws IOException {
    // As full as the node may let it become: it is to leave more than there is.
    node.restart("--disk-free-reserve", "1000TiB");
    try (CqlConnection connection = CqlConnection.open(node.address())) {
      for (String cql :
          List.of(
              "INSERT INTO ks.t (k, v) VALUES (-1, 'x')",
              "BEGIN BATCH INSERT INTO ks.t (k) VALUES (-1); INSERT INTO ks.t (k) VALUES (-2);"
                  + " APPLY BATCH",
              "INSERT INTO ks.t (k, v) VALUES (-1, 'x') IF NOT EXISTS")) {
        List<String> answer = connection.ask(cql);
        // The reserve is looked at in the background, from the start on.
        for (int i = 0; i < 1000 && !answer.getFirst().startsWith("error"); i++) {
          answer = connection.ask(cql);
        }
        assertThat(answer)
            .as(cql)
            .containsExactly("error 0x0000 no space left to write " + node.data().resolve("data"));
      }
      assertThat(connection.ask("SELECT v FROM ks.t WHERE k = 7")).contains("- '" + noise(7) + "'");
    }
    node.stop();
    node.restart();
    try (CqlConnection connection = CqlConnection.open(node.address())) {
      assertThat(connection.ask("INSERT INTO ks.t (k, v) VALUES (-1, 'x')"))
          .containsExactly("void");
    }
  }

  @Test
  void aFailedWriteOfTheCommitLogEndsTheNodeAndLosesNothingAcknowledged()
      throws IOException, InterruptedException {
    node.restart();
    // To a process, a file that may not grow is a disk that fails.
    assertThat(
            new ProcessBuilder(
                    "prlimit", "--pid", Long.toString(node.pid()), "--fsize=" + FILE_LIMIT)
                .start()
                .waitFor())
        .isZero();
    int acknowledged = ROWS;
    try (CqlConnection connection = CqlConnection.open(node.address())) {
      while (true) {
        connection.run(
            "INSERT INTO ks.t (k, v) VALUES (" + acknowledged + ", '" + noise(acknowledged) + "')");
        acknowledged++;
        assertThat(acknowledged * 1000).isLessThan(2 * FILE_LIMIT);
      }
    } catch (IOException refused) {
      assertThat(node.awaitEnd()).isEqualTo(1);
    }
    assertThat(acknowledged).isGreaterThan(ROWS);
    assertThat(node.output()).contains("the node cannot go on");
    node.restart();
    try (CqlConnection connection = CqlConnection.open(node.address())) {
      for (int k = 0; k < acknowledged; k++) {
        assertThat(connection.ask("SELECT v FROM ks.t WHERE k = " + k))
            .contains("- '" + noise(k) + "'");
      }
    }
  }
}
