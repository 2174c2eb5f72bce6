package io.ilion.simulator;

import io.ilion.coordinator.replica.ReplicaArithmetic;
import io.ilion.model.Consistency;
import io.ilion.model.ErrorCode;
import io.ilion.protocol.ErrorDetails;
import io.ilion.protocol.QueryParameters;
import io.ilion.protocol.Request;
import io.ilion.protocol.Response;
import io.ilion.protocol.Result;
import io.ilion.runtime.simulated.SimulatedRandom;
import io.ilion.simulator.workload.Session;
import io.ilion.simulator.workload.Workload.Outcome;
import io.ilion.simulator.workload.Workload.ViolationException;
import java.util.List;
import java.util.concurrent.CompletionStage;

/** A client of a simulated cluster: sends each statement to a server of its choice. */
final class SimulatedSession implements Session {
  private final SimulatedCluster cluster;
  private final SimulatedClient client;
  private final SimulatedRandom random;
  private final String keyspace;
  private final Shape shape;
  private final Consistency level;

  /**
   * A session of a client.
   *
   * @param shape which says the data centre that it asks, and at which levels it writes
   * @param level at which it reads
   */
  SimulatedSession(
      SimulatedCluster cluster,
      SimulatedClient client,
      String keyspace,
      Shape shape,
      Consistency level) {
    this.shape = shape;
    this.level = level;
    this.cluster = cluster;
    this.client = client;
    this.keyspace = keyspace;
    random = cluster.splitRandom();
  }

  @Override
  public SimulatedRandom random() {
    return random;
  }

  @Override
  public int number() {
    return client.number();
  }

  @Override
  public Consistency level() {
    return level;
  }

  @Override
  public Consistency writeLevel() {
    return shape.levels().write();
  }

  @Override
  public Consistency serialLevel() {
    return shape.levels().serial();
  }

  @Override
  public String keyspace() {
    return keyspace;
  }

  @Override
  public CompletionStage<Answer> execute(String cql, Consistency consistency) {
    return execute(choose(consistency), cql, consistency);
  }

  private SimulatedServer choose(Consistency consistency) {
    boolean local = ReplicaArithmetic.isLocal(consistency);
    List<SimulatedServer> known =
        cluster.servers().stream()
            .filter(server -> !local || server.datacenter().equals(shape.home()))
            .toList();
    List<SimulatedServer> serving = known.stream().filter(SimulatedServer::isServing).toList();
    List<SimulatedServer> among = serving.isEmpty() ? known : serving;
    return among.get(random.below(among.size()));
  }

  /** Executes a statement on a server. */
  CompletionStage<Answer> execute(SimulatedServer server, String cql, Consistency consistency) {
    return execute(server, cql, parameters(consistency, QueryParameters.NO_PAGE_SIZE, null));
  }

  @Override
  public CompletionStage<Answer> page(
      String cql, Consistency consistency, int rows, byte[] pagingState) {
    return execute(choose(consistency), cql, parameters(consistency, rows, pagingState));
  }

  private QueryParameters parameters(Consistency consistency, int rows, byte[] pagingState) {
    QueryParameters usual = QueryParameters.of(consistency);
    return new QueryParameters(
        consistency,
        usual.values(),
        false,
        rows,
        pagingState,
        serialLevel(),
        usual.timestamp(),
        null,
        usual.nowInSeconds());
  }

  private CompletionStage<Answer> execute(
      SimulatedServer server, String cql, QueryParameters parameters) {
    return client
        .execute(server, new Request.Query(cql, parameters))
        .handle(
            (response, failure) -> {
              if (failure == null) {
                return answer(cql, response);
              }
              if (failure instanceof SimulatedClient.NoAnswerException) {
                return new Answer(Outcome.UNKNOWN, null);
              }
              throw new ViolationException(cql + ": " + failure);
            });
  }

  private static Answer answer(String cql, Response response) {
    if (response instanceof Result.Rows rows) {
      return new Answer(Outcome.DONE, rows.rows(), rows.pagingState());
    }
    if (response instanceof Result) {
      return new Answer(Outcome.DONE, List.of());
    }
    if (response instanceof Response.Error error) {
      return new Answer(outcome(cql, error), null);
    }
    throw new ViolationException(cql + " was answered by " + response);
  }

  private static Outcome outcome(String cql, Response.Error error) {
    if (error.details() instanceof ErrorDetails.Unavailable) {
      return Outcome.REFUSED;
    }
    if (error.code() == ErrorCode.INVALID
        && (cql.startsWith("ALTER ") || cql.startsWith("DROP "))) {
      // The server has not heard yet of what another one has made.
      return Outcome.REFUSED;
    }
    return switch (error.code()) {
      case OVERLOADED,
          WRITE_TIMEOUT,
          READ_TIMEOUT,
          WRITE_FAILURE,
          READ_FAILURE,
          CAS_WRITE_UNKNOWN,
          TRUNCATE_ERROR,
          SERVER_ERROR ->
          serverError(cql, error);
      default -> throw new ViolationException(cql + ": " + error);
    };
  }

  /** A node that has no room or loses its metadata's majority may say so; a bug may not. */
  private static Outcome serverError(String cql, Response.Error error) {
    if (error.code() == ErrorCode.SERVER_ERROR
        && (error.message().contains("Exception") || error.message().contains("null"))) {
      throw new ViolationException(cql + ": " + error);
    }
    return Outcome.UNKNOWN;
  }
}
