package io.ilion.driver;

import io.ilion.driver.internal.Connection;
import io.ilion.driver.internal.Outgoing;
import io.ilion.driver.internal.ServerNode;
import io.ilion.protocol.ProtocolVersion;
import io.ilion.protocol.RequestEnvelope;
import io.ilion.protocol.Response;
import io.ilion.protocol.ResponseEnvelope;

/** A statement as it is sent to one node. */
final class Attempt extends Outgoing {
  private final Execution execution;
  private final ServerNode node;
  private final long start;
  private PreparedStatement.Shape expected;

  Attempt(Execution execution, ServerNode node, long nowNanos) {
    super(execution.deadline);
    this.start = nowNanos;
    this.execution = execution;
    this.node = node;
  }

  Execution execution() {
    return execution;
  }

  /** The columns that the answer has if it does not describe them. */
  void expects(PreparedStatement.Shape shape) {
    expected = shape;
  }

  @Override
  protected RequestEnvelope message(ProtocolVersion version, int stream) {
    return new RequestEnvelope(
        version,
        stream,
        execution.isTraced(),
        execution.customPayload(),
        execution.statement.message(version, this),
        0);
  }

  @Override
  protected void onResponse(Connection connection, ResponseEnvelope response) {
    execution.ended();
    long nanos = System.nanoTime() - start;
    node.answered(nanos);
    if (response.message() instanceof Response.Error error) {
      execution.session.metrics().nodeAnswered(node, nanos, failure(error));
    } else {
      execution.session.metrics().nodeAnswered(node, nanos, null);
    }
    if (execution.isDone()) {
      execution.finish(null);
      return;
    }
    try {
      execution.answered(node, connection, response, expected);
    } catch (RuntimeException e) {
      execution.fail(
          e instanceof DriverException
              ? e
              : new ProtocolErrorException(
                  "An answer that makes no sense: " + e.getMessage(), node.address(), e));
    }
  }

  private ServerException failure(Response.Error error) {
    return new ServerException(error.code(), error.message(), error.details(), node.address());
  }

  @Override
  protected void onFailure(Throwable error, boolean sent) {
    execution.ended();
    if (!(error instanceof DriverException failure)) {
      execution.fail(error);
    } else if (sent) {
      execution.session.metrics().nodeAnswered(node, System.nanoTime() - start, error);
      execution.failedAt(node, failure);
    } else if (execution.isDone()) {
      execution.finish(null);
    } else {
      execution.remember(node, failure);
      execution.sendToNext();
    }
  }

  @Override
  protected void onTimeout() {
    execution.ended();
    long nanos = System.nanoTime() - start;
    node.answered(nanos);
    RequestTimeoutException late = execution.late(node);
    execution.session.metrics().nodeAnswered(node, nanos, late);
    execution.fail(late);
  }

  @Override
  protected boolean isAbandoned() {
    return execution.isDone();
  }
}
