package io.ilion.driver.policy;

import io.ilion.driver.ConnectionException;
import io.ilion.driver.DriverException;
import io.ilion.driver.ServerException;
import io.ilion.model.WriteType;
import io.ilion.protocol.ErrorDetails;

/**
 * Decides whether a request that failed is tried again.
 *
 * <p>It is asked only where the statement is idempotent and has no conditions. What surely was not
 * executed (it was not sent, or the node is still starting) is sent to the next node without asking
 * anybody; a statement that a node does not know any more is prepared there again.
 */
@FunctionalInterface
public interface RetryPolicy {
  /** What to do. */
  enum Decision {
    /** Try the same node again. */
    SAME_NODE,
    /** Try the next node. */
    NEXT_NODE,
    /** Report the error. */
    FAIL
  }

  /**
   * Decides.
   *
   * @param error what happened
   * @param retries how often the request was tried again already, for whatever reason
   */
  Decision decide(DriverException error, int retries);

  /** Never tries again. */
  static RetryPolicy never() {
    return (error, retries) -> Decision.FAIL;
  }

  /**
   * Tries again, once, where it can help: the same node when enough replicas have answered and only
   * the data was missing, or when a batch was not yet logged; the next one when the node could not
   * or would not, or when the connection broke.
   */
  static RetryPolicy standard() {
    return (error, retries) -> {
      if (error instanceof ConnectionException) {
        return Decision.NEXT_NODE;
      }
      if (retries > 0 || !(error instanceof ServerException server)) {
        return Decision.FAIL;
      }
      switch (server.code()) {
        case READ_TIMEOUT:
          return server.details() instanceof ErrorDetails.ReadTimeout timeout
                  && timeout.received() >= timeout.blockFor()
                  && !timeout.dataPresent()
              ? Decision.SAME_NODE
              : Decision.FAIL;
        case WRITE_TIMEOUT:
          return server.details() instanceof ErrorDetails.WriteTimeout timeout
                  && timeout.writeType() == WriteType.BATCH_LOG
              ? Decision.SAME_NODE
              : Decision.FAIL;
        case UNAVAILABLE, OVERLOADED, SERVER_ERROR, TRUNCATE_ERROR:
          return Decision.NEXT_NODE;
        default:
          return Decision.FAIL;
      }
    };
  }
}
