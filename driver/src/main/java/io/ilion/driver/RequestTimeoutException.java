package io.ilion.driver;

import java.net.SocketAddress;
import java.time.Duration;

/** No answer came within the statement's timeout. The server may still execute the request. */
public final class RequestTimeoutException extends DriverException {
  private static final long serialVersionUID = 1L;
  private final Duration timeout;

  /** A request that had no answer in time. */
  public RequestTimeoutException(Duration timeout, SocketAddress node) {
    this(timeout, node, null);
  }

  private RequestTimeoutException(Duration timeout, SocketAddress node, Throwable cause) {
    super("No answer within " + timeout.toMillis() + " ms", node, cause);
    this.timeout = timeout;
  }

  /** How long was waited. */
  public Duration timeout() {
    return timeout;
  }

  @Override
  RequestTimeoutException copy() {
    return new RequestTimeoutException(timeout, node(), this);
  }
}
