package io.ilion.conformance.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.datastax.oss.driver.api.core.ConsistencyLevel;
import com.datastax.oss.driver.api.core.CqlSession;
import com.datastax.oss.driver.api.core.cql.PreparedStatement;
import com.datastax.oss.driver.api.core.cql.Row;
import com.datastax.oss.driver.api.core.cql.SimpleStatement;
import com.datastax.oss.driver.api.core.metadata.Node;
import com.datastax.oss.driver.api.core.metadata.NodeState;
import com.datastax.oss.driver.api.core.servererrors.UnavailableException;
import io.ilion.conformance.client.DriverSession;
import io.ilion.conformance.server.ServerProcess;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** Three nodes as processes on 127.0.0.1 to 127.0.0.3; one is killed and comes back. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ThreeNodesTest {
  private static final long PATIENCE_NANOS = 60_000_000_000L;

  private List<ServerProcess> nodes;
  private CqlSession session;

  @BeforeAll
  void open() throws IOException {
    nodes = ServerProcess.cluster(3, "--lanes", "2", "--memory", "256MiB");
    for (ServerProcess node : nodes) {
      node.restart();
    }
    session = DriverSession.openAt(nodes.get(0).address());
    session.execute(
        "CREATE KEYSPACE three WITH replication ="
            + " {'class': 'NetworkTopologyStrategy', 'dc1': 3}");
  }

  @AfterAll
  void close() {
    if (session != null) {
      session.close();
    }
    nodes.forEach(ServerProcess::close);
  }

  private static void await(String what, BooleanSupplier condition) {
    long deadline = System.nanoTime() + PATIENCE_NANOS;
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime()).as(what).isLessThan(deadline);
      Thread.onSpinWait();
    }
  }

  private Node node(int index) {
    return session.getMetadata().getNodes().values().stream()
        .filter(node -> node.getEndPoint().resolve().equals(nodes.get(index).address()))
        .findFirst()
        .orElseThrow();
  }

  private SimpleStatement on(int index, String cql, ConsistencyLevel level) {
    return SimpleStatement.newInstance(cql)
        .setNode(node(index))
        .setConsistencyLevel(level)
        .setIdempotent(true);
  }

  /** At any node, since the driver tries a second one before it says that too few are alive. */
  private static SimpleStatement all(String cql) {
    return SimpleStatement.newInstance(cql).setConsistencyLevel(ConsistencyLevel.ALL);
  }

  @Test
  void theDriverKnowsAllNodesAndTheirTokens() {
    assertThat(session.getMetadata().getNodes()).hasSize(3);
    var tokens = session.getMetadata().getTokenMap().orElseThrow();
    for (int i = 0; i < 3; i++) {
      assertThat(node(i).getState()).isEqualTo(NodeState.UP);
      assertThat(tokens.getTokens(node(i))).hasSize(16);
    }
    assertThat(tokens.getTokenRanges()).hasSize(48);
    assertThat(session.checkSchemaAgreement()).isTrue();
  }

  @Test
  void tablesOfTwoNodesAreMadeAtOnce() {
    CompletionStage<?> one =
        session.executeAsync(
            on(1, "CREATE TABLE three.one (k int PRIMARY KEY)", ConsistencyLevel.ONE));
    CompletionStage<?> two =
        session.executeAsync(
            on(2, "CREATE TABLE three.two (k int PRIMARY KEY)", ConsistencyLevel.ONE));
    one.toCompletableFuture().join();
    two.toCompletableFuture().join();
    for (int i = 0; i < 3; i++) {
      List<String> names =
          session
              .execute(
                  on(
                      i,
                      "SELECT table_name FROM system_schema.tables WHERE keyspace_name = 'three'",
                      ConsistencyLevel.ONE))
              .map(row -> row.getString(0))
              .all();
      assertThat(names).as("node %d", i).contains("one", "two");
    }
  }

  @Test
  void aQuorumGoesOnWithoutOneNodeWhichGetsAllWhenItIsBack() throws IOException {
    session.execute("CREATE TABLE three.t (k int PRIMARY KEY, v text)");
    session.execute("CREATE TABLE three.n (k int PRIMARY KEY, n counter)");
    PreparedStatement insert =
        session.prepare(
            SimpleStatement.newInstance("INSERT INTO three.t (k, v) VALUES (?, ?)")
                .setConsistencyLevel(ConsistencyLevel.QUORUM)
                .setIdempotent(true));
    PreparedStatement select =
        session.prepare(
            SimpleStatement.newInstance("SELECT v FROM three.t WHERE k = ?")
                .setConsistencyLevel(ConsistencyLevel.QUORUM)
                .setIdempotent(true));
    for (int i = 0; i < 200; i++) {
      session.execute(insert.bind(i, "before " + i));
    }
    nodes.get(2).kill();
    for (int i = 100; i < 300; i++) {
      session.execute(insert.bind(i, "without " + i));
    }
    for (int i = 0; i < 300; i++) {
      Row row = session.execute(select.bind(i)).one();
      assertThat(row).as("row %d", i).isNotNull();
      assertThat(row.getString(0)).isEqualTo((i < 100 ? "before " : "without ") + i);
    }
    await("the driver hears that the node is down", () -> node(2).getState() == NodeState.DOWN);
    assertThat(
            session
                .execute(
                    on(
                        0,
                        "INSERT INTO three.t (k, v) VALUES (1000, 'a') IF NOT EXISTS",
                        ConsistencyLevel.QUORUM))
                .wasApplied())
        .isTrue();
    assertThat(
            session
                .execute(
                    on(
                        1,
                        "INSERT INTO three.t (k, v) VALUES (1000, 'b') IF NOT EXISTS",
                        ConsistencyLevel.QUORUM))
                .wasApplied())
        .isFalse();
    for (int i = 0; i < 20; i++) {
      session.execute(
          on(i % 2, "UPDATE three.n SET n = n + 1 WHERE k = 1", ConsistencyLevel.QUORUM)
              .setIdempotent(false));
    }
    await(
        "the nodes know that one is down",
        () -> {
          try {
            session.execute(all("SELECT * FROM three.t WHERE k = 1"));
            return false;
          } catch (UnavailableException e) {
            return e.getRequired() == 3 && e.getAlive() == 2;
          } catch (RuntimeException e) {
            return false;
          }
        });
    assertThatThrownBy(() -> session.execute(all("INSERT INTO three.t (k, v) VALUES (1, 'x')")))
        .isInstanceOf(UnavailableException.class);

    nodes.get(2).restart();
    await("the driver hears that the node is up", () -> node(2).getState() == NodeState.UP);
    for (int i = 0; i < 300; i++) {
      int key = i;
      String wanted = (i < 100 ? "before " : "without ") + i;
      await(
          "row " + i + " arrives at the node that was down", () -> wanted.equals(ofNodeAlone(key)));
    }
    assertThat(
            session
                .execute(on(2, "SELECT n FROM three.n WHERE k = 1", ConsistencyLevel.QUORUM))
                .one()
                .getLong(0))
        .isEqualTo(20);
    assertThat(
            session
                .execute(on(2, "SELECT count(*) FROM three.t", ConsistencyLevel.ALL))
                .one()
                .getLong(0))
        .isEqualTo(301);
  }

  /** What the node that was down has itself: at level ONE a replica asks nobody. */
  private String ofNodeAlone(int key) {
    Row row =
        session
            .execute(on(2, "SELECT v FROM three.t WHERE k = " + key, ConsistencyLevel.ONE))
            .one();
    return row == null ? null : row.getString(0);
  }
}
