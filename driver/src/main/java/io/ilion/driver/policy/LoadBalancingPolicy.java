package io.ilion.driver.policy;

import io.ilion.driver.metadata.Node;

/** Decides which nodes get connections, and in which order they are tried for a request. */
public interface LoadBalancingPolicy {
  /** Whether the driver connects to a node. */
  enum Distance {
    /** At once. */
    LOCAL,
    /** At once too, for when the local ones fail. */
    REMOTE,
    /** Never. */
    IGNORED
  }

  /** How far away a node is. Asked again when the nodes change. */
  Distance distance(Node node);

  /** The nodes to try. Called for each request: it should be quick. */
  QueryPlan plan(Routing routing);

  /**
   * The same policy for a data centre, if it prefers one and was not told which: called once, with
   * that of the first node that could be reached.
   */
  default LoadBalancingPolicy inferring(String datacenter) {
    return this;
  }
}
