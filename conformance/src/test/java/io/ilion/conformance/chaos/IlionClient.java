package io.ilion.conformance.chaos;

import io.ilion.driver.ConnectionException;
import io.ilion.driver.NoNodeAvailableException;
import io.ilion.driver.RequestTimeoutException;
import io.ilion.driver.Row;
import io.ilion.driver.ServerException;
import io.ilion.driver.Session;
import io.ilion.driver.SessionBuilder;
import io.ilion.driver.Settings;
import io.ilion.driver.SimpleStatement;
import io.ilion.driver.policy.ReconnectionPolicy;
import io.ilion.model.Consistency;
import io.ilion.model.ErrorCode;
import io.ilion.simulator.workload.Workload.Outcome;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionStage;

/** A session of our own driver. */
final class IlionClient implements Client {
  private final Session session;
  private final boolean marks;

  private IlionClient(Session session, boolean marks) {
    this.session = session;
    this.marks = marks;
  }

  /**
   * A session that waits longer than servers do, and than nodes are stopped, tries nodes that were
   * lost again soon, and knows what may be done twice.
   */
  static IlionClient patient(List<InetSocketAddress> nodes) {
    return open(
        nodes,
        Session.builder()
            .defaults(Settings.NONE.timeout(Duration.ofSeconds(20)))
            .reconnection(
                ReconnectionPolicy.exponential(Duration.ofMillis(200), Duration.ofSeconds(2))),
        true);
  }

  /**
   * A session as an application has it that says where the cluster is, and nothing of what is to be
   * tried again. It waits longer than servers do, so that whatever fails is told by one of them.
   */
  static IlionClient standard(List<InetSocketAddress> nodes) {
    return open(
        nodes, Session.builder().defaults(Settings.NONE.timeout(Duration.ofSeconds(20))), false);
  }

  private static IlionClient open(
      List<InetSocketAddress> nodes, SessionBuilder builder, boolean marks) {
    nodes.forEach(builder::contactPoint);
    return new IlionClient(builder.connect(), marks);
  }

  @Override
  public CompletionStage<Client.Page> execute(
      String cql, Consistency level, boolean idempotent, Paging paging) {
    Settings settings = Settings.NONE.consistency(level);
    if (marks) {
      settings = settings.idempotent(idempotent);
    }
    if (paging.rows() > 0) {
      settings = settings.pageSize(paging.rows()).pagingState(paging.pagingState());
    }
    return session
        .executeAsync(SimpleStatement.of(cql).with(settings))
        .thenApply(page -> new Client.Page(rows(page), page.pagingState()));
  }

  private static List<byte[][]> rows(io.ilion.driver.Page page) {
    List<byte[][]> rows = new ArrayList<>();
    for (Row row : page) {
      byte[][] values = new byte[row.columns().size()][];
      for (int i = 0; i < values.length; i++) {
        values[i] = row.getBytes(i);
      }
      rows.add(values);
    }
    return rows;
  }

  @Override
  public Outcome outcome(Throwable failure) {
    return switch (failure) {
      case ServerException e -> outcome(e);
      case NoNodeAvailableException e -> Outcome.UNKNOWN;
      case RequestTimeoutException e -> Outcome.UNKNOWN;
      case ConnectionException e -> Outcome.UNKNOWN;
      default -> null;
    };
  }

  private static Outcome outcome(ServerException e) {
    return switch (e.code()) {
      case UNAVAILABLE -> Outcome.REFUSED;
      case OVERLOADED,
          WRITE_TIMEOUT,
          READ_TIMEOUT,
          WRITE_FAILURE,
          READ_FAILURE,
          CAS_WRITE_UNKNOWN,
          TRUNCATE_ERROR ->
          Outcome.UNKNOWN;
      case SERVER_ERROR ->
          e.getMessage().contains("Exception") || e.getMessage().contains("null")
              ? null
              : Outcome.UNKNOWN;
      default -> null;
    };
  }

  @Override
  public boolean isInvalid(Throwable failure) {
    return failure instanceof ServerException e && e.code() == ErrorCode.INVALID;
  }

  @Override
  public boolean isLost(Throwable failure) {
    return failure instanceof ConnectionException;
  }

  @Override
  public void close() {
    session.close();
  }
}
