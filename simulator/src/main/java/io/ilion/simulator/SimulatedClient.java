package io.ilion.simulator;

import io.ilion.model.Consistency;
import io.ilion.protocol.QueryParameters;
import io.ilion.protocol.Request;
import io.ilion.protocol.Response;
import io.ilion.runtime.simulated.SimulatedRandom;
import io.ilion.server.ClientState;
import java.net.InetSocketAddress;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * A client with one connection to each server. It waits longer than servers do, and knows nothing
 * of a request whose answer did not come.
 */
public final class SimulatedClient {
  private static final long PATIENCE_NANOS = 15_000_000_000L;
  private static final long LEAST_TRIP_NANOS = 20_000;
  private static final long MOST_TRIP_NANOS = 300_000;

  private final SimulatedCluster cluster;
  private final SimulatedRandom random;
  private final int number;

  /** A client; its number tells it from others in the history. */
  public SimulatedClient(SimulatedCluster cluster, int number) {
    this.cluster = cluster;
    this.number = number;
    random = cluster.splitRandom();
  }

  /** The client's number. */
  public int number() {
    return number;
  }

  /** The answer did not come: the server ended, or it took too long. */
  public static final class NoAnswerException extends RuntimeException {
    NoAnswerException(String message) {
      super(message);
    }
  }

  /** Sends a statement at a consistency level. */
  public CompletionStage<Response> execute(
      SimulatedServer server, String cql, Consistency consistency) {
    return execute(server, new Request.Query(cql, QueryParameters.of(consistency)));
  }

  /**
   * Sends a request; completes with the answer, errors included, or fails with {@link
   * NoAnswerException}, and then it may have an effect or not.
   */
  public CompletionStage<Response> execute(SimulatedServer server, Request request) {
    CompletableFuture<Response> answer = new CompletableFuture<>();
    if (!server.isServing()) {
      answer.completeExceptionally(new NoAnswerException("nobody listens"));
      return answer;
    }
    ClientState state =
        new ClientState(
            number,
            new InetSocketAddress(SimulatedServer.loopback(100), 10_000 + number),
            random.below(1 << 16) % lanes(server));
    cluster
        .world()
        .after(
            trip(),
            () ->
                server.execute(
                    state,
                    request,
                    response -> cluster.world().after(trip(), () -> answer.complete(response))));
    cluster
        .world()
        .after(
            PATIENCE_NANOS,
            () -> answer.completeExceptionally(new NoAnswerException("no answer came")));
    return answer;
  }

  private static int lanes(SimulatedServer server) {
    return server.machine().scheduler().laneCount();
  }

  private long trip() {
    return random.between(LEAST_TRIP_NANOS, MOST_TRIP_NANOS);
  }
}
