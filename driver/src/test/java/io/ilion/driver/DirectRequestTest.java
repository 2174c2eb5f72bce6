package io.ilion.driver;

import static org.assertj.core.api.Assertions.assertThat;

import io.ilion.model.Consistency;
import io.ilion.model.ErrorCode;
import io.ilion.model.type.NativeType;
import io.ilion.protocol.BoundValues;
import io.ilion.protocol.Digest;
import io.ilion.protocol.ErrorDetails;
import io.ilion.protocol.ProtocolVersion;
import io.ilion.protocol.QueryParameters;
import io.ilion.protocol.Request;
import io.ilion.protocol.Response;
import io.ilion.protocol.Result;
import io.ilion.protocol.RowsMetadata;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Requests without objects, to a server that may do something wrong. */
@Timeout(value = 30, unit = TimeUnit.SECONDS)
class DirectRequestTest {
  private static final String READ = "SELECT k FROM t WHERE k = ?";
  private static final String WRITE = "INSERT INTO t (k) VALUES (?)";
  private static final Digest READ_ID = new Digest(new byte[] {1, 2, 3});
  private static final Digest WRITE_ID = new Digest(new byte[] {4});

  private final ScriptedServer server = new ScriptedServer();
  private final List<Session> sessions = new ArrayList<>();

  @AfterEach
  void close() {
    sessions.forEach(Session::close);
    server.close();
  }

  private Session session(SessionBuilder builder) {
    Session session =
        builder
            .contactPoint(server.address())
            .defaults(Settings.NONE.timeout(Duration.ofSeconds(5)))
            .connect();
    sessions.add(session);
    return session;
  }

  private Session session() {
    return session(Session.builder());
  }

  /** Answers to executions; preparing is answered by itself. */
  private void answer(ScriptedServer.Script executed) {
    server.script =
        (request, client) ->
            request instanceof Request.Prepare prepare
                ? prepare.query().equals(READ)
                    ? FaultsTest.prepared(READ_ID)
                    : new Result.Prepared(
                        WRITE_ID,
                        new Digest(new byte[] {9}),
                        ScriptedServer.columns(List.of("k"), List.of(NativeType.INT)),
                        new int[] {0},
                        RowsMetadata.EMPTY)
                : executed.answer(request, client);
  }

  private static Result.Rows undescribed(byte[]... cells) {
    List<byte[][]> rows = Arrays.stream(cells).map(cell -> new byte[][] {cell}).toList();
    return new Result.Rows(null, 1, null, null, rows);
  }

  private static byte[] encoded(int key) {
    return ByteBuffer.allocate(10).putShort((short) 0).putInt(4).putInt(key).array();
  }

  /** Keeps the values of the rows of its last execution. */
  private static final class Reader extends DirectRequest {
    private CompletableFuture<List<String>> outcome;

    Reader(Session session) {
      super(session);
    }

    List<String> run(DirectStatement statement, int key, long timestamp) {
      CompletableFuture<List<String>> told = new CompletableFuture<>();
      outcome = told;
      execute(statement, encoded(key), 2, 8, timestamp, System.nanoTime());
      return told.join();
    }

    Throwable failure(DirectStatement statement, long timestamp) {
      CompletableFuture<List<String>> told = new CompletableFuture<>();
      outcome = told;
      execute(statement, encoded(1), 2, 8, timestamp, System.nanoTime());
      return told.handle((value, error) -> error).join();
    }

    @Override
    protected void succeeded(DirectRows rows, long nowNanos) {
      List<String> found = new ArrayList<>();
      while (rows.next()) {
        StringBuilder row = new StringBuilder();
        for (int i = 0; i < rows.columns().size(); i++) {
          int length = rows.length(i);
          byte[] value = new byte[Math.max(0, length)];
          if (length > 0) {
            rows.copy(i, value, 0);
          }
          row.append(rows.columns().name(i)).append(length < 0 ? "null" : Arrays.toString(value));
        }
        found.add(row.toString());
      }
      assertThat(found).hasSize(rows.size());
      outcome.complete(found);
    }

    @Override
    protected void failed(Throwable error) {
      outcome.completeExceptionally(error);
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"V3", "V4", "V5"})
  void sendsWhatTheOrdinaryWaySends(ProtocolVersion version) {
    server.newest = version;
    answer((request, client) -> undescribed(new byte[] {0, 0, 0, 1}, null));
    Session session = session();
    PreparedStatement select = session.prepare(READ);
    Settings settings = Settings.NONE.consistency(Consistency.QUORUM).pageSize(77);
    Reader reader = new Reader(session);
    DirectStatement direct = session.direct(select, settings, false);
    assertThat(reader.run(direct, 7, 0)).containsExactly("k[0, 0, 0, 1]", "knull");
    assertThat(reader.run(direct, 7, 0)).hasSize(2);
    session.execute(select.bind(7).with(settings));
    List<Request> received = server.receivedOf(Request.Execute.class);
    assertThat(received).hasSize(3);
    assertThat(received.get(0)).isEqualTo(received.get(2));
    assertThat(received.get(1)).isEqualTo(received.get(2));
  }

