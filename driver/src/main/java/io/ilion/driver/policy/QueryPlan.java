package io.ilion.driver.policy;

import io.ilion.driver.metadata.Node;

/** The nodes to try for one request, one after the other. Used by one thread at a time. */
@FunctionalInterface
public interface QueryPlan {
  /** The next node, or null when there is none left. */
  Node next();
}
