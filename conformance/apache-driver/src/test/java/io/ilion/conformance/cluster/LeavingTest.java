package io.ilion.conformance.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.datastax.oss.driver.api.core.ConsistencyLevel;
import com.datastax.oss.driver.api.core.CqlSession;
import com.datastax.oss.driver.api.core.cql.PreparedStatement;
import com.datastax.oss.driver.api.core.cql.SimpleStatement;
import com.datastax.oss.driver.api.core.metadata.Node;
import io.ilion.conformance.client.DriverSession;
import io.ilion.conformance.server.ServerProcess;
import java.io.IOException;
import java.net.SocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** A node leaves, and a dead one is replaced, while a client writes: nothing is missing. */
class LeavingTest {
  private static final int BEFORE = 300;

  /** A client that writes one row after another at QUORUM. */
  private static final class Writer {
    private final CqlSession session;
    private final PreparedStatement insert;
    private final AtomicBoolean over = new AtomicBoolean();
    private final AtomicInteger written = new AtomicInteger();
    private final CompletableFuture<Void> ended = new CompletableFuture<>();

    Writer(CqlSession session) {
      this.session = session;
      insert =
          session.prepare(
              SimpleStatement.newInstance("INSERT INTO leaving.t (k, v) VALUES (?, ?)")
                  .setConsistencyLevel(ConsistencyLevel.QUORUM)
                  .setIdempotent(true));
      while (written.get() < BEFORE) {
        write();
      }
    }

    private void write() {
      int i = written.get();
      session.execute(insert.bind(i, "v" + i));
      written.incrementAndGet();
    }

    void start() {
      Thread thread =
          new Thread(
              () -> {
                try {
                  while (!over.get()) {
                    write();
                  }
                  ended.complete(null);
                } catch (RuntimeException e) {
                  ended.completeExceptionally(e);
                }
              },
              "writer");
      thread.start();
    }

    int end() {
      over.set(true);
      ended.join();
      return written.get();
    }
  }

  @Test
  void nothingIsMissingWhenNodesLeaveAndAreReplaced() throws Exception {
    List<ServerProcess> nodes = ServerProcess.cluster(4, "--lanes", "2", "--memory", "256MiB");
    try {
      for (int i = 0; i < 3; i++) {
        nodes.get(i).restart();
      }
      try (CqlSession session = DriverSession.openAt(nodes.get(0).address())) {
        session.execute(
            "CREATE KEYSPACE leaving WITH replication ="
                + " {'class': 'SimpleStrategy', 'replication_factor': 2}");
        session.execute("CREATE TABLE leaving.t (k int PRIMARY KEY, v text)");
        Writer writer = new Writer(session);
        writer.start();
        ServerProcess leaver = nodes.get(2);
        post(leaver, "decommission");
        awaitMode(leaver, "DECOMMISSIONED");
        expect(session, writer.end());
        awaitNodes(session, nodes.get(0), nodes.get(1));

        assertThat(leaver.isAlive()).isTrue();
        leaver.stop();
        assertThatThrownBy(leaver::restart)
            .isInstanceOf(IOException.class)
            .hasMessageContaining("will not rejoin the ring");

        ServerProcess dead = nodes.get(1);
        dead.kill();
        nodes.get(3).restart("--replace", dead.address().getHostString());
        expect(session, writer.written.get());
        awaitNodes(session, nodes.get(0), nodes.get(3));
      }
    } finally {
      nodes.forEach(ServerProcess::close);
    }
  }

  /** The driver hears by itself who is there, and who is not any more. */
  private static void awaitNodes(CqlSession session, ServerProcess... expected) {
    Set<SocketAddress> addresses = new HashSet<>();
    for (ServerProcess node : expected) {
      addresses.add(node.address());
    }
    Set<SocketAddress> known = new HashSet<>();
    long deadline = System.nanoTime() + 60_000_000_000L;
    while (!known.equals(addresses)) {
      assertThat(System.nanoTime()).as("the driver knows %s", known).isLessThan(deadline);
      known.clear();
      for (Node node : session.getMetadata().getNodes().values()) {
        known.add(node.getEndPoint().resolve());
      }
      Thread.onSpinWait();
    }
  }

  private static void expect(CqlSession session, int rows) {
    for (int i = 0; i < rows; i++) {
      assertThat(
              session
                  .execute(
                      SimpleStatement.newInstance("SELECT v FROM leaving.t WHERE k = " + i)
                          .setConsistencyLevel(ConsistencyLevel.ALL)
                          .setIdempotent(true))
                  .one())
          .as("row %d of %d", i, rows)
          .isNotNull();
    }
  }

  private static String post(ServerProcess node, String operation)
      throws IOException, InterruptedException {
    return send(node, HttpRequest.newBuilder(uri(node, operation)), true);
  }

  private static URI uri(ServerProcess node, String operation) {
    return URI.create(
        "http://"
            + node.httpAddress().getHostString()
            + ":"
            + node.httpAddress().getPort()
            + "/operations/"
            + operation);
  }

  private static String send(ServerProcess node, HttpRequest.Builder request, boolean post)
      throws IOException, InterruptedException {
    try (HttpClient client = HttpClient.newHttpClient()) {
      HttpResponse<String> answer =
          client.send(
              (post
                      ? request
                          .header("Content-Type", "application/json")
                          .POST(HttpRequest.BodyPublishers.ofString("{}"))
                      : request.GET())
                  .build(),
              HttpResponse.BodyHandlers.ofString());
      assertThat(answer.statusCode()).as(answer.body() + node.output()).isLessThan(300);
      return answer.body();
    }
  }

  private static void awaitMode(ServerProcess node, String mode)
      throws IOException, InterruptedException {
    long deadline = System.nanoTime() + 60_000_000_000L;
    while (!send(node, HttpRequest.newBuilder(uri(node, "netstats")), false).contains(mode)) {
      assertThat(System.nanoTime()).as(node.output()).isLessThan(deadline);
      Thread.onSpinWait();
    }
  }
}