  @Test
  void writesHaveTheTimestampThatIsGivenOrTheSessions() {
    answer((request, client) -> new Result.Void());
    Session session = session();
    PreparedStatement insert = session.prepare(WRITE);
    Reader writer = new Reader(session);
    assertThat(writer.run(session.direct(insert, Settings.NONE, true), 7, 1234)).isEmpty();
    assertThat(writer.run(session.direct(insert, Settings.NONE, false), 7, 1234)).isEmpty();
    List<QueryParameters> sent =
        server.receivedOf(Request.Execute.class).stream()
            .map(request -> ((Request.Execute) request).parameters())
            .toList();
    assertThat(sent.get(0).timestamp()).isEqualTo(1234);
    assertThat(sent.get(1).timestamp()).isGreaterThan(1_000_000_000_000_000L);
    assertThat(sent.get(0).values())
        .isEqualTo(BoundValues.of(new byte[][] {{0, 0, 0, 7}}))
        .isEqualTo(sent.get(1).values());
  }

  @Test
  void timestampsOfTheServerAreLeftToIt() {
    answer((request, client) -> new Result.Void());
    Session session = session(Session.builder().timestamps(TimestampGenerator.SERVER));
    DirectStatement insert = session.direct(session.prepare(WRITE), Settings.NONE, false);
    assertThat(new Reader(session).run(insert, 7, 0)).isEmpty();
    Request.Execute sent = (Request.Execute) server.receivedOf(Request.Execute.class).get(0);
    assertThat(sent.parameters().timestamp()).isEqualTo(QueryParameters.NO_TIMESTAMP);
  }

  @Test
  void columnsThatAreDescribedAreThoseOfTheAnswer() {
    RowsMetadata changed =
        ScriptedServer.columns(List.of("k", "v"), List.of(NativeType.INT, NativeType.INT));
    answer(
        (request, client) ->
            new Result.Rows(
                changed,
                2,
                new Digest(new byte[] {7}),
                null,
                List.<byte[][]>of(new byte[][] {{1}, {2}})));
    Session session = session();
    PreparedStatement select = session.prepare(READ);
    DirectStatement direct = session.direct(select, Settings.NONE, false);
    assertThat(new Reader(session).run(direct, 1, 0)).containsExactly("k[1]v[2]");
    assertThat(select.columns().names()).containsExactly("k", "v");
  }

  @Test
  void whatWouldBeTriedAgainIsTriedAgain() {
    AtomicInteger asked = new AtomicInteger();
    answer(
        (request, client) ->
            switch (asked.getAndIncrement()) {
              case 0 ->
                  new Response.Error(
                      ErrorCode.UNPREPARED, "Unknown", new ErrorDetails.Unprepared(READ_ID));
              case 1 -> undescribed(new byte[] {1});
              default -> new Response.Error(ErrorCode.OVERLOADED, "too much");
            });
    Session session = session();
    DirectStatement select = session.direct(session.prepare(READ), Settings.NONE, false);
    DirectStatement insert = session.direct(session.prepare(WRITE), Settings.NONE, true);
    Reader reader = new Reader(session);
    assertThat(reader.run(select, 1, 0)).containsExactly("k[1]");
    assertThat(asked).hasValue(2);
    assertThat(reader.failure(insert, 5))
        .isInstanceOfSatisfying(
            ServerException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.OVERLOADED));
    assertThat(asked).hasValue(3);
    assertThat(reader.failure(select, 0)).isInstanceOf(NoNodeAvailableException.class);
    assertThat(asked).hasValueGreaterThan(4);
  }

  @Test
  void whatMakesNoSenseFails() {
    answer((request, client) -> new Result.Rows(null, 2, null, null, List.of()));
    Session session = session();
    DirectStatement select = session.direct(session.prepare(READ), Settings.NONE, false);
    Reader reader = new Reader(session);
    assertThat(reader.failure(select, 0)).isInstanceOf(ProtocolErrorException.class);
    answer((request, client) -> undescribed(new byte[] {1}));
    assertThat(reader.run(select, 1, 0)).containsExactly("k[1]");
  }

  @Test
  void noAnswerInTimeAndNoConnection() {
    answer((request, client) -> null);
    Session session = session();
    Settings hasty = Settings.NONE.timeout(Duration.ofMillis(50));
    DirectStatement insert = session.direct(session.prepare(WRITE), hasty, true);
    Reader writer = new Reader(session);
    assertThat(writer.failure(insert, 5)).isInstanceOf(RequestTimeoutException.class);
    answer(
        (request, client) -> {
          client.close();
          return null;
        });
    assertThat(writer.failure(insert, 5)).isInstanceOf(ConnectionException.class);
  }

  @Test
  void sessionsThatWantMoreAreServedInTheOrdinaryWay() {
    AtomicInteger measured = new AtomicInteger();
    answer((request, client) -> undescribed(new byte[] {1}));
    DriverMetrics metrics =
        new DriverMetrics() {
          @Override
          public void requestDone(Statement<?> statement, long nanos, Throwable error) {
            measured.incrementAndGet();
          }
        };
    Session session = session(Session.builder().metrics(metrics));
    DirectStatement select = session.direct(session.prepare(READ), Settings.NONE, false);
    int before = measured.get();
    assertThat(new Reader(session).run(select, 1, 0)).containsExactly("k[1]");
    assertThat(measured).hasValue(before + 1);
  }
}
