package io.ilion.conformance.chaos;

import com.datastax.oss.driver.api.core.AllNodesFailedException;
import com.datastax.oss.driver.api.core.CqlSession;
import com.datastax.oss.driver.api.core.DefaultConsistencyLevel;
import com.datastax.oss.driver.api.core.DriverExecutionException;
import com.datastax.oss.driver.api.core.DriverTimeoutException;
import com.datastax.oss.driver.api.core.NodeUnavailableException;
import com.datastax.oss.driver.api.core.config.DefaultDriverOption;
import com.datastax.oss.driver.api.core.config.DriverConfigLoader;
import com.datastax.oss.driver.api.core.config.ProgrammaticDriverConfigLoaderBuilder;
import com.datastax.oss.driver.api.core.connection.BusyConnectionException;
import com.datastax.oss.driver.api.core.connection.ClosedConnectionException;
import com.datastax.oss.driver.api.core.connection.HeartbeatException;
import com.datastax.oss.driver.api.core.cql.AsyncResultSet;
import com.datastax.oss.driver.api.core.cql.Row;
import com.datastax.oss.driver.api.core.cql.SimpleStatement;
import com.datastax.oss.driver.api.core.servererrors.OverloadedException;
import com.datastax.oss.driver.api.core.servererrors.QueryConsistencyException;
import com.datastax.oss.driver.api.core.servererrors.ServerError;
import com.datastax.oss.driver.api.core.servererrors.TruncateException;
import com.datastax.oss.driver.api.core.servererrors.UnavailableException;
import io.ilion.model.Consistency;
import io.ilion.simulator.workload.Workload.Outcome;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionStage;

/** A session of Apache's driver. */
final class ApacheClient implements Client {
  private final CqlSession session;

  private ApacheClient(CqlSession session) {
    this.session = session;
  }

  /** A session that waits longer than servers do, and tries nodes that were lost again soon. */
  static ApacheClient patient(List<InetSocketAddress> nodes) {
    return open(
        nodes,
        DriverConfigLoader.programmaticBuilder()
            .withDuration(DefaultDriverOption.REQUEST_TIMEOUT, Duration.ofSeconds(12))
            .withDuration(DefaultDriverOption.RECONNECTION_BASE_DELAY, Duration.ofMillis(200))
            .withDuration(DefaultDriverOption.RECONNECTION_MAX_DELAY, Duration.ofSeconds(2)));
  }

  /** A session as an application has it that says nothing but where the cluster is. */
  static ApacheClient standard(List<InetSocketAddress> nodes) {
    return open(nodes, DriverConfigLoader.programmaticBuilder());
  }

  private static ApacheClient open(
      List<InetSocketAddress> nodes, ProgrammaticDriverConfigLoaderBuilder config) {
    return new ApacheClient(
        CqlSession.builder()
            .addContactPoints(nodes)
            .withLocalDatacenter("dc1")
            .withConfigLoader(config.build())
            .build());
  }

  @Override
  public CompletionStage<List<byte[][]>> execute(
      String cql, Consistency level, boolean idempotent) {
    return session
        .executeAsync(
            SimpleStatement.newInstance(cql)
                .setConsistencyLevel(DefaultConsistencyLevel.valueOf(level.name()))
                .setIdempotent(idempotent))
        .thenApply(ApacheClient::rows);
  }

  private static List<byte[][]> rows(AsyncResultSet result) {
    List<byte[][]> rows = new ArrayList<>();
    for (Row row : result.currentPage()) {
      byte[][] values = new byte[row.size()][];
      for (int i = 0; i < values.length; i++) {
        ByteBuffer value = row.getBytesUnsafe(i);
        if (value != null) {
          values[i] = new byte[value.remaining()];
          value.get(values[i]);
        }
      }
      rows.add(values);
    }
    return rows;
  }

  @Override
  public Outcome outcome(Throwable failure) {
    return switch (failure) {
      case UnavailableException e -> Outcome.REFUSED;
      case AllNodesFailedException e -> Outcome.UNKNOWN;
      case QueryConsistencyException e -> Outcome.UNKNOWN;
      case OverloadedException e -> Outcome.UNKNOWN;
      case TruncateException e -> Outcome.UNKNOWN;
      case ServerError e ->
          e.getMessage().contains("Exception") || e.getMessage().contains("null")
              ? null
              : Outcome.UNKNOWN;
      case DriverTimeoutException e -> Outcome.UNKNOWN;
      case ClosedConnectionException e -> Outcome.UNKNOWN;
      case HeartbeatException e -> Outcome.UNKNOWN;
      case BusyConnectionException e -> Outcome.UNKNOWN;
      case NodeUnavailableException e -> Outcome.UNKNOWN;
      case DriverExecutionException e -> outcome(e.getCause());
      default -> null;
    };
  }

  @Override
  public void close() {
    session.close();
  }
}
