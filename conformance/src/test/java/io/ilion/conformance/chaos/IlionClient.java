package io.ilion.conformance.chaos;

import io.ilion.driver.ConnectionException;
import io.ilion.driver.NoNodeAvailableException;
import io.ilion.driver.Page;
import io.ilion.driver.RequestTimeoutException;
import io.ilion.driver.Row;
import io.ilion.driver.ServerException;
import io.ilion.driver.Session;
import io.ilion.driver.SessionBuilder;
import io.ilion.driver.Settings;
import io.ilion.driver.SimpleStatement;
import io.ilion.driver.policy.ReconnectionPolicy;
import io.ilion.model.Consistency;
import io.ilion.simulator.workload.Workload.Outcome;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionStage;

/** A session of our own driver. */
final class IlionClient implements Client {
  private final Session session;

  private IlionClient(Session session) {
    this.session = session;
  }

  /** A session that waits longer than servers do, and tries nodes that were lost again soon. */
  static IlionClient patient(List<InetSocketAddress> nodes) {
    return open(
        nodes,
        Session.builder()
            .defaults(Settings.NONE.timeout(Duration.ofSeconds(12)))
            .reconnection(
                ReconnectionPolicy.exponential(Duration.ofMillis(200), Duration.ofSeconds(2))));
  }

  /** A session as an application has it that says nothing but where the cluster is. */
  static IlionClient standard(List<InetSocketAddress> nodes) {
    return open(nodes, Session.builder());
  }

  private static IlionClient open(List<InetSocketAddress> nodes, SessionBuilder builder) {
    nodes.forEach(builder::contactPoint);
    return new IlionClient(builder.connect());
  }

  @Override
  public CompletionStage<List<byte[][]>> execute(
      String cql, Consistency level, boolean idempotent) {
    return session
        .executeAsync(
            SimpleStatement.of(cql).with(Settings.NONE.consistency(level).idempotent(idempotent)))
        .thenApply(IlionClient::rows);
  }

  private static List<byte[][]> rows(Page page) {
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
  public void close() {
    session.close();
  }
}
