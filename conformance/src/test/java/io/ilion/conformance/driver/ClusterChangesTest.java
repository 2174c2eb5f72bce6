package io.ilion.conformance.driver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ilion.conformance.server.ServerProcess;
import io.ilion.driver.Page;
import io.ilion.driver.PreparedStatement;
import io.ilion.driver.ServerException;
import io.ilion.driver.Session;
import io.ilion.driver.Settings;
import io.ilion.driver.SimpleStatement;
import io.ilion.driver.metadata.Metadata;
import io.ilion.driver.metadata.MetadataListener;
import io.ilion.driver.metadata.Node;
import io.ilion.driver.metadata.TableMetadata;
import io.ilion.model.Consistency;
import io.ilion.model.ErrorCode;
import io.ilion.model.WriteType;
import io.ilion.protocol.ErrorDetails;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The driver with nodes that join, end in order, come back otherwise, and are killed. */
@Timeout(value = 180, unit = TimeUnit.SECONDS)
class ClusterChangesTest {
  private static final long PATIENCE_NANOS = 60_000_000_000L;

  private final Queue<String> told = new ConcurrentLinkedQueue<>();
  private List<ServerProcess> nodes = List.of();

  @AfterEach
  void end() {
    nodes.forEach(ServerProcess::close);
  }

  private Session connect(int index) {
    return Session.builder()
        .contactPoint(nodes.get(index).address())
        .defaults(Settings.NONE.timeout(Duration.ofSeconds(20)))
        .listener(
            new MetadataListener() {
              @Override
              public void nodeAdded(Node node) {
                told.add("added " + indexOf(node));
              }

              @Override
              public void nodeUp(Node node) {
                told.add("up " + indexOf(node));
              }

              @Override
              public void nodeDown(Node node) {
                told.add("down " + indexOf(node));
              }

              @Override
              public void tableCreated(TableMetadata table) {
                told.add("table " + table.name());
              }
            })
        .connect();
  }

  private int indexOf(Node node) {
    for (int i = 0; i < nodes.size(); i++) {
      if (nodes.get(i).address().equals(node.address())) {
        return i;
      }
    }
    throw new IllegalArgumentException("nobody knows " + node);
  }

