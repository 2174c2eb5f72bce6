package io.ilion.server.operations;

import java.io.Serial;

/** An operation was not done, and the message tells an operator why. */
public final class OperationException extends RuntimeException {
  @Serial private static final long serialVersionUID = 1L;

  /** Whose fault it is. */
  public enum Reason {
    /** What was given makes no sense. */
    BAD_ARGUMENT,
    /** What was named is not there. */
    NOT_FOUND,
    /** The node, or the cluster, is not in a state for it now. */
    REFUSED,
    /** Too much is being done. */
    BUSY,
    /** It was stopped on request. */
    CANCELLED,
    /** It was tried, and went wrong. */
    FAILED
  }

  private final Reason reason;

  /** Says what went wrong in one line, without a capital at its beginning. */
  public OperationException(Reason reason, String message) {
    super(message);
    this.reason = reason;
  }

  /** What was given makes no sense. */
  public static OperationException badArgument(String message) {
    return new OperationException(Reason.BAD_ARGUMENT, message);
  }

  /** What was named is not there. */
  public static OperationException notFound(String message) {
    return new OperationException(Reason.NOT_FOUND, message);
  }

  /** The node, or the cluster, is not in a state for it now. */
  public static OperationException refused(String message) {
    return new OperationException(Reason.REFUSED, message);
  }

  /** It was tried, and went wrong. */
  public static OperationException failed(String message) {
    return new OperationException(Reason.FAILED, message);
  }

  /** Whose fault it is. */
  public Reason reason() {
    return reason;
  }
}
