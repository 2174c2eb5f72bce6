package io.ilion.driver.internal;

import io.ilion.driver.ConnectionException;
import io.ilion.driver.RequestTimeoutException;
import io.ilion.driver.ServerException;
import io.ilion.protocol.ProtocolVersion;
import io.ilion.protocol.Request;
import io.ilion.protocol.RequestEnvelope;
import io.ilion.protocol.Response;
import io.ilion.protocol.ResponseEnvelope;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;

/**
 * A request of the driver itself on one certain connection. An error as the answer completes the
 * future exceptionally.
 */
public final class Call extends Outgoing {
  private final Request request;
  private final Connection connection;
  private final Duration timeout;
  private final CompletableFuture<Response> future = new CompletableFuture<>();

  private Call(Connection connection, Request request, Duration timeout) {
    super(System.nanoTime() + timeout.toNanos());
    this.connection = connection;
    this.request = request;
    this.timeout = timeout;
  }

  /** Sends a request; the future completes on the connection's event loop. */
  public static CompletableFuture<Response> send(
      Connection connection, Request request, Duration timeout) {
    Call call = new Call(connection, request, timeout);
    if (!connection.send(call)) {
      call.future.completeExceptionally(
          new ConnectionException(
              "The connection takes no more requests", connection.address(), false, null));
    }
    return call.future;
  }

  static CompletableFuture<Response> options(Connection connection, Duration timeout) {
    return send(connection, new Request.Options(), timeout);
  }

  @Override
  protected RequestEnvelope message(ProtocolVersion version, int stream) {
    return new RequestEnvelope(version, stream, false, null, request, 0);
  }

  @Override
  protected void onResponse(Connection from, ResponseEnvelope response) {
    if (response.message() instanceof Response.Error error) {
      future.completeExceptionally(
          new ServerException(error.code(), error.message(), error.details(), from.address()));
    } else {
      future.complete(response.message());
    }
  }

  @Override
  protected void onFailure(Throwable error, boolean sent) {
    future.completeExceptionally(error);
  }

  @Override
  protected void onTimeout() {
    future.completeExceptionally(new RequestTimeoutException(timeout, connection.address()));
  }
}
