package io.ilion.driver;

import java.net.SocketAddress;

/** A server answered with something that the protocol does not allow, or not at this place. */
public final class ProtocolErrorException extends DriverException {
  private static final long serialVersionUID = 1L;

  /** An answer that makes no sense. */
  public ProtocolErrorException(String message, SocketAddress node, Throwable cause) {
    super(message, node, cause);
  }

  @Override
  ProtocolErrorException copy() {
    return new ProtocolErrorException(getMessage(), node(), this);
  }
}
