package io.ilion.conformance.write;

import static org.assertj.core.api.Assertions.assertThat;

import io.ilion.conformance.cql.CqlConnection;
import io.ilion.conformance.server.ServerProcess;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** Counters under concurrency, restarts and kills. */
class CountersTest {
  private static final int CLIENTS = 6;
  private static final int EACH = 200;

  /** How many additions were acknowledged, and how many were not answered. */
  private record Counted(int acknowledged, int unknown) {}

  @Test
  void everyAcknowledgedAdditionCountsOnce() throws Exception {
    try (ServerProcess node = ServerProcess.start("--lanes", "2");
        ExecutorService clients = Executors.newFixedThreadPool(CLIENTS)) {
      try (CqlConnection connection = CqlConnection.open(node.address())) {
        connection.run(
            "CREATE KEYSPACE ks WITH replication ="
                + " {'class': 'SimpleStrategy', 'replication_factor': 1}");
        connection.run("CREATE TABLE ks.n (k int, c int, n counter, PRIMARY KEY (k, c))");
      }
      Counted first = count(node, clients, EACH, false);
      assertThat(first).isEqualTo(new Counted(CLIENTS * EACH, 0));
      assertThat(value(node)).isEqualTo(CLIENTS * EACH);
      node.stop();
      node.restart();
      assertThat(value(node)).isEqualTo(CLIENTS * EACH);

      Counted second = count(node, clients, Integer.MAX_VALUE, true);
      node.restart();
      long after = value(node) - CLIENTS * EACH;
      assertThat(after)
          .isBetween((long) second.acknowledged(), (long) second.acknowledged() + second.unknown());
      assertThat(count(node, clients, EACH, false).unknown()).isZero();
      assertThat(value(node)).isEqualTo(after + 2L * CLIENTS * EACH);
    }
  }

  private static long value(ServerProcess node) throws IOException {
    try (CqlConnection connection = CqlConnection.open(node.address())) {
      String row = connection.run("SELECT n FROM ks.n WHERE k = 1 AND c = 1").get(1);
      return Long.parseLong(row.substring(2));
    }
  }

  private static Counted count(ServerProcess node, ExecutorService clients, int each, boolean kill)
      throws Exception {
    AtomicInteger made = new AtomicInteger();
    InetSocketAddress address = node.address();
    List<Future<Counted>> results = new ArrayList<>();
    for (int i = 0; i < CLIENTS; i++) {
      results.add(clients.submit(() -> client(address, each, made)));
    }
    if (kill) {
      while (made.get() < CLIENTS * EACH) {
        Thread.onSpinWait();
      }
      node.kill();
    }
    int acknowledged = 0;
    int unknown = 0;
    for (Future<Counted> result : results) {
      acknowledged += result.get().acknowledged();
      unknown += result.get().unknown();
    }
    return new Counted(acknowledged, unknown);
  }

  private static Counted client(InetSocketAddress address, int each, AtomicInteger made) {
    int acknowledged = 0;
    try (CqlConnection connection = CqlConnection.open(address)) {
      for (; acknowledged < each; acknowledged++) {
        connection.run("UPDATE ks.n SET n = n + 1 WHERE k = 1 AND c = 1");
        made.incrementAndGet();
      }
      return new Counted(acknowledged, 0);
    } catch (IOException e) {
      // The node was killed while the last one was under way.
      return new Counted(acknowledged, 1);
    }
  }
}
