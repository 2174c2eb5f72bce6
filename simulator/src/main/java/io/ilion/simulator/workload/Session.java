package io.ilion.simulator.workload;

import io.ilion.model.Consistency;
import io.ilion.model.ErrorCode;
import io.ilion.protocol.ErrorDetails;
import io.ilion.protocol.Response;
import io.ilion.protocol.Result;
import io.ilion.runtime.simulated.SimulatedRandom;
import io.ilion.simulator.SimulatedClient;
import io.ilion.simulator.SimulatedCluster;
import io.ilion.simulator.SimulatedServer;
import io.ilion.simulator.workload.Workload.Outcome;
import io.ilion.simulator.workload.Workload.ViolationException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CompletionStage;

/** One client at work in one keyspace: sends each statement to a server of its choice. */
public final class Session {
  private final SimulatedCluster cluster;
  private final SimulatedClient client;
  private final SimulatedRandom random;
  private final String keyspace;
  private final Consistency level;

  /**
   * A session of a client.
   *
   * @param level at which it reads and writes
   */
  public Session(
      SimulatedCluster cluster, SimulatedClient client, String keyspace, Consistency level) {
    this.level = level;
    this.cluster = cluster;
    this.client = client;
    this.keyspace = keyspace;
    random = cluster.splitRandom();
  }

  /**
   * What became of a statement.
   *
   * @param rows of its result; null if it failed, empty if it has none
   */
  public record Answer(Outcome outcome, List<byte[][]> rows) {
    /** Whether the statement was executed. */
    public boolean isDone() {
      return outcome == Outcome.DONE;
    }

    /** A column of a row as a bigint, or null. */
    public Long bigint(int row, int column) {
      byte[] value = rows.get(row)[column];
      return value == null ? null : ByteBuffer.wrap(value).getLong();
    }

    /** A column of a row as an int. */
    public int integer(int row, int column) {
      return ByteBuffer.wrap(rows.get(row)[column]).getInt();
    }
  }

  /** The draws of this client. */
  public SimulatedRandom random() {
    return random;
  }

  /** The number of the client. */
  public int number() {
    return client.number();
  }

  /** At which it reads and writes what is not conditional. */
  public Consistency level() {
    return level;
  }

  /** The keyspace. */
  public String keyspace() {
    return keyspace;
  }

  /** Executes a statement on some server that seems to serve. */
  public CompletionStage<Answer> execute(String cql, Consistency consistency) {
    return execute(choose(), cql, consistency);
  }

  private SimulatedServer choose() {
    List<SimulatedServer> serving =
        cluster.servers().stream().filter(SimulatedServer::isServing).toList();
    List<SimulatedServer> among = serving.isEmpty() ? cluster.servers() : serving;
    return among.get(random.below(among.size()));
  }

  /** Executes a statement on a server. */
  public CompletionStage<Answer> execute(
      SimulatedServer server, String cql, Consistency consistency) {
    return client
        .execute(server, cql, consistency)
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
      return new Answer(Outcome.DONE, rows.rows());
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

  /** Says what the cluster must not do, with the place. */
  public static ViolationException violation(String format, Object... arguments) {
    return new ViolationException(String.format(java.util.Locale.ROOT, format, arguments));
  }
}
