package io.ilion.driver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.ilion.driver.codec.Bytes;
import io.ilion.driver.codec.Codec;
import io.ilion.driver.codec.CodecRegistry;
import io.ilion.driver.metadata.Node;
import io.ilion.model.ErrorCode;
import io.ilion.model.type.NativeType;
import io.ilion.protocol.Digest;
import io.ilion.protocol.ErrorDetails;
import io.ilion.protocol.ProtocolVersion;
import io.ilion.protocol.Request;
import io.ilion.protocol.Response;
import io.ilion.protocol.Result;
import io.ilion.protocol.RowsMetadata;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiConsumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.slf4j.LoggerFactory;

/** One node that does something wrong. */
@Timeout(value = 30, unit = TimeUnit.SECONDS)
class FaultsTest {
  private static final String WRITE = "INSERT INTO t (k) VALUES (1)";
  private static final String READ = "SELECT k FROM t";

  private final ScriptedServer server = new ScriptedServer();
  private final List<Session> sessions = new ArrayList<>();

  @AfterEach
  void close() {
    sessions.forEach(Session::close);
    server.close();
  }

  private SessionBuilder builder() {
    return Session.builder()
        .contactPoint(server.address())
        .reconnection(failures -> Duration.ofMillis(10))
        .defaults(Settings.NONE.timeout(Duration.ofSeconds(5)));
  }

  private Session session() {
    return session(builder());
  }

  private Session session(SessionBuilder builder) {
    Session session = builder.connect();
    sessions.add(session);
    return session;
  }

  private static Response oneRow() {
    return ScriptedServer.rows(List.of("k"), List.of(NativeType.INT), List.of(1));
  }

  @Test
  void closedWhileAWriteIsOnItsWay() {
    AtomicInteger writes = new AtomicInteger();
    server.script =
        (request, client) -> {
          writes.incrementAndGet();
          client.close();
          return null;
        };
    Session session = session();
    assertThatThrownBy(() -> session.execute(WRITE))
        .isInstanceOfSatisfying(ConnectionException.class, e -> assertThat(e.wasSent()).isTrue());
    assertThat(writes).hasValue(1);
  }

  @Test
  void closedAndOpenAgain() {
    Session session = session();
    session.execute(WRITE);
    server.clients.forEach(ScriptedServer.Client::close);
    assertThat(eventually(() -> session.execute(WRITE))).isNotNull();
  }

