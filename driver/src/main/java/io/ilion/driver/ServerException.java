package io.ilion.driver;

import io.ilion.model.ErrorCode;
import io.ilion.protocol.ErrorDetails;
import java.net.SocketAddress;

/**
 * A server answered with an error, such as a syntax error or a write timeout.
 *
 * <pre>{@code
 * try {
 *   session.execute(insert);
 * } catch (ServerException e) {
 *   if (e.details() instanceof ErrorDetails.WriteTimeout timeout) {
 *     log.warn("{} of {} replicas", timeout.received(), timeout.blockFor());
 *   }
 * }
 * }</pre>
 */
public final class ServerException extends DriverException {
  private static final long serialVersionUID = 1L;
  private final ErrorCode code;
  private final transient ErrorDetails details;

  /** An answer of a server; the details are null for errors that have none. */
  public ServerException(ErrorCode code, String message, ErrorDetails details, SocketAddress node) {
    this(code, message, details, node, null);
  }

  private ServerException(
      ErrorCode code, String message, ErrorDetails details, SocketAddress node, Throwable cause) {
    super(message, node, cause);
    this.code = code;
    this.details = details;
  }

  /** The kind of error. */
  public ErrorCode code() {
    return code;
  }

  /** What the error says beside its message, or null. */
  public ErrorDetails details() {
    return details;
  }

  @Override
  ServerException copy() {
    return new ServerException(code, getMessage(), details, node(), this);
  }
}
