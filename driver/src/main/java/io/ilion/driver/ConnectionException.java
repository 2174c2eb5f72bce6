package io.ilion.driver;

import java.net.SocketAddress;

/**
 * A connection could not be opened, or ended while a request was on its way.
 *
 * <p>Unless {@link #wasSent} is false, a request that was on its way may have been executed.
 */
public final class ConnectionException extends DriverException {
  private static final long serialVersionUID = 1L;
  private final boolean sent;

  /** A failure of the connection to a node; {@code sent} says whether it may have the request. */
  public ConnectionException(String message, SocketAddress node, boolean sent, Throwable cause) {
    super(message, node, cause);
    this.sent = sent;
  }

  /** Whether the server may have received the request. */
  public boolean wasSent() {
    return sent;
  }

  @Override
  ConnectionException copy() {
    return new ConnectionException(getMessage(), node(), sent, this);
  }
}