  @Test
  void silentUntilTheTimeIsOver() {
    server.script = (request, client) -> null;
    Session session = session();
    long start = System.nanoTime();
    assertThatThrownBy(
            () -> session.execute(SimpleStatement.of(READ).timeout(Duration.ofMillis(100))))
        .isInstanceOfSatisfying(
            RequestTimeoutException.class,
            e -> assertThat(e.timeout()).isEqualTo(Duration.ofMillis(100)));
    assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(3));
  }

  @Test
  void whatIsSlowIsLoggedAndNothingElse() {
    ListAppender<ILoggingEvent> log = new ListAppender<>();
    log.start();
    Logger slow = (Logger) LoggerFactory.getLogger("io.ilion.driver.slow");
    slow.addAppender(log);
    try {
      String text = READ + " WHERE a = '" + "long ".repeat(1000) + "'";
      Session patient = session(builder().logSlow(Duration.ofHours(1)));
      Session session = session(builder().logSlow(Duration.ofMillis(100)));
      server.script = (request, client) -> null;
      for (Session each : List.of(patient, session)) {
        assertThatThrownBy(
                () -> each.execute(SimpleStatement.of(text).timeout(Duration.ofMillis(150))))
            .isInstanceOf(RequestTimeoutException.class);
      }
      server.script = (request, client) -> oneRow();
      patient.execute(READ);
      assertThat(log.list).hasSize(1);
      String said = log.list.get(0).getFormattedMessage();
      assertThat(said).matches("\\d+ ms \\(.*150.*\\): SELECT k FROM t WHERE a = 'long .*\\.{3}");
      assertThat(Integer.parseInt(said.substring(0, said.indexOf(' ')))).isBetween(150, 20_000);
      assertThat(said.length()).isLessThan(1200);
      session(builder().logSlow(Duration.ofNanos(1))).execute(READ);
      assertThat(log.list).hasSize(2);
      assertThat(log.list.get(1).getFormattedMessage()).matches("\\d+ ms: SELECT k FROM t");
      assertThat(log.list.get(1).getLevel()).isEqualTo(Level.WARN);
    } finally {
      slow.detachAppender(log);
    }
  }

  @Test
  void resultsCompleteOnTheExecutorAndWithoutItWhenThatRefuses() {
    server.script = (request, client) -> oneRow();
    ExecutorService executor = Executors.newSingleThreadExecutor(task -> new Thread(task, "mine"));
    Session session = session(builder().executor(executor));
    CompletableFuture<String> row = new CompletableFuture<>();
    CompletableFuture<String> failure = new CompletableFuture<>();
    session.execute(
        SimpleStatement.of(READ),
        (page, error) -> row.complete(page.one().getInt(0) + Thread.currentThread().getName()));
    assertThat(row).succeedsWithin(Duration.ofSeconds(10)).isEqualTo("1mine");
    server.script = (request, client) -> new Response.Error(ErrorCode.SYNTAX_ERROR, "what?");
    session.execute(
        SimpleStatement.of(READ),
        (page, error) -> failure.complete(error.getMessage() + Thread.currentThread().getName()));
    assertThat(failure).succeedsWithin(Duration.ofSeconds(10)).isEqualTo("what?mine");
    executor.shutdown();
    assertThatThrownBy(() -> session.execute(READ)).isInstanceOf(ServerException.class);
    server.script = (request, client) -> oneRow();
    assertThat(session.execute(READ).one().getInt(0)).isEqualTo(1);
  }

  @Test
  void metricsThatFailHoldNothingUp() {
    AtomicInteger thrown = new AtomicInteger();
    DriverMetrics broken =
        new DriverMetrics() {
          private void fail() {
            thrown.incrementAndGet();
            throw new IllegalStateException("cannot count");
          }

          @Override
          public void requestDone(Statement<?> statement, long nanos, Throwable error) {
            fail();
          }

          @Override
          public void nodeAnswered(Node node, long nanos, Throwable error) {
            fail();
          }

          @Override
          public void connectionOpened(Node node) {
            fail();
          }
        };
    server.script = (request, client) -> oneRow();
    Session session = session(builder().metrics(broken));
    assertThat(session.execute(READ).one().getInt(0)).isEqualTo(1);
    server.script = (request, client) -> new Response.Error(ErrorCode.SYNTAX_ERROR, "what?");
    assertThatThrownBy(() -> session.execute(READ)).hasMessage("what?");
    assertThat(thrown).hasValue(5);
  }

  @Test
  void aRetryPolicyThatFailsFailsItsOwnRequests() {
    Session session =
        session(
            builder()
                .retries(
                    (error, retries) -> {
                      throw new IllegalStateException("cannot decide");
                    }));
    List<CompletableFuture<Page>> asked = new ArrayList<>();
    AtomicInteger arrived = new AtomicInteger();
    server.script =
        (request, client) -> {
          if (arrived.incrementAndGet() == 3) {
            client.close();
          }
          return null;
        };
    for (int i = 0; i < 3; i++) {
      asked.add(session.executeAsync(READ).toCompletableFuture());
    }
    for (CompletableFuture<Page> each : asked) {
      assertThat(each)
          .failsWithin(Duration.ofSeconds(4))
          .withThrowableThat()
          .withMessageContaining("cannot decide");
    }
  }

  record Money(long cents) {}

  @Test
  void codecsOfOnesOwnAreTheSessions() {
    Digest id = new Digest(new byte[] {1, 2, 3});
    server.script =
        (request, client) -> request instanceof Request.Prepare ? prepared(id) : oneRow();
    Codec<Money> codec =
        Codec.of(
            money -> Bytes.ofInt((int) money.cents()),
            (bytes, at, length) -> new Money(Bytes.intAt(bytes, at)));
    Session session =
        session(
            builder()
                .codecs(CodecRegistry.builder().add(NativeType.INT, Money.class, codec).build()));
    PreparedStatement select = session.prepare("SELECT k FROM t WHERE k = ?");
    Row row = session.execute(select.bind(new Money(258))).one();
    assertThat(row.get("k", Money.class)).isEqualTo(new Money(1));
    Request.Execute sent = (Request.Execute) server.receivedOf(Request.Execute.class).get(0);
    assertThat(sent.parameters().values().get(0)).isEqualTo(new byte[] {0, 0, 1, 2});
    // Of texts nobody tells the types.
    session.execute(SimpleStatement.of(READ, 7));
  }

  @Test
  void aListenerIsToldOnceOfRowsAndOfFailures() throws InterruptedException {
    server.script = (request, client) -> oneRow();
    Session session = session();
    BlockingQueue<Object> told = new LinkedBlockingQueue<>();
    BiConsumer<Page, Throwable> listener =
        (page, error) -> {
          told.add(page != null ? page.row(0).getInt(0) : error);
          throw new IllegalStateException("a listener that fails, to be logged");
        };
    session.execute(SimpleStatement.of(READ), listener);
    assertThat(told.poll(10, TimeUnit.SECONDS)).isEqualTo(1);
    server.script = (request, client) -> null;
    session.execute(SimpleStatement.of(READ).timeout(Duration.ofMillis(50)), listener);
    assertThat(told.poll(10, TimeUnit.SECONDS)).isInstanceOf(RequestTimeoutException.class);
    server.script = (request, client) -> oneRow();
    assertThat(session.execute(READ).one().getInt(0)).isEqualTo(1);
    assertThat(session.execute(READ)).hasToString("1 row of [k int]");
    session.close();
    session.execute(SimpleStatement.of(READ), listener);
    assertThat((NoNodeAvailableException) told.poll(10, TimeUnit.SECONDS))
        .hasMessage("The session is closed");
    assertThatThrownBy(() -> session.execute(READ)).hasMessage("The session is closed");
    assertThat(told).isEmpty();
  }

  @Test
  void silentForSoLongThatTheConnectionIsReplaced() {
    Session session = session(builder().requestsPerConnection(4, 100));
    server.script = (request, client) -> null;
    int before = server.clients.size();
    List<CompletableFuture<Page>> lost = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      SimpleStatement write = SimpleStatement.of(WRITE).timeout(Duration.ofMillis(50));
      lost.add(session.executeAsync(write).toCompletableFuture());
    }
    lost.forEach(each -> assertThat(each).failsWithin(Duration.ofSeconds(5)));
    server.script = (request, client) -> new Result.Void();
    assertThat(eventually(() -> session.execute(WRITE))).isNotNull();
    assertThat(server.clients.size()).isGreaterThan(before);
  }

  @Test
  void silentWhileIdle() {
    server.script = (request, client) -> request instanceof Request.Options ? null : oneRow();
    Session session = session(builder().heartbeat(Duration.ofMillis(50), Duration.ofMillis(50)));
    int before = server.clients.size();
    assertThat(eventually(() -> server.clients.size() > before + 1 ? true : null)).isTrue();
    assertThat(eventually(() -> session.execute(READ))).isNotNull();
  }

  @Test
  void silentFromTheBeginning() {
    server.silentAtStart = true;
    assertThatThrownBy(() -> session(builder().connectTimeout(Duration.ofMillis(200))))
        .isInstanceOf(NoNodeAvailableException.class);
  }

  @Test
  void lateAnswersGoToNobodyElse() {
    Session session = session();
    AtomicInteger late = new AtomicInteger(-1);
    server.script =
        (request, client) -> {
          if (late.get() < 0) {
            late.set(client.stream);
            return null;
          }
          client.send(
              late.get(), ScriptedServer.rows(List.of("k"), List.of(NativeType.INT), List.of(666)));
          return oneRow();
        };
    assertThatThrownBy(
            () -> session.execute(SimpleStatement.of(READ).timeout(Duration.ofMillis(50))))
        .isInstanceOf(RequestTimeoutException.class);
    assertThat(session.execute(READ).one().getInt(0)).isEqualTo(1);
  }

  @Test
  void anAnswerToNothing() {
    Session session = session();
    server.script =
        (request, client) -> {
          client.send(12345, new Result.Void());
          return null;
        };
    assertThatThrownBy(() -> session.execute(WRITE))
        .isInstanceOf(ConnectionException.class)
        .hasMessageContaining("unused stream");
    server.script = (request, client) -> oneRow();
    assertThat(eventually(() -> session.execute(READ))).isNotNull();
  }

  @Test
  void bytesWithoutSense() {
    Session session = session();
    server.script =
        (request, client) -> {
          client.sendRaw(new byte[] {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12});
          return null;
        };
    assertThatThrownBy(() -> session.execute(WRITE)).isInstanceOf(ConnectionException.class);
  }

  @Test
  void anAnswerOfAnotherKind() {
    Session session = session();
    server.script = (request, client) -> new Response.Ready();
    assertThatThrownBy(() -> session.execute(WRITE))
        .isInstanceOf(ProtocolErrorException.class)
        .hasMessageContaining("READY");
  }

  @Test
  void rowsThatEndTooEarly() {
    Session session = session(builder().protocolVersion(ProtocolVersion.V4));
    server.script =
        (request, client) -> {
          // RESULT, rows without metadata, one column, a million rows, and none of them.
          byte[] body = {0, 0, 0, 2, 0, 0, 0, 4, 0, 0, 0, 1, 0, 15, 66, 64};
          byte[] frame = new byte[9 + body.length];
          frame[0] = (byte) 0x84;
          frame[2] = (byte) (client.stream >> 8);
          frame[3] = (byte) client.stream;
          frame[4] = 8;
          frame[8] = (byte) body.length;
          System.arraycopy(body, 0, frame, 9, body.length);
          client.sendRaw(frame);
          return null;
        };
    assertThatThrownBy(() -> session.execute(READ)).isInstanceOf(ProtocolErrorException.class);
    server.script = (request, client) -> oneRow();
    assertThat(session.execute(READ).one().getInt(0)).isEqualTo(1);
  }

  @Test
  void forgottenStatementsArePreparedAgain() {
    Digest id = new Digest(new byte[] {1, 2, 3});
    AtomicInteger prepared = new AtomicInteger();
    AtomicInteger forgotten = new AtomicInteger(1);
    server.script =
        (request, client) -> {
          if (request instanceof Request.Prepare) {
            prepared.incrementAndGet();
            return prepared(id);
          }
          return forgotten.getAndDecrement() > 0 ? unprepared(id) : oneRow();
        };
    Session session = session();
    PreparedStatement select = session.prepare("SELECT k FROM t WHERE k = ?");
    assertThat(session.execute(select.bind(1)).one().getInt("k")).isEqualTo(1);
    assertThat(prepared).hasValue(2);
    forgotten.set(1);
    session.execute(BatchStatement.logged(select.bind(1)));
    assertThat(prepared).hasValue(3);
  }

  @Test
  void statementsThatAreForgottenAgainAndAgain() {
    Digest id = new Digest(new byte[] {1, 2, 3});
    server.script =
        (request, client) -> request instanceof Request.Prepare ? prepared(id) : unprepared(id);
    Session session = session();
    PreparedStatement select = session.prepare("SELECT k FROM t WHERE k = ?");
    assertThatThrownBy(() -> session.execute(select.bind(1)))
        .isInstanceOfSatisfying(
            ServerException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.UNPREPARED));
  }

  static Result.Prepared prepared(Digest id) {
    return new Result.Prepared(
        id,
        new Digest(new byte[] {9}),
        ScriptedServer.columns(List.of("k"), List.of(NativeType.INT)),
        new int[] {0},
        ScriptedServer.columns(List.of("k"), List.of(NativeType.INT)));
  }

  static Response unprepared(Digest id) {
    return new Response.Error(
        ErrorCode.UNPREPARED, "Unknown statement", new ErrorDetails.Unprepared(id));
  }

  @Test
  void overloadedAndNotAskedTwice() {
    AtomicInteger asked = new AtomicInteger();
    server.script =
        (request, client) -> {
          asked.incrementAndGet();
          return new Response.Error(ErrorCode.OVERLOADED, "too much");
        };
    Session session = session();
    assertThatThrownBy(() -> session.execute(WRITE))
        .isInstanceOfSatisfying(
            ServerException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.OVERLOADED));
    assertThat(asked).hasValue(1);
    assertThatThrownBy(() -> session.execute(READ)).isInstanceOf(NoNodeAvailableException.class);
  }

  @Test
  void moreRequestsThanAConnectionTakes() {
    Session session = session(builder().requestsPerConnection(2, 3));
    server.script = (request, client) -> null;
    List<CompletableFuture<Page>> all = new ArrayList<>();
    for (int i = 0; i < 6; i++) {
      all.add(session.executeAsync(WRITE).toCompletableFuture());
    }
    assertThat(all.get(5))
        .failsWithin(Duration.ofSeconds(5))
        .withThrowableThat()
        .withCauseInstanceOf(NoNodeAvailableException.class);
    assertThat(all.get(4)).isNotDone();
  }

  @Test
  void olderVersionsAreNegotiated() {
    for (ProtocolVersion version : ProtocolVersion.values()) {
      server.newest = version;
      Session session = session();
      server.script = (request, client) -> oneRow();
      assertThat(session.execute(READ).one().getInt(0)).isEqualTo(1);
    }
    server.newest = ProtocolVersion.V4;
    assertThatThrownBy(() -> session(builder().protocolVersion(ProtocolVersion.V5)))
        .isInstanceOf(NoNodeAvailableException.class);
  }

  @Test
  void passwords() {
    server.password = "secret";
    assertThatThrownBy(this::session)
        .isInstanceOf(NoNodeAvailableException.class)
        .hasMessageContaining("who we are");
    assertThatThrownBy(() -> session(builder().authenticator(Authenticator.plain("user", "wrong"))))
        .isInstanceOf(NoNodeAvailableException.class)
        .hasMessageContaining("wrong");
    session(builder().authenticator(Authenticator.plain("user", "secret"))).execute(WRITE);
  }

  @Test
  void changedColumnsAreTold() {
    Digest id = new Digest(new byte[] {1, 2, 3});
    RowsMetadata changed =
        ScriptedServer.columns(List.of("k", "v"), List.of(NativeType.INT, NativeType.INT));
    server.script =
        (request, client) ->
            request instanceof Request.Prepare
                ? prepared(id)
                : new Result.Rows(
                    changed,
                    2,
                    new Digest(new byte[] {7}),
                    null,
                    List.<byte[][]>of(new byte[][] {{0, 0, 0, 1}, {0, 0, 0, 2}}));
    Session session = session();
    PreparedStatement select = session.prepare("SELECT * FROM t WHERE k = ?");
    assertThat(session.execute(select.bind(1)).one().getInt("v")).isEqualTo(2);
    assertThat(select.columns().names()).containsExactly("k", "v");
    session.execute(select.bind(1));
    Request.Execute last = (Request.Execute) server.receivedOf(Request.Execute.class).get(1);
    assertThat(last.resultMetadataId()).isEqualTo(new Digest(new byte[] {7}));
  }

  @Test
  void whoWaitsOnAThreadOfTheDriverIsTold() {
    CountDownLatch chained = new CountDownLatch(1);
    server.script =
        (request, client) -> {
          try {
            chained.await();
          } catch (InterruptedException e) {
            throw new IllegalStateException(e);
          }
          return new Result.Void();
        };
    Session session = session();
    CompletableFuture<Result> inner = new CompletableFuture<>();
    session
        .executeAsync(WRITE)
        .thenRun(
            () -> {
              try {
                session.execute(WRITE);
              } catch (IllegalStateException e) {
                inner.completeExceptionally(e);
              }
            });
    chained.countDown();
    assertThat(inner)
        .failsWithin(Duration.ofSeconds(5))
        .withThrowableThat()
        .withCauseInstanceOf(IllegalStateException.class);
  }

  private static <T> T eventually(java.util.function.Supplier<T> attempt) {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
    while (true) {
      try {
        T value = attempt.get();
        if (value != null) {
          return value;
        }
      } catch (DriverException e) {
        if (System.nanoTime() - end > 0) {
          throw e;
        }
      }
      if (System.nanoTime() - end > 0) {
        return null;
      }
      Thread.onSpinWait();
    }
  }
}