  private void await(String what, BooleanSupplier condition) {
    long deadline = System.nanoTime() + PATIENCE_NANOS;
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime()).as("%s; told %s", what, told).isLessThan(deadline);
      Thread.onSpinWait();
    }
  }

  private void awaitTold(String event) {
    await(event, () -> told.contains(event));
  }

  @Test
  void everyChangeIsFollowedAndNothingFails() throws Exception {
    nodes = ServerProcess.cluster(3, "--memory", "256MiB");
    nodes.get(0).restart("--lanes", "1");
    nodes.get(1).restart("--lanes", "1");
    try (Session session = connect(0)) {
      assertThat(session.metadata().nodes()).hasSize(2);
      awaitTold("up 0");
      awaitTold("up 1");
      told.clear();
      nodes.get(2).restart("--lanes", "1");
      awaitTold("added 2");
      awaitTold("up 2");
      assertThat(session.metadata().nodes()).allMatch(node -> node.tokens().size() == 16);
      requestsGoToTheOwner(session);
      schemaOfOthersIsSeen();
      anOrderlyEndIsNotSeen(session);
      aKilledNodeIsLeftAndFoundAgain(session);
      whatAReplicaCannotDoIsTold(session);
    }
  }

  private static void requestsGoToTheOwner(Session session) {
    session.execute(
        "CREATE KEYSPACE one WITH replication ="
            + " {'class': 'SimpleStrategy', 'replication_factor': 1}");
    session.execute("CREATE TABLE one.t (k int PRIMARY KEY, v int)");
    PreparedStatement insert = session.prepare("INSERT INTO one.t (k, v) VALUES (?, ?)");
    for (int k = 0; k < 50; k++) {
      byte[] key = ByteBuffer.allocate(4).putInt(k).array();
      Node owner = session.metadata().replicas("one", Metadata.token(key)).in(null).get(0);
      Page page = session.execute(insert.bind(k, k)).page();
      assertThat(page.node()).as("key %d", k).isEqualTo(owner);
    }
  }

  private void schemaOfOthersIsSeen() {
    try (Session other = connect(2)) {
      other.execute(
          "CREATE KEYSPACE two WITH replication ="
              + " {'class': 'SimpleStrategy', 'replication_factor': 2}");
      told.clear();
      other.execute("CREATE TABLE two.t (k int PRIMARY KEY, v int)");
      // Both sessions are told.
      await("both see the table", () -> told.stream().filter("table t"::equals).count() == 2);
    }
  }

  /** Also of what the driver may not try again. It comes back with more lanes, on other ports. */
  private void anOrderlyEndIsNotSeen(Session session) throws Exception {
    told.clear();
    Thread restart =
        Thread.ofPlatform()
            .start(
                () -> {
                  nodes.get(1).stop();
                  try {
                    nodes.get(1).restart("--lanes", "2");
                  } catch (IOException e) {
                    told.add("failed " + e);
                  }
                });
    int k = 0;
    while (restart.isAlive() || !told.contains("up 1")) {
      session.execute(
          SimpleStatement.of("INSERT INTO two.t (k, v) VALUES (" + k + ", 1)")
              .with(Settings.NONE.consistency(Consistency.ONE).idempotent(false)));
      k++;
      assertThat(told).noneMatch(event -> event.startsWith("failed"));
    }
    restart.join();
    assertThat(told).contains("down 1").doesNotContain("down 0", "down 2");
    await("the new lanes", () -> lanesOf(session, 1) == 2);
  }

  private int lanesOf(Session session, int index) {
    return session.metadata().nodes().stream()
        .filter(node -> indexOf(node) == index)
        .findFirst()
        .orElseThrow()
        .shardCount();
  }

  private void aKilledNodeIsLeftAndFoundAgain(Session session) throws Exception {
    // The node by which the driver learned of the cluster.
    told.clear();
    nodes.get(0).kill();
    awaitTold("down 0");
    for (int k = 0; k < 50; k++) {
      session.execute(
          SimpleStatement.of("INSERT INTO two.t (k, v) VALUES (" + k + ", 2)")
              .with(Settings.NONE.consistency(Consistency.ONE).idempotent(true)));
    }
    nodes.get(0).restart("--lanes", "1");
    awaitTold("up 0");
    try (Session other = connect(0)) {
      told.clear();
      other.execute("CREATE TABLE two.late (k int PRIMARY KEY)");
      await("both see the table", () -> told.stream().filter("table late"::equals).count() == 2);
    }
  }

  /** Of a replica whose disk has less room than it has to keep. */
  private void whatAReplicaCannotDoIsTold(Session session) throws Exception {
    session.execute(
        "CREATE KEYSPACE three WITH replication ="
            + " {'class': 'SimpleStrategy', 'replication_factor': 3}");
    session.execute("CREATE TABLE three.t (k int PRIMARY KEY, v int)");
    told.clear();
    nodes.get(2).kill();
    nodes.get(2).restart("--lanes", "1", "--disk-free-reserve", "1000TiB");
    awaitTold("up 2");
    for (int k = 0; k < 20; k++) {
      SimpleStatement insert =
          SimpleStatement.of("INSERT INTO three.t (k, v) VALUES (" + k + ", 1)");
      Settings all = Settings.NONE.consistency(Consistency.ALL).idempotent(false);
      assertThatThrownBy(() -> session.execute(insert.with(all)))
          .isInstanceOfSatisfying(ServerException.class, this::expectThatTheLastFailed);
      session.execute(insert.with(all.consistency(Consistency.QUORUM)));
    }
  }

  private void expectThatTheLastFailed(ServerException e) {
    assertThat(e.code()).isEqualTo(ErrorCode.WRITE_FAILURE);
    ErrorDetails.WriteFailure details = (ErrorDetails.WriteFailure) e.details();
    assertThat(details.consistency()).isEqualTo(Consistency.ALL);
    assertThat(details.blockFor()).isEqualTo(3);
    assertThat(details.received()).isBetween(0, 2);
    assertThat(details.writeType()).isEqualTo(WriteType.SIMPLE);
    assertThat(details.failures().reasons()).containsOnlyKeys(nodes.get(2).address().getAddress());
  }
}
