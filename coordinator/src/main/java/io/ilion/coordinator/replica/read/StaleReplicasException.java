package io.ilion.coordinator.replica.read;

/**
 * A replica knows of others than those that were asked: the read is to be planned anew, or, if
 * there is no time left for that, has timed out.
 */
final class StaleReplicasException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final ReadTimeoutException timeout;

  /** With what a client is told if there is no time left. */
  StaleReplicasException(ReadTimeoutException timeout) {
    super("the replicas have changed", timeout, false, false);
    this.timeout = timeout;
  }

  /** What a client is told if there is no time left. */
  ReadTimeoutException timeout() {
    return timeout;
  }
}
