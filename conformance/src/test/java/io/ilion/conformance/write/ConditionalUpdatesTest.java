package io.ilion.conformance.write;

import static org.assertj.core.api.Assertions.assertThat;

import io.ilion.conformance.cql.CqlConnection;
import io.ilion.conformance.server.ServerProcess;
import io.ilion.conformance.write.Linearizability.Kind;
import io.ilion.conformance.write.Linearizability.Operation;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** Clients that contend for one row with conditional updates and serial reads. */
class ConditionalUpdatesTest {
  private static final int CLIENTS = 6;
  private static final int VALUES = 4;

  @Test
  void concurrentHistoriesAreLinearizable() throws Exception {
    long seed = Long.getLong("ilion.seed", 20261121);
    SplittableRandom random = new SplittableRandom(seed);
    try (ServerProcess node = ServerProcess.start("--lanes", "2");
        ExecutorService clients = Executors.newFixedThreadPool(CLIENTS)) {
      prepare(node.address());
      for (int round = 0; round < 40; round++) {
        List<Operation> history = history(node, clients, random, round, 10, false);
        assertThat(Linearizability.holds(history))
            .as("round %d, seed %d: %s", round, seed, history)
            .isTrue();
      }
    }
  }

  @Test
  void historiesAcrossKillsAreLinearizable() throws Exception {
    long seed = Long.getLong("ilion.seed", 20261121);
    SplittableRandom random = new SplittableRandom(seed);
    try (ServerProcess node =
            ServerProcess.start("--lanes", "2", "--commitlog-sync-group-window", "5ms");
        ExecutorService clients = Executors.newFixedThreadPool(CLIENTS)) {
      prepare(node.address());
      for (int round = 0; round < 4; round++) {
        List<Operation> history = history(node, clients, random, round, 1000, true);
        node.restart();
        // What is there now has to be explained too, and goes on to be.
        history.addAll(history(node, clients, random, round, 3, false));
        assertThat(Linearizability.holds(history))
            .as("round %d, seed %d: %s", round, seed, history)
            .isTrue();
      }
    }
  }

  private static void prepare(InetSocketAddress address) throws IOException {
    try (CqlConnection connection = CqlConnection.open(address)) {
      connection.run(
          "CREATE KEYSPACE ks WITH replication ="
              + " {'class': 'SimpleStrategy', 'replication_factor': 1}");
      connection.run("CREATE TABLE ks.t (k int, c int, v int, PRIMARY KEY (k, c))");
    }
  }

  private static List<Operation> history(
      ServerProcess node,
      ExecutorService clients,
      SplittableRandom random,
      int key,
      int operations,
      boolean kill)
      throws Exception {
    CyclicBarrier start = new CyclicBarrier(CLIENTS);
    AtomicInteger made = new AtomicInteger();
    List<Future<List<Operation>>> results = new ArrayList<>();
    InetSocketAddress address = node.address();
    for (int i = 0; i < CLIENTS; i++) {
      SplittableRandom own = random.split();
      results.add(
          clients.submit(
              () -> {
                start.await();
                return client(address, own, key, operations, made);
              }));
    }
    if (kill) {
      // Not too many, or the search for an order takes long.
      while (made.get() < 60) {
        Thread.onSpinWait();
      }
      node.kill();
    }
    List<Operation> history = new ArrayList<>();
    for (Future<List<Operation>> result : results) {
      history.addAll(result.get());
    }
    return history;
  }

  private static List<Operation> client(
      InetSocketAddress address,
      SplittableRandom random,
      int key,
      int operations,
      AtomicInteger made)
      throws IOException {
    List<Operation> history = new ArrayList<>();
    try (CqlConnection connection = CqlConnection.open(address)) {
      for (int i = 0; i < operations; i++) {
        Kind kind = Kind.values()[random.nextInt(Kind.values().length)];
        Integer expected = random.nextInt(VALUES);
        Integer written = kind == Kind.DELETE ? null : (Integer) random.nextInt(VALUES);
        long begin = System.nanoTime();
        List<String> answer = null;
        try {
          answer = connection.ask(cql(kind, key, expected, written), level(kind));
        } catch (IOException e) {
          // The node was killed: nobody knows whether it happened.
          history.add(new Operation(kind, expected, written, begin, Long.MAX_VALUE, false, null));
          return history;
        }
        made.incrementAndGet();
        history.add(operation(kind, expected, written, begin, System.nanoTime(), answer));
      }
    }
    return history;
  }

  private static String level(Kind kind) {
    return kind == Kind.READ ? "SERIAL" : "ONE";
  }

  private static String cql(Kind kind, int key, Integer expected, Integer written) {
    String where = " WHERE k = " + key + " AND c = 1";
    return switch (kind) {
      case READ -> "SELECT v FROM ks.t" + where;
      case INSERT ->
          "INSERT INTO ks.t (k, c, v) VALUES (" + key + ", 1, " + written + ") IF NOT EXISTS";
      case UPDATE -> "UPDATE ks.t SET v = " + written + where + " IF v = " + expected;
      case DELETE -> "DELETE FROM ks.t" + where + " IF v = " + expected;
    };
  }

  private static Operation operation(
      Kind kind, Integer expected, Integer written, long begin, long end, List<String> answer) {
    String row = answer.get(1);
    boolean applied = row.equals("- true");
    Integer seen = null;
    if (!applied && row.startsWith("- ") && !row.equals("- false")) {
      String value = row.substring(row.lastIndexOf(' ') + 1);
      seen = Integer.valueOf(value);
    }
    return new Operation(kind, expected, written, begin, end, applied, seen);
  }
}
