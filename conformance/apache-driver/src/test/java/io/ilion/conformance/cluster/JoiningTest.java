package io.ilion.conformance.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import com.datastax.oss.driver.api.core.AllNodesFailedException;
import com.datastax.oss.driver.api.core.ConsistencyLevel;
import com.datastax.oss.driver.api.core.CqlSession;
import com.datastax.oss.driver.api.core.cql.PreparedStatement;
import com.datastax.oss.driver.api.core.cql.Row;
import com.datastax.oss.driver.api.core.cql.SimpleStatement;
import com.datastax.oss.driver.api.core.metadata.Node;
import io.ilion.conformance.client.DriverSession;
import io.ilion.conformance.server.ServerProcess;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** A node joins two others while a client writes: nothing is missing from it. */
class JoiningTest {
  private static final int BEFORE = 500;

  @Test
  void whatWasThereAndWhatIsWrittenMeanwhileIsWithTheNewcomer() throws Exception {
    List<ServerProcess> nodes = ServerProcess.cluster(3, "--lanes", "2", "--memory", "256MiB");
    try {
      nodes.get(0).restart();
      nodes.get(1).restart();
      try (CqlSession session = DriverSession.openAt(nodes.get(0).address())) {
        join(nodes, session);
      }
    } finally {
      nodes.forEach(ServerProcess::close);
    }
  }

  private static void join(List<ServerProcess> nodes, CqlSession session) throws IOException {
    session.execute(
        "CREATE KEYSPACE joining WITH replication ="
            + " {'class': 'SimpleStrategy', 'replication_factor': 2}");
    session.execute("CREATE TABLE joining.t (k int PRIMARY KEY, v text)");
    PreparedStatement insert =
        session.prepare(
            SimpleStatement.newInstance("INSERT INTO joining.t (k, v) VALUES (?, ?)")
                .setConsistencyLevel(ConsistencyLevel.QUORUM)
                .setIdempotent(true));
    for (int i = 0; i < BEFORE; i++) {
      session.execute(insert.bind(i, "v" + i));
    }
    AtomicBoolean joined = new AtomicBoolean();
    AtomicInteger written = new AtomicInteger(BEFORE);
    CompletableFuture<Void> writing = new CompletableFuture<>();
    Thread writer =
        new Thread(
            () -> {
              try {
                while (!joined.get()) {
                  int i = written.get();
                  session.execute(insert.bind(i, "v" + i));
                  written.incrementAndGet();
                }
                writing.complete(null);
              } catch (RuntimeException e) {
                writing.completeExceptionally(e);
              }
            },
            "writer");
    writer.start();
    nodes.get(2).restart();
    joined.set(true);
    writing.join();
    Node newcomer = awaitNode(session, nodes.get(2));
    int moved = 0;
    for (int i = 0; i < written.get(); i++) {
      Row row =
          session
              .execute(
                  SimpleStatement.newInstance("SELECT v FROM joining.t WHERE k = " + i)
                      .setNode(newcomer)
                      .setConsistencyLevel(ConsistencyLevel.ONE))
              .one();
      assertThat(row).as("row %d of %d at the newcomer", i, written.get()).isNotNull();
      assertThat(row.getString(0)).isEqualTo("v" + i);
      moved++;
    }
    assertThat(moved).isGreaterThanOrEqualTo(BEFORE);
    var tokens = session.getMetadata().getTokenMap().orElseThrow();
    assertThat(tokens.getTokens(newcomer)).hasSize(16);
    long count =
        session
            .execute(
                SimpleStatement.newInstance("SELECT count(*) FROM joining.t")
                    .setConsistencyLevel(ConsistencyLevel.ALL))
            .one()
            .getLong(0);
    assertThat(count).isEqualTo(written.get());
  }

  /** The driver hears of a node by itself. */
  private static Node awaitNode(CqlSession session, ServerProcess of) {
    long deadline = System.nanoTime() + 60_000_000_000L;
    while (true) {
      for (Node node : session.getMetadata().getNodes().values()) {
        boolean isIt = node.getEndPoint().resolve().equals(of.address());
        if (isIt && answers(session, node)) {
          return node;
        }
      }
      assertThat(System.nanoTime()).as("the driver knows the newcomer").isLessThan(deadline);
      Thread.onSpinWait();
    }
  }

  /** Whether the driver has opened its connections to a node. */
  private static boolean answers(CqlSession session, Node node) {
    try {
      session.execute(SimpleStatement.newInstance("SELECT key FROM system.local").setNode(node));
      return true;
    } catch (AllNodesFailedException e) {
      return false;
    }
  }
}
