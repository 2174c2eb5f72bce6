package io.ilion.driver;

import io.ilion.driver.metadata.Node;

/**
 * Is told what the driver does, to count and to measure it. Each method does nothing unless it is
 * overridden; they are called on event loops and must be quick. What they throw is logged.
 */
public interface DriverMetrics {
  /** Tells nobody. */
  DriverMetrics NONE = new DriverMetrics() {};

  /**
   * A request has its result, whatever happened on the way.
   *
   * @param error null when it succeeded
   */
  default void requestDone(Statement<?> statement, long nanos, Throwable error) {}

  /**
   * A node has answered a try, or did not in time.
   *
   * @param error null when it succeeded
   */
  default void nodeAnswered(Node node, long nanos, Throwable error) {}

  /** A request is tried again after an error. */
  default void retried(Node node, Throwable error) {}

  /** A request is sent to one more node because there is no answer yet. */
  default void speculated(Node node) {}

  /** A statement had to be prepared again. */
  default void reprepared(Node node) {}

  /** A connection was opened. Called before a request can use it. */
  default void connectionOpened(Node node) {}

  /** A connection has ended. */
  default void connectionClosed(Node node) {}

  /** The throttling policy refused a request, which has not begun: no other method is called. */
  default void refused() {}
}
