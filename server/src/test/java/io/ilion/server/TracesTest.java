package io.ilion.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.ilion.model.Consistency;
import io.ilion.model.type.NativeType;
import io.ilion.protocol.BoundValues;
import io.ilion.protocol.QueryParameters;
import io.ilion.protocol.Request;
import io.ilion.protocol.Request.BatchStatement;
import io.ilion.protocol.Request.BatchType;
import io.ilion.protocol.Response;
import io.ilion.protocol.ResponseEnvelope;
import io.ilion.protocol.Result;
import io.ilion.runtime.simulated.SimulatedWorld;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Requests whose clients want them traced, and what is found of that by the id they are given. */
class TracesTest {
  private static final long SECOND = 1_000_000_000L;
  private static final String INSERT = "INSERT INTO k.t (k, v) VALUES (1, 'v')";
  private static final String SELECT = "SELECT v FROM k.t WHERE k = ?";

  private final SimulatedWorld world = new SimulatedWorld(1);
  private SimulatedCore core;

  @BeforeEach
  void start() throws IOException {
    core = new SimulatedCore(world.addNode(), SimulatedCore.config());
    world.await(core.started());
    for (String cql :
        List.of(
            "CREATE KEYSPACE k WITH replication ="
                + " {'class': 'SimpleStrategy', 'replication_factor': 1}",
            "CREATE TABLE k.t (k int PRIMARY KEY, v text)")) {
      assertThat(world.await(core.ask(cql, Consistency.ONE)))
          .isInstanceOf(Result.SchemaChanged.class);
    }
  }

  private List<JsonNode> trace(UUID id) {
    world.run(SECOND);
    return trace(world, core, id);
  }

  /** The session of a trace, and its events behind it, as JSON. */
  static List<JsonNode> trace(SimulatedWorld world, SimulatedCore core, UUID id) {
    return List.of("sessions", "events").stream()
        .map(table -> "SELECT JSON * FROM system_traces." + table + " WHERE session_id = " + id)
        .flatMap(cql -> SimulatedCore.rows(world.await(core.ask(cql, Consistency.ONE))).stream())
        .map(row -> JsonMapper.shared().readTree(new String(row[0], StandardCharsets.UTF_8)))
        .toList();
  }

  private static List<String> activities(List<JsonNode> trace) {
    return trace.stream().skip(1).map(event -> event.get("activity").asString()).toList();
  }

  private ResponseEnvelope traced(Request request) {
    ResponseEnvelope answer = world.await(core.trace(request));
    assertThat(answer.tracingId()).isNotNull();
    return answer;
  }

  private static Request.Batch batch(BatchType type, BatchStatement... statements) {
    return new Request.Batch(
        type, List.of(statements), QueryParameters.of(Consistency.LOCAL_QUORUM));
  }

  @Test
  void aPreparation() {
    ResponseEnvelope answer = traced(new Request.Prepare(SELECT, null));
    assertThat(answer.message()).isInstanceOf(Result.Prepared.class);
    List<JsonNode> trace = trace(answer.tracingId());
    JsonNode session = trace.getFirst();
    assertThat(session.get("request").asString()).isEqualTo("Preparing CQL3 query");
    assertThat(session.get("parameters").get("query").asString()).isEqualTo(SELECT);
    assertThat(session.get("duration").asInt()).isNotNegative();
    assertThat(activities(trace)).contains("Preparing " + SELECT);
  }

  @Test
  void aPreparationThatFails() {
    ResponseEnvelope answer = traced(new Request.Prepare("SELECT x FROM k.t", null));
    assertThat(answer.message()).isInstanceOf(Response.Error.class);
    assertThat(trace(answer.tracingId()).getFirst().get("request").asString())
        .isEqualTo("Preparing CQL3 query");
  }

  @Test
  void aBatch() {
    Result.Prepared prepared =
        (Result.Prepared)
            world.await(
                core.ask(new Request.Prepare("INSERT INTO k.t (k, v) VALUES (?, ?)", null)));
    BoundValues values =
        BoundValues.of(List.of(NativeType.INT.encode(2), NativeType.TEXT.encode("w")));
    for (BatchType type : List.of(BatchType.LOGGED, BatchType.UNLOGGED)) {
      ResponseEnvelope answer =
          traced(
              batch(
                  type,
                  new BatchStatement(INSERT, null, BoundValues.NONE),
                  new BatchStatement(null, prepared.id(), values)));
      assertThat(answer.message()).isInstanceOf(Result.Void.class);
      List<JsonNode> trace = trace(answer.tracingId());
      JsonNode session = trace.getFirst();
      assertThat(session.get("request").asString()).isEqualTo("Execute batch of CQL3 queries");
      assertThat(session.get("parameters").get("consistency_level").asString())
          .isEqualTo("LOCAL_QUORUM");
      assertThat(activities(trace))
          .contains(
              type == BatchType.LOGGED
                  ? "Determining replicas for atomic batch"
                  : "Determining replicas for mutation");
    }
  }

  @Test
  void whoDoesNotWantATraceGetsNone() {
    assertThat(world.await(core.ask(INSERT, Consistency.ONE))).isInstanceOf(Result.Void.class);
    world.run(SECOND);
    Response sessions =
        world.await(core.ask("SELECT * FROM system_traces.sessions", Consistency.ONE));
    assertThat(SimulatedCore.rows(sessions)).isEmpty();
  }
}
