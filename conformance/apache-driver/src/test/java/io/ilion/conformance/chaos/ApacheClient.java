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
import com.datastax.oss.driver.api.core.servererrors.InvalidQueryException;
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
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.regex.Pattern;

/** A session of Apache's driver. */
final class ApacheClient implements Client {
  private static final Pattern SCHEMA_CHANGE = Pattern.compile("(CREATE|ALTER|DROP) ");

  private final CqlSession session;
  private final boolean marks;

  private ApacheClient(CqlSession session, boolean marks) {
    this.session = session;
    this.marks = marks;
  }

  /**
   * A session that waits longer than servers do, and than nodes are stopped, tries nodes that were
   * lost again soon, and knows what may be done twice.
   */
  static ApacheClient patient(List<InetSocketAddress> nodes) {
    return open(
        nodes,
        DriverConfigLoader.programmaticBuilder()
            .withDuration(DefaultDriverOption.REQUEST_TIMEOUT, Duration.ofSeconds(20))
            .withDuration(DefaultDriverOption.RECONNECTION_BASE_DELAY, Duration.ofMillis(200))
            .withDuration(DefaultDriverOption.RECONNECTION_MAX_DELAY, Duration.ofSeconds(2)),
        true);
  }

  /**
   * A session as an application has it that says where the cluster is, and nothing of what is to be
   * tried again. It waits longer than servers do, so that whatever fails is told by one of them.
   */
  static ApacheClient standard(List<InetSocketAddress> nodes) {
    return open(
        nodes,
        DriverConfigLoader.programmaticBuilder()
            .withDuration(DefaultDriverOption.REQUEST_TIMEOUT, Duration.ofSeconds(20)),
        false);
  }

  /**
   * Changes of the schema wait for the driver's own copy of it, and a fetch that begins while its
   * control connection is lost keeps every later one, and so every later change, waiting for ever
   * (scylladb/java-driver issue 841 describes it; 4.19.2 has it too). So these sessions keep none,
   * and look themselves whether the nodes agree, as clients do before they use what they changed.
   */
  private static ApacheClient open(
      List<InetSocketAddress> nodes, ProgrammaticDriverConfigLoaderBuilder config, boolean marks) {
    return new ApacheClient(
        CqlSession.builder()
            .addContactPoints(nodes)
            .withLocalDatacenter("dc1")
            .withConfigLoader(
                config.withBoolean(DefaultDriverOption.METADATA_SCHEMA_ENABLED, false).build())
            .build(),
        marks);
  }

  @Override
  public CompletionStage<Page> execute(
      String cql, Consistency level, boolean idempotent, Paging paging) {
    SimpleStatement statement =
        SimpleStatement.newInstance(cql)
            .setConsistencyLevel(DefaultConsistencyLevel.valueOf(level.name()));
    if (marks) {
      statement = statement.setIdempotent(idempotent);
    }
    if (paging.rows() > 0) {
      byte[] state = paging.pagingState();
      statement =
          statement
              .setPageSize(paging.rows())
              .setPagingState(state == null ? null : ByteBuffer.wrap(state));
    }
    return session
        .executeAsync(statement)
        .thenCompose(
            result ->
                SCHEMA_CHANGE.matcher(cql).lookingAt()
                    ? session.checkSchemaAgreementAsync().thenApply(agreed -> result)
                    : CompletableFuture.completedStage(result))
        .thenApply(
            result -> new Page(rows(result), bytes(result.getExecutionInfo().getPagingState())));
  }

  private static byte[] bytes(ByteBuffer buffer) {
    if (buffer == null) {
      return null;
    }
    byte[] bytes = new byte[buffer.remaining()];
    buffer.duplicate().get(bytes);
    return bytes;
  }

  private static List<byte[][]> rows(AsyncResultSet result) {
    List<byte[][]> rows = new ArrayList<>();
    for (Row row : result.currentPage()) {
      byte[][] values = new byte[row.size()][];
      for (int i = 0; i < values.length; i++) {
        values[i] = bytes(row.getBytesUnsafe(i));
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
  public boolean isInvalid(Throwable failure) {
    return failure instanceof InvalidQueryException;
  }

  @Override
  public boolean isLost(Throwable failure) {
    return failure instanceof ClosedConnectionException;
  }

  @Override
  public void close() {
    session.close();
  }
}
