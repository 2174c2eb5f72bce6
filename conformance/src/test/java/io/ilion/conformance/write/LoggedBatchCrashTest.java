package io.ilion.conformance.write;

import static org.assertj.core.api.Assertions.assertThat;

import io.ilion.conformance.cql.CqlConnection;
import io.ilion.conformance.server.ServerProcess;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/** Logged batches over several partitions while the node is killed, again and again. */
class LoggedBatchCrashTest {
  private static final int ROUNDS = 4;
  private static final int WRITERS = 6;
  private static final int BATCHES_BEFORE_THE_KILL = 3;
  private static final int PARTITIONS = 5;

  /** The highest number that a writer has tried, and the highest that was acknowledged. */
  private record Written(int tried, int acknowledged) {}

  @Test
  void batchesAreWholeAfterEachKill() throws Exception {
    long seed = Long.getLong("ilion.seed", 20261121);
    SplittableRandom random = new SplittableRandom(seed);
    // With a window, batches spend their time between the steps, where the kill is to find them.
    try (ServerProcess node = ServerProcess.start("--commitlog-sync-group-window", "15ms");
        ExecutorService writers = Executors.newFixedThreadPool(WRITERS)) {
      try (CqlConnection connection = CqlConnection.open(node.address())) {
        connection.run(
            "CREATE KEYSPACE ks WITH replication ="
                + " {'class': 'SimpleStrategy', 'replication_factor': 1}");
        connection.run(
            "CREATE TABLE ks.a (writer int, part int, n int, v int,"
                + " PRIMARY KEY ((writer, part, n)))");
        connection.run(
            "CREATE TABLE ks.b (writer int, part int, n int, v int,"
                + " PRIMARY KEY ((writer, part), n))");
      }
      int completed = 0;
      int first = 0;
      for (int round = 0; round < ROUNDS; round++) {
        CountDownLatch running = new CountDownLatch(WRITERS * BATCHES_BEFORE_THE_KILL);
        InetSocketAddress address = node.address();
        List<Future<Written>> results = new ArrayList<>();
        for (int i = 0; i < WRITERS; i++) {
          int writer = i;
          int from = first;
          results.add(writers.submit(() -> write(address, writer, from, running)));
        }
        running.await();
        // The kill comes at any moment of the batches that are under way.
        java.util.concurrent.locks.LockSupport.parkNanos(random.nextInt(30_000_000));
        node.kill();
        List<Written> written = new ArrayList<>();
        for (Future<Written> result : results) {
          written.add(result.get());
        }
        node.restart();
        completed += node.output().contains("left behind are complete") ? 1 : 0;
        try (CqlConnection connection = CqlConnection.open(node.address())) {
          for (int writer = 0; writer < WRITERS; writer++) {
            check(connection, writer, written.get(writer), "seed " + seed + ", round " + round);
          }
          assertThat(connection.run("SELECT id FROM system.batches")).contains("(0 rows)");
        }
        first = written.stream().mapToInt(Written::tried).max().orElseThrow() + 1;
      }
      assertThat(completed).as("restarts that had a batch to complete, seed %d", seed).isPositive();
    }
  }

  private static Written write(
      InetSocketAddress address, int writer, int from, CountDownLatch running) {
    int n = from;
    int acknowledged = from - 1;
    try (CqlConnection connection = CqlConnection.open(address)) {
      for (; ; n++) {
        StringBuilder batch = new StringBuilder("BEGIN BATCH ");
        for (int part = 0; part < PARTITIONS; part++) {
          String table = part % 2 == 0 ? "a" : "b";
          batch.append(
              String.format(
                  "INSERT INTO ks.%s (writer, part, n, v) VALUES (%d, %d, %d, %d); ",
                  table, writer, part, n, n));
        }
        connection.run(batch + "APPLY BATCH");
        acknowledged = n;
        running.countDown();
      }
    } catch (IOException e) {
      // The node was killed.
      return new Written(n, acknowledged);
    }
  }

  private static void check(CqlConnection connection, int writer, Written written, String where)
      throws IOException {
    Map<Integer, Integer> parts = new TreeMap<>();
    for (int part = 0; part < PARTITIONS; part++) {
      if (part % 2 == 1) {
        count(
            parts,
            connection.run("SELECT n FROM ks.b WHERE writer = " + writer + " AND part = " + part));
      } else {
        for (int n = 0; n <= written.tried(); n++) {
          count(
              parts,
              connection.run(
                  String.format(
                      "SELECT n FROM ks.a WHERE writer = %d AND part = %d AND n = %d",
                      writer, part, n)));
        }
      }
    }
    assertThat(parts.values()).as("writer %d, %s", writer, where).allMatch(n -> n == PARTITIONS);
    assertThat(parts).as("acknowledged, %s", where).containsKey(written.acknowledged());
  }

  private static void count(Map<Integer, Integer> parts, List<String> rows) {
    for (String row : rows) {
      if (row.startsWith("- ")) {
        parts.merge(Integer.parseInt(row.substring(2)), 1, Integer::sum);
      }
    }
  }
}
