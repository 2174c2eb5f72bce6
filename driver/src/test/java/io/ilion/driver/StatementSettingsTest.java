package io.ilion.driver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ilion.model.Consistency;
import io.ilion.model.type.NativeType;
import io.ilion.protocol.BoundValues;
import io.ilion.protocol.Digest;
import io.ilion.protocol.ProtocolVersion;
import io.ilion.protocol.QueryParameters;
import io.ilion.protocol.Request;
import io.ilion.protocol.RequestEnvelope;
import io.ilion.protocol.ResponseEnvelope;
import io.ilion.protocol.Result;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Whatever can be said of a statement reaches the server, and what that says reaches the caller.
 */
@Timeout(value = 30, unit = TimeUnit.SECONDS)
class StatementSettingsTest {
  private static final byte[] VALUE = {0, 0, 0, 5};
  private static final byte[] STATE = {8, 9};
  private static final UUID TRACE = new UUID(1, 2);

  private static final Settings OF_SESSIONS =
      Settings.NONE
          .consistency(Consistency.EACH_QUORUM)
          .serialConsistency(Consistency.LOCAL_SERIAL)
          .timeout(Duration.ofSeconds(9))
          .pageSize(7)
          .idempotent(true)
          .keyspace("elsewhere")
          .nowInSeconds(1_700_000_000)
          .tracing(true)
          .customPayload(Map.of("to", new byte[] {1, 2}));

  private static final Settings ALL = OF_SESSIONS.timestamp(12_345).pagingState(STATE);

  private final ScriptedServer server = new ScriptedServer();

  @AfterEach
  void close() {
    server.close();
  }

  private SessionBuilder builder(ProtocolVersion version) {
    return Session.builder().contactPoint(server.address()).protocolVersion(version);
  }

  private static Result.Rows oneRow() {
    return ScriptedServer.rows(List.of("k"), List.of(NativeType.INT), List.of(1));
  }

  private void answerWithEverything() {
    server.script =
        (request, client) -> {
          if (request instanceof Request.Prepare) {
            return FaultsTest.prepared(new Digest(new byte[] {1, 2, 3}));
          }
          boolean old = client.envelope.version() == ProtocolVersion.V3;
          client.send(
              new ResponseEnvelope(
                  client.envelope.version(),
                  client.stream,
                  TRACE,
                  old ? List.of() : List.of("beware", "of this"),
                  old ? null : Map.of("from", new byte[] {3}),
                  oneRow()));
          return null;
        };
  }

  /** The envelope of the last request that was no question about the cluster. */
  private RequestEnvelope last(Class<? extends Request> kind) {
    return server.clients.stream()
        .map(client -> client.envelope)
        .filter(envelope -> kind.isInstance(envelope.message()))
        .reduce((before, after) -> after)
        .orElseThrow();
  }

  @ParameterizedTest
  @EnumSource
  void allThatCanBeSaidOfAStatement(ProtocolVersion version) {
    answerWithEverything();
    boolean isFifth = version == ProtocolVersion.V5;
    try (Session session = builder(version).connect()) {
      SimpleStatement simple = SimpleStatement.of("SELECT k FROM t WHERE k = ?", 5).with(ALL);
      check(version, session.execute(simple).page(), last(Request.Query.class));
      assertThat(((Request.Query) last(Request.Query.class).message()).parameters())
          .isEqualTo(parameters(version, BoundValues.of(List.of(VALUE)), false, 7, STATE));

      PreparedStatement prepared = session.prepare("SELECT k FROM t WHERE k = ?");
      check(
          version, session.execute(prepared.bind(5).with(ALL)).page(), last(Request.Execute.class));
      assertThat(((Request.Execute) last(Request.Execute.class).message()).parameters())
          .isEqualTo(parameters(version, BoundValues.of(List.of(VALUE)), true, 7, STATE));

      BatchStatement batch = BatchStatement.logged(prepared.bind(5)).with(ALL);
      check(version, session.execute(batch).page(), last(Request.Batch.class));
      assertThat(((Request.Batch) last(Request.Batch.class).message()).parameters())
          .isEqualTo(
              parameters(version, BoundValues.NONE, false, QueryParameters.NO_PAGE_SIZE, null));
      assertThat(isFifth).isEqualTo(session.protocolVersion() == ProtocolVersion.V5);
    }
  }

  private static QueryParameters parameters(
      ProtocolVersion version,
      BoundValues values,
      boolean skipMetadata,
      int pageSize,
      byte[] pagingState) {
    boolean isFifth = version == ProtocolVersion.V5;
    return new QueryParameters(
        Consistency.EACH_QUORUM,
        values,
        skipMetadata,
        pageSize,
        pagingState,
        Consistency.LOCAL_SERIAL,
        12_345,
        isFifth ? "elsewhere" : null,
        isFifth ? 1_700_000_000 : QueryParameters.NO_NOW_IN_SECONDS);
  }

  private static void check(ProtocolVersion version, Page answer, RequestEnvelope sent) {
    assertThat(sent.tracing()).isTrue();
    assertThat(answer.tracingId()).isEqualTo(TRACE);
    assertThat(answer.one().getInt("k")).isEqualTo(1);
    if (version == ProtocolVersion.V3) {
      assertThat(sent.customPayload()).isNull();
      assertThat(answer.warnings()).isEmpty();
      assertThat(answer.customPayload()).isNull();
    } else {
      assertThat(sent.customPayload()).containsOnlyKeys("to");
      assertThat(sent.customPayload().get("to")).containsExactly(1, 2);
      assertThat(answer.warnings()).containsExactly("beware", "of this");
      assertThat(answer.customPayload()).containsOnlyKeys("from");
      assertThat(answer.customPayload().get("from")).containsExactly(3);
    }
  }

  @Test
  void whatAStatementDoesNotSayTheSessionDoes() {
    answerWithEverything();
    try (Session session = builder(ProtocolVersion.V5).defaults(OF_SESSIONS).connect()) {
      SimpleStatement select = SimpleStatement.of("SELECT k FROM t");
      Page page = session.execute(select).page();
      assertThat(page.tracingId()).isEqualTo(TRACE);
      assertThat(last(Request.Query.class).tracing()).isTrue();
      assertThat(last(Request.Query.class).customPayload()).containsOnlyKeys("to");
      assertThat(((Request.Query) last(Request.Query.class).message()).parameters())
          .isEqualTo(
              new QueryParameters(
                  Consistency.EACH_QUORUM,
                  BoundValues.NONE,
                  false,
                  7,
                  null,
                  Consistency.LOCAL_SERIAL,
                  QueryParameters.NO_TIMESTAMP,
                  "elsewhere",
                  1_700_000_000));
      session.prepare("SELECT k FROM t WHERE k = ?");
      assertThat(((Request.Prepare) last(Request.Prepare.class).message()).keyspace())
          .isEqualTo("elsewhere");
      session.execute(select.tracing(false).customPayload(Map.of()));
      assertThat(last(Request.Query.class).tracing()).isFalse();
      assertThat(last(Request.Query.class).customPayload()).isNullOrEmpty();
    }
    for (Settings settings :
        List.of(
            Settings.NONE.timestamp(1),
            Settings.NONE.pagingState(STATE),
            Settings.NONE.routingToken(1))) {
      assertThatThrownBy(() -> Session.builder().defaults(settings))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }
}
