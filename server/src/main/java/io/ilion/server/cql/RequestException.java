package io.ilion.server.cql;

import io.ilion.model.CqlException;
import io.ilion.model.ErrorCode;
import io.ilion.protocol.ErrorDetails;

/** An error that a client is told with fields beside the message. */
public final class RequestException extends CqlException {
  private static final long serialVersionUID = 1L;

  private final transient ErrorDetails details;

  RequestException(ErrorCode code, String message, ErrorDetails details) {
    super(code, message);
    this.details = details;
  }

  /** The fields. */
  public ErrorDetails details() {
    return details;
  }
}
