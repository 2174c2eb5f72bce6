package io.ilion.driver;

import java.net.SocketAddress;

/**
 * What goes wrong in a driver or is reported by a server. Unchecked; the kinds are the subclasses.
 *
 * <p>The asynchronous methods complete with the exception itself, made on a thread of the driver;
 * the blocking ones throw a copy whose stack is the caller's and whose cause is the original.
 */
public abstract class DriverException extends RuntimeException {
  private static final long serialVersionUID = 1L;
  private final transient SocketAddress node;

  DriverException(String message, SocketAddress node, Throwable cause) {
    super(message, cause);
    this.node = node;
  }

  /** The node that the request was sent to, or null when it was sent to none, or to several. */
  public SocketAddress node() {
    return node;
  }

  /** The same exception with the stack of the calling thread, caused by this one. */
  abstract DriverException copy();
}
