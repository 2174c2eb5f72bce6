package io.ilion.driver;

import static io.ilion.driver.ScriptedServer.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.ilion.protocol.Digest;
import io.ilion.protocol.Event;
import io.ilion.protocol.QueryParameters;
import io.ilion.protocol.Request;
import io.ilion.protocol.Response;
import io.ilion.protocol.Result;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a session is told when it is made, as its servers see it. */
@Timeout(value = 30, unit = TimeUnit.SECONDS)
class SessionBuilderTest {
  private final ScriptedServer first = new ScriptedServer();
  private final ScriptedServer second = new ScriptedServer();

  @BeforeEach
  void introduce() {
    first.peers.add(second);
    second.peers.add(first);
    second.tokens = Set.of("1");
  }

  @AfterEach
  void close() {
    first.close();
    second.close();
  }

  private SessionBuilder builder() {
    return Session.builder()
        .contactPoint(first.address())
        .defaults(Settings.NONE.timeout(Duration.ofSeconds(10)));
  }

  /** Whichever was asked. */
  private <R extends Request> Stream<R> received(Class<R> kind) {
    return Stream.of(first, second).flatMap(each -> each.receivedOf(kind).stream()).map(kind::cast);
  }

  @Test
  void whoConnectsSaysSo() {
    builder().application("shop", "7.1").connect().close();
    assertThat(received(Request.Startup.class))
        .isNotEmpty()
        .allSatisfy(
            startup ->
                assertThat(startup.options())
                    .containsEntry("APPLICATION_NAME", "shop")
                    .containsEntry("APPLICATION_VERSION", "7.1")
                    .containsKeys("DRIVER_NAME", "DRIVER_VERSION"));
  }

  @Test
  void aNodeGetsAsManyConnectionsAsItIsTold() {
    try (Session session = builder().connectionsPerNode(3).threads(2).connect()) {
      await(
          () ->
              session.metadata().nodes().stream().mapToInt(node -> node.connections()).sum() == 6);
      // One more is there for the cluster.
      assertThat(first.clients).hasSize(4);
      assertThat(second.clients).hasSize(3);
    }
  }

  /** Such as behind a network address translation: what peers say of themselves is of no use. */
  @Test
  void addressesAreTranslated() {
    ScriptedServer outside = new ScriptedServer();
    InetSocketAddress inside = second.address();
    AtomicBoolean failed = new AtomicBoolean();
    try (Session session =
        builder()
            .addressTranslator(address -> address.equals(inside) ? outside.address() : address)
            .eventDelay(Duration.ofMillis(1))
            .reconnection(
                failures -> {
                  failed.set(true);
                  return Duration.ofHours(1);
                })
            .connect()) {
      await(() -> outside.clients.size() == 1);
      assertThat(session.metadata().node(second.hostId).orElseThrow().address())
          .isEqualTo(outside.address());
      assertThat(second.clients).isEmpty();
      // Events have those addresses too; without this one nobody tries for an hour.
      outside.close();
      await(failed::get);
      outside.open();
      await(
          () -> {
            first.tell(new Event.StatusChange(Event.StatusChange.Status.UP, inside));
            return session.metadata().node(second.hostId).orElseThrow().isUp();
          });
    } finally {
      outside.close();
    }
  }

  @Test
  void soManyPreparedStatementsAreRemembered() {
    first.script =
        (request, client) ->
            request instanceof Request.Prepare prepare
                ? FaultsTest.prepared(new Digest(prepare.query().getBytes(StandardCharsets.UTF_8)))
                : new Result.Void();
    second.script = first.script;
    try (Session session = builder().preparedCacheSize(2).connect()) {
      PreparedStatement a = session.prepare("a");
      session.prepare("b");
      assertThat(session.prepare("a")).isSameAs(a);
      session.prepare("c");
      assertThat(session.prepare("a")).isSameAs(a);
      assertThat(prepares()).containsExactlyInAnyOrder("a", "b", "c");
      session.prepare("b");
      assertThat(prepares()).containsExactlyInAnyOrder("a", "b", "b", "c");
    }
  }

  private List<String> prepares() {
    return received(Request.Prepare.class).map(Request.Prepare::query).toList();
  }

  @Test
  void timestampsOfOnesOwn() {
    try (Session session = builder().timestamps(() -> 77).connect()) {
      session.execute("INSERT INTO t (k) VALUES (1)");
      session.execute(SimpleStatement.of("INSERT INTO t (k) VALUES (2)").timestamp(78));
      session.execute("SELECT k FROM t");
    }
    assertThat(timestamps("INSERT INTO t (k) VALUES (1)")).containsExactly(77L);
    assertThat(timestamps("INSERT INTO t (k) VALUES (2)")).containsExactly(78L);
    assertThat(timestamps("SELECT k FROM t")).containsExactly(QueryParameters.NO_TIMESTAMP);
  }

  private List<Long> timestamps(String text) {
    return received(Request.Query.class)
        .filter(query -> query.query().equals(text))
        .map(query -> query.parameters().timestamp())
        .toList();
  }

  @Test
  void whetherNodesAgreeOnTheSchemaIsToldAfterSoLong() {
    first.schemaVersion = new UUID(0, 1);
    second.schemaVersion = new UUID(0, 2);
    Response created =
        new Result.SchemaChanged(
            new Event.SchemaChange(
                Event.SchemaChange.Change.CREATED, Event.SchemaChange.Target.TABLE, "ks", "t"));
    first.script = (request, client) -> created;
    second.script = first.script;
    try (Session session = builder().agreementTimeout(Duration.ofMillis(50)).connect()) {
      assertThat(session.execute("CREATE TABLE t (k int)").page().isSchemaInAgreement()).isFalse();
      second.schemaVersion = first.schemaVersion;
      assertThat(session.execute("CREATE TABLE t (k int)").page().isSchemaInAgreement()).isTrue();
    }
    try (Session patient = builder().connect()) {
      second.schemaVersion = new UUID(0, 3);
      var asked = patient.executeAsync("CREATE TABLE t (k int)").toCompletableFuture();
      await(() -> schemaVersionsAsked() >= 6);
      assertThat(asked).isNotDone();
      first.schemaVersion = second.schemaVersion;
      assertThat(asked).succeedsWithin(Duration.ofSeconds(10));
      assertThat(asked.join().isSchemaInAgreement()).isTrue();
    }
  }

  private long schemaVersionsAsked() {
    return received(Request.Query.class)
        .filter(query -> query.query().contains("schema_version FROM"))
        .count();
  }

  @Test
  void whatIsKnownOfTheClusterIsReadAgainWhenThatIsAskedFor() {
    try (Session session = builder().connect()) {
      assertThat(session.metadata().datacenters()).containsExactly("dc1");
      second.datacenter = "dc2";
      session.refreshMetadata().toCompletableFuture().join();
      assertThat(session.metadata().datacenters()).containsExactly("dc1", "dc2");
    }
  }
}
